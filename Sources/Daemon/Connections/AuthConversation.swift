import Authentication
import Bytes
import Credentials
import Glibc
import Logging
import NIOCore
import WireProtocols

/// The Dovecot auth protocol, with answers that suit the program that asks.
final class AuthConversation: Conversation {
    enum Asker {
        /// Postfix and Exim. They turn every FAIL into 535, so an outage closes the connection; they add no delay of
        /// their own, so Postern delays a denial.
        case mailServer
        /// Dovecot, and postern-checkpassword on its behalf. They understand temporary failures, delay denials
        /// themselves, and need the mailbox fields.
        case dovecot
    }

    static let maxLineLength = DovecotAuth.maxLineLength

    private let asker: Asker
    private let responder: Responder
    private var session = DovecotAuthSession()
    let greeting: [UInt8]
    /// Exim reads to DONE before it sends anything; postern-checkpassword and postern.lua speak first.
    var greetsAtOnce: Bool { asker == .mailServer }

    /// - Parameters:
    ///   - number: Different for each connection.
    ///   - cookie: 16 random bytes.
    init(_ asker: Asker, _ responder: Responder, number: UInt64, cookie: [UInt8]) {
        self.asker = asker
        self.responder = responder
        greeting = DovecotAuthReply.greeting(processID: getpid(), connection: number, cookie: cookie)
    }

    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool {
        do throws(DovecotAuth.Malformed) {
            let second = Int64(connection.lastArrival.uptimeNanoseconds / 1_000_000_000)
            let event = try session.receive(line, second: second) { request, line in
                connection.send {
                    responder.answerAtOnce(request, line, withMailbox: asker == .dovecot, into: &$0)
                }
            }
            return perform(event, on: connection)
        } catch {
            responder.backend.logger.debug("auth protocol: \(error.what)")
            return false
        }
    }

    /// - Returns: False for a request that this asker may not make.
    private func perform(_ event: consuming DovecotAuthSession.Event, on connection: any ClientConnection) -> Bool {
        switch consume event {
        case .nothing: break
        case .reply(let bytes): connection.send(bytes)
        case .malformed(let id, let parameters, let problem):
            let attempt = attempt(parameters, userName: [], secret: Secret([]))
            decide(id, attempt, responder.backend.judge.begin(malformed: attempt, problem), on: connection)
        case .attempt(let id, let parameters, let credentials):
            let (identity, userName) = (credentials.authorizationIdentity, credentials.userName)
            let attempt = attempt(
                parameters, identity: identity, userName: userName, secret: credentials.takeSecret())
            decide(id, attempt, responder.backend.judge.begin(attempt), on: connection)
        case .lookUp(let id, let userName):
            switch asker {
            // A program that accepts mail for sending must not learn where mail is stored.
            case .mailServer: return false
            case .dovecot: lookUp(id, userName, on: connection)
            }
        case .list(let id, let name):
            switch asker {
            case .mailServer: return false
            case .dovecot: list(id, after: name, on: connection)
            }
        case .signOut(let id, let userName, let session):
            switch asker {
            case .mailServer: return false
            case .dovecot: signOut(id, userName, session, on: connection)
            }
        }
        return true
    }

    private func attempt(
        _ parameters: DovecotAuthParameters, identity: [UInt8] = [], userName: [UInt8],
        secret: consuming Secret
    ) -> Attempt {
        // Master users and app passwords for sessions exist only on Dovecot's socket, which webmails use, too.
        let isDovecot = asker == .dovecot
        return Attempt(
            userName: userName, authorizationIdentity: identity, masterUser: isDovecot ? parameters.masterUser : nil,
            secret: secret, code: parameters.code.copy(), service: parameters.service,
            address: IPAddress(parameters.remoteAddress),
            session: parameters.session.flatMap { $0.isEmpty ? nil : $0 },
            wantsAppPassword: isDovecot && parameters.wantsAppPassword)
    }

    private func decide(_ id: UInt32, _ attempt: Attempt, _ step: Step, on connection: any ClientConnection) {
        let arrival = connection.lastArrival
        connection.began()
        responder.decide(attempt, step, for: connection.presence) { [self] decision in
            switch decision.outcome {
            case .granted(let grant):
                answerGrant(id, grant, decision.followUp?.signIn.service, on: connection)
            case .denied:
                deny(
                    id, userName: attempt.userName, arrival, connection,
                    isWeb: Service(channelName: attempt.service) == .web)
            case .unavailable:
                switch asker {
                case .mailServer:
                    connection.end()
                    connection.didEnd()
                case .dovecot:
                    answer(id, connection) { DovecotAuthReply.fail(id: id, userName: nil, isTemporary: true) }
                }
            }
        }
    }

