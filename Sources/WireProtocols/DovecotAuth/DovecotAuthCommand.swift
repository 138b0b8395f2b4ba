package import Bytes

/// What a client of the Dovecot auth protocol says, one line each.
package enum DovecotAuthCommand: ~Copyable {
    /// The major version is ours.
    case version(minor: Int)
    case clientProcess
    /// - mechanism: Nil for one that is not offered.
    case authenticate(id: UInt32, mechanism: DovecotAuth.Mechanism?, Parameters, initial: Response)
    case resume(id: UInt32, Response)
    case cancel(id: UInt32)
    /// Where the mail of a user is: the one command of Dovecot's master protocol that the Lua script needs
    /// (src/auth/auth-master-connection.c).
    case lookUp(id: UInt32, userName: [UInt8])
    /// The names of accounts that come after this one. Postern's own, after the command of Dovecot's master protocol.
    case list(id: UInt32, after: [UInt8])
    /// A webmail's session is over: the app password made for it goes. Postern's own.
    case signOut(id: UInt32, userName: [UInt8], session: [UInt8])
    /// A later version's; not an error.
    case unknown

    /// A client's SASL message.
    package enum Response: ~Copyable {
        case none
        case message(Secret)
        /// No base64.
        case undecodable
    }

    /// What the server in front knows about the session. A class, for the code in it has one owner.
    package final class Parameters: Sendable {
        package let service: String
        package let remoteAddress: String
        package let session: [UInt8]?
        /// A second-factor code; empty: none. Postern's own parameter.
        package let code: Secret
        /// A webmail wants an app password for its session. Postern's own parameter.
        package let wantsAppPassword: Bool
        /// The master user whose secret Dovecot took for this one. Postern's own parameter.
        package let masterUser: [UInt8]?

        init(
            service: String, remoteAddress: String, session: [UInt8]?, code: consuming Secret, wantsAppPassword: Bool,
            masterUser: [UInt8]?
        ) {
            self.service = service
            self.remoteAddress = remoteAddress
            self.session = session
            self.code = code
            self.wantsAppPassword = wantsAppPassword
            self.masterUser = masterUser
        }
    }

    /// Octets of a parameter that are kept: more than any service, address or session has, and than the log takes.
    static let longestParameter = 256

    /// - Parameter clientMinor: Of the client's version. Before 2 an empty `resp=` meant none (Exim).
    package static func parse(_ line: ArraySlice<UInt8>, clientMinor: Int) throws(DovecotAuth.Malformed)
        -> DovecotAuthCommand
    {
        var fields = DovecotAuth.Fields(line)
        switch String(decoding: try fields.next() ?? [], as: UTF8.self) {
        case "VERSION":
            guard let major = try fields.next(), major.elementsEqual(DovecotAuth.majorVersion),
                let minor = DovecotAuth.number(try fields.next())
            else { throw DovecotAuth.Malformed(what: "another version of the protocol") }
            try fields.skip()
            return .version(minor: Int(minor))
        case "CPID":
            guard DovecotAuth.number(try fields.next()) != nil else {
                throw DovecotAuth.Malformed(what: "no valid process id")
            }
            try fields.skip()
            return .clientProcess
        case "AUTH":
            let id = try id(&fields)
            guard let mechanism = try fields.next() else {
                throw DovecotAuth.Malformed(what: "AUTH without mechanism")
            }
            return try authenticate(
                id: id, DovecotAuth.Mechanism(String(decoding: mechanism, as: UTF8.self)), &fields,
                clientMinor: clientMinor)
        case "CONT":
            let id = try id(&fields)
            guard let response = try fields.next(), fields.isAtEnd else {
                throw DovecotAuth.Malformed(what: "CONT without response")
            }
            return .resume(id: id, decode(response))
        case "CANCEL":
            let id = try id(&fields)
            try fields.skip()
            return .cancel(id: id)
        case "USER":
            let id = try id(&fields)
            guard let name = try fields.next().flatMap(TabEscape.decode) else {
                throw DovecotAuth.Malformed(what: "USER without name")
            }
            try fields.skip()
            return .lookUp(id: id, userName: Array(name))
        case "LIST":
            let id = try id(&fields)
            guard let name = try fields.next().flatMap(TabEscape.decode) else {
                throw DovecotAuth.Malformed(what: "LIST without a name")
            }
            try fields.skip()
            return .list(id: id, after: Array(name))
        case "SIGNOUT":
            let id = try id(&fields)
            guard let name = try fields.next().flatMap(TabEscape.decode),
                let session = try fields.next().flatMap(TabEscape.decode), fields.isAtEnd, !session.isEmpty
            else { throw DovecotAuth.Malformed(what: "SIGNOUT without name or session") }
            return .signOut(
                id: id, userName: Array(name), session: Array(session.prefix(longestParameter)))
        default:
            try fields.skip()
            return .unknown
        }
    }

    private static func id(_ fields: inout DovecotAuth.Fields) throws(DovecotAuth.Malformed) -> UInt32 {
        guard let id = DovecotAuth.number(try fields.next()), id != 0 else {
            throw DovecotAuth.Malformed(what: "no valid request id")
        }
        return id
    }

    private static func authenticate(
        id: UInt32, _ mechanism: DovecotAuth.Mechanism?, _ fields: inout DovecotAuth.Fields, clientMinor: Int
    ) throws(DovecotAuth.Malformed) -> DovecotAuthCommand {
        var (service, remoteAddress, session, masterUser) = ("", "", [UInt8]?.none, [UInt8]?.none)
        var code = Secret([])
        var wantsAppPassword = false
        var initial = Response.none
        while let field = try fields.next() {
            let equals = field.place(of: UInt8(ascii: "=")) ?? field.endIndex
            let raw = field[equals...].dropFirst()
            switch String(decoding: field[..<equals], as: UTF8.self) {
            // Dovecot 2.4 calls it protocol.
            case "service", "protocol": service = String(decoding: try value(raw), as: UTF8.self)
            case "rip": remoteAddress = String(decoding: try value(raw), as: UTF8.self)
            case "session": session = Array(try value(raw))
            case "code":
                var bytes = Array(try value(raw))
                code = Secret(wiping: &bytes)
            case "app-password": wantsAppPassword = true
            case "master-user": masterUser = Array(try value(raw))
            case "resp":
                // Nothing may follow: what did would be part of the secret to one reader and a parameter to another.
                guard fields.isAtEnd else { throw DovecotAuth.Malformed(what: "resp is not last") }
                if raw.isEmpty, clientMinor < 2 { break }
                // `resp==` is the empty response, too.
                initial = raw.count == 1 && raw.first == UInt8(ascii: "=") ? .message(Secret([])) : decode(raw)
            default: break
            }
        }
        let parameters = Parameters(
            service: service, remoteAddress: remoteAddress, session: session, code: code,
            wantsAppPassword: wantsAppPassword, masterUser: masterUser)
        return .authenticate(id: id, mechanism: mechanism, parameters, initial: initial)
    }

    private static func value(_ raw: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) -> ArraySlice<UInt8> {
        guard let value = TabEscape.decode(raw) else { throw DovecotAuth.Malformed(what: "bad escape") }
        return value.prefix(longestParameter)
    }

    private static func decode(_ text: ArraySlice<UInt8>) -> Response {
        guard var bytes = Base64.decode(text) else { return .undecodable }
        return .message(Secret(wiping: &bytes))
    }
}
