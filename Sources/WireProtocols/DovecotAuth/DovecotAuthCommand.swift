package import Bytes

/// A line of a client of the Dovecot auth protocol, other than AUTH.
package enum DovecotAuthCommand: ~Copyable {
    /// The major version is the one that Postern speaks.
    case version(minor: Int)
    case clientProcess
    case resume(id: UInt32, Response)
    case cancel(id: UInt32)
    /// Asks where the mail of a user is: the one command of Dovecot's master protocol that the Lua script needs
    /// (src/auth/auth-master-connection.c).
    case lookUp(id: UInt32, userName: [UInt8])
    /// Asks for the names of accounts that follow `after`. Postern's own, modelled on a command of Dovecot's master
    /// protocol.
    case list(id: UInt32, after: [UInt8])
    /// Ends a webmail's session and the app password that was made for it. Postern's own.
    case signOut(id: UInt32, userName: [UInt8], session: [UInt8])
    /// A command of a later version; not an error.
    case unknown

    /// A client's SASL message.
    package enum Response: ~Copyable {
        case none
        case message(Secret)
        /// Not base64.
        case undecodable
    }

    /// Parses a line other than AUTH.
    ///
    /// - Throws: `DovecotAuth.Malformed`, after which the connection has to end.
    package static func parse(_ line: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) -> DovecotAuthCommand {
        let bytes = line.span
        var fields = DovecotAuth.Fields()
        func value(_ place: Range<Int>?) -> ArraySlice<UInt8>? {
            place.flatMap { TabEscape.decode(line.dropFirst($0.lowerBound).prefix($0.count)) }
        }
        let word = try fields.next(bytes) ?? 0..<0
        switch String(decoding: line[..<(line.startIndex + word.count)], as: UTF8.self) {
        case "VERSION":
            guard let major = try fields.next(bytes), bytes.extracting(major).equals(DovecotAuth.majorVersion),
                let minor = try fields.number(bytes)
            else { throw DovecotAuth.Malformed(what: "another version of the protocol") }
            try fields.skip(bytes)
            return .version(minor: Int(minor))
        case "CPID":
            guard try fields.number(bytes) != nil else {
                throw DovecotAuth.Malformed(what: "no valid process id")
            }
            try fields.skip(bytes)
            return .clientProcess
        case "CONT":
            let id = try fields.id(bytes)
            guard let response = try fields.next(bytes), fields.isAtEnd else {
                throw DovecotAuth.Malformed(what: "CONT without response")
            }
            return .resume(id: id, decode(bytes.extracting(response)))
        case "CANCEL":
            let id = try fields.id(bytes)
            try fields.skip(bytes)
            return .cancel(id: id)
        case "USER":
            let id = try fields.id(bytes)
            guard let name = value(try fields.next(bytes)) else {
                throw DovecotAuth.Malformed(what: "USER without name")
            }
            try fields.skip(bytes)
            return .lookUp(id: id, userName: Array(name))
        case "LIST":
            let id = try fields.id(bytes)
            guard let name = value(try fields.next(bytes)) else {
                throw DovecotAuth.Malformed(what: "LIST without a name")
            }
            try fields.skip(bytes)
            return .list(id: id, after: Array(name))
        case "SIGNOUT":
            let id = try fields.id(bytes)
            guard let name = value(try fields.next(bytes)), let session = value(try fields.next(bytes)),
                fields.isAtEnd, !session.isEmpty
            else { throw DovecotAuth.Malformed(what: "SIGNOUT without name or session") }
            return .signOut(
                id: id, userName: Array(name), session: Array(session.prefix(DovecotAuth.maxParameterLength)))
        default:
            try fields.skip(bytes)
            return .unknown
        }
    }

    static func decode(_ text: Span<UInt8>) -> Response {
        guard var bytes = Base64.decode(text) else { return .undecodable }
        return .message(Secret(wiping: &bytes))
    }
}
