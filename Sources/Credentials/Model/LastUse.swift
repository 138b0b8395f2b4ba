/// The last use of a credential.
package struct LastUse: Sendable {
    /// When the credential was used.
    package let at: Timestamp
    /// Service and network; nil: the sign-in is too old to be in the history.
    package let way: (service: String, network: Network)?
    /// How many different networks it was used from, as far back as the history goes.
    package let networks: Int
}
