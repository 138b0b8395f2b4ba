package import Bytes

/// What a client of the Dovecot auth protocol says, one line each.
package enum DovecotAuthCommand: ~Copyable {
    /// The major version is ours.
    case version(minor: Int)
    case clientProcess
    case authenticate(id: UInt32, mechanism: DovecotAuth.Mechanism?, Parameters, initial: Secret?)
    /// The base64 of a response, decoded; nil if that is not possible.
    case resume(id: UInt32, Secret?)
    case cancel(id: UInt32)
    /// Where the mail of a user is: the one command of Dovecot's master protocol that the Lua script needs
    /// (src/auth/auth-master-connection.c).
    case lookUp(id: UInt32, userName: [UInt8])
    /// A webmail's session is over: the app password made for it goes. Postern's own.
    case signOut(id: UInt32, userName: [UInt8], session: [UInt8])
    /// A later version's; not an error.
    case unknown

    /// What the server in front knows about the session. A class, for the code in it has one owner.
    package final class Parameters: Sendable {
        package let service: String
        package let remoteAddress: String
        package let session: [UInt8]?
        /// A second-factor code; empty: none. Postern's own parameter.
        package let code: Secret
        /// A webmail wants an app password for its session. Postern's own parameter.
        package let wantsAppPassword: Bool

        init(
            service: String = "", remoteAddress: String = "", session: [UInt8]? = nil,
            code: consuming Secret = Secret([]),
            wantsAppPassword: Bool = false
        ) {
            self.service = service
            self.remoteAddress = remoteAddress
            self.session = session
            self.code = code
            self.wantsAppPassword = wantsAppPassword
        }
    }

    /// Octets of a parameter that are kept: more than any service, address or session has, and than the log takes.
    static let longestParameter = 256

    /// Fields of a line; an AUTH from Dovecot 2.4 has some 20.
    static let mostFields = 128

    /// - Parameter clientMinor: Of the client's version. Before 2 an empty `resp=` meant none (Exim).
    package static func parse(_ line: ArraySlice<UInt8>, clientMinor: Int) throws(DovecotAuth.Malformed)
        -> DovecotAuthCommand
    {
        let fields = line.split(separator: 0x09, maxSplits: mostFields, omittingEmptySubsequences: false)
        guard fields.count <= mostFields else { throw DovecotAuth.Malformed(what: "too many fields") }
        func id() throws(DovecotAuth.Malformed) -> UInt32 {
            guard fields.count > 1, let id = DovecotAuth.number(fields[1]), id != 0 else {
                throw DovecotAuth.Malformed(what: "no valid request id")
            }
            return id
        }
        switch String(decoding: fields[0], as: UTF8.self) {
        case "VERSION":
            guard fields.count > 2, Array(fields[1]) == DovecotAuth.majorVersion,
                let minor = DovecotAuth.number(fields[2])
            else { throw DovecotAuth.Malformed(what: "another version of the protocol") }
            return .version(minor: Int(minor))
        case "CPID":
            guard fields.count > 1, DovecotAuth.number(fields[1]) != nil else {
                throw DovecotAuth.Malformed(what: "no valid process id")
            }
            return .clientProcess
        case "AUTH":
            guard fields.count > 2 else { throw DovecotAuth.Malformed(what: "AUTH without mechanism") }
            return try authenticate(
                id: try id(), DovecotAuth.Mechanism(String(decoding: fields[2], as: UTF8.self)), fields[3...],
                clientMinor: clientMinor)
        case "CONT":
            guard fields.count == 3 else { throw DovecotAuth.Malformed(what: "CONT without response") }
            return .resume(id: try id(), decode(fields[2]))
        case "CANCEL": return .cancel(id: try id())
        case "USER":
            guard fields.count > 2, let name = TabEscape.decode(fields[2]) else {
                throw DovecotAuth.Malformed(what: "USER without name")
            }
            return .lookUp(id: try id(), userName: name)
        case "SIGNOUT":
            guard fields.count == 4, let name = TabEscape.decode(fields[2]), let session = TabEscape.decode(fields[3]),
                !session.isEmpty
            else { throw DovecotAuth.Malformed(what: "SIGNOUT without name or session") }
            return .signOut(id: try id(), userName: name, session: Array(session.prefix(longestParameter)))
        default: return .unknown
        }
    }

    private static func authenticate(
        id: UInt32, _ mechanism: DovecotAuth.Mechanism?, _ fields: ArraySlice<ArraySlice<UInt8>>, clientMinor: Int
    ) throws(DovecotAuth.Malformed) -> DovecotAuthCommand {
        var (service, remoteAddress, session) = ("", "", [UInt8]?.none)
        var code = Secret([])
        var wantsAppPassword = false
        var initial: Secret?
        var mechanism = mechanism
        for (index, field) in zip(fields.indices, fields) {
            let equals = field.firstIndex(of: UInt8(ascii: "="))
            let name = String(decoding: field[..<(equals ?? field.endIndex)], as: UTF8.self)
            let raw = equals.map { field[field.index(after: $0)...] } ?? []
            if name == "resp" {
                // Nothing may follow: what did would be part of the secret to one reader and a parameter to another.
                guard index == fields.indices.last else { throw DovecotAuth.Malformed(what: "resp is not last") }
                if raw.isEmpty, clientMinor < 2 { break }
                // `resp==` is the empty response, too.
                initial = raw.count == 1 && raw.first == UInt8(ascii: "=") ? Secret([]) : decode(raw)
                if initial == nil { mechanism = nil }
                break
            }
            func value() throws(DovecotAuth.Malformed) -> [UInt8] {
                guard let value = TabEscape.decode(raw) else { throw DovecotAuth.Malformed(what: "bad escape") }
                return Array(value.prefix(longestParameter))
            }
            switch name {
            // Dovecot 2.4 calls it protocol.
            case "service", "protocol": service = String(decoding: try value(), as: UTF8.self)
            case "rip": remoteAddress = String(decoding: try value(), as: UTF8.self)
            case "session": session = try value()
            case "code":
                var bytes = try value()
                code = Secret(wiping: &bytes)
            case "app-password": wantsAppPassword = true
            default: break
            }
        }
        let parameters = Parameters(
            service: service, remoteAddress: remoteAddress, session: session, code: code,
            wantsAppPassword: wantsAppPassword)
        return .authenticate(id: id, mechanism: mechanism, parameters, initial: initial)
    }

    private static func decode(_ text: ArraySlice<UInt8>) -> Secret? {
        guard var bytes = Base64.decode(text) else { return nil }
        return Secret(wiping: &bytes)
    }
}
