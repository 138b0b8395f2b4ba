import SQL

/// The reads of `postern doctor` and `postern report hashes`.
extension Store {
    /// The problems that SQLite finds in the file; empty when it is sound, or the database is on a server.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func integrityProblems() throws(StoreError) -> [String] {
        guard !database.isServer else { return [] }
        let problems = try database.prepare("PRAGMA quick_check(5)").texts()
        return problems == ["ok"] ? [] : problems
    }

    /// Accounts with more than `limit` imported app passwords without a tag, which make wrong attempts expensive.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accountsWithUntagged(moreThan limit: Int) throws(StoreError) -> [(account: String, count: Int64)] {
        let rows = try database.prepare(
            """
            SELECT account, count(*) FROM app_password WHERE hash IS NOT NULL AND kind = 'imported' AND tag IS NULL
            GROUP BY account HAVING count(*) > ? ORDER BY account
            """, [.integer(Int64(limit))])
        var found: [(account: String, count: Int64)] = []
        while try rows.step() { found.append((rows.text(0), rows.integer(1))) }
        return found
    }

    /// A stored hash and its owner.
    package struct StoredHash {
        /// The account's name.
        package let account: String
        /// Id of an app password that is not revoked; nil for the main password.
        package let appPassword: String?
        /// The hash as it is stored.
        package let stored: String
    }

    /// Calls `body` for each hash of a main password or of an app password that is not revoked, sorted by account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func eachHash(_ body: (StoredHash) -> Void) throws(StoreError) {
        let rows = try database.prepare(
            """
            SELECT name, NULL AS id, main_hash FROM account WHERE main_hash IS NOT NULL
            UNION ALL SELECT account, id, hash FROM app_password WHERE hash IS NOT NULL AND revoked IS NULL
            ORDER BY 1, id NULLS FIRST
            """)
        while try rows.step() {
            body(StoredHash(account: rows.text(0), appPassword: rows.optionalText(1), stored: rows.text(2)))
        }
    }
}
