package import Bytes
import Crypto
import FoundationEssentials

/// The keys that come out of the key file: one each use, by HKDF with a label of its own.
package struct Keys: Sendable {
    /// HKDF's first half (RFC 5869, section 2.2), done once.
    private let pseudoRandomKey: SymmetricKey

    /// - Parameter material: The bytes of the key file.
    package init(material: borrowing Secret) {
        // RFC 5869, section 2.2. No salt: as many zeros as the hash has octets.
        var extract = HMAC<SHA256>(key: SymmetricKey(data: [UInt8](repeating: 0, count: SHA256.byteCount)))
        unsafe material.withBytes { unsafe extract.update(data: $0) }
        pseudoRandomKey = SymmetricKey(data: extract.finalize())
    }

    // Derived when asked for: a process that answers one attempt needs two or three of them. One that answers many
    // keeps those that each attempt needs.

    /// Over generated app passwords; what the database keeps of them.
    package var appPassword: KeyedMAC { kept?.appPassword ?? KeyedMAC(key: derive("app password")) }
    /// Over guesses: which wrong secrets are the same.
    package var guess: KeyedMAC { kept?.guess ?? KeyedMAC(key: derive("guess")) }
    /// Over the secrets of slow app passwords; only 16 bits of it are kept.
    private var tag: KeyedMAC { kept?.tag ?? KeyedMAC(key: derive("tag")) }
    /// Over recovery codes, as over app passwords.
    package var recoveryCode: KeyedMAC { KeyedMAC(key: derive("recovery code")) }
    /// Over wrong second-factor codes: they are counted apart from wrong passwords.
    package var codeGuess: KeyedMAC { KeyedMAC(key: derive("code guess")) }

    /// Over what was imported: whether it is still the same.
    package var imported: KeyedMAC { KeyedMAC(key: derive("imported")) }

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
    private var seal: SymmetricKey { derive("TOTP seed") }
    /// Kept in the database, so that another key file is noticed.
    var checkValue: [UInt8] { unsafe derive("key check").withUnsafeBytes { unsafe Array($0) } }

    /// HKDF's second half for one block (RFC 5869, section 2.3). The library's own is generic to the bottom, and
    /// instantiating it would cost a process that answers one attempt more than all its hashing.
    private func derive(_ label: String) -> SymmetricKey {
        SymmetricKey(
            data: HMAC<SHA256>.authenticationCode(for: Array("postern \(label)".utf8) + [1], using: pseudoRandomKey))
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

/// HMAC-SHA-256 over (account, 0, secret), with the key already taken in: keying costs more than a short message.
package struct KeyedMAC: Sendable {
    private let keyed: HMAC<SHA256>

    init(key: SymmetricKey) { keyed = HMAC(key: key) }

    /// Under a key that ends with the process.
    package static func ephemeral() -> KeyedMAC { KeyedMAC(key: SymmetricKey(size: .bits256)) }

    /// 32 bytes.
    package func mac(account: String, secret: borrowing Secret) -> [UInt8] {
        var message: [UInt8] = []
        // In one piece: growing would leave a copy of the secret behind.
        message.reserveCapacity(account.utf8.count + 1 + secret.count)
        message += account.utf8
        message.append(0)
        unsafe secret.withBytes { unsafe message.append(contentsOf: $0) }
        defer { wipe(&message) }
        var state = keyed
        state.update(data: message)
        return Array(state.finalize())
    }
}
