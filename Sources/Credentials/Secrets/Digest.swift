package import Bytes
import CPostern

/// Digests of secrets. The library's states are wiped, so that none of its copies stays behind.
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

    /// Bytes of a digest.
    package var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The digest of a secret followed by a salt.
    func of(_ secret: borrowing Secret, _ salt: [UInt8] = []) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: length)
        unsafe secret.withBytes {
            unsafe postern_digest(code, $0.baseAddress, $0.count, salt, salt.count, &made)
        }
        return made
    }

    /// HMAC (RFC 2104) under a secret key.
    package func hmac(key: borrowing Secret, _ message: [UInt8]) -> [UInt8] {
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
