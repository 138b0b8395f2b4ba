/// How many guesses there were, and from when to when.
package struct GuessTally: Sendable {
    package let count: Int
    package let first: Timestamp
    package let last: Timestamp
}

/// The guesses at one name from one network.
package struct GuessGroup: Sendable {
    /// Empty for names that no account can have.
    package let account: String
    package let network: Network
    /// Different secrets, and how many of them were right main passwords that were refused, and wrong codes.
    package let tally: GuessTally
    package let refused: Int
    package let codes: Int
    package let attempts: Int
}

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

    /// Wrong second-factor codes at one account.
    package func codeGuesses(account: String, _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        try tally(Self.codes, [.text(account)], window)
    }

    private func tally(_ query: Query, _ values: [Value], _ window: GuessWindow) throws(StoreError) -> GuessTally? {
        let row = try connection.prepare(query, [.moment(window.end), .moment(window.latest)] + values)
        guard try row.step(), row.integer(0) > 0 else { return nil }
        return GuessTally(
            count: Int(row.integer(0)), first: Timestamp(row.integer(1)), last: Timestamp(row.integer(2)))
    }

    private static let columns = "SELECT count(*), min(first), max(first) FROM"
    private static let within = "first > ?1 AND first <= ?2 AND kind <> 'code'"
    /// By the primary key, not by account and time: names that no account can have are all one name.
    private static let byPair = Query(
        "\(columns) guess WHERE +first > ?1 AND +first <= ?2 AND kind <> 'code' AND account = ?3 AND network = ?4")
    private static let byNetwork = Query("\(columns) guess WHERE \(within) AND network = ?3")
    private static let byAccount = Query(
        """
        \(columns) (SELECT first FROM guess WHERE \(within) AND account = ?3
            ORDER BY first DESC LIMIT ?4)
        """)
    private static let codes = Query(
        "\(columns) guess WHERE first > ?1 AND first <= ?2 AND account = ?3 AND kind = 'code'")

    /// Everything within the window, the newest last.
    package func guessGroups(_ window: GuessWindow) throws(StoreError) -> [GuessGroup] {
        let rows = try connection.prepare(
            """
            SELECT account, network, count(*), min(first), max(first), sum(kind = 'refused'), sum(kind = 'code'),
                sum(count)
            FROM guess WHERE first > ? AND first <= ? GROUP BY account, network ORDER BY max(first), account, network
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

    /// Forgets guesses: those at an account, those from a network, those of both, or all. In effect at once, and on
    /// record.
    ///
    /// - Returns: How many different secrets are forgotten.
    package func forgetGuesses(account: String?, network: Network?, change: Change) throws(StoreError) -> Int {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(
                "DELETE FROM guess WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR network = ?2)",
                [.text(account), network.map { .blob($0.bytes) } ?? .null])
            let count = connection.changes
            if count > 0 { try record(change) }
            return count
        }
    }
}
