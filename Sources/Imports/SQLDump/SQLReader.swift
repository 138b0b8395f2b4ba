import Bytes

/// Reads the words and values of a statement, from left to right.
struct SQLReader {
    /// Nesting of function calls: `sqlite3 .dump` writes replace(replace(…)).
    private static let maxDepth = 8

    private let bytes: [UInt8]
    private let firstLine: Int
    private let hasBackslashEscapes: Bool
    private var index = 0
    /// The line of a value that is not UTF-8: that is no error in a column that is not wanted.
    private var unreadableLine: Int?
    private var isReadingRows = false

    init(_ piece: SQLStatements.Piece) {
        bytes = piece.bytes
        firstLine = piece.line
        hasBackslashEscapes = piece.hasBackslashEscapes
    }

    private var line: Int { firstLine + bytes[..<min(index, bytes.count)].count { $0 == UInt8(ascii: "\n") } }

    func unexpected(_ wanted: String) -> SourceError {
        // The text that is there instead may be a secret.
        .malformed(line: line, "the dump is broken: \(wanted) is missing; make it again")
    }

    private mutating func skipSpace() { while index < bytes.count, SQLStatements.isSpace(bytes[index]) { index += 1 } }

    mutating func isAt(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        return index < bytes.count && bytes[index] == UInt8(ascii: mark)
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard isAt(mark) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(SourceError) {
        guard take(mark) else { throw unexpected("\"\(mark)\"") }
    }

    /// Reads a bare word and returns it in upper case; empty if there is none.
    mutating func word() -> String {
        skipSpace()
        let start = index
        while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self).uppercased()
    }

    /// Skips the given word. Returns false if another one follows.
    mutating func skip(_ wanted: String) -> Bool {
        let start = index
        if word() == wanted { return true }
        index = start
        return false
    }

    // MARK: Names

    /// Reads the name of a table, without its schema.
    mutating func tableName() throws(SourceError) -> String {
        var name = try self.name()
        while take(".") { name = try self.name() }
        return name
    }

    private mutating func name() throws(SourceError) -> String {
        for quote in ["`", "\"", "["] as [Unicode.Scalar] where isAt(quote) {
            return try readQuoted(until: quote == "[" ? "]" : quote, hasEscapes: false)
        }
        let start = index
        _ = word()
        guard index > start else { throw unexpected("a name") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Reads a list of names, as in `(a, b, c)`.
    mutating func names() throws(SourceError) -> [String] {
        try expect("(")
        var names = [try name()]
        while take(",") { names.append(try name()) }
        try expect(")")
        return names
    }

    /// Words that begin a part of CREATE TABLE that is not a column.
    private static let noColumns: Set<String> = [
        "PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "FOREIGN", "INDEX", "FULLTEXT", "SPATIAL", "CHECK", "PERIOD",
        "EXCLUDE",
    ]

    /// Reads the definitions of CREATE TABLE, and returns the names of the columns.
    mutating func columnDefinitions() throws(SourceError) -> [String] {
        try expect("(")
        var columns: [String] = []
        repeat {
            skipSpace()
            let start = index
            if !Self.noColumns.contains(word()) {
                index = start
                columns.append(try name())
            }
            try skipDefinition()
        } while take(",")
        try expect(")")
        return columns
    }

    /// Skips a definition, up to the comma or the parenthesis that ends it.
    private mutating func skipDefinition() throws(SourceError) {
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                _ = try readQuoted(until: Unicode.Scalar(bytes[index]), hasEscapes: hasBackslashEscapes)
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")") where depth == 0: return
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            index += 1
        }
    }

    // MARK: Values

    /// Reads rows, as in `(1,'a',NULL),(2,'b',NULL)`, to the end of the statement. Values that are not UTF-8 are empty,
    /// and listed with their positions.
    mutating func rows() throws(SourceError) -> ([[String?]], unreadable: [UnreadableValue]) {
        isReadingRows = true
        var rows: [[String?]] = []
        var unreadable: [UnreadableValue] = []
        repeat {
            try expect("(")
            var row: [String?] = []
            row.reserveCapacity(rows.last?.count ?? 0)
            repeat {
                row.append(try sum())
                if let line = unreadableLine {
                    unreadable.append(UnreadableValue(row: rows.count, column: row.count - 1, line: line))
                    unreadableLine = nil
                }
            } while take(",")
            try expect(")")
            rows.append(row)
        } while take(",")
        skipSpace()
        // PostgreSQL and MySQL may add what to do about existing rows.
        guard index == bytes.count || skip("ON") || skip("AS") else { throw unexpected("\",\" or \";\"") }
        return (rows, unreadable)
    }

    /// Reads a value, perhaps with `+ 0` behind it, as Adminer writes bits.
    private mutating func sum() throws(SourceError) -> String? {
        let value = try value(depth: 0)
        if take("+"), try self.value(depth: 0) != "0" { throw unexpected("0") }
        return value
    }

