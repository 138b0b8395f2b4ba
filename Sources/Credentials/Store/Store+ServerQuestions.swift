import SQL

/// The questions of attempts on a database server: one statement for many, because each one takes a round trip. A
/// statement sees everything that was committed before it was sent.
extension Store {
    func answer(_ questions: [FirstQuestion], on server: any DatabaseServer) throws(StoreError) -> [Result<
        FirstAnswer, StoreError
    >] {
        let names = questions.map { AccountName(stored: $0.name.spelling ?? $0.name.text) }
        let verifiers = zip(names, questions).map { $1.secret?.verifier(account: $0, keys) }
        let rows = Rows.server(
            try server.run(kept: Self.firstLooks, [.texts(names.map(\.text)), .blobs(verifiers)]))
        var answers: [Result<FirstAnswer, StoreError>?] = []
        while try rows.step() {
            let index = try place(rows, Self.firstPlace, count: questions.count)
            guard index == answers.count else { throw Self.misplaced }
            let isAccount = rows.optionalInteger(0) != nil
            let isAppPassword = rows.optionalText(Self.stateColumnCount + 1) != nil
            answers.append(
                isAccount
                    ? Result { () throws(StoreError) in
                        FirstAnswer(
                            account: try self.account(rows, names[index]),
                            appPassword: isAppPassword
                                ? try self.appPassword(rows, of: names[index], from: Self.stateColumnCount) : nil)
                    } : nil)
        }
        guard answers.count == questions.count else { throw Self.misplaced }
        return try others(answers, questions)
    }

    /// Answers those who were not found by their stored name: by another spelling of it, or not at all.
    private func others(_ answers: [Result<FirstAnswer, StoreError>?], _ questions: [FirstQuestion])
        throws(StoreError) -> [Result<FirstAnswer, StoreError>]
    {
        guard answers.contains(where: { $0 == nil }) else { return answers.compactMap(\.self) }
        // That takes longer.
        guard database.server?.haste == nil else { throw .late }
        return try read { () throws(StoreError) in
            zip(answers, questions).map { answer, question in
                answer ?? Result { () throws(StoreError) in try found(question) }
            }
        }
    }

    func answer(_ questions: [SecondQuestion], on server: any DatabaseServer) throws(StoreError) -> [Result<
        SecondAnswer, StoreError
    >] {
        let accounts = Column.texts(questions.map(\.account.text))
        let tags = questions.map { $0.secret.tags(account: $0.account, keys) }
        var slow = [Result<(slow: [SlowCandidate], asked: AppPassword?), StoreError>](
            repeating: .success(([], nil)), count: questions.count)
        do {
            let rows = Rows.server(
                try server.run(
                    kept: Self.slowLooks,
                    [
                        accounts, .integers(tags.map(\.compact)), .integers(tags.map(\.raw)),
                        .texts(questions.map(\.appPasswordID)),
                    ]))
            while try rows.step() {
                let index = try place(rows, Self.slowPlace, count: questions.count)
                guard case .success(var found) = slow[index] else { continue }
                slow[index] = Result { () throws(StoreError) in
                    let appPassword = try appPassword(rows, of: questions[index].account)
                    if rows.flag(Self.slowPlace + 1) {
                        found.asked = appPassword
                    } else {
                        found.slow.append(Self.slowCandidate(appPassword, rows))
                    }
                    return found
                }
            }
        }
        let rows = Rows.server(
            try server.run(
                kept: Self.secondLooks,
                [
                    accounts, .blobs(questions.map(\.network.bytes)), .blobs(questions.map(\.mac)),
                    .blobs(questions.map(\.refusedMAC)), .integers(questions.map { $0.isTrusted ? 1 : 0 }),
                    .integers(questions.map { Int64($0.accountLimit) }),
                    .integers(questions.map(\.window.end.seconds)), .integers(questions.map(\.window.latest.seconds)),
                    .integers(questions.map(\.window.forgotten.seconds)),
                ]))
        var answers: [Result<SecondAnswer, StoreError>] = []
        while try rows.step() {
            let index = try place(rows, Self.secondPlace, count: questions.count)
            guard index == answers.count else { throw Self.misplaced }
            answers.append(slow[index].map { Self.secondAnswer(rows, $0.slow, $0.asked) })
        }
        guard answers.count == questions.count else { throw Self.misplaced }
        return answers
    }

