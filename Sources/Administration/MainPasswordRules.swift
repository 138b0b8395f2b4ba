import Bytes
import Credentials

/// Checks new main passwords (NIST SP 800-63B-4, section 3.1.1): they must not be short, common, the account's own
/// name, or like an app password. There are no rules about kinds of characters.
package enum MainPasswordRules {
    /// Bytes. Dovecot gives a checkpassword program at most 512 bytes of name and password together
    /// (CHECKPASSWORD_MAX_REQUEST_LEN), and a name has up to 254.
    package static let maxLength = 255
    /// Bytes that Dovecot refuses before it asks any passdb (src/auth/auth-request.c).
    private static let unusableBytes: [UInt8] = [0, 1, 9, 10, 13]
    /// Characters that NIST requires of a password that is used with a second factor; shorter ones are always refused.
    static let minCharacters = 8
    /// Characters that NIST requires of a password that is used alone. Shorter ones are accepted with advice: a
    /// password that an operator sets is often changed at once, and a refusal would make people set stored hashes
    /// instead.
    package static let minCharactersAlone = 15
    /// Bytes that a part of the account's name must have to be considered: shorter parts occur in many words.
    private static let minOwnPart = 3

    /// Returns what is wrong with a new main password, or nil.
    static func fault(_ secret: borrowing Secret, account: AccountName) -> MainPasswordFault? {
        guard !secret.isEmpty else { return .empty }
        guard secret.count <= maxLength else { return .tooLong }
        guard unsafe !secret.withBytes({ unsafe $0.contains(where: unusableBytes.contains) }) else {
            return .unusableByte
        }
        var text = normalize(secret)
        defer { wipe(&text) }
        if looksLikeAppPassword(secret, text) { return .looksLikeAppPassword }
        guard countCharacters(text) >= minCharacters else { return .tooShort }
        if isPattern(text) || CommonPasswords.contains(text) { return .common }
        var rest = remove(ownParts(account), from: text)
        defer { wipe(&rest) }
        // Only if the name is half of the password or more and less than the minimum remains: parts of names occur in
        // many words.
        guard (text.count - rest.count) * 2 < text.count || countCharacters(rest) >= minCharacters else {
            return .ownName
        }
        return nil
    }

    /// Whether a password is shorter than NIST requires without a second factor.
    static func isShortAlone(_ secret: borrowing Secret) -> Bool {
        var text = normalize(secret)
        defer { wipe(&text) }
        return countCharacters(text) < minCharactersAlone
    }

    /// Whether a password has as many symbols as an app password and either a digit or groups of equal length. Words
    /// have as many letters by chance, and only one app password in 400 has no digit.
    private static func looksLikeAppPassword(_ secret: borrowing Secret, _ text: [UInt8]) -> Bool {
        if case .other = AppPasswordText.read(secret) { return false }
        if text.contains(where: { (0x30...0x39).contains($0) }) { return true }
        let groups = text.split { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") }
        return groups.count > 1 && groups.allSatisfy { $0.count == groups[0].count }
    }

    /// Returns a password as it is compared, in NFC, with ASCII letters in lower case. A letter with its accent counts as
    /// one character, however the keyboard sends it.
    private static func normalize(_ secret: borrowing Secret) -> [UInt8] {
        guard let mapped = MainPasswordText.map(secret) else { return lowercase(secret) }
        return lowercase(mapped)
    }

    /// Returns the bytes with ASCII letters in lower case.
    private static func lowercase(_ secret: borrowing Secret) -> [UInt8] {
        unsafe secret.withBytes { unsafe $0.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }
    }

    /// Counts code points, as NIST does: the bytes of UTF-8 that begin one.
    private static func countCharacters(_ text: [UInt8]) -> Int { text.count { $0 & 0xc0 != 0x80 } }

    /// Whether a password repeats one short piece (`aaaaaaaa`, `abcabcabc`) or is a run (`12345678`, `hgfedcba`).
    private static func isPattern(_ text: [UInt8]) -> Bool {
        for length in 1...4 where text.indices.allSatisfy({ text[$0] == text[$0 % length] }) { return true }
        // A run continues with 0 after 9.
        func isNext(_ one: UInt8, _ other: UInt8) -> Bool { Int(other) == Int(one) + 1 || one == 0x39 && other == 0x30 }
        let pairs = zip(text, text.dropFirst())
        return pairs.allSatisfy { isNext($0, $1) } || pairs.allSatisfy { isNext($1, $0) }
    }

    /// Returns the account's name and its parts, longest first, so that removing a short one leaves no rest of a long
    /// one.
    private static func ownParts(_ account: AccountName) -> [[UInt8]] {
        let local = account.text.prefix { $0 != "@" }
        let words =
            [account.text, String(local), account.domain] + account.domain.split(separator: ".").map(String.init)
        return words.map { Array($0.utf8) }.filter { $0.count >= minOwnPart }.sorted { $0.count > $1.count }
    }

    private static func remove(_ parts: [[UInt8]], from text: [UInt8]) -> [UInt8] {
        var rest: [UInt8] = []
        rest.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if let part = parts.first(where: { text[index...].starts(with: $0) }) {
                index += part.count
            } else {
                rest.append(text[index])
                index += 1
            }
        }
        return rest
    }
}
