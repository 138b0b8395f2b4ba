import Credentials

/// Accounts that came from a source before, and are not in it any more.
enum GoneAccounts {
    /// Accounts that may be gone there at once, unless they are less than one in as many: more is another source, or half
    /// of one. So are all of them.
    private static let most = 10

    /// Those that were there the last time.
    ///
    /// - Parameters:
    ///   - seen: The accounts that are there now.
    ///   - added: How many of them came for the first time.
    ///   - wasGone: Whether it was gone the last time already.
    static func find(
        in store: Store, source: String, seen: Set<String>, added: Int, wasGone: (ImportMark) -> Bool
    ) throws(SourceError) -> [(name: AccountName, mark: ImportMark)] {
        let known = try storing { () throws(StoreError) in try store.importedAccounts(source: source) }
        var gone: [(name: AccountName, mark: ImportMark)] = []
        for (name, mark) in known where !seen.contains(name.text) && !wasGone(mark) {
            if try storing({ () throws(StoreError) in try store.account(name) }) != nil { gone.append((name, mark)) }
        }
        let before = known.count - added
        // None of those that came before is in it; those that just came are known, too.
        let isAnother = known.count(where: { seen.contains($0.name.text) }) == added
        guard gone.isEmpty || !isAnother && (gone.count <= most || gone.count * most <= before) else {
            throw .unusable(
                "\(gone.count) of \(before) accounts that came from \(source) before are not in this source, and "
                    + "would be disabled: is it the right one, and all of it? If they are gone for good, remove them "
                    + "with 'postern account remove' first")
        }
        return gone
    }
}
