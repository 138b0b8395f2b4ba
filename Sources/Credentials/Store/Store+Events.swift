import SQL

/// Events of accounts, for readers that tell somebody of them. The change record is the queue: an event is queued in the
/// transaction of its change.
extension Store {
    /// Where a reader is; nil if it has never read.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func eventPosition(of reader: String) throws(StoreError) -> EventPosition? {
        let row = try database.prepare("SELECT change, time FROM event_reader WHERE name = ?", [.text(reader)])
        guard try row.step() else { return nil }
        return EventPosition(change: row.integer(0), time: Timestamp(row.integer(1)))
    }

    /// Records where a reader is.
    ///
    /// - Parameters:
    ///   - told: Accounts that the reader has told of all events.
    ///   - failed: Accounts that it could not tell, and from where on it has to.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setEventPosition(
        _ position: EventPosition, of reader: String, told: [String] = [], failed: [String: EventPosition] = [:]
    ) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try database.run(
                """
                INSERT INTO event_reader (name, change, time) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET change = excluded.change, time = excluded.time
                """,
                [.text(reader), .integer(position.change), .timestamp(position.time)])
            for account in told {
                try database.run(
                    "DELETE FROM event_retry WHERE reader = ? AND account = ?", [.text(reader), .text(account)])
            }
            for (account, from) in failed {
                try database.run(
                    """
                    INSERT INTO event_retry (reader, account, change, time)
                    SELECT ?1, name, ?3, ?4 FROM account WHERE name = ?2 ON CONFLICT DO NOTHING
                    """, [.text(reader), .text(account), .integer(from.change), .timestamp(from.time)])
            }
        }
    }

    /// Accounts that a reader could not tell, and from where on it has to.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func eventRetries(of reader: String, limit: Int) throws(StoreError) -> [(String, EventPosition)] {
        let rows = try database.prepare(
            "SELECT account, change, time FROM event_retry WHERE reader = ? ORDER BY time, account LIMIT ?",
            [.text(reader), .integer(Int64(limit))])
        var found: [(String, EventPosition)] = []
        while try rows.step() {
            found.append((rows.text(0), EventPosition(change: rows.integer(1), time: Timestamp(rows.integer(2)))))
        }
        return found
    }

    /// The number of the last change; 0 if there is none.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func lastChange() throws(StoreError) -> Int64 {
        try database.number("SELECT coalesce(max(number), 0) FROM change")
    }

    /// Changes with their numbers, oldest first.
    ///
    /// - Parameter subject: Only those of this account or domain; nil: all.
    /// - Throws: `StoreError` when the database cannot be read.
    package func changes(
        after number: Int64, subject: String? = nil, limit: Int
    ) throws(StoreError) -> [(number: Int64, change: Change)] {
        let rows = try database.prepare(
            """
            \(Self.changeColumns), number FROM change
            WHERE number > ?1 AND (?2 IS NULL OR subject = ?2) ORDER BY number LIMIT ?3
            """, [.integer(number), .text(subject), .integer(Int64(limit))])
        var found: [(number: Int64, change: Change)] = []
        while try rows.step() { found.append((rows.integer(5), Self.change(rows))) }
        return found
    }

    /// First sign-ins with the main password from a network, by accounts that had signed in from others before.
    ///
    /// - Parameters:
    ///   - after: Not included.
    ///   - until: Included.
    /// - Throws: `StoreError` when the database cannot be read.
    package func signInsFromNewNetworks(
        after: Timestamp, until: Timestamp, limit: Int
    ) throws(StoreError) -> [SignInRecord] {
        let rows = try database.prepare(
            """
            SELECT account, credential, service, network, first, last, count FROM sign_in s
            WHERE last > ?1 AND first > ?1 AND first <= ?2 AND credential = '\(Self.mainCredential)'
                AND EXISTS (SELECT 1 FROM sign_in o WHERE o.account = s.account AND o.first < s.first)
                AND NOT EXISTS (SELECT 1 FROM sign_in o
                    WHERE o.account = s.account AND o.network = s.network AND o.first < s.first)
            ORDER BY first, account LIMIT ?3
            """, [.timestamp(after), .timestamp(until), .integer(Int64(limit))])
        return try Self.records(rows)
    }

    /// App passwords that end within this time, sorted by their end.
    ///
    /// - Parameters:
    ///   - after: Not included.
    ///   - until: Included.
    /// - Throws: `StoreError` when the database cannot be read.
    package func appPasswordsEnding(
        after: Timestamp, until: Timestamp, limit: Int
    ) throws(StoreError) -> [AppPassword] {
        let rows = try database.prepare(
            Self.appPasswords + """
                 WHERE session IS NULL AND revoked IS NULL AND expires > ?1 AND expires <= ?2 AND disabled IS NULL
                    AND successor IS NULL ORDER BY expires, account, id LIMIT ?3
                """, [.timestamp(after), .timestamp(until), .integer(Int64(limit))])
        var found: [AppPassword] = []
        while try rows.step() { found.append(try appPassword(rows)) }
        return found
    }

    /// The language that the account's owner last used the page in; nil: the page was not used.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func ownerLanguage(_ account: AccountName) throws(StoreError) -> String? {
        let row = try database.prepare("SELECT language FROM owner_language WHERE account = ?", [.text(account.text)])
        return try row.step() ? row.text(0) : nil
    }

    /// Records the language that the account's owner uses the page in.
    func setOwnerLanguage(_ language: String, of account: AccountName) throws(StoreError) {
        guard try ownerLanguage(account) != language else { return }
        try database.run(
            """
            INSERT INTO owner_language (account, language) SELECT name, ?2 FROM account WHERE name = ?1
            ON CONFLICT (account) DO UPDATE SET language = excluded.language
            """,
            [.text(account.text), .text(language)])
    }
}
