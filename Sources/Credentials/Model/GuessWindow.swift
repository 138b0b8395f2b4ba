/// The period in which guesses count: `length` seconds, up to now. Guesses that a clock, since set back, left in the
/// future do not count.
package struct GuessWindow: Sendable {
    /// Seconds by which other guesses may be ahead: an attempt takes its time on arrival and may wait for a slow hash
    /// and for the database before it is counted.
    private static let slack: Int64 = 10

    /// Seconds in which guesses count.
    package let length: Int64
    /// Seconds that a wrong secret is remembered after it was last presented.
    package let memory: Int64
    /// The time of the attempt.
    package let now: Timestamp

    /// Makes a window that ends now.
    package init(length: Int64, memory: Int64, now: Timestamp) {
        self.length = length
        self.memory = memory
        self.now = now
    }

    /// A guess of this time or earlier is too old to count.
    var end: Timestamp { now.adding(seconds: -length) }

    /// A guess that was last presented at this time or earlier is forgotten.
    var forgotten: Timestamp { now.adding(seconds: -memory) }

    /// A guess of a later time comes from a wrong clock.
    var latest: Timestamp { now.adding(seconds: Self.slack) }
}
