import Bytes

/// A salted or unsalted digest as Dovecot stores it: `{SSHA256}base64(digest ‖ salt)`, `{SHA512.HEX}…`.
struct DigestHash: Sendable {
    /// Bytes of salt; Dovecot writes 4 to 8.
    static let maxSaltLength = 64

    private let algorithm: Digest
    private let digest: [UInt8]
    private let salt: [UInt8]

    /// Reads a digest.
    ///
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
        let length = algorithm.length
        guard stored.count >= length, stored.count - length <= (salted ? Self.maxSaltLength : 0) else { return nil }
        digest = Array(stored.prefix(length))
        salt = Array(stored.dropFirst(length))
    }

    func matches(_ secret: borrowing Secret) -> Bool { constantTimeEquals(algorithm.of(secret, salt), digest) }
}
