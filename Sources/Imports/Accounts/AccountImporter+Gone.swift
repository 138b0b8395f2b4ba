import Credentials

/// Accounts that are gone from the source: they are disabled, for removing cannot be taken back.
extension AccountImporter {
    /// Accounts that came before and did not come now, and how many ever came before.
    func gone() throws(StoreError) -> ([(name: AccountName, mark: ImportMark)], known: Int) {
        let known = try store.importedAccounts(source: source)
        var gone: [(name: AccountName, mark: ImportMark)] = []
        for one in known where !seen.contains(one.name.text) && ImportDigests.gone(one.mark.digest) == nil {
            if try store.account(one.name) != nil { gone.append(one) }
        }
        return (gone, known.count - added)
    }

    func disableGone(_ name: AccountName, _ mark: ImportMark) throws(StoreError) {
        guard let here = try store.account(name) else { return }
        var gone = ImportDigests.Gone(since: nil, until: nil)
        // One that would end by itself does not do.
        if !here.isDisabled(at: now) || here.disabledUntil != nil {
            _ = try store.disable(name, until: nil, change: change(name, "account disable", "gone there"))
            gone = ImportDigests.Gone(since: try store.account(name)?.disabledSince, until: here.disabledUntil)
        }
        try store.setImportMark(
            ImportMark(digest: ImportDigests.gone(mark.digest, gone)), source: source, of: name.text, item: "")
        // Those that were removed here stay remembered: they do not come back.
        for alias in try store.aliases(account: name) {
            let item = Self.aliasItem + alias
            if try store.importMarks(source: source, of: name.text)[item] != nil { try removeAlias(item, of: name) }
        }
        note(ImportNote(name.text, "is gone from the source: disabled"))
        enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
    }

    /// Undoes what was done with one that is there again, unless somebody else disabled it since.
    func takeBack(_ name: AccountName, _ gone: ImportDigests.Gone, _ here: AccountState) throws(StoreError) {
        guard let since = gone.since, here.disabledSince == since, here.disabledUntil == nil else { return }
        guard let until = gone.until, until > now else { return try setDisabled(false, name) }
        _ = try store.disable(name, until: until, change: change(name, "account disable"))
    }
}
