/// Dovecot's escaping of values between TABs (Dovecot, src/lib/strescape.c).
package enum TabEscape {
    private static let escape: UInt8 = 0x01

    /// NUL, 0x01, TAB, CR and LF become 0x01 and one letter.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
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
}