    private static func secondAnswer(_ row: borrowing Rows, _ slow: [SlowCandidate], _ asked: AppPassword?)
        -> SecondAnswer
    {
        SecondAnswer(
            knowsNetwork: row.flag(0), ofBoth: tally(row, from: 1), ofNetwork: tally(row, from: 4),
            ofAccount: tally(row, from: 7), earlyCodes: tally(row, from: 10), known: knownGuess(row, from: 13),
            isRefusalKnown: row.flag(21), appPassword: asked, slow: slow)
    }

    /// The number of the question that a row answers, from 0. An answer must never reach another attempt.
    func place(_ row: borrowing Rows, _ column: Int32, count: Int) throws(StoreError) -> Int {
        let place = Int(row.integer(column)) - 1
        guard (0..<count).contains(place) else { throw Self.misplaced }
        return place
    }

    static let misplaced = StoreError.corrupt(message: "an answer is missing")

    private static let firstLooks = Query(
        """
        SELECT \(stateColumns), \(appPasswordColumns), k.place
        FROM unnest(?, ?) WITH ORDINALITY AS k (name, verifier, place)
            LEFT JOIN LATERAL (SELECT * FROM account WHERE name = k.name LIMIT 1) AS a ON true
            LEFT JOIN LATERAL (SELECT * FROM domain WHERE name = a.domain LIMIT 1) AS d ON true
            LEFT JOIN LATERAL (SELECT * FROM app_password WHERE verifier = k.verifier LIMIT 1) AS p
                ON p.account = k.name AND p.kind = 'generated'
        ORDER BY k.place
        """)
    private static let firstPlace = stateColumnCount + appPasswordColumnCount

    private static let slowLooks = Query(
        """
        SELECT \(appPasswordColumns), k.place, p.is_asked
        FROM unnest(?, ?, ?, ?) WITH ORDINALITY AS k (account, compact, raw, id, place)
            CROSS JOIN LATERAL (
                SELECT *, false AS is_asked FROM app_password WHERE account = k.account AND hash IS NOT NULL
                    AND (kind = 'compact' AND tag = k.compact OR kind = 'imported' AND (tag = k.raw OR tag IS NULL))
                UNION ALL SELECT *, true FROM app_password WHERE account = k.account AND id = k.id
            ) AS p
        ORDER BY k.place, p.tag IS NULL, p.revoked IS NOT NULL, p.id
        """)
    private static let slowPlace = appPasswordColumnCount

    /// What the single questions ask, with the same exceptions: see `found`.
    private static let secondLooks = Query(
        """
        SELECT s.known, b.*, n.*, c.*, e.*, g.*, r.known, k.place
        FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY
                AS k (account, network, mac, refused, trusted, account_limit, past, latest, forgotten, place)
            CROSS JOIN LATERAL (
                SELECT EXISTS (SELECT 1 FROM sign_in WHERE account = k.account AND network = k.network) AS known) AS s
            CROSS JOIN LATERAL (
                \(tallyColumns) guess WHERE account = k.account AND network = k.network
                    AND +looked > k.past AND +looked <= k.latest AND \(spends)) AS b
            CROSS JOIN LATERAL (
                \(tallyColumns) guess WHERE NOT s.known AND k.trusted = 0 AND network = k.network
                    AND looked > k.past AND looked <= k.latest AND \(spends)) AS n
            CROSS JOIN LATERAL (
                \(tallyColumns) (
                    SELECT looked FROM guess WHERE NOT s.known AND k.account <> '' AND account = k.account
                        AND looked > k.past AND looked <= k.latest AND \(spends)
                    ORDER BY looked DESC LIMIT k.account_limit) AS newest) AS c
            CROSS JOIN LATERAL (
                \(tallyColumns) guess WHERE NOT s.known AND account = k.account
                    AND looked > k.past AND looked <= k.latest AND kind = 'early code') AS e
            LEFT JOIN LATERAL (
                \(knownColumns) WHERE account = k.account AND network = k.network AND mac = k.mac
                    AND last > k.forgotten LIMIT 1) AS g ON true
            CROSS JOIN LATERAL (
                SELECT EXISTS (SELECT 1 FROM guess WHERE account = k.account AND network = k.network
                    AND mac = k.refused AND last > k.forgotten) AS known) AS r
        ORDER BY k.place
        """)
    private static let secondPlace: Int32 = 22
}
