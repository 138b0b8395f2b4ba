import Bytes
import Credentials
import SQL
import SQLite

/// mailcow-dockerized, in MariaDB (data/web/inc/init_db.inc.php).
package struct Mailcow: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "mailcow"

    /// The tables and columns that are read.
    package static let tables = [
        SourceTables.Wanted(
            "mailbox", ["username", "password", "domain", "attributes", "authsource", "kind", "active"],
            isNeeded: true),
        SourceTables.Wanted(
            "app_passwd",
            [
                "id", "name", "mailbox", "password", "created", "active", "imap_access", "smtp_access", "dav_access",
                "eas_access", "pop3_access", "sieve_access",
            ], isNeeded: true),
        SourceTables.Wanted("domain", ["domain", "active"], isNeeded: true),
        SourceTables.Wanted("tfa", ["username", "authmech", "secret", "active"], isNeeded: true),
        SourceTables.Wanted("alias", ["address", "goto", "domain", "active", "sender_allowed"]),
        SourceTables.Wanted("alias_domain", ["alias_domain", "target_domain", "active"]),
        SourceTables.Wanted("sender_acl", ["logged_in_as", "send_as"]),
        SourceTables.Wanted("sasl_log", ["service", "app_password", "username", "real_rip", "datetime"]),
    ]

    private let tables: SourceTables
    private let aliases: SourceAliases

    /// Makes a source from loaded tables.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be changed.
    package init(_ tables: SourceTables) throws(SourceError) {
        // mailcow compares names without regard to case (utf8mb4_general_ci).
        try tables.execute(
            """
            CREATE TABLE "active domain" (name PRIMARY KEY);
            INSERT OR IGNORE INTO "active domain" SELECT lower(domain) FROM domain WHERE active = '1';
            UPDATE mailbox SET username = lower(username); CREATE INDEX by_name ON mailbox (username);
            UPDATE app_passwd SET mailbox = lower(mailbox); CREATE INDEX by_mailbox ON app_passwd (mailbox);
            UPDATE tfa SET username = lower(username); CREATE INDEX by_user ON tfa (username);
            UPDATE sasl_log SET username = lower(username); CREATE INDEX by_login ON sasl_log (username);
            """)
        aliases = try SourceAliases(
            tables,
            """
            SELECT line, address, goto, 0 FROM alias WHERE active = '1' AND ifnull(sender_allowed, '1') = '1'
                AND (lower(domain) IN (SELECT name FROM "active domain")
                    OR lower(domain) IN (SELECT lower(alias_domain) FROM alias_domain WHERE active = '1'))
            UNION ALL SELECT line, send_as, logged_in_as, 1 FROM sender_acl
            """,
            accounts: "SELECT username FROM mailbox",
            domains: "SELECT alias_domain, target_domain FROM alias_domain WHERE active = '1'")
        self.tables = tables
    }

    /// Returns how many accounts the source has.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be read.
    package func countAccounts() throws(SourceError) -> Int { try tables.count("SELECT count(*) FROM mailbox") }

    /// Calls `body` for each account; `note` receives rows that belong to no account.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be read, or the error of `body`.
    package func eachAccount(
        _ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void
    ) throws(SourceError) {
        try tables.eachAccount(Self.mailboxes, note: note) { (row, account) throws(SourceError) in
            var account = account
            guard row.text(4).isEmpty else {
                return note(ImportNote(account.name.text, "a \(row.text(4)), to which nobody signs in; skipped"))
            }
            if row.text(3) == "mailcow" {
                account.mainHash = row.optionalText(2)
            } else {
                account.note("its main password is not in mailcow but in \(row.text(3)): it is imported without one")
            }
            // 2 means that it cannot sign in but still receives mail.
            account.isDisabled = row.text(5) != "1" || !row.flag(12)
            addAttributes(row, &account)
            try addAppPasswords(&account)
            try addSecondFactor(&account)
            try addUses(&account)
            account.aliases = try aliases.addresses(of: account.name, tables)
            try body(account)
        }
        try aliases.eachUnused(tables, note)
    }

    private static let mailboxes = """
        SELECT line, username, password, ifnull(authsource, 'mailcow'), ifnull(kind, ''), active, json_valid(said),
            json ->> '$.force_pw_update', json ->> '$.imap_access', json ->> '$.pop3_access', json ->> '$.smtp_access',
            json ->> '$.sieve_access', lower(domain) IN (SELECT name FROM "active domain")
        FROM (SELECT *, iif(json_valid(said), said, '{}') AS json
            FROM (SELECT *, ifnull(nullif(attributes, ''), '{}') AS said FROM mailbox))
        ORDER BY username, line
        """

    /// Reads the attributes: strings "0" and "1", which apply to the main password only.
    private func addAttributes(_ row: borrowing Statement, _ account: inout ImportedAccount) {
        guard row.flag(6) else {
            account.isDisabled = true
            return account.note("its attributes cannot be read: it is disabled")
        }
        account.mustChange = row.text(7) == "1"
        let disabled = [(Service.imap, 8), (.pop3, 9), (.smtp, 10), (.sieve, 11)].filter { row.text($0.1) == "0" }
        // In mailcow, app passwords are required by switching off all services for the main password.
        if disabled.count == 4 {
            account.policy.appPasswordsRequired = true
        } else if !disabled.isEmpty {
            account.policy.services = Scope.mail.subtracting(Scope(disabled.map(\.0)))
        }
    }

    private static let scopes: [(Service, Int32)] = [(.imap, 5), (.smtp, 6), (.pop3, 7), (.sieve, 8)]

    private static let appPasswords = Query(
        """
        SELECT id, name, password, created, active, ifnull(imap_access, '1'), ifnull(smtp_access, '1'),
            ifnull(pop3_access, '1'), ifnull(sieve_access, '1')
        FROM app_passwd WHERE mailbox = ? ORDER BY CAST(id AS INTEGER)
        """)

    private func addAppPasswords(_ account: inout ImportedAccount) throws(SourceError) {
        var found: [ImportedAppPassword] = []
        var notes: [ImportNote] = []
        let name = account.name.text
        try tables.each(Self.appPasswords, [.text(name)]) { (row) throws(SourceError) in
            let label = SourceValue.label(
                SourceValue.unescapingHTML(row.text(1)), otherwise: "app password \(row.text(0))")
            var one = ImportedAppPassword(item: row.text(0), name: label, hash: row.text(2))
            one.scope = Scope(Self.scopes.filter { row.text($0.1) == "1" }.map(\.0))
            one.created = SourceValue.timestamp(row.optionalText(3))
            one.isDisabled = row.text(4) != "1"
            guard !one.scope.isEmpty else {
                return notes.append(
                    ImportNote(
                        name, "app password \"\(label)\" is for no mail service (Postern has no DAV and EAS); skipped"))
            }
            found.append(one)
        }
        account.appPasswords = found
        account.notes += notes
        if let services = account.policy.services,
            found.contains(where: { !$0.isDisabled && !$0.scope.isSubset(of: services) })
        {
            account.note(
                "services that are switched off for its main password are switched off for its app passwords, too")
        }
    }

    /// Any active row means that a second factor is on. Only a TOTP seed can be imported.
    private func addSecondFactor(_ account: inout ImportedAccount) throws(SourceError) {
        var seeds: [String] = []
        var others: [String] = []
        try tables.each(Self.factors, [.text(account.name.text)]) { (row) throws(SourceError) in
            if row.text(0) == "totp" { seeds.append(row.text(1)) } else { others.append(row.text(0)) }
        }
        account.setSecondFactor(seeds: seeds, others: others)
    }

    private static let factors = Query(
        "SELECT authmech, secret FROM tfa WHERE username = ? AND active = '1' ORDER BY rowid")

    private func addUses(_ account: inout ImportedAccount) throws(SourceError) {
        var uses: [ImportedUse] = []
        try tables.each(Self.signIns, [.text(account.name.text)]) { (row) throws(SourceError) in
            guard let service = Service(channelName: row.text(0)), service.isMail, let address = IPAddress(row.text(2)),
                let at = SourceValue.timestamp(row.optionalText(3))
            else { return }
            let item = row.optionalText(1).flatMap { $0 == "0" ? nil : $0 }
            uses.append(ImportedUse(item: item, service: service, address: address, at: at))
        }
        account.uses = uses
    }

    private static let signIns = Query(
        "SELECT lower(service), app_password, real_rip, datetime FROM sasl_log WHERE username = ?")
}
