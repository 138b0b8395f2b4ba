/// A session of an account's owner on the page.
package struct OwnerSession: Sendable {
    /// Seconds without a request after which a session ends (OWASP ASVS 5.0, 7.3.1).
    package static let maxIdle: Int64 = 900
    /// Seconds after which a session ends in any case (7.3.2).
    package static let maxAge: Int64 = 28_800
    /// Seconds for which a full sign-in allows changes that need one (7.5).
    package static let confirmedTime: Int64 = 300
    /// Maximum sessions of one account; one more ends the one that was used least recently.
    package static let maxPerAccount = 5
    /// Seconds for which a session can put back what it revoked.
    package static let putBackTime: Int64 = 600
    /// Maximum forms that the sessions of an account send in a minute (2.4).
    package static let maxFormsPerMinute = 30
    /// Maximum app passwords that the sessions of an account make in an hour.
    package static let maxSecretsPerHour = 10

    /// Names the session; not its token.
    package let id: String
    /// The account whose owner signed in.
    package let account: AccountName
    /// The network that the owner signed in from.
    package let network: Network
    /// When it began.
    package let opened: Timestamp
    /// When it was last used, to the minute.
    package let used: Timestamp
    /// When the owner last signed in in full, with a code where a second factor is on.
    package let confirmed: Timestamp

    /// Describes a session.
    package init(
        id: String, account: AccountName, network: Network, opened: Timestamp, used: Timestamp, confirmed: Timestamp
    ) {
        self.id = id
        self.account = account
        self.network = network
        self.opened = opened
        self.used = used
        self.confirmed = confirmed
    }

    /// Whether it has not ended by itself.
    package func isLive(at now: Timestamp) -> Bool {
        now < used.adding(seconds: Self.maxIdle) && now < opened.adding(seconds: Self.maxAge)
    }

    /// Whether the last full sign-in is recent.
    package func isConfirmed(at now: Timestamp) -> Bool {
        confirmed <= now && now < confirmed.adding(seconds: Self.confirmedTime)
    }
}

/// The result of recording a form that a session sent.
package enum FormUse: Sendable {
    case accepted
    /// The session sent this form before.
    case usedBefore
    /// The account sent `OwnerSession.maxFormsPerMinute` forms within a minute.
    case tooMany
    /// The account made `OwnerSession.maxSecretsPerHour` app passwords within an hour.
    case tooManySecrets
}
