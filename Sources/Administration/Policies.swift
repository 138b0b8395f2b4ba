package import Credentials

/// Policies of domains and accounts.
extension Administrator {
    /// Computes what a change of an account's own policy would change for the account, without making the change.
    ///
    /// - Returns: Nil if nothing would change.
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read.
    package func effect(
        of change: PolicyChange, on account: AccountState
    ) throws(AdministrationError) -> PolicyEffect? {
        let domain = try policy(domain: account.name.domain)
        return try effects(of: change, on: [account]) { own in change.apply(to: own).or(domain) }.first
    }

    /// Computes what a change of a domain's policy would change for its accounts, without making the change.
    ///
    /// - Parameter step: Called after each account.
    /// - Returns: An effect for each account for which something would change, and how many accounts the domain has.
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read.
    package func effects(
        of change: PolicyChange, onDomain domain: String, step: (_ total: Int) -> Void = { _ in }
    ) throws(AdministrationError) -> ([PolicyEffect], accounts: Int) {
        let accounts = try storing { store throws(StoreError) in try store.accounts(domain: domain) }
        let new = change.apply(to: try policy(domain: domain))
        return (
            try effects(of: change, on: accounts, step: { step(accounts.count) }) { own in own.or(new) }, accounts.count
        )
    }

    private func policy(domain: String) throws(AdministrationError) -> Policy {
        try storing { store throws(StoreError) in try store.policy(domain: domain) } ?? Policy()
    }

    /// - Parameter policy: Returns the policy that would be in force for an account, from the account's own policy.
    private func effects(
        of change: PolicyChange, on accounts: [AccountState], step: () -> Void = {}, policy: (_ own: Policy) -> Policy
    ) throws(AdministrationError) -> [PolicyEffect] {
        let setsAge = change.values.maxAge != nil || change.cleared.contains(.maxAge)
        let now = clock()
        var effects: [PolicyEffect] = []
        for account in accounts {
            let effect = try storing { store throws(StoreError) in
                let own = try store.policy(account: account.name) ?? Policy()
                return try PolicyEffect(store, account, policy(own), setsAge: setsAge, now: now)
            }
            if !effect.isNothing { effects.append(effect) }
            step()
        }
        return effects
    }

    /// Changes an account's own policy.
    ///
    /// - Parameter words: The change in words, for the change record.
    /// - Throws: `Refusal.noAccount`.
    package func setPolicy(
        _ policy: PolicyChange, _ words: String, _ account: AccountName
    ) throws(AdministrationError) {
        try change(account, "account policy", words) { change throws(StoreError) in
            try store.setPolicy(policy, account: account, change: change)
        }
    }

    /// Changes a domain's policy.
    ///
    /// - Parameter words: The change in words, for the change record.
    /// - Throws: `AdministrationError.unavailable` if the store cannot be written.
    package func setPolicy(_ policy: PolicyChange, _ words: String, domain: String) throws(AdministrationError) {
        let change = change(domain, "domain policy", words)
        try storing { store throws(StoreError) in try store.setPolicy(policy, domain: domain, change: change) }
    }
}
