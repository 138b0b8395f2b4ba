import Credentials

/// Accounts that are gone from the source: they are disabled, for removing cannot be taken back.
extension AccountImporter {
    func disableGone(_ name: AccountName, _ mark: ImportMark) throws(StoreError) {
        let (closing, wasOpen) = try Closing.close(
            name, in: store, keeping: ImportDigests.closing(mark.digest)?.0, now: now,
            change: change(name, "account disable", "gone there"))
        try store.setImportMark(
            ImportDigests.mark(mark.digest[...], closing, wasOpen ? .wasOpen : .wasClosed), source: source,
            of: name.text, item: "")
        let marks = try store.importMarks(source: source, of: name.text)
        // Those that were removed here stay remembered: they do not come back.
        for alias in try store.aliases(account: name) where marks[Self.aliasItem + alias] != nil {
            try removeAlias(Self.aliasItem + alias, of: name)
        }
        note(ImportNote(name.text, "is gone from the source: disabled"))
        enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
    }
}
