import Bytes

/// The database of an installation, read and changed by another program: `sqlite3`, in a separate process.
///
/// The functions say what happened to an account's owner or to the disk. Only the files of this folder know the schema.
package struct StoredDatabase: Sendable {
    /// Milliseconds that the program waits for a locked database.
    private static let busyTimeout = 5000

    /// Of the database file.
    package let path: String

    /// The database at this path, which need not exist yet.
    package init(path: String) { self.path = path }

    /// Runs statements, or dot-commands of the program, one after the other in one process.
    ///
    /// - Returns: What the program prints: a line for each row, with `|` between the columns.
    /// - Throws: `TestFailure` with the program's error.
    @discardableResult
    func sql(_ statements: String...) throws -> String {
        let ended = try attempt(statements)
        guard ended.status == 0 else {
            throw TestFailure("sqlite3 \(path): \(statements.joined(separator: "; ")): \(ended.error)")
        }
        // The first line is the output of the PRAGMA in `attempt`.
        return String(ended.output.drop { $0 != "\n" }.dropFirst())
    }

    /// Runs statements that may fail.
    func attempt(_ statements: [String]) throws -> CommandResult {
        try run(["sqlite3", path, "PRAGMA busy_timeout = \(Self.busyTimeout)"] + statements)
    }

    /// The single number that a query returns.
    func number(_ query: String) throws -> Int {
        let output = try sql(query)
        guard let number = Int(output.dropLast()) else { throw TestFailure("\(query): '\(output)' is not a number") }
        return number
    }

    /// The rows that a query returns, each as its columns.
    func rows(_ query: String) throws -> [[String]] {
        try sql(query).split(separator: "\n").map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// A text as an SQL literal.
    func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    /// Bytes as an SQL literal.
    func literal(_ bytes: [UInt8]) -> String { "x'\(hex(bytes))'" }
}
