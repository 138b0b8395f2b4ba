import Credentials
import SQLite

/// iRedMail's database `vmail`, in MariaDB or PostgreSQL (samples/iredmail/iredmail.mysql).
package struct IRedMail: ImportSource {
    package static let name = "iredmail"

    private static let switches = [
        "enableimap", "enableimapsecured", "enableimaptls", "enablepop3", "enablepop3secured", "enablepop3tls",
        "enablesmtp", "enablesmtpsecured", "enablesieve", "enablesievesecured", "enablesievetls",
        "enablemanagesieve", "enablemanagesievesecured",
    ]

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

    /// - Parameter defaultScheme: Of passwords that say none: Dovecot's `default_pass_scheme`.
    package init(_ tables: SourceTables, defaultScheme: String?) throws(SourceError) {
        self.defaultScheme = defaultScheme
        // Its Dovecot query asks for a domain that is active and not a backup.
        try tables.execute(
            """
            UPDATE mailbox SET username = lower(username);
            CREATE TABLE "active domain" (name PRIMARY KEY);
            INSERT OR IGNORE INTO "active domain" SELECT lower(domain) FROM domain
                WHERE \(Self.isActive) AND lower(ifnull(backupmx, '0')) IN ('0', 'f', 'false');
            """)
        // A mailbox's own forwards let nobody send; a list's members may, as long as the list is active. A catch-all has the bare
        // domain as its address.
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

    package func countAccounts() throws(SourceError) -> Int { try tables.count("SELECT count(*) FROM mailbox") }

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
            let closed = Self.closedServices { SourceValue.flag(row.optionalText(6 + Int32($0))) }
            if !closed.isEmpty { account.policy.services = .mail.subtracting(closed) }
            // An empty list lets nobody in.
            if let networks = row.optionalText(5) { account.limitMainPassword(to: [networks]) }
            account.aliases = try aliases.addresses(of: account.name, tables)
            try body(account)
        }
        try aliases.eachUnused(tables, note)
    }

    /// A sign-in under TLS asks for the switch whose name says so; where there is none, for the plain one.
    ///
    /// - Parameter isOn: The switch at a place of `switches`; nil if the source does not have it.
    private static func closedServices(_ isOn: (Int) -> Bool?) -> Scope {
        func isOpen(_ plain: String) -> Bool {
            let secured = [plain + "secured", plain + "tls"].compactMap { switches.firstIndex(of: $0) }
                .compactMap(isOn)
            let own = switches.firstIndex(of: plain).flatMap(isOn)
            return secured.isEmpty ? own ?? true : secured.contains(true)
        }
        var closed: [Service] = []
        if !isOpen("enableimap") { closed.append(.imap) }
        if !isOpen("enablepop3") { closed.append(.pop3) }
        if !isOpen("enablesmtp") { closed.append(.smtp) }
        if !isOpen("enablesieve") || !isOpen("enablemanagesieve") { closed.append(.sieve) }
        return Scope(closed)
    }
}
