/// Gives the names of a database that is older than canonical names their canonical form. Only what is not ASCII has
/// another one.
enum CanonicalMigration {
    static func run(_ connection: borrowing Connection) throws(StoreError) {
        for name in try notASCII(connection, "SELECT name FROM account") {
            // Validated as names were then; one that is invalid now stays reachable by its stored spelling alone.
            guard let canonical = AccountName(name)?.text else { continue }
            try connection.run(
                "UPDATE account SET canonical = nullif(?1, name), domain = ?2 WHERE name = ?3",
                [.text(canonical), .text(AccountName(stored: canonical).domain), .text(name)])
        }
        for address in try notASCII(connection, "SELECT DISTINCT address FROM alias") {
            guard let canonical = AccountName(address)?.text else { continue }
            try connection.run(
                "INSERT OR IGNORE INTO alias (address, account) SELECT ?1, account FROM alias WHERE address = ?2",
                [.text(canonical), .text(address)])
            guard !canonical.utf8.elementsEqual(address.utf8) else { continue }
            try connection.run("DELETE FROM alias WHERE address = ?", [.text(address)])
        }
        for domain in try notASCII(connection, "SELECT name FROM domain") {
            guard let labels = CanonicalName.aLabels(Array(domain.utf8)) else { continue }
            try move(domain, to: String(decoding: CanonicalName.lower(labels), as: UTF8.self), connection)
        }
    }

    /// Where both spellings have a policy, the stricter part of each holds: nobody's protection is loosened.
    private static func move(_ domain: String, to canonical: String, _ connection: borrowing Connection)
        throws(StoreError)
    {
        try connection.run(
            """
            INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, max_age, services,
                most_app_passwords)
            SELECT ?1, generation, app_passwords_required, second_factor_required, max_age, services, most_app_passwords
            FROM domain WHERE name = ?2
            ON CONFLICT (name) DO UPDATE SET generation = max(generation, excluded.generation) + 1,
                app_passwords_required = max(app_passwords_required, excluded.app_passwords_required),
                second_factor_required = max(second_factor_required, excluded.second_factor_required),
                max_age = coalesce(min(nullif(max_age, 0), nullif(excluded.max_age, 0)), nullif(max_age, 0),
                    nullif(excluded.max_age, 0)),
                services = coalesce(services & excluded.services, services, excluded.services),
                most_app_passwords = coalesce(min(nullif(most_app_passwords, 0), nullif(excluded.most_app_passwords, 0)),
                    nullif(most_app_passwords, 0), nullif(excluded.most_app_passwords, 0))
            """, [.text(canonical), .text(domain)])
        try connection.run("DELETE FROM domain WHERE name = ?", [.text(domain)])
    }

    private static func notASCII(_ connection: borrowing Connection, _ sql: String) throws(StoreError) -> [String] {
        let rows = try connection.prepare(sql)
        var found: [String] = []
        while try rows.step() {
            let text = rows.text(0)
            if !text.utf8.allSatisfy({ $0 < 0x80 }) { found.append(text) }
        }
        return found
    }
}
