import Credentials
import Logging
import Synchronization

/// Gathers granted sign-ins and writes them every few seconds: each commit would empty the readers' page caches. A
/// crash loses these seconds of them and nothing else.
final class SignInRecorder: Sendable {
    /// Between writes.
    static let interval = Duration.seconds(5)
    /// Sign-ins of either kind that may wait. A disk that stays full does not fill the memory.
    private static let mostWaiting = 65_536
    /// Written in one transaction, so that guesses do not wait for long.
    private static let perCommit = 512

    typealias Entry = (signIn: SignIn, at: Timestamp)

    fileprivate struct Gathered {
        /// Those that come once in a while.
        var rare: [Entry] = []
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

    /// Whether rare ones would be taken.
    var hasRoom: Bool { isRoomy.load(ordering: .relaxed) }

    /// - Parameter rare: Sign-ins that are not handed over again and again: they are not looked through for the same.
    func record(_ signIns: [Entry], rare: [Entry]) {
        gathered.withLock { gathered in
            for (signIn, at) in signIns
            where gathered.waiting[signIn] != nil || gathered.waiting.count < Self.mostWaiting {
                gathered.waiting[signIn] = at
                gathered.noteSMTP(signIn, at)
            }
            for (signIn, at) in rare.prefix(Self.mostWaiting - gathered.rare.count) {
                gathered.rare.append((signIn, at))
                gathered.noteSMTP(signIn, at)
            }
            isRoomy.store(gathered.rare.count < Self.mostWaiting, ordering: .relaxed)
        }
    }

    /// Sign-ins over SMTP from this address that may not be in the store yet.
    func recentSMTP(_ account: AccountName, from address: IPAddress?) -> [Store.SMTPGrant] {
        gathered.withLock { $0.smtp[account] ?? [:] }.filter { $0.key.address == address }.map { signIn, at in
            Store.SMTPGrant(credential: signIn.credential, generation: signIn.generation, at: at)
        }
    }

    /// Writes what is waiting, a few in each commit, so that guesses do not wait for long.
    func flush() async {
        var rest = gathered.withLock { $0.beginWriting() }[...]
        isRoomy.store(true, ordering: .relaxed)
        // Neighbours in the table are written one after the other.
        rest.sort { $0.signIn.account.text < $1.signIn.account.text }
        var error: StoreError?
        while error == nil, !rest.isEmpty {
            let some = rest.prefix(Self.perCommit)
            rest = rest.dropFirst(Self.perCommit)
            error = await withCheckedContinuation { written in
                writer.write { [retention] store throws(StoreError) in
                    try store.mark(some.map { ($0.signIn, $0.at) }, retention)
                } then: {
                    written.resume(returning: $0)
                }
            }
        }
        if let error { logger.warning("last-used marks wait: \(error.explanation)") }
        gathered.withLock { $0.endWriting(keeping: error == nil ? nil : Self.mostWaiting) }
    }
}

extension SignInRecorder.Gathered {
    fileprivate mutating func noteSMTP(_ signIn: SignIn, _ at: Timestamp) {
        if signIn.service == .smtp { smtp[signIn.account, default: [:]][signIn] = at }
    }

    fileprivate mutating func beginWriting() -> [SignInRecorder.Entry] {
        inWriting = rare + waiting.map { ($0.key, $0.value) }
        (rare, waiting) = ([], [:])
        return inWriting
    }

    /// - Parameter most: They could not be written, and stay as long as no more than these wait; nil: they were.
    fileprivate mutating func endWriting(keeping most: Int?) {
        if let most, waiting.count + inWriting.count <= most {
            for (signIn, at) in inWriting where waiting[signIn] == nil { waiting[signIn] = at }
        }
        inWriting = []
        smtp = [:]
        for (signIn, at) in rare { noteSMTP(signIn, at) }
        for (signIn, at) in waiting { noteSMTP(signIn, at) }
    }
}
