import Administration
import Authentication
import Bytes
import Credentials
import Logging
import NIOCore
import WireProtocols

/// The protocol of the page: full sign-ins, and what an owner asks for in a session. One request at a time.
final class AccountConversation: Conversation {
    static let maxLineLength = AccountRequest.maxLineLength
    /// Of a language's tag that is stored (RFC 5646, section 4.4.1).
    private static let maxLanguageLength = 35

    /// Verbs that begin with a sign-in; `OwnerVerb` has the others.
    private enum SignInVerb: String {
        case signIn = "sign-in"
        case confirm
        case setPassword = "set-password"
    }

    let greeting: [UInt8] = []
    let greetsAtOnce = true
    private let responder: Responder
    private var isBusy = false

    init(_ responder: Responder) { self.responder = responder }

    private var backend: Backend { responder.backend }

    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool {
        do throws(AccountRequest.Malformed) {
            guard !isBusy else { throw AccountRequest.Malformed(what: "a request before the answer to the last one") }
            let request = try AccountRequest(line)
            if let verb = SignInVerb(rawValue: request.verb) {
                guard let address = IPAddress(request["address"]) else {
                    throw AccountRequest.Malformed(what: "a sign-in without the client's address")
                }
                begin(connection)
                return begin(verb, request, address, on: connection)
            }
            guard let verb = OwnerVerb(rawValue: request.verb) else {
                throw AccountRequest.Malformed(what: "an unknown verb")
            }
            begin(connection)
            perform(on: connection) { admin throws(AdministrationError) in
                try verb.answer(request, admin.owner(request.secret("token")))
            }
            return true
        } catch {
            backend.logger.debug("account protocol: \(error.what)")
            return false
        }
    }

    private func begin(_ connection: any ClientConnection) {
        isBusy = true
        connection.began()
    }

    private func begin(
        _ verb: SignInVerb, _ request: AccountRequest, _ address: IPAddress, on connection: any ClientConnection
    ) -> Bool {
        switch verb {
        case .signIn:
            let attempt = attempt(request.bytes("user"), request, "password", address)
            decide(attempt, on: connection) { [self] account in
                let language = String(request["language"].prefix(Self.maxLanguageLength))
                perform(on: connection) { admin throws(AdministrationError) in
                    AccountReply().end(
                        ok: [("account", account.name.text)], "token",
                        try admin.openSession(account, from: Network(of: address), language: language))
                }
            }
        case .confirm:
            findOwner(request, isConfirmed: false, on: connection) { [self] name in
                decide(attempt(Array(name.utf8), request, "password", address), on: connection) { [self] _ in
                    perform(on: connection) { admin throws(AdministrationError) in
                        let owner = try admin.owner(request.secret("token"))
                        return AccountReply().end(ok: [], "token", try admin.confirm(owner.session))
                    }
                }
            }
        case .setPassword:
            findOwner(request, isConfirmed: true, on: connection) { [self] name in
                // The session's full sign-in, minutes ago, had a code.
                let attempt = attempt(Array(name.utf8), request, "current", address, isSecondFactorProved: true)
                decide(attempt, on: connection) { [self] _ in
                    perform(on: connection) { admin throws(AdministrationError) in
                        try admin.owner(request.secret("token")).setMainPassword(
                            request.secret("new"), endsSessions: request.isYes("end-sessions"),
                            revokesAll: request.isYes("revoke-all"), form: request.bytes("form"))
                        return AccountReply().end(.ok)
                    }
                }
            }
        }
        return true
    }

    /// Passes the account's name to `then`, if the request has the token of a session.
    ///
    /// - Parameter isConfirmed: Whether the session needs a recent full sign-in.
    private func findOwner(
        _ request: AccountRequest, isConfirmed: Bool, on connection: any ClientConnection,
        then: @escaping (String) -> Void
    ) {
        let found = NIOLoopBound((self, connection, then), eventLoop: responder.loop)
        backend.owners.perform { admin throws(AdministrationError) in
            let owner = try admin.owner(request.secret("token"))
            if isConfirmed, !owner.session.isConfirmed(at: owner.now) { throw .refused(.notConfirmed) }
            return Secret(Array(owner.account.name.text.utf8))
        } then: { [loop = responder.loop] result in
            loop.execute {
                let (conversation, connection, then) = found.value
                guard case .done(let name) = result else { return conversation.answer(result, on: connection) }
                then(unsafe name.lines.withBytes { unsafe String(decoding: $0, as: UTF8.self) })
            }
        }
    }

    /// A sign-in as `web`.
    ///
    /// - Parameter field: The name of the password's field.
    private func attempt(
        _ userName: [UInt8], _ request: AccountRequest, _ field: String, _ address: IPAddress,
        isSecondFactorProved: Bool = false
    ) -> Attempt {
        Attempt(
            userName: userName, secret: request.secret(field), code: request.secret("code"),
            service: Service.web.rawValue, address: address, isSecondFactorProved: isSecondFactorProved)
    }

    /// Decides a sign-in, and passes the account to `go` if it is granted.
    private func decide(
        _ attempt: Attempt, on connection: any ClientConnection, _ go: @escaping (AccountState) -> Void
    ) {
        let arrival = connection.lastArrival
        responder.decide(attempt, backend.judge.begin(attempt), for: connection.presence) { [self] decision in
            switch decision.outcome {
            case .granted(let grant): go(grant.account)
            case .denied:
                // However long the decision took: the delay counts from the request.
                responder.loop.assumeIsolated().scheduleTask(deadline: arrival + backend.failureDelay) {
                    self.end(AccountReply().end(.denied), on: connection)
                }
            case .unavailable: end(AccountReply().end(.unavailable), on: connection)
            }
        }
    }

    // MARK: Answering

    private func perform(
        on connection: any ClientConnection,
        _ body: @escaping @Sendable (Administrator) throws(AdministrationError) -> Secret
    ) {
        let bound = NIOLoopBound((self, connection), eventLoop: responder.loop)
        backend.owners.perform(body) { [loop = responder.loop] result in
            loop.execute { bound.value.0.answer(result, on: bound.value.1) }
        }
    }

    private func answer(_ result: OwnerWorker.Result, on connection: any ClientConnection) {
        switch result {
        case .done(let reply): end(reply.lines.copy(), on: connection)
        case .refused(let refusal):
            end(
                AccountReply().end(.refused, [("code", refusal.code), ("value", refusal.value)]), on: connection)
        case .unavailable(let failure):
            backend.logger.error("account request failed: \(failure.explanation)")
            end(AccountReply().end(.unavailable), on: connection)
        }
    }

    private func end(_ reply: consuming Secret, on connection: any ClientConnection) {
        isBusy = false
        connection.sendSecret(reply)
        connection.didEnd()
    }
}
