package import Credentials
import SQL
import SQLite

/// PostfixAdmin, in MariaDB, PostgreSQL or SQLite (public/upgrade.php; app passwords and TOTP since its 4.0).
package struct PostfixAdmin: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "postfixadmin"

    /// The tables and columns that are read.
    package static let tables = [
        SourceTables.Wanted(
            "mailbox", ["username", "password", "domain", "active", "totp_secret", "smtp_active", "password_expiry"],
            isNeeded: true),
        SourceTables.Wanted("domain", ["domain", "password_expiry"]),
        // Version 4 does not give these two the prefix on every database.
        SourceTables.Wanted(
            "mailbox_app_password", ["id", "username", "description", "password_hash"], mayLackPrefix: true),
        SourceTables.Wanted("totp_exception_address", ["ip", "username"], mayLackPrefix: true),
        SourceTables.Wanted("alias", ["address", "goto", "active"]),
        SourceTables.Wanted("alias_domain", ["alias_domain", "target_domain", "active"]),
    ]

    private static let isActive = "lower(ifnull(active, '1')) IN ('1', 't', 'true')"

    private let tables: SourceTables
    private let aliases: SourceAliases
    private let now: Timestamp
    private let defaultScheme: String?

    /// Makes a source from loaded tables.
    ///
    /// - Parameter defaultScheme: The scheme of passwords without one, which `$CONF['encrypt']` stands for.
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be changed.
    package init(_ tables: SourceTables, defaultScheme: String?, now: Timestamp) throws(SourceError) {
        self.now = now
        self.defaultScheme = defaultScheme
        // Its manual's Dovecot query uses "@example.org" for a whole domain; PostfixAdmin itself writes "example.org".
        // Only NULL means everybody.
        try tables.execute(
            """
            UPDATE mailbox SET username = lower(username); CREATE INDEX by_name ON mailbox (username);
            UPDATE domain SET domain = lower(domain); CREATE INDEX by_domain ON domain (domain);
            UPDATE mailbox_app_password SET username = lower(username);
            CREATE INDEX by_user ON mailbox_app_password (username);
            DELETE FROM totp_exception_address WHERE ltrim(username, '@') = '';
            UPDATE totp_exception_address SET username = ifnull(lower(ltrim(username, '@')), '');
            CREATE INDEX by_whom ON totp_exception_address (username);
            """)
        aliases = try SourceAliases(
            tables, "SELECT line, address, goto, 0 FROM alias WHERE \(Self.isActive)",
            accounts: "SELECT username FROM mailbox",
            domains: "SELECT alias_domain, target_domain FROM alias_domain WHERE \(Self.isActive)")
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
        try tables.eachAccount(
            """
            SELECT line, username, password, active, totp_secret, smtp_active, password_expiry,
                (SELECT max(CAST(d.password_expiry AS INTEGER)) FROM domain d WHERE d.domain = lower(m.domain))
            FROM mailbox m ORDER BY username, line
            """, note: note
        ) { (row, account) throws(SourceError) in
            var account = account
            account.mainHash = row.optionalText(2).map { SourceValue.hash($0, defaultScheme: defaultScheme) }
            account.isDisabled = SourceValue.flag(row.optionalText(3)) != true
            if SourceValue.flag(row.optionalText(5)) == false {
                account.policy.services = .mail.subtracting(Scope([.smtp]))
            }
            if row.integer(7) > 0, let end = SourceValue.timestamp(row.optionalText(6)), end <= now {
                account.mustChange = true
                account.note("its main password has expired in PostfixAdmin: it must be changed")
            }
            let seed = row.text(4)
            try addAppPasswords(&account)
            if !seed.isEmpty {
                account.setSecondFactor(seeds: [seed], others: [])
                try addExceptions(&account)
            }
            account.aliases = try aliases.addresses(of: account.name, tables)
            try body(account)
        }
        try aliases.eachUnused(tables, note)
    }

    private static let appPasswords = Query(
        """
        SELECT id, description, password_hash FROM mailbox_app_password WHERE username = ? ORDER BY CAST(id AS INTEGER)
        """)

    private func addAppPasswords(_ account: inout ImportedAccount) throws(SourceError) {
        var found: [ImportedAppPassword] = []
        try tables.each(Self.appPasswords, [.text(account.name.text)]) { (row) throws(SourceError) in
            let label = SourceValue.label(row.optionalText(1), otherwise: "app password \(row.text(0))")
            found.append(
                ImportedAppPassword(
                    item: row.text(0), name: label, hash: SourceValue.hash(row.text(2), defaultScheme: defaultScheme)))
        }
        account.appPasswords = found
    }

    private static let exceptions = Query(
        "SELECT ip FROM totp_exception_address WHERE username IN (?, ?, '') ORDER BY ip")

    /// Adds the networks from which PostfixAdmin accepts the main password without a second factor. In Postern no main
    /// password can be limited to networks, but an app password with the same hash can.
    private func addExceptions(_ account: inout ImportedAccount) throws(SourceError) {
        guard let hash = account.mainHash else { return }
        var texts: [String] = []
        try tables.each(Self.exceptions, [.text(account.name.text), .text(account.name.domain)]) {
            (row) throws(SourceError) in texts.append(row.text(0))
        }
        guard !texts.isEmpty else { return }
        // PostfixAdmin compares them as text, so that networks never match.
        let unread = texts.filter { IPAddress($0) == nil }
        if !unread.isEmpty {
            account.note("exception address \(unread.joined(separator: ", ")) is not an address; skipped")
        }
        let networks = texts.filter { IPAddress($0) != nil }.compactMap { CIDR($0) }
        guard !networks.isEmpty else { return }
        var one = ImportedAppPassword(item: "exceptions", name: "Main password, exception addresses", hash: hash)
        one.networks = networks
        one.isMainPassword = true
        account.appPasswords.append(one)
        account.note(
            "its main password stays valid for mail from \(networks.map(\.description).joined(separator: ", ")), "
                + "as an app password; replace it by a new app password")
    }
}
