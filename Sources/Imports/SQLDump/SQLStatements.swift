import Bytes

/// Splits an SQL dump of mysqldump, mariadb-dump, pg_dump or `sqlite3 .dump` into its statements. It reads quotes and
/// comments; `SQLStatement` reads the statements, and `DumpEndings` tells whether the dump is complete.
package struct SQLStatements {
    /// A statement without its terminator, or a row of PostgreSQL's COPY.
    package struct Piece {
        /// The text of the statement or row.
        package let bytes: [UInt8]
        /// The line in which it begins, from 1.
        package let line: Int
        /// Whether it is a row of COPY instead of a statement.
        package let isRow: Bool
        /// Whether backslashes escape in its strings, as in MySQL.
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

    /// Makes a splitter for a new dump.
    package init() {}

    /// Reads the next bytes of the dump, and passes each complete statement to `body`.
    ///
    /// - Throws: `SourceError.malformed` if a line or statement is too long or a message hides a statement, or the
    ///   error of `body`.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (Piece) throws(SourceError) -> Void)
        throws(SourceError)
    {
        var lines = exchange(DumpLines())
        try lines.feed(bytes) { (text, line) throws(SourceError) in try read(text, line, body) }
        self.lines = lines
    }

    /// Reads the end of the dump.
    ///
    /// - Throws: `SourceError.malformed` if the dump is cut off, or the error of `body`.
    package mutating func end(_ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        var lines = exchange(DumpLines())
        try lines.end { (text, line) throws(SourceError) in try read(text, line, body) }
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

    /// Whether the dump had a beginning to which an end belongs: without one, nobody can tell whether it is complete.
    package var announcesEnd: Bool { endings.announced }

    /// Moves the line splitter out of this value while its lines change the value.
    private mutating func exchange(_ new: DumpLines) -> DumpLines {
        defer { lines = new }
        return lines
    }

    private mutating func read(_ content: ArraySlice<UInt8>, _ line: Int, _ body: (Piece) throws(SourceError) -> Void)
        throws(SourceError)
    {
        self.line = line
        let text = Array(content) + [UInt8(ascii: "\n")]
        guard statement.count + text.count <= 2 * DumpLines.maxLineLength else { throw DumpLines.tooLong(line) }
        if case .rows = state { return try readRow(text, body) }
        if statement.isEmpty, case .plain = state {
            if skips(text) { return }
            statementLine = line
        }
        var index = 0
        while index < text.count {
            switch state {
            case .plain: index = try readPlain(text, at: index, body)
            case .quoted(let quote, _): index = readQuoted(text, at: index, quote)
            case .comment:
                let isEnd = text[index...].starts(with: "*/".utf8)
                if isEnd { state = .plain }
                index += isEnd ? 2 : 1
            case .rows: index = text.count
            }
        }
    }

    /// Whether a line between two statements is not SQL: a comment, a command of the client, or a message.
    private mutating func skips(_ text: [UInt8]) -> Bool {
        if text.starts(with: "--".utf8), Self.isSpace(text[2]) {
            if endings.note(comment: text) == .postgreSQL { hasBackslashEscapes = false }
            return true
        }
        // Commands of psql, such as `\unrestrict`, and messages of the dump program are not SQL.
        if text[0] == UInt8(ascii: "\\") || Self.isMessage(text) { return true }
        guard let new = Self.word(after: "DELIMITER", in: text) else { return false }
        delimiter = new
        return true
    }

    /// Reads what is at an index outside of quotes and comments, and returns the index behind it.
    private mutating func readPlain(
        _ text: [UInt8], at index: Int, _ body: (Piece) throws(SourceError) -> Void
    ) throws(SourceError) -> Int {
        let (byte, rest) = (text[index], text[index...])
        if rest.starts(with: delimiter) {
            try finish(body)
            return index + delimiter.count
        }
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): state = .quoted(byte, line: line)
        case UInt8(ascii: "-") where rest.starts(with: "--".utf8) && Self.isSpace(text[index + 2]): return text.count
        case UInt8(ascii: "/") where rest.starts(with: "/*!".utf8):
            // MySQL executes the content of this comment, perhaps only from a certain version on.
            var index = index + 3
            while (0x30...0x39).contains(text[index]) { index += 1 }
            return index
        case UInt8(ascii: "/") where rest.starts(with: "/*".utf8):
            state = .comment(line: line)
            return index + 2
        case UInt8(ascii: "*") where rest.starts(with: "*/".utf8): return index + 2
        default: break
        }
        if !statement.isEmpty || !Self.isSpace(byte) {
            if statement.isEmpty { statementLine = line }
            statement.append(byte)
        }
        return index + 1
    }

    /// Reads what is at an index inside of quotes, and returns the index behind it.
    private mutating func readQuoted(_ text: [UInt8], at index: Int, _ quote: UInt8) -> Int {
        let byte = text[index]
        statement.append(byte)
        if byte == UInt8(ascii: "\\"), hasBackslashEscapes, quote != UInt8(ascii: "`"), index + 1 < text.count {
            statement.append(text[index + 1])
            return index + 2
        }
        if byte == quote { state = .plain }
        return index + 1
    }

    private mutating func finish(_ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        let whole = statement
        statement.removeAll(keepingCapacity: true)
        if DumpEndings.begins(whole, "BEGIN TRANSACTION") || DumpEndings.begins(whole, "PRAGMA") {
            hasBackslashEscapes = false
        }
        if DumpEndings.begins(whole, "COPY") { state = .rows }
        try expectStatement(whole)
        endings.note(statement: whole)
        try body(
            Piece(bytes: whole, line: statementLine, isRow: false, hasBackslashEscapes: hasBackslashEscapes))
    }

    private mutating func readRow(_ text: [UInt8], _ body: (Piece) throws(SourceError) -> Void) throws(SourceError) {
        let row = Array(text.dropLast())
        if row.elementsEqual("\\.".utf8) {
            state = .plain
        } else {
            try body(Piece(bytes: row, line: line, isRow: true, hasBackslashEscapes: true))
        }
    }

    /// Checks that no message of an unknown program precedes a statement: it would hide the statement.
    private func expectStatement(_ whole: [UInt8]) throws(SourceError) {
        guard !Self.beginnings.contains(where: { DumpEndings.begins(whole, $0) }) else { return }
        let lines = whole.split(separator: UInt8(ascii: "\n")).dropFirst()
        guard
            lines.contains(where: { line in
                ["INSERT INTO", "CREATE TABLE"].contains { DumpEndings.begins(Array(line), $0) }
            })
        else { return }
        throw .malformed(
            line: statementLine, "this line is not SQL, and hides the statement after it; remove it from the dump")
    }

    /// The beginnings of statements that may contain lines which look like other statements.
    private static let beginnings = [
        "INSERT", "REPLACE", "CREATE", "ALTER", "DROP", "SET", "UPDATE", "DELETE", "SELECT", "WITH", "COMMENT", "DO",
        "BEGIN", "END", "IF", "DECLARE", "RETURN", "CALL",
    ]

    /// Whether a line was not meant for the dump: `mysqldump: [Warning] …`, `/usr/bin/mysqldump: Deprecated program
    /// name`, and `/*!999999\- enable the sandbox mode */`, which newer clients of MariaDB obey.
    private static func isMessage(_ text: [UInt8]) -> Bool {
        if text.starts(with: "/*!999999\\-".utf8) { return true }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text[colon + 1] == 0x20 else { return false }
        let program = text[..<colon].split(separator: UInt8(ascii: "/")).last.map {
            String(decoding: $0, as: UTF8.self)
        }
        return ["mysqldump", "mariadb-dump", "mysql", "mariadb", "pg_dump", "pg_dumpall"].contains(program)
    }

    private static func word(after command: String, in text: [UInt8]) -> [UInt8]? {
        guard DumpEndings.begins(text, command + " ") else { return nil }
        let word = Array(text.dropFirst(command.utf8.count + 1).filter { !isSpace($0) })
        return word.isEmpty ? nil : word
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
