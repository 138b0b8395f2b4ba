import SQL

/// Where mail is stored, as set for one account or for a whole domain.
extension Store {
    /// Sets where an account's mail is stored.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setMailbox(_ mailbox: MailboxOverrides, account: AccountName, change: Change) throws(StoreError)
        -> Bool
    {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                "UPDATE account SET mail_uid = ?, mail_gid = ?, mail_home = ?, mail_fields = ? WHERE name = ?",
                [.text(mailbox.uid), .text(mailbox.gid), .text(mailbox.home)]
                    + [.text(MailField.encode(mailbox.fields)), .text(account.text)])
        }
    }

    /// The account's own overrides, without its domain's; nil if there is no such account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func mailbox(account: AccountName) throws(StoreError) -> MailboxOverrides? {
        let row = try database.prepare(
            "SELECT mail_uid, mail_gid, mail_home, mail_fields FROM account WHERE name = ?", [.text(account.text)])
        guard try row.step() else { return nil }
        return MailboxOverrides(
            uid: row.optionalText(0), gid: row.optionalText(1), home: row.optionalText(2),
            fields: MailField.read(stored: row.optionalText(3)))
    }

    /// Sets where the mail of a domain is stored, whether or not it has accounts yet.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setMailbox(_ mailbox: MailboxOverrides, domain: String, change: Change) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try makeDomain(domain)
            try database.run(
                """
                UPDATE domain SET generation = generation + 1, mail_uid = ?, mail_gid = ?, mail_home = ?, mail_fields = ?
                WHERE name = ?
                """,
                [
                    .text(mailbox.uid), .text(mailbox.gid), .text(mailbox.homeTemplate),
                    .text(MailField.encode(mailbox.fields)), .text(domain),
                ])
            try record(change)
        }
    }

    /// The overrides of a domain; empty if none are set.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func mailbox(domain: String) throws(StoreError) -> MailboxOverrides {
        let row = try database.prepare(
            "SELECT mail_uid, mail_gid, mail_home, mail_fields FROM domain WHERE name = ?", [.text(domain)])
        guard try row.step() else { return MailboxOverrides() }
        return MailboxOverrides(
            uid: row.optionalText(0), gid: row.optionalText(1), homeTemplate: row.optionalText(2),
            fields: MailField.read(stored: row.optionalText(3)))
    }

    /// The owners of fields with one of these names, each with the name of its first such field: accounts, and domains
    /// as `@domain`.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func mailFields(named names: Set<String>) throws(StoreError) -> [(owner: String, field: String)] {
        let rows = try database.prepare(
            """
            SELECT name, mail_fields FROM account WHERE mail_fields IS NOT NULL
            UNION ALL SELECT '@' || name, mail_fields FROM domain WHERE mail_fields IS NOT NULL ORDER BY 1
            """)
        var found: [(owner: String, field: String)] = []
        while try rows.step() {
            let field = MailField.read(stored: rows.text(1)).first { names.contains($0.name) }
            if let field { found.append((rows.text(0), field.name)) }
        }
        return found
    }
}
