package import Credentials

/// A stored hash that the right secret, just given, can replace.
enum Upgrade: Sendable {
    case mainHash(old: String)
    case appPassword(AppPassword, old: String)
}

/// What a granted sign-in leaves to be written. No sign-in waits for it, and none fails with it.
package struct FollowUp: Sendable {
    let account: AccountName
    let credential: Grant.Credential
    let service: Service
    let network: Network
    let at: Timestamp
    let upgrade: Upgrade?

    private var credentialName: String {
        switch credential {
        case .mainPassword: Store.mainCredential
        case .appPassword(let appPassword): appPassword.id
        }
    }

    /// Whether there is anything worth a write.
    func isDue(in store: Store) throws(StoreError) -> Bool {
        if upgrade != nil { return true }
        return try store.needsMark(
            account: account, credential: credentialName, service: service, network: network, now: at)
    }

    func mark(in store: Store) throws(StoreError) {
        try store.mark(account: account, credential: credentialName, service: service, network: network, now: at)
    }
}

extension Authenticator {
    /// Whether `perform` would write anything. False when the store cannot even say.
    package func isDue(_ followUp: FollowUp) -> Bool { (try? followUp.isDue(in: store)) ?? false }

    /// Records the sign-in and replaces an older hash. What cannot be written now comes with a later sign-in.
    package func perform(_ followUp: FollowUp, secret: borrowing Secret) {
        try? followUp.mark(in: store)
        guard let upgrade = followUp.upgrade, let new = try? hasher.make(secret) else { return }
        switch upgrade {
        case .mainHash(let old): try? store.upgradeMainHash(account: followUp.account, from: old, to: new)
        case .appPassword(let appPassword, let old):
            let tag = keys.tag(of: secret, account: followUp.account)
            try? store.upgradeAppPassword(appPassword, from: old, to: new, tag: tag)
        }
    }
}
