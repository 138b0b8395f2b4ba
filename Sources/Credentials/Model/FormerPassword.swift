/// A previous main password.
package struct FormerPassword: Sendable {
    /// The hash as it was stored.
    package let hash: String
    /// Whether `hash` is the hash of the mapped spelling (`MainPasswordText`).
    package let isMapped: Bool
    /// When it was replaced.
    package let until: Timestamp
}
