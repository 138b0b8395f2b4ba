import Authentication
import Credentials
import WireProtocols

/// Answers requests whose grant is known, without the store, and gathers the log lines and sign-ins of a tick of one event loop.
struct QuickAnswers: ~Copyable {
    private let backend: Backend
    private var known: KnownGrants
    private var reader: PlainReader
    /// When something was last received.
    private var now = Timestamp(0)

    var lines = LogLines()
    var signIns: [(signIn: SignIn, at: Timestamp)] = []

    init(_ backend: Backend) {
        self.backend = backend
        known = KnownGrants(limit: MemoryBudget.knownGrants() * 1024)
        reader = PlainReader(backend.judge)
    }

    /// To be called when something was received, before it is looked at.
    ///
    /// - Parameter version: The store's.
    mutating func look(_ version: Int?, now: Timestamp) {
        self.now = now
        known.look(version)
    }

    /// Replies to a request whose secret is known to be right and opens the service now; false where that has to be found out.
    mutating func answer(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, into reply: inout [UInt8]
    ) -> Bool {
        guard let read = reader.read(request, line), let grant = known.find(read.verifier, read.service, now: now)
        else { return false }
        func log(_ known: borrowing KnownGrants, _ userName: [UInt8], _ lines: inout LogLines) {
            backend.authLog.appendGrant(
                user: userName.span, address: line.extracting(request.remoteAddress.range),
                session: line.extracting(request.session.range), to: &lines
            ) { known.appendAppPassword(grant, to: &$0) }
        }
        log(known, reader.userName, &lines)
        if let signIn = known.signIn(grant, read.service, read.address, now: now) { signIns.append((signIn, now)) }
        DovecotAuthReply.appendOK(id: request.id, to: &reply) {
            known.appendAccount(grant, to: &$0)
        } fields: {
            if withMailbox { known.appendMailbox(grant, to: &$0) }
        }
        return true
    }

    /// For the next time, if it is the grant of a generated app password.
    mutating func keep(_ decision: Decision, _ attempt: Attempt) {
        guard case .granted(let grant) = decision.outcome, KnownGrants.mayKnow(grant),
            case .appPassword(let appPassword) = grant.credential, let text = backend.authLog.text(appPassword),
            let bytes = attempt.secret.verifier(account: grant.account.name, backend.judge.keys),
            let verifier = Verifier(bytes)
        else { return }
        // It goes out as it is.
        let name = Array(grant.account.name.text.utf8)
        guard TabEscape.encode(name) == name else { return }
        known.add(
            grant, verifier, appPassword: text,
            mailbox: DovecotAuthReply.encode(backend.mailbox.fields(of: grant.account), prefix: "userdb_"))
    }

    /// Before anybody has an answer.
    mutating func record() {
        backend.authLog.write(lines)
        lines.removeAll()
        if !signIns.isEmpty { backend.signIns.record(signIns) }
        signIns.removeAll(keepingCapacity: true)
    }
}
