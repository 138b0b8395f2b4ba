import Credentials
import SQL
import SQLite

/// Mailu, in SQLite, MariaDB or PostgreSQL (core/admin/mailu/models.py).
package struct Mailu: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "mailu"

    /// The tables and columns that are read.
    package static let tables = [
        SourceTables.Wanted(
            "user",
            [
                "email", "password", "enabled", "enable_imap", "enable_pop", "change_pw_next_login", "totp_enabled",
                "totp_secret",
            ], isNeeded: true),
        SourceTables.Wanted("token", ["id", "user_email", "password", "ip", "comment", "created_at"], isNeeded: true),
        SourceTables.Wanted("alias", ["email", "wildcard", "destination", "disabled", "owner_email"]),
        SourceTables.Wanted("alternative", ["name", "domain_name"]),
    ]

    private let tables: SourceTables
    private let aliases: SourceAliases

    /// Makes a source from loaded tables.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be changed.
    package init(_ tables: SourceTables) throws(SourceError) {
        try tables.execute(
            """
            UPDATE user SET email = lower(email); CREATE INDEX by_email ON user (email);
            UPDATE token SET user_email = lower(user_email); CREATE INDEX by_user ON token (user_email);
            """)
        aliases = try SourceAliases(
            tables,
            """
            SELECT line, CASE WHEN lower(ifnull(wildcard, '0')) NOT IN ('1', 't', 'true') THEN email
                WHEN substr(email, 1, 2) = '%@' THEN substr(email, 2) ELSE '@' || email END, destination, 0
            FROM alias WHERE lower(ifnull(disabled, '0')) NOT IN ('1', 't', 'true')
                AND (owner_email IS NULL OR lower(owner_email) IN
                    (SELECT email FROM user WHERE lower(enabled) IN ('1', 't', 'true')))
            """,
            accounts: "SELECT email FROM user",
            domains: "SELECT name AS alias_domain, domain_name AS target_domain FROM alternative")
        self.tables = tables
    }

    /// Returns how many accounts the source has.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be read.
    package func countAccounts() throws(SourceError) -> Int { try tables.count("SELECT count(*) FROM user") }

    /// Calls `body` for each account; `note` receives rows that belong to no account.
    ///
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be read, or the error of `body`.
    package func eachAccount(
        _ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void
    ) throws(SourceError) {
        try tables.eachAccount(
            """
            SELECT line, email, password, enabled, enable_imap, enable_pop, change_pw_next_login, totp_enabled,
                totp_secret
            FROM user
            ORDER BY email, line
            """, note: note
        ) { (row, account) throws(SourceError) in
            var account = account
            account.mainHash = row.optionalText(2).map(Self.hash)
            account.isDisabled = SourceValue.flag(row.optionalText(3)) != true
            var disabled: Scope = []
            if SourceValue.flag(row.optionalText(4)) == false { disabled.formUnion(Scope([.imap])) }
            if SourceValue.flag(row.optionalText(5)) == false { disabled.formUnion(Scope([.pop3])) }
            if !disabled.isEmpty { account.policy.services = .mail.subtracting(disabled) }
            if SourceValue.flag(row.optionalText(6)) == true {
                account.note(
                    "Mailu would make it change its password at its next sign-in to the web: not imported, since "
                        + "'postern account must-change' also refuses the main password for mail until then")
            }
            if SourceValue.flag(row.optionalText(7)) == true {
                account.setSecondFactor(seeds: [row.optionalText(8) ?? ""], others: [])
            }
            try addTokens(&account)
            account.aliases = try aliases.addresses(of: account.name, tables)
            try body(account)
        }
        try aliases.eachUnused(tables, note)
    }

    /// Returns a hash without its scheme if its form, passlib's, tells it: the scheme in front of older rows says less.
    private static func hash(_ stored: String) -> String {
        guard stored.hasPrefix("{"), let end = stored.firstIndex(of: "}") else { return stored }
        let body = stored[stored.index(after: end)...]
        return body.hasPrefix("$") ? String(body) : stored
    }

    private static let tokens = Query(
        "SELECT id, password, ip, comment, created_at FROM token WHERE user_email = ? ORDER BY CAST(id AS INTEGER)")

    private func addTokens(_ account: inout ImportedAccount) throws(SourceError) {
        var found: [ImportedAppPassword] = []
        var notes: [ImportNote] = []
        let name = account.name.text
        try tables.each(Self.tokens, [.text(name)]) { (row) throws(SourceError) in
            let label = SourceValue.label(row.optionalText(3), otherwise: "token \(row.text(0))")
            var one = ImportedAppPassword(item: row.text(0), name: label, hash: Self.hash(row.text(1)))
            let networks = SourceValue.networks(row.optionalText(2))
            one.networks = networks.read
            one.created = SourceValue.timestamp(row.optionalText(4))
            if !networks.unread.isEmpty {
                // Without a valid network Mailu never accepted it either.
                one.isDisabled = networks.read.isEmpty
                notes.append(
                    ImportNote(
                        name,
                        "token \"\(label)\" is limited to \(networks.unread.joined(separator: ", ")), which is not a "
                            + "network: " + (one.isDisabled ? "it is disabled" : "that limit is skipped")))
            }
            found.append(one)
        }
        account.appPasswords = found
        account.notes += notes
    }
}
