import Bytes

/// passlib's bcrypt_sha256: bcrypt over the base64 of a digest of the secret, so that every byte counts
/// (passlib/handlers/bcrypt.py).
struct BcryptSHA256Hash: Sendable {
    private enum Version: Sendable {
        /// Version 1: SHA-256.
        case plain
        /// Version 2: HMAC-SHA-256 with the salt, as it is written, as the key.
        case keyed([UInt8])
    }

    private let version: Version
    private let bcrypt: CryptHash

    /// Reads `$bcrypt-sha256$2b,12$SALT$DIGEST` or `$bcrypt-sha256$v=2,t=2b,r=12$SALT$DIGEST`.
    init?(_ text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "bcrypt-sha256", fields[3].utf8.count == 22 else {
            return nil
        }
        let parameters = fields[2].split(separator: ",", omittingEmptySubsequences: false)
        let variant: Substring
        let cost: Substring
        switch parameters.count {
        case 2:
            version = .plain
            (variant, cost) = (parameters[0], parameters[1])
        case 3:
            guard parameters[0] == "v=2", parameters[1].hasPrefix("t="), parameters[2].hasPrefix("r=") else {
                return nil
            }
            version = .keyed(Array(fields[3].utf8))
            (variant, cost) = (parameters[1].dropFirst(2), parameters[2].dropFirst(2))
        default: return nil
        }
        let twoDigits = cost.utf8.count == 1 ? "0" + cost : String(cost)
        guard variant == "2a" || variant == "2b",
            let bcrypt = CryptHash("$\(variant)$\(twoDigits)$\(fields[3])\(fields[4])")
        else { return nil }
        self.bcrypt = bcrypt
    }

    func matches(_ secret: borrowing Secret) throws(HashError) -> Bool {
        var digested =
            switch version {
            case .plain: Digest.sha256.of(secret)
            case .keyed(let salt): Digest.sha256.hmac(key: salt, secret)
            }
        defer { wipe(&digested) }
        var text = Base64.encode(digested, padded: true)
        return try bcrypt.matches(Secret(wiping: &text))
    }
}
