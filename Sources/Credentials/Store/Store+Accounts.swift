extension Store {
    /// Adds an account.
    ///
    /// - Returns: False if the name is taken, by an account or as an alias.
    package func addAccount(_ name: AccountName, mainHash: String?, mailbox: MailboxOverrides, change: Change)
        throws(StoreError) -> Bool
    {
        try write(durable: true) { () throws(StoreError) in
            guard try !isTaken(name) else { return false }
            // Above any generation an earlier account of this name can have had, since each of its changes is on record.
            try connection.run(
                Self.addRow,
                [
                    .text(name.text), .text(name.domain), .moment(change.at), .text(mainHash), .text(mailbox.uid),
                    .text(mailbox.gid), .text(mailbox.home),
                ])
            // What came from elsewhere under this name was another account.
            try connection.run(Self.forgetImports, [.text(name.text)])
            try record(change)
            return true
        }
    }

    static let forgetImports = Query("DELETE FROM imported WHERE account = ?")

    private static let addRow = Query(
        """
        INSERT INTO account
            (name, domain, generation, created, main_hash, mail_uid, mail_gid, mail_home, main_generation)
        SELECT ?1, ?2, first, ?3, ?4, ?5, ?6, ?7,
            first + ifnull((SELECT generation FROM domain WHERE name = ?2), 0)
        FROM (SELECT ifnull(max(number), 0) + 1 AS first FROM change)
        """)

    /// Removes an account with all its credentials and its history of sign-ins. The change record stays.
    package func removeAccount(_ name: AccountName, change: Change) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            try connection.run("DELETE FROM account WHERE name = ?", [.text(name.text)])
            guard connection.changes == 1 else { return false }
            try record(change)
            return true
        }
    }

    /// How many accounts a domain has.
    package func countAccounts(domain: String) throws(StoreError) -> Int {
        let row = try connection.prepare("SELECT count(*) FROM account WHERE domain = ?", [.text(domain)])
        return try row.step() ? Int(row.integer(0)) : 0
    }

    /// All accounts, or those of one domain, by name.
    package func accounts(domain: String? = nil) throws(StoreError) -> [AccountState] {
        let rows = try connection.prepare(
            "SELECT name FROM account WHERE ?1 IS NULL OR domain = ?1 ORDER BY name", [.text(domain)])
        var found: [AccountState] = []
        while try rows.step() {
            if let name = AccountName(rows.text(0)), let state = try account(name) { found.append(state) }
        }
        return found
    }

    /// Sets the main password, which also ends "must change" and whatever a webmail opened with the old one.
    ///
    /// - Parameter hash: Nil for none.
    package func setMainHash(_ hash: String?, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE account SET main_hash = ?1, must_change = 0, main_generation = generation
                    + ifnull((SELECT d.generation FROM domain d WHERE d.name = account.domain), 0)
                WHERE name = ?2
                """, [.text(hash), .text(account.text)])
            try endSessions(of: account, at: change.at)
        }
    }

    package func setMustChange(_ must: Bool, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                "UPDATE account SET must_change = ? WHERE name = ?", [.flag(must), .text(account.text)])
            if must { try endSessions(of: account, at: change.at) }
        }
    }

    /// - Parameter until: Nil for "until it is enabled".
    package func disable(_ account: AccountName, until: Timestamp?, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE account SET disabled_since = max(?1, ifnull(disabled_since + 1, 0)), disabled_until = ?2
                WHERE name = ?3
                """, [.moment(change.at), .moment(until), .text(account.text)])
        }
    }

    package func enable(_ account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                "UPDATE account SET disabled_since = NULL, disabled_until = NULL WHERE name = ?", [.text(account.text)])
        }
    }

    package func setMailbox(_ mailbox: MailboxOverrides, account: AccountName, change: Change) throws(StoreError)
        -> Bool
    {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                "UPDATE account SET mail_uid = ?, mail_gid = ?, mail_home = ? WHERE name = ?",
                [.text(mailbox.uid), .text(mailbox.gid), .text(mailbox.home), .text(account.text)])
        }
    }

    // MARK: Aliases

    package enum AliasResult: Sendable { case done, noAccount, taken, notThere }

    /// Lets an account send as a further address. An alias is never a login name.
    package func addAlias(_ alias: AccountName, account: AccountName, change: Change) throws(StoreError) -> AliasResult
    {
        try write(durable: true) { () throws(StoreError) in
            guard try !isTaken(alias) else { return .taken }
            guard try raiseGeneration(account) else { return .noAccount }
            try connection.run(
                "INSERT INTO alias (address, account) VALUES (?, ?)", [.text(alias.text), .text(account.text)])
            try record(change)
            return .done
        }
    }

    package func removeAlias(_ alias: AccountName, account: AccountName, change: Change) throws(StoreError)
        -> AliasResult
    {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(
                "DELETE FROM alias WHERE address = ? AND account = ?", [.text(alias.text), .text(account.text)])
            guard connection.changes == 1 else { return .notThere }
            _ = try raiseGeneration(account)
            try record(change)
            return .done
        }
    }

    package func aliases(account: AccountName) throws(StoreError) -> [String] {
        let rows = try connection.prepare(
            "SELECT address FROM alias WHERE account = ? ORDER BY address", [.text(account.text)])
        var found: [String] = []
        while try rows.step() { found.append(rows.text(0)) }
        return found
    }

    /// Whose alias it is.
    package func holder(ofAlias alias: AccountName) throws(StoreError) -> AccountName? {
        let row = try connection.prepare(Self.accountOfAlias, [.text(alias.text)])
        return try row.step() ? AccountName(row.text(0)) : nil
    }

    private static let accountOfAlias = Query("SELECT account FROM alias WHERE address = ?")

    /// Whether the account may send as this address.
    package func isAlias(_ address: AccountName, of account: AccountName) throws(StoreError) -> Bool {
        try connection.prepare(Self.aliasOfAccount, [.text(address.text), .text(account.text)]).step()
    }

    private static let aliasOfAccount = Query("SELECT 1 FROM alias WHERE address = ? AND account = ?")

    private func isTaken(_ name: AccountName) throws(StoreError) -> Bool { try isTaken(name.text) }

    /// Whether an account has this name, or an alias.
    package func isTaken(_ address: String) throws(StoreError) -> Bool {
        try connection.prepare(Self.taken, [.text(address)]).step()
    }

    private static let taken = Query(
        "SELECT 1 FROM account WHERE name = ?1 UNION ALL SELECT 1 FROM alias WHERE address = ?1")
}
