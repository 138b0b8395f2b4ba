package import Credentials

/// Adding, removing, disabling and setting up accounts.
extension Administrator {
    /// Checks that an account of this name can be added, so that a command need not ask for a password in vain.
    ///
    /// - Throws: `Refusal.cannotBeAccount`, `Refusal.accountExists`.
    package func expectAddable(_ name: AccountName) throws(AdministrationError) {
        guard name.canBeAccount else { throw .refused(.cannotBeAccount(name)) }
        guard try storing({ store throws(StoreError) in try store.account(name) }) == nil else {
            throw .refused(.accountExists(name))
        }
    }

    /// Adds an account.
    ///
    /// - Returns: Other accounts that have its address as an alias: they may send as it, too.
    /// - Throws: As `expectAddable`.
    package func add(
        _ name: AccountName, _ password: MainPasswordHash?, _ mailbox: MailboxOverrides
    ) throws(AdministrationError) -> [String] {
        try expectAddable(name)
        let (isAdded, others) = try storing { store throws(StoreError) in
            (
                try store.addAccount(
                    name, mainPassword: password, mailbox: mailbox, change: change(name.text, "account add")),
                try store.owners(ofAlias: SenderAddress(name))
            )
        }
        guard isAdded else { throw .refused(.accountExists(name)) }
        return others
    }

    /// Removes an account with its app passwords and aliases.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func remove(_ account: AccountName) throws(AdministrationError) {
        try change(account, "account remove") { change throws(StoreError) in
            try store.removeAccount(account, change: change)
        }
    }

    /// Disables an account: every sign-in is refused.
    ///
    /// - Parameter end: When it ends by itself; nil for never.
    /// - Throws: `Refusal.noAccount`, `.endsInThePast`.
    package func disable(_ account: AccountName, until end: Timestamp?) throws(AdministrationError) {
        if let end, end <= clock() { throw .refused(.endsInThePast(end)) }
        try change(account, "account disable", end.map { "until \($0.iso8601)" } ?? "") { change throws(StoreError) in
            try store.disable(account, until: end, change: change)
        }
    }

    /// Enables a disabled account.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func enable(_ account: AccountName) throws(AdministrationError) {
        try change(account, "account enable") { change throws(StoreError) in
            try store.enable(account, change: change)
        }
    }

    /// Sets whether the main password must be changed; until then it is accepted on the web only, where it can be.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func setMustChange(_ isOn: Bool, _ account: AccountName) throws(AdministrationError) {
        try change(account, "account must-change", isOn ? "on" : "off") { change throws(StoreError) in
            try store.setMustChange(isOn, account: account, change: change)
        }
    }

    /// Sets whether an account may send as any address, or only as its own and its aliases.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func setSendsAsAny(_ isOn: Bool, _ account: AccountName) throws(AdministrationError) {
        try change(account, "account send-as", isOn ? "any" : "own") { change throws(StoreError) in
            try store.setSendsAsAny(isOn, account: account, change: change)
        }
    }

    /// Sets where an account's mail is stored. Members that are nil are taken from the domain or the configuration.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func setMailbox(_ mailbox: MailboxOverrides, _ account: AccountName) throws(AdministrationError) {
        try change(account, "account mailbox", mailbox.words) { change throws(StoreError) in
            try store.setMailbox(mailbox, account: account, change: change)
        }
    }

    /// Sets where the mail of a domain's accounts is stored; the home is a template.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be written.
    package func setMailbox(_ mailbox: MailboxOverrides, domain: String) throws(AdministrationError) {
        let change = change(domain, "domain mailbox", mailbox.words)
        try storing { store throws(StoreError) in try store.setMailbox(mailbox, domain: domain, change: change) }
    }

    /// Returns the canonical form of a domain.
    ///
    /// - Throws: `Refusal.notADomain` if no account could have this domain.
    package static func domain(_ text: String) throws(AdministrationError) -> String {
        guard !text.contains("@"), let probe = AccountName("x@" + text), probe.canBeAccount else {
            throw .refused(.notADomain(text))
        }
        return probe.domain
    }
}

extension MailboxOverrides {
    /// The members that are set, for the change record.
    fileprivate var words: String {
        let set = [("uid", uid), ("gid", gid), ("home", home ?? homeTemplate)].compactMap { name, value in
            value.map { "\(name)=\($0)" }
        }
        return (set + fields.map(\.text)).joined(separator: " ")
    }
}
