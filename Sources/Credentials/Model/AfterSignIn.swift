/// A new hash that replaces an old one of the same secret.
package enum NewHash: Sendable {
    case mainPassword(of: AccountName, old: String, new: String)
    case appPassword(AppPassword, old: String, new: String, tag: Int64)
}

/// Says whether a remembered wrong secret is the account's former main password.
package struct FormerNote: Sendable {
    package let account: AccountName
    package let network: Network
    /// Identifies the remembered secret.
    package let mac: [UInt8]
    /// When the former password was replaced; nil: the secret is not that password.
    package let until: Timestamp?

    package init(account: AccountName, network: Network, mac: [UInt8], until: Timestamp?) {
        self.account = account
        self.network = network
        self.mac = mac
        self.until = until
    }
}
