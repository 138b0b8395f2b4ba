package import Bytes
import CArgon2

/// A stored hash of a main password, or of a compact or imported app password, ready to be verified.
package struct PasswordHash: Sendable {
    private enum Form: Sendable {
        case argon2(Argon2Hash)
        case crypt(CryptHash)
        case digest(DigestHash)
        case pbkdf2(PBKDF2Hash)
        case scram(ScramHash)
        case bcryptSHA256(BcryptSHA256Hash)
        case cramMD5(CramMD5Hash)
    }

    private let form: Form
    /// KiB that verification takes.
    package let memory: UInt32

    /// Reads a stored hash, bare or after Dovecot's `{SCHEME}`.
    ///
    /// - Parameter memoryLimit: KiB; a hash that needs more is rejected before it gets any.
    /// - Throws: `HashError.unusable` or `HashError.overLimit`.
    package init(stored: String, memoryLimit: UInt32) throws(HashError) {
        let (scheme, body) = Self.split(stored)
        guard let form = Self.form(scheme: scheme, body: body) else {
            throw .unusable(scheme: scheme.isEmpty ? "unknown" : scheme)
        }
        let asked: UInt32 =
            switch form {
            case .argon2(let hash): hash.memory
            case .crypt(let hash): hash.memory
            case .digest, .pbkdf2, .scram, .bcryptSHA256, .cramMD5: 0
            }
        guard asked <= memoryLimit else { throw .overLimit(asked: asked, limit: memoryLimit) }
        self.form = form
        memory = asked
    }

    /// Whether the secret gives this hash. This is the slow part of a sign-in.
    ///
    /// - Throws: `HashError` when memory is short, or libxcrypt rejects the stored hash.
    package func matches(_ secret: borrowing Secret) throws(HashError) -> Bool {
        switch form {
        case .argon2(let hash): constantTimeEquals(try hash.computeTag(secret), hash.tag)
        case .crypt(let hash): try hash.matches(secret)
        case .digest(let hash): hash.matches(secret)
        case .pbkdf2(let hash): hash.matches(secret)
        case .scram(let hash): hash.matches(secret)
        case .bcryptSHA256(let hash): try hash.matches(secret)
        case .cramMD5(let hash): hash.matches(secret)
        }
    }

    /// Whether Postern would store the hash differently now: under another scheme, or as an Argon2id of a higher cost.
    package func isOlder(thanMemory memory: UInt32, passes: UInt32) -> Bool {
        guard case .argon2(let hash) = form, hash.variant == Argon2_id, hash.version == 0x13 else { return true }
        return UInt64(hash.memory) * UInt64(hash.passes) < UInt64(memory) * UInt64(passes)
    }

    /// Whether the hash depends on every byte of the secret; bcrypt reads only the first 72.
    package func covers(_ secret: borrowing Secret) -> Bool {
        guard case .crypt(let hash) = form else { return true }
        return secret.count <= hash.significantLength
    }

    /// The name of the scheme of a stored hash, Dovecot's if it has one, for messages and statistics. It does not tell
    /// whether the hash can be verified.
    package static func scheme(of stored: String) -> String {
        let (scheme, body) = split(stored)
        if !scheme.isEmpty, scheme != "CRYPT" {
            let parts = scheme.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isKnown =
                schemes.contains(parts[0]) && (parts.count == 1 || ["HEX", "B64", "BASE64"].contains(parts[1]))
            return isKnown ? scheme : "unknown"
        }
        switch body.split(separator: "$", maxSplits: 1).first ?? "" {
        case "argon2id": return "ARGON2ID"
        case "argon2i": return "ARGON2I"
        case "2a", "2b", "2y": return "BLF-CRYPT"
        case "1": return "MD5-CRYPT"
        case "5": return "SHA256-CRYPT"
        case "6": return "SHA512-CRYPT"
        case "y": return "YESCRYPT"
        case "bcrypt-sha256": return "BCRYPT-SHA256"
        case "pbkdf2-sha256", "pbkdf2-sha512", "pbkdf2": return "PBKDF2"
        default: return scheme.isEmpty ? "unknown" : scheme
        }
    }

    /// Dovecot's schemes (`doveadm pw -l`). Any other text between braces may be part of a password, so it is not
    /// shown.
    private static let schemes: Set<String> = [
        "ARGON2I", "ARGON2ID", "BLF-CRYPT", "CLEAR", "CLEARTEXT", "CRAM-MD5", "CRYPT", "DES-CRYPT", "DIGEST-MD5",
        "HMAC-MD5", "LDAP-MD5", "MD5", "MD5-CRYPT", "OTP", "PBKDF2", "PLAIN", "PLAIN-MD4", "PLAIN-MD5", "PLAIN-TRUNC",
        "SCRAM-SHA-1", "SCRAM-SHA-256", "SHA", "SHA1", "SHA256", "SHA256-CRYPT", "SHA512", "SHA512-CRYPT", "SMD5",
        "SSHA", "SSHA256", "SSHA512",
    ]

    /// Makes a new Argon2id hash as a PHC string.
    ///
    /// - Throws: `HashError.noRandom` or `HashError.outOfMemory`.
    package static func make(_ secret: borrowing Secret, memory: UInt32, passes: UInt32) throws(HashError) -> String {
        try Argon2Hash.make(secret, memory: memory, passes: passes)
    }

    /// Splits `{ssha.hex}…` into (`SSHA.HEX`, `…`), and a bare hash into (``, all of it).
    static func split(_ stored: String) -> (scheme: String, body: Substring) {
        guard stored.utf8.first == UInt8(ascii: "{"), let end = stored.firstIndex(of: "}") else {
            return ("", stored[...])
        }
        return (stored[..<end].dropFirst().uppercased(), stored[stored.index(after: end)...])
    }

    private static func form(scheme: String, body: Substring) -> Form? {
        let parts = scheme.split(separator: ".", maxSplits: 1)
        let encoding = parts.count == 2 ? String(parts[1]) : ""
        let name = parts.first.map(String.init) ?? ""
        if let digest = digest(name, encoding, body) { return .digest(digest) }
        guard !encoding.isEmpty else { return parseDecoded(name, body) }
        // The whole text form, encoded once more.
        return decode(encoding, body).flatMap { parseDecoded(name, String(decoding: $0, as: UTF8.self)[...]) }
    }

    /// Reads the schemes that have a text form of their own.
    private static func parseDecoded(_ scheme: String, _ body: Substring) -> Form? {
        switch scheme {
        case "":
            crypt(body) ?? PBKDF2Hash(passlib: body).map(Form.pbkdf2) ?? BcryptSHA256Hash(body).map(Form.bcryptSHA256)
        case "ARGON2ID", "ARGON2I", "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "MD5-CRYPT", "MD5": crypt(body)
        case "CRYPT", "DES-CRYPT": crypt(body) ?? CryptHash(des: String(body)).map(Form.crypt)
        case "PBKDF2": PBKDF2Hash(dovecot: body).map(Form.pbkdf2)
        case "SCRAM-SHA-1": ScramHash(.sha1, body).map(Form.scram)
        case "SCRAM-SHA-256": ScramHash(.sha256, body).map(Form.scram)
        case "CRAM-MD5", "HMAC-MD5": CramMD5Hash(body).map(Form.cramMD5)
        default: nil
        }
    }

    private static func crypt(_ body: Substring) -> Form? {
        Argon2Hash(String(body)).map(Form.argon2) ?? CryptHash(String(body)).map(Form.crypt)
    }

    private static func digest(_ scheme: String, _ encoding: String, _ body: Substring) -> DigestHash? {
        let stored = decode(encoding, body)
        // Dovecot reads an unsalted digest as hexadecimal when its length says so (password-scheme.c).
        let hexadecimal = encoding.isEmpty ? decodeHex(body).flatMap { DigestHash(scheme: scheme, stored: $0) } : nil
        return hexadecimal ?? stored.flatMap { DigestHash(scheme: scheme, stored: $0) }
    }

    private static func decode(_ encoding: String, _ body: Substring) -> [UInt8]? {
        switch encoding {
        case "HEX": decodeHex(body)
        case "", "B64", "BASE64": Base64.decode(body)
        default: nil
        }
    }
}
