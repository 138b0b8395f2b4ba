import Bytes

/// PBKDF2 (RFC 8018, section 5.2), one block, as stored by Dovecot and by passlib.
struct PBKDF2Hash: Sendable {
    /// Dovecot writes 5,000, passlib 29,000; a stored hash must not be able to demand minutes.
    static let maxRounds = 2_000_000
    static let maxSaltLength = 64

    private let function: Digest
    private let salt: [UInt8]
    private let rounds: Int
    private let derived: [UInt8]

    /// Reads Dovecot's `$1$SALT$ROUNDS$HEX`, HMAC-SHA-1 (src/auth/password-scheme-pbkdf2.c).
    init?(dovecot text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "1", fields[2].utf8.count <= Self.maxSaltLength,
            let rounds = Int(fields[3]), (1...Self.maxRounds).contains(rounds),
            let derived = decodeHex(fields[4]), derived.count == Digest.sha1.length
        else { return nil }
        function = .sha1
        // The salt is used as it is written, not decoded.
        salt = Array(fields[2].utf8)
        self.rounds = rounds
        self.derived = derived
    }

    /// Reads passlib's `$pbkdf2-sha256$ROUNDS$SALT$DIGEST`, and the same with SHA-1 or SHA-512. Salt and digest are
    /// base64 with `.` for `+` and without padding (passlib.utils.binary.ab64_decode).
    init?(passlib text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, let rounds = Int(fields[2]),
            (1...Self.maxRounds).contains(rounds), let salt = Self.decode(fields[3]), salt.count <= Self.maxSaltLength,
            let derived = Self.decode(fields[4])
        else { return nil }
        switch (fields[1], derived.count) {
        case ("pbkdf2", Digest.sha1.length): function = .sha1
        case ("pbkdf2-sha256", Digest.sha256.length): function = .sha256
        case ("pbkdf2-sha512", Digest.sha512.length): function = .sha512
        default: return nil
        }
        self.salt = salt
        self.rounds = rounds
        self.derived = derived
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        constantTimeEquals(function.pbkdf2(secret, salt: salt, rounds: rounds), derived)
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        Base64.decode(text.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "+") : $0 }[...])
    }
}
