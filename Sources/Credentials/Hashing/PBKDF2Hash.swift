import Bytes
import Crypto
import FoundationEssentials

/// PBKDF2 (RFC 8018, section 5.2), one block, as stored by Dovecot and by passlib.
struct PBKDF2Hash: Sendable {
    /// Dovecot writes 5,000, passlib 29,000; a stored hash does not get to ask for minutes.
    static let mostRounds = 2_000_000
    static let longestSalt = 64

    private let function: PBKDF2.Function
    private let salt: [UInt8]
    private let rounds: Int
    private let derived: [UInt8]

    /// Dovecot's `$1$SALT$ROUNDS$HEX`, HMAC-SHA-1 (src/auth/password-scheme-pbkdf2.c).
    init?(dovecot text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "1", fields[2].utf8.count <= Self.longestSalt,
            let rounds = Int(fields[3]), (1...Self.mostRounds).contains(rounds),
            let derived = decodeHex(fields[4]), derived.count == Insecure.SHA1.byteCount
        else { return nil }
        function = .sha1
        // The salt is used as it is written, not decoded.
        salt = Array(fields[2].utf8)
        self.rounds = rounds
        self.derived = derived
    }

    /// passlib's `$pbkdf2-sha256$ROUNDS$SALT$DIGEST`, both in base64 with `.` for `+` and no padding
    /// (passlib.utils.binary.ab64_decode).
    init?(passlib text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "pbkdf2-sha256", let rounds = Int(fields[2]),
            (1...Self.mostRounds).contains(rounds), let salt = Self.decode(fields[3]), salt.count <= Self.longestSalt,
            let derived = Self.decode(fields[4]), derived.count == SHA256.byteCount
        else { return nil }
        function = .sha256
        self.salt = salt
        self.rounds = rounds
        self.derived = derived
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        constantTimeEquals(PBKDF2.derive(secret, function, salt: salt, rounds: rounds), derived)
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        Base64.decode(text.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "+") : $0 }[...])
    }
}

/// The derivation that PBKDF2 and SCRAM hashes share.
enum PBKDF2 {
    enum Function: Sendable { case sha1, sha256 }

    /// The first block: as many octets as the function gives.
    static func derive(_ secret: borrowing Secret, _ function: Function, salt: [UInt8], rounds: Int) -> [UInt8] {
        let key = unsafe secret.withBytes { unsafe SymmetricKey(data: $0) }
        switch function {
        case .sha1: return block(HMAC<Insecure.SHA1>(key: key), salt, rounds)
        case .sha256: return block(HMAC<SHA256>(key: key), salt, rounds)
        }
    }

    private static func block<H: HashFunction>(_ keyed: HMAC<H>, _ salt: [UInt8], _ rounds: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: H.Digest.byteCount)
        var previous = salt + [0, 0, 0, 1]
        for _ in 0..<rounds {
            var state = keyed
            state.update(data: previous)
            previous = Array(state.finalize())
            for index in block.indices { block[index] ^= previous[index] }
        }
        return block
    }
}
