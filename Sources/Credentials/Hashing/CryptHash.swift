import Bytes
import CPostern
import Glibc

/// A hash in crypt(5) form, verified by libxcrypt: bcrypt, SHA-crypt, yescrypt, MD5-crypt and traditional DES.
struct CryptHash: Sendable {
    /// Bytes; libxcrypt's CRYPT_OUTPUT_SIZE is 384 with the NUL.
    static let maxTextLength = 383
    /// Bytes; libxcrypt's CRYPT_MAX_PASSPHRASE_SIZE is 512 with the NUL.
    static let maxSecretLength = 511
    /// The time of bcrypt doubles with each step. 16 takes about four seconds; a stored hash must not be able to demand
    /// minutes.
    static let highestBcryptCost = 16
    /// SHA-crypt allows 999,999,999 rounds; a million is about a second.
    static let maxShaRounds = 1_000_000

    /// Bytes that bcrypt reads of a secret (crypt(5), "bcrypt").
    private static let maxBcryptSecretLength = 72
    /// Bytes that traditional DES reads of a secret (crypt(5), "descrypt").
    private static let maxDESSecretLength = 8

    private let text: String
    /// The maximum number of bytes of a secret that affect the hash.
    let significantLength: Int
    /// KiB that verification takes besides libxcrypt's work area.
    let memory: UInt32

    /// Reads a hash; nil if its form is unknown or it demands more work than anyone stores.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maxTextLength, text.utf8.allSatisfy(Self.isTaken) else { return nil }
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].isEmpty else { return nil }
        var memory: UInt32 = 0
        switch fields[1] {
        case "2a", "2b", "2y":
            guard fields.count == 4, Self.isHash(fields[3], 53), fields[2].utf8.count == 2,
                let cost = Int(fields[2]), (4...Self.highestBcryptCost).contains(cost)
            else { return nil }
        case "1":
            guard fields.count == 4, fields[2].utf8.count <= Self.maxMD5SaltLength, Self.isHash(fields[3], 22) else {
                return nil
            }
        case "5", "6":
            let hasRounds = fields[2].hasPrefix("rounds=")
            if hasRounds {
                let digits = fields[2].dropFirst(7)
                guard digits.utf8.first != UInt8(ascii: "0"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let rounds = Int(digits), (1000...Self.maxShaRounds).contains(rounds)
                else { return nil }
            }
            guard fields.count == (hasRounds ? 5 : 4),
                fields[fields.count - 2].utf8.count <= Self.maxSHASaltLength,
                Self.isHash(fields[fields.count - 1], fields[1] == "5" ? 43 : 86)
            else { return nil }
        case "y":
            guard fields.count == 5, fields[3].utf8.allSatisfy(Self.symbols.contains), Self.isHash(fields[4], 43),
                let wanted = Self.yescryptMemory(fields[2])
            else {
                return nil
            }
            memory = wanted
        default: return nil
        }
        self.text = text
        significantLength =
            fields[1].utf8.first == UInt8(ascii: "2") ? Self.maxBcryptSecretLength : Self.maxSecretLength
        self.memory = memory
    }

    /// Reads the traditional form: two symbols of salt, eleven of hash. It has no prefix to recognise it by, so callers
    /// use this only where the scheme is named.
    init?(des text: String) {
        guard text.utf8.count == 13, text.utf8.allSatisfy(Self.symbols.contains) else { return nil }
        self.text = text
        significantLength = Self.maxDESSecretLength
        memory = 0
    }

    /// Maximum bytes of salt; crypt(3) truncates longer salts, so that no secret would ever give the stored text.
    private static let maxMD5SaltLength = 8
    private static let maxSHASaltLength = 16

    /// Whether crypt(3) accepts a byte anywhere in a setting (crypt(3), "ERRORS").
    private static func isTaken(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) && !":;*!\\".utf8.contains(byte) }

    private static func isHash(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy(symbols.contains)
    }

    /// The symbols of crypt(5), by value.
    private static let symbols = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Whether the secret gives the stored hash.
    func matches(_ secret: borrowing Secret) throws(HashError) -> Bool {
        // A C string ends at its first NUL, so a secret with a NUL would match by its beginning alone.
        guard secret.count <= Self.maxSecretLength, unsafe !secret.withBytes({ unsafe $0.contains(0) }) else {
            return false
        }
        var phrase = unsafe secret.withBytes { unsafe $0.map { CChar(bitPattern: $0) } + [0] }
        defer { unsafe phrase.withUnsafeMutableBytes { unsafe postern_wipe($0.baseAddress, $0.count) } }
        var made = [CChar](repeating: 0, count: Self.maxTextLength + 1)
        let code = unsafe postern_crypt(phrase, text, &made, made.count)
        guard code == 0 else { throw code == ENOMEM ? .outOfMemory : .unusable(scheme: "crypt") }
        return constantTimeEquals(made.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, Array(text.utf8))
    }

    /// KiB that yescrypt takes: 128 × r × N bytes (yescrypt's README, "memory usage"). The parameters are flavour, log2
    /// N and r, one symbol each, as every system writes them; longer parameters are rejected.
    private static func yescryptMemory(_ parameters: Substring) -> UInt32? {
        let values = parameters.utf8.compactMap { symbols.firstIndex(of: $0) }
        guard values.count == 3, parameters.utf8.count == 3, values[1] < 24, values[2] < 48 else { return nil }
        let kibibytes = (UInt64(1) << UInt64(values[1] + 1)) * UInt64(values[2] + 1) * 128 / 1024
        return UInt32(exactly: kibibytes)
    }
}
