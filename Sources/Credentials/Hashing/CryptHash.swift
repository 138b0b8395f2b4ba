import Bytes
import CPostern
import Glibc

/// A hash in crypt(5) form, verified by libxcrypt: bcrypt, SHA-crypt, yescrypt, MD5-crypt, and the DES of old.
struct CryptHash: Sendable {
    /// Octets; CRYPT_OUTPUT_SIZE of libxcrypt is 384.
    static let longestText = 383
    /// libxcrypt reads secrets up to CRYPT_MAX_PASSPHRASE_SIZE, 512 octets with the NUL.
    static let longestSecret = 511
    /// A stored hash does not get to ask for minutes: bcrypt doubles with each step, 16 is about four seconds.
    static let highestBcryptCost = 16
    /// SHA-crypt allows 999,999,999 rounds; a million is about a second.
    static let mostShaRounds = 1_000_000

    /// Octets that count (crypt(5), "bcrypt").
    private static let longestBcryptSecret = 72
    /// Octets that count (crypt(5), "descrypt").
    private static let longestDESSecret = 8

    private let text: String
    /// Octets of a secret that count.
    let longestSecretInFull: Int
    /// KiB that verifying takes beside the work area.
    let memory: UInt32

    /// Nil when the form is unknown or asks for more work than anyone stores.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longestText, text.utf8.allSatisfy(Self.isTaken) else { return nil }
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].isEmpty else { return nil }
        var memory: UInt32 = 0
        switch fields[1] {
        case "2a", "2b", "2y":
            guard fields.count == 4, Self.isHash(fields[3], 53), fields[2].utf8.count == 2,
                let cost = Int(fields[2]), (4...Self.highestBcryptCost).contains(cost)
            else { return nil }
        case "1":
            guard fields.count == 4, fields[2].utf8.count <= Self.longestMD5Salt, Self.isHash(fields[3], 22) else {
                return nil
            }
        case "5", "6":
            let hasRounds = fields[2].hasPrefix("rounds=")
            if hasRounds {
                let digits = fields[2].dropFirst(7)
                guard digits.utf8.first != UInt8(ascii: "0"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let rounds = Int(digits), (1000...Self.mostShaRounds).contains(rounds)
                else { return nil }
            }
            guard fields.count == (hasRounds ? 5 : 4),
                fields[fields.count - 2].utf8.count <= Self.longestSHASalt,
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
        longestSecretInFull = fields[1].utf8.first == UInt8(ascii: "2") ? Self.longestBcryptSecret : Self.longestSecret
        self.memory = memory
    }

    /// The traditional form: two symbols of salt, eleven of hash. Nothing marks it, so only who knows it asks for it.
    init?(des text: String) {
        guard text.utf8.count == 13, text.utf8.allSatisfy(Self.symbols.contains) else { return nil }
        self.text = text
        longestSecretInFull = Self.longestDESSecret
        memory = 0
    }

    /// Bytes of salt that count; crypt(3) cuts longer ones, and no secret would ever give the stored text.
    private static let longestMD5Salt = 8
    private static let longestSHASalt = 16

    /// What crypt(3) does not refuse anywhere in a setting (crypt(3), "ERRORS").
    private static func isTaken(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) && !":;*!\\".utf8.contains(byte) }

    private static func isHash(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy(symbols.contains)
    }

    /// Of crypt(5), by value.
    private static let symbols = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Whether the secret gives the stored hash.
    func matches(_ secret: borrowing Secret) throws(HashError) -> Bool {
        // A C string ends at its first NUL: a longer secret would match as its own beginning.
        guard secret.count <= Self.longestSecret, unsafe !secret.withBytes({ unsafe $0.contains(0) }) else {
            return false
        }
        var phrase = unsafe secret.withBytes { unsafe $0.map { CChar(bitPattern: $0) } + [0] }
        defer { unsafe phrase.withUnsafeMutableBytes { unsafe postern_wipe($0.baseAddress, $0.count) } }
        var made = [CChar](repeating: 0, count: Self.longestText + 1)
        let code = unsafe postern_crypt(phrase, text, &made, made.count)
        guard code == 0 else { throw code == ENOMEM ? .outOfMemory : .unusable(scheme: "crypt") }
        return constantTimeEquals(made.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, Array(text.utf8))
    }

    /// KiB: 128 × r × N octets (yescrypt's README, "memory usage"). Parameters are flavour, log2 N and r, one
    /// symbol each as every system writes them; longer ones are not taken.
    private static func yescryptMemory(_ parameters: Substring) -> UInt32? {
        let values = parameters.utf8.compactMap { symbols.firstIndex(of: $0) }
        guard values.count == 3, parameters.utf8.count == 3, values[1] < 24, values[2] < 48 else { return nil }
        let kibibytes = (UInt64(1) << UInt64(values[1] + 1)) * UInt64(values[2] + 1) * 128 / 1024
        return UInt32(exactly: kibibytes)
    }
}
