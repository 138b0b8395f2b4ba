import SQL

/// Granted sign-ins on a database server: the same as `mark` for each, in a few statements for all.
extension Store {
    func mark(_ signIns: [(SignIn, Timestamp)], _ retention: Retention, on server: any DatabaseServer)
        throws(StoreError)
    {
        guard !signIns.isEmpty else { return }
        let (due, new) = try dueMarks(signIns, server)
        guard let latest = due.map(\.1).max() else { return }
        try write(durable: false) { () throws(StoreError) in
            _ = try server.run(Self.markAll, Self.ways(due) + [.integers(due.map(\.1.seconds))])
            if !new.isEmpty {
                try forgetSignIns(
                    .server(
                        try server.run(
                            Self.surplusOfAccounts,
                            [
                                .texts(Array(Set(new.map(\.account.text)))),
                                .integers([Int64(retention.maxEntries)]),
                            ])))
                try pruneSignIns(retention, now: latest, limit: Self.prunedPerEntry * new.count)
            }
            let smtp = due.filter { $0.0.service == .smtp }
            guard !smtp.isEmpty else { return }
            _ = try server.run(Self.markSMTPGrants, Self.grants(smtp) + [.integers(smtp.map(\.1.seconds))])
            try pruneSMTPGrants(now: latest, entries: smtp.count)
        }
    }

    /// Those sign-ins that should be recorded again, and those of them that were never recorded.
    private func dueMarks(_ signIns: [(SignIn, Timestamp)], _ server: any DatabaseServer) throws(StoreError) -> (
        due: [(SignIn, Timestamp)], new: [SignIn]
    ) {
        let rows = Rows.server(
            try server.run(
                Self.lastMarks, Self.ways(signIns) + Self.grants(signIns).dropFirst()))
        var due: [(SignIn, Timestamp)] = []
        var new: [SignIn] = []
        while try rows.step() {
            let (signIn, at) = signIns[try place(rows, 2, count: signIns.count)]
            let (last, granted) = (rows.timestamp(0), rows.timestamp(1))
            let isDue =
                Self.isDue(last, now: at) || signIn.service == .smtp && Self.isDue(granted, now: at)
            if isDue { due.append((signIn, at)) }
            if last == nil { new.append(signIn) }
        }
        return (due, new)
    }

    /// The key of `sign_in`.
    private static func ways(_ signIns: [(SignIn, Timestamp)]) -> [Column] {
        [
            .texts(signIns.map(\.0.account.text)), .blobs(signIns.map { Network(of: $0.0.address).bytes }),
            .texts(signIns.map(\.0.recorded)), .texts(signIns.map(\.0.service.rawValue)),
        ]
    }

    /// The key of `smtp_grant`, and the generation.
    private static func grants(_ signIns: [(SignIn, Timestamp)]) -> [Column] {
        [
            .texts(signIns.map(\.0.account.text)), .blobs(signIns.map { $0.0.address?.bytes ?? [] }),
            .texts(signIns.map(\.0.credential)), .integers(signIns.map(\.0.generation)),
        ]
    }

    private static let lastMarks = """
        SELECT s.last, g.last, k.place
        FROM unnest(?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY
                AS k (account, network, recorded, service, address, credential, generation, place)
            LEFT JOIN LATERAL (
                SELECT last FROM sign_in WHERE account = k.account AND network = k.network
                    AND credential = k.recorded AND service = k.service LIMIT 1) AS s ON true
            LEFT JOIN LATERAL (
                SELECT last FROM smtp_grant WHERE account = k.account AND address = k.address
                    AND credential = k.credential AND generation = k.generation LIMIT 1) AS g ON k.service = 'smtp'
        ORDER BY k.place
        """
    private static let markAll = """
        INSERT INTO sign_in AS s (account, network, credential, service, first, last)
        SELECT a.name, k.network, k.credential, k.service, max(k.at), max(k.at)
        FROM unnest(?, ?, ?, ?, ?) AS k (account, network, credential, service, at)
            CROSS JOIN LATERAL (SELECT name FROM account WHERE name = k.account LIMIT 1) AS a
        GROUP BY a.name, k.network, k.credential, k.service
        ON CONFLICT (account, network, credential, service) DO UPDATE SET last = excluded.last, count = s.count + 1
        """
    private static let surplusOfAccounts = """
        SELECT s.* FROM unnest(?1) AS k (account) CROSS JOIN LATERAL (
            SELECT account, network, credential, service, last FROM sign_in WHERE account = k.account
            ORDER BY last DESC LIMIT \(maxSurplus) OFFSET (?2)[1]) AS s
        """
    private static let markSMTPGrants = """
        INSERT INTO smtp_grant AS s (account, address, credential, generation, last)
        SELECT a.name, k.address, k.credential, max(k.generation), max(k.at)
        FROM unnest(?, ?, ?, ?, ?) AS k (account, address, credential, generation, at)
            CROSS JOIN LATERAL (SELECT name FROM account WHERE name = k.account LIMIT 1) AS a
        GROUP BY a.name, k.address, k.credential
        ON CONFLICT (account, address, credential) DO UPDATE SET
            generation = max(s.generation, excluded.generation), last = excluded.last
        """
}
