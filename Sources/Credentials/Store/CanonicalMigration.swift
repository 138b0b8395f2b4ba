import SQL

/// Gives the names in a database that is older than canonical names their canonical form. Only names that are not ASCII
/// differ from it.
enum CanonicalMigration {
    static func run(_ database: borrowing Database) throws(StoreError) {
        for name in try database.prepare("SELECT name FROM account WHERE name GLOB '*[^ -~]*'").texts() {
            // Names were validated by the rules of that time; one that is invalid now stays reachable by its stored
            // spelling alone.
            try database.run(
                "UPDATE account SET canonical = nullif(?1, name), domain = ?2 WHERE name = ?3",
                [.text(AccountName(name)?.text), .text(AccountName(stored: name).domain), .text(name)])
        }
        for address in try database.prepare(
            "SELECT DISTINCT address FROM alias WHERE address GLOB '*[^a-z0-9.@_+-]*' OR instr(address, '@') = 0"
        ).texts() {
            try move(alias: address, database)
        }
        for domain in try database.prepare("SELECT name FROM domain WHERE name GLOB '*[^ -~]*'").texts() {
            let canonical = AccountName(stored: "@" + domain).domain
            if !canonical.utf8.elementsEqual(domain.utf8) { try move(domain, to: canonical, database) }
        }
    }

    /// Replaces an alias by its canonical form. An alias that is not an address, such as a pattern, never allowed
    /// anybody to send: it is deleted, with an entry in the change record.
    private static func move(alias address: String, _ database: borrowing Database) throws(StoreError) {
        let canonical = SenderAddress(address)?.text
        if let canonical {
            guard !canonical.utf8.elementsEqual(address.utf8) else { return }
            try database.run(
                "INSERT OR IGNORE INTO alias (address, account) SELECT ?1, account FROM alias WHERE address = ?2",
                [.text(canonical), .text(address)])
        } else {
            try database.run(
                """
                INSERT INTO change (number, at, actor, subject, action, detail)
                SELECT (SELECT ifnull(max(number), 0) FROM change) + row_number() OVER (), unixepoch(), 'postern', account,
                    'alias remove', address || ': no address'
                FROM alias WHERE address = ?
                """, [.text(address)])
        }
        try database.run("DELETE FROM alias WHERE address = ?", [.text(address)])
    }

    /// Moves a domain to its canonical name. If both names have a policy, the stricter of each part applies, so that
    /// nobody's protection is weakened.
    private static func move(_ domain: String, to canonical: String, _ database: borrowing Database)
        throws(StoreError)
    {
        try database.run(
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
        try database.run("DELETE FROM domain WHERE name = ?", [.text(domain)])
    }
}
