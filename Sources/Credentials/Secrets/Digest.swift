package import Bytes
import CPostern

/// Digests of secrets. The library's states are wiped; none of its copies stays behind.
package enum Digest: Sendable {
    case md5, sha1, sha256, sha512

    private var code: Int32 {
        switch self {
        case .md5: Int32(POSTERN_MD5)
        case .sha1: Int32(POSTERN_SHA1)
        case .sha256: Int32(POSTERN_SHA256)
        case .sha512: Int32(POSTERN_SHA512)
        }
    }

    /// Bytes.
    package var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// Of a secret and what follows it.
    func of(_ secret: borrowing Secret, _ salt: [UInt8] = []) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: length)
        unsafe secret.withBytes {
            unsafe postern_digest(code, $0.baseAddress, $0.count, salt, salt.count, &made)
        }
        return made
    }

    /// HMAC (RFC 2104) under a secret key.
    func hmac(key: borrowing Secret, _ message: [UInt8]) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: length)
        unsafe key.withBytes {
            unsafe postern_hmac(code, $0.baseAddress, $0.count, message, message.count, &made)
        }
        return made
    }

    /// HMAC of a secret message.
    func hmac(key: [UInt8], _ message: borrowing Secret) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: length)
        unsafe message.withBytes {
            unsafe postern_hmac(code, key, key.count, $0.baseAddress, $0.count, &made)
        }
        return made
    }

    /// The first block of PBKDF2 (RFC 8018, section 5.2): `length` bytes. Not for MD5.
    func pbkdf2(_ secret: borrowing Secret, salt: [UInt8], rounds: Int) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: length)
        unsafe secret.withBytes {
            unsafe postern_pbkdf2(code, $0.baseAddress, $0.count, salt, salt.count, UInt32(rounds), &made)
        }
        return made
    }
}

/// HMAC-SHA-256 over (account, 0, secret), with the key already taken in: keying costs more than a short message. Its state is
/// wiped when it goes.
@safe package final class KeyedMAC: @unchecked Sendable {
    private let state: UnsafeMutableRawBufferPointer
    /// What the outcome goes through, under each later key.
    private let later: [KeyedMAC]
    /// Bytes of the outcome, and of what goes from one key to the next.
    private let length: Int

    /// Takes the key over and wipes it.
    init(wiping key: inout [UInt8], length: Int = Digest.sha256.length, later: [KeyedMAC] = []) {
        unsafe state = .allocate(byteCount: postern_mac_state_size(), alignment: 16)
        unsafe postern_mac_set_key(state.baseAddress, key, key.count)
        wipe(&key)
        self.length = length
        self.later = later
    }

    /// Under a key that ends with the process.
    package static func ephemeral(length: Int = Digest.sha256.length) -> KeyedMAC {
        var key = (0..<32).map { _ in UInt8.random(in: 0...255) }
        return KeyedMAC(wiping: &key, length: length)
    }

    deinit {
        unsafe postern_wipe(state.baseAddress, state.count)
        unsafe state.deallocate()
    }

    package func mac(account: String, secret: borrowing Secret) -> [UInt8] {
        var account = account
        var made = [UInt8](repeating: 0, count: Digest.sha256.length)
        account.withUTF8 { name in
            unsafe secret.withBytes {
                unsafe postern_mac(state.baseAddress, name.baseAddress, name.count, $0.baseAddress, $0.count, &made)
            }
        }
        made.removeLast(made.count - length)
        return later.reduce(made) { $1.mac(again: $0) }
    }

    /// The same, whole, for bytes of others.
    func verifier(_ account: [UInt8], _ secret: [UInt8]) -> Verifier {
        var made = Verifier()
        unsafe withUnsafeMutableBytes(of: &made) {
            unsafe postern_mac(state.baseAddress, account, account.count, secret, secret.count, $0.baseAddress)
        }
        for step in later {
            let before = made
            unsafe withUnsafeBytes(of: before) { before in
                unsafe withUnsafeMutableBytes(of: &made) {
                    unsafe postern_mac(step.state.baseAddress, nil, 0, before.baseAddress, before.count, $0.baseAddress)
                }
            }
        }
        return made
    }

    /// Of a MAC, as many bytes as that has.
    func mac(again inner: [UInt8]) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: Digest.sha256.length)
        unsafe postern_mac(state.baseAddress, nil, 0, inner, inner.count, &made)
        made.removeLast(made.count - inner.count)
        return made
    }
}
