/// An app password that the presented secret may be; only its slow hash can tell.
package struct SlowCandidate: Sendable {
    /// The app password.
    package let appPassword: AppPassword
    /// Its stored hash.
    package let hash: String
    /// Whether it has a tag, which then matches that of the secret.
    package let isTagged: Bool
}
