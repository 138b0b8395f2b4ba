import Credentials
import NIOPosix
import Synchronization

/// The single thread that writes to the store. Guesses that wait at the same time share a commit.
final class StoreWriter: SignInWriter {
    /// Maximum number of attempts that wait for their write: seconds of a flood, since guesses share commits.
    private static let maxWaiting = 4096

    private typealias Answer<Value> = @Sendable (Result<Value, StoreError>) -> Void

    private struct Queue {
        var left: [Place] = []
        var places: [(question: PlaceQuestion, then: Answer<Bool>)] = []
        var guesses: [(guess: NewGuess, then: Answer<CountedGuess>)] = []
        var commits: [(question: CommitQuestion, then: Answer<CommitAnswer>)] = []
        var isScheduled = false
    }

    private let store: Mutex<ReopeningStore>
    private let queue = Mutex(Queue())
    private let pool = NIOThreadPool(numberOfThreads: 1)

    init(_ store: sending ReopeningStore) {
        self.store = Mutex(store)
        pool.start()
    }

    func enter(_ question: PlaceQuestion, then: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        if !add({ $0.places.append((question, then)) }) { then(.failure(.busy)) }
    }

    func leave(_ place: Place) { _ = add { $0.left.append(place) } }

    func count(_ guess: NewGuess, then: @escaping @Sendable (Result<CountedGuess, StoreError>) -> Void) {
        if !add({ $0.guesses.append((guess, then)) }) { then(.failure(.busy)) }
    }

    func commit(_ question: CommitQuestion, then: @escaping @Sendable (Result<CommitAnswer, StoreError>) -> Void) {
        if !add({ $0.commits.append((question, then)) }) { then(.failure(.busy)) }
    }

    private func add(_ append: (inout Queue) -> Void) -> Bool {
        let (isAccepted, mustSchedule) = queue.withLock { queue in
            guard queue.guesses.count + queue.commits.count + queue.places.count < Self.maxWaiting else {
                return (false, false)
            }
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
        _ window: GuessWindow, _ retention: Retention, limit: Int,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        write(
            { store throws(StoreError) in
                let guesses = try store.pruneGuesses(window, limit: limit)
                return try store.pruneHistory(retention, now: window.now, limit: limit) || guesses >= limit
            }, then: then)
    }

    /// Runs `body` on the writer's thread, after all that is queued.
    private func write<R>(
        _ body: @escaping @Sendable (Store) throws(StoreError) -> R,
        then: @escaping @Sendable (Result<R, StoreError>) -> Void
    ) {
        pool.submit { [self] _ in store.withLock { reopening in then(result(reopening, body)) } }
    }

    private func writeAll() {
        let jobs = queue.withLock { queue in
            defer { queue = Queue() }
            return queue
        }
        store.withLock { reopening in
            if !jobs.left.isEmpty {
                _ = result(reopening) { store throws(StoreError) in try store.leave(jobs.left) }
            }
            if !jobs.places.isEmpty {
                let entered = result(reopening) { store throws(StoreError) in
                    try store.enter(jobs.places.map(\.question))
                }
                for (index, job) in jobs.places.enumerated() { job.then(entered.map { $0[index] }) }
            }
            for (question, then) in jobs.commits {
                then(result(reopening) { store throws(StoreError) in try store.answer(question) })
            }
            guard !jobs.guesses.isEmpty else { return }
            let counted = result(reopening) { store throws(StoreError) in try store.count(jobs.guesses.map(\.guess)) }
            for (index, job) in jobs.guesses.enumerated() { job.then(counted.map { $0[index] }) }
        }
    }

    private func result<R>(_ reopening: ReopeningStore, _ body: (Store) throws(StoreError) -> R) -> Result<
        R, StoreError
    > {
        Result { () throws(StoreError) in try reopening.use(body) }
    }

    /// Finishes the queued writes, then closes the store.
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
