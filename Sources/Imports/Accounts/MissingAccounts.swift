import Credentials

/// Accounts that were imported from a source and are no longer in it.
enum MissingAccounts {
    /// Accounts that may be disabled at once, unless they are at most a tenth: more, or all of them, means another source or half
    /// of one.
    private static let limit = 10

    /// Refuses to disable them where they are too many to be right.
    ///
    /// - Parameters:
    ///   - before: How many accounts were imported from the source before.
    ///   - isOther: Whether none of them is in it any more.
    /// - Throws: `SourceError.unusable`.
    static func expectFew(_ missing: Int, of before: Int, isOther: Bool, source: String) throws(SourceError) {
        guard missing > 0 else { return }
        guard !isOther, missing <= limit || missing * limit <= before else {
            throw .unusable(
                "\(missing) of \(before) accounts that were imported from \(source) before are missing in this source, and "
                    + "--disable-missing would disable them: is it the right one, and all of it? If so, remove them "
                    + "with 'postern account remove' first")
        }
    }
}
