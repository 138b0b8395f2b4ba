package import Bytes

/// The keys derived from the key file: one for each use, by HKDF with a label of its own.
///
/// After `postern key rotate` the file also holds the previous keys. A MAC is made under the oldest key and then passed
/// through each later one, so MACs can be carried to a new key without the secrets that they belong to, and an older
/// key alone cannot test anything.
package struct Keys: Sendable {
    /// Bytes of the MACs that tell guesses apart.
    package static let guessLength = 16
    /// Bytes of the MACs of imported data.
    private static let importedLength = 16
    /// Bytes of a tag.
    private static let tagLength = 2

    private let newest: Key

    /// Derives keys from the contents of a key file.
    ///
    /// - Parameters:
    ///   - material: At least 32 random bytes.
    ///   - before: The previous keys, which these follow.
    package init(material: borrowing Secret, before: Keys? = nil) {
        newest = Key(material, before: before?.newest)
    }

    private init(_ newest: Key) { self.newest = newest }

    /// The keys before the last rotation; nil if there was none.
    var before: Keys? { newest.before.map(Keys.init) }

    private final class Key: Sendable {
        /// The result of HKDF-Extract (RFC 5869, section 2.2), computed once.
        private let pseudoRandomKey: Secret
        let before: Key?

        init(_ material: borrowing Secret, before: Key?) {
            // Without a salt, HKDF uses as many zeros as the hash has bytes.
            var extracted = Digest.sha256.hmac(key: [UInt8](repeating: 0, count: Digest.sha256.length), material)
            pseudoRandomKey = Secret(wiping: &extracted)
            self.before = before
        }

        /// HKDF-Expand for one block (RFC 5869, section 2.3).
        func derive(_ label: String) -> [UInt8] {
            Digest.sha256.hmac(key: pseudoRandomKey, Array("postern \(label)".utf8) + [1])
        }

        var carrying: KeyedMAC {
            var key = derive("carried")
            return KeyedMAC(wiping: &key)
        }
    }

    // Derived on demand: a process that answers one attempt needs two or three of these. One that answers many
    // precomputes those that each attempt needs.

    /// Makes the MACs of generated app passwords, which the database stores.
    package var appPassword: KeyedMAC { precomputed?.appPassword ?? makeMAC("app password") }
    /// Makes the MACs of guesses, which tell whether two wrong secrets are the same.
    package var guess: KeyedMAC { precomputed?.guess ?? makeMAC("guess", length: Self.guessLength) }
    /// Makes the tags of slow app passwords.
    private var tag: KeyedMAC { precomputed?.tag ?? makeMAC("tag", length: Self.tagLength) }
    /// Makes the MACs of recovery codes, which the database stores.
    package var recoveryCode: KeyedMAC { makeMAC("recovery code") }
    /// Makes the MACs of wrong second-factor codes, which are counted apart from wrong passwords.
    package var codeGuess: KeyedMAC { makeMAC("code guess", length: Self.guessLength) }
    /// Makes the MACs of imported data, which tell whether it is still the same.
    package var imported: KeyedMAC { makeMAC("imported", length: Self.importedLength) }

    private struct Precomputed {
        let appPassword: KeyedMAC
        let guess: KeyedMAC
        let tag: KeyedMAC
    }

    private var precomputed: Precomputed?

    /// The same keys, with those that each attempt needs already derived.
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

    /// The oldest key, and the steps that carry a MAC from it to these keys.
    private var lineage: (oldest: Key, steps: [KeyedMAC]) {
        var oldest = newest
        while let before = oldest.before { oldest = before }
        return (oldest, steps(after: oldest) ?? [])
    }

    /// The steps that carry a MAC from older keys to these, one for each later key; nil if the older keys are not among
    /// these.
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

    /// A value stored in the database to notice a different key file, whichever of its keys differs.
    var checkValue: [UInt8] {
        let (oldest, steps) = lineage
        return steps.reduce(oldest.derive("key check")) { $1.mac(again: $0) }
    }

    /// These keys, or the previous ones that the check value belongs to; nil if it belongs to none of them.
    package func with(checkValue: [UInt8]) -> Keys? {
        constantTimeEquals(checkValue, self.checkValue) ? self : before?.with(checkValue: checkValue)
    }

    /// The key that seals TOTP seeds.
    var seal: Secret {
        var key = newest.derive("TOTP seed")
        return Secret(wiping: &key)
    }

    /// The tag of a secret: 16 bits. The slow hash of a compact or imported app password is only computed if its tag
    /// matches or it has none.
    package func tag(of secret: borrowing Secret, account: AccountName) -> Int64 {
        Self.tag(of: tag.mac(account: account.text, secret: secret))
    }

    /// A MAC of two bytes as the number that is stored, and the reverse.
    static func tag(of mac: [UInt8]) -> Int64 { Int64(mac[0]) << 8 | Int64(mac[1]) }
    static func bytes(ofTag tag: Int64) -> [UInt8] { [UInt8(tag >> 8 & 0xff), UInt8(tag & 0xff)] }
}
