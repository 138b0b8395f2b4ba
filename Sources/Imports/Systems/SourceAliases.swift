import Credentials
import SQL
import SQLite

/// The further addresses that the accounts of a source may send as.
struct SourceAliases {
    /// The table of aliases: without it aliases are not imported.
    private let table: String

    /// - Parameters:
    ///   - table: The table that has most of them.
    ///   - pairs: A query of line, address, the accounts to which it leads (separated by commas), and whether they may
    ///     send as it even if it is another account's address. A forward of a mailbox does not permit that.
    ///   - accounts: A query of the names of all accounts, in lower case. Other targets are ignored.
    ///   - domains: A query of alias domains and the domains that they stand for.
    init(_ tables: SourceTables, in table: String = "alias", _ pairs: String, accounts: String, domains: String)
        throws(SourceError)
    {
        self.table = table
        try tables.change(
            "CREATE TABLE \"alias target\" (address, account, line, permits, UNIQUE (address, account, permits))")
        try tables.change("CREATE TABLE \"further domain\" AS \(domains)")
        try tables.change("CREATE INDEX \"by target\" ON \"further domain\" (lower(target_domain))")
        try tables.each(pairs) { (row) throws(SourceError) in
            let address = row.text(1).lowercased()
            for target in Set(SourceValue.addresses(row.optionalText(2)).map { $0.lowercased() })
            where target != address {
                try tables.change(
                    "INSERT OR IGNORE INTO \"alias target\" VALUES (?, ?, ?, ?)",
                    [.text(address), .text(target), .integer(row.optionalInteger(0)), .flag(row.flag(3))])
            }
        }
        try tables.change("CREATE TABLE \"account name\" (name PRIMARY KEY) WITHOUT ROWID")
        try tables.change("INSERT OR IGNORE INTO \"account name\" \(accounts)")
        try tables.change("DELETE FROM \"alias target\" WHERE account NOT IN (SELECT name FROM \"account name\")")
        try tables.change("CREATE INDEX \"by account\" ON \"alias target\" (account)")
    }

    /// Returns the further addresses of an account, sorted; nil if the source has no table of aliases.
    func addresses(of account: AccountName, _ tables: SourceTables) throws(SourceError) -> [SenderAddress]? {
        guard tables.has(table) else { return nil }
        var found: Set<SenderAddress> = []
        try tables.each(Self.ofAccount, [.text(account.text), .text(account.localPart), .text(account.domain)]) {
            (row) throws(SourceError) in
            if let alias = SenderAddress(row.text(0)), alias != SenderAddress(account) { found.insert(alias) }
        }
        return found.sorted { $0.text < $1.text }
    }

    private static let ofAccount = Query(
        """
        SELECT address FROM "alias target" WHERE account = ?1
            AND (permits OR address NOT IN (SELECT name FROM "account name"))
        UNION SELECT ?2 || '@' || lower(alias_domain) FROM "further domain" WHERE lower(target_domain) = ?3
            AND ?2 || '@' || lower(alias_domain) NOT IN (SELECT name FROM "account name")
        """)

    /// Notes the aliases that let nobody send.
    func eachUnused(_ tables: SourceTables, _ note: (ImportNote) -> Void) throws(SourceError) {
        guard tables.has(table) else {
            return note(ImportNote(table, "the source does not have this table: aliases are left as they are"))
        }
        try tables.each(
            """
            SELECT address, min(line), max(permits), address IN (SELECT name FROM "account name"), min(account)
            FROM "alias target" GROUP BY address ORDER BY address
            """
        ) { (row) throws(SourceError) in
            let address = row.text(0)
            let why: String
            if address == "*" {
                why =
                    "any address, for \(row.text(4)) and perhaps others: not imported; run "
                    + "'postern account send-as ADDRESS any' for each account that may send as any address"
            } else if SenderAddress(address) == nil {
                why = "an alias that is neither an address nor a whole domain; skipped"
            } else if row.flag(3), !row.flag(2) {
                why = "an account whose mail goes to others, too: in Postern only the account itself may send as it"
            } else {
                return
            }
            note(ImportNote(address, why, line: row.optionalInteger(1).map { Int($0) }))
        }
    }
}
