import SQLite

extension Store {
    /// Rows that one new guess takes away with it, so that the table cannot grow for ever.
    private static let prunedPerGuess = 8
    /// Rows of each rank, at some 300 bytes each with their indexes. Over it the oldest of that rank go, and no others: a flood
    /// of names that are no account, or from networks that nobody knows, makes no office's phones forgotten. What counts in a
    /// budget of an account stays: there may be as many more as the budgets of all accounts allow within the window. Rows of
    /// known networks come from where accounts have signed in, so only large sites have many.
    package static func mostGuesses(_ rank: GuessRank) -> Int64 {
        switch rank {
        case .noAccount: 100_000
        case .newNetwork: 200_000
        case .knownNetwork: 500_000
        }
    }
    /// Rows over it that go with one guess: more than come.
    private static let prunedOverMost: Int64 = 64

    /// The same secret at the same account from the same network, if it is remembered.
    package func knownGuess(account: String, network: Network, mac: [UInt8], window: GuessWindow) throws(StoreError)
        -> KnownGuess?
    {
        let row = try database.prepare(
            Self.guessByMAC, [.text(account), .blob(network.bytes), .blob(mac), .moment(window.forgotten)])
        guard try row.step(), let kind = KnownGuess.Kind(rawValue: row.text(0)) else { return nil }
        let former: FormerComparison =
            switch row.optionalInteger(5) {
            case nil: .notCompared
            case 0: .different
            case let until?: .same(until: Timestamp(until))
            }
        return KnownGuess(
            kind: kind, count: row.integer(1), first: Timestamp(row.integer(2)),
            look: GuessLook(
                secretsGeneration: row.integer(3), memoryLimit: row.integer(4), isMapped: row.flag(6)), former: former,
            isCounted: row.flag(7))
    }

    private static let guessByMAC = Query(
        """
        SELECT kind, count, first, secrets, memory_limit, former, mapped, counted FROM guess
        WHERE account = ? AND network = ? AND mac = ? AND last > ?
        """)

    /// Records attempts in one commit.
    package func count(_ guesses: [NewGuess]) throws(StoreError) -> [CountedGuess] {
        try write(durable: false) { () throws(StoreError) in
            var counted: [CountedGuess] = []
            for guess in guesses {
                let record = try recordGuess(guess)
                let isAlarm = try guess.alarm.map { retention throws(StoreError) in
                    try raiseAlarm(
                        account: guess.account, network: guess.network, now: guess.window.now, retention)
                }
                counted.append(CountedGuess(record: record, isAlarm: isAlarm ?? false))
            }
            return counted
        }
    }

    /// Records an attempt with this secret.
    package func recordGuess(_ guess: NewGuess) throws(StoreError) -> GuessRecord {
        let window = guess.window
        return try write(durable: false) { () throws(StoreError) in
            let key = [Value.text(guess.account), .blob(guess.network.bytes), .blob(guess.mac)]
            let known = try knownGuess(
                account: guess.account, network: guess.network, mac: guess.mac, window: window)
            if let known {
                try database.run(
                    Self.recordAgain, key + [.moment(window.now), .integer(guess.rank.rawValue), .text(guess.service)])
                if guess.isLooked {
                    try database.run(
                        Self.renewLook,
                        key + [
                            .moment(window.now), .text(guess.kind.rawValue),
                            .integer(guess.look.secretsGeneration), .integer(guess.look.memoryLimit),
                            .flag(guess.look.isMapped),
                        ])
                }
                return .repeated(known)
            }
            let isFirst = try isFirst(guess)
            let isCounted = guess.kind == .wrong && !isFirst
            try database.run(
                Self.addGuess,
                key + [
                    .text(guess.kind.rawValue), .integer(guess.look.secretsGeneration),
                    .integer(guess.look.memoryLimit), .flag(isCounted), .integer(guess.rank.rawValue),
                    .text(guess.service), .moment(window.now), .flag(guess.look.isMapped),
                ])
            try pruneGuesses(window, most: Self.prunedPerGuess)
            try database.run(
                Self.pruneSurplus,
                [
                    .integer(Self.prunedOverMost), .integer(Self.mostGuesses(guess.rank)),
                    .integer(guess.rank.rawValue), .moment(guess.rank == .noAccount ? window.latest : window.end),
                ])
            return isFirst ? .first : .counted
        }
    }

