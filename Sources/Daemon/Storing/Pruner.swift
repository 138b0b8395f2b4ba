import Authentication
import Credentials
import Logging
import Synchronization

/// Takes old guesses, sign-ins, alarms and changes away, a few in each commit, so that nobody waits for long.
final class Pruner: Sendable {
    /// Entries of each kind in one commit: some ten milliseconds.
    private static let perCommit = 500
    /// Seconds between looks when nothing was left the last time.
    private static let interval: Int64 = 60

    private let writer: any SignInWriter
    private let judge: Judge
    private let logger: Logger
    private let mayBeMore = Atomic<Bool>(true)
    /// A locked database keeps one of them waiting, not one for each second.
    private let isRunning = Atomic<Bool>(false)

    init(_ writer: any SignInWriter, _ judge: Judge, _ logger: Logger) {
        self.writer = writer
        self.judge = judge
        self.logger = logger
    }

    /// To be called once a second.
    func tick(_ second: Int64) {
        guard mayBeMore.load(ordering: .relaxed) || second % Self.interval == 0 else { return }
        guard !isRunning.exchange(true, ordering: .relaxed) else { return }
        let window = judge.throttling.window(at: judge.clock())
        writer.prune(window, judge.retention, most: Self.perCommit) { [self] result in
            switch result {
            case .success(let isMore): mayBeMore.store(isMore, ordering: .relaxed)
            case .failure(let error):
                mayBeMore.store(false, ordering: .relaxed)
                logger.warning("old entries stay for now: \(error.explanation)")
            }
            isRunning.store(false, ordering: .relaxed)
        }
    }
}
