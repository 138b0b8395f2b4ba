import Credentials

/// Accounts that were imported from a source and are no longer in it.
enum MissingAccounts {
    /// Accounts that may be disabled at once, unless they are less than one in as many: more is another source, or half
    /// of one. So are all of them.
    private static let limit = 10

    /// Refuses to disable them where they are too many to be right.
    ///
    /// - Parameter before: How many accounts of the source there were.
    /// - Throws: `SourceError.unusable`.
    static func expectFew(_ missing: Int, of before: Int, source: String) throws(SourceError) {
        guard missing > 0 else { return }
        guard missing < before, missing <= limit || missing * limit <= before else {
            throw .unusable(
                "\(missing) of \(before) accounts that were imported from \(source) before are missing in this source, and "
                    + "--disable-missing would disable them: is it the right one, and all of it? If so, remove them "
                    + "with 'postern account remove' first")
        }
    }
}
