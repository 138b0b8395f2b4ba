import Credentials
import Glibc
import SQL
import SQLite

/// The tables of a source that an import needs, loaded into a temporary SQLite database that is deleted with the
/// process: a dump has them in its own order, and may be larger than memory.
package final class SourceTables {
    /// A table that an import reads.
    package struct Wanted {
        let name: String
        let columns: [String]
        /// Whether a source without it is refused.
        let isNeeded: Bool
        /// Whether its name may lack the prefix of the others.
        let mayLackPrefix: Bool

        init(_ name: String, _ columns: [String], isNeeded: Bool = false, mayLackPrefix: Bool = false) {
            self.name = name
            self.columns = columns
            self.isNeeded = isNeeded
            self.mayLackPrefix = mayLackPrefix
        }
    }

    /// The first bytes of an SQLite file (sqlite.org/fileformat.html, 1.3).
    private static let sqliteMagic = "SQLite format 3\0"
    private static let charsets: Set<String> = ["utf8", "utf8mb3", "utf8mb4", "default", "binary"]

    private let scratch: Connection
    private let wanted: [Wanted]
    private let system: String
    private let prefix: String
    /// Whether a dump is accepted that has no line that marks its end.
    private let acceptsPartial: Bool
    private var found: Set<String> = []
    /// Tables that are needed because of columns of other tables.
    private var required: Set<String> = []
    /// The columns of a table in the order that a dump gives them.
    private var columns: [String: [String]] = [:]
    /// The table and columns of the rows of COPY; no table if it is not wanted.
    private var copied: (table: String?, columns: [String]) = (nil, [])
    private let insertions: [String: Query]

    /// Makes empty tables.
    ///
    /// - Parameters:
    ///   - system: The system that they belong to; a source with tables of another system is refused.
    ///   - prefix: The prefix of the names of tables.
    ///   - acceptsPartial: Whether a dump is accepted that has no line that marks its end.
    /// - Throws: `SourceError.scratch` if the temporary database cannot be made.
    package init(_ wanted: [Wanted], of system: String, prefix: String = "", acceptsPartial: Bool = false)
        throws(SourceError)
    {
        self.wanted = wanted
        self.system = system
        self.prefix = prefix
        self.acceptsPartial = acceptsPartial
        insertions = Dictionary(
            uniqueKeysWithValues: wanted.map {
                let marks = Array(repeating: "?", count: $0.columns.count + 1).joined(separator: ", ")
                return ($0.name, Query("INSERT INTO \"\($0.name)\" VALUES (\(marks))"))
            })
        scratch = try Self.makeScratch()
        for table in wanted {
            let columns = table.columns.map { "\"\($0)\"" }.joined(separator: ", ")
            try execute("CREATE TABLE \"\(table.name)\" (line INTEGER, \(columns))")
        }
    }

    private static func makeScratch() throws(SourceError) -> Connection {
        do throws(SQLiteError) {
            // An empty name means a temporary file that is unlinked at once (sqlite.org/inmemorydb.html).
            let scratch = try Connection(path: "", access: .create, busyTimeout: 0)
            try scratch.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
            return scratch
        } catch {
            throw .scratch(error)
        }
    }

    /// Reads an SQLite database or an SQL dump, whichever the file is.
    ///
    /// - Parameter path: `-` for standard input, which must be a dump.
    /// - Throws: `SourceError.unusable` or `.malformed` if it cannot be read, is incomplete or belongs to another
    ///   system; `.scratch`.
    package func read(_ path: String) throws(SourceError) {
        try FilePieces.withFile(path) { (file) throws(SourceError) in
            var first = [UInt8](repeating: 0, count: Self.sqliteMagic.utf8.count)
            let isDatabase =
                unsafe pread(file, &first, first.count, 0) == first.count && first.elementsEqual(Self.sqliteMagic.utf8)
            if isDatabase { try readDatabase(path) } else { try readDump(file, named: path) }
        }
    }

    /// Reads an SQL dump to its end.
    ///
    /// - Throws: `SourceError.unusable` or `.malformed` if it cannot be read, is incomplete or belongs to another
    ///   system; `.scratch`.
    package func readDump(_ file: Int32, named name: String) throws(SourceError) {
        var statements = SQLStatements()
        try FilePieces.each(of: file, named: name) { (piece) throws(SourceError) in
            try statements.feed(piece) { (statement) throws(SourceError) in try load(statement) }
        }
        try statements.end { (statement) throws(SourceError) in try load(statement) }
        try expectAll(in: name)
        guard statements.announcesEnd || acceptsPartial else {
            throw .unusable(
                "\(name) may be incomplete: it has no line that marks its end. Dump again with the comments that "
                    + "mysqldump, mariadb-dump, pg_dump and sqlite3 .dump write by default, or add --accept-partial if "
                    + "you are sure that nothing is missing")
        }
        try finish()
    }

    private func load(_ piece: SQLStatements.Piece) throws(SourceError) {
        if piece.isRow {
            guard let table = copied.table else { return }
            return try insert(table, copied.columns, [try SQLStatement.readCopied(piece)], line: piece.line)
        }
        var names: [String] = []
        let statement = try SQLStatement.read(piece) { name in
            names.append(name)
            return table(name) != nil
        }
        for name in names { try expectOwn(table: name) }
        switch statement {
        case .table(let name, let columns):
            if let table = table(name) {
                guard self.columns[name] == nil else {
                    throw .malformed(
                        line: piece.line, "table \(name) is in the dump twice; dump one database only")
                }
                found.insert(table.name)
            }
            self.columns[name] = columns
            try expectOwn(columns, of: name)
        case .rows(let name, let listed, let rows, let unreadable):
            guard let columns = listed ?? self.columns[name] else {
                throw .malformed(
                    line: piece.line, "the rows of \(name) come before its CREATE TABLE; dump both together")
            }
            try expectReadable(unreadable, columns, of: name)
            try insert(name, columns, rows, line: piece.line)
        case .lock(let name): if let table = table(name) { found.insert(table.name) }
        case .copy(let name, let columns):
            try expectOwn(table: name)
            copied = (table(name) == nil ? nil : name, columns)
            if let table = table(name) { found.insert(table.name) }
            try expectOwn(columns, of: name)
        case .charset(let charset):
            guard Self.charsets.contains(charset) else {
                throw .malformed(
                    line: piece.line,
                    "the dump is in \(charset); make it again in UTF-8 (mysqldump --default-character-set=utf8mb4)")
            }
        case .other: break
        }
    }

    /// Returns whether rows of a table with this name are read.
    ///
    /// - Throws: `SourceError.unusable` for a table of another system.
    package func isWanted(_ name: String) throws(SourceError) -> Bool {
        try expectOwn(table: name)
        return table(name) != nil
    }

    /// Returns the wanted table with this name in the source, or nil.
    private func table(_ name: String) -> Wanted? {
        wanted.first { prefix + $0.name == name || $0.mayLackPrefix && $0.name == name }
    }

    private func insert(_ source: String, _ columns: [String], _ rows: [[String?]], line: Int) throws(SourceError) {
        guard let table = table(source), let insertion = insertions[table.name] else { return }
        if found.insert(table.name).inserted { try expectOwn(columns, of: source) }
        let places = table.columns.map { columns.firstIndex(of: $0) }
        for row in rows {
            guard row.count == columns.count else {
                throw .malformed(
                    line: line, "the dump is broken: \(source) has \(columns.count) columns, a row has \(row.count)")
            }
            let values = [.integer(Int64(line))] + places.map { Value.text($0.flatMap { row[$0] }) }
            try onScratch { () throws(SQLiteError) in try scratch.run(insertion, values) }
        }
    }

    // MARK: SQLite

    private func readDatabase(_ path: String) throws(SourceError) {
        var names: [String] = []
        var scratchError: SQLiteError?
        do throws(SQLiteError) {
            // Read only: the system it belongs to may be running, and no file of it may change.
            let source = try Connection(path: path, access: .reading, busyTimeout: Store.busyTimeout)
            try source.execute("BEGIN")
            for name in try source.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").texts() {
                names.append(name)
                guard let table = table(name), let insertion = insertions[table.name] else { continue }
                found.insert(table.name)
                let known = try source.prepare("SELECT name FROM pragma_table_info(?)", [.text(name)]).texts()
                self.columns[name] = known
                let columns = table.columns.map { known.contains($0) ? "\"\($0)\"" : "NULL" }.joined(separator: ", ")
                let rows = try source.prepare("SELECT \(columns) FROM \"\(name)\"")
                while try rows.step() {
                    let values = (0..<Int32(table.columns.count)).map { Value.text(rows.optionalText($0)) }
                    do throws(SQLiteError) { try scratch.run(insertion, [.text(nil)] + values) } catch {
                        scratchError = error
                        throw error
                    }
                }
            }
        } catch {
            if let scratchError { throw .scratch(scratchError) }
            throw .unusable("\(path) cannot be read as a database: \(error.explanation)")
        }
        for name in names { try expectOwn(table: name) }
        for (name, columns) in columns { try expectOwn(columns, of: name) }
        try expectAll(in: path)
        try finish()
    }

    // MARK: Rows

    /// Whether the source has a table.
    func has(_ table: String) -> Bool { found.contains(table) }

    private func expectOwn(table: String) throws(SourceError) {
        if let other = SystemTraits.system(ofTable: table, besides: system) {
            throw SystemTraits.refusal("table \(table)", of: other, in: system)
        }
    }

    private func expectOwn(_ columns: [String], of source: String) throws(SourceError) {
        guard let table = table(source) else { return }
        for column in columns {
            if let other = SystemTraits.system(ofColumn: column, table: table.name, besides: system) {
                throw SystemTraits.refusal("column \(column) of table \(source)", of: other, in: system)
            }
        }
        for (trait, needed) in SystemTraits.companions where columns.contains(trait) && table.name == "mailbox" {
            required.insert(needed)
        }
    }

    private func expectReadable(_ unreadable: [UnreadableValue], _ columns: [String], of source: String)
        throws(SourceError)
    {
        guard let table = table(source) else { return }
        for value in unreadable where columns.indices.contains(value.column) {
            guard table.columns.contains(columns[value.column]) else { continue }
            throw .malformed(
                line: value.line,
                "the text is not UTF-8; make the dump again in UTF-8 (mysqldump --default-character-set=utf8mb4)")
        }
    }

    private func expectAll(in name: String) throws(SourceError) {
        let missing = wanted.filter { ($0.isNeeded || required.contains($0.name)) && !found.contains($0.name) }
            .map { prefix + $0.name }
        guard missing.isEmpty else {
            throw .unusable(
                "\(name) has no table \(missing.joined(separator: ", ")); check that it is the right source")
        }
    }

    private func finish() throws(SourceError) { try execute("COMMIT") }

    /// Runs statements on the loaded tables.
    func execute(_ sql: String) throws(SourceError) {
        try onScratch { () throws(SQLiteError) in try scratch.execute(sql) }
    }

    func change(_ sql: String, _ values: [Value] = []) throws(SourceError) {
        try onScratch { () throws(SQLiteError) in try scratch.run(sql, values) }
    }

    /// Returns the number that a query gives.
    func count(_ sql: String) throws(SourceError) -> Int {
        var count = 0
        try each(sql) { row in count = Int(row.integer(0)) }
        return count
    }

    /// Calls `body` with each row of a query.
    func each(_ sql: String, _ values: [Value] = [], _ body: (borrowing Statement) throws(SourceError) -> Void)
        throws(SourceError)
    {
        try each(of: try onScratch { () throws(SQLiteError) in try scratch.prepare(sql, values) }, body)
    }

    /// Calls `body` with each row of a query that is compiled once.
    func each(_ query: Query, _ values: [Value] = [], _ body: (borrowing Statement) throws(SourceError) -> Void)
        throws(SourceError)
    {
        try each(of: try onScratch { () throws(SQLiteError) in try scratch.prepare(query, values) }, body)
    }

    private func each(of rows: consuming Statement, _ body: (borrowing Statement) throws(SourceError) -> Void)
        throws(SourceError)
    {
        while true {
            do throws(SQLiteError) { guard try rows.step() else { return } } catch { throw .scratch(error) }
            try body(rows)
        }
    }

    private func onScratch<R: ~Copyable>(_ body: () throws(SQLiteError) -> R) throws(SourceError) -> R {
        do throws(SQLiteError) { return try body() } catch { throw .scratch(error) }
    }
}
