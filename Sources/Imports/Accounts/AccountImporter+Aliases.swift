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

    /// Lets an account have its name that was an alias, if that came from this source: there it is none any more.
    func takeFromHolder(alias: AccountName) throws(StoreError) {
        guard let holder = try store.holder(ofAlias: alias) else { return }
        let item = Self.aliasItem + alias.text
        if try store.importMarks(source: source, of: holder.text)[item] != nil { try removeAlias(item, of: holder) }
    }

    /// Those that are somebody else's here are noted each time, and change nothing.
    ///
    /// - Returns: The account's entry with what came.
    func addAliases(_ aliases: [AccountName], _ entry: Entry) throws(StoreError) -> Entry {
        var count = 0
        for alias in aliases where try add(alias, to: entry.account) { count += 1 }
        guard let new = counted(count, "alias", "aliases") else { return entry }
        return Entry(
            account: entry.account, outcome: entry.outcome == .unchanged ? .changed : entry.outcome,
            content: entry.content + [new])
    }

    /// - Returns: Whether it is new here.
    private func add(_ alias: AccountName, to name: AccountName) throws(StoreError) -> Bool {
        let isThere = try store.isAlias(alias, of: name)
        if !isThere, try store.addAlias(alias, account: name, change: change(name, "alias add", alias.text)) != .done {
            note(ImportNote(alias.text, "an alias of \(name.text) there; here an account, or another's alias"))
            return false
        }
        try store.setImportMark(
            ImportMark(digest: []), source: source, of: name.text, item: Self.aliasItem + alias.text)
        return !isThere
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
