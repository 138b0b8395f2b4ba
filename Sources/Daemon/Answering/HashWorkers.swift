import Authentication
import Bytes
import Credentials
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Threads for slow hashes, with a queue that is limited in length and in time. Attempts from a network known to their
/// account come first.
final class HashWorkers: Sendable {
    /// A lower priority than the event loops have: fast sign-ins come first when all cores are hashing.
    static let niceness: Int32 = 10

    /// A later answer would be of no use: Postfix gives up after ten seconds, and a denial is delayed by two more.
    private static let maxWait = TimeAmount.seconds(7)

    private struct Waiting: Sendable {
        let hash: Hash
        let presence: ClientPresence
        let since: NIODeadline
        let then: @Sendable (Step) -> Void
    }

    private struct Queue {
        var known: CircularBuffer<Waiting> = []
        var others: CircularBuffer<Waiting> = []

        mutating func next() -> Waiting? { known.popFirst() ?? others.popFirst() }
    }

    /// Microseconds between checks for free memory.
    private static let pause: UInt32 = 5000

    private let budget = MemoryBudget(processLimit: MemoryBudget.processLimit())
    private let judge: Judge
    private let queue = Mutex(Queue())
    private let pool: NIOThreadPool
    private let count: Int
    private let maxPending: Int
    /// Jobs that are running or waiting.
    private let pending = Atomic<Int>(0)

    init(_ judge: Judge, count: Int, queue: Int) {
        self.judge = judge
        self.count = count
        maxPending = count + queue
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    /// Performs the slow step on a worker. `then` gets `.unavailable` if the queue is full, if the attempt has waited
    /// too long, or if its client has left.
    func hash(
        _ hash: Hash, for presence: ClientPresence, then: @escaping @Sendable (Step) -> Void
    ) {
        let waiting = Waiting(hash: hash, presence: presence, since: .now(), then: then)
        let isAccepted = submit(maxPending: maxPending) { [self] in
            // Each call takes the next attempt of the queue, which need not be the one that it was submitted for.
            guard let next = queue.withLock({ $0.next() }) else { return {} }
            let step = done(next)
            return { next.then(step) }
        } before: { [self] in
            queue.withLock { queue in
                if hash.isFromKnownNetwork {
                    queue.known.append(waiting)
                } else {
                    queue.others.append(waiting)
                }
            }
        }
        if !isAccepted { then(.unavailable(.hashQueueFull)) }
    }

    /// Hashes as soon as there is memory for it.
    private func done(_ next: Waiting) -> Step {
        let deadline = next.since + Self.maxWait
        let memory = next.hash.memory
        while .now() < deadline {
            if next.presence.isGone { return .unavailable(.clientGone) }
            if let step = budgeted(memory, { next.hash.next() }) { return step }
            usleep(Self.pause)
        }
        return .unavailable(.hashWorkersBusy)
    }

    /// The result of `body`; nil if there is no memory for it now.
    private func budgeted<R>(_ memory: Int, _ body: () -> R?) -> R? {
        guard budget.take(memory) else { return nil }
        defer { budget.give(memory) }
        return body()
    }

    /// Computes a new hash of the secret if a worker is free: under load, sign-ins come first.
    func upgrade(_ attempt: Attempt, _ upgrade: Upgrade, then: @escaping @Sendable (String) -> Void) {
        _ = submit(maxPending: count) { [self] in
            guard
                let made = budgeted(
                    judge.hasher.newHashMemory, { try? judge.hasher.make(attempt.secret.raw, for: upgrade) })
            else { return {} }
            return { then(made) }
        }
    }

    /// Checks whether a wrong secret is the previous main password, if a worker is free.
    func compare(_ attempt: Attempt, _ former: FormerPassword, then: @escaping @Sendable (Bool) -> Void) {
        _ = submit(maxPending: count) { [self] in
            let memory = judge.hasher.memory(of: former)
            guard let isSame = budgeted(memory, { judge.hasher.isFormer(attempt.secret.raw, former) }) else {
                return {}
            }
            return { then(isSame) }
        }
    }

    /// Queues a job; false if `maxPending` jobs are running or waiting.
    ///
    /// - Parameters:
    ///   - work: Returns what to do once the worker counts as free.
    ///   - before: Called on this thread before the job is queued, if there is room.
    private func submit(
        maxPending: Int, _ work: @escaping @Sendable () -> () -> Void, before: () -> Void = {}
    ) -> Bool {
        guard pending.add(1, ordering: .relaxed).newValue <= maxPending else {
            pending.subtract(1, ordering: .relaxed)
            return false
        }
        before()
        pool.submit { [self] _ in
            // On Linux this sets the priority of the calling thread only.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            let finish = work()
            pending.subtract(1, ordering: .relaxed)
            finish()
        }
        return true
    }

    func stop() async { try? await pool.shutdownGracefully() }
}
