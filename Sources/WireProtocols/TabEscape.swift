#if !hasFeature(Embedded)
    package import Bytes
#endif

/// Dovecot's escaping of values between TABs (Dovecot, src/lib/strescape.c).
package enum TabEscape {
    static let escape: UInt8 = 0x01

    /// Escapes NUL, 0x01, TAB, CR and LF as 0x01 and one of `0`, `1`, `t`, `r` and `n`.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count)
        for byte in bytes { append(byte, to: &encoded) }
        return encoded
    }

    static func append(_ text: String, to encoded: inout [UInt8]) {
        let start = encoded.count
        encoded += text.utf8
        guard encoded[start...].contains(where: { letter(for: $0) != nil }) else { return }
        encoded.removeSubrange(start...)
        for byte in text.utf8 { append(byte, to: &encoded) }
    }

    private static func append(_ byte: UInt8, to encoded: inout [UInt8]) {
        guard let letter = letter(for: byte) else { return encoded.append(byte) }
        encoded.append(escape)
        encoded.append(letter)
    }

    private static func letter(for byte: UInt8) -> UInt8? {
        switch byte {
        case 0x00: UInt8(ascii: "0")
        case 0x01: UInt8(ascii: "1")
        case 0x09: UInt8(ascii: "t")
        case 0x0d: UInt8(ascii: "r")
        case 0x0a: UInt8(ascii: "n")
        default: nil
        }
    }

    /// Escapes a secret likewise.
    package static func encode(_ secret: borrowing Secret) -> Secret {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(2 * secret.count)
        unsafe secret.withBytes { bytes in for index in bytes.indices { unsafe append(bytes[index], to: &encoded) } }
        return Secret(wiping: &encoded)
    }

    /// Undoes `encode`. Nil if any other byte, or none, follows 0x01.
    package static func decode(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.position(of: escape) != nil else { return bytes }
        var decoded: [UInt8] = []
        return append(decoding: bytes, to: &decoded) ? decoded[...] : nil
    }

    /// Undoes `encode` and appends the result. False if any other byte, or none, follows 0x01.
    static func append(decoding bytes: ArraySlice<UInt8>, to decoded: inout [UInt8]) -> Bool {
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == escape else {
                decoded.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): decoded.append(0x00)
            case UInt8(ascii: "1"): decoded.append(0x01)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "r"): decoded.append(0x0d)
            case UInt8(ascii: "n"): decoded.append(0x0a)
            default: return false
            }
        }
        return true
    }
}