    private mutating func value(depth: Int) throws(SourceError) -> String? {
        if isAt("'") || isAt("\"") { return try text() }
        skipSpace()
        let start = index
        if take("-") || take("+") { return try number(from: start) }
        let word = word()
        switch word {
        case "NULL": return nil
        case "TRUE": return "1"
        case "FALSE": return "0"
        case "X" where isAt("'"): return try hexadecimal(try text()[...])
        case "B" where isAt("'"):
            let bits = try text()
            return String(Int(bits, radix: 2) ?? 0)
        case "E" where isAt("'"):
            return try readQuoted(until: "'", hasEscapes: true)
        case "": throw unexpected("a value")
        // The character set of the value that follows.
        case _ where word.hasPrefix("_"):
            guard depth < Self.maxDepth else { throw unexpected("a value") }
            return try value(depth: depth + 1)
        case _ where word.hasPrefix("0X"): return try hexadecimal(word.dropFirst(2))
        case _ where isAt("("): return try call(word, depth: depth)
        default: return try number(from: start)
        }
    }

    private mutating func number(from start: Int) throws(SourceError) -> String {
        while index < bytes.count, Self.isWord(bytes[index]) || ".+-".utf8.contains(bytes[index]) { index += 1 }
        let number = String(decoding: bytes[start..<index], as: UTF8.self)
        guard Double(number) != nil else {
            index = start
            throw unexpected("a value")
        }
        return number
    }

    /// Reads a function call that `sqlite3 .dump` writes for text with line breaks: `replace('a\nb','\n',char(10))`,
    /// and since version 3.50 `unistr('a\u000ab')`.
    private mutating func call(_ function: String, depth: Int) throws(SourceError) -> String? {
        guard depth < Self.maxDepth else { throw unexpected("a value") }
        try expect("(")
        var values: [String?] = []
        repeat { values.append(try value(depth: depth + 1)) } while take(",")
        try expect(")")
        let texts = values.compactMap { $0 }
        switch function {
        case "REPLACE" where texts.count == 3:
            let pieces = texts[0].split(separator: texts[1], omittingEmptySubsequences: false)
            guard pieces.count * texts[2].utf8.count <= DumpLines.maxLineLength else {
                throw unexpected("a shorter value")
            }
            return pieces.joined(separator: texts[2])
        case "CHAR":
            let scalars = texts.compactMap { UInt32($0).flatMap(Unicode.Scalar.init) }
            return String(String.UnicodeScalarView(scalars))
        case "UNISTR" where texts.count == 1: return try unescape(texts[0])
        case "CONV" where texts.dropFirst() == ["2", "10"]: return String(Int(texts[0], radix: 2) ?? 0)
        default:
            throw .malformed(
                line: line, "the dump calls \(function)(), which Postern cannot read; make it again with plain values")
        }
    }

    /// Returns the text that an argument of unistr() stands for (sqlite.org/lang_corefunc.html#unistr), with `\\` for a
    /// backslash and scalars as `\XXXX`, `\uXXXX`, `\+XXXXXX` or `\UXXXXXXXX`.
    private func unescape(_ text: String) throws(SourceError) -> String {
        var result = String.UnicodeScalarView()
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar != "\\" {
                result.append(scalar)
                continue
            }
            if rest.first == "\\" {
                result.append(rest.removeFirst())
                continue
            }
            let length =
                switch rest.first {
                case "+": 6
                case "U": 8
                default: 4
                }
            if let mark = rest.first, "u+U".unicodeScalars.contains(mark) { rest.removeFirst() }
            let digits = String(String.UnicodeScalarView(rest.prefix(length)))
            rest = rest.dropFirst(length)
            guard digits.utf8.count == length, digits.allSatisfy(\.isHexDigit),
                let number = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
            else { throw unexpected("a character's number") }
            result.append(number)
        }
        return String(result)
    }

    private mutating func hexadecimal(_ digits: Substring) throws(SourceError) -> String {
        guard let bytes = decodeHex(digits) else { throw unexpected("hexadecimal digits") }
        return try decode(bytes)
    }

    /// Reads a quoted text.
    mutating func text() throws(SourceError) -> String {
        let quote: Unicode.Scalar = isAt("'") ? "'" : "\""
        return try readQuoted(until: quote, hasEscapes: hasBackslashEscapes)
    }

    private mutating func readQuoted(until quote: Unicode.Scalar, hasEscapes: Bool) throws(SourceError) -> String {
        try decode(try quotedBytes(until: quote, hasEscapes: hasEscapes))
    }

    private mutating func decode(_ bytes: [UInt8]) throws(SourceError) -> String {
        if isReadingRows, String(validating: bytes, as: UTF8.self) == nil {
            unreadableLine = line
            return ""
        }
        return try Self.text(bytes, line: line)
    }

    private mutating func quotedBytes(until quote: Unicode.Scalar, hasEscapes: Bool) throws(SourceError) -> [UInt8] {
        skipSpace()
        index += 1
        let end = UInt8(ascii: quote)
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == end {
                guard index < bytes.count, bytes[index] == end else { return content }
                index += 1
                content.append(end)
            } else if byte == UInt8(ascii: "\\"), hasEscapes, index < bytes.count {
                content.append(Self.unescape(bytes[index]))
                index += 1
            } else {
                content.append(byte)
            }
        }
        throw unexpected("\"\(quote)\"")
    }

    /// Returns the byte that a backslash and this byte stand for (MySQL's manual, "String Literals").
    private static func unescape(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): 0
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "Z"): 26
        default: byte
        }
    }

    static func text(_ bytes: [UInt8], line: @autoclosure () -> Int) throws(SourceError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(
                line: line(),
                "the text is not UTF-8; make the dump again in UTF-8 (mysqldump --default-character-set=utf8mb4)")
        }
        return text
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "@"), 0x80...:
            true
        default: false
        }
    }
}
