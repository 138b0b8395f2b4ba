/// A server that mail programs are told to use.
package struct MailServer: Equatable, Sendable {
    /// Bytes of a host name in text form (RFC 1035, section 2.3.4, has 255 octets on the wire).
    private static let maxNameLength = 253

    /// A host name.
    package let host: String
    /// A TCP port.
    package let port: Int

    /// Reads `host` or `host:port`; nil for anything else.
    init?(_ text: String, port standard: Int) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty, name.count <= Self.maxNameLength,
            name.allSatisfy(Self.isHostByte)
        else { return nil }
        guard parts.count == 2 else {
            host = text
            port = standard
            return
        }
        let digits = String(decoding: Array(parts[1]), as: UTF8.self)
        guard let number = Int(digits), (1...65_535).contains(number), "\(number)" == digits else { return nil }
        host = String(decoding: Array(name), as: UTF8.self)
        port = number
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }
}
