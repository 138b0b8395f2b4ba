import Authentication
import Credentials
import NIOPosix
import Synchronization

/// The one thread that writes to the store. What came together is committed together.
final class StoreWriter: Sendable {
    /// Attempts that wait for their write. At a commit for many at once, seconds of flood.
    private static let mostWaiting = 4096

    private struct Job<Work: Sendable>: Sendable {
        let work: Work
        let then: @Sendable (Step) -> Void
    }

    private struct Queue {
        var counts: [Job<Count>] = []
        var commits: [Job<Commit>] = []
        var isScheduled = false
    }

    private let store: Mutex<KeptStore>
    private let queue = Mutex(Queue())
    private let pool = NIOThreadPool(numberOfThreads: 1)

    init(_ store: sending KeptStore) {
        self.store = Mutex(store)
        pool.start()
    }

    func write(_ count: Count, then: @escaping @Sendable (Step) -> Void) {
        let isAccepted = add { $0.counts.append(Job(work: count, then: then)) }
        if !isAccepted { then(.unavailable(.writeQueueFull)) }
    }

    func write(_ commit: Commit, then: @escaping @Sendable (Step) -> Void) {
        let isAccepted = add { $0.commits.append(Job(work: commit, then: then)) }
        if !isAccepted { then(commit.next(without: .writeQueueFull)) }
    }

    private func add(_ append: (inout Queue) -> Void) -> Bool {
        let (isAccepted, mustSchedule) = queue.withLock { queue in
            guard queue.counts.count + queue.commits.count < Self.mostWaiting else { return (false, false) }
            append(&queue)
            defer { queue.isScheduled = true }
            return (true, !queue.isScheduled)
        }
        if mustSchedule { pool.submit { [self] _ in writeAll() } }
        return isAccepted
    }

    /// Runs something that is no attempt, after what is under way.
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
            return queue
        }
        store.withLock { kept in
            for job in jobs.commits {
                var step = Step.commit(job.work)
                do throws(StoreError) { step = try job.work.next(try kept.current()) } catch {
                    kept.note(error)
                    step = step.failed(error)
                }
                job.then(step)
            }
            guard !jobs.counts.isEmpty else { return }
            do throws(StoreError) {
                let counted = try kept.current().count(jobs.counts.map(\.work.guess))
                for (job, counted) in zip(jobs.counts, counted) { job.then(job.work.next(.success(counted))) }
            } catch {
                kept.note(error)
                for job in jobs.counts { job.then(job.work.next(.failure(error))) }
            }
        }
    }

    /// The last commit, then the store is closed.
    func stop() async {
        try? await pool.runIfActive { [self] in store.withLock { $0.close() } }
        try? await pool.shutdownGracefully()
    }
}
