import SQLite

/// What throttling counts: codes have a budget of their own. Nil: nothing within the window.
extension Store {
    /// At one account (or name) from one network.
    package func guesses(account: String, network: Network, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byPair, [.text(account), .blob(network.bytes)], window)
    }

    /// From one network.
    package func guesses(network: Network, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byNetwork, [.blob(network.bytes)], window)
    }

    /// At one account, of which the newest are counted up to a limit.
    package func guesses(account: String, limit: Int, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.byAccount, [.text(account), .integer(Int64(limit))], window)
    }

    /// Second-factor codes at one account.
    ///
    /// - Parameter kind: Wrong ones, or those that were looked at before the main password.
    package func codeGuesses(account: String, kind: KnownGuess.Kind = .code, _ window: GuessWindow) throws(StoreError)
        -> GuessTally?
    {
        try tally(Self.codes, [.text(account), .text(kind.rawValue)], window)
    }

    private func tally(_ query: Query, _ values: [Value], _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        let row = try database.prepare(query, [.moment(window.end), .moment(window.latest)] + values)
        guard try row.step(), row.integer(0) > 0 else { return nil }
        return GuessTally(
            count: Int(row.integer(0)), first: Timestamp(row.integer(1)), last: Timestamp(row.integer(2)))
    }

    private static let columns = "SELECT count(*), min(looked), max(looked) FROM"
    private static let spends = "kind NOT IN ('code', 'early code')"
    private static let within = "looked > ?1 AND looked <= ?2 AND \(spends)"
    /// By the primary key, not by account and time: names that no account can have are all one name.
    private static let byPair = Query(
        "\(columns) guess WHERE +looked > ?1 AND +looked <= ?2 AND \(spends) AND account = ?3 AND network = ?4")
    private static let byNetwork = Query("\(columns) guess WHERE \(within) AND network = ?3")
    private static let byAccount = Query(
        """
        \(columns) (SELECT looked FROM guess WHERE \(within) AND account = ?3
            ORDER BY looked DESC LIMIT ?4)
        """)
    private static let codes = Query(
        "\(columns) guess WHERE looked > ?1 AND looked <= ?2 AND account = ?3 AND kind = ?4")

    /// Everything within the window, the newest last.
    package func guessGroups(_ window: GuessWindow) throws(StoreError) -> [GuessGroup] {
        let rows = try database.prepare(
            """
            SELECT account, network, count(*), min(looked), max(looked), sum(kind = 'refused'), sum(kind = 'code'),
                sum(count)
            FROM guess WHERE looked > ? AND looked <= ? AND kind <> 'early code'
            GROUP BY account, network ORDER BY max(looked), account, network
            """, [.moment(window.end), .moment(window.latest)])
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

    /// Takes guesses out of the budgets: those at an account, those from a network, those of both, or all. In effect at
    /// once, and on record. The secrets stay remembered: a forgotten phone is not counted anew.
    ///
    /// - Returns: How many different secrets count no longer.
    package func releaseGuesses(account: String?, network: Network?, _ window: GuessWindow, change: Change)
        throws(StoreError) -> Int
    {
        try write(durable: true) { () throws(StoreError) in
            try database.run(
                """
                UPDATE guess SET looked = 0
                WHERE looked > ?3 AND (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR network = ?2)
                """, [.text(account), network.map { .blob($0.bytes) } ?? .null, .moment(window.end)])
            let count = database.changes
            if count > 0 { try record(change) }
            return count
        }
    }

    /// A device that goes on using the main password before the present one.
    package struct FormerUse: Sendable {
        package let account: String
        package let network: Network
        package let service: String
        /// When that password was replaced.
        package let until: Timestamp
        package let first: Timestamp
        package let last: Timestamp
        package let attempts: Int64
    }

    /// Those that are known, of one account or all, the latest last.
    package func formerUses(account: String?, _ window: GuessWindow) throws(StoreError) -> [FormerUse] {
        let rows = try database.prepare(
            """
            SELECT account, network, service, former, first, last, count FROM guess
            WHERE rank IN (0, 1, 2) AND last > ?2 AND former > 0 AND (?1 IS NULL OR account = ?1)
            ORDER BY last, account, network
            """, [.text(account), .moment(window.forgotten)])
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