    /// Whether no other secret is remembered of this account and network, nor too many accounts' firsts of the network.
    private func isFirst(_ guess: NewGuess) throws(StoreError) -> Bool {
        guard let limit = guess.freeFirsts else { return false }
        let isRemembered = try database.prepare(
            Self.othersOfPair,
            [.text(guess.account), .blob(guess.network.bytes), .moment(guess.window.forgotten), .blob(guess.mac)]
        ).step()
        guard !isRemembered else { return false }
        let row = try database.prepare(
            Self.firstsOfNetwork,
            [.blob(guess.network.bytes), .moment(guess.window.end), .moment(guess.window.latest)])
        return try row.step() && row.integer(0) < Int64(limit)
    }

    private static let othersOfPair = Query(
        """
        SELECT 1 FROM guess
        WHERE account = ?1 AND network = ?2 AND last > ?3 AND mac <> ?4 AND kind = 'wrong' LIMIT 1
        """)
    private static let firstsOfNetwork = Query(
        """
        SELECT count(*) FROM guess
        WHERE network = ?1 AND looked > ?2 AND first > ?2 AND first <= ?3 AND kind = 'wrong' AND counted = 0
        """)

    /// Once: a second note changes nothing.
    ///
    /// - Returns: Whether this is new.
    package func note(_ former: FormerNote) throws(StoreError) -> Bool {
        try write(durable: false) { () throws(StoreError) in
            try database.run(
                Self.setFormer,
                [
                    .text(former.account.text), .blob(former.network.bytes), .blob(former.mac),
                    .integer(former.until?.seconds ?? 0),
                ])
            return database.changes == 1
        }
    }

    private static let setFormer = Query(
        "UPDATE guess SET former = ?4 WHERE account = ?1 AND network = ?2 AND mac = ?3 AND former IS NULL")

    /// Takes away some of the guesses that are too old, or so far ahead that the clock was wrong.
    ///
    /// - Returns: How many.
    @discardableResult
    package func pruneGuesses(_ window: GuessWindow, most: Int) throws(StoreError) -> Int {
        try write(durable: false) { () throws(StoreError) in
            // Not those a second ahead: another process may have read the clock later.
            let ahead = window.now.adding(seconds: window.memory)
            var count = 0
            for (query, limit) in [(Self.pruneOld, window.forgotten), (Self.pruneAhead, ahead)] {
                try database.run(query, [.moment(limit), .integer(Int64(most))])
                count += database.changes
            }
            return count
        }
    }

    private static let recordAgain = Query(
        """
        UPDATE guess SET count = count + 1, last = ?4, rank = max(rank, ?5), service = ?6
        WHERE account = ?1 AND network = ?2 AND mac = ?3
        """)
    private static let renewLook = Query(
        """
        UPDATE guess SET looked = ?4, kind = ?5, secrets = ?6, memory_limit = ?7, mapped = ?8
        WHERE account = ?1 AND network = ?2 AND mac = ?3
        """)
    /// In place of one that is forgotten and still there.
    private static let addGuess = Query(
        """
        INSERT INTO guess
            (account, network, mac, kind, secrets, memory_limit, counted, rank, service, first, looked, last, count,
                mapped)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10, 1, ?11)
        ON CONFLICT (account, network, mac) DO UPDATE SET kind = excluded.kind, secrets = excluded.secrets,
            memory_limit = excluded.memory_limit, counted = excluded.counted, rank = excluded.rank,
            service = excluded.service, first = excluded.first, looked = excluded.looked, last = excluded.last,
            mapped = excluded.mapped, count = 1, former = NULL
        """)
    private static let pruneOld = prune("last <= ?1")
    private static let pruneAhead = prune("last > ?1")

    private static func prune(_ condition: String) -> Query {
        Query(
            """
            DELETE FROM guess WHERE (account, network, mac) IN
                (SELECT account, network, mac FROM guess WHERE rank IN (0, 1, 2) AND \(condition) LIMIT ?2)
            """)
    }

    private static let pruneSurplus = Query(
        """
        DELETE FROM guess WHERE (account, network, mac) IN (
            SELECT account, network, mac FROM guess WHERE rank = ?3 AND last <= ?4 ORDER BY last
            LIMIT max(0, min(?1, (SELECT rows FROM guess_count WHERE rank = ?3) - ?2)))
        """)
}
