import Bytes

/// An AUTH line, taken apart: places in the line, and nothing copied.
package struct DovecotAuthRequest {
    package let id: UInt32
    package let mechanism: ArraySlice<UInt8>
    /// Values as they stand in the line; nil for what is not there.
    package private(set) var service: ArraySlice<UInt8>?
    package private(set) var remoteAddress: ArraySlice<UInt8>?
    package private(set) var session: ArraySlice<UInt8>?
    /// The client's first message, in base64.
    package private(set) var response: ArraySlice<UInt8>?
    /// A second-factor code. Postern's own parameter, as the next two.
    package private(set) var code: ArraySlice<UInt8>?
    /// The master user whose secret Dovecot took for this one.
    package private(set) var masterUser: ArraySlice<UInt8>?
    /// A webmail wants an app password for its session.
    package private(set) var wantsAppPassword = false
    /// Whether values may have to be unescaped.
    package let hasEscapes: Bool

    private enum Key { case service, remoteAddress, session, response, code, masterUser, wantsAppPassword }

    /// - Parameter line: One that begins with AUTH.
    package init(_ line: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) {
        var fields = DovecotAuth.Fields(line)
        _ = try fields.next()
        id = try fields.id()
        guard let mechanism = try fields.next() else { throw DovecotAuth.Malformed(what: "AUTH without mechanism") }
        self.mechanism = mechanism
        hasEscapes = line.place(of: TabEscape.escape) != nil
        while let field = try fields.next() {
            let equals = field.place(of: UInt8(ascii: "=")) ?? field.endIndex
            guard let key = Self.key(field[..<equals]) else { continue }
            let value = field[equals...].dropFirst()
            switch key {
            case .service: service = value
            case .remoteAddress: remoteAddress = value
            case .session: session = value
            case .code: code = value
            case .masterUser: masterUser = value
            case .wantsAppPassword: wantsAppPassword = true
            case .response:
                // Nothing may follow: what did would be part of the secret to one reader and a parameter to another.
                guard fields.isAtEnd else { throw DovecotAuth.Malformed(what: "resp is not last") }
                response = value
            }
        }
    }

    private static func key(_ name: ArraySlice<UInt8>) -> Key? {
        switch name.count {
        case 3 where name.equals("rip"): .remoteAddress
        case 4 where name.equals("resp"): .response
        case 4 where name.equals("code"): .code
        case 7 where name.equals("service"): .service
        case 7 where name.equals("session"): .session
        // Dovecot 2.4's name for it.
        case 8 where name.equals("protocol"): .service
        case 11 where name.equals("master-user"): .masterUser
        case 12 where name.equals("app-password"): .wantsAppPassword
        default: nil
        }
    }
}
