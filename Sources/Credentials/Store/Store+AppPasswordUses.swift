import SQL

extension Store {
    /// The app passwords to read.
    package enum AppPasswordFilter: Sendable {
        case all
        case domain(String)
        case account(AccountName)
    }

    /// Entries read at once: a slow reader must not keep the write-ahead log from being emptied.
    private static let usesPerPage = 1000

    /// The number of app passwords of an account that are neither revoked nor expired, without those of webmail
    /// sessions.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func liveAppPasswords(account: AccountName, now: Timestamp) throws(StoreError) -> Int64 {
        try Int64(appPasswords(account: account).count { $0.isLive(at: now) })
    }

    /// The maximum number of app passwords for which `eachAppPasswordUse` calls its body.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func countAppPasswords() throws(StoreError) -> Int {
        Int(try database.number("SELECT count(*) FROM app_password"))
    }

    /// Calls `body` for each app password that is not revoked, sorted by account, without those of webmail sessions.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func eachAppPasswordUse(_ filter: AppPasswordFilter, _ body: (AppPasswordUse) -> Void) throws(StoreError) {
        var last: AppPasswordUse?
        while true {
            let page = try uses(filter, after: last)
            page.forEach(body)
            guard page.count == Self.usesPerPage else { return }
            last = page.last
        }
    }

    private func uses(_ filter: AppPasswordFilter, after last: AppPasswordUse?) throws(StoreError) -> [AppPasswordUse] {
        let (query, name): (Query, String?) =
            switch filter {
            case .all: (Self.usesOfAll, nil)
            case .domain(let domain): (Self.usesOfDomain, domain)
            case .account(let account): (Self.usesOfAccount, account.text)
            }
        let rows = try database.prepare(
            query, [.text(last?.account ?? ""), .text(last?.id ?? ""), .text(name)])
        var page: [AppPasswordUse] = []
        while try rows.step() {
            let use = max(rows.integer(6), rows.integer(7))
            page.append(
                AppPasswordUse(
                    account: rows.text(0), id: rows.text(1), name: rows.text(2),
                    created: Timestamp(rows.integer(3)), expires: rows.timestamp(4), isDisabled: rows.flag(5),
                    lastUse: use > 0 ? Timestamp(use) : nil))
        }
        return page
    }

    private static func usesQuery(_ condition: String) -> Query {
        Query(
            """
            SELECT p.account, p.id, p.name, p.created, p.expires, p.disabled IS NOT NULL, coalesce(p.used, 0),
                coalesce((SELECT max(s.last) FROM sign_in s WHERE s.account = p.account AND s.credential = p.id), 0)
            FROM app_password p JOIN account a ON a.name = p.account
            WHERE (p.account, p.id) > (?1, ?2) AND \(condition) AND p.revoked IS NULL AND p.session IS NULL
            ORDER BY p.account, p.id LIMIT \(usesPerPage)
            """)
    }

    private static let usesOfAll = usesQuery("?3 IS NULL")
    private static let usesOfDomain = usesQuery("a.domain = ?3")
    private static let usesOfAccount = usesQuery("p.account = ?3")
}
