import Bytes

/// One client's connection, as the server sees it: which requests are open, and what each line means.
package struct DovecotAuthSession {
    /// Requests open at once. Dovecot's own login processes stay below.
    package static let mostOpen = 1024

    package enum Event: ~Copyable {
        case nothing
        case reply([UInt8])
        case attempt(id: UInt32, DovecotAuthCommand.Parameters, SASLExchange.Credentials)
        /// No message of a mechanism that is offered.
        case notSASL(id: UInt32)
        case lookUp(id: UInt32, userName: [UInt8])
        case signOut(id: UInt32, userName: [UInt8], session: [UInt8])
    }

    private struct Open {
        /// Until the credentials are complete.
        var exchange: SASLExchange?
        let parameters: DovecotAuthCommand.Parameters
        /// Withdrawn; it stays open until what was begun for it has ended.
        var isCancelled = false
    }

    private var clientMinor: Int?
    private var isIntroduced = false
    private var open: [UInt32: Open] = [:]

    package init() {}

    package mutating func receive(_ line: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) -> Event {
        let command = try DovecotAuthCommand.parse(line, clientMinor: clientMinor ?? 0)
        switch consume command {
        case .version(let minor):
            clientMinor = minor
            return .nothing
        case .clientProcess:
            guard clientMinor != nil else { throw DovecotAuth.Malformed(what: "CPID before VERSION") }
            isIntroduced = true
            return .nothing
        case .authenticate(let id, let mechanism, let parameters, let initial):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "AUTH before the handshake") }
            try begin(id, Open(exchange: mechanism.map { SASLExchange($0) }, parameters: parameters))
            guard let exchange = open[id]?.exchange else { return .notSASL(id: id) }
            guard let initial else { return .reply(DovecotAuthReply.challenge(id: id, exchange.challenge)) }
            return respond(id, initial)
        case .resume(let id, let response):
            // One that was cancelled or answered meanwhile.
            guard open[id]?.exchange != nil else { return .nothing }
            guard let response else {
                open[id]?.exchange = nil
                return .notSASL(id: id)
            }
            return respond(id, response)
        case .cancel(let id):
            if open[id]?.exchange != nil { open[id] = nil } else { open[id]?.isCancelled = true }
            return .nothing
        case .lookUp(let id, let userName):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "USER before the handshake") }
            try begin(id, Open(exchange: nil, parameters: DovecotAuthCommand.Parameters()))
            return .lookUp(id: id, userName: userName)
        case .signOut(let id, let userName, let session):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "SIGNOUT before the handshake") }
            try begin(id, Open(exchange: nil, parameters: DovecotAuthCommand.Parameters()))
            return .signOut(id: id, userName: userName, session: session)
        case .unknown: return .nothing
        }
    }

    /// Closes a request. False if the client does not wait for its answer any more.
    package mutating func answer(_ id: UInt32) -> Bool { open.removeValue(forKey: id)?.isCancelled == false }

    private mutating func begin(_ id: UInt32, _ request: Open) throws(DovecotAuth.Malformed) {
        guard open[id] == nil else { throw DovecotAuth.Malformed(what: "a request id twice") }
        guard open.count < Self.mostOpen else { throw DovecotAuth.Malformed(what: "too many open requests") }
        open[id] = request
    }

    private mutating func respond(_ id: UInt32, _ response: consuming Secret) -> Event {
        guard var request = open[id], var exchange = request.exchange else { return .nothing }
        switch exchange.receive(response) {
        case .challenge(let challenge):
            request.exchange = exchange
            open[id] = request
            return .reply(DovecotAuthReply.challenge(id: id, challenge))
        case .credentials(let credentials):
            request.exchange = nil
            open[id] = request
            return .attempt(id: id, request.parameters, credentials)
        case .malformed:
            request.exchange = nil
            open[id] = request
            return .notSASL(id: id)
        }
    }
}
