import Authentication
import Credentials
import WireProtocols

/// Answers requests with generated app passwords that are in order, by what is known or else by one look into the store, and gathers
/// the log lines and sign-ins of a tick of one event loop.
struct QuickAnswers: ~Copyable {
    private let backend: Backend
    private var known: KnownGrants
    private var reader: PlainReader
    /// All that a reply says of where the mail is of accounts that have nothing of their own. This loop's copy: a reference count that
    /// loops share costs more than a line.
    private let mailbox: NameTemplate?
    /// When something was last received.
    private var now = Timestamp(0)

    var lines = LogLines()
    /// Those that may be handed over again and again.
    var signIns: [SignInRecorder.Entry] = []
    private var spaced: [SignInRecorder.Entry] = []

    init(_ backend: Backend) {
        self.backend = backend
        known = KnownGrants(limit: MemoryBudget.knownGrants() * 1024)
        reader = PlainReader(backend.judge)
        let fields = DovecotAuthReply.encode(backend.mailbox.templates, prefix: "userdb_")
        mailbox = NameTemplate(String(decoding: fields, as: UTF8.self))
    }

    /// To be called when something was received, before it is looked at.
    ///
    /// - Parameter version: The store's.
    mutating func look(_ version: Int?, now: Timestamp) {
        self.now = now
        known.look(backend.authLog.isText ? version : nil)
    }

    /// Replies to a request whose secret opens the service, as far as that is known or the store says so at once; false where it
    /// has to be found out.
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

    /// Before anybody has an answer.
    mutating func record() {
        backend.authLog.write(lines)
        lines.removeAll()
        if !signIns.isEmpty || !spaced.isEmpty { backend.signIns.record(signIns, spaced: spaced) }
        signIns.removeAll(keepingCapacity: true)
        spaced.removeAll(keepingCapacity: true)
    }
}
