package import Credentials
import Synchronization

/// Runs slow hashes, and knows how many it ran.
package final class SlowHasher: Sendable {
    private let memory: UInt32
    private let passes: UInt32
    private let memoryLimit: UInt32
    private let count = Atomic<Int>(0)

    package init(_ configuration: Configuration) {
        memory = UInt32(configuration.hashMemory)
        passes = UInt32(configuration.hashPasses)
        memoryLimit = UInt32(configuration.hashMemoryLimit)
    }

    /// Slow hashes so far. What "one slow hash for each wrong attempt" is counted by.
    package var performed: Int { count.load(ordering: .relaxed) }

    enum Result {
        case wrong
        case right
        /// Right, and the stored hash is due for an upgrade.
        case rightAndOlder
    }

    /// Whether the secret gives the stored hash.
    func verify(_ secret: borrowing Secret, stored: String) throws(HashError) -> Result {
        let hash = try PasswordHash(stored: stored, memoryLimit: memoryLimit)
        count.add(1, ordering: .relaxed)
        guard try hash.matches(secret) else { return .wrong }
        // Part of it may be a typing error that the stored hash never looked at.
        guard hash.covers(secret) else { return .right }
        return hash.isOlder(thanMemory: memory, passes: passes) ? .rightAndOlder : .right
    }

    /// A new hash as configured. Also what an attempt at an unknown account costs.
    package func make(_ secret: borrowing Secret) throws(HashError) -> String {
        count.add(1, ordering: .relaxed)
        return try PasswordHash.make(secret, memory: memory, passes: passes)
    }
}
