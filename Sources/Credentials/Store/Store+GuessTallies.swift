import SQL

/// The counts that throttling uses. Second-factor codes have a budget of their own. Nil: no guess within the window.
extension Store {
    /// Guesses at one account, or at a name that is no account, from one network.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func guesses(account: String, network: Network, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byPair, [.text(account), .blob(network.bytes)], window)
    }

    /// Guesses from one network at all accounts.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func guesses(network: Network, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byNetwork, [.blob(network.bytes)], window)
    }

    /// Guesses at one account from all networks; only the newest are counted, up to `limit`.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func guesses(account: String, limit: Int, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byAccount, [.text(account), .integer(Int64(limit))], window)
    }

    /// Second-factor codes at one account.
    ///
    /// - Parameter kind: Wrong codes, or codes that were checked before the main password.
    /// - Throws: `StoreError` when the database cannot be read.
    package func codeGuesses(account: String, kind: KnownGuess.Kind = .code, _ window: GuessWindow) throws(StoreError)
        -> GuessTally?
    {
        try tally(Self.codes, [.text(account), .text(kind.rawValue)], window)
    }

    private func tally(_ query: Query, _ values: [Value], _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        let row = try database.prepare(query, [.timestamp(window.end), .timestamp(window.latest)] + values)
        return try row.step() ? Self.tally(row, from: 0) : nil
    }

    static func tally(_ row: borrowing Rows, from first: Int32) -> GuessTally? {
        let count = Int(row.integer(first))
        guard count > 0 else { return nil }
        return GuessTally(
            count: count, first: Timestamp(row.integer(first + 1)), last: Timestamp(row.integer(first + 2)))
    }

    static let tallyColumns = "SELECT count(*), min(looked), max(looked) FROM"
    static let spends = "kind NOT IN ('code', 'early code')"
    private static let within = "looked > ?1 AND looked <= ?2 AND \(spends)"
    /// By the primary key, not by account and time: all names that no account can have share one name.
    private static let byPair = Query(
        "\(tallyColumns) guess WHERE +looked > ?1 AND +looked <= ?2 AND \(spends) AND account = ?3 AND network = ?4")
    private static let byNetwork = Query("\(tallyColumns) guess WHERE \(within) AND network = ?3")
    private static let byAccount = Query(
        """
        \(tallyColumns) (SELECT looked FROM guess WHERE \(within) AND account = ?3
            ORDER BY looked DESC LIMIT ?4) AS newest
        """)
    private static let codes = Query(
        "\(tallyColumns) guess WHERE looked > ?1 AND looked <= ?2 AND account = ?3 AND kind = ?4")

    /// The guesses within the window by account and network, the newest last, without early codes.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func guessGroups(_ window: GuessWindow) throws(StoreError) -> [GuessGroup] {
        let rows = try database.prepare(
            """
            SELECT account, network, count(*), min(looked), max(looked), count(*) FILTER (WHERE kind = 'refused'),
                count(*) FILTER (WHERE kind = 'code'), CAST(sum(count) AS BIGINT)
            FROM guess WHERE looked > ? AND looked <= ? AND kind <> 'early code'
            GROUP BY account, network ORDER BY max(looked), account, network
            """, [.timestamp(window.end), .timestamp(window.latest)])
        var groups: [GuessGroup] = []
        while try rows.step() {
            groups.append(
                GuessGroup(
                    account: rows.text(0), network: Network(bytes: rows.blob(1)),
                    tally: GuessTally(
                        count: Int(rows.integer(2)), first: Timestamp(rows.integer(3)), last: Timestamp(rows.integer(4))
                    ),
                    refused: Int(rows.integer(5)), codes: Int(rows.integer(6)), attempts: Int(rows.integer(7))))
        }
        return groups
    }

    /// Takes guesses out of the budgets: those at an account, those from a network, those of both, or all. This has
    /// effect at once and is recorded as a change. The secrets stay remembered, so that a forgotten phone is not
    /// counted again.
    ///
    /// - Returns: How many different secrets no longer count.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func releaseGuesses(account: String?, network: Network?, _ window: GuessWindow, change: Change)
        throws(StoreError) -> Int
    {
        try write(durable: true) { () throws(StoreError) in
            try database.run(
                """
                UPDATE guess SET looked = 0
                WHERE looked > ?3 AND (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR network = ?2)
                """, [.text(account), .blob(network?.bytes), .timestamp(window.end)])
            let count = database.changes
            if count > 0 { try record(change) }
            return count
        }
    }

    /// A device that still uses the previous main password.
    package struct FormerUse: Sendable {
        /// The account's name, or the name that was tried.
        package let account: String
        /// The network that it comes from.
        package let network: Network
        /// The service that it last asked for.
        package let service: String
        /// When that password was replaced.
        package let until: Timestamp
        /// The first attempt.
        package let first: Timestamp
        /// The last attempt.
        package let last: Timestamp
        /// The number of attempts.
        package let attempts: Int64
    }

    /// The known uses of previous main passwords, of one account or all, the latest last.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func formerUses(account: String?, _ window: GuessWindow) throws(StoreError) -> [FormerUse] {
        let rows = try database.prepare(
            """
            SELECT account, network, service, former, first, last, count FROM guess
            WHERE rank IN (0, 1, 2) AND last > ?2 AND former > 0 AND (?1 IS NULL OR account = ?1)
            ORDER BY last, account, network
            """, [.text(account), .timestamp(window.forgotten)])
        var found: [FormerUse] = []
        while try rows.step() {
            found.append(
                FormerUse(
                    account: rows.text(0), network: Network(bytes: rows.blob(1)), service: rows.text(2),
                    until: Timestamp(rows.integer(3)), first: Timestamp(rows.integer(4)),
                    last: Timestamp(rows.integer(5)), attempts: rows.integer(6)))
        }
        return found
    }
}
