/// Up to where a reader has read the events of accounts.
package struct EventPosition: Sendable {
    /// The number of the last change.
    package var change: Int64
    /// The time up to which everything else was read.
    package var time: Timestamp

    /// Describes a position.
    package init(change: Int64, time: Timestamp) {
        self.change = change
        self.time = time
    }
}
