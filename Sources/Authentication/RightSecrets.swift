import Bytes
import Credentials
import Synchronization

/// Secrets that a slow hash found to be right: "this secret matches credential N of generation G" and nothing else.
/// Whether that leads to a grant or a refusal is decided anew each time. In memory only, under a key that ends with the
/// process, and bounded.
package final class RightSecrets: Sendable {
    enum Credential {
        /// The hash that it matched: after a backup is restored, a generation number can occur a second time.
        case mainPassword(hash: String?)
        case appPassword(id: String)
    }

    /// Entries of one half; at some 150 bytes each, both halves stay under 10 MiB.
    package static let maxPerHalf = 32_768

    private struct Entry {
        let credential: Credential
        let generation: Int64
    }

    private let mac = KeyedMAC.ephemeral()
    private let memory = Mutex(RecentMemory<Entry>(limit: maxPerHalf))

    /// Makes an empty memory, under a key of its own.
    package init() {}

    /// What the secret matched in this generation of the account; nil if that is not remembered.
    func recall(_ secret: borrowing Secret, account: AccountState) -> Credential? {
        let key = mac.mac(account: account.name.text, secret: secret)
        guard let entry = memory.withLock({ $0.recall(key) }), isOf(entry, account) else { return nil }
        return entry.credential
    }

    private func isOf(_ entry: Entry, _ account: AccountState) -> Bool {
        guard entry.generation == account.generation else { return false }
        switch entry.credential {
        case .mainPassword(let hash): return hash == account.mainHash
        // Ids are random, and the app password is read from the store again.
        case .appPassword: return true
        }
    }

    /// Remembers a right secret, unless its hash is due for an upgrade: it would never be upgraded.
    func remember(_ secret: borrowing Secret, _ match: Match, account: AccountState) {
        let credential: Credential
        switch match {
        case .mainPassword(nil): credential = .mainPassword(hash: account.mainHash)
        case .appPassword(let appPassword, nil): credential = .appPassword(id: appPassword.id)
        case .mainPassword, .appPassword: return
        }
        let key = mac.mac(account: account.name.text, secret: secret)
        memory.withLock { $0.add(Entry(credential: credential, generation: account.generation), key) }
    }
}
