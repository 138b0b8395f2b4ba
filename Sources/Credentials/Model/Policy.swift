/// What a domain asks of its accounts, or an account of itself. Nil: not said here.
package struct Policy: Equatable, Sendable {
    package var appPasswordsRequired: Bool?
    package var secondFactorRequired: Bool?
    /// Seconds that an app password lives; 0: no limit.
    package var maxAge: Int64?
    /// Mail services that may be used.
    package var services: Scope?
    /// Live app passwords that one account may have; 0: no limit.
    package var mostAppPasswords: Int64?

    package init(
        appPasswordsRequired: Bool? = nil, secondFactorRequired: Bool? = nil, maxAge: Int64? = nil,
        services: Scope? = nil, mostAppPasswords: Int64? = nil
    ) {
        self.appPasswordsRequired = appPasswordsRequired
        self.secondFactorRequired = secondFactorRequired
        self.maxAge = maxAge
        self.services = services
        self.mostAppPasswords = mostAppPasswords
    }

    /// What this says, and where it says nothing what the other one does.
    package func or(_ other: Policy) -> Policy {
        Policy(
            appPasswordsRequired: appPasswordsRequired ?? other.appPasswordsRequired,
            secondFactorRequired: secondFactorRequired ?? other.secondFactorRequired, maxAge: maxAge ?? other.maxAge,
            services: services ?? other.services, mostAppPasswords: mostAppPasswords ?? other.mostAppPasswords)
    }
}

/// What a policy is to say from now on.
package struct PolicyChange: Sendable {
    /// The parts of a policy, to be named.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let appPasswords = Parts(rawValue: 1)
        package static let secondFactor = Parts(rawValue: 2)
        package static let maxAge = Parts(rawValue: 4)
        package static let services = Parts(rawValue: 8)
        package static let mostAppPasswords = Parts(rawValue: 16)
        package static let all = Parts(rawValue: 31)
    }

    /// What it says newly; the rest stays.
    package var said: Policy
    /// What it says no longer.
    package var unsaid: Parts

    package init(_ said: Policy, unsaid: Parts = []) {
        self.said = said
        self.unsaid = unsaid
    }

    package func applied(to policy: Policy) -> Policy {
        var rest = policy
        if unsaid.contains(.appPasswords) { rest.appPasswordsRequired = nil }
        if unsaid.contains(.secondFactor) { rest.secondFactorRequired = nil }
        if unsaid.contains(.maxAge) { rest.maxAge = nil }
        if unsaid.contains(.services) { rest.services = nil }
        if unsaid.contains(.mostAppPasswords) { rest.mostAppPasswords = nil }
        return said.or(rest)
    }
}
