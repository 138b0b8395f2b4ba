/// Text from outside, made safe for a log line: every byte outside `[A-Za-z0-9._@+=-]` becomes `%XX`.
package enum LogText {
    /// Bytes of encoded text.
    package static let longest = 64

    /// Cut at 64 bytes, never inside a `%XX`.
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            let piece = isPlain(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            guard text.count + piece.count <= longest else { break }
            text += piece
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func encode(_ text: String) -> String { encode(Array(text.utf8)) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"),
            UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
