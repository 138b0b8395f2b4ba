import Credentials

/// Which further addresses an account of a source may send as. An alias has one account here: one that leads to several is
/// left out and named.
struct SourceAliases {
    /// - Parameters:
    ///   - pairs: A query of line, address and the accounts that it leads to, between commas.
    ///   - accounts: A query of the names of all accounts, in lower case; mail that goes elsewhere is not Postern's business.
    ///   - domains: A query of further names of domains and the domains that they stand for.
    init(_ tables: SourceTables, _ pairs: String, accounts: String, domains: String) throws(SourceError) {
        do throws(StoreError) {
            try tables.change("CREATE TABLE \"alias target\" (address, account, line, UNIQUE (address, account))")
            try tables.change("CREATE TABLE \"further domain\" AS \(domains)")
            try tables.each(pairs) { (row) throws(StoreError) in
                let address = row.text(1).lowercased()
                for target in Set(SourceValue.addresses(row.optionalText(2)).map { $0.lowercased() })
                where target != address {
                    try tables.change(
                        "INSERT OR IGNORE INTO \"alias target\" VALUES (?, ?, ?)",
                        [.text(address), .text(target), .integer(row.optionalInteger(0))])
                }
            }
            try tables.change("CREATE TABLE \"account name\" (name PRIMARY KEY) WITHOUT ROWID")
            try tables.change("INSERT OR IGNORE INTO \"account name\" \(accounts)")
            try tables.change("DELETE FROM \"alias target\" WHERE account NOT IN (SELECT name FROM \"account name\")")
            try tables.change("CREATE INDEX \"by account\" ON \"alias target\" (account)")
        } catch {
            throw .scratch(error)
        }
    }

    /// Those that lead to this account alone.
    func addresses(of account: AccountName, _ tables: SourceTables) throws(StoreError) -> [AccountName] {
        var found: Set<AccountName> = []
        try tables.each(Self.ofAccount, [.text(account.text), .text(account.localPart), .text(account.domain)]) {
            (row) throws(StoreError) in
            if let alias = AccountName.importable(row.text(0)), alias != account { found.insert(alias) }
        }
        return found.sorted { $0.text < $1.text }
    }

    private static let ofAccount = Query(
        """
        SELECT address FROM (
            SELECT address FROM "alias target" t WHERE account = ?1 AND address NOT LIKE '@%'
                AND (SELECT count(*) FROM "alias target" o WHERE o.address = t.address) = 1
            UNION SELECT ?2 || '@' || lower(alias_domain) FROM "further domain" WHERE lower(target_domain) = ?3)
        WHERE address NOT IN (SELECT name FROM "account name")
        """)

    /// Those that lead to nobody or to several.
    func eachUnused(_ tables: SourceTables, _ note: (ImportNote) -> Void) throws(StoreError) {
        try tables.each(
            """
            SELECT address, min(line), count(*), address IN (SELECT name FROM "account name") FROM "alias target"
            GROUP BY address ORDER BY address
            """
        ) { (row) throws(StoreError) in
            let (address, count, isAccount) = (row.text(0), row.integer(2), row.flag(3))
            let why: String
            if address.hasPrefix("@") || address == "*" {
                why = "a domain or pattern instead of one address: nobody may send as all of it here"
            } else if isAccount {
                why = "an account and an alias of others: only itself sends as it here"
            } else if count > 1 {
                why = "an alias of \(count) accounts: here an alias has one, so nobody sends as it"
            } else if AccountName.importable(address) == nil {
                why = "an alias that is no address"
            } else {
                return
            }
            note(ImportNote(address, why, line: row.optionalInteger(1).map { Int($0) }))
        }
    }
}
