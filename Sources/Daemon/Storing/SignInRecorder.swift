import Credentials
import Logging
import Synchronization

/// Gathers granted sign-ins and writes them every few seconds: each commit would empty the readers' page caches. A
/// crash loses these seconds of them and nothing else.
final class SignInRecorder: Sendable {
    /// Between writes.
    static let interval = Duration.seconds(5)
    /// Sign-ins that may wait. A disk that stays full does not fill the memory.
    fileprivate static let mostWaiting = 32_768
    /// Spaced ones that may: after a restart, all are.
    fileprivate static let mostSpaced = 65_536
    /// Written in one transaction, so that guesses do not wait for long.
    private static let perCommit = 512

    typealias Entry = (signIn: SignIn, at: Timestamp)

    fileprivate struct Gathered {
        /// Those that are spaced: hardly any of them is in it twice.
        var spaced: [Entry] = []
        var waiting: [SignIn: Timestamp] = [:]
        /// Handed to the writer, and not committed yet.
        var inWriting: [Entry] = []
        /// All of these that are for SMTP.
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

    /// Whether one would be taken that is not waiting yet.
    var hasRoom: Bool { isRoomy.load(ordering: .relaxed) }

    /// - Parameter spaced: Sign-ins that are not handed over again and again: they are not looked through for the same.
    func record(_ signIns: [Entry], spaced: [Entry]) {
        gathered.withLock { gathered in
            let some = spaced.prefix(Self.mostSpaced - gathered.spaced.count)
            gathered.spaced += some
            for entry in some { gathered.noteSMTP(entry) }
            for entry in signIns { gathered.add(entry) }
            for entry in spaced.dropFirst(some.count) { gathered.add(entry) }
            let isFull = gathered.spaced.count >= Self.mostSpaced && gathered.waiting.count >= Self.mostWaiting
            isRoomy.store(!isFull, ordering: .relaxed)
        }
    }

    /// Sign-ins over SMTP from this address that may not be in the store yet.
    func recentSMTP(_ account: AccountName, from address: IPAddress?) -> [SMTPGrant] {
        gathered.withLock { $0.smtp[account] ?? [:] }.filter { $0.key.address == address }.map { signIn, at in
            SMTPGrant(account: account, credential: signIn.credential, generation: signIn.generation, at: at)
        }
    }

    /// Writes what is waiting, a few in each commit, so that guesses do not wait for long.
    func flush() async {
        var rest = gathered.withLock { gathered in
            isRoomy.store(true, ordering: .relaxed)
            return gathered.beginWriting()[...]
        }
        // Neighbours in the table are written one after the other, and no use before an earlier one.
        rest.sort { ($0.signIn.account.text, $0.at) < ($1.signIn.account.text, $1.at) }
        var error: StoreError?
        while error == nil, !rest.isEmpty {
            let some = rest.prefix(Self.perCommit)
            rest = rest.dropFirst(Self.perCommit)
            error = await withCheckedContinuation { written in
                writer.mark(some.map { ($0.signIn, $0.at) }, retention) { written.resume(returning: $0) }
            }
        }
        if let error { logger.warning("last-used marks wait: \(error.explanation)") }
        gathered.withLock { $0.endWriting(isWritten: error == nil) }
    }
}

extension SignInRecorder.Gathered {
    fileprivate mutating func add(_ entry: SignInRecorder.Entry, most: Int = SignInRecorder.mostWaiting) {
        let before = waiting[entry.signIn]
        guard before != nil || waiting.count < most else { return }
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
        let most = SignInRecorder.mostSpaced + SignInRecorder.mostWaiting
        if !isWritten { for entry in inWriting { add(entry, most: most) } }
        inWriting = []
    }
}
