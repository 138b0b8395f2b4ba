/// Accounts that came from a source before, and are not in it any more.
enum GoneAccounts {
    /// Accounts that may be gone there at once, unless they are less than one in as many: more is another source, or half
    /// of one.
    private static let most = 10

    static func expectFew(_ gone: Int, of known: Int, source: String) throws(SourceError) {
        guard gone <= most || gone * most <= known else {
            throw .unusable(
                "\(gone) of \(known) accounts that came from \(source) before are not in this source, and "
                    + "would be disabled: is it the right one, and all of it? If they are gone for good, remove them "
                    + "with 'postern account remove' first")
        }
    }
}
