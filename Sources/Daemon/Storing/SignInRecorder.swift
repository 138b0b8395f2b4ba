import Credentials
import Logging
import Synchronization

/// Gathers granted sign-ins and writes them every few seconds: each commit would empty the readers' page caches. A
/// crash loses these seconds of them and nothing else.
final class SignInRecorder: Sendable {
    /// Seconds between writes.
    static let interval: Int64 = 5
    /// Sign-ins that may wait. A disk that stays full does not fill the memory.
    private static let mostWaiting = 131_072
    /// Written in one transaction, so that guesses do not wait for long.
    private static let perCommit = 512

    typealias Entry = (signIn: SignIn, at: Timestamp)

    private struct Gathered {
        /// Some of them more than once.
        private(set) var waiting: [Entry] = []
        private var isFull = false
        /// Handed to the writer, and not committed yet.
        var inWriting: [Entry] = []
        /// Those of both that are for SMTP.
        var smtp: [AccountName: [SignIn: Timestamp]] = [:]

        mutating func add(_ entry: Entry) {
            guard makeRoom() else { return }
            waiting.append(entry)
            if entry.signIn.service == .smtp { smtp[entry.signIn.account, default: [:]][entry.signIn] = entry.at }
        }

        mutating func takeWaiting() -> [Entry] {
            defer { (waiting, isFull) = ([], false) }
            return waiting
        }

        /// Half of the room is for different ones: those that are the same are looked for once.
        private mutating func makeRoom() -> Bool {
            guard !isFull, waiting.count >= mostWaiting else { return !isFull }
            waiting = distinct(waiting)
            isFull = waiting.count > mostWaiting / 2
            return !isFull
        }
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

    func record(_ signIns: [Entry]) { gathered.withLock { gathered in signIns.forEach { gathered.add($0) } } }

    /// Sign-ins over SMTP from this address that may not be in the store yet.
    func recentSMTP(_ account: AccountName, from address: IPAddress?) -> [Store.SMTPGrant] {
        gathered.withLock { $0.smtp[account] ?? [:] }.filter { $0.key.address == address }.map { signIn, at in
            Store.SMTPGrant(credential: signIn.credential, generation: signIn.generation, at: at)
        }
    }

    /// Has the writer write what is waiting when its turn comes.
    func flush() {
        guard gathered.withLock({ !$0.waiting.isEmpty }) else { return }
        writer.write { [self] store throws(StoreError) in
            var rest = Self.distinct(take())[...]
            while !rest.isEmpty {
                try store.mark(rest.prefix(Self.perCommit).map { ($0.signIn, $0.at) }, retention)
                rest = rest.dropFirst(Self.perCommit)
            }
        } then: { [self] error in
            if let error { logger.warning("last-used marks wait: \(error.explanation)") }
            finish(keeping: error != nil)
        }
    }

    /// The last of each, in the order of the store: neighbours there are written one after the other.
    private static func distinct(_ entries: [Entry]) -> [Entry] {
        var last: [SignIn: Timestamp] = [:]
        last.reserveCapacity(entries.count)
        for (signIn, at) in entries { last[signIn] = at }
        return last.map { ($0.key, $0.value) }.sorted { $0.signIn.account.text < $1.signIn.account.text }
    }

    private func take() -> [Entry] {
        gathered.withLock { gathered in
            gathered.inWriting = gathered.takeWaiting()
            return gathered.inWriting
        }
    }

    private func finish(keeping: Bool) {
        gathered.withLock { gathered in
            let newer = gathered.takeWaiting()
            gathered.smtp = [:]
            if keeping { for entry in gathered.inWriting { gathered.add(entry) } }
            gathered.inWriting = []
            for entry in newer { gathered.add(entry) }
        }
    }
}
