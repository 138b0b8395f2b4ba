import SQL

/// Addresses that accounts may send as, besides their own. An alias is an address, or `@domain` for all addresses of a
/// domain that belong to nobody else. It may belong to several accounts, and it is never a login name.
extension Store {
    /// The result of changing aliases.
    package enum AliasResult: Sendable { case done, noAccount, alreadyThere, notThere }

    /// Lets an account send as a further address.
    ///
    /// - Parameter alias: Canonical; `@example.org` for a domain.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func addAlias(_ alias: SenderAddress, account: AccountName, change: Change) throws(StoreError)
        -> AliasResult
    {
        try write(durable: true) { () throws(StoreError) in
            let key = [Value.text(alias.text), .text(account.text)]
            guard try !database.prepare(Self.aliasOfAccount, key).step() else { return .alreadyThere }
            guard try raiseGeneration(account) else { return .noAccount }
            try database.run("INSERT INTO alias (address, account) VALUES (?, ?)", key)
            try record(change)
            return .done
        }
    }

    /// Removes an alias from an account.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func removeAlias(_ alias: SenderAddress, account: AccountName, change: Change) throws(StoreError)
        -> AliasResult
    {
        try write(durable: true) { () throws(StoreError) in
            try database.run(
                "DELETE FROM alias WHERE address = ? AND account = ?", [.text(alias.text), .text(account.text)])
            guard database.changes == 1 else { return .notThere }
            _ = try raiseGeneration(account)
            try record(change)
            return .done
        }
    }

    /// An account's aliases, sorted.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func aliases(account: AccountName) throws(StoreError) -> [String] {
        try database.prepare(
            "SELECT address FROM alias WHERE account = ? ORDER BY address", [.text(account.text)]
        ).texts()
    }

    /// The accounts that have this alias. An account of this name may send as it, too, and is not among them.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func owners(ofAlias alias: SenderAddress) throws(StoreError) -> [String] {
        try database.prepare(
            "SELECT account FROM alias WHERE address = ? ORDER BY account", [.text(alias.text)]
        ).texts()
    }

    private static let aliasOfAccount = Query("SELECT 1 FROM alias WHERE address = ? AND account = ?")

    /// Sets whether an account may send as any address.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setSendsAsAny(_ isOn: Bool, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                "UPDATE account SET sends_as_any = ? WHERE name = ?", [.flag(isOn), .text(account.text)])
        }
    }

    /// The accounts that may send as any address.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accountsSendingAsAny() throws(StoreError) -> [String] {
        try database.prepare("SELECT name FROM account WHERE sends_as_any = 1 ORDER BY name").texts()
    }

    /// Answers a question about a message; nil if there is no account of this name.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func answer(_ question: SenderQuestion) throws(StoreError) -> SenderAnswer? {
        guard let account = try account(question.name) else { return nil }
        let known = try smtpGrants(account: account.name, address: question.address)
        var grants: [(grant: SMTPGrant, appPassword: AppPassword?)] = []
        let recent = question.recent.filter { $0.account == account.name }
        for grant in known.filter({ $0.at > question.oldest }) + recent {
            let isMain = grant.credential == Self.mainCredential
            grants.append((grant, isMain ? nil : try appPassword(id: grant.credential, account: account.name)))
        }
        return SenderAnswer(account: account, grants: grants, owner: try owner(of: question.senders, account.name))
    }

    private func owner(of senders: [String], _ account: AccountName) throws(StoreError) -> Ownership {
        for sender in senders {
            let owner = try owner(of: sender, account)
            if owner != .nobody { return owner }
        }
        return .nobody
    }

    /// Who owns exactly this text.
    private func owner(of address: String, _ account: AccountName) throws(StoreError) -> Ownership {
        let rows = try database.prepare(Self.holders, [.text(address), .text(account.text)])
        guard try rows.step() else { return .nobody }
        return rows.flag(0) ? .own : .others
    }

    private static let holders = Query(
        """
        SELECT account = ?2 AS own FROM alias WHERE address = ?1
        UNION ALL SELECT name = ?2 FROM account WHERE name = ?1 OR canonical = ?1 ORDER BY own DESC LIMIT 1
        """)
}
