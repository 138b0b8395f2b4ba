import Credentials

/// Closing and opening accounts.
extension AccountImporter {
    static let notVerifiable = "hash not verifiable"
    static let staysDisabled = "was disabled here: stays so"

    func close(_ name: AccountName, keeping before: Closing?, _ why: String) throws(StoreError) -> (
        Closing, wasOpen: Bool
    ) {
        try Closing.close(
            name, in: store, keeping: before, now: now, change: change(name, "account disable", why))
    }

    /// - Parameters:
    ///   - closing: How an import closed it, if one did.
    ///   - isChanged: Whether it was closed there until now.
    /// - Returns: What that did, if anything.
    func open(_ name: AccountName, _ closing: Closing?, isChanged: Bool) throws(StoreError) -> [String] {
        let isUndone = try closing?.undo(name, in: store, now: now, change: { change(name, $0) }) ?? false
        let isDisabled = try isDisabled(name)
        if isUndone { return [isDisabled ? "disabled for a time" : "enabled"] }
        if isDisabled, closing != nil || isChanged { note(ImportNote(name.text, Self.staysDisabled)) }
        return []
    }

    func isDisabled(_ name: AccountName) throws(StoreError) -> Bool {
        try store.account(name)?.isDisabled(at: now) ?? false
    }

    func noteUnverifiable(_ name: AccountName, _ why: String, isDisabled: Bool) {
        note(
            ImportNote(
                name.text,
                "its main password cannot be verified here (\(why))" + (isDisabled ? ": it is disabled" : "")))
    }

    /// One that is gone from the source: it is disabled, for removing cannot be taken back.
    func disableGone(_ name: AccountName, _ mark: ImportMark) throws(StoreError) {
        let (closing, wasOpen) = try close(name, keeping: ImportDigests.closing(mark.digest)?.0, "gone there")
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
