import Authentication
import Credentials
import WireProtocols

/// Answers requests with valid generated app passwords, from the cache or else by one look-up in the store, and
/// collects the log lines and sign-ins of one tick of an event loop.
struct QuickAnswers: ~Copyable {
    private let backend: Backend
    private var known: KnownGrants
    private var reader: PlainReader
    /// Encoded mailbox fields for accounts that have none of their own. Each loop has its own copy, because a reference
    /// count that loops share is expensive.
    private let mailbox: NameTemplate?
    /// When a request was last received.
    private var now = Timestamp(0)

    var lines = LogLines()
    /// Sign-ins that may repeat often.
    var signIns: [SignInRecorder.Entry] = []
    private var spaced: [SignInRecorder.Entry] = []

    init(_ backend: Backend) {
        self.backend = backend
        known = KnownGrants(limit: MemoryBudget.knownGrants() * 1024)
        reader = PlainReader(backend.judge)
        let fields = DovecotAuthReply.encode(backend.mailbox.templates, prefix: "userdb_")
        mailbox = NameTemplate(String(decoding: fields, as: UTF8.self))
    }

    /// Checks whether cached grants hold. Call when something was received, before it is handled.
    ///
    /// - Parameter version: The store's present version.
    mutating func look(_ version: Int?, now: Timestamp) {
        self.now = now
        known.look(backend.authLog.isText ? version : nil)
    }

    /// Replies to a request that can be granted from the cache or by one look-up in the store; false for all others,
    /// which take the ordinary way.
    mutating func answer(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, from store: any SignInReader,
        into reply: inout [UInt8]
    ) -> Bool {
        guard known.isKnowing, let read = reader.read(request, line),
            let index = known.find(read.verifier) ?? learn(read, from: store),
            let grant = known.grant(index, read.way.service, now: now)
        else { return false }
        if lines.isEmpty { backend.authLog.begin(&lines) }
        func log(_ known: borrowing KnownGrants, _ userName: [UInt8], _ lines: inout LogLines) {
            AuthLog.appendGrant(
                user: userName.span, address: line.extracting(request.remoteAddress.range),
                session: line.extracting(request.session.range), to: &lines
            ) { known.appendAppPassword(grant, to: &$0) }
        }
        log(known, reader.userName, &lines)
        if known.isNews(grant, read.way, now: now), backend.signIns.hasRoom {
            let (signIn, isSpaced) = known.signIn(grant, reader.accountName, read.way, now: now)
            if isSpaced { spaced.append((signIn, now)) } else { signIns.append((signIn, now)) }
        }
        DovecotAuthReply.appendOK(id: request.id, userName: reader.name, to: &reply) {
            if withMailbox, !known.appendMailbox(grant, to: &$0) { mailbox?.append(reader.name.span, to: &$0) }
        }
        return true
    }

    private mutating func learn(_ read: PlainReader.Reading, from store: any SignInReader) -> Int? {
        guard let (account, appPassword) = store.find(read.verifier, of: reader.accountName) else { return nil }
        let hasMailbox = mailbox == nil || account.mailbox != MailboxOverrides()
        return known.add(
            read.verifier, account, appPassword,
            GrantTable.Texts(
                appPassword: AuthLog.text(appPassword), idLength: appPassword.id.utf8.count,
                mailbox: hasMailbox
                    ? DovecotAuthReply.encode(backend.mailbox.fields(of: account), prefix: "userdb_") : []))
    }

    /// Writes the log lines and passes the sign-ins on. Call before any answer is sent.
    mutating func record() {
        backend.authLog.write(lines)
        lines.removeAll()
        if !signIns.isEmpty || !spaced.isEmpty { backend.signIns.record(signIns, spaced: spaced) }
        signIns.removeAll(keepingCapacity: true)
        spaced.removeAll(keepingCapacity: true)
    }
}
