/// `Tests/Vectors/injection.txt`: texts that try to forge a log line.
package enum Injection {
    package static let all: [[UInt8]] = lines(of: Repository.file("Tests/Vectors/injection.txt"))
        .filter { !$0.hasPrefix("#") }.map(unescape)

    /// C-style escapes: `\n \r \t \0 \xNN \uNNNN`.
    static func unescape(_ line: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(line.utf8)[...]
        func digits(_ count: Int) -> UInt32 {
            defer { rest = rest.dropFirst(count) }
            return UInt32(String(decoding: rest.prefix(count), as: UTF8.self), radix: 16) ?? 0
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "0"): bytes.append(0x00)
            case UInt8(ascii: "x"): bytes.append(UInt8(truncatingIfNeeded: digits(2)))
            case UInt8(ascii: "u"):
                if let scalar = Unicode.Scalar(digits(4)) { bytes += Array(String(Character(scalar)).utf8) }
            default: bytes += [byte, letter]
            }
        }
        return bytes
    }
}
