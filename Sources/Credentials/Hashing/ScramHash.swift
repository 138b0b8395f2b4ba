import Bytes
import Crypto
import FoundationEssentials

/// Dovecot's `{SCRAM-SHA-256}ROUNDS,SALT,STORED,SERVER`: the keys of RFC 5802, section 3, in base64
/// (src/auth/password-scheme-scram.c).
struct ScramHash: Sendable {
    private let function: PBKDF2.Function
    private let salt: [UInt8]
    private let rounds: Int
    private let storedKey: [UInt8]

    init?(_ function: PBKDF2.Function, _ text: Substring) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        let length = function == .sha1 ? Insecure.SHA1.byteCount : SHA256.byteCount
        guard fields.count == 4, let rounds = Int(fields[0]), (1...PBKDF2Hash.mostRounds).contains(rounds),
            let salt = Base64.decode(fields[1]), (1...PBKDF2Hash.longestSalt).contains(salt.count),
            let storedKey = Base64.decode(fields[2]), storedKey.count == length,
            Base64.decode(fields[3])?.count == length
        else { return nil }
        self.function = function
        self.salt = salt
        self.rounds = rounds
        self.storedKey = storedKey
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        let salted = SymmetricKey(data: PBKDF2.derive(secret, function, salt: salt, rounds: rounds))
        let label = Array("Client Key".utf8)
        let made =
            switch function {
            case .sha1:
                Array(
                    Insecure.SHA1.hash(data: Array(HMAC<Insecure.SHA1>.authenticationCode(for: label, using: salted))))
            case .sha256: Array(SHA256.hash(data: Array(HMAC<SHA256>.authenticationCode(for: label, using: salted))))
            }
        return constantTimeEquals(made, storedKey)
    }
}
