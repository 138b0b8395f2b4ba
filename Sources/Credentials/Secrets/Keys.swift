package import Bytes
import Crypto
import FoundationEssentials

/// The keys that come out of the key file: one for each use, by HKDF with a label of its own.
///
/// After `postern key rotate` the file has the keys before, too: a MAC is made under the oldest one and goes through each later
/// one. So MACs are carried to a new key without the secrets they are of, and whoever has an older key alone can test nothing.
package struct Keys: Sendable {
    /// Bytes of the MACs that tell guesses apart.
    package static let guessLength = 16
    /// Bytes of the MACs of what was imported.
    private static let importedLength = 16
    /// Bytes.
    private static let tagLength = 2

    private let newest: Key

    /// - Parameters:
    ///   - material: 32 random bytes, or more.
    ///   - before: The keys that this one follows.
    package init(material: borrowing Secret, before: Keys? = nil) {
        newest = Key(material, before: before?.newest)
    }

    private init(_ newest: Key) { self.newest = newest }

    /// The keys before the last rotation; nil if there was none.
    var before: Keys? { newest.before.map(Keys.init) }

    private final class Key: Sendable {
        /// HKDF's first half (RFC 5869, section 2.2), done once.
        private let pseudoRandomKey: Secret
        let before: Key?

        init(_ material: borrowing Secret, before: Key?) {
            // No salt: as many zeros as the hash has bytes.
            var extracted = Digest.sha256.hmac(key: [UInt8](repeating: 0, count: Digest.sha256.length), material)
            pseudoRandomKey = Secret(wiping: &extracted)
            self.before = before
        }

        /// HKDF's second half for one block (RFC 5869, section 2.3).
        func derive(_ label: String) -> [UInt8] {
            Digest.sha256.hmac(key: pseudoRandomKey, Array("postern \(label)".utf8) + [1])
        }

        var carrying: KeyedMAC {
            var key = derive("carried")
            return KeyedMAC(wiping: &key)
        }
    }

    // Derived when asked for: a process that answers one attempt needs two or three of them. One that answers many
    // precomputes those that each attempt needs.

    /// Over generated app passwords; what the database keeps of them.
    package var appPassword: KeyedMAC { precomputed?.appPassword ?? makeMAC("app password") }
    /// Over guesses: which wrong secrets are the same.
    package var guess: KeyedMAC { precomputed?.guess ?? makeMAC("guess", length: Self.guessLength) }
    /// Over the secrets of slow app passwords.
    private var tag: KeyedMAC { precomputed?.tag ?? makeMAC("tag", length: Self.tagLength) }
    /// Over recovery codes, as over app passwords.
    package var recoveryCode: KeyedMAC { makeMAC("recovery code") }
    /// Over wrong second-factor codes: they are counted apart from wrong passwords.
    package var codeGuess: KeyedMAC { makeMAC("code guess", length: Self.guessLength) }
    /// Over what was imported: whether it is still the same.
    package var imported: KeyedMAC { makeMAC("imported", length: Self.importedLength) }

    private struct Precomputed {
        let appPassword: KeyedMAC
        let guess: KeyedMAC
        let tag: KeyedMAC
    }

    private var precomputed: Precomputed?

    /// The same keys, with those that each attempt needs computed once.
    package func precompute() -> Keys {
        var keys = self
        keys.precomputed = Precomputed(appPassword: appPassword, guess: guess, tag: tag)
        return keys
    }

    private func makeMAC(_ label: String, length: Int = Digest.sha256.length) -> KeyedMAC {
        let (oldest, later) = lineage
        var key = oldest.derive(label)
        return KeyedMAC(wiping: &key, length: length, later: later)
    }

    /// The oldest key, and what carries a MAC from it to these keys.
    private var lineage: (oldest: Key, steps: [KeyedMAC]) {
        var oldest = newest
        while let before = oldest.before { oldest = before }
        return (oldest, steps(after: oldest) ?? [])
    }

    /// What carries a MAC of older keys to these, one later key after the other; nil if they are not among the keys before these.
    func steps(from older: Keys) -> [KeyedMAC]? { steps(after: older.newest) }

    private func steps(after older: Key) -> [KeyedMAC]? {
        var steps: [KeyedMAC] = []
        var key = newest
        while key !== older {
            guard let before = key.before else { return nil }
            steps.insert(key.carrying, at: 0)
            key = before
        }
        return steps
    }

    /// Kept in the database, so that another key file is noticed, whichever of its keys is another one.
    var checkValue: [UInt8] {
        let (oldest, steps) = lineage
        return steps.reduce(oldest.derive("key check")) { $1.mac(again: $0) }
    }

    /// These keys or older ones of the same file, whichever the check value is of; nil if it is of none.
    package func with(checkValue: [UInt8]) -> Keys? {
        constantTimeEquals(checkValue, self.checkValue) ? self : before?.with(checkValue: checkValue)
    }

    /// Seals TOTP seeds.
    private var seal: SymmetricKey {
        var key = newest.derive("TOTP seed")
        defer { wipe(&key) }
        return SymmetricKey(data: key)
    }
    /// 16 bits that spare the slow hash of a compact or imported app password unless they fit.
    package func tag(of secret: borrowing Secret, account: AccountName) -> Int64 {
        Self.tag(of: tag.mac(account: account.text, secret: secret))
    }

    /// A MAC of two bytes as the number that it is stored as, and back.
    static func tag(of mac: [UInt8]) -> Int64 { Int64(mac[0]) << 8 | Int64(mac[1]) }
    static func bytes(ofTag tag: Int64) -> [UInt8] { [UInt8(tag >> 8 & 0xff), UInt8(tag & 0xff)] }

    /// Seals a TOTP seed for one account: ChaCha20-Poly1305 with the account's name as associated data.
    package func seal(_ seed: borrowing Secret, account: AccountName) -> [UInt8]? {
        let sealed = unsafe seed.withBytes {
            try? unsafe ChaChaPoly.seal($0, using: seal, authenticating: Array(account.text.utf8))
        }
        return sealed.map { Array($0.combined) }
    }

    /// The seed, or nil when the sealed bytes were not made with this key for this account.
    package func open(_ sealed: [UInt8], account: AccountName) -> Secret? {
        guard let box = try? ChaChaPoly.SealedBox(combined: sealed),
            let seed = try? ChaChaPoly.open(box, using: seal, authenticating: Array(account.text.utf8))
        else { return nil }
        var bytes = Array(seed)
        return Secret(wiping: &bytes)
    }
}
