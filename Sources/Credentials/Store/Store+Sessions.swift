/// App passwords that a webmail gets for a session of its own, so that it never needs the main password for mail. They are
/// no changes that anybody made: they raise no generation and are not on the change record.
extension Store {
    /// Seconds that the app password of a session lives.
    package static let sessionLength: Int64 = 43_200
    /// Sessions of one account at a time. One more ends the oldest.
    package static let mostSessions = 32
    /// Those of one account that are on record, ended ones among them: refused with their name instead of taken for guesses.
    private static let mostSessionsKept = 64
    /// Seconds that they stay after their end.
    private static let sessionsKept: Int64 = 86_400
    /// What stands for them all in the history of sign-ins. No id has an i or an o.
    package static let sessionCredential = "session"

    /// Adds the app password of a session, in place of one that the session had before.
    ///
    /// - Parameter mac: Of its canonical text.
    /// - Returns: Its id.
    package func openSession(
        _ session: [UInt8], account: AccountName, mac: [UInt8], networks: [CIDR], now: Timestamp
    ) throws(StoreError) -> String {
        try write(durable: true) { () throws(StoreError) in
            try endSession(session, account: account, now: now)
            try connection.run(Self.endSurplus, [.text(account.text), .moment(now)])
            try connection.run(Self.forgetSurplus, [.text(account.text)])
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

    private static let forgetSurplus = Query(
        """
        DELETE FROM app_password WHERE session IS NOT NULL AND account = ?1 AND id IN
            (SELECT id FROM app_password WHERE account = ?1 AND session IS NOT NULL
                ORDER BY created DESC, revoked IS NOT NULL, id LIMIT -1 OFFSET \(mostSessionsKept - 1))
        """)

    /// - Returns: How many went.
    @discardableResult
    func pruneSessions(now: Timestamp, most: Int) throws(StoreError) -> Int {
        try connection.run(
            Self.endedSessions, [.moment(now.adding(seconds: -Self.sessionsKept)), .integer(Int64(most))])
        return connection.changes
    }

    private static let endedSessions = Query(
        """
        DELETE FROM app_password WHERE verifier IN
            (SELECT verifier FROM app_password WHERE session IS NOT NULL AND expires < ? ORDER BY expires LIMIT ?)
        """)
}
