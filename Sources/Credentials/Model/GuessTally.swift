/// The number of guesses, and the times of the first and the last.
package struct GuessTally: Sendable {
    /// The number of guesses that count.
    package let count: Int
    /// The first of them.
    package let first: Timestamp
    /// The last of them.
    package let last: Timestamp
}

/// The guesses at one name from one network.
package struct GuessGroup: Sendable {
    /// The name; empty for names that no account can have.
    package let account: String
    /// The network that they came from.
    package let network: Network
    /// The different secrets; `refused` and `codes` are among them.
    package let tally: GuessTally
    /// Right main passwords that were refused, and secrets that could not be verified.
    package let refused: Int
    /// Wrong second-factor codes.
    package let codes: Int
    /// Attempts in all, repeats included.
    package let attempts: Int
}
