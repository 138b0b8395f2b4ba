/// Text from outside, made safe for a log line: every byte outside `[A-Za-z0-9._@+=-]` becomes `%XX`.
package enum LogText {
    /// Bytes of encoded text at most.
    package static let maxLength = 64

    /// Appends the bytes, encoded and cut at 64 bytes, never inside a `%XX`.
    static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        text.append(addingCapacity: maxLength) { text in
            for index in bytes.indices {
                let byte = bytes[index]
                if isPlain[Int(byte)] {
                    guard text.count < maxLength else { break }
                    text.append(byte)
                } else {
                    guard text.count + 3 <= maxLength else { break }
                    text.append(UInt8(ascii: "%"))
                    text.append(digit(byte >> 4))
                    text.append(digit(byte & 15))
                }
            }
        }
    }

    /// Returns the bytes, encoded and cut as in a log line.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(maxLength)
        append(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Returns the text, encoded and cut as in a log line.
    package static func encode(_ text: String) -> String { encode(Array(text.utf8)) }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }

    /// Whether a byte stands for itself, indexed by the byte.
    private static let isPlain = InlineArray<256, Bool> { byte in
        switch UInt8(byte) {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"),
            UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
