package import Bytes
package import Credentials

/// What a granted sign-in leaves to be written. No sign-in waits for it, and none fails with it.
package struct FollowUp: Sendable {
    package let signIn: SignIn
    package let at: Timestamp
    package let upgrade: Upgrade?

    /// What is written of a hash that was made for `upgrade`.
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

/// A wrong secret that was answered, and may be the main password before the present one: compared where somebody has
/// time for it, once for each remembered secret.
package struct FormerCheck: Sendable {
    let account: AccountName
    let network: Network
    let mac: [UInt8]
    package let former: FormerPassword

    /// What the comparison gave.
    package func note(isSame: Bool) -> FormerNote {
        FormerNote(account: account, network: network, mac: mac, until: isSame ? former.until : nil)
    }
}
