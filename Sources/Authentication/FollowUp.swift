package import Bytes
package import Credentials

/// What is left to write after a granted sign-in, which neither waits for it nor fails with it.
package struct FollowUp: Sendable {
    /// The sign-in, to be recorded as the last use.
    package let signIn: SignIn
    /// When the attempt was granted.
    package let at: Timestamp
    /// The older hash to be replaced; nil: none.
    package let upgrade: Upgrade?

    /// The write that replaces the older hash with `hash`.
    package func replacement(
        for upgrade: Upgrade, _ hash: String, secret: borrowing Secret, keys: Keys
    ) -> NewHash {
        switch upgrade {
        case .mainHash(let old): .mainPassword(of: signIn.account, old: old, new: hash)
        case .appPassword(let appPassword, let old):
            .appPassword(appPassword, old: old, new: hash, tag: keys.tag(of: secret, account: signIn.account))
        }
    }
}

/// A wrong secret, answered already, that may be the previous main password. It is compared when a hash worker is free,
/// once for each remembered secret.
package struct FormerCheck: Sendable {
    let account: AccountName
    let network: Network
    let mac: [UInt8]
    /// The previous main password to compare with.
    package let former: FormerPassword

    /// The note that records the result of the comparison.
    package func note(isSame: Bool) -> FormerNote {
        FormerNote(account: account, network: network, mac: mac, until: isSame ? former.until : nil)
    }
}
