import SQL

/// App passwords that a webmail gets for one of its sessions, so that it never needs the main password for mail. They
/// are not changes that a person made: they raise no generation and are not in the change record.
extension Store {
    /// Seconds that the app password of a session lives.
    package static let sessionLength: Int64 = 43_200
    /// Maximum sessions of one account at a time; one more ends the oldest.
    package static let maxSessions = 32
    /// Maximum sessions of one account on record, ended ones included: their app passwords are refused by name instead
    /// of counted as guesses.
    private static let maxSessionsKept = 64
    /// Seconds that a session stays on record after it expires.
    private static let sessionRetention: Int64 = 86_400
    /// The credential of all sessions in the history of sign-ins. No id has an i or an o.
    package static let sessionCredential = "session"

    /// Adds the app password of a session, in place of the one that the session had before.
    func openSession(_ new: NewSession, account: AccountName) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try endSession(new.session, account: account, now: new.now)
            try database.run(Self.endSurplus, [.text(account.text), .timestamp(new.now)])
            try database.run(Self.forgetSurplus, [.text(account.text)])
            try pruneSessions(now: new.now, limit: Self.prunedPerEntry)
            let appPassword = NewAppPassword(
                name: "Webmail session", scope: Scope([.imap, .smtp, .sieve]), networks: new.networks,
                expires: new.now.adding(seconds: Self.sessionLength))
            try insert(
                appPassword, new.id, NewRow(key: new.mac, kind: .generated), account: account, created: new.now,
                session: new.session)
        }
    }

    /// Ends a session's app password at sign-out. Nothing happens if there is none.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func endSession(_ session: [UInt8], account: AccountName, now: Timestamp) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try database.run(Self.endOne, [.text(account.text), .timestamp(now), .blob(session)])
        }
    }

    /// Ends all sessions of an account, of webmails and on the page. What was revoked there cannot be put back.
    func endSessions(of account: AccountName, at time: Timestamp) throws(StoreError) {
        try database.run(Self.endAll, [.text(account.text), .timestamp(time)])
        try endOwnerSessions(of: account, .allBut(keptOwnerSessions))
        try forgetPutBacks(account)
    }

    private static let endAll = Query(
        "UPDATE app_password SET revoked = ?2 WHERE account = ?1 AND session IS NOT NULL AND revoked IS NULL")
    private static let endOne = Query(
        "UPDATE app_password SET revoked = ?2 WHERE account = ?1 AND session = ?3 AND revoked IS NULL")
    private static let endSurplus = Query(
        """
        UPDATE app_password SET revoked = ?2
        WHERE session IS NOT NULL AND account = ?1 AND revoked IS NULL AND expires > ?2 AND id NOT IN
            (SELECT id FROM app_password WHERE account = ?1 AND session IS NOT NULL AND revoked IS NULL
                AND expires > ?2 ORDER BY created DESC, id LIMIT \(maxSessions - 1))
        """)

    private static let forgetSurplus = Query(
        """
        DELETE FROM app_password WHERE session IS NOT NULL AND account = ?1 AND id NOT IN
            (SELECT id FROM app_password WHERE account = ?1 AND session IS NOT NULL
                ORDER BY created DESC, revoked IS NOT NULL, id LIMIT \(maxSessionsKept - 1))
        """)

    /// Deletes sessions that expired more than `sessionRetention` ago.
    ///
    /// - Returns: How many were deleted.
    @discardableResult
    func pruneSessions(now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.endedSessions, [.timestamp(now.adding(seconds: -Self.sessionRetention)), .integer(Int64(limit))])
        return database.changes
    }

    private static let endedSessions = Query(
        """
        DELETE FROM app_password WHERE verifier IN
            (SELECT verifier FROM app_password WHERE session IS NOT NULL AND expires < ? ORDER BY expires LIMIT ?)
        """)
}
