#if !hasFeature(Embedded)
    import Bytes
#endif

/// Dovecot's auth-client protocol (Dovecot, src/auth/auth-client-connection.c and auth-request-handler.c): lines of
/// fields between TABs. Postfix, Exim and Postern's own clients speak it.
package enum DovecotAuth {
    /// Bytes of a line (AUTH_CLIENT_MAX_LINE_LENGTH).
    package static let maxLineLength = 16_384
    /// Bytes of a parameter that are stored; no service, address or session has as many, and the log takes fewer.
    static let maxParameterLength = 256
    static let majorVersion: StaticString = "1"
    static let minorVersion = 2

    /// The SASL mechanisms that are offered.
    package enum Mechanism: Sendable {
        case plain, login

        /// Nil for a mechanism that is not offered. Case does not matter: RFC 4422, section 3.1, has upper case only,
        /// but mail programs do not keep to it.
        init?(_ name: String) {
            switch name.uppercased() {
            case "PLAIN": self = .plain
            case "LOGIN": self = .login
            default: return nil
            }
        }
    }

    /// Goes through the fields of a line, and gives the position of each.
    struct Fields {
        /// Fields of a line; an AUTH from Dovecot 2.4 has some 20.
        static let maxCount = 128

        /// Where the next field begins; nil after the last.
        private var start: Int? = 0
        private var count = 0

        var isAtEnd: Bool { start == nil }

        mutating func next(_ line: Span<UInt8>) throws(Malformed) -> Range<Int>? {
            guard let start else { return nil }
            count += 1
            guard count <= Self.maxCount else { throw Malformed(what: "too many fields") }
            guard let length = line.extracting(start..<line.count).position(of: 0x09) else {
                self.start = nil
                return start..<line.count
            }
            self.start = start + length + 1
            return start..<start + length
        }

        mutating func id(_ line: Span<UInt8>) throws(Malformed) -> UInt32 {
            guard let id = try number(line), id != 0 else { throw Malformed(what: "no valid request id") }
            return id
        }

        mutating func number(_ line: Span<UInt8>) throws(Malformed) -> UInt32? {
            try next(line).flatMap { DovecotAuth.number(line.extracting($0)) }
        }

        /// Skips the remaining fields, which mean nothing to Postern.
        mutating func skip(_ line: Span<UInt8>) throws(Malformed) { while try next(line) != nil {} }
    }

    /// Why a connection has to end.
    package struct Malformed: Error, Equatable {
        /// For the daemon's own log.
        package let what: String
    }

    static func number(_ field: Span<UInt8>) -> UInt32? {
        guard (1...10).contains(field.count) else { return nil }
        var value: UInt64 = 0
        for index in field.indices {
            guard (0x30...0x39).contains(field[index]) else { return nil }
            value = value * 10 + UInt64(field[index] - 0x30)
        }
        return UInt32(exactly: value)
    }
}
