/// The app password of a webmail session, to be opened.
package struct NewSession: Sendable {
    /// The webmail's own name for the session.
    package let session: [UInt8]
    /// Of its app password.
    package let id: String
    /// Of the app password's canonical text.
    package let mac: [UInt8]
    package let networks: [CIDR]
    package let now: Timestamp

    package init(session: [UInt8], id: String, mac: [UInt8], networks: [CIDR], now: Timestamp) {
        self.session = session
        self.id = id
        self.mac = mac
        self.networks = networks
        self.now = now
    }
}

/// A second-factor code that came with the right main password, to be used up.
package struct CodeUse: Sendable {
    /// What the main password was proved for.
    package let account: AccountState
    package let code: PresentedSecret
    /// Opened if the code is right.
    package let session: NewSession?
    /// What a wrong code is counted as.
    package let wrong: NewGuess
    /// What is counted, too, if the code is wrong or has to wait: the main password, from a network new to the account.
    package let spent: NewGuess?
    /// Whether another code may be looked at, by the wrong ones of the account so far.
    package let isOpen: @Sendable (GuessTally) -> Bool

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

/// What is written in a commit of its own before it is answered.
package enum CommitQuestion: Sendable {
    case code(CodeUse)
    /// A session for whoever was granted without a code.
    case session(NewSession, AccountState)
    case hash(EarlyCode)
}

package enum CommitAnswer: Sendable {
    /// Nothing was used up: the account is another one by now.
    case accountChanged
    /// Nothing was looked at. With the wrong codes so far.
    case hasToWait(GuessTally)
    /// The code is used up, the session open, the hash bought.
    case accepted
    case wrong(CodeFault?, GuessRecord)
}

/// A second-factor code that is looked at before the main password and not used up: right, it buys a slow hash for an account
/// that is closed for networks new to it.
package struct EarlyCode: Sendable {
    package let code: PresentedSecret
    /// Nil: there is no such account.
    package let account: AccountState?
    /// What the code is counted as, but for its MAC; that depends on what it turns out to be.
    package let guess: NewGuess
    package let mac: @Sendable (CodeLook) -> [UInt8]
    /// As in `CodeUse`, by the early codes so far.
    package let isOpen: @Sendable (GuessTally) -> Bool

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
