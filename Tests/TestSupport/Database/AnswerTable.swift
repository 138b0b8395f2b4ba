/// A table that answers are made from. Its columns are read from the schema, so that a new one cannot be forgotten.
package enum AnswerTable: String, CaseIterable, Sendable {
    case domains = "domain"
    case accounts = "account"
    case appPasswords = "app_password"

    /// A column of the table.
    package struct Column: Sendable, CustomStringConvertible {
        package let description: String
        /// Whether answers are made from it. The last use of an app password is part of none.
        package let isPartOfAnswers: Bool
    }

    /// A change to all rows. In an order in which each is possible.
    package enum RowChange: CaseIterable, Sendable {
        case removal
        case addition
        case replacement
    }
}

extension StoredDatabase {
    /// The columns of a table.
    package func columns(of table: AnswerTable) throws -> [AnswerTable.Column] {
        try rows("SELECT name FROM pragma_table_info('\(table.rawValue)')").map { row in
            AnswerTable.Column(
                description: row[0], isPartOfAnswers: !(table == .appPasswords && row[0] == "used"))
        }
    }

    /// Writes the present values of a column again.
    package func rewrite(_ column: AnswerTable.Column, of table: AnswerTable) throws {
        try sql("UPDATE \(table.rawValue) SET \(column) = \(column)")
    }

    /// Copies the rows, for `change`.
    package func copyRows(of table: AnswerTable) throws {
        try sql("CREATE TABLE kept AS SELECT * FROM \(table.rawValue)")
    }

    /// Removes all rows, adds the copied ones, or replaces rows with their copies.
    package func change(_ change: AnswerTable.RowChange, of table: AnswerTable) throws {
        let statement =
            switch change {
            case .removal: "DELETE FROM \(table.rawValue)"
            case .addition: "INSERT INTO \(table.rawValue) SELECT * FROM kept"
            case .replacement: "REPLACE INTO \(table.rawValue) SELECT * FROM kept"
            }
        try sql((table == .appPasswords ? "PRAGMA foreign_keys = OFF; " : "") + statement)
    }
}
