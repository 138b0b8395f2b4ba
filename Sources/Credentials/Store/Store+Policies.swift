/// What a domain asks of its accounts, or an account of itself. Nil: not said here.
package struct Policy: Equatable, Sendable {
    package var appPasswordsRequired: Bool?
    package var secondFactorRequired: Bool?

    package init(appPasswordsRequired: Bool? = nil, secondFactorRequired: Bool? = nil) {
        self.appPasswordsRequired = appPasswordsRequired
        self.secondFactorRequired = secondFactorRequired
    }
}

extension Store {
    /// Sets what the policy says and leaves what it does not.
    package func setPolicy(_ policy: Policy, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE account SET app_passwords_required = ifnull(?, app_passwords_required),
                    second_factor_required = ifnull(?, second_factor_required) WHERE name = ?
                """,
                [.flag(policy.appPasswordsRequired), .flag(policy.secondFactorRequired), .text(account.text)])
        }
    }

    /// The same for a domain, whether or not it has accounts yet. Counts from the next sign-in on for all of them.
    package func setPolicy(_ policy: Policy, domain: String, change: Change) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(
                """
                INSERT INTO domain (name, generation, app_passwords_required, second_factor_required)
                VALUES (?1, 1, ifnull(?2, 0), ifnull(?3, 0))
                ON CONFLICT DO UPDATE SET generation = generation + 1,
                    app_passwords_required = ifnull(?2, app_passwords_required),
                    second_factor_required = ifnull(?3, second_factor_required)
                """, [.text(domain), .flag(policy.appPasswordsRequired), .flag(policy.secondFactorRequired)])
            try record(change)
        }
    }

    /// What an account's own policy says; nil if there is no such account.
    package func policy(account: AccountName) throws(StoreError) -> Policy? {
        try policy("SELECT app_passwords_required, second_factor_required FROM account WHERE name = ?", account.text)
    }

    /// What a domain's policy says; nil if nothing was ever set.
    package func policy(domain: String) throws(StoreError) -> Policy? {
        try policy("SELECT app_passwords_required, second_factor_required FROM domain WHERE name = ?", domain)
    }

    private func policy(_ sql: String, _ name: String) throws(StoreError) -> Policy? {
        let row = try connection.prepare(sql, [.text(name)])
        guard try row.step() else { return nil }
        return Policy(appPasswordsRequired: row.optionalFlag(0), secondFactorRequired: row.optionalFlag(1))
    }
}
