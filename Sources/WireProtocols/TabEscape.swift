/// Dovecot's escaping of values between TABs (Dovecot, src/lib/strescape.c).
package enum TabEscape {
    private static let escape: UInt8 = 0x01

    /// NUL, 0x01, TAB, CR and LF become 0x01 and one letter.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case 0x00: encoded += [escape, UInt8(ascii: "0")]
            case 0x01: encoded += [escape, UInt8(ascii: "1")]
            case 0x09: encoded += [escape, UInt8(ascii: "t")]
            case 0x0d: encoded += [escape, UInt8(ascii: "r")]
            case 0x0a: encoded += [escape, UInt8(ascii: "n")]
            default: encoded.append(byte)
            }
        }
        return encoded
    }

    /// Nil for 0x01 and another letter, or none.
    package static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard bytes.contains(escape) else { return Array(bytes) }
        var decoded: [UInt8] = []
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
            default: return nil
            }
        }
        return decoded
    }
}
