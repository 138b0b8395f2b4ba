/// The limits of the history of sign-ins and alarms, and how long previous main passwords are kept.
package struct Retention: Sendable {
    /// Seconds that sign-ins and alarms are kept.
    package let history: Int64
    /// Maximum number of sign-ins in the history of one account.
    package let maxEntries: Int
    /// Seconds that a previous main password is kept; 0: not at all.
    package let formers: Int64

    /// Sets the limits.
    package init(history: Int64, maxEntries: Int, formers: Int64) {
        self.history = history
        self.maxEntries = maxEntries
        self.formers = formers
    }
}
