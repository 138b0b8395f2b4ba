import Credentials

extension AccountImporter {
    static let aliasItem = "alias "

    /// Takes away those that are gone there; new ones wait for the end of the import.
    ///
    /// - Returns: What comes or went.
    mutating func takeAliases(of account: borrowing ImportedAccount, _ marks: [String: ImportMark]) throws(StoreError)
        -> [String]
    {
        let name = account.name
        let there = Set(account.aliases.map { Self.aliasItem + $0.text })
        let gone = marks.keys.filter { $0.hasPrefix(Self.aliasItem) && !there.contains($0) }.sorted()
        for item in gone { try removeAlias(item, of: name) }
        let new = account.aliases.filter { marks[Self.aliasItem + $0.text] == nil }
        newAliases += new.map { ($0, name) }
        // Those that are somebody else's here are noted each time, and change nothing.
        var coming = 0
        for alias in new where try !store.isTaken(alias.text) { coming += 1 }
        return [counted(coming, "alias", "aliases"), counted(gone.count, "alias gone", "aliases gone")].compactMap {
            $0
        }
    }

    func add(_ alias: AccountName, to name: AccountName) throws(StoreError) {
        switch try store.addAlias(alias, account: name, change: change(name, "alias add", alias.text)) {
        case .done:
            try store.setImportMark(
                ImportMark(digest: []), source: source, of: name.text, item: Self.aliasItem + alias.text)
        case .taken, .noAccount, .notThere:
            note(ImportNote(alias.text, "an alias of \(name.text) there; here an account, or another's alias"))
        }
    }

    /// - Parameter item: Of an alias; nothing happens for any other.
    func removeAlias(_ item: String, of name: AccountName) throws(StoreError) {
        guard item.hasPrefix(Self.aliasItem) else { return }
        try store.setImportMark(nil, source: source, of: name.text, item: item)
        guard let alias = AccountName(String(item.dropFirst(Self.aliasItem.count))) else { return }
        _ = try store.removeAlias(alias, account: name, change: change(name, "alias remove", alias.text))
    }

    /// "3 aliases"; nil for none.
    func counted(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
}
