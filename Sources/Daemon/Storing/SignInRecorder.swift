import Credentials
import Logging
import Synchronization

/// Collects granted sign-ins and writes them every few seconds, because each commit empties the readers' page caches. A
/// crash loses the sign-ins of these seconds and nothing else.
final class SignInRecorder: Sendable {
    /// Interval between writes.
    static let interval = Duration.seconds(5)
    /// Maximum number of waiting sign-ins, so that a disk that stays full does not fill the memory.
    fileprivate static let maxWaiting = 32_768
    /// Maximum number of waiting spaced sign-ins. After a restart, all sign-ins are spaced.
    fileprivate static let maxSpaced = 65_536
    /// Maximum number of sign-ins written in one transaction, so that guesses do not wait long.
    private static let perCommit = 512

    typealias Entry = (signIn: SignIn, at: Timestamp)

    fileprivate struct Gathered {
        /// Spaced sign-ins; hardly any of them is in it twice.
        var spaced: [Entry] = []
        var waiting: [SignIn: Timestamp] = [:]
        /// Passed to the writer and not committed yet.
        var inWriting: [Entry] = []
        /// The SMTP sign-ins among all of these.
        var smtp: [AccountName: [SignIn: Timestamp]] = [:]
    }

    private let writer: any SignInWriter
    private let retention: Retention
    private let logger: Logger
    private let gathered = Mutex(Gathered())
    private let isRoomy = Atomic<Bool>(true)

    init(_ writer: any SignInWriter, _ retention: Retention, _ logger: Logger) {
        self.writer = writer
        self.retention = retention
        self.logger = logger
    }

    /// Whether a sign-in would be accepted that is not waiting yet.
    var hasRoom: Bool { isRoomy.load(ordering: .relaxed) }

    /// Takes sign-ins, to be written with the next `flush()`.
    ///
    /// - Parameter spaced: Sign-ins that rarely repeat; they are not searched for duplicates.
    func record(_ signIns: [Entry], spaced: [Entry]) {
        gathered.withLock { gathered in
            let some = spaced.prefix(Self.maxSpaced - gathered.spaced.count)
            gathered.spaced += some
            for entry in some { gathered.noteSMTP(entry) }
            for entry in signIns { gathered.add(entry) }
            for entry in spaced.dropFirst(some.count) { gathered.add(entry) }
            let isFull = gathered.spaced.count >= Self.maxSpaced && gathered.waiting.count >= Self.maxWaiting
            isRoomy.store(!isFull, ordering: .relaxed)
        }
    }

    /// The account's SMTP sign-ins from this address that may not be in the store yet.
    func recentSMTP(_ account: AccountName, from address: IPAddress?) -> [SMTPGrant] {
        gathered.withLock { $0.smtp[account] ?? [:] }.filter { $0.key.address == address }.map { signIn, at in
            SMTPGrant(account: account, credential: signIn.credential, generation: signIn.generation, at: at)
        }
    }

    /// Writes all waiting sign-ins, at most `perCommit` in one commit.
    func flush() async {
        var rest = gathered.withLock { gathered in
            isRoomy.store(true, ordering: .relaxed)
            return gathered.beginWriting()[...]
        }
        // In the order of the table, and the sign-ins of one account by time.
        rest.sort { ($0.signIn.account.text, $0.at) < ($1.signIn.account.text, $1.at) }
        var error: StoreError?
        while error == nil, !rest.isEmpty {
            let some = rest.prefix(Self.perCommit)
            rest = rest.dropFirst(Self.perCommit)
            error = await withCheckedContinuation { written in
                writer.mark(some.map { ($0.signIn, $0.at) }, retention) { written.resume(returning: $0) }
            }
        }
        if let error { logger.warning("last-used marks not written yet, will retry: \(error.explanation)") }
        gathered.withLock { $0.endWriting(isWritten: error == nil) }
    }
}

extension SignInRecorder.Gathered {
    fileprivate mutating func add(_ entry: SignInRecorder.Entry, limit: Int = SignInRecorder.maxWaiting) {
        let before = waiting[entry.signIn]
        guard before != nil || waiting.count < limit else { return }
        waiting[entry.signIn] = max(before ?? entry.at, entry.at)
        noteSMTP(entry)
    }

    fileprivate mutating func noteSMTP(_ entry: SignInRecorder.Entry) {
        guard entry.signIn.service == .smtp else { return }
        let account = entry.signIn.account
        smtp[account, default: [:]][entry.signIn] = max(smtp[account]?[entry.signIn] ?? entry.at, entry.at)
    }

    fileprivate mutating func beginWriting() -> [SignInRecorder.Entry] {
        inWriting = spaced + waiting.map { ($0.key, $0.value) }
        (spaced, waiting) = ([], [:])
        return inWriting
    }

    fileprivate mutating func endWriting(isWritten: Bool) {
        smtp = [:]
        for entry in spaced { noteSMTP(entry) }
        for (signIn, at) in waiting { noteSMTP((signIn, at)) }
        let limit = SignInRecorder.maxSpaced + SignInRecorder.maxWaiting
        if !isWritten { for entry in inWriting { add(entry, limit: limit) } }
        inWriting = []
    }
}
