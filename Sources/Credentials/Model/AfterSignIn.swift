/// A new hash that replaces an old one of the same secret.
package enum NewHash: Sendable {
    case mainPassword(of: AccountName, old: String, new: String)
    case appPassword(AppPassword, old: String, new: String, tag: Int64)
}

/// The result of comparing a remembered wrong secret with the account's previous main password.
package struct FormerNote: Sendable {
    /// The account that the secret was tried at.
    package let account: AccountName
    /// The network that it was tried from.
    package let network: Network
    /// Identifies the remembered secret.
    package let mac: [UInt8]
    /// When the previous password was replaced; nil: the secret is not that password.
    package let until: Timestamp?

    /// Makes the note of a comparison.
    package init(account: AccountName, network: Network, mac: [UInt8], until: Timestamp?) {
        self.account = account
        self.network = network
        self.mac = mac
        self.until = until
    }
}
