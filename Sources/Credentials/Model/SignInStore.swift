/// The reads of sign-in attempts. An engine in this process answers before the call returns, within one consistent read
/// that began after the call; an engine across a network answers later, on the thread that asked. Callers continue from
/// `then` in either case.
package protocol SignInReader: AnyObject {
    /// A number that rises with each change that can affect an answer, whoever made it: while it stays the same, asking
    /// again gives the same answers. Nil: only asking can tell.
    var version: Int? { get }

    /// A generated app password and its account, as of the last read of `version`; nil: to be asked for below. Only an
    /// engine in this process finds any.
    func find(_ verifier: AppPasswordVerifier, of account: AccountName) -> (AccountState, AppPassword)?

    /// Must be called after `find`, before anything is asked below.
    func endFinding()

    /// Answers questions.
    ///
    /// - Parameter then: Receives one answer for each question.
    func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void)
    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void)

    /// Answers each look-up, or fails it, exactly once: in their order, and after those of all earlier calls.
    ///
    /// - Parameter then: Called after the last answer.
    func look(_ lookUps: [LookUp], then: @escaping () -> Void)
}

/// The writes of sign-in attempts, and those after them. `then` is called on any thread: after the commit, which many
/// calls may share, or when it failed. The conditions of a question, such as `CodeUse.isOpen`, are evaluated as part of
/// the write.
package protocol SignInWriter: AnyObject, Sendable {
    /// Asks for a place among the secrets that all nodes look at.
    func enter(_ question: PlaceQuestion, then: @escaping @Sendable (Result<Bool, StoreError>) -> Void)

    /// Gives a place back, before any later question.
    func leave(_ place: Place)

    func count(_ guess: NewGuess, then: @escaping @Sendable (Result<CountedGuess, StoreError>) -> Void)

    func commit(_ question: CommitQuestion, then: @escaping @Sendable (Result<CommitAnswer, StoreError>) -> Void)

    /// Records those sign-ins that are due (`Store.markGranularity`), in one commit.
    func mark(
        _ signIns: [(SignIn, Timestamp)], _ retention: Retention, then: @escaping @Sendable (StoreError?) -> Void)

    /// Ends the app password of a webmail session, if there is one.
    func endSession(
        _ session: [UInt8], of name: AccountName, now: Timestamp, then: @escaping @Sendable (StoreError?) -> Void)

    /// Replaces a stored hash. This is best effort: a later sign-in tries again.
    func replace(_ hash: NewHash)

    /// Records the result of a comparison with the previous main password.
    ///
    /// - Parameter then: Receives true if the result was written and is new.
    func note(_ former: FormerNote, then: @escaping @Sendable (Bool) -> Void)

    /// Deletes guesses and history that are past their time, in one or more commits.
    ///
    /// - Parameters:
    ///   - limit: Maximum number of rows of each kind.
    ///   - then: Receives true if more may be left.
    func prune(
        _ window: GuessWindow, _ retention: Retention, limit: Int,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void)
}
