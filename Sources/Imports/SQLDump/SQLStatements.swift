import Bytes

/// Takes an SQL dump apart into its statements: what mysqldump, mariadb-dump, pg_dump and `sqlite3 .dump` write. Knows
/// quotes and comments; what a statement means is `SQLStatement`'s part, and whether the dump is whole that of `DumpEndings`.
package struct SQLStatements {
    /// A statement without its terminator, or a row of PostgreSQL's COPY.
    package struct Piece {
        package let bytes: [UInt8]
        /// Where it begins, from 1.
        package let line: Int
        /// Of COPY, instead of a statement.
        package let isRow: Bool
        /// Backslashes escape in its strings: MySQL's habit.
        package let hasBackslashEscapes: Bool
    }

    private enum State {
        case plain
        case quoted(UInt8, line: Int)
        case comment(line: Int)
        /// The rows of COPY, up to `\.`.
        case rows
    }

    private var lines = DumpLines()
    private var line = 0
    private var statement: [UInt8] = []
    private var statementLine = 0
    private var state = State.plain
    private var delimiter: [UInt8] = [UInt8(ascii: ";")]
    private var hasBackslashEscapes = true
    private var endings = DumpEndings()

    package init() {}

    /// Takes the next octets of the dump and hands over each statement that is complete.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (Piece) throws(SourceError) -> Void)
        throws(SourceError)
    {
        var lines = exchange(DumpLines())
        try lines.feed(bytes) { (text, line) throws(SourceError) in try take(text, line, body) }
        self.lines = lines
    }

    /// The dump ends here.
    package mutating func end(_ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        var lines = exchange(DumpLines())
        try lines.end { (text, line) throws(SourceError) in try take(text, line, body) }
        switch state {
        case .plain: break
        case .quoted(_, let line): throw .malformed(line: line, "the text that begins here never ends")
        case .comment(let line): throw .malformed(line: line, "the comment that begins here never ends")
        case .rows: throw .malformed(line: line, "the dump ends within the rows of a table; make it again")
        }
        guard statement.allSatisfy(Self.isSpace) else {
            throw .malformed(line: statementLine, "the statement that begins here never ends; make the dump again")
        }
        if let ending = endings.missing {
            throw .malformed(line: line, "the dump is cut off: its end, \"\(ending)\", is missing; make it again")
        }
    }

    /// Whether the dump had a beginning that announces an end: without one, nobody can tell that it is whole.
    package var announcesEnd: Bool { endings.announced }

    /// Out of this value, for the time in which its lines change it.
    private mutating func exchange(_ new: DumpLines) -> DumpLines {
        defer { lines = new }
        return lines
    }

    private mutating func take(_ content: ArraySlice<UInt8>, _ line: Int, _ body: (Piece) throws(SourceError) -> Void)
        throws(SourceError)
    {
        self.line = line
        let text = Array(content) + [UInt8(ascii: "\n")]
        guard statement.count + text.count <= 2 * DumpLines.longest else { throw DumpLines.tooLong(line) }
        if case .rows = state { return try takeRow(text, body) }
        if statement.isEmpty, case .plain = state {
            if text.starts(with: "--".utf8), Self.isSpace(text[2]) {
                if endings.note(comment: text) == .postgreSQL { hasBackslashEscapes = false }
                return
            }
            // Words to psql itself, such as `\unrestrict`, are no SQL, nor is what the program said meanwhile.
            if text[0] == UInt8(ascii: "\\") || Self.isMessage(text) { return }
            if let new = Self.word(after: "DELIMITER", in: text) {
                delimiter = new
                return
            }
            statementLine = line
        }
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch state {
            case .plain:
                if text[index...].starts(with: delimiter) {
                    try finish(body)
                    index += delimiter.count
                    continue
                }
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): state = .quoted(byte, line: line)
                case UInt8(ascii: "-") where text[index...].starts(with: "--".utf8) && Self.isSpace(text[index + 2]):
                    index = text.count
                    continue
                case UInt8(ascii: "/") where text[index...].starts(with: "/*!".utf8):
                    // MySQL reads on: what follows is for it, from the version on that may stand there.
                    index += 3
                    while (0x30...0x39).contains(text[index]) { index += 1 }
                    continue
                case UInt8(ascii: "/") where text[index...].starts(with: "/*".utf8): state = .comment(line: line)
                case UInt8(ascii: "*") where text[index...].starts(with: "*/".utf8):
                    index += 2
                    continue
                default: break
                }
                if case .comment = state {
                    index += 2
                    continue
                }
                if !statement.isEmpty || !Self.isSpace(byte) {
                    if statement.isEmpty { statementLine = line }
                    statement.append(byte)
                }
            case .quoted(let quote, _):
                statement.append(byte)
                if byte == UInt8(ascii: "\\"), hasBackslashEscapes, quote != UInt8(ascii: "`"), index + 1 < text.count {
                    index += 1
                    statement.append(text[index])
                } else if byte == quote {
                    state = .plain
                }
            case .comment:
                if byte == UInt8(ascii: "*"), text[index...].starts(with: "*/".utf8) {
                    state = .plain
                    index += 1
                }
            case .rows: break
            }
            index += 1
        }
    }

    private mutating func finish(_ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        let whole = statement
        statement.removeAll(keepingCapacity: true)
        if Self.begins(whole, "BEGIN TRANSACTION") || Self.begins(whole, "PRAGMA") { hasBackslashEscapes = false }
        if Self.begins(whole, "COPY") { state = .rows }
        try expectStatement(whole)
        endings.note(statement: whole)
        try body(
            Piece(bytes: whole, line: statementLine, isRow: false, hasBackslashEscapes: hasBackslashEscapes))
    }

    private mutating func takeRow(_ text: [UInt8], _ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        let row = Array(text.dropLast())
        if row.elementsEqual("\\.".utf8) {
            state = .plain
        } else {
            try body(Piece(bytes: row, line: line, isRow: true, hasBackslashEscapes: true))
        }
    }

    /// A message of a program that is unknown here would hide the statement after it.
    private func expectStatement(_ whole: [UInt8]) throws(SourceError) {
        guard !Self.beginnings.contains(where: { Self.begins(whole, $0) }) else { return }
        let lines = whole.split(separator: UInt8(ascii: "\n")).dropFirst()
        guard
            lines.contains(where: { line in ["INSERT INTO", "CREATE TABLE"].contains { Self.begins(Array(line), $0) } })
        else { return }
        throw .malformed(line: statementLine, "this line is no SQL, and hides the statement after it; take it out")
    }

    /// How statements begin that may have such lines in them.
    private static let beginnings = [
        "INSERT", "REPLACE", "CREATE", "ALTER", "DROP", "SET", "UPDATE", "DELETE", "SELECT", "WITH", "COMMENT", "DO",
        "BEGIN", "END", "IF", "DECLARE", "RETURN", "CALL",
    ]

    /// A line that was not meant for the dump: `mysqldump: [Warning] …`, `/usr/bin/mysqldump: Deprecated program name`, and what
    /// newer clients of MariaDB read as "be careful", `/*!999999\- enable the sandbox mode */`.
    private static func isMessage(_ text: [UInt8]) -> Bool {
        if text.starts(with: "/*!999999\\-".utf8) { return true }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text[colon + 1] == 0x20 else { return false }
        let program = text[..<colon].split(separator: UInt8(ascii: "/")).last.map {
            String(decoding: $0, as: UTF8.self)
        }
        return ["mysqldump", "mariadb-dump", "mysql", "mariadb", "pg_dump", "pg_dumpall"].contains(program)
    }

    static func begins(_ statement: [UInt8], _ words: String) -> Bool {
        statement.count >= words.utf8.count
            && zip(statement, words.utf8).allSatisfy { ($0 >= 0x61 && $0 <= 0x7a ? $0 & 0xdf : $0) == $1 }
    }

    private static func word(after command: String, in text: [UInt8]) -> [UInt8]? {
        guard begins(text, command + " ") else { return nil }
        let word = Array(text.dropFirst(command.utf8.count + 1).filter { !isSpace($0) })
        return word.isEmpty ? nil : word
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
