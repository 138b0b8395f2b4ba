import Bytes
import Credentials

/// The database of an installation, read and changed by another program: `sqlite3` or `psql`, in a separate process.
///
/// The functions say what happened to an account's owner or to the disk. Only the files of this folder know the schema.
package struct StoredDatabase: Sendable {
    /// Milliseconds that the program waits for a locked database.
    private static let busyTimeout = 5000

    private let location: StoreLocation

    /// Of the database file; empty for one on a server.
    package var path: String { location.path ?? "" }

    /// The database at this path, which need not exist yet.
    package init(path: String) { location = .file(path: path) }

    /// The database of a setting.
    package init(setting: String) { location = StoreLocation(setting) }

    /// Runs statements, or dot-commands of the program, one after the other in one process.
    ///
    /// - Returns: What the program prints: a line for each row, with `|` between the columns.
    /// - Throws: `TestFailure` with the program's error.
    @discardableResult
    func sql(_ statements: String...) throws -> String {
        let ended = try attempt(statements)
        guard ended.status == 0 else {
            throw TestFailure("\(location): \(statements.joined(separator: "; ")): \(ended.error)")
        }
        guard case .file = location else { return ended.output }
        // The first line is the output of the PRAGMA in `attempt`.
        return String(ended.output.drop { $0 != "\n" }.dropFirst())
    }

    /// Runs statements that may fail.
    func attempt(_ statements: [String]) throws -> CommandResult {
        switch location {
        case .file(let path):
            try run(["sqlite3", path, "PRAGMA busy_timeout = \(Self.busyTimeout)"] + statements)
        case .server(let settings):
            try run(
                ["psql", settings, "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
                    + statements.flatMap { ["-c", $0] })
        }
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

    /// An SQL expression for bytes that a number gives.
    func bytes(of number: String, _ count: Int) -> String {
        switch location {
        case .file: "CAST(printf('%0\(2 * count)x', \(number)) AS BLOB)"
        case .server: "convert_to(lpad(to_hex(\(number)), \(2 * count), '0'), 'UTF8')"
        }
    }

    /// A text as an SQL literal.
    func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    /// Bytes as an SQL literal.
    func literal(_ bytes: [UInt8]) -> String {
        switch location {
        case .file: "x'\(hex(bytes))'"
        case .server: "'\\x\(hex(bytes))'::bytea"
        }
    }
}
