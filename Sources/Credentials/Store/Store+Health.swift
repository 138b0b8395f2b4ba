/// For `postern doctor`.
extension Store {
    /// What SQLite finds wrong with the file; empty when it is sound.
    package func integrityProblems() throws(StoreError) -> [String] {
        let rows = try connection.prepare("PRAGMA quick_check(5)")
        var problems: [String] = []
        while try rows.step() { problems.append(rows.text(0)) }
        return problems == ["ok"] ? [] : problems
    }

    /// Accounts whose imported app passwords make wrong attempts expensive.
    package func accountsWithUntagged(moreThan limit: Int) throws(StoreError) -> [(account: String, count: Int64)] {
        let rows = try connection.prepare(
            """
            SELECT account, count(*) FROM app_password WHERE hash IS NOT NULL AND kind = 'imported' AND tag IS NULL
            GROUP BY account HAVING count(*) > ? ORDER BY account
            """, [.integer(Int64(limit))])
        var found: [(account: String, count: Int64)] = []
        while try rows.step() { found.append((rows.text(0), rows.integer(1))) }
        return found
    }
}
