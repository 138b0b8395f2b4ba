import SQLite

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
    func openSession(_ new: NewSession, account: AccountName) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try endSession(new.session, account: account, now: new.now)
            try database.run(Self.endSurplus, [.text(account.text), .moment(new.now)])
            try database.run(Self.forgetSurplus, [.text(account.text)])
            try pruneSessions(now: new.now, most: Self.prunedPerEntry)
            let appPassword = NewAppPassword(
                name: "Webmail session", scope: Scope([.imap, .smtp, .sieve]), networks: new.networks,
                expires: new.now.adding(seconds: Self.sessionLength))
            try insert(
                appPassword, new.id, NewRow(key: new.mac, kind: .generated), account: account, created: new.now,
                session: new.session)
        }
    }

    /// Ends a session's app password at sign-out. Nothing happens if there is none.
    package func endSession(_ session: [UInt8], account: AccountName, now: Timestamp) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try database.run(Self.endOne, [.text(account.text), .moment(now), .blob(session)])
        }
    }

    /// Ends all of an account.
    func endSessions(of account: AccountName, at moment: Timestamp) throws(StoreError) {
        try database.run(Self.endAll, [.text(account.text), .moment(moment)])
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
        try database.run(
            Self.endedSessions, [.moment(now.adding(seconds: -Self.sessionsKept)), .integer(Int64(most))])
        return database.changes
    }

    private static let endedSessions = Query(
        """
        DELETE FROM app_password WHERE verifier IN
            (SELECT verifier FROM app_password WHERE session IS NOT NULL AND expires < ? ORDER BY expires LIMIT ?)
        """)
}
