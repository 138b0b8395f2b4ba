import Bytes
import Crypto
import FoundationEssentials

/// A salted or unsalted digest as Dovecot stores it: `{SSHA256}base64(digest ‖ salt)`, `{SHA512.HEX}…`.
struct DigestHash: Sendable {
    /// Octets of salt; Dovecot writes 4 to 8.
    static let longestSalt = 64

    enum Algorithm: Sendable { case md5, sha1, sha256, sha512 }

    private let algorithm: Algorithm
    private let digest: [UInt8]
    private let salt: [UInt8]

    /// - Parameters:
    ///   - scheme: Upper case, without braces and without `.HEX` or `.B64`.
    ///   - stored: Digest and salt, decoded.
    init?(scheme: String, stored: [UInt8]) {
        let salted: Bool
        switch scheme {
        case "MD5", "PLAIN-MD5", "LDAP-MD5": (algorithm, salted) = (.md5, false)
        case "SMD5": (algorithm, salted) = (.md5, true)
        case "SHA", "SHA1": (algorithm, salted) = (.sha1, false)
        case "SHA256": (algorithm, salted) = (.sha256, false)
        case "SHA512": (algorithm, salted) = (.sha512, false)
        case "SSHA": (algorithm, salted) = (.sha1, true)
        case "SSHA256": (algorithm, salted) = (.sha256, true)
        case "SSHA512": (algorithm, salted) = (.sha512, true)
        default: return nil
        }
        let length = Self.length(of: algorithm)
        guard stored.count >= length, stored.count - length <= (salted ? Self.longestSalt : 0) else { return nil }
        digest = Array(stored.prefix(length))
        salt = Array(stored.dropFirst(length))
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        let made =
            switch algorithm {
            case .md5: compute(Insecure.MD5.self, secret)
            case .sha1: compute(Insecure.SHA1.self, secret)
            case .sha256: compute(SHA256.self, secret)
            case .sha512: compute(SHA512.self, secret)
            }
        return constantTimeEquals(made, digest)
    }

    private func compute<H: HashFunction>(_: H.Type, _ secret: borrowing Secret) -> [UInt8] {
        var function = H()
        unsafe secret.withBytes { unsafe function.update(bufferPointer: $0) }
        function.update(data: salt)
        return Array(function.finalize())
    }

    private static func length(of algorithm: Algorithm) -> Int {
        switch algorithm {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }
}
