/// How many guesses there were, and from when to when.
package struct GuessTally: Sendable {
    package let count: Int
    package let first: Timestamp
    package let last: Timestamp
}

/// The guesses at one name from one network.
package struct GuessGroup: Sendable {
    /// Empty for names that no account can have.
    package let account: String
    package let network: Network
    /// Different secrets, and how many of them were right main passwords that were refused, and wrong codes.
    package let tally: GuessTally
    package let refused: Int
    package let codes: Int
    package let attempts: Int
}
