/// App passwords that a webmail gets for a session of its own, so that it never needs the main password for mail. They are
/// no changes that anybody made: they raise no generation and are not on the change record.
extension Store {
    /// Seconds that the app password of a session lives.
    package static let sessionLength: Int64 = 43_200
    /// Sessions of one account at a time. One more ends the oldest.
    package static let mostSessions = 32
    /// Seconds that it is known after its end: refused with its name instead of taken for a guess.
    private static let sessionsKept: Int64 = 86_400

    /// Adds the app password of a session, in place of one that the session had before. The caller has a write under way.
    ///
    /// - Parameter mac: Of its canonical text.
    /// - Returns: Its id.
    package func openSession(
        _ session: [UInt8], account: AccountName, mac: [UInt8], networks: [CIDR], now: Timestamp
    ) throws(StoreError) -> String {
        try write(durable: false) { () throws(StoreError) in
            try endSession(session, account: account, now: now)
            try connection.run(Self.endSurplus, [.text(account.text), .moment(now)])
            try pruneSessions(now: now, most: Self.prunedPerEntry)
            let new = NewAppPassword(
                name: "Webmail session", scope: Scope([.imap, .smtp, .sieve]), networks: networks,
                expires: now.adding(seconds: Self.sessionLength))
            let (id, row) = try Self.newRow(.mac(mac))
            try insert(new, id, row, account: account, created: now, session: session)
            return id
        }
    }

    /// Ends a session's app password at sign-out. Nothing happens if there is none.
    package func endSession(_ session: [UInt8], account: AccountName, now: Timestamp) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(Self.endOne, [.text(account.text), .moment(now), .blob(session)])
        }
    }

    /// Ends all of an account.
    func endSessions(of account: AccountName, at moment: Timestamp) throws(StoreError) {
        try connection.run(Self.endAll, [.text(account.text), .moment(moment)])
    }

    private static let endAll = Query(
        "UPDATE app_password SET revoked = ?2 WHERE account = ?1 AND session IS NOT NULL AND revoked IS NULL")
    private static let endOne = Query(
        "UPDATE app_password SET revoked = ?2 WHERE account = ?1 AND session = ?3 AND revoked IS NULL")
    private static let endSurplus = Query(
        """
        UPDATE app_password SET revoked = ?2 WHERE session IS NOT NULL AND account = ?1 AND id IN
            (SELECT id FROM app_password WHERE account = ?1 AND session IS NOT NULL AND revoked IS NULL
                AND expires > ?2 ORDER BY created DESC, id LIMIT -1 OFFSET \(mostSessions - 1))
        """)

    /// What ended goes, and with it what it was used for: the web sign-in itself is on record.
    ///
    /// - Returns: How many went.
    @discardableResult
    func pruneSessions(now: Timestamp, most: Int) throws(StoreError) -> Int {
        var found: [[Value]] = []
        do {
            let rows = try connection.prepare(
                Self.endedSessions, [.moment(now.adding(seconds: -Self.sessionsKept)), .integer(Int64(most))])
            while try rows.step() { found.append([.text(rows.text(0)), .text(rows.text(1))]) }
        }
        for session in found {
            try connection.run(Self.forgetUses, session)
            try connection.run(Self.forgetSession, session)
        }
        return found.count
    }

    private static let endedSessions = Query(
        """
        SELECT account, id FROM app_password WHERE session IS NOT NULL AND expires < ? ORDER BY expires LIMIT ?
        """)
    private static let forgetUses = Query("DELETE FROM sign_in WHERE account = ? AND credential = ?")
    private static let forgetSession = Query("DELETE FROM app_password WHERE account = ? AND id = ?")
}
