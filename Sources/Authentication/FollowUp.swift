package import Bytes
package import Credentials

/// What a granted sign-in leaves to be written. No sign-in waits for it, and none fails with it.
package struct FollowUp: Sendable {
    package let signIn: SignIn
    package let at: Timestamp
    package let upgrade: Upgrade?

    /// Replaces the older hash with one just made; what cannot be written now comes with a later sign-in.
    package func storeUpgrade(_ newHash: String, secret: borrowing Secret, keys: Keys, in store: Store) {
        switch upgrade {
        case nil: break
        case .mainHash(let old): try? store.upgradeMainHash(account: signIn.account, from: old, to: newHash)
        case .appPassword(let appPassword, let old):
            let tag = keys.tag(of: secret, account: signIn.account)
            try? store.upgradeAppPassword(appPassword, from: old, to: newHash, tag: tag)
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

    /// Writes down what the comparison gave.
    ///
    /// - Returns: Whether it is the former password, and nobody knew.
    package func store(isSame: Bool, in store: Store) throws(StoreError) -> Bool {
        let until = isSame ? former.until : nil
        return try store.noteFormer(account: account.text, network: network, mac: mac, until: until) && isSame
    }
}
