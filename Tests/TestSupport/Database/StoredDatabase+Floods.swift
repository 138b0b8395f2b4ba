package import Credentials

/// Wrong secrets by the ten thousand, and the loss of memory of secrets.
extension StoredDatabase {
    /// A flood at one time: one wrong secret each from many networks.
    package func flood(_ rank: GuessRank, count: Int64, at time: Timestamp) throws {
        let name = rank == .noAccount ? "''" : "'user' || (value % 5000) || '@example.org'"
        try sql(
            """
            INSERT INTO guess (account, network, mac, kind, secrets, memory_limit, mapped, counted, rank, service, first,
                looked, last, count)
            SELECT \(name), \(bytes(of: "value", 4)), \(bytes(of: "value", 8)), 'wrong', 0, 0, 0, 1,
                \(rank.rawValue), 'imap', \(time.seconds), \(time.seconds), \(time.seconds), 1
            FROM generate_series(1, \(count)) AS value
            """)
    }

    /// One network tried one wrong secret each for many names, within a few seconds.
    package func addGuesses(_ rank: GuessRank, count: Int64, before time: Timestamp) throws {
        try sql(
            """
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(count) - 1)
            INSERT INTO guess SELECT 'a' || i, \(literal([203, 0, 113, 1])), \(bytes(of: "\(rank.rawValue) * 1000000 + i", 16)), 'wrong', 0, 0, 0, 1, \(rank.rawValue), 'imap',
                \(time.seconds) - 1 - i % 7, \(time.seconds) - 1, \(time.seconds) - 1 - i % 7, 1, NULL
            FROM n
            """)
    }

    /// The database's tallies count this many wrong secrets of each of these ranks.
    package func setTallies(_ ranks: [GuessRank], to count: Int) throws {
        let numbers = ranks.map { "\($0.rawValue)" }.joined(separator: ", ")
        try sql("UPDATE guess_count SET rows = \(count) WHERE rank IN (\(numbers))")
    }

    /// All wrong secrets are forgotten.
    package func forgetGuesses() throws { try sql("DELETE FROM guess") }

    /// All used TOTP codes are forgotten, so that they can be used again.
    package func forgetUsedSteps() throws { try sql("DELETE FROM used_step") }
}
