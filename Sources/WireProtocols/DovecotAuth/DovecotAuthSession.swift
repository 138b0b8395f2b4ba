import Bytes

/// One client's connection, as the server sees it: which requests are open, and what each line means.
package struct DovecotAuthSession {
    /// Requests open at once. Dovecot's own login processes stay below.
    package static let maxOpen = 1024
    /// Seconds that an exchange waits for the client's next message (Dovecot's MASTER_AUTH_SERVER_TIMEOUT_SECS).
    /// Postfix never reports that a client gave up.
    package static let maxExchangeTime: Int64 = 150

    /// What a line asks of the server.
    package enum Event: ~Copyable {
        case nothing
        case reply([UInt8])
        case attempt(id: UInt32, DovecotAuthParameters, SASLExchange.Credentials)
        /// What the client sent is no message of an offered mechanism; `problem` is for the log.
        case malformed(id: UInt32, DovecotAuthParameters, problem: String)
        case lookUp(id: UInt32, userName: [UInt8])
        case list(id: UInt32, after: [UInt8])
        case signOut(id: UInt32, userName: [UInt8], session: [UInt8])
    }

    private enum Request {
        /// The credentials are not complete yet.
        case exchanging(SASLExchange, DovecotAuthParameters, since: Int64)
        case inFlight
        /// Withdrawn by the client; open until the work that was begun for it has ended.
        case cancelled
    }

    private var clientMinor: Int?
    private var isIntroduced = false
    private var open: [UInt32: Request] = [:]
    /// Exchanges that wait for the client, oldest first. Some entries are out of date: their exchange went on.
    private(set) var exchanges: [(id: UInt32, since: Int64)] = []

    /// A connection over which nothing was received yet.
    package init() {}

    /// Takes a line of the client.
    ///
    /// - Parameters:
    ///   - second: The time in seconds, by a monotonic clock.
    ///   - answerAtOnce: Answers a request, or returns false if the session has to process it.
    /// - Throws: `DovecotAuth.Malformed` when the connection has to end: for a malformed line, a request before the
    ///   handshake, an id that is open, or too many open requests.
    package mutating func receive(
        _ line: ArraySlice<UInt8>, second: Int64,
        answerAtOnce: (DovecotAuthRequest, Span<UInt8>) -> Bool = { _, _ in false }
    ) throws(DovecotAuth.Malformed) -> Event {
        if DovecotAuthRequest.isRequest(line.span) {
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "AUTH before the handshake") }
            let request = try DovecotAuthRequest(line.span)
            if open[request.id] == nil, answerAtOnce(request, line.span) { return .nothing }
            return try begin(request, line, second)
        }
        let command = try DovecotAuthCommand.parse(line)
        switch consume command {
        case .version(let minor):
            clientMinor = minor
            return .nothing
        case .clientProcess:
            guard clientMinor != nil else { throw DovecotAuth.Malformed(what: "CPID before VERSION") }
            isIntroduced = true
            return .nothing
        case .resume(let id, let response):
            // The request was cancelled, answered or forgotten meanwhile.
            guard case .exchanging(let exchange, let parameters, _) = open[id] else { return .nothing }
            open[id] = .inFlight
            return respond(id, response, exchange, parameters, second)
        case .cancel(let id):
            switch open[id] {
            case nil, .cancelled: break
            case .exchanging: open[id] = nil
            case .inFlight: open[id] = .cancelled
            }
            return .nothing
        case .lookUp(let id, let userName):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "USER before the handshake") }
            try begin(id, second)
            return .lookUp(id: id, userName: userName)
        case .list(let id, let name):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "LIST before the handshake") }
            try begin(id, second)
            return .list(id: id, after: name)
        case .signOut(let id, let userName, let session):
            guard isIntroduced else { throw DovecotAuth.Malformed(what: "SIGNOUT before the handshake") }
            try begin(id, second)
            return .signOut(id: id, userName: userName, session: session)
        case .unknown: return .nothing
        }
    }

    private mutating func begin(_ request: DovecotAuthRequest, _ line: ArraySlice<UInt8>, _ second: Int64)
        throws(DovecotAuth.Malformed) -> Event
    {
        let parameters = try DovecotAuthParameters(request, line)
        try begin(request.id, second)
        let name = line.dropFirst(request.mechanism.range.lowerBound).prefix(request.mechanism.range.count)
        guard let mechanism = DovecotAuth.Mechanism(String(decoding: name, as: UTF8.self)) else {
            return .malformed(id: request.id, parameters, problem: "a mechanism that is not offered")
        }
        return respond(request.id, initial(request, line.span), SASLExchange(mechanism), parameters, second)
    }

    private func initial(_ request: DovecotAuthRequest, _ line: Span<UInt8>) -> DovecotAuthCommand.Response {
        let response = line.extracting(request.response.range)
        // Before minor version 2 an empty `resp=` meant no response (Exim).
        guard request.response.isPresent, !response.isEmpty || clientMinor ?? 0 >= 2 else { return .none }
        // `resp==` is the empty response, too.
        return response.equals("=") ? .message(Secret([])) : DovecotAuthCommand.decode(response)
    }

    /// Closes a request. False if the client no longer waits for its answer.
    package mutating func answer(_ id: UInt32) -> Bool {
        switch open.removeValue(forKey: id) {
        case .inFlight, .exchanging: true
        case .cancelled, nil: false
        }
    }

    private mutating func begin(_ id: UInt32, _ second: Int64) throws(DovecotAuth.Malformed) {
        while let oldest = exchanges.first,
            oldest.since + Self.maxExchangeTime < second || open.count >= Self.maxOpen
        {
            exchanges.removeFirst()
            if case .exchanging(_, _, oldest.since) = open[oldest.id] { open[oldest.id] = nil }
        }
        guard open.count < Self.maxOpen else { throw DovecotAuth.Malformed(what: "too many open requests") }
        if let before = open.updateValue(.inFlight, forKey: id) {
            open[id] = before
            throw DovecotAuth.Malformed(what: "a request id twice")
        }
    }

    private mutating func challenge(
        _ id: UInt32, _ exchange: SASLExchange, _ parameters: DovecotAuthParameters, _ second: Int64
    ) -> Event {
        open[id] = .exchanging(exchange, parameters, since: second)
        exchanges.append((id, second))
        if exchanges.count > 2 * Self.maxOpen {
            // Drops the exchanges that went on or were withdrawn.
            exchanges.removeAll { entry in
                if case .exchanging(_, _, entry.since) = open[entry.id] { false } else { true }
            }
        }
        return .reply(DovecotAuthReply.challenge(id: id, exchange.challenge))
    }

    /// Goes on with an exchange after the client's message.
    ///
    /// - Parameter id: Of a request in flight.
    private mutating func respond(
        _ id: UInt32, _ response: consuming DovecotAuthCommand.Response, _ exchange: SASLExchange,
        _ parameters: DovecotAuthParameters, _ second: Int64
    ) -> Event {
        var exchange = exchange
        switch consume response {
        case .none: return challenge(id, exchange, parameters, second)
        case .undecodable: return .malformed(id: id, parameters, problem: "not base64")
        case .message(let message):
            switch exchange.receive(message) {
            case .challenge: return challenge(id, exchange, parameters, second)
            case .credentials(let credentials): return .attempt(id: id, parameters, credentials)
            case .malformed: return .malformed(id: id, parameters, problem: "not a message of PLAIN")
            }
        }
    }
}
