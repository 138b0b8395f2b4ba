import SQL

extension Store {
    /// Forgotten rows that one new guess deletes, so that the table cannot grow without limit.
    private static let prunedPerGuess = 8
    /// Maximum rows of a rank, at some 300 bytes each with their indexes. Above it the oldest rows of that rank are
    /// deleted, and no others: a flood of names that are no account, or from unknown networks, does not make Postern
    /// forget an office's phones. Rows that count in an account's budget stay, so there may be as many more as the
    /// budgets of all accounts allow within the window. Rows of known networks come from where accounts have signed in,
    /// so only large sites have many.
    package static func maxGuesses(_ rank: GuessRank) -> Int64 {
        switch rank {
        case .noAccount: 100_000
        case .newNetwork: 200_000
        case .knownNetwork: 500_000
        }
    }
    /// Rows above the maximum that one guess deletes: more than it adds.
    private static let prunedOverMax: Int64 = 64

    /// What is remembered of the same secret at the same account from the same network; nil: nothing.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func knownGuess(account: String, network: Network, mac: [UInt8], window: GuessWindow) throws(StoreError)
        -> KnownGuess?
    {
        let row = try database.prepare(
            Self.guessByMAC, [.text(account), .blob(network.bytes), .blob(mac), .timestamp(window.forgotten)])
        return try row.step() ? Self.knownGuess(row, from: 0) : nil
    }

    static func knownGuess(_ row: borrowing Rows, from start: Int32) -> KnownGuess? {
        guard let kind = KnownGuess.Kind(rawValue: row.text(start)) else { return nil }
        let former: FormerComparison =
            switch row.optionalInteger(start + 5) {
            case nil: .notCompared
            case 0: .different
            case let until?: .same(until: Timestamp(until))
            }
        return KnownGuess(
            kind: kind, count: row.integer(start + 1), first: Timestamp(row.integer(start + 2)),
            look: GuessLook(
                secretsGeneration: row.integer(start + 3), memoryLimit: row.integer(start + 4),
                isMapped: row.flag(start + 6)),
            former: former, isCounted: row.flag(start + 7))
    }

    static let knownColumns = "SELECT kind, count, first, secrets, memory_limit, former, mapped, counted FROM guess"
    private static let guessByMAC = Query(
        """
        \(knownColumns) WHERE account = ? AND network = ? AND mac = ? AND last > ?
        """)

    /// Records guesses, with the alarms that they raise, in one commit.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func count(_ guesses: [NewGuess]) throws(StoreError) -> [CountedGuess] {
        var known: [KnownGuess?] = guesses.map { _ in nil }
        if let server = database.server {
            known = try countAgain(guesses, on: server)
            let counted = known.compactMap { $0.map { CountedGuess(record: .repeated($0), isAlarm: false) } }
            if counted.count == guesses.count { return counted }
        }
        return try write(durable: false) { () throws(StoreError) in
            var counted: [CountedGuess] = []
            for (guess, known) in zip(guesses, known) {
                let record: GuessRecord = if let known { .repeated(known) } else { try recordGuess(guess) }
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
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func recordGuess(_ guess: NewGuess) throws(StoreError) -> GuessRecord {
        let window = guess.window
        return try write(durable: false) { () throws(StoreError) in
            let key = [Value.text(guess.account), .blob(guess.network.bytes), .blob(guess.mac)]
            let known = try knownGuess(
                account: guess.account, network: guess.network, mac: guess.mac, window: window)
            if let known {
                try database.run(
                    Self.recordAgain,
                    key + [.timestamp(window.now), .integer(guess.rank.rawValue), .text(guess.service)])
                if guess.isLooked {
                    try database.run(
                        Self.renewLook,
                        key + [
                            .timestamp(window.now), .text(guess.kind.rawValue),
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
                    .text(guess.service), .timestamp(window.now), .flag(guess.look.isMapped),
                ])
            try pruneGuesses(window, limit: Self.prunedPerGuess)
            try database.run(
                Self.pruneSurplus,
                [
                    .integer(Self.prunedOverMax), .integer(Self.maxGuesses(guess.rank)),
                    .integer(guess.rank.rawValue), .timestamp(guess.rank == .noAccount ? window.latest : window.end),
                ])
            return isFirst ? .first : .counted
        }
    }

    /// Whether no other wrong secret is remembered for this account and network, and the network has not used up the
    /// firsts of its accounts.
    private func isFirst(_ guess: NewGuess) throws(StoreError) -> Bool {
        guard let limit = guess.freeFirsts else { return false }
        let isRemembered = try database.prepare(
            Self.othersOfPair,
            [.text(guess.account), .blob(guess.network.bytes), .timestamp(guess.window.forgotten), .blob(guess.mac)]
        ).step()
        guard !isRemembered else { return false }
        let row = try database.prepare(
            Self.firstsOfNetwork,
            [.blob(guess.network.bytes), .timestamp(guess.window.end), .timestamp(guess.window.latest)])
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

    /// Records whether a guess is the previous main password, once: a second note changes nothing.
    ///
    /// - Returns: Whether this is new.
    /// - Throws: `StoreError` when the database cannot be read or written.
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

    /// Deletes at most `limit` guesses that are too old, and as many that are so far ahead that the clock was wrong.
    ///
    /// - Returns: How many were deleted.
    /// - Throws: `StoreError` when the database cannot be read or written.
    @discardableResult
    package func pruneGuesses(_ window: GuessWindow, limit: Int) throws(StoreError) -> Int {
        try write(durable: false) { () throws(StoreError) in
            // Guesses that are a second ahead stay: another process may have read the clock later.
            let ahead = window.now.adding(seconds: window.memory)
            var count = 0
            for (query, bound) in [(Self.pruneOld, window.forgotten), (Self.pruneAhead, ahead)] {
                try database.run(query, [.timestamp(bound), .integer(Int64(limit))])
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
    /// Replaces a row that is forgotten but not yet deleted.
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
