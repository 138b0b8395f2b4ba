/// Base64 of RFC 4648, section 4.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")

    /// The value of each base64 digit, indexed by the digit; `none` for other bytes.
    private static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: none)
        for (value, digit) in zip(UInt8(0)..., alphabet) { values[Int(digit)] = value }
        return values
    }()
    private static let none: UInt8 = 0xff

    /// Decodes text with or without padding. Nil for a byte outside the alphabet, a wrong length, or left-over bits
    /// that are not zero.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        // Allocated at once: growing would leave copies of a secret behind.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        if decode(text, into: &bytes) { return bytes }
        wipe(&bytes)
        return nil
    }

    /// Decodes like `decode` of a span.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { decode(text.span) }

    /// Appends the decoded bytes to an array, which needs room for them if they are secret. False for what `decode` of
    /// a span does not accept; then some bytes may have been appended.
    package static func decode(_ text: Span<UInt8>, into bytes: inout [UInt8]) -> Bool {
        var count = text.count
        if count % 4 == 0 {
            for _ in 0..<2 where count > 0 && text[count - 1] == pad { count -= 1 }
        }
        guard count % 4 != 1 else { return false }
        // The values of all digits, ORed: only `none` has the highest bit.
        var all: UInt8 = 0
        var rest: UInt32 = 0
        bytes.append(addingCapacity: count * 3 / 4) { bytes in
            var index = 0
            func next() -> UInt32 {
                let value = values[Int(text[index])]
                index += 1
                all |= value
                return UInt32(value)
            }
            while count - index >= 4 {
                let group = next() << 18 | next() << 12 | next() << 6 | next()
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
            }
            switch count - index {
            case 2:
                let group = next() << 6 | next()
                bytes.append(UInt8(truncatingIfNeeded: group >> 4))
                rest = group & 0xf
            case 3:
                let group = next() << 12 | next() << 6 | next()
                bytes.append(UInt8(truncatingIfNeeded: group >> 10))
                bytes.append(UInt8(truncatingIfNeeded: group >> 2))
                rest = group & 0x3
            default: break
            }
        }
        return all & 0x80 == 0 && rest == 0
    }

    /// Decodes like `decode` of a span.
    package static func decode(_ text: Substring) -> [UInt8]? { decode(Array(text.utf8)[...]) }

    /// Encodes with padding, as protocols require it, or without, as in stored hashes.
    package static func encode(_ bytes: [UInt8], padded: Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        while padded, text.count % 4 != 0 { text.append(pad) }
        return text
    }
}
