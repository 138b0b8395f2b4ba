/// A second-factor code that is checked before the main password and not used up. If it is right, a slow hash is
/// computed although the account is throttled for networks new to it.
package struct EarlyCode: Sendable {
    /// The second-factor code.
    package let code: PresentedSecret
    /// The account; nil: there is no such account.
    package let account: AccountState?
    /// The guess that the code is counted as, without its MAC, which depends on what the code turns out to be.
    package let guess: NewGuess
    /// Makes the MAC that the code is remembered by.
    package let mac: @Sendable (CodeLook) -> [UInt8]
    /// Whether the code may be checked, given the account's early codes so far.
    package let isOpen: @Sendable (GuessTally) -> Bool

    /// Makes a code that is checked before the main password.
    package init(
        code: PresentedSecret, account: AccountState?, guess: NewGuess,
        mac: @escaping @Sendable (CodeLook) -> [UInt8], isOpen: @escaping @Sendable (GuessTally) -> Bool
    ) {
        self.code = code
        self.account = account
        self.guess = guess
        self.mac = mac
        self.isOpen = isOpen
    }
}
