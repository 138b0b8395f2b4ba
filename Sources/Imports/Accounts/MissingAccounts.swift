import Credentials

/// Accounts that were imported from a source and are missing in it now.
enum MissingAccounts {
    /// How many missing accounts may be disabled at once, unless they are at most a tenth of all. More, or all of them,
    /// means another source or an incomplete one.
    private static let maxMissing = 10

    /// Checks that so few accounts are missing that they can be disabled.
    ///
    /// - Parameters:
    ///   - before: How many accounts were imported from the source before.
    ///   - isOther: Whether all of them are missing.
    /// - Throws: `SourceError.unusable`.
    static func expectFew(_ missing: Int, of before: Int, isOther: Bool, source: String) throws(SourceError) {
        guard missing > 0 else { return }
        guard !isOther, missing <= maxMissing || missing * 10 <= before else {
            throw .unusable(
                "\(missing) of \(before) accounts that were imported from \(source) before are missing in this source, "
                    + "and --disable-missing would disable them; check that the source is the right one and complete. "
                    + "If it is, remove them with 'postern account remove' first")
        }
    }
}