    private func answerGrant(_ id: UInt32, _ grant: Grant, _ service: Service?, on connection: any ClientConnection) {
        let account = grant.account
        let user = [(key: "user", value: account.name.text)]
        switch asker {
        case .mailServer: answer(id, connection) { DovecotAuthReply.ok(id: id, user) }
        case .dovecot where service == .web:
            grantedOnWeb(id, grant, user, on: connection)
        case .dovecot:
            answer(id, connection) {
                DovecotAuthReply.ok(id: id, user, mailbox: responder.backend.mailbox.fields(of: account))
            }
        }
    }

    /// Answers a portal or a webmail, which needs no mailbox fields.
    private func grantedOnWeb(
        _ id: UInt32, _ grant: Grant, _ user: [(key: String, value: String)], on connection: any ClientConnection
    ) {
        var fields = user
        if grant.enrolmentPending { fields.append((key: "enrol", value: "yes")) }
        if grant.account.mustChange { fields.append((key: "must_change", value: "yes")) }
        guard let made = grant.session else {
            return answer(id, connection) { DovecotAuthReply.ok(id: id, fields) }
        }
        fields.append((key: "app_password_id", value: made.id))
        fields.append((key: "app_password_expires", value: "\(made.expires.seconds)"))
        if session.answer(id) {
            connection.sendSecret(DovecotAuthReply.ok(id: id, fields, key: "app_password", secret: made.secret))
        }
        connection.didEnd()
    }

    private func signOut(_ id: UInt32, _ userName: [UInt8], _ session: [UInt8], on connection: any ClientConnection) {
        let backend = responder.backend
        connection.began()
        guard let name = backend.judge.accountName(userName) else {
            return answer(id, connection) { DovecotAuthReply.ok(id: id, []) }
        }
        responder.endSession(session, of: name) { [self] error in
            answer(id, connection) {
                guard let error else { return DovecotAuthReply.ok(id: id, []) }
                backend.logger.error("sign-out failed: \(error.explanation)")
                return DovecotAuthReply.fail(id: id, userName: nil, isTemporary: true)
            }
        }
    }

    /// Answers with a denial, delayed where the asker adds no delay itself.
    ///
    /// - Parameters:
    ///   - arrival: When the delay starts, however long the decision took.
    ///   - isWeb: Whether a portal asks; nobody else delays its denials.
    private func deny(
        _ id: UInt32, userName: [UInt8]?, _ arrival: NIODeadline, _ connection: any ClientConnection,
        isWeb: Bool = false
    ) {
        let name = userName.flatMap { responder.backend.judge.accountName($0)?.text }
        let reply = DovecotAuthReply.fail(id: id, userName: name)
        switch asker {
        case .dovecot where !isWeb: answer(id, connection) { reply }
        case .mailServer, .dovecot:
            responder.loop.assumeIsolated().scheduleTask(deadline: arrival + responder.backend.failureDelay) {
                self.answer(id, connection) { reply }
            }
        }
    }

    private func lookUp(_ id: UInt32, _ userName: [UInt8], on connection: any ClientConnection) {
        let backend = responder.backend
        connection.began()
        guard let name = backend.judge.accountName(userName) else {
            return answer(id, connection) { DovecotAuthReply.userNotFound(id: id) }
        }
        responder.lookUp(
            .account(name) { [self] result in
                answer(id, connection) {
                    switch result {
                    case .success(nil): return DovecotAuthReply.userNotFound(id: id)
                    case .success(let account?):
                        let fields = backend.mailbox.fields(of: account)
                        return DovecotAuthReply.user(id: id, name: account.name.text, fields)
                    case .failure(let error):
                        backend.logger.error("look-up failed: \(error.explanation)")
                        return DovecotAuthReply.fail(id: id, userName: nil, isTemporary: true)
                    }
                }
            })
    }

    /// Maximum number of names in one answer. At 254 bytes each, this is well below `ConnectionHandler.maxUnsent`.
    private static let namesPerAnswer = 500

    private func list(_ id: UInt32, after name: [UInt8], on connection: any ClientConnection) {
        let backend = responder.backend
        connection.began()
        let last = String(decoding: name, as: UTF8.self)
        responder.lookUp(
            .names(after: last, limit: Self.namesPerAnswer) { [self] result in
                answer(id, connection) {
                    switch result {
                    case .success(let names): return DovecotAuthReply.list(id: id, names: names)
                    case .failure(let error):
                        backend.logger.error("listing accounts failed: \(error.explanation)")
                        return DovecotAuthReply.fail(id: id, userName: nil, isTemporary: true)
                    }
                }
            })
    }

    private func answer(_ id: UInt32, _ connection: any ClientConnection, _ reply: () -> [UInt8]) {
        if session.answer(id) { connection.send(reply()) }
        connection.didEnd()
    }
}
