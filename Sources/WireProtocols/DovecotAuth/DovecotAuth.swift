import Bytes

/// Dovecot's auth-client protocol (Dovecot, src/auth/auth-client-connection.c and auth-request-handler.c): lines of
/// fields between TABs. Postfix, Exim and Postern's own clients speak it.
package enum DovecotAuth {
    /// Octets of a line (AUTH_CLIENT_MAX_LINE_LENGTH).
    package static let longestLine = 16_384
    static let majorVersion: [UInt8] = Array("1".utf8)
    static let minorVersion = 2

    package enum Mechanism: Sendable {
        case plain, login

        /// Nil for one that is not offered. Case does not matter (RFC 4422, section 3.1, has upper case only; mail
        /// programs do not).
        init?(_ name: String) {
            switch name.uppercased() {
            case "PLAIN": self = .plain
            case "LOGIN": self = .login
            default: return nil
            }
        }
    }

    /// The fields of a line, one after the other.
    struct Fields {
        /// Fields of a line; an AUTH from Dovecot 2.4 has some 20.
        static let most = 128

        /// Nil after the last one.
        private var rest: ArraySlice<UInt8>?
        private var count = 0

        init(_ line: ArraySlice<UInt8>) { rest = line }

        var isAtEnd: Bool { rest == nil }

        mutating func next() throws(Malformed) -> ArraySlice<UInt8>? {
            guard let line = rest else { return nil }
            count += 1
            guard count <= Self.most else { throw Malformed(what: "too many fields") }
            guard let tab = line.place(of: 0x09) else {
                rest = nil
                return line
            }
            rest = line[(tab + 1)...]
            return line[..<tab]
        }

        mutating func id() throws(Malformed) -> UInt32 {
            guard let id = DovecotAuth.number(try next()), id != 0 else { throw Malformed(what: "no valid request id") }
            return id
        }

        /// For those that mean nothing here.
        mutating func skip() throws(Malformed) { while try next() != nil {} }
    }

    /// Why a connection has to end.
    package struct Malformed: Error, Equatable {
        package let what: String
    }

    static func number(_ field: ArraySlice<UInt8>?) -> UInt32? {
        guard let field, !field.isEmpty, field.count <= 10 else { return nil }
        var value: UInt64 = 0
        for digit in field {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        return UInt32(exactly: value)
    }
}
