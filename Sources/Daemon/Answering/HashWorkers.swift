import Authentication
import Bytes
import Credentials
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Threads for slow hashes, with a queue before them that is bounded by number and by time. Accounts' own networks come first.
final class HashWorkers: Sendable {
    /// Below the event loops: fast sign-ins come first on a machine whose cores all hash.
    private static let niceness: Int32 = 10

    /// As long as an answer is worth something: Postfix gives up after ten seconds, and a denial takes two more.
    private static let longestWait = TimeAmount.seconds(7)

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

    /// Microseconds between looks whether there is memory.
    private static let pause: UInt32 = 5000

    private let budget = MemoryBudget(processLimit: MemoryBudget.processLimit())
    private let judge: Judge
    private let queue = Mutex(Queue())
    private let pool: NIOThreadPool
    private let count: Int
    private let mostPending: Int
    /// Running and waiting.
    private let pending = Atomic<Int>(0)

    init(_ judge: Judge, count: Int, queue: Int) {
        self.judge = judge
        self.count = count
        mostPending = count + queue
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    /// Does the slow step on a worker; without an answer when the queue is full, when its turn comes too late, and when its
    /// client has gone.
    func hash(
        _ hash: Hash, for presence: ClientPresence, then: @escaping @Sendable (Step) -> Void
    ) {
        let waiting = Waiting(hash: hash, presence: presence, since: .now(), then: then)
        let isAccepted = submit(mostPending: mostPending) { [self] in
            // Each of these calls is for one of those that wait, and not for a certain one.
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

    /// Once there is memory for it.
    private func done(_ next: Waiting) -> Step {
        let deadline = next.since + Self.longestWait
        let memory = next.hash.memory
        while .now() < deadline {
            if next.presence.isGone { return .unavailable(.clientGone) }
            if let step = budgeted(memory, { next.hash.next() }) { return step }
            usleep(Self.pause)
        }
        return .unavailable(.hashWorkersBusy)
    }

    /// Nil where there is no memory for it now.
    private func budgeted<R>(_ memory: Int, _ body: () -> R?) -> R? {
        guard budget.take(memory) else { return nil }
        defer { budget.give(memory) }
        return body()
    }

    /// A new hash of the secret, if a worker is free: in a rush, sign-ins come first.
    func upgrade(_ attempt: Attempt, _ upgrade: Upgrade, then: @escaping @Sendable (String) -> Void) {
        _ = submit(mostPending: count) { [self] in
            guard
                let made = budgeted(
                    judge.hasher.newHashMemory, { try? judge.hasher.make(attempt.secret.raw, for: upgrade) })
            else { return {} }
            return { then(made) }
        }
    }

    /// Whether a wrong secret is the former main password, if a worker is free.
    func compare(_ attempt: Attempt, _ former: FormerPassword, then: @escaping @Sendable (Bool) -> Void) {
        _ = submit(mostPending: count) { [self] in
            let memory = judge.hasher.memory(of: former)
            guard let isSame = budgeted(memory, { judge.hasher.isFormer(attempt.secret.raw, former) }) else {
                return {}
            }
            return { then(isSame) }
        }
    }

    /// - Parameters:
    ///   - work: Gives back what is to be done once the worker counts as free.
    ///   - before: What is to be done here if there is room.
    private func submit(
        mostPending: Int, _ work: @escaping @Sendable () -> () -> Void, before: () -> Void = {}
    ) -> Bool {
        guard pending.add(1, ordering: .relaxed).newValue <= mostPending else {
            pending.subtract(1, ordering: .relaxed)
            return false
        }
        before()
        pool.submit { [self] _ in
            // Of this thread, on Linux.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            let finish = work()
            pending.subtract(1, ordering: .relaxed)
            finish()
        }
        return true
    }

    func stop() async { try? await pool.shutdownGracefully() }
}
