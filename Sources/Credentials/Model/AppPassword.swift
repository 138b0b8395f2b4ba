/// An app password without its secret.
package final class AppPassword: Sendable {
    package enum Kind: String, Sendable { case generated, compact, imported }

    /// Seven symbols: 35 bits, which no account fills; only a clash within the account matters.
    private static let identifierSymbols = 7

    package let account: AccountName
    package let id: String
    package let kind: Kind
    /// What its owner called it. User-chosen text: encode it wherever it is printed.
    package let name: String
    package let scope: Scope
    /// Empty: allowed from everywhere.
    package let networks: [CIDR]
    package let created: Timestamp
    package let expires: Timestamp?
    package let disabled: Timestamp?
    package let revoked: Timestamp?
    /// Made by a webmail for one of its sessions.
    package let isOfSession: Bool
    /// The id of the app password that takes its place.
    package let successor: String?

    init(
        account: AccountName, id: String, kind: Kind, name: String, scope: Scope, networks: [CIDR],
        created: Timestamp, expires: Timestamp?, disabled: Timestamp?, revoked: Timestamp?, isOfSession: Bool,
        successor: String?
    ) {
        self.account = account
        self.id = id
        self.kind = kind
        self.name = name
        self.scope = scope
        self.networks = networks
        self.created = created
        self.expires = expires
        self.disabled = disabled
        self.revoked = revoked
        self.isOfSession = isOfSession
        self.successor = successor
    }

    package static func makeID() throws(RandomFailure) -> String {
        String(decoding: try Base32.randomValues(identifierSymbols).map { Base32.alphabet[Int($0)] }, as: UTF8.self)
    }

    package enum State: String, Sendable { case active, disabled, expired, revoked }

    package func state(at now: Timestamp) -> State {
        if revoked != nil { return .revoked }
        if disabled != nil { return .disabled }
        if let expires, expires <= now { return .expired }
        return .active
    }
}

/// What a new app password may do.
package struct NewAppPassword: Sendable {
    package var name: String
    package var scope: Scope
    package var networks: [CIDR]
    package var expires: Timestamp?
    /// If another system made it.
    package var created: Timestamp?

    /// Characters of a name.
    package static let longestName = 64

    package init(
        name: String, scope: Scope = .mail, networks: [CIDR] = [], expires: Timestamp? = nil,
        created: Timestamp? = nil
    ) {
        self.name = name
        self.scope = scope
        self.networks = networks
        self.expires = expires
        self.created = created
    }
}

/// An app password that is not revoked, and its use.
package struct AppPasswordUse: Sendable {
    package let account: String
    package let id: String
    /// User-chosen text: encode it wherever it is printed.
    package let name: String
    package let created: Timestamp
    package let expires: Timestamp?
    package let isDisabled: Bool
    package let lastUse: Timestamp?
}

/// An app password that only a slow hash can prove.
package struct SlowCandidate: Sendable {
    package let appPassword: AppPassword
    package let hash: String
    package let isTagged: Bool
}
