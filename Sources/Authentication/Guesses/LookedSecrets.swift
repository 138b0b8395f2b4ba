import Bytes
import Credentials
import Synchronization

/// Secrets that this process found to be wrong, or to be the right main password, refused from a network new to the
/// account. From such a network both cost a slow hash again if they are not remembered here, so that asking twice tells
/// nothing. In memory only, under a key that ends with the process: the database has no fast MAC of a right main
/// password.
package final class LookedSecrets: Sendable {
    enum Finding: Sendable {
        case wrong
        case refused
    }

    /// Entries of one half; at some 200 bytes each, both halves stay under 14 MiB.
    private static let limit = 32_768

    private let mac = KeyedMAC.ephemeral(length: Keys.guessLength)
    private let memory = Mutex(RecentMemory<(finding: Finding, look: GuessLook)>(limit: limit))

    /// Makes an empty memory, under a key of its own.
    package init() {}

    func recall(_ secret: borrowing Secret, account: AccountName, network: Network) -> (Finding, GuessLook)? {
        let key = key(secret, account, network)
        return memory.withLock { $0.recall(key) }
    }

    func remember(
        _ finding: Finding, _ look: GuessLook, of secret: borrowing Secret, account: AccountName, network: Network
    ) {
        let key = key(secret, account, network)
        memory.withLock { $0.add((finding, look), key) }
    }

    /// The MAC that such a secret is counted by, instead of one under a key of the key file.
    func guessMAC(_ secret: borrowing Secret, account: AccountName, _ network: Network) -> [UInt8] {
        mac.mac(account: "guess \(account.text) \(hex(network.bytes))", secret: secret)
    }

    private func key(_ secret: borrowing Secret, _ account: AccountName, _ network: Network) -> [UInt8] {
        mac.mac(account: "\(account.text) \(hex(network.bytes))", secret: secret)
    }
}
