/// Damage by a disk, another program or an intruder.
extension StoredDatabase {
    /// The file is the database of another program.
    package func makeForeign() throws { try sql("CREATE TABLE x (y)") }

    /// The file claims to have this version of the schema.
    package func claimSchema(_ version: Int) throws { try sql("PRAGMA user_version = \(version)") }

    /// The networks that app passwords are limited to cannot be read.
    package func damageNetworks() throws { try sql("UPDATE app_password SET networks = 'rubbish'") }

    /// Rows that a damaged page makes look absent.
    package enum Loss: CaseIterable, Sendable {
        case accounts
        case appPasswords
    }

    /// The rows are lost, and an index of their table still has them.
    package func lose(_ loss: Loss) throws {
        let (table, index) =
            switch loss {
            case .accounts: ("account", "account_domain")
            case .appPasswords: ("app_password", "app_password_account")
            }
        let definition = try sql("SELECT rootpage, sql FROM sqlite_schema WHERE name = '\(index)'")
        let parts = definition.dropLast().split(separator: "|", maxSplits: 1)
        guard parts.count == 2 else { throw TestFailure("\(index): '\(definition)'") }
        let row = "'index', '\(index)', '\(table)', \(parts[0]), \(literal(String(parts[1])))"
        // Hide the index, so that it is not updated. Each process reads the schema only once.
        for statement in [
            "DELETE FROM sqlite_schema WHERE name = '\(index)'", "DELETE FROM \(table)",
            "INSERT INTO sqlite_schema VALUES (\(row))",
        ] { try sql("PRAGMA writable_schema = ON; \(statement)") }
    }

    /// A table whose absence shows only when its rows are asked for.
    package enum Table: String, Sendable {
        case aliases = "alias"
        case domains = "domain"
    }

    /// The table is missing.
    package func remove(_ table: Table) throws { try sql("DROP TABLE \(table.rawValue)") }

    /// A forgery of the change record.
    package enum Forgery: CaseIterable, Sendable {
        case rewriting
        case removal
    }

    /// Whether the database refuses the forgery of a new entry.
    package func refuses(_ forgery: Forgery) throws -> Bool {
        try sql(
            "INSERT INTO change SELECT coalesce(max(number), 0) + 1, unixepoch(), 'a', 'b', 'c', '' FROM change")
        let statement =
            switch forgery {
            case .rewriting: "UPDATE change SET actor = 'x'"
            case .removal: "DELETE FROM change WHERE at > unixepoch() - 100"
            }
        let ended = try attempt([statement])
        // The error of the trigger, not of a lock.
        return ended.status != 0 && ended.error.contains("the change record is")
    }
}
