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

    func isMarkDue(in store: Store) throws(StoreError) -> Bool {
        try store.needsMark(
            account: account, credential: credentialName, service: service, network: network, now: at)
    }

    func mark(in store: Store) throws(StoreError) {
        try store.mark(account: account, credential: credentialName, service: service, network: network, now: at)
    }
}

extension Authenticator {
    /// Writes what can be written without waiting for anybody.
    ///
    /// - Returns: Whether something is left for a process that may wait.
    package func performNow(_ followUp: FollowUp) -> Bool {
        do throws(StoreError) {
            if try followUp.isMarkDue(in: store) {
                try store.withoutWaiting { () throws(StoreError) in try followUp.mark(in: store) }
            }
        } catch {
            return error == .locked
        }
        return followUp.upgrade != nil || store.hasLongLog
    }

    /// Records the sign-in, replaces an older hash and keeps the store's log short. What cannot be written now comes
    /// with a later sign-in.
    package func perform(_ followUp: FollowUp, secret: borrowing Secret) {
        try? followUp.mark(in: store)
        defer { try? store.emptyLog() }
        guard let upgrade = followUp.upgrade, let new = newHash(of: secret) else { return }
        switch upgrade {
        case .mainHash(let old): try? store.upgradeMainHash(account: followUp.account, from: old, to: new)
        case .appPassword(let appPassword, let old):
            let tag = keys.tag(of: secret, account: followUp.account)
            try? store.upgradeAppPassword(appPassword, from: old, to: new, tag: tag)
        }
    }

    /// Nil when it cannot be had now: in a rush, sign-ins come first.
    private func newHash(of secret: borrowing Secret) -> String? {
        let made = try? slots.withSlot { try hasher.make(secret) }
        return made.flatMap { $0 }
    }
}
