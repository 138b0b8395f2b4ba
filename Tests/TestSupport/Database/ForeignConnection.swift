import SQLite

/// A connection of another program that stays open, for changes by the thousand.
package final class ForeignConnection {
    private let connection: Connection

    /// Opens a database that exists.
    package init(_ database: StoredDatabase) throws {
        connection = try Connection(path: database.path, access: .existing, busyTimeout: 5000)
        // No test needs the changes after a power cut.
        try connection.execute("PRAGMA synchronous = OFF")
    }

    /// Revokes all app passwords, or none.
    package func setRevoked(_ isRevoked: Bool) throws {
        try connection.execute("UPDATE app_password SET revoked = \(isRevoked ? "1" : "NULL")")
    }
}
