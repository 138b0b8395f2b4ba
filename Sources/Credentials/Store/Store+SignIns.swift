import SQL

extension Store {
    /// Stands for the main password where an app password has its id. No id has four symbols.
    package static let mainCredential = "main"

    /// Seconds. A use within a minute of the last recorded one is not worth a write.
    package static let markGranularity: Int64 = 60

    /// Seconds that a granted SMTP sign-in is kept: longer than any Postfix session.
    package static let smtpGrantRetention: Int64 = 86_400

    /// Whether this sign-in was last recorded so long ago that it should be recorded again.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func needsMark(_ signIn: SignIn, now: Timestamp) throws(StoreError) -> Bool {
        let network = Network(of: signIn.address)
        let row = try database.prepare(
            Self.lastMark,
            [
                .text(signIn.account.text), .blob(network.bytes), .text(signIn.recorded),
                .text(signIn.service.rawValue),
            ])
        if Self.isDue(try row.step() ? row.timestamp(0) : nil, now: now) { return true }
        guard signIn.service == .smtp else { return false }
        let grant = try smtpGrants(account: signIn.account, address: signIn.address).first {
            $0.credential == signIn.credential && $0.generation == signIn.generation
        }
        return Self.isDue(grant?.at, now: now)
    }

    private static let lastMark = Query(
        "SELECT last FROM sign_in WHERE account = ? AND network = ? AND credential = ? AND service = ?")

    static func isDue(_ last: Timestamp?, now: Timestamp) -> Bool {
        guard let last else { return true }
        return now < last || last.adding(seconds: markGranularity) <= now
    }

    /// Records those granted sign-ins that are due, in one commit.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func mark(_ signIns: some Sequence<(SignIn, Timestamp)>, _ retention: Retention) throws(StoreError) {
        if let server = database.server { return try mark(Array(signIns), retention, on: server) }
        try write(durable: false) { () throws(StoreError) in
            for (signIn, at) in signIns where try needsMark(signIn, now: at) { try mark(signIn, at: at, retention) }
        }
    }

    /// Records a granted sign-in; ignores one of an account that was removed meanwhile. A new entry deletes old ones.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func mark(_ signIn: SignIn, at time: Timestamp, _ retention: Retention) throws(StoreError) {
        try write(durable: false) { () throws(StoreError) in
            let account = Value.text(signIn.account.text)
            let wayIn = [
                account, .blob(Network(of: signIn.address).bytes), .text(signIn.recorded),
                .text(signIn.service.rawValue), .timestamp(time),
            ]
            try database.run(Self.markAgain, wayIn)
            if database.changes == 0 {
                try database.run(Self.markSignIn, wayIn)
                try pruneSignIns(of: signIn.account, retention)
                try pruneSignIns(retention, now: time, limit: Self.prunedPerEntry)
            }
            guard signIn.service == .smtp else { return }
            try database.run(
                Self.markSMTPGrant,
                [
                    account, .blob(signIn.address?.bytes ?? []), .text(signIn.credential),
                    .integer(signIn.generation), .timestamp(time),
                ])
            try pruneSMTPGrants(now: time, entries: 1)
        }
    }

    /// Deletes a few: more than the new entries add.
    func pruneSMTPGrants(now: Timestamp, entries: Int) throws(StoreError) {
        try database.run(
            Self.pruneSMTPGrants,
            [
                .timestamp(now.adding(seconds: -Self.smtpGrantRetention)),
                .integer(Int64(Self.prunedPerEntry * entries)),
            ])
    }

    private static let markAgain = Query(
        """
        UPDATE sign_in SET last = ?5, count = count + 1
        WHERE account = ?1 AND network = ?2 AND credential = ?3 AND service = ?4
        """)
    private static let markSignIn = Query(
        """
        INSERT INTO sign_in (account, network, credential, service, first, last)
        SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE EXISTS (SELECT 1 FROM account WHERE name = ?1)
        """)
    private static let markSMTPGrant = Query(
        """
        INSERT INTO smtp_grant (account, address, credential, generation, last)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM account WHERE name = ?1)
        ON CONFLICT (account, address, credential) DO UPDATE SET
            generation = max(smtp_grant.generation, excluded.generation), last = excluded.last
        """)
    private static let pruneSMTPGrants = Query(
        """
        DELETE FROM smtp_grant WHERE (account, address, credential) IN
            (SELECT account, address, credential FROM smtp_grant WHERE last < ? LIMIT ?)
        """)

    /// The recorded SMTP sign-ins to this account from this address.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func smtpGrants(account: AccountName, address: IPAddress?) throws(StoreError) -> [SMTPGrant] {
        let rows = try database.prepare(
            Self.smtpGrantsByAddress, [.text(account.text), .blob(address?.bytes ?? [])])
        var found: [SMTPGrant] = []
        while try rows.step() {
            found.append(
                SMTPGrant(
                    account: account, credential: rows.text(0), generation: rows.integer(1),
                    at: Timestamp(rows.integer(2))))
        }
        return found
    }

    private static let smtpGrantsByAddress = Query(
        "SELECT credential, generation, last FROM smtp_grant WHERE account = ? AND address = ?")

    /// The last use of each credential of the account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func lastUses(account: AccountName) throws(StoreError) -> [String: LastUse] {
        let rows = try database.prepare(
            """
            SELECT id, used, '', NULL FROM app_password WHERE account = ?1 AND used IS NOT NULL
            UNION ALL SELECT credential, last, service, network FROM sign_in WHERE account = ?1 ORDER BY 2
            """, [.text(account.text)])
        var uses: [String: LastUse] = [:]
        var networks: [String: Set<[UInt8]>] = [:]
        while try rows.step() {
            let (credential, service, network) = (rows.text(0), rows.text(2), rows.blob(3))
            if !service.isEmpty { networks[credential, default: []].insert(network) }
            uses[credential] = LastUse(
                at: Timestamp(rows.integer(1)),
                way: service.isEmpty ? nil : (service, Network(bytes: network)),
                networks: networks[credential]?.count ?? 0)
        }
        return uses
    }

    /// An entry of the history: account, credential, service and network, with their use.
    package struct SignInRecord: Sendable {
        /// The account's name.
        package let account: String
        /// The id of an app password, `Store.mainCredential` or `Store.sessionCredential`.
        package let credential: String
        /// The service's name.
        package let service: String
        /// The network that it was used from.
        package let network: Network
        /// The first use.
        package let first: Timestamp
        /// The last use.
        package let last: Timestamp
        /// How often it was recorded: at most once a minute.
        package let count: Int64
    }

    /// Entries read at once: a slow reader must not keep the write-ahead log from being emptied.
    private static let signInsPerPage = 1000

    /// Calls `body` for each entry of the history, sorted by account and network.
    ///
    /// - Parameters:
    ///   - since: Entries that were last used at this time or later.
    ///   - before: Entries that were last used earlier than this time.
    /// - Throws: `StoreError` when the database cannot be read.
    package func eachSignIn(
        account: AccountName?, since: Timestamp?, before: Timestamp?, _ body: (SignInRecord) -> Void
    ) throws(StoreError) {
        var last: SignInRecord?
        while true {
            let page = try signIns(account: account, since: since, before: before, after: last)
            page.forEach(body)
            guard page.count == Self.signInsPerPage else { return }
            last = page.last
        }
    }

    private func signIns(
        account: AccountName?, since: Timestamp?, before: Timestamp?, after last: SignInRecord?
    ) throws(StoreError) -> [SignInRecord] {
        let rows = try database.prepare(
            """
            SELECT account, credential, service, network, first, last, count FROM sign_in
            WHERE (account, network, credential, service) > (?4, ?5, ?6, ?7)
                AND (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR last >= ?2) AND (?3 IS NULL OR last < ?3)
            ORDER BY account, network, credential, service LIMIT \(Self.signInsPerPage)
            """,
            [
                .text(account?.text), .timestamp(since), .timestamp(before), .text(last?.account ?? ""),
                .blob(last?.network.bytes ?? []), .text(last?.credential ?? ""), .text(last?.service ?? ""),
            ])
        return try Self.records(rows)
    }

    /// The entries of one account that were last used at `since` or later.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func signIns(of account: AccountName, since: Timestamp) throws(StoreError) -> [SignInRecord] {
        try Self.records(
            try database.prepare(Self.signInsOfAccount, [.text(account.text), .timestamp(since)]))
    }

    private static let signInsOfAccount = Query(
        """
        SELECT account, credential, service, network, first, last, count FROM sign_in
        WHERE account = ? AND last >= ? ORDER BY network, credential, service
        """)

    static func records(_ rows: borrowing Rows) throws(StoreError) -> [SignInRecord] {
        var found: [SignInRecord] = []
        while try rows.step() {
            found.append(
                SignInRecord(
                    account: rows.text(0), credential: rows.text(1), service: rows.text(2),
                    network: Network(bytes: rows.blob(3)), first: Timestamp(rows.integer(4)),
                    last: Timestamp(rows.integer(5)), count: rows.integer(6)))
        }
        return found
    }

    /// Replaces an older hash, unless the secret was changed meanwhile. This is not a change of credentials: the
    /// secret, and with it the generation, stays the same. An app password also gets its tag; a main password is mapped
    /// from then on.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func replace(_ hash: NewHash) throws(StoreError) {
        try write(durable: false) { () throws(StoreError) in
            switch hash {
            case .mainPassword(let account, let old, let new):
                try database.run(
                    "UPDATE account SET main_hash = ?, main_is_mapped = 1 WHERE name = ? AND main_hash = ?",
                    [.text(new), .text(account.text), .text(old)])
            case .appPassword(let appPassword, let old, let new, let tag):
                try database.run(
                    "UPDATE app_password SET hash = ?, tag = ? WHERE account = ? AND id = ? AND hash = ?",
                    [.text(new), .integer(tag), .text(appPassword.account.text), .text(appPassword.id), .text(old)])
            }
        }
    }
}
