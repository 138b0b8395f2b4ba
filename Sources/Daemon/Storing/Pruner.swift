import Authentication
import Credentials
import Logging
import Synchronization

/// Deletes old guesses, sign-ins, alarms and changes, a few in each commit, so that other writes do not wait long.
final class Pruner: Sendable {
    /// Maximum number of deleted rows of each kind in one commit, which takes about ten milliseconds.
    private static let perCommit = 500
    /// Seconds between prunes when the last one left nothing to delete.
    private static let interval: Int64 = 60

    private let writer: any SignInWriter
    private let judge: Judge
    private let logger: Logger
    private let mayBeMore = Atomic<Bool>(true)
    /// Whether a prune is queued or running: on a locked database one waits, not one for each second.
    private let isRunning = Atomic<Bool>(false)

    init(_ writer: any SignInWriter, _ judge: Judge, _ logger: Logger) {
        self.writer = writer
        self.judge = judge
        self.logger = logger
    }

    /// Starts a prune if one is due. Call once a second.
    func tick(_ second: Int64) {
        guard mayBeMore.load(ordering: .relaxed) || second % Self.interval == 0 else { return }
        guard !isRunning.exchange(true, ordering: .relaxed) else { return }
        let window = judge.throttling.window(at: judge.clock())
        writer.prune(window, judge.retention, limit: Self.perCommit) { [self] result in
            switch result {
            case .success(let isMore): mayBeMore.store(isMore, ordering: .relaxed)
            case .failure(let error):
                mayBeMore.store(false, ordering: .relaxed)
                logger.warning("old entries not deleted yet, will retry: \(error.explanation)")
            }
            isRunning.store(false, ordering: .relaxed)
        }
    }
}
