/// What a domain requires of its accounts, or an account of itself. Nil: not set.
package struct Policy: Equatable, Sendable {
    /// Whether mail programs must use app passwords.
    package var appPasswordsRequired: Bool?
    /// Whether there must be a second factor.
    package var secondFactorRequired: Bool?
    /// Maximum age of an app password in seconds; 0: no limit.
    package var maxAge: Int64?
    /// Mail services that may be used.
    package var services: Scope?
    /// Maximum number of live app passwords of an account; 0: no limit.
    package var maxAppPasswords: Int64?

    /// Makes a policy that sets these parts.
    package init(
        appPasswordsRequired: Bool? = nil, secondFactorRequired: Bool? = nil, maxAge: Int64? = nil,
        services: Scope? = nil, maxAppPasswords: Int64? = nil
    ) {
        self.appPasswordsRequired = appPasswordsRequired
        self.secondFactorRequired = secondFactorRequired
        self.maxAge = maxAge
        self.services = services
        self.maxAppPasswords = maxAppPasswords
    }

    /// Maximum number of live app passwords of an account; nil: no limit.
    package var liveLimit: Int64? { maxAppPasswords.flatMap { $0 > 0 ? $0 : nil } }

    /// The latest time at which an app password made now may expire; nil: no limit.
    package func latestEnd(from now: Timestamp) -> Timestamp? {
        maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
    }

    /// This policy, with the parts that it does not set taken from the other one.
    package func or(_ other: Policy) -> Policy {
        Policy(
            appPasswordsRequired: appPasswordsRequired ?? other.appPasswordsRequired,
            secondFactorRequired: secondFactorRequired ?? other.secondFactorRequired, maxAge: maxAge ?? other.maxAge,
            services: services ?? other.services, maxAppPasswords: maxAppPasswords ?? other.maxAppPasswords)
    }
}
