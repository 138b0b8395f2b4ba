import SQL

/// Tables that grow with time are pruned a few entries at a time, so that nobody waits for the lock.
extension Store {
    /// Seconds that a change is kept: two years. A trigger protects younger changes, too.
    private static let changeRetention: Int64 = 63_072_000
    /// Old entries that one new entry deletes: more than it adds.
    static let prunedPerEntry = 4
    /// Maximum number of surplus entries of one account that are deleted at a time. There is only one, unless the limit
    /// was lowered.
    static let maxSurplus = 200

    /// Deletes sign-ins, alarms, changes, sessions with their app passwords, and previous main passwords that are past
    /// their time.
    ///
    /// - Parameter limit: Maximum number of each kind.
    /// - Returns: Whether more of them may be left.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func pruneHistory(_ retention: Retention, now: Timestamp, limit: Int) throws(StoreError) -> Bool {
        try write(durable: false) { () throws(StoreError) in
            let signIns = try pruneSignIns(retention, now: now, limit: limit)
            let alarms = try pruneAlarms(retention, now: now, limit: limit)
            let changes = try pruneChanges(now: now, limit: limit)
            let sessions = try pruneSessions(now: now, limit: limit)
            let ownerSessions = try pruneOwnerSessions(now: now, limit: limit)
            let forms = try pruneForms(now: now, limit: limit)
            let formers = try pruneFormers(before: now.adding(seconds: -retention.formers), limit: limit)
            return max(signIns, alarms, changes, sessions, ownerSessions, forms, formers) >= limit
        }
    }

    /// Deletes old sign-ins.
    ///
    /// - Returns: How many were deleted, as with the other kinds.
    @discardableResult
    func pruneSignIns(_ retention: Retention, now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try forgetSignIns(
            try database.prepare(
                Self.oldSignIns, [.timestamp(now.adding(seconds: -retention.history)), .integer(Int64(limit))]))
    }

    /// Deletes the sign-ins of an account that are too many.
    func pruneSignIns(of account: AccountName, _ retention: Retention) throws(StoreError) {
        try forgetSignIns(
            try database.prepare(Self.surplusSignIns, [.text(account.text), .integer(Int64(retention.maxEntries))]))
    }

    @discardableResult
    func pruneAlarms(_ retention: Retention, now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldAlarms, [.timestamp(now.adding(seconds: -retention.history)), .integer(Int64(limit))])
        return database.changes
    }

    @discardableResult
    func pruneChanges(now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldChanges, [.timestamp(now.adding(seconds: -Self.changeRetention)), .integer(Int64(limit))])
        return database.changes
    }

    /// Deletes sign-ins, but keeps when each app password was last used.
    @discardableResult
    func forgetSignIns(_ rows: consuming Rows) throws(StoreError) -> Int {
        var found: [(key: [Value], used: [Value])] = []
        while try rows.step() {
            let (account, credential) = (Value.text(rows.text(0)), Value.text(rows.text(2)))
            found.append(
                (
                    [account, .blob(rows.blob(1)), credential, .text(rows.text(3))],
                    [account, credential, .integer(rows.integer(4))]
                ))
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
        "\(signInColumns) WHERE account = ? ORDER BY last DESC LIMIT \(maxSurplus) OFFSET ?")
    private static let keepLastUse = Query(
        "UPDATE app_password SET used = max(coalesce(used, 0), ?3) WHERE account = ?1 AND id = ?2")
    private static let forgetSignIn = Query(
        "DELETE FROM sign_in WHERE account = ? AND network = ? AND credential = ? AND service = ?")
    private static let oldAlarms = Query(
        """
        DELETE FROM alarm WHERE (account, network, at) IN
            (SELECT account, network, at FROM alarm WHERE at < ? ORDER BY at LIMIT ?)
        """)
    /// Numbers rise with time. The machine's clock decides, as it does for the trigger.
    private static let oldChanges = Query(
        """
        DELETE FROM change WHERE at <= min(?1, unixepoch() - \(changeRetention))
            AND number IN (SELECT number FROM change ORDER BY number LIMIT ?2)
        """)
}
