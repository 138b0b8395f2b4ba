import CSQLite

/// An error that libsqlite3 returned.
package struct SQLiteError: Error, Equatable {
    /// An extended result code (sqlite.org/rescode.html).
    package let code: Int32
    /// The text of sqlite3_errmsg.
    package let message: String

    /// Makes an error of a result code.
    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The kinds of errors, by what can be done about them.
    package enum Kind {
        case locked
        case full
        case readOnly
        /// Damaged, or no database.
        case corrupt
        /// A file could not be opened, read or written.
        case file
        /// A statement that does not fit the tables.
        case wrongSQL
        /// A row that violates a constraint.
        case constraint
        case other
    }

    /// The kind, by the primary result code.
    package var kind: Kind {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .locked
        case SQLITE_FULL: .full
        case SQLITE_READONLY: .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_CANTOPEN, SQLITE_IOERR: .file
        case SQLITE_ERROR: .wrongSQL
        case SQLITE_CONSTRAINT: .constraint
        default: .other
        }
    }

    /// One sentence with the code.
    package var explanation: String { "the database answered \(message) (SQLite code \(code))" }
}
