import Bytes

/// Dovecot's `{SCRAM-SHA-256}ROUNDS,SALT,STORED,SERVER`: the keys of RFC 5802, section 3, in base64
/// (src/auth/password-scheme-scram.c).
struct ScramHash: Sendable {
    private let function: Digest
    private let salt: [UInt8]
    private let rounds: Int
    private let storedKey: [UInt8]

    /// Reads a hash.
    ///
    /// - Parameter function: SHA-1 or SHA-256, the two that Dovecot has.
    init?(_ function: Digest, _ text: Substring) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        let length = function.length
        guard fields.count == 4, let rounds = Int(fields[0]), (1...PBKDF2Hash.maxRounds).contains(rounds),
            let salt = Base64.decode(fields[1]), (1...PBKDF2Hash.maxSaltLength).contains(salt.count),
            let storedKey = Base64.decode(fields[2]), storedKey.count == length,
            Base64.decode(fields[3])?.count == length
        else { return nil }
        self.function = function
        self.salt = salt
        self.rounds = rounds
        self.storedKey = storedKey
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        var salted = function.pbkdf2(secret, salt: salt, rounds: rounds)
        var clientKey = function.hmac(key: Secret(wiping: &salted), Array("Client Key".utf8))
        return constantTimeEquals(function.of(Secret(wiping: &clientKey)), storedKey)
    }
}
