import SQLite

/// What grows with time goes a few entries at a time, so that nobody waits for the lock.
extension Store {
    /// Seconds: two years. A trigger keeps younger ones, too.
    private static let changesKept: Int64 = 63_072_000
    /// What is old that goes with one new entry: more than comes.
    static let prunedPerEntry = 4
    /// Entries of one account that go at a time when it has too many: one, unless the limit was lowered.
    private static let mostSurplus = 200

    /// Takes away sign-ins, alarms, changes, app passwords of sessions and former main passwords that are past their time.
    ///
    /// - Parameter most: Of each kind.
    /// - Returns: Whether more of them may be left.
    package func pruneHistory(_ retention: Retention, now: Timestamp, most: Int) throws(StoreError) -> Bool {
        try write(durable: false) { () throws(StoreError) in
            let signIns = try pruneSignIns(retention, now: now, most: most)
            let alarms = try pruneAlarms(retention, now: now, most: most)
            let changes = try pruneChanges(now: now, most: most)
            let sessions = try pruneSessions(now: now, most: most)
            let formers = try pruneFormers(before: now.adding(seconds: -retention.formers), most: most)
            return max(signIns, alarms, changes, sessions, formers) >= most
        }
    }

    /// - Returns: How many went. Likewise the others.
    @discardableResult
    func pruneSignIns(_ retention: Retention, now: Timestamp, most: Int) throws(StoreError) -> Int {
        try forgetSignIns(
            Self.oldSignIns, [.moment(now.adding(seconds: -retention.kept)), .integer(Int64(most))])
    }

    /// Those of the account that are too many.
    func pruneSignIns(of account: AccountName, _ retention: Retention) throws(StoreError) {
        try forgetSignIns(Self.surplusSignIns, [.text(account.text), .integer(Int64(retention.most))])
    }

    @discardableResult
    func pruneAlarms(_ retention: Retention, now: Timestamp, most: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldAlarms, [.moment(now.adding(seconds: -retention.kept)), .integer(Int64(most))])
        return database.changes
    }

    @discardableResult
    func pruneChanges(now: Timestamp, most: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldChanges, [.moment(now.adding(seconds: -Self.changesKept)), .integer(Int64(most))])
        return database.changes
    }

    /// When an app password was last used stays known.
    @discardableResult
    private func forgetSignIns(_ query: Query, _ values: [Value]) throws(StoreError) -> Int {
        var found: [(key: [Value], used: [Value])] = []
        do {
            let rows = try database.prepare(query, values)
            while try rows.step() {
                let (account, credential) = (Value.text(rows.text(0)), Value.text(rows.text(2)))
                found.append(
                    (
                        [account, .blob(rows.blob(1)), credential, .text(rows.text(3))],
                        [account, credential, .integer(rows.integer(4))]
                    ))
            }
        }
        for row in found {
            try database.run(Self.keepLastUse, row.used)
            try database.run(Self.forgetSignIn, row.key)
        }
        return found.count
    }

    private static let signInColumns = "SELECT account, network, credential, service, last FROM sign_in"
    private static let oldSignIns = Query("\(signInColumns) WHERE last < ? ORDER BY last LIMIT ?")
    private static let surplusSignIns = Query(
        "\(signInColumns) WHERE account = ? ORDER BY last DESC LIMIT \(mostSurplus) OFFSET ?")
    private static let keepLastUse = Query(
        "UPDATE app_password SET used = max(ifnull(used, 0), ?3) WHERE account = ?1 AND id = ?2")
    private static let forgetSignIn = Query(
        "DELETE FROM sign_in WHERE account = ? AND network = ? AND credential = ? AND service = ?")
    private static let oldAlarms = Query(
        """
        DELETE FROM alarm WHERE (account, network, at) IN
            (SELECT account, network, at FROM alarm WHERE at < ? ORDER BY at LIMIT ?)
        """)
    /// Numbers rise with time. The clock of the machine decides as it does for the trigger.
    private static let oldChanges = Query(
        """
        DELETE FROM change WHERE at <= min(?1, unixepoch() - \(changesKept))
            AND number IN (SELECT number FROM change ORDER BY number LIMIT ?2)
        """)
}
