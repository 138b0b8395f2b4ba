package import Bytes
import SQL

/// Sessions of account owners on the page. Opening and using one raises no generation and is not in the change record.
extension Store {
    /// Bytes of a form's nonce.
    package static let formNonceLength = 16
    /// Seconds. A use within a minute of the last recorded one is not worth a write.
    private static let useGranularity: Int64 = 60

    /// Adds a session, and ends the account's sessions that are too many.
    ///
    /// - Parameters:
    ///   - granted: The account when the sign-in was granted.
    ///   - language: The language of the page; empty: unknown.
    /// - Returns: False if the account's password or second factor changed since, or it was disabled or removed.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func addOwnerSession(
        _ session: OwnerSession, of granted: AccountState, token: borrowing Secret, language: String
    ) throws(StoreError) -> Bool {
        let hash = Digest.sha256.of(token)
        return try write(durable: false) { () throws(StoreError) in
            guard let account = try account(session.account), account.mainGeneration == granted.mainGeneration,
                account.secondFactor == granted.secondFactor, !account.isDisabled(at: session.opened)
            else { return false }
            try database.run(
                Self.addSession,
                [
                    .text(session.id), .blob(hash), .text(session.account.text), .blob(session.network.bytes),
                    .timestamp(session.opened), .timestamp(session.used), .timestamp(session.confirmed),
                ])
            try database.run(Self.endSurplusOfOwner, [.text(session.account.text), .text(session.id)])
            if !language.isEmpty { try setOwnerLanguage(language, of: session.account) }
            return true
        }
    }

    private static let addSession = Query(
        """
        INSERT INTO owner_session (id, token, account, network, opened, used, confirmed)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    private static let endSurplusOfOwner = Query(
        """
        DELETE FROM owner_session WHERE account = ?1 AND id <> ?2 AND id NOT IN
            (SELECT id FROM owner_session WHERE account = ?1 AND id <> ?2
                ORDER BY used DESC, id LIMIT \(OwnerSession.maxPerAccount - 1))
        """)

    /// The session of a token; nil if there is none. It may have ended by itself.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func ownerSession(token: borrowing Secret) throws(StoreError) -> OwnerSession? {
        let row = try database.prepare(Self.sessionByToken, [.blob(Digest.sha256.of(token))])
        return try row.step() ? Self.session(row) : nil
    }

    /// The sessions of an account, the last used first. Some may have ended by themselves.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func ownerSessions(account: AccountName) throws(StoreError) -> [OwnerSession] {
        let rows = try database.prepare(Self.sessionsOfOwner, [.text(account.text)])
        var found: [OwnerSession] = []
        while try rows.step() { found.append(Self.session(rows)) }
        return found
    }

    private static let sessionColumns = "SELECT id, account, network, opened, used, confirmed FROM owner_session"
    private static let sessionByToken = Query("\(sessionColumns) WHERE token = ?")
    private static let sessionsOfOwner = Query("\(sessionColumns) WHERE account = ? ORDER BY used DESC, id")

    private static func session(_ row: borrowing Rows) -> OwnerSession {
        OwnerSession(
            id: row.text(0), account: AccountName(stored: row.text(1)), network: Network(bytes: row.blob(2)),
            opened: Timestamp(row.integer(3)), used: Timestamp(row.integer(4)), confirmed: Timestamp(row.integer(5)))
    }

    /// Records that a session was used, at most once a minute.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func useOwnerSession(_ session: OwnerSession, at now: Timestamp) throws(StoreError) {
        guard now < session.used || session.used.adding(seconds: Self.useGranularity) <= now else { return }
        try write(durable: false) { () throws(StoreError) in
            try database.run(Self.useSession, [.timestamp(now), .text(session.id)])
        }
    }

    private static let useSession = Query("UPDATE owner_session SET used = ? WHERE id = ?")

    /// Gives a session a new token after a full sign-in; the old one is no longer accepted.
    ///
    /// - Returns: False if the session has ended meanwhile.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func renewOwnerSession(_ id: String, token: borrowing Secret, at now: Timestamp) throws(StoreError) -> Bool
    {
        let hash = Digest.sha256.of(token)
        return try write(durable: false) { () throws(StoreError) in
            try database.run(Self.renewSession, [.blob(hash), .timestamp(now), .text(id)])
            return database.changes == 1
        }
    }

    private static let renewSession = Query(
        "UPDATE owner_session SET token = ?1, used = ?2, confirmed = ?2 WHERE id = ?3")

    /// Ends sessions of an account: one of them, or all but those with these ids.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func endOwnerSessions(of account: AccountName, _ choice: OwnerSessionChoice) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            for session in try ownerSessions(account: account) where choice.contains(session.id) {
                try database.run(Self.endOwnerSession, [.text(session.id)])
            }
        }
    }

    private static let endOwnerSession = Query("DELETE FROM owner_session WHERE id = ?")

    /// Runs changes that an owner makes in a session. Each of them fails if the session has ended meanwhile, and none ends
    /// this session or the others with these ids.
    ///
    /// - Throws: What `body` throws; in it, `StoreError.sessionEnded`.
    package func acting<R: ~Copyable, E>(
        in session: OwnerSession, keeping others: Set<String> = [], _ body: () throws(E) -> R
    ) throws(E) -> R {
        actingSession = session.id
        keptOwnerSessions = others.union([session.id])
        defer {
            actingSession = nil
            keptOwnerSessions = []
        }
        return try body()
    }

    /// In a transaction that writes: an operator's change may have ended the session since it was looked up.
    func expectOwnerSession() throws(StoreError) {
        guard let actingSession else { return }
        guard try database.prepare(Self.sessionExists, [.text(actingSession)]).step() else { throw .sessionEnded }
    }

    private static let sessionExists = Query("SELECT 1 FROM owner_session WHERE id = ?")

    /// Deletes sessions that have ended by themselves.
    ///
    /// - Returns: How many were deleted.
    func pruneOwnerSessions(now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.endedOwnerSessions,
            [
                .timestamp(now.adding(seconds: -OwnerSession.maxIdle)),
                .timestamp(now.adding(seconds: -OwnerSession.maxAge)), .integer(Int64(limit)),
            ])
        return database.changes
    }

    private static let endedOwnerSessions = Query(
        """
        DELETE FROM owner_session WHERE id IN
            (SELECT id FROM owner_session WHERE used <= ?1 OR opened <= ?2 ORDER BY used LIMIT ?3)
        """)

    /// Records that a session sent a form, unless it may not. The limits are the account's: a new session brings no new
    /// ones.
    ///
    /// - Parameter makesSecret: Whether the form makes an app password: call `noteSecret` once it was made.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func useForm(
        _ nonce: [UInt8], session: OwnerSession, makesSecret: Bool, at now: Timestamp
    ) throws(StoreError) -> FormUse {
        try write(durable: false) { () throws(StoreError) in
            let row = try database.prepare(
                Self.countForms,
                [
                    .text(session.account.text), .blob(nonce), .timestamp(now.adding(seconds: -60)),
                    .timestamp(now.adding(seconds: -3600)), .text(session.id),
                ])
            guard try row.step() else { return .tooMany }
            if row.integer(0) > 0 { return .usedBefore }
            if row.integer(1) >= OwnerSession.maxFormsPerMinute { return .tooMany }
            if makesSecret, row.integer(2) >= OwnerSession.maxSecretsPerHour { return .tooManySecrets }
            try database.run(
                Self.addForm, [.text(session.account.text), .text(session.id), .blob(nonce), .timestamp(now)])
            return .accepted
        }
    }

    /// Records that a form made an app password, for the limit of an hour.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func noteSecret(_ nonce: [UInt8], session: OwnerSession) throws(StoreError) {
        try write(durable: false) { () throws(StoreError) in
            try database.run(Self.markForm, [.text(session.account.text), .text(session.id), .blob(nonce)])
        }
    }

    private static let markForm = Query(
        "UPDATE owner_form SET makes_secret = 1 WHERE account = ? AND session = ? AND nonce = ?")

    /// Deletes forms whose session has ended.
    ///
    /// - Returns: How many were deleted.
    func pruneForms(now: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldForms, [.timestamp(now.adding(seconds: -OwnerSession.maxAge)), .integer(Int64(limit))])
        return database.changes
    }

    private static let oldForms = Query(
        """
        DELETE FROM owner_form WHERE (account, session, nonce) IN
            (SELECT account, session, nonce FROM owner_form WHERE at < ? ORDER BY at LIMIT ?)
        """)

    private static let countForms = Query(
        """
        SELECT count(*) FILTER (WHERE session = ?5 AND nonce = ?2), count(*) FILTER (WHERE at > ?3),
            count(*) FILTER (WHERE at > ?4 AND makes_secret = 1)
        FROM owner_form WHERE account = ?1
        """)
    private static let addForm = Query(
        "INSERT INTO owner_form (account, session, nonce, at, makes_secret) VALUES (?, ?, ?, ?, 0)")
}

/// Sessions of one account.
package enum OwnerSessionChoice: Sendable {
    case one(String)
    /// All but those with these ids.
    case allBut(Set<String>)

    func contains(_ id: String) -> Bool {
        switch self {
        case .one(let one): id == one
        case .allBut(let others): !others.contains(id)
        }
    }
}
