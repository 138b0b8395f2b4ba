import Authentication
import Credentials
import WireProtocols

/// Answers requests whose grant is known, without the store, and gathers the log lines and sign-ins of a tick of one event loop.
struct QuickAnswers: ~Copyable {
    private let backend: Backend
    private var known: KnownGrants
    private var reader: PlainReader
    /// What a reply says of accounts that have nothing of their own. Not of `backend`, whose use all loops would count.
    private let mailbox: MailHome?
    /// When something was last received.
    private var now = Timestamp(0)

    var lines = LogLines()
    /// Of those that take the ordinary way.
    var signIns: [SignInRecorder.Entry] = []
    private var rare: [SignInRecorder.Entry] = []

    init(_ backend: Backend) {
        self.backend = backend
        known = KnownGrants(limit: MemoryBudget.knownGrants() * 1024)
        reader = PlainReader(backend.judge)
        let fields = DovecotAuthReply.encode(backend.mailbox.templates, prefix: "userdb_")
        mailbox = MailHome(String(decoding: fields, as: UTF8.self))
    }

    /// To be called when something was received, before it is looked at.
    ///
    /// - Parameter version: The store's.
    mutating func look(_ version: Int?, now: Timestamp) {
        self.now = now
        known.look(version)
    }

    /// Replies to a request whose secret opens the service, as far as that is known or the store says so at once; false where it
    /// has to be found out.
    mutating func answer(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, from store: any SignInReader,
        into reply: inout [UInt8]
    ) -> Bool {
        guard let read = reader.read(request, line), let index = known.find(read.verifier) ?? learn(read, from: store),
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
        if backend.signIns.hasRoom, let signIn = known.signIn(grant, reader.accountName, read.way, now: now) {
            rare.append((signIn, now))
        }
        DovecotAuthReply.appendOK(id: request.id, userName: reader.name, to: &reply) {
            if withMailbox, !known.appendMailbox(grant, to: &$0) { mailbox?.append(reader.name.span, to: &$0) }
        }
        return true
    }

    /// Asks the store, once for each app password.
    private mutating func learn(_ read: PlainReader.Reading, from store: any SignInReader) -> Int? {
        guard known.isKnowing, let (account, appPassword) = store.find(read.verifier, of: reader.accountName),
            let text = backend.authLog.text(appPassword)
        else { return nil }
        let hasMailbox = mailbox == nil || account.mailbox != MailboxOverrides()
        return known.add(
            read.verifier, account, appPassword,
            GrantTable.Texts(
                appPassword: text, idLength: appPassword.id.utf8.count,
                mailbox: hasMailbox
                    ? DovecotAuthReply.encode(backend.mailbox.fields(of: account), prefix: "userdb_") : []))
    }

    /// Before anybody has an answer.
    mutating func record() {
        backend.authLog.write(lines)
        lines.removeAll()
        if !signIns.isEmpty || !rare.isEmpty { backend.signIns.record(signIns, rare: rare) }
        signIns.removeAll(keepingCapacity: true)
        rare.removeAll(keepingCapacity: true)
    }
}
