/// The first question of an attempt.
package struct FirstQuestion: Sendable {
    /// The presented name, in canonical form.
    package let name: AccountName
    /// The presented secret; nil: only the account is asked for.
    package let secret: PresentedSecret?

    /// Makes a question about a name and a secret.
    package init(name: AccountName, secret: PresentedSecret?) {
        self.name = name
        self.secret = secret
    }
}

/// The answer to a `FirstQuestion`.
package struct FirstAnswer: Sendable {
    /// The account; nil: none has this name.
    package let account: AccountState?
    /// The account's generated app password that the secret is, whatever its state; nil: none.
    package let appPassword: AppPassword?

    /// Makes an answer.
    package init(account: AccountState?, appPassword: AppPassword?) {
        self.account = account
        self.appPassword = appPassword
    }
}

/// The second question of an attempt, asked unless the secret is a generated app password. It is also asked about a
/// name that is no account: leaving a look-up out could be noticed by the time.
package struct SecondQuestion: Sendable {
    /// The account's name as it is stored; empty for names that no account can have.
    package let account: AccountName
    /// The presented secret.
    package let secret: PresentedSecret
    /// The network that the attempt comes from.
    package let network: Network
    /// Whether guesses from the network are not counted.
    package let isTrusted: Bool
    /// The MAC that the secret is remembered by, if it was wrong.
    package let mac: [UInt8]
    /// The MAC that the secret was counted by, if it was the right main password and refused; nil: this process knows
    /// of no such refusal.
    package let refusedMAC: [UInt8]?
    /// The id of the app password that the secret recently was; nil: none is known.
    package let appPasswordID: String?
    /// The window in which guesses count.
    package let window: GuessWindow
    /// Maximum number of guesses at an account that are counted.
    package let accountLimit: Int

    /// Makes a question about guesses and slow app passwords.
    package init(
        account: AccountName, secret: PresentedSecret, network: Network, isTrusted: Bool, mac: [UInt8],
        refusedMAC: [UInt8]?, appPasswordID: String?, window: GuessWindow, accountLimit: Int
    ) {
        self.account = account
        self.secret = secret
        self.network = network
        self.isTrusted = isTrusted
        self.mac = mac
        self.refusedMAC = refusedMAC
        self.appPasswordID = appPasswordID
        self.window = window
        self.accountLimit = accountLimit
    }
}

/// The answer to a `SecondQuestion`.
package struct SecondAnswer: Sendable {
    /// Whether the account has signed in from the network before.
    package let knowsNetwork: Bool
    /// Guesses at the account from the network; nil: none.
    package let ofBoth: GuessTally?
    /// Guesses from the network, at all accounts; nil: none, or they do not count for this attempt.
    package let ofNetwork: GuessTally?
    /// Guesses at the account, from all networks; nil: none, or they do not count for this attempt.
    package let ofAccount: GuessTally?
    /// Codes of the account that were checked before the main password; nil: none, or they do not count for this
    /// attempt.
    package let earlyCodes: GuessTally?
    /// What is remembered of the secret; nil: nothing.
    package let known: KnownGuess?
    /// Whether the refusal of `refusedMAC` is on record.
    package let isRefusalKnown: Bool
    /// The app password with the requested id, whatever its state.
    package let appPassword: AppPassword?
    /// The slow app passwords that the secret may be.
    package let slow: [SlowCandidate]
}
