/// A granted sign-in: who, with what, for what, from where. A class, for it goes through many hands.
package final class SignIn: Hashable, Sendable {
    package let account: AccountName
    /// Id of an app password, or `Store.mainCredential`.
    package let credential: String
    package let service: Service
    package let address: IPAddress?
    /// The account's, when it was granted.
    package let generation: Int64
    /// With the app password of a webmail's session: they come and go, and stand on record as one.
    package let isOfSession: Bool

    package init(
        account: AccountName, credential: String, service: Service, address: IPAddress?, generation: Int64,
        isOfSession: Bool = false
    ) {
        self.account = account
        self.credential = credential
        self.service = service
        self.address = address
        self.generation = generation
        self.isOfSession = isOfSession
    }

    /// What it is in the history.
    var recorded: String { isOfSession ? Store.sessionCredential : credential }

    package static func == (left: SignIn, right: SignIn) -> Bool {
        left === right
            || left.account == right.account && left.credential == right.credential && left.service == right.service
                && left.address == right.address && left.generation == right.generation
                && left.isOfSession == right.isOfSession
    }

    /// Enough to tell them apart; what is left out differs rarely where these are equal.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(account.text)
        hasher.combine(address?.bytes)
    }
}

/// The last use of a credential.
package struct LastUse: Sendable {
    package let at: Timestamp
    /// Nil: too long ago to be kept.
    package let way: (service: String, network: Network)?
    /// How many different ones, as far back as is kept.
    package let networks: Int
}
