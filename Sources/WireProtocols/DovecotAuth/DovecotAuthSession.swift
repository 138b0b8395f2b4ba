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

    private enum Request {
        /// Until the credentials are complete.
        case exchanging(SASLExchange, DovecotAuthCommand.Parameters)
        case underWay
        /// Withdrawn; it stays open until what was begun for it has ended.
        case cancelled
    }

    private var clientMinor: Int?
    private var isIntroduced = false
    private var open: [UInt32: Request] = [:]

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
            try begin(id)
            guard let mechanism else { return .notSASL(id: id) }
            let exchange = SASLExchange(mechanism)
            guard let initial else { return challenge(id, exchange, parameters) }
            return respond(id, initial, exchange, parameters)
        case .resume(let id, let response):
            // One that was cancelled or answered meanwhile.
            guard case .exchanging(let exchange, let parameters) = open[id] else { return .nothing }
            open[id] = .underWay
            guard let response else { return .notSASL(id: id) }
            return respond(id, response, exchange, parameters)
        case .cancel(let id):
            switch open[id] {
            case nil, .cancelled: break
            case .exchanging: open[id] = nil
            case .underWay: open[id] = .cancelled
            }
            return .nothing
        case .lookUp(let id, let userName):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "USER before the handshake") }
            try begin(id)
            return .lookUp(id: id, userName: userName)
        case .signOut(let id, let userName, let session):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "SIGNOUT before the handshake") }
            try begin(id)
            return .signOut(id: id, userName: userName, session: session)
        case .unknown: return .nothing
        }
    }

    /// Closes a request. False if the client does not wait for its answer any more.
    package mutating func answer(_ id: UInt32) -> Bool {
        switch open.removeValue(forKey: id) {
        case .underWay, .exchanging: true
        case .cancelled, nil: false
        }
    }

    private mutating func begin(_ id: UInt32) throws(DovecotAuth.Malformed) {
        guard open.count < Self.mostOpen else { throw DovecotAuth.Malformed(what: "too many open requests") }
        if let before = open.updateValue(.underWay, forKey: id) {
            open[id] = before
            throw DovecotAuth.Malformed(what: "a request id twice")
        }
    }

    private mutating func challenge(
        _ id: UInt32, _ exchange: SASLExchange, _ parameters: DovecotAuthCommand.Parameters
    ) -> Event {
        open[id] = .exchanging(exchange, parameters)
        return .reply(DovecotAuthReply.challenge(id: id, exchange.challenge))
    }

    /// - Parameter id: Of a request that is under way.
    private mutating func respond(
        _ id: UInt32, _ response: consuming Secret, _ exchange: SASLExchange,
        _ parameters: DovecotAuthCommand.Parameters
    ) -> Event {
        var exchange = exchange
        switch exchange.receive(response) {
        case .challenge: return challenge(id, exchange, parameters)
        case .credentials(let credentials): return .attempt(id: id, parameters, credentials)
        case .malformed: return .notSASL(id: id)
        }
    }
}
