import SQL

/// Guesses on a database server.
extension Store {
    /// Counts those guesses that are remembered already, in one statement, without waiting for other writers.
    ///
    /// - Returns: What was known of each; nil: it is still to be counted.
    func countAgain(_ guesses: [NewGuess], on server: any DatabaseServer) throws(StoreError) -> [KnownGuess?] {
        // The others write more.
        let simple = guesses.filter(\.isSimple)
        guard !simple.isEmpty else { return guesses.map { _ in nil } }
        let rows = Rows.server(
            try server.run(
                kept: Self.countAgain,
                [
                    .texts(simple.map(\.account)), .blobs(simple.map(\.network.bytes)), .blobs(simple.map(\.mac)),
                    .integers(simple.map(\.rank.rawValue)), .texts(simple.map(\.service)),
                    .integers(simple.map(\.window.now.seconds)), .integers(simple.map(\.window.forgotten.seconds)),
                ]))
        var known: [[[UInt8]]: KnownGuess] = [:]
        while try rows.step() {
            known[[Array(rows.text(8).utf8), rows.blob(9), rows.blob(10)]] = Self.knownGuess(rows, from: 0)
        }
        return guesses.map { guess in
            let key = [Array(guess.account.utf8), guess.network.bytes, guess.mac]
            guard guess.isSimple, let found = known[key] else { return nil }
            known[key] = found.repeated
            return found
        }
    }

    /// Takes only rows that nobody else changes now, so that it never waits, and only those whose rank stays, which
    /// `guess_count` does not have to follow.
    private static let countAgain = Query(
        """
        WITH tried AS MATERIALIZED (
            SELECT account, network, mac, count(*) AS times, max(rank) AS rank, max(now) AS now,
                max(forgotten) AS forgotten, (array_agg(service ORDER BY number DESC))[1] AS service
            FROM unnest(?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY
                AS k (account, network, mac, rank, service, now, forgotten, number)
            GROUP BY account, network, mac
        ), held AS MATERIALIZED (
            SELECT h.account, h.network, h.mac, t.times, t.now, t.service FROM tried AS t CROSS JOIN LATERAL (
                SELECT account, network, mac FROM guess WHERE account = t.account AND network = t.network
                    AND mac = t.mac AND last > t.forgotten AND rank >= t.rank
                LIMIT 1 FOR UPDATE SKIP LOCKED) AS h
        )
        UPDATE guess AS g SET count = g.count + h.times, last = h.now, service = h.service
        FROM held AS h WHERE g.account = h.account AND g.network = h.network AND g.mac = h.mac
        RETURNING g.kind, g.count - h.times, g.first, g.secrets, g.memory_limit, g.former, g.mapped, g.counted,
            g.account, g.network, g.mac
        """)
}

extension NewGuess {
    /// Whether a repeat of it is only a number.
    fileprivate var isSimple: Bool { !isLooked && alarm == nil }
}

extension KnownGuess {
    /// The same after one more attempt.
    fileprivate var repeated: KnownGuess {
        KnownGuess(kind: kind, count: count + 1, first: first, look: look, former: former, isCounted: isCounted)
    }
}
