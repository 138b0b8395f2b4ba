package import Bytes
package import Credentials
import Synchronization

/// Runs slow hashes, and counts them.
package final class SlowHasher: Sendable {
    private let memory: UInt32
    private let passes: UInt32
    private let memoryLimit: UInt32
    private let count = Atomic<Int>(0)

    /// Takes the costs of new hashes, and the limit for stored ones, from the configuration.
    package init(_ configuration: Configuration) {
        memory = UInt32(configuration.hashMemory)
        passes = UInt32(configuration.hashPasses)
        memoryLimit = UInt32(configuration.hashMemoryLimit)
    }

    /// Slow hashes so far. Tests check "one slow hash for each wrong attempt" by it.
    package var performed: Int { count.load(ordering: .relaxed) }

    /// KiB that the largest of the hashes takes.
    func memory(_ candidates: [SlowCandidate], _ account: AccountState?) -> Int {
        let stored = candidates.map(\.hash) + [account?.mainHash].compactMap { $0 }
        let asked = stored.compactMap { try? PasswordHash(stored: $0, memoryLimit: memoryLimit).memory }
        return Int(asked.max() ?? memory)
    }

    /// KiB of a new hash.
    package var newHashMemory: Int { Int(memory) }

    /// KiB that comparing with a previous main password takes.
    package func memory(of former: FormerPassword) -> Int {
        Int((try? PasswordHash(stored: former.hash, memoryLimit: memoryLimit).memory) ?? 0)
    }

    enum Comparison {
        case wrong
        case right
        /// Right, and the stored hash is due for an upgrade.
        case rightAndOlder
    }

    /// Compares a secret with a stored hash.
    func verify(_ secret: borrowing Secret, stored: String) throws(HashError) -> Comparison {
        let hash = try PasswordHash(stored: stored, memoryLimit: memoryLimit)
        count.add(1, ordering: .relaxed)
        guard try hash.matches(secret) else { return .wrong }
        // Not upgraded: the stored hash ignores the end of the secret, where there may be a typing error.
        guard hash.covers(secret) else { return .right }
        return hash.isOlder(thanMemory: memory, passes: passes) ? .rightAndOlder : .right
    }

    /// Finds the credential that the secret proves: one of the candidates, else the main password. For `web` the main
    /// password comes first: an imported app password may have the same secret, and opens nothing there.
    ///
    /// - Parameter account: Nil if there is no such account; that costs a hash, too.
    /// - Returns: The match, and why a hash could not be verified. That hash may be the right one: without a match, the
    ///   attempt cannot be decided.
    /// - Throws: `HashError` when the hash that stands in for a missing one cannot be made.
    func match(
        _ secret: PresentedSecret, _ candidates: [SlowCandidate], account: AccountState?, service: Service
    ) throws(HashError) -> Proof {
        var failure: HashError?
        if !service.isMail, let match = matchMain(secret.raw, account, &failure) {
            return Proof(match: match, failure: failure)
        }
        for candidate in candidates {
            do throws(HashError) {
                if let match = try verify(secret, candidate) { return Proof(match: match, failure: failure) }
            } catch {
                failure = error
            }
        }
        if service.isMail, let match = matchMain(secret.raw, account, &failure) {
            return Proof(match: match, failure: failure)
        }
        if candidates.isEmpty, account?.mainHash == nil { _ = try make(secret.raw) }
        return Proof(match: nil, failure: failure)
    }

    private func matchMain(_ secret: borrowing Secret, _ account: AccountState?, _ failure: inout HashError?)
        -> Match?
    {
        guard let account, let mainHash = account.mainHash else { return nil }
        do throws(HashError) {
            switch try verify(secret, stored: mainHash, isMapped: account.isMainMapped) {
            case .wrong: return nil
            // An unmapped hash is replaced: then the password is right from every keyboard.
            case .right where account.isMainMapped || MainPasswordText.isASCII(secret): return .mainPassword(nil)
            case .right, .rightAndOlder: return .mainPassword(.mainHash(old: mainHash))
            }
        } catch {
            failure = error
            return nil
        }
    }

    /// Compares a main password in the spelling that was hashed, and in no other.
    private func verify(_ secret: borrowing Secret, stored: String, isMapped: Bool) throws(HashError) -> Comparison {
        guard isMapped, let mapped = MainPasswordText.map(secret) else {
            return try verify(secret, stored: stored)
        }
        return try verify(mapped, stored: stored)
    }

    /// Whether the secret is the account's main password; also false if that cannot be verified.
    package func isMainPassword(_ secret: borrowing Secret, of account: AccountState) -> Bool {
        var failure: HashError?
        return matchMain(secret, account, &failure) != nil
    }

    /// Whether a wrong secret is the previous main password; nil if that cannot be verified now.
    package func isFormer(_ secret: borrowing Secret, _ former: FormerPassword) -> Bool? {
        do throws(HashError) {
            return try verify(secret, stored: former.hash, isMapped: former.isMapped) != .wrong
        } catch {
            return nil
        }
    }

    private func verify(_ secret: PresentedSecret, _ candidate: SlowCandidate) throws(HashError) -> Match? {
        let appPassword = candidate.appPassword
        if appPassword.kind == .compact {
            switch secret.reading {
            case .compact(let text):
                return try verify(text, stored: candidate.hash) == .wrong ? nil : .appPassword(appPassword, nil)
            default: return nil
            }
        }
        switch try verify(secret.raw, stored: candidate.hash) {
        case .wrong: return nil
        case .right where candidate.isTagged: return .appPassword(appPassword, nil)
        case .right, .rightAndOlder: return .appPassword(appPassword, .appPassword(appPassword, old: candidate.hash))
        }
    }

    /// Makes a new hash with the configured costs. An attempt at an unknown account costs one, too.
    ///
    /// - Throws: `HashError` when there is not enough memory, or the kernel gives no random bytes.
    package func make(_ secret: borrowing Secret) throws(HashError) -> String {
        count.add(1, ordering: .relaxed)
        return try PasswordHash.make(secret, memory: memory, passes: passes)
    }

    /// Makes a new hash of a main password, in its mapped spelling.
    ///
    /// - Throws: `HashError` when there is not enough memory, or the kernel gives no random bytes.
    package func makeMainPassword(_ secret: borrowing Secret) throws(HashError) -> MainPasswordHash {
        guard let mapped = MainPasswordText.map(secret) else {
            return MainPasswordHash(try make(secret), isMapped: true)
        }
        return MainPasswordHash(try make(mapped), isMapped: true)
    }

    /// Makes the hash that replaces an older one.
    ///
    /// - Throws: `HashError` when there is not enough memory, or the kernel gives no random bytes.
    package func make(_ secret: borrowing Secret, for upgrade: Upgrade) throws(HashError) -> String {
        switch upgrade {
        case .mainHash: try makeMainPassword(secret).text
        case .appPassword: try make(secret)
        }
    }
}
