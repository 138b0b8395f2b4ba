import Bytes
import Credentials
import Synchronization

/// Which secrets behind slow hashes turned out right: "this secret matches credential N of generation G" and nothing
/// else. Everything that makes it a grant or a refusal is judged afresh each time. In memory only, under a key that
/// ends with the process, and bounded.
package final class RightSecrets: Sendable {
    enum Credential {
        /// The hash that it matched: after a restored backup a generation can come a second time.
        case mainPassword(hash: String?)
        case appPassword(id: String)
    }

    /// Entries of one half; at some 150 octets each, both halves stay under 10 MiB.
    package static let mostPerHalf = 32_768

    private struct Entry {
        let credential: Credential
        let generation: Int64
    }

    private let mac = KeyedMAC.ephemeral()
    private let memory = Mutex(RecentMemory<Entry>(limit: mostPerHalf))

    package init() {}

    /// What the secret matched in this very generation of the account; nil if that is not remembered.
    func recall(_ secret: borrowing Secret, account: AccountState) -> Credential? {
        let key = mac.mac(account: account.name.text, secret: secret)
        guard let entry = memory.withLock({ $0.recall(key) }), isOf(entry, account) else { return nil }
        return entry.credential
    }

    private func isOf(_ entry: Entry, _ account: AccountState) -> Bool {
        guard entry.generation == account.generation else { return false }
        switch entry.credential {
        case .mainPassword(let hash): return hash == account.mainHash
        // Ids are random, and looked up afresh.
        case .appPassword: return true
        }
    }

    /// One whose hash is due for an upgrade is not remembered: it would never be upgraded.
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
