import Bytes
import Crypto
import FoundationEssentials

/// Dovecot's `{PBKDF2}$1$SALT$ROUNDS$HEX`: PBKDF2 (RFC 8018, section 5.2) with HMAC-SHA-1, one block of 20 octets
/// (Dovecot, src/auth/password-scheme-pbkdf2.c).
struct PBKDF2Hash: Sendable {
    /// Dovecot writes 5,000; a stored hash does not get to ask for minutes.
    static let mostRounds = 2_000_000
    static let longestSalt = 64

    private let salt: [UInt8]
    private let rounds: Int
    private let derived: [UInt8]

    init?(_ text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "1", fields[2].utf8.count <= Self.longestSalt,
            let rounds = Int(fields[3]), (1...Self.mostRounds).contains(rounds),
            let derived = decodeHex(fields[4]), derived.count == Insecure.SHA1.byteCount
        else { return nil }
        // The salt is used as it is written, not decoded.
        salt = Array(fields[2].utf8)
        self.rounds = rounds
        self.derived = derived
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        let keyed = unsafe secret.withBytes { HMAC<Insecure.SHA1>(key: unsafe SymmetricKey(data: $0)) }
        var block = [UInt8](repeating: 0, count: Insecure.SHA1.byteCount)
        var previous = salt + [0, 0, 0, 1]
        for _ in 0..<rounds {
            var state = keyed
            state.update(data: previous)
            previous = Array(state.finalize())
            for index in block.indices { block[index] ^= previous[index] }
        }
        return constantTimeEquals(block, derived)
    }
}
