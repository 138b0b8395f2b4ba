/// What a new app password is called and may do.
package struct NewAppPassword: Sendable {
    /// The name that its owner gives it.
    package var name: String
    /// Mail services that it may open.
    package var scope: Scope
    /// Networks that it may be used from; empty: all.
    package var networks: [CIDR]
    /// When it expires; nil: never.
    package var expires: Timestamp?
    /// When another system made it; nil: it is new.
    package var created: Timestamp?

    /// Maximum characters of a name.
    package static let maxNameLength = 64

    /// Makes a new app password with these limits.
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
