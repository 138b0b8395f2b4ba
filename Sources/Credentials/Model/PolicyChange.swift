/// A change of a policy.
package struct PolicyChange: Sendable {
    /// A set of the parts of a policy.
    package struct Parts: OptionSet, Sendable {
        /// One bit for each part.
        package let rawValue: Int
        /// Makes a set from its bits.
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// `appPasswordsRequired`.
        package static let appPasswords = Parts(rawValue: 1)
        /// `secondFactorRequired`.
        package static let secondFactor = Parts(rawValue: 2)
        /// `maxAge`.
        package static let maxAge = Parts(rawValue: 4)
        /// `services`.
        package static let services = Parts(rawValue: 8)
        /// `maxAppPasswords`.
        package static let maxAppPasswords = Parts(rawValue: 16)
        /// Every part.
        package static let all = Parts(rawValue: 31)
    }

    /// The parts to set; all others stay.
    package var values: Policy
    /// The parts to unset, unless `values` sets them.
    package var cleared: Parts

    /// Makes a change of these parts; all others stay.
    package init(_ values: Policy, cleared: Parts = []) {
        self.values = values
        self.cleared = cleared
    }

    /// The policy after the change.
    package func apply(to policy: Policy) -> Policy {
        var rest = policy
        if cleared.contains(.appPasswords) { rest.appPasswordsRequired = nil }
        if cleared.contains(.secondFactor) { rest.secondFactorRequired = nil }
        if cleared.contains(.maxAge) { rest.maxAge = nil }
        if cleared.contains(.services) { rest.services = nil }
        if cleared.contains(.maxAppPasswords) { rest.maxAppPasswords = nil }
        return values.or(rest)
    }
}
