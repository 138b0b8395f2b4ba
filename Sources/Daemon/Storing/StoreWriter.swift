import Credentials
import NIOPosix
import Synchronization

/// The one thread that writes to the store. What came together is committed together.
final class StoreWriter: SignInWriter {
    /// Attempts that wait for their write. At a commit for many at once, seconds of flood.
    private static let mostWaiting = 4096

    private typealias Answer<Value> = @Sendable (Result<Value, StoreError>) -> Void

    private struct Queue {
        var guesses: [(guess: NewGuess, then: Answer<CountedGuess>)] = []
        var commits: [(question: CommitQuestion, then: Answer<CommitAnswer>)] = []
        var isScheduled = false
    }

    private let store: Mutex<KeptStore>
    private let queue = Mutex(Queue())
    private let pool = NIOThreadPool(numberOfThreads: 1)

    init(_ store: sending KeptStore) {
        self.store = Mutex(store)
        pool.start()
    }

    func count(_ guess: NewGuess, then: @escaping @Sendable (Result<CountedGuess, StoreError>) -> Void) {
        if !add({ $0.guesses.append((guess, then)) }) { then(.failure(.busy)) }
    }

    func commit(_ question: CommitQuestion, then: @escaping @Sendable (Result<CommitAnswer, StoreError>) -> Void) {
        if !add({ $0.commits.append((question, then)) }) { then(.failure(.busy)) }
    }

    private func add(_ append: (inout Queue) -> Void) -> Bool {
        let (isAccepted, mustSchedule) = queue.withLock { queue in
            guard queue.guesses.count + queue.commits.count < Self.mostWaiting else { return (false, false) }
            append(&queue)
            defer { queue.isScheduled = true }
            return (true, !queue.isScheduled)
        }
        if mustSchedule { pool.submit { [self] _ in writeAll() } }
        return isAccepted
    }

    /// After what is under way.
    func write(
        _ body: @escaping @Sendable (Store) throws(StoreError) -> Void, then: @escaping @Sendable (StoreError?) -> Void
    ) {
        pool.submit { [self] _ in
            store.withLock { kept in
                switch result(kept, body) {
                case .success: then(nil)
                case .failure(let error): then(error)
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
            for (question, then) in jobs.commits {
                then(result(kept) { store throws(StoreError) in try store.answer(question) })
            }
            guard !jobs.guesses.isEmpty else { return }
            let counted = result(kept) { store throws(StoreError) in try store.count(jobs.guesses.map(\.guess)) }
            for (index, job) in jobs.guesses.enumerated() { job.then(counted.map { $0[index] }) }
        }
    }

    private func result<R>(_ kept: KeptStore, _ body: (Store) throws(StoreError) -> R) -> Result<R, StoreError> {
        Result { () throws(StoreError) in try kept.use(body) }
    }

    /// The last commit, then the store is closed.
    func stop() async {
        try? await pool.runIfActive { [self] in store.withLock { $0.close() } }
        try? await pool.shutdownGracefully()
    }
}
