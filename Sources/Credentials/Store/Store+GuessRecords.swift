import SQL

extension Store {
    /// A remembered secret that opened nothing. The secret itself is not stored.
    package struct RememberedGuess: Sendable {
        /// Why it opened nothing.
        package let kind: KnownGuess.Kind
        /// The network that it came from.
        package let network: Network
        /// The service that it last asked for.
        package let service: String
        /// The first attempt.
        package let first: Timestamp
        /// The last attempt.
        package let last: Timestamp
        /// The number of attempts.
        package let attempts: Int64
        /// Whether it is the previous main password.
        package let isFormer: Bool
    }

    /// The remembered guesses at one account, the last one first.
    ///
    /// - Parameter limit: Maximum number of them.
    /// - Throws: `StoreError` when the database cannot be read.
    package func rememberedGuesses(account: AccountName, limit: Int) throws(StoreError) -> [RememberedGuess] {
        let rows = try database.prepare(Self.guessesOfAccount, [.text(account.text), .integer(Int64(limit))])
        var found: [RememberedGuess] = []
        while try rows.step() {
            guard let kind = KnownGuess.Kind(rawValue: rows.text(0)) else { continue }
            found.append(
                RememberedGuess(
                    kind: kind, network: Network(bytes: rows.blob(1)), service: rows.text(2),
                    first: Timestamp(rows.integer(3)), last: Timestamp(rows.integer(4)), attempts: rows.integer(5),
                    isFormer: rows.integer(6) > 0))
        }
        return found
    }

    private static let guessesOfAccount = Query(
        """
        SELECT kind, network, service, first, last, count, coalesce(former, 0) FROM guess
        WHERE account = ? AND kind <> 'early code' ORDER BY last DESC LIMIT ?
        """)
}
