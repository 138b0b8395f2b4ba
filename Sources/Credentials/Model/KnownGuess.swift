/// A remembered secret that was wrong, or that spent budget as if it were.
package struct KnownGuess: Sendable {
    /// What was wrong.
    package enum Kind: String, Sendable {
        case wrong
        /// Not a wrong secret, but it spent budget: the right main password, refused, from a network new to the
        /// account, or a secret that could not be verified. Its MAC is never one of the secret under a key of the key
        /// file.
        case refused
        /// A wrong second-factor code.
        case code
        /// A SASL message without credentials.
        case malformed
        /// A second-factor code that was checked before the main password.
        case earlyCode = "early code"
    }

    /// What was wrong.
    package let kind: Kind
    /// The number of attempts so far.
    package let count: Int64
    /// When it was first presented.
    package let first: Timestamp
    /// What it was last compared with.
    package let look: GuessLook
    /// Whether it is the previous main password.
    package let former: FormerComparison
    /// Whether a line that log readers count was written for it.
    package let isCounted: Bool
}

/// Whether a wrong secret is the previous main password.
package enum FormerComparison: Equatable, Sendable {
    case notCompared
    case different
    /// It is, and was replaced at this time.
    case same(until: Timestamp)
}
