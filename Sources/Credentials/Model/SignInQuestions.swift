/// What an attempt asks first.
package struct FirstQuestion: Sendable {
    package let name: AccountName
    /// Nil: only the account is asked for.
    package let secret: PresentedSecret?

    package init(name: AccountName, secret: PresentedSecret?) {
        self.name = name
        self.secret = secret
    }
}

package struct FirstAnswer: Sendable {
    package let account: AccountState?
    /// The generated app password of the account that the secret is, whatever its state.
    package let appPassword: AppPassword?

    package init(account: AccountState?, appPassword: AppPassword?) {
        self.account = account
        self.appPassword = appPassword
    }
}

/// What an attempt asks that is no generated app password. Of a name that is no account all the same: a look-up less could be
/// told by the time.
package struct SecondQuestion: Sendable {
    /// As stored; empty for names that no account can have.
    package let account: AccountName
    package let secret: PresentedSecret
    package let network: Network
    /// Whether guesses from the network are not counted.
    package let isTrusted: Bool
    /// What the secret is remembered by, if it was wrong.
    package let mac: [UInt8]
    /// What it was counted by, if it was the right main password and refused; nil: this process knows of no such thing.
    package let refusedMAC: [UInt8]?
    /// The app password that it was right for a while ago.
    package let appPasswordID: String?
    package let window: GuessWindow
    /// Guesses at an account that are counted at most.
    package let accountLimit: Int

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

package struct SecondAnswer: Sendable {
    /// Whether the account has signed in from the network before.
    package let knowsNetwork: Bool
    /// Guesses at the account from the network; nil: none.
    package let ofBoth: GuessTally?
    /// From the network, at all accounts; nil, too, where they do not count for this attempt.
    package let ofNetwork: GuessTally?
    /// At the account, from all networks; likewise.
    package let ofAccount: GuessTally?
    /// Codes of the account that were looked at before the main password.
    package let earlyCodes: GuessTally?
    /// The secret, if it is remembered as wrong.
    package let known: KnownGuess?
    /// Whether the refused main password is on record.
    package let isRefusalKnown: Bool
    /// The one that was asked for by its id, whatever its state.
    package let appPassword: AppPassword?
    /// The slow app passwords that the secret may be.
    package let slow: [SlowCandidate]
}
