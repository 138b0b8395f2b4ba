import Credentials
import Logging
import Synchronization

/// Gathers granted sign-ins and writes them every few seconds: each commit would empty the readers' page caches. A
/// crash loses these seconds of them and nothing else.
final class SignInRecorder: Sendable {
    /// Seconds between writes.
    static let interval: Int64 = 5
    /// Different sign-ins that may wait. A disk that stays full does not fill the memory.
    private static let mostWaiting = 65_536
    /// Written in one transaction, so that guesses do not wait for long.
    private static let perCommit = 512

    private struct Gathered {
        var waiting: [SignIn: Timestamp] = [:]
        /// Handed to the writer, and not committed yet.
        var inWriting: [SignIn: Timestamp] = [:]
        /// Those of both that are for SMTP.
        var smtp: [AccountName: Set<SignIn>] = [:]
    }

    private let writer: any SignInWriter
    private let retention: Retention
    private let logger: Logger
    private let gathered = Mutex(Gathered())

    init(_ writer: any SignInWriter, _ retention: Retention, _ logger: Logger) {
        self.writer = writer
        self.retention = retention
        self.logger = logger
    }

    func record(_ signIns: [(signIn: SignIn, at: Timestamp)]) {
        gathered.withLock { gathered in
            for (signIn, at) in signIns {
                if gathered.waiting.updateValue(at, forKey: signIn) != nil { continue }
                guard gathered.waiting.count <= Self.mostWaiting else {
                    gathered.waiting.removeValue(forKey: signIn)
                    continue
                }
                if signIn.service == .smtp { gathered.smtp[signIn.account, default: []].insert(signIn) }
            }
        }
    }

    /// Sign-ins over SMTP from this address that may not be in the store yet.
    func recentSMTP(_ account: AccountName, from address: IPAddress?) -> [Store.SMTPGrant] {
        gathered.withLock { gathered in
            guard let signIns = gathered.smtp[account] else { return [] }
            return signIns.filter { $0.address == address }.compactMap { signIn in
                (gathered.waiting[signIn] ?? gathered.inWriting[signIn]).map {
                    Store.SMTPGrant(credential: signIn.credential, generation: signIn.generation, at: $0)
                }
            }
        }
    }

    /// Has the writer write what is waiting when its turn comes.
    func flush() {
        guard gathered.withLock({ !$0.waiting.isEmpty }) else { return }
        writer.write { [self] store throws(StoreError) in
            var rest = take()[...]
            while !rest.isEmpty {
                try store.mark(rest.prefix(Self.perCommit), retention)
                rest = rest.dropFirst(Self.perCommit)
            }
        } then: { [self] error in
            if let error { logger.warning("last-used marks wait: \(error.explanation)") }
            finish(keeping: error != nil)
        }
    }

    private func take() -> [(SignIn, Timestamp)] {
        gathered.withLock { gathered in
            swap(&gathered.waiting, &gathered.inWriting)
            return gathered.inWriting.map { ($0.key, $0.value) }
        }
    }

    private func finish(keeping: Bool) {
        gathered.withLock { gathered in
            let written = gathered.inWriting
            gathered.inWriting = [:]
            if keeping, gathered.waiting.count + written.count <= Self.mostWaiting {
                gathered.waiting.merge(written) { newer, _ in newer }
            }
            gathered.smtp = [:]
            for signIn in gathered.waiting.keys where signIn.service == .smtp {
                gathered.smtp[signIn.account, default: []].insert(signIn)
            }
        }
    }
}
