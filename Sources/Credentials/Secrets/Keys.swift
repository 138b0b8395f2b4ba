package import Bytes
import Crypto
import FoundationEssentials

/// The keys that come out of the key file: one each use, by HKDF with a label of its own.
package struct Keys: Sendable {
    /// HKDF's first half (RFC 5869, section 2.2), done once.
    private let pseudoRandomKey: KeyBytes

    /// - Parameter material: The bytes of the key file.
    package init(material: borrowing Secret) {
        // No salt: as many zeros as the hash has bytes.
        var extracted = Digest.sha256.hmac(key: [UInt8](repeating: 0, count: Digest.sha256.length), material)
        pseudoRandomKey = KeyBytes(Secret(wiping: &extracted))
    }

    /// An owner that copies of these keys share.
    private final class KeyBytes: Sendable {
        let secret: Secret

        init(_ secret: consuming Secret) { self.secret = secret }
    }

    // Derived when asked for: a process that answers one attempt needs two or three of them. One that answers many
    // keeps those that each attempt needs.

    /// Over generated app passwords; what the database keeps of them.
    package var appPassword: KeyedMAC { kept?.appPassword ?? makeMAC("app password") }
    /// Over guesses: which wrong secrets are the same.
    package var guess: KeyedMAC { kept?.guess ?? makeMAC("guess") }
    /// Over the secrets of slow app passwords; only 16 bits of it are kept.
    private var tag: KeyedMAC { kept?.tag ?? makeMAC("tag") }
    /// Over recovery codes, as over app passwords.
    package var recoveryCode: KeyedMAC { makeMAC("recovery code") }
    /// Over wrong second-factor codes: they are counted apart from wrong passwords.
    package var codeGuess: KeyedMAC { makeMAC("code guess") }

    /// Over what was imported: whether it is still the same.
    package var imported: KeyedMAC { makeMAC("imported") }

    private struct Kept {
        let appPassword: KeyedMAC
        let guess: KeyedMAC
        let tag: KeyedMAC
    }

    private var kept: Kept?

    /// The same keys, with those of each attempt ready.
    package func keptReady() -> Keys {
        var keys = self
        keys.kept = Kept(appPassword: appPassword, guess: guess, tag: tag)
        return keys
    }
    /// Seals TOTP seeds.
    private var seal: SymmetricKey {
        var key = derive("TOTP seed")
        defer { wipe(&key) }
        return SymmetricKey(data: key)
    }
    /// Kept in the database, so that another key file is noticed.
    var checkValue: [UInt8] { derive("key check") }

    private func makeMAC(_ label: String) -> KeyedMAC {
        var key = derive(label)
        return KeyedMAC(wiping: &key)
    }

    /// HKDF's second half for one block (RFC 5869, section 2.3).
    private func derive(_ label: String) -> [UInt8] {
        Digest.sha256.hmac(key: pseudoRandomKey.secret, Array("postern \(label)".utf8) + [1])
    }

    /// 16 bits that spare the slow hash of a compact or imported app password unless they fit.
    package func tag(of secret: borrowing Secret, account: AccountName) -> Int64 {
        let mac = tag.mac(account: account.text, secret: secret)
        return Int64(mac[0]) << 8 | Int64(mac[1])
    }

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
