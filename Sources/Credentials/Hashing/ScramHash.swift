import Bytes
import Crypto
import FoundationEssentials

/// Dovecot's `{SCRAM-SHA-256}ROUNDS,SALT,STORED,SERVER`: the keys of RFC 5802, section 3, in base64
/// (src/auth/password-scheme-scram.c).
struct ScramHash: Sendable {
    /// As Dovecot has them.
    enum Function: Sendable { case sha1, sha256 }

    private let function: Function
    private let salt: [UInt8]
    private let rounds: Int
    private let storedKey: [UInt8]

    init?(_ function: Function, _ text: Substring) {
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
        switch function {
        case .sha1: matches(secret, Insecure.SHA1.self)
        case .sha256: matches(secret, SHA256.self)
        }
    }

    private func matches<H: HashFunction>(_ secret: borrowing Secret, _: H.Type) -> Bool {
        let salted = SymmetricKey(data: PBKDF2.derive(secret, H.self, salt: salt, rounds: rounds))
        let clientKey = HMAC<H>.authenticationCode(for: Array("Client Key".utf8), using: salted)
        return constantTimeEquals(Array(H.hash(data: Array(clientKey))), storedKey)
    }
}
