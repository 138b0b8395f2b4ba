/// A second-factor code that was presented with the right main password and is to be used up.
package struct CodeUse: Sendable {
    /// The account whose main password was proved.
    package let account: AccountState
    /// The second-factor code.
    package let code: PresentedSecret
    /// The session to open if the code is right; nil: none.
    package let session: NewSession?
    /// The guess that a wrong code is counted as.
    package let wrong: NewGuess
    /// The guess that is also counted if the code is wrong or must wait: the main password, if it came from a network
    /// new to the account.
    package let spent: NewGuess?
    /// Whether another code may be checked, given the account's wrong codes so far.
    package let isOpen: @Sendable (GuessTally) -> Bool

    /// Makes a use of a code.
    package init(
        account: AccountState, code: PresentedSecret, session: NewSession?, wrong: NewGuess, spent: NewGuess?,
        isOpen: @escaping @Sendable (GuessTally) -> Bool
    ) {
        self.account = account
        self.code = code
        self.session = session
        self.wrong = wrong
        self.spent = spent
        self.isOpen = isOpen
    }
}
