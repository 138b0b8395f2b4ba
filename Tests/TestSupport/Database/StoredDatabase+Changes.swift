/// Changes by another program to a database that is in use.
extension StoredDatabase {
    /// Every app password is revoked.
    package func revokeAppPasswords() throws { try sql("UPDATE app_password SET revoked = 1") }

    /// A backup is restored: the only account has another main password, and a generation that it has had before.
    package func restoreMainPassword(hash: String, generation: Int64) throws {
        try sql("UPDATE account SET main_hash = \(literal(hash)), generation = \(generation)")
    }

    /// No account has a limit of its own to the services that it may use.
    package func liftServiceLimits() throws { try sql("UPDATE account SET services = NULL") }

    /// Every account is changed.
    package func raiseGenerations() throws { try sql("UPDATE account SET generation = generation + 1") }

    /// The write-ahead log is copied into the database as far as readers allow; the log stays.
    package func copyLog() throws { try sql("PRAGMA wal_checkpoint(PASSIVE)") }

    /// The write-ahead log is copied into the database and emptied.
    ///
    /// - Throws: `TestFailure`, also if another process reads from the log for as long as the program waits.
    package func emptyLog() throws {
        let answer = try sql("PRAGMA wal_checkpoint(TRUNCATE)")
        guard answer.hasPrefix("0|") else { throw TestFailure("\(path): the log is in use: \(answer)") }
    }

    /// The database uses a write-ahead log from now on.
    package func useLog() throws {
        guard try sql("PRAGMA journal_mode = WAL") == "wal\n" else { throw TestFailure("\(path): no log") }
    }

    /// Writes a copy to a new file and returns it.
    package func copy(to file: String) throws -> StoredDatabase {
        try sql("VACUUM INTO \(literal(file))")
        return StoredDatabase(path: file)
    }

    /// Replaces the content with that of another database.
    package func restore(_ other: StoredDatabase) throws { try sql(".restore \(other.path)") }
}
