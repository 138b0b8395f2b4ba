import SQL

extension Store {
    /// Changes an account's own policy.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setPolicy(_ policy: PolicyChange, account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            guard let old = try self.policy(account: account) else { return }
            try database.run(
                """
                UPDATE account SET app_passwords_required = ?2, second_factor_required = ?3, max_age = ?4,
                    services = ?5, most_app_passwords = ?6
                WHERE name = ?1
                """, [.text(account.text)] + Self.values(policy.apply(to: old)))
            try enforce(policy, "name = ?1", account.text, from: change.at)
        }
    }

    /// Changes a domain's policy, whether or not it has accounts yet. It applies to all of them from the next sign-in
    /// on.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setPolicy(_ policy: PolicyChange, domain: String, change: Change) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            let old = try self.policy(domain: domain)
            try makeDomain(domain)
            try database.run(
                """
                UPDATE domain SET generation = generation + 1, app_passwords_required = coalesce(?2, 0),
                    second_factor_required = coalesce(?3, 0), max_age = ?4, services = ?5, most_app_passwords = ?6
                WHERE name = ?1
                """, [.text(domain)] + Self.values(policy.apply(to: old ?? Policy())))
            try enforce(policy, "domain = ?1", domain, from: change.at)
            try record(change)
        }
    }

    /// Adds a domain that sets nothing, unless the domain exists.
    func makeDomain(_ name: String) throws(StoreError) {
        try database.run(
            """
            INSERT INTO domain (name, generation, app_passwords_required, second_factor_required) VALUES (?, 0, 0, 0)
            ON CONFLICT (name) DO NOTHING
            """, [.text(name)])
    }

    /// The values of a policy, in the order of the columns of both tables.
    static func values(_ policy: Policy) -> [Value] {
        [
            .flag(policy.appPasswordsRequired), .flag(policy.secondFactorRequired), .integer(policy.maxAge),
            .integer(policy.services?.rawValue), .integer(policy.maxAppPasswords),
        ]
    }

    /// Applies a domain's policy to app passwords and sessions that were added after the policy, as by an import.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func enforcePolicy(domain: String, from now: Timestamp) throws(StoreError) {
        try enforce(PolicyChange(Policy(), cleared: .all), "domain = ?1", domain, from: now)
    }

    /// Applies a new policy to existing app passwords and sessions. App passwords last no longer than if they were made
    /// now, and none expires at once; sessions that a main password alone opened end if that is no longer enough.
    ///
    /// - Parameters:
    ///   - accounts: An SQL condition on `account`, with `?1` for `name`.
    ///   - name: The name of the account or domain.
    private func enforce(_ policy: PolicyChange, _ accounts: String, _ name: String, from now: Timestamp)
        throws(StoreError)
    {
        if policy.values.maxAge != nil || policy.cleared.contains(.maxAge) {
            try database.run(
                """
                WITH limited (name, until) AS (
                    SELECT a.name, ?2 + coalesce(a.max_age, d.max_age)
                    FROM account a LEFT JOIN domain d ON d.name = a.domain
                    WHERE a.\(accounts) AND coalesce(a.max_age, d.max_age) > 0
                )
                UPDATE app_password SET expires = limited.until FROM limited
                WHERE account = limited.name AND (expires IS NULL OR expires > limited.until) AND revoked IS NULL
                """, [.text(name), .timestamp(now)])
        }
        if policy.values.secondFactorRequired == true || policy.cleared.contains(.secondFactor) {
            try database.run(
                """
                UPDATE app_password SET revoked = ?2
                WHERE session IS NOT NULL AND revoked IS NULL AND account IN (
                    SELECT a.name FROM account a LEFT JOIN domain d ON d.name = a.domain
                    WHERE a.\(accounts) AND a.second_factor = 'off'
                        AND coalesce(a.second_factor_required, d.second_factor_required) = 1
                )
                """, [.text(name), .timestamp(now)])
        }
    }

    /// An account's own policy; nil if there is no such account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func policy(account: AccountName) throws(StoreError) -> Policy? {
        try policy(Self.policyOfAccount, account.text)
    }

    /// A domain's policy; nil if nothing was ever set.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func policy(domain: String) throws(StoreError) -> Policy? { try policy(Self.policyOfDomain, domain) }

    /// The policy that applies to an account: its own, completed by its domain's.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func policyInForce(account: AccountName) throws(StoreError) -> Policy {
        try (policy(account: account) ?? Policy()).or(try policy(domain: account.domain) ?? Policy())
    }

    private static let policyColumns =
        "SELECT app_passwords_required, second_factor_required, max_age, services, most_app_passwords FROM"
    private static let policyOfAccount = Query("\(policyColumns) account WHERE name = ?")
    private static let policyOfDomain = Query("\(policyColumns) domain WHERE name = ?")

    private func policy(_ query: Query, _ name: String) throws(StoreError) -> Policy? {
        let row = try database.prepare(query, [.text(name)])
        guard try row.step() else { return nil }
        return Policy(
            appPasswordsRequired: row.optionalFlag(0), secondFactorRequired: row.optionalFlag(1),
            maxAge: row.optionalInteger(2), services: row.optionalInteger(3).map { Scope(rawValue: $0) },
            maxAppPasswords: row.optionalInteger(4))
    }
}

extension AccountState {
    /// The account as it would be under another policy.
    package func under(_ policy: Policy) -> AccountState {
        with(
            secondFactor: secondFactor, appPasswordsRequired: policy.appPasswordsRequired ?? false,
            secondFactorRequired: policy.secondFactorRequired ?? false, services: policy.services ?? .mail)
    }

    /// The account as it would be with another second factor.
    package func with(_ secondFactor: SecondFactor) -> AccountState {
        with(
            secondFactor: secondFactor, appPasswordsRequired: appPasswordsRequired,
            secondFactorRequired: secondFactorRequired, services: services)
    }

    private func with(
        secondFactor: SecondFactor, appPasswordsRequired: Bool, secondFactorRequired: Bool, services: Scope
    ) -> AccountState {
        AccountState(
            name: name, generation: generation, mainHash: mainHash, isMainMapped: isMainMapped, former: former,
            secretsGeneration: secretsGeneration, mainGeneration: mainGeneration, mustChange: mustChange,
            disabledSince: disabledSince, disabledUntil: disabledUntil,
            secondFactor: secondFactor, secondFactorSince: secondFactorSince,
            appPasswordsRequired: appPasswordsRequired, secondFactorRequired: secondFactorRequired,
            services: services, sendsAsAny: sendsAsAny, mailbox: mailbox, created: created)
    }
}
