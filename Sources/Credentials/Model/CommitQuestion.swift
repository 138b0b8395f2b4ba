/// A question whose answer is first written, in a commit of its own.
package enum CommitQuestion: Sendable {
    case code(CodeUse)
    /// A session for an account that was granted access without a code.
    case session(NewSession, AccountState)
    case hash(EarlyCode)
}

/// The answer to a `CommitQuestion`.
package enum CommitAnswer: Sendable {
    /// Nothing was used up, because the account was changed meanwhile.
    case accountChanged
    /// The code was not checked, because of these earlier codes.
    case hasToWait(GuessTally)
    /// The code is used up, the session is open, or the slow hash may be computed.
    case accepted
    case wrong(CodeFault?, GuessRecord)
}
