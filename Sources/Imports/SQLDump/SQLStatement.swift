import Bytes

/// A statement of a dump, as far as an import needs it.
package enum SQLStatement: Equatable {
    /// CREATE TABLE.
    case table(String, columns: [String])
    /// INSERT or REPLACE; `columns` is nil for all columns of the table.
    case rows(table: String, columns: [String]?, [[String?]], unreadable: [UnreadableValue] = [])
    /// COPY; the rows follow as pieces, for `readCopied`.
    case copy(table: String, columns: [String])
    /// SET NAMES.
    case charset(String)
    /// LOCK TABLES: the dump has this table, perhaps without rows and without CREATE TABLE.
    case lock(table: String)
    /// Another statement, or one of a table that is not wanted.
    case other

    /// Reads a statement.
    ///
    /// - Parameter isWanted: Whether the rows of a table are to be read, by its name without the schema.
    /// - Throws: `SourceError.malformed` if the statement cannot be read.
    package static func read(_ piece: SQLStatements.Piece, isWanted: (String) -> Bool) throws(SourceError)
        -> SQLStatement
    {
        var reader = SQLReader(piece)
        switch reader.word() {
        case "CREATE":
            let isTemporary = reader.skip("TEMPORARY")
            guard reader.skip("TABLE"), !isTemporary else { return .other }
            _ = reader.skip("IF") && reader.skip("NOT") && reader.skip("EXISTS")
            let table = try reader.tableName()
            return isWanted(table) ? .table(table, columns: try reader.columnDefinitions()) : .other
        case "INSERT", "REPLACE":
            _ = reader.skip("IGNORE")
            guard reader.skip("INTO") else { throw reader.unexpected("INTO") }
            let table = try reader.tableName()
            guard isWanted(table) else { return .other }
            let columns = reader.isAt("(") ? try reader.names() : nil
            guard reader.skip("VALUES") else { throw reader.unexpected("VALUES") }
            let (rows, unreadable) = try reader.rows()
            return .rows(table: table, columns: columns, rows, unreadable: unreadable)
        case "LOCK":
            guard reader.skip("TABLES") else { return .other }
            let table = try reader.tableName()
            return isWanted(table) ? .lock(table: table) : .other
        case "COPY":
            return .copy(table: try reader.tableName(), columns: try reader.names())
        case "SET":
            guard reader.skip("NAMES") else { return .other }
            return .charset(reader.isAt("'") ? try reader.text() : reader.word().lowercased())
        default: return .other
        }
    }

    /// Reads a row of COPY: fields separated by tabs, `\N` for null (PostgreSQL's manual, "COPY", text format).
    ///
    /// - Throws: `SourceError.malformed` if it is not UTF-8.
    package static func readCopied(_ piece: SQLStatements.Piece) throws(SourceError) -> [String?] {
        var row: [String?] = []
        for field in piece.bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false) {
            if field.elementsEqual("\\N".utf8) {
                row.append(nil)
                continue
            }
            var bytes: [UInt8] = []
            var rest = field
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                    bytes.append(byte)
                    continue
                }
                switch next {
                case UInt8(ascii: "b"): bytes.append(8)
                case UInt8(ascii: "t"): bytes.append(9)
                case UInt8(ascii: "n"): bytes.append(10)
                case UInt8(ascii: "v"): bytes.append(11)
                case UInt8(ascii: "f"): bytes.append(12)
                case UInt8(ascii: "r"): bytes.append(13)
                default: bytes.append(next)
                }
            }
            row.append(try SQLReader.text(bytes, line: piece.line))
        }
        return row
    }
}
