import Authentication
import Credentials
import NIOPosix
import Synchronization

/// The one thread that writes to the store. What came together is committed together.
final class StoreWriter: Sendable {
    /// Evaluations that wait for their write. At a commit for many at once, seconds of flood.
    private static let mostWaiting = 4096

    private struct Job {
        var evaluation: Evaluation
        let then: @Sendable (Evaluation) -> Void
    }

    private struct Queue {
        var jobs: [Job] = []
        var isScheduled = false
    }

    private let judge: Judge
    private let store: Mutex<KeptStore>
    private let queue = Mutex(Queue())
    private let pool = NIOThreadPool(numberOfThreads: 1)

    init(_ judge: Judge, _ store: sending KeptStore) {
        self.judge = judge
        self.store = Mutex(store)
        pool.start()
    }

    /// Does the write that the answer waits for.
    func write(_ evaluation: Evaluation, then: @escaping @Sendable (Evaluation) -> Void) {
        let (isAccepted, mustSchedule) = queue.withLock { queue in
            guard queue.jobs.count < Self.mostWaiting else { return (false, false) }
            queue.jobs.append(Job(evaluation: evaluation, then: then))
            defer { queue.isScheduled = true }
            return (true, !queue.isScheduled)
        }
        if mustSchedule { pool.submit { [self] _ in writeAll() } }
        if isAccepted { return }
        var refused = evaluation
        judge.refuseWrite(&refused, .writeQueueFull)
        then(refused)
    }

    /// Runs something that is no evaluation, after what is under way.
    func run(
        _ work: @escaping @Sendable (Store) throws(StoreError) -> Void, failed: @escaping @Sendable (StoreError) -> Void
    ) {
        pool.submit { [self] _ in
            store.withLock { kept in
                do throws(StoreError) {
                    try work(try kept.current())
                } catch {
                    kept.note(error)
                    failed(error)
                }
            }
        }
    }

    private func writeAll() {
        let jobs = queue.withLock { queue in
            defer { queue = Queue() }
            return queue.jobs
        }
        // A code counts only once it is on disk, and has a commit of its own.
        let done = store.withLock { kept in
            jobs.filter(\.evaluation.writesDurably).map { write([$0], kept, together: false) }
                + [write(jobs.filter { !$0.evaluation.writesDurably }, kept, together: true)]
        }
        for job in done.joined() { job.then(job.evaluation) }
    }

    private func write(_ jobs: [Job], _ kept: KeptStore, together: Bool) -> [Job] {
        guard !jobs.isEmpty else { return [] }
        // Until the commit, they hold the places of their secrets.
        let before = jobs
        var jobs = jobs
        var isWritten = true
        do throws(StoreError) {
            let store = try kept.current()
            if together {
                try store.together { () throws(StoreError) in
                    for index in jobs.indices { self.judge.write(&jobs[index].evaluation, store) }
                }
            } else {
                for index in jobs.indices { judge.write(&jobs[index].evaluation, store) }
            }
        } catch {
            kept.note(error)
            for index in jobs.indices { jobs[index].evaluation.fail(.store(error)) }
            isWritten = false
        }
        for (job, done) in zip(before, jobs) {
            var isDone = isWritten
            if case .done(let decision) = done.evaluation.next, case .unavailable = decision.outcome { isDone = false }
            judge.settle(job.evaluation, isWritten: isDone)
        }
        return jobs
    }

    /// The last commit, then the store is closed.
    func stop() async {
        try? await pool.runIfActive { [self] in store.withLock { $0.close() } }
        try? await pool.shutdownGracefully()
    }
}
