/// The text of a statement as PostgreSQL writes it.
enum StatementText {
    /// Numbers the parameters: `?` and `?1` become `$1`. Text in quotes stays as it is.
    static func numbered(_ sql: String) -> String {
        var result: [UInt8] = []
        var next = 1
        var isQuoted = false
        var bytes = Array(sql.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "?"), !isQuoted else {
                result.append(byte)
                continue
            }
            let digits = bytes.prefix { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
            bytes = bytes.dropFirst(digits.count)
            if digits.isEmpty {
                result += "$\(next)".utf8
                next += 1
            } else {
                result += [UInt8(ascii: "$")] + digits
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
