import Credentials

extension AccountImporter {
    static let aliasItem = "alias "

    /// Takes away those that are gone there.
    ///
    /// - Returns: What went.
    func removeAliases(of account: borrowing ImportedAccount, _ marks: [String: ImportMark]) throws(StoreError)
        -> [String]
    {
        let there = Set(account.aliases.map { Self.aliasItem + $0.text })
        let gone = marks.keys.filter { $0.hasPrefix(Self.aliasItem) && !there.contains($0) }.sorted()
        for item in gone { try removeAlias(item, of: account.name) }
        return [counted(gone.count, "alias gone", "aliases gone")].compactMap { $0 }
    }

    /// - Returns: What came.
    func addAliases(_ aliases: [SenderAddress], to name: AccountName) throws(StoreError) -> [String] {
        var count = 0
        for alias in aliases {
            let result = try store.addAlias(alias, account: name, change: change(name, "alias add", alias.text))
            if case .done = result { count += 1 }
            try store.setImportMark(
                ImportMark(digest: []), source: source, of: name.text, item: Self.aliasItem + alias.text)
        }
        return [counted(count, "alias", "aliases")].compactMap { $0 }
    }

    /// - Parameter item: Of an alias; nothing happens for any other.
    func removeAlias(_ item: String, of name: AccountName) throws(StoreError) {
        guard item.hasPrefix(Self.aliasItem) else { return }
        try store.setImportMark(nil, source: source, of: name.text, item: item)
        guard let alias = SenderAddress(String(item.dropFirst(Self.aliasItem.count))) else { return }
        _ = try store.removeAlias(alias, account: name, change: change(name, "alias remove", alias.text))
    }

    /// "3 aliases"; nil for none.
    func counted(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
}
