/// A secret that is being hashed or counted. It may turn out to be a guess that is not on record yet.
package struct Place: Equatable, Sendable {
    /// The name that guesses are recorded under.
    package let account: String
    /// The network that it came from.
    package let network: Network
    /// The MAC that tells the secret from others at this account.
    package let mac: [UInt8]

    /// Makes a place.
    package init(account: String, network: Network, mac: [UInt8]) {
        self.account = account
        self.network = network
        self.mac = mac
    }
}

/// A number of secrets for each budget of guesses.
package struct Budgets: Sendable {
    /// At this account from this network.
    package var pair: Int
    /// From this network; nil: this budget does not apply.
    package var network: Int?
    /// At this account; nil: this budget does not apply.
    package var account: Int?

    /// Makes numbers for each budget.
    package init(pair: Int, network: Int? = nil, account: Int? = nil) {
        self.pair = pair
        self.network = network
        self.account = account
    }
}

/// Asks for a place on a database server, where the nodes that share it count each other's.
package struct PlaceQuestion: Sendable {
    /// The place.
    package let place: Place
    /// How many secrets may be looked at, at the same time.
    package let allowed: Budgets
    /// The guesses on record when that was decided. With others there is no place: it has to be decided again.
    package let counted: Budgets
    /// The window in which guesses count.
    package let window: GuessWindow
    /// Maximum number of guesses at an account that are counted.
    package let accountLimit: Int

    /// Makes a question.
    package init(place: Place, allowed: Budgets, counted: Budgets, window: GuessWindow, accountLimit: Int) {
        self.place = place
        self.allowed = allowed
        self.counted = counted
        self.window = window
        self.accountLimit = accountLimit
    }
}
