/// States that earlier versions of Postern left.
extension StoredDatabase {
    /// An account and its rows are stored under an older spelling, as before there were canonical names.
    ///
    /// - Parameter canonical: The canonical form; nil: the spelling is canonical.
    /// - Throws: `TestFailure`, also if there is no such account.
    package func respell(_ account: String, as spelling: String, canonical: String?) throws {
        let (old, new) = (literal(account), literal(spelling))
        let changed = try sql(
            """
            PRAGMA foreign_keys = OFF;
            UPDATE account SET name = \(new), canonical = \(canonical.map { literal($0) } ?? "NULL") WHERE name = \(old);
            SELECT changes();
            UPDATE app_password SET account = \(new) WHERE account = \(old);
            UPDATE imported SET account = \(new) WHERE account = \(old);
            """)
        guard changed == "1\n" else { throw TestFailure("there is no account \(account)") }
    }

    /// A new account that is stored under an older spelling, even if another one has its canonical form.
    package func addAccount(spelled spelling: String, canonical: String) throws {
        let domain = canonical.split(separator: "@").last.map(String.init) ?? ""
        try sql(
            """
            INSERT INTO account (name, canonical, domain, generation, created)
            VALUES (\(literal(spelling)), \(literal(canonical)), \(literal(domain)), 1, 1)
            """)
    }

    /// All accounts of a domain have this canonical form, as older spellings of one name do.
    package func shareForm(_ canonical: String) throws {
        let domain = canonical.split(separator: "@").last.map(String.init) ?? ""
        try sql("UPDATE account SET canonical = \(literal(canonical)) WHERE domain = \(literal(domain))")
    }

    /// An alias of an account, even one that is no address.
    package func addAlias(_ alias: String, of account: String) throws {
        try sql("INSERT INTO alias VALUES (\(literal(alias)), \(literal(account)))")
    }

    /// The marks of imports are those of a version that kept none for main passwords.
    package func useEarlierImportMarks() throws {
        try sql(
            "UPDATE imported SET generation = NULL, digest = x'00'; DELETE FROM imported WHERE item = 'main-password'")
    }
}
