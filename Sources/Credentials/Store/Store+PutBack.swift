import SQL

/// What a session of an account's owner revoked, and can put back for a short time. Revocation by anybody else cannot be
/// undone.
extension Store {
    /// Forgets what could be put back in an account.
    ///
    /// - Throws: `StoreError` when the database cannot be written.
    package func forgetPutBacks(_ account: AccountName) throws(StoreError) {
        try database.run(Self.dropPutBacks, [.text(account.text)])
    }

    private static let dropPutBacks = Query("DELETE FROM put_back WHERE account = ?")

    /// The ids of app passwords that a session can put back now.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func putBacks(session: String, now: Timestamp) throws(StoreError) -> Set<String> {
        Set(try database.prepare(Self.putBacksOfSession, [.text(session), .timestamp(now)]).texts())
    }

    private static let putBacksOfSession = Query("SELECT app_password FROM put_back WHERE session = ? AND until > ?")

    /// Revokes an app password in a session, which can put it back.
    ///
    /// - Returns: False if there is no such app password, or it is revoked.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func revoke(
        _ id: String, in session: OwnerSession, change: (_ ids: [String]) -> Change
    ) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard try changeAppPasswords([id], .revoke, account: session.account, change: change) != nil else {
                return false
            }
            let until = change([id]).at.adding(seconds: OwnerSession.putBackTime)
            try database.run(
                Self.addPutBack, [.text(session.account.text), .text(id), .text(session.id), .timestamp(until)])
            return true
        }
    }

    private static let addPutBack = Query(
        """
        INSERT INTO put_back (account, app_password, session, until) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, app_password) DO UPDATE SET session = excluded.session, until = excluded.until
        """)

    /// Makes a revoked app password valid again, if the session may put it back.
    ///
    /// - Parameter latest: It then ends at this time at the latest; nil: as before.
    /// - Returns: False if it may not.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func putBack(
        _ id: String, in session: OwnerSession, latest: Timestamp?, change: Change
    ) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard try putBacks(session: session.id, now: change.at).contains(id) else { return false }
            return try changing(session.account, renewsLooks: true, change) { () throws(StoreError) in
                try database.run(Self.unrevoke, [.text(session.account.text), .text(id), .timestamp(latest)])
                try database.run(Self.dropPutBack, [.text(session.account.text), .text(id)])
            }
        }
    }

    private static let unrevoke = Query(
        """
        UPDATE app_password SET revoked = NULL, expires = iif(?3 IS NULL, expires, min(coalesce(expires, ?3), ?3))
        WHERE account = ?1 AND id = ?2
        """)
    private static let dropPutBack = Query("DELETE FROM put_back WHERE account = ? AND app_password = ?")
}
