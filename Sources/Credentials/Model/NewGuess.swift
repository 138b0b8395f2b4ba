/// A guess to be recorded.
package struct NewGuess: Sendable {
    /// What was wrong.
    package let kind: KnownGuess.Kind
    /// The account's name as it is stored, a name that is no account, or empty for names that no account can have.
    package let account: String
    /// The network that it came from.
    package let network: Network
    /// The MAC that tells the secret from others at this account.
    package let mac: [UInt8]
    /// What the secret was compared with.
    package let look: GuessLook
    /// The rank, which decides how long the guess is kept in a flood.
    package let rank: GuessRank
    /// The service that was asked for; empty if it is unknown.
    package let service: String
    /// How many accounts may each have a first wrong secret from one network within the window that log readers do not
    /// count; nil: this guess is never such a first.
    package let freeFirsts: Int?
    /// Whether a remembered secret was compared again, which spends budget again.
    package let isLooked: Bool
    /// The window in which guesses count.
    package let window: GuessWindow
    /// How long an alarm that is recorded with the guess is kept; nil: no alarm.
    package let alarm: Retention?

    /// Makes a guess that is to be recorded.
    package init(
        kind: KnownGuess.Kind, account: String, network: Network, mac: [UInt8], look: GuessLook, rank: GuessRank,
        service: String, freeFirsts: Int? = nil, isLooked: Bool, window: GuessWindow, alarm: Retention? = nil
    ) {
        self.kind = kind
        self.account = account
        self.network = network
        self.mac = mac
        self.look = look
        self.rank = rank
        self.service = service
        self.freeFirsts = freeFirsts
        self.isLooked = isLooked
        self.window = window
        self.alarm = alarm
    }

    func with(mac: [UInt8]) -> NewGuess {
        NewGuess(
            kind: kind, account: account, network: network, mac: mac, look: look, rank: rank, service: service,
            freeFirsts: freeFirsts, isLooked: isLooked, window: window, alarm: alarm)
    }
}

/// The result of recording a guess.
package struct CountedGuess: Sendable {
    /// What the guess turned out to be.
    package let record: GuessRecord
    /// Whether an alarm was raised with it.
    package let isAlarm: Bool
}

/// What a guess turned out to be when it was recorded.
package enum GuessRecord: Sendable {
    /// A new guess.
    case counted
    /// The first wrong secret of the account from a network that it has signed in from; log readers do not count it.
    case first
    /// The secret is remembered already; this is its state before the attempt.
    case repeated(KnownGuess)

    /// Whether the secret is known to be the previous main password.
    package var former: FormerComparison {
        switch self {
        case .counted, .first: .notCompared
        case .repeated(let known): known.former
        }
    }
}
