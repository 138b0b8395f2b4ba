/// An app password without its secret.
package final class AppPassword: Sendable {
    /// How its secret is stored: generated (a MAC), compact (a slow hash), imported (another system's hash).
    package enum Kind: String, Sendable { case generated, compact, imported }

    /// Seven symbols are 35 bits: enough, because ids only have to differ within an account.
    private static let identifierSymbols = 7

    /// The account it belongs to.
    package let account: AccountName
    /// Seven symbols, unique within the account.
    package let id: String
    /// How its secret is stored.
    package let kind: Kind
    /// The name that its owner gave it. User-chosen text: encode it wherever it is printed.
    package let name: String
    /// Mail services that it opens.
    package let scope: Scope
    /// Networks that it may be used from; empty: all.
    package let networks: [CIDR]
    /// When it was made.
    package let created: Timestamp
    /// When it expires; nil: never.
    package let expires: Timestamp?
    /// When it was disabled; nil: it is not disabled.
    package let disabled: Timestamp?
    /// When it was revoked; nil: it is not revoked.
    package let revoked: Timestamp?
    /// Whether it was made for a webmail session.
    package let isOfSession: Bool
    /// The id of the app password that replaces it; nil: none.
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

    /// A new random id.
    ///
    /// - Throws: `RandomFailure` if the kernel has no random bytes.
    package static func makeID() throws(RandomFailure) -> String {
        String(decoding: try Base32.randomValues(identifierSymbols).map { Base32.alphabet[Int($0)] }, as: UTF8.self)
    }

    /// Whether an app password can be used and, if not, why.
    package enum State: String, Sendable { case active, disabled, expired, revoked }

    /// The state at this time. Revoked takes precedence over disabled, and disabled over expired.
    package func state(at now: Timestamp) -> State {
        if revoked != nil { return .revoked }
        if disabled != nil { return .disabled }
        if let expires, expires <= now { return .expired }
        return .active
    }

    /// Whether it counts towards the number that policy allows: neither revoked nor expired, and not of a webmail session.
    package func isLive(at now: Timestamp) -> Bool {
        revoked == nil && !isOfSession && expires.map { now < $0 } ?? true
    }
}
