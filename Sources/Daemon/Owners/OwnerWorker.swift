import Administration
import Authentication
import Bytes
import Credentials
import Glibc
import Logging
import NIOPosix
import Synchronization

/// Carries out what owners of accounts ask for on the page, one request after the other, on a thread and a store of its
/// own: a new main password takes the time of a slow hash.
final class OwnerWorker: Sendable {
    /// Maximum number of requests that wait: some seconds of work.
    private static let maxWaiting = 512

    /// What a request led to.
    enum Result {
        case done(Reply)
        case refused(Refusal)
        case unavailable(Unavailability)
    }

    /// A reply that may hold a secret. A class, because a closure cannot be passed a `Secret`.
    final class Reply: Sendable {
        let lines: Secret
        init(_ lines: consuming Secret) { self.lines = lines }
    }

    private let store: Mutex<ReopeningStore>
    private let configuration: Configuration
    private let clock: @Sendable () -> Timestamp
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)

    init(
        _ store: sending ReopeningStore, _ configuration: Configuration, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = Mutex(store)
        self.configuration = configuration
        self.clock = clock
        pool.start()
    }

    /// Runs `body` on the worker's thread, and passes its result to `then` there.
    func perform(
        _ body: @escaping @Sendable (Administrator) throws(AdministrationError) -> Secret,
        then: @escaping @Sendable (Result) -> Void
    ) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.maxWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return then(.unavailable(.store(.busy)))
        }
        pool.submit { [self] _ in
            // Sign-ins come first. On Linux this sets the priority of the calling thread only.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, HashWorkers.niceness)
            let result = store.withLock { reopening in run(body, reopening) }
            waiting.subtract(1, ordering: .relaxed)
            then(result)
        }
    }

    private func run(
        _ body: (Administrator) throws(AdministrationError) -> Secret, _ reopening: ReopeningStore
    ) -> Result {
        do throws(StoreError) {
            return try reopening.use { store throws(StoreError) in
                let admin = Administrator(
                    store: store, configuration: configuration, actor: Owner.actor, clock: clock)
                do throws(AdministrationError) { return .done(Reply(try body(admin))) } catch {
                    switch error {
                    case .refused(let refusal): return .refused(refusal)
                    // The store is reopened after some errors.
                    case .unavailable(.store(let error)): throw error
                    case .unavailable(let failure): return .unavailable(failure)
                    }
                }
            }
        } catch {
            return .unavailable(.store(error))
        }
    }

    /// Finishes the queued requests, then closes the store.
    func stop() async {
        try? await pool.runIfActive { [self] in store.withLock { $0.close() } }
        try? await pool.shutdownGracefully()
    }
}
