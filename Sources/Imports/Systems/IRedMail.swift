import Credentials
import SQL
import SQLite

/// iRedMail's database `vmail`, in MariaDB or PostgreSQL (samples/iredmail/iredmail.mysql).
package struct IRedMail: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "iredmail"

    private static let switches = [
        "enableimap", "enableimapsecured", "enableimaptls", "enablepop3", "enablepop3secured", "enablepop3tls",
        "enablesmtp", "enablesmtpsecured", "enablesieve", "enablesievesecured", "enablesievetls",
        "enablemanagesieve", "enablemanagesievesecured",
    ]

    /// The tables and columns that are read.
    package static let tables = [
        SourceTables.Wanted(
            "mailbox", ["username", "password", "domain", "allow_nets", "active"] + switches, isNeeded: true),
        SourceTables.Wanted("domain", ["domain", "active", "backupmx"], isNeeded: true),
        SourceTables.Wanted(
            "forwardings", ["address", "forwarding", "is_list", "is_alias", "active"], isNeeded: true),
        SourceTables.Wanted("alias", ["address", "active"]),
        SourceTables.Wanted("alias_domain", ["alias_domain", "target_domain", "active"]),
    ]

    private static let isActive = "lower(ifnull(active, '1')) IN ('1', 't', 'true')"

    private let tables: SourceTables
    private let aliases: SourceAliases
    private let defaultScheme: String?

    /// Makes a source from loaded tables.
    ///
    /// - Parameter defaultScheme: The scheme of passwords without one: Dovecot's `default_pass_scheme`.
    /// - Throws: `SourceError.scratch` if the loaded tables cannot be changed.
    package init(_ tables: SourceTables, defaultScheme: String?) throws(SourceError) {
        self.defaultScheme = defaultScheme
        // Its Dovecot query requires a domain that is active and not a backup.
        try tables.execute(
            """
            UPDATE mailbox SET username = lower(username);
            CREATE TABLE "active domain" (name PRIMARY KEY);
            INSERT OR IGNORE INTO "active domain" SELECT lower(domain) FROM domain
                WHERE \(Self.isActive) AND lower(ifnull(backupmx, '0')) IN ('0', 'f', 'false');
            """)
        // Forwards of a mailbox let nobody send as it; members of a list may, as long as the list is active. The
        // address of a catch-all is the bare domain.
        aliases = try SourceAliases(
            tables, in: "forwardings",
            """
            SELECT line, iif(address LIKE '%@%', address, '@' || address), forwarding, 0 FROM forwardings
            WHERE \(Self.isActive) AND (is_alias IN ('1', 't', 'true') OR is_list IN ('1', 't', 'true')
                    OR address NOT LIKE '%@%')
                AND lower(address) NOT IN (SELECT lower(address) FROM alias WHERE NOT \(Self.isActive))
            """,
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
            SELECT line, username, password, active, lower(domain) IN (SELECT name FROM "active domain"), allow_nets,
                \(Self.switches.joined(separator: ", "))
            FROM mailbox ORDER BY username, line
            """, note: note
        ) { (row, account) throws(SourceError) in
            var account = account
            account.mainHash = row.optionalText(2).map { SourceValue.hash($0, defaultScheme: defaultScheme) }
            account.isDisabled = SourceValue.flag(row.optionalText(3)) != true || !row.flag(4)
            let disabled = Self.disabledServices { SourceValue.flag(row.optionalText(6 + Int32($0))) }
            if !disabled.isEmpty { account.policy.services = .mail.subtracting(disabled) }
            // An empty list allows no network.
            if let networks = row.optionalText(5) { account.limitMainPassword(to: [networks]) }
            account.aliases = try aliases.addresses(of: account.name, tables)
            try body(account)
        }
        try aliases.eachUnused(tables, note)
    }

    /// Returns the mail services that are switched off. Sign-ins under TLS need the switch with "secured" or "tls" in
    /// its name, or the plain one if there is none.
    ///
    /// - Parameter isOn: Returns the state of a switch by its index in `switches`; nil if the source does not have it.
    private static func disabledServices(_ isOn: (Int) -> Bool?) -> Scope {
        func isEnabled(_ plain: String) -> Bool {
            let secured = [plain + "secured", plain + "tls"].compactMap { switches.firstIndex(of: $0) }
                .compactMap(isOn)
            let own = switches.firstIndex(of: plain).flatMap(isOn)
            return secured.isEmpty ? own ?? true : secured.contains(true)
        }
        var disabled: [Service] = []
        if !isEnabled("enableimap") { disabled.append(.imap) }
        if !isEnabled("enablepop3") { disabled.append(.pop3) }
        if !isEnabled("enablesmtp") { disabled.append(.smtp) }
        if !isEnabled("enablesieve") || !isEnabled("enablemanagesieve") { disabled.append(.sieve) }
        return Scope(disabled)
    }
}
