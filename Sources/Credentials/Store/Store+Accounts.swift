import SQL

extension Store {
    /// Adds an account. Its address may also be an alias of other accounts: all of them may send as it.
    ///
    /// - Returns: False if an account has this name, or one of the same canonical form.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func addAccount(
        _ name: AccountName, mainPassword: MainPasswordHash?, mailbox: MailboxOverrides, change: Change
    ) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard try !isAccount(name) else { return false }
            // Above any generation that an earlier account of this name can have had, because each of its changes is on
            // record.
            try database.run(
                Self.addRow,
                [
                    .text(name.text), .text(name.domain), .timestamp(change.at), .text(mainPassword?.text),
                    .text(mailbox.uid), .text(mailbox.gid), .text(mailbox.home),
                    .flag(mainPassword?.isMapped ?? false), .text(MailField.encode(mailbox.fields)),
                ])
            // Import marks under this name belong to an earlier account.
            try database.run(Self.forgetImports, [.text(name.text)])
            try record(change)
            return true
        }
    }

    static let forgetImports = Query("DELETE FROM imported WHERE account = ?")

    private static let addRow = Query(
        """
        INSERT INTO account
            (name, domain, generation, created, main_hash, mail_uid, mail_gid, mail_home, main_is_mapped, mail_fields,
                secrets_generation, main_generation)
        SELECT ?1, ?2, first, ?3, ?4, ?5, ?6, ?7, ?8, ?9, first,
            first + coalesce((SELECT generation FROM domain WHERE name = ?2), 0)
        FROM (SELECT coalesce(max(number), 0) + 1 AS first FROM change) AS next
        """)

    /// Removes an account with all its credentials and its history of sign-ins. The change record stays.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func removeAccount(_ name: AccountName, change: Change) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            try database.run("DELETE FROM account WHERE name = ?", [.text(name.text)])
            guard database.changes == 1 else { return false }
            try record(change)
            return true
        }
    }

    /// The number of accounts in a domain.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func countAccounts(domain: String) throws(StoreError) -> Int {
        let row = try database.prepare("SELECT count(*) FROM account WHERE domain = ?", [.text(domain)])
        return try row.step() ? Int(row.integer(0)) : 0
    }

    /// All accounts, or those of one domain, sorted by name.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accounts(domain: String? = nil) throws(StoreError) -> [AccountState] {
        let rows = try database.prepare(
            "SELECT name FROM account WHERE ?1 IS NULL OR domain = ?1 ORDER BY name", [.text(domain)])
        var found: [AccountState] = []
        while try rows.step() {
            if let state = try account(stored: rows.text(0)) { found.append(state) }
        }
        return found
    }

    /// At most `limit` names of accounts that follow `name`, sorted.
    func accountNames(after name: String, limit: Int) throws(StoreError) -> [String] {
        try database.prepare(Self.namesAfter, [.text(name), .integer(Int64(limit))]).texts()
    }

    private static let namesAfter = Query("SELECT name FROM account WHERE name > ? ORDER BY name LIMIT ?")

    /// What happens to the hash that a new main password replaces.
    package enum FormerChange: Sendable {
        /// It is kept if it is Argon2id, to tell whose device still uses the previous password.
        case replaced
        /// The password is the same, so the previous one stays.
        case asBefore
        /// Neither the hash nor the previous one is kept.
        case none
    }

    /// Sets the main password, and ends "must change" and the webmail sessions of the account.
    ///
    /// - Parameter new: Nil removes the main password.
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setMainPassword(
        _ new: MainPasswordHash?, former: FormerChange, account: AccountName, change: Change
    ) throws(StoreError) -> Bool {
        try changing(account, renewsLooks: true, change) { () throws(StoreError) in
            try setFormer(former, of: account, at: change.at)
            try database.run(
                """
                UPDATE account SET main_hash = ?1, main_is_mapped = ?3, must_change = 0, main_generation = generation
                    + coalesce((SELECT d.generation FROM domain d WHERE d.name = account.domain), 0)
                WHERE name = ?2
                """, [.text(new?.text), .text(account.text), .flag(new?.isMapped ?? false)])
            try endSessions(of: account, at: change.at)
        }
    }

    /// Updates the previous main password before the present one is replaced.
    func setFormer(_ former: FormerChange, of account: AccountName, at now: Timestamp) throws(StoreError) {
        if case .replaced = former {
            try database.run(
                """
                UPDATE account SET former_hash = main_hash, former_is_mapped = main_is_mapped, former_until = ?1
                WHERE name = ?2
                """, [.timestamp(now), .text(account.text)])
        }
        try database.run(
            Self.dropFormer + """
                 WHERE name = ?1 AND (?2 = 0 OR former_hash IS NULL OR NOT (former_hash LIKE '$argon2id$%'
                    OR former_hash LIKE '{ARGON2ID}$argon2id$%'))
                """, [.text(account.text), .flag(former != .none)])
    }

    private static let dropFormer =
        "UPDATE account SET former_hash = NULL, former_is_mapped = 0, former_until = NULL"

    /// Forgets the previous main password.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func forgetFormer(account: AccountName, change: Change) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            try database.run(Self.dropFormer + " WHERE name = ?", [.text(account.text)])
            guard database.changes == 1 else { return false }
            try record(change)
            return true
        }
    }

    /// Forgets at most `limit` previous main passwords that were replaced before a time.
    ///
    /// - Returns: How many were forgotten.
    func pruneFormers(before: Timestamp, limit: Int) throws(StoreError) -> Int {
        try database.run(
            Self.oldFormers, [.timestamp(before), .integer(Int64(limit))])
        return database.changes
    }

    private static let oldFormers = Query(
        dropFormer + " WHERE name IN (SELECT name FROM account WHERE former_until < ?1 LIMIT ?2)")

    /// Switches "must change" on or off; on also ends the webmail sessions of the account.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setMustChange(_ must: Bool, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                "UPDATE account SET must_change = ? WHERE name = ?", [.flag(must), .text(account.text)])
            if must { try endSessions(of: account, at: change.at) }
        }
    }

    /// Disables an account.
    ///
    /// - Parameter until: Nil: until it is enabled.
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func disable(_ account: AccountName, until: Timestamp?, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                """
                UPDATE account SET disabled_since = max(?1, coalesce(disabled_since + 1, 0)), disabled_until = ?2
                WHERE name = ?3
                """, [.timestamp(change.at), .timestamp(until), .text(account.text)])
            try endOwnerSessions(of: account, .allBut([]))
        }
    }

    /// Lets a disabled account sign in again.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func enable(_ account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                "UPDATE account SET disabled_since = NULL, disabled_until = NULL WHERE name = ?", [.text(account.text)])
        }
    }

    /// The first account whose local part contains this text after its first character.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accountName(withInLocalPart text: String) throws(StoreError) -> String? {
        let row = try database.prepare(
            "SELECT name FROM account WHERE instr(substr(name, 2, instr(name, '@') - 2), ?) > 0 ORDER BY name LIMIT 1",
            [.text(text)])
        return try row.step() ? row.text(0) : nil
    }

    private func isAccount(_ name: AccountName) throws(StoreError) -> Bool {
        try database.prepare(Self.namesOfForm, [.text(name.text)]).step()
    }

    /// The stored names of accounts that have the same canonical form.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accounts(sharingFormOf name: AccountName) throws(StoreError) -> [String] {
        try database.prepare(Self.namesOfForm, [.text(AccountName(name.text)?.text ?? name.text)]).texts()
    }

    /// Groups of accounts that share a canonical form: each of them is found by its stored spelling alone.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func ambiguousNames() throws(StoreError) -> [[String]] {
        let rows = try database.prepare(
            """
            SELECT canonical, name FROM account WHERE canonical IS NOT NULL
            UNION ALL SELECT name, name FROM account WHERE name IN (SELECT canonical FROM account)
            ORDER BY 1, 2
            """)
        var groups: [String: [String]] = [:]
        while try rows.step() { groups[rows.text(0), default: []].append(rows.text(1)) }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
}
