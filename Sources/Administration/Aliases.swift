package import Credentials

/// Aliases: further addresses that an account may send as.
extension Administrator {
    /// Adds an alias to an account.
    ///
    /// - Parameter text: An address, or `@example.org` for a domain.
    /// - Throws: `Refusal.notAnAlias`, `.ownAddress`, `.aliasExists`, `.noAccount`.
    package func addAlias(_ text: String, _ account: AccountName) throws(AdministrationError) {
        try changeAlias(text, account, "alias add") { store, alias, change throws(StoreError) in
            try store.addAlias(alias, account: account, change: change)
        }
    }

    /// Removes an alias of an account.
    ///
    /// - Throws: `Refusal.notAnAlias`, `.ownAddress`, `.noAlias`.
    package func removeAlias(_ text: String, _ account: AccountName) throws(AdministrationError) {
        try changeAlias(text, account, "alias remove") { store, alias, change throws(StoreError) in
            try store.removeAlias(alias, account: account, change: change)
        }
    }

    private func changeAlias(
        _ text: String, _ account: AccountName, _ action: String,
        _ body: (Store, SenderAddress, Change) throws(StoreError) -> Store.AliasResult
    ) throws(AdministrationError) {
        let isStored = try storing { store throws(StoreError) in
            try store.aliases(account: account).contains { $0.utf8.elementsEqual(text.utf8) }
        }
        // A stored alias can be removed even if it could not be added any more.
        guard let alias = isStored ? SenderAddress(stored: text) : SenderAddress(text) else {
            throw .refused(.notAnAlias(text))
        }
        guard alias != SenderAddress(account) else { throw .refused(.ownAddress(alias)) }
        let result = try storing { store throws(StoreError) in
            try body(store, alias, change(account.text, action, alias.text))
        }
        switch result {
        case .done: return
        case .noAccount: throw .refused(.noAccount(account))
        case .alreadyThere: throw .refused(.aliasExists(alias, account))
        case .notThere: throw .refused(.noAlias(alias, account))
        }
    }
}
