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

    func mark(
        _ signIns: [(SignIn, Timestamp)], _ retention: Retention, then: @escaping @Sendable (StoreError?) -> Void
    ) {
        write { store throws(StoreError) in
            try store.mark(signIns, retention)
        } then: {
            then($0.error)
        }
    }

    func endSession(
        _ session: [UInt8], of name: AccountName, now: Timestamp, then: @escaping @Sendable (StoreError?) -> Void
    ) {
        write { store throws(StoreError) in
            guard let account = try store.account(name) else { return }
            try store.endSession(session, account: account.name, now: now)
        } then: {
            then($0.error)
        }
    }

    func replace(_ hash: NewHash) {
        write { store throws(StoreError) in
            try store.replace(hash)
        } then: { _ in
        }
    }

    func note(_ former: FormerNote, then: @escaping @Sendable (Bool) -> Void) {
        write { store throws(StoreError) in
            try store.note(former)
        } then: {
            then((try? $0.get()) ?? false)
        }
    }

    func prune(
        _ window: GuessWindow, _ retention: Retention, most: Int,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        write(
            { store throws(StoreError) in
                let guesses = try store.pruneGuesses(window, most: most)
                return try store.pruneHistory(retention, now: window.now, most: most) || guesses >= most
            }, then: then)
    }

    /// After what is under way.
    private func write<R>(
        _ body: @escaping @Sendable (Store) throws(StoreError) -> R,
        then: @escaping @Sendable (Result<R, StoreError>) -> Void
    ) {
        pool.submit { [self] _ in store.withLock { kept in then(result(kept, body)) } }
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

extension Result {
    fileprivate var error: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
