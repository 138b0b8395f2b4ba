/// What attempts ask of a store. An engine in this process answers before the call returns, within one consistent read that began
/// after it was asked; one over a network answers later, on the thread that asked. Whoever asks goes on from `then` in either case.
package protocol SignInReader: AnyObject {
    /// A larger number after each change that an answer can be made from, whoever made it: as long as it is the same, asking again
    /// gives what it gave before. Nil: nothing tells but asking.
    var version: Int? { get }

    /// A generated app password and its account, as of the last look at `version`; nil: to be asked for below. Only an engine in this
    /// process finds any.
    func find(_ verifier: AppPasswordVerifier, of account: AccountName) -> (AccountState, AppPassword)?

    /// To be called after any `find`, before anything is asked below.
    func endFinding()

    /// - Parameter then: Gets as many answers as there are questions.
    func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void)
    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void)

    /// Gives each look-up its answer, or fails it, once: in their order, and after those of all calls before.
    ///
    /// - Parameter then: Called after the last answer.
    func look(_ lookUps: [LookUp], then: @escaping () -> Void)
}

/// What is written for attempts, and after them. `then` is called on any thread: after the commit, which many calls may share, or when
/// it failed. What questions judge by (`CodeUse.isOpen`) is asked within it.
package protocol SignInWriter: AnyObject, Sendable {
    func count(_ guess: NewGuess, then: @escaping @Sendable (Result<CountedGuess, StoreError>) -> Void)

    func commit(_ question: CommitQuestion, then: @escaping @Sendable (Result<CommitAnswer, StoreError>) -> Void)

    /// Records those sign-ins that are due (`Store.markGranularity`), in one commit.
    func mark(
        _ signIns: [(SignIn, Timestamp)], _ retention: Retention, then: @escaping @Sendable (StoreError?) -> Void)

    /// Ends the app password of a webmail's session, if there is one.
    func endSession(
        _ session: [UInt8], of name: AccountName, now: Timestamp, then: @escaping @Sendable (StoreError?) -> Void)

    /// Best effort: a later sign-in tries again.
    func replace(_ hash: NewHash)

    /// - Parameter then: Gets true if this is written and was not noted before.
    func note(_ former: FormerNote, then: @escaping @Sendable (Bool) -> Void)

    /// Deletes guesses and history that are past their time, in one commit or several.
    ///
    /// - Parameters:
    ///   - most: Rows of each kind.
    ///   - then: Gets true if more may be left.
    func prune(
        _ window: GuessWindow, _ retention: Retention, most: Int,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void)
}
