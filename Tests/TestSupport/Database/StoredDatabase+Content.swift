extension StoredDatabase {
    /// Gives a file a row in each table that is empty, and so many sign-ins of the account that they are copied in pieces.
    package func fillEmptyTables(_ account: String, signIns: Int) throws {
        for table in try tables() where try number("SELECT count(*) FROM \(table)") == 0 {
            let values = try rows("SELECT name, type FROM pragma_table_info('\(table)')").map { column in
                switch (column[0], column[1]) {
                case ("account", _): literal(account)
                case ("kind", _): "'wrong'"
                case (_, "INTEGER"): "-9007199254740993"
                case (_, "BLOB"): "x'00ff27'"
                default: "'a ''quoted'' täxt'"
                }
            }
            try sql("INSERT INTO \(table) VALUES (\(values.joined(separator: ", ")))")
        }
        try sql(
            """
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(signIns))
            INSERT INTO sign_in SELECT \(literal(account)), \(bytes(of: "n", 8)), 'main', 'imap', n, n, 1 FROM number
            """)
    }

    /// Everything in a file but the version of its credentials, sorted.
    package func content() throws -> [String] {
        try sql(".dump").split(separator: "\n").map(String.init).filter { !$0.contains("'credentials'") }.sorted()
    }

    private func tables() throws -> [String] {
        try rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
            .map { $0[0] }
    }
}
