import Authentication
import Bytes
import Credentials
import Glibc
import NIOPosix
import Synchronization

/// Threads for slow hashes, with a bounded queue before them.
final class HashWorkers: Sendable {
    /// Below the event loops: fast sign-ins come first on a machine whose cores all hash.
    private static let niceness: Int32 = 10

    private let judge: Judge
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

    /// Does the slow step on a worker; at once, and without an answer, when the queue is full.
    func hash(_ evaluation: Evaluation, then: @escaping @Sendable (Evaluation) -> Void) {
        let isAccepted = submit(mostPending: mostPending) { [judge] in
            var evaluation = evaluation
            judge.hash(&evaluation)
            return { [evaluation] in then(evaluation) }
        }
        if isAccepted { return }
        var refused = evaluation
        refused.fail(.hashQueueFull)
        then(refused)
    }

    /// A new hash of the secret, if a worker is free: in a rush, sign-ins come first.
    func upgrade(_ attempt: Attempt, _ upgrade: Upgrade, then: @escaping @Sendable (String) -> Void) {
        _ = submit(mostPending: count) { [judge] in
            let made = try? judge.hasher.make(attempt.secret, for: upgrade)
            return { if let made { then(made) } }
        }
    }

    /// Whether a wrong secret is the former main password, if a worker is free.
    func compare(_ attempt: Attempt, _ former: FormerPassword, then: @escaping @Sendable (Bool) -> Void) {
        _ = submit(mostPending: count) { [judge] in
            let isSame = judge.hasher.isFormer(attempt.secret, former)
            return { if let isSame { then(isSame) } }
        }
    }

    /// - Parameter work: Gives back what is to be done once the worker counts as free.
    private func submit(mostPending: Int, _ work: @escaping @Sendable () -> () -> Void) -> Bool {
        guard pending.add(1, ordering: .relaxed).newValue <= mostPending else {
            pending.subtract(1, ordering: .relaxed)
            return false
        }
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
