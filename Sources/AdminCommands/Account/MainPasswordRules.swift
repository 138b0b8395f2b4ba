import Bytes
import Credentials

/// What a new main password must not be (NIST SP 800-63B-4, section 3.1.1): short, among the worst, the account's own name,
/// or what looks like an app password. No rules about kinds of characters.
enum MainPasswordRules {
    /// Characters, where a second factor is asked for, too.
    static let shortest = 8
    /// Characters NIST wants where the password alone opens something. Shorter ones are said, and taken: what is set here is
    /// often changed at once, and a refusal would send people to lists of stored hashes.
    static let shortestAlone = 15
    /// Letters of a part of the account's name that count. Two-letter names are in every word.
    private static let shortestOwnPart = 3

    /// What is wrong with it; nil: nothing.
    static func refusal(_ secret: borrowing Secret, account: AccountName) -> String? {
        var text = lowered(secret)
        defer { wipe(&text) }
        if looksLikeAppPassword(secret, text) {
            return "it looks like an app password; a main password must not be mistaken for one"
        }
        guard characters(text) >= shortest else { return "it has fewer than \(shortest) characters" }
        if isPattern(text) || CommonPasswords.contains(text) {
            return "it is one of the passwords that are tried first"
        }
        var rest = without(ownParts(account), text)
        defer { wipe(&rest) }
        // Only where the name is the larger part: its words are in many others.
        guard (text.count - rest.count) * 2 < text.count || characters(rest) >= shortest else {
            return "it is little more than the account's own name"
        }
        return nil
    }

    /// Whether it is shorter than a password should be that nothing else is asked for beside.
    static func isShortAlone(_ secret: borrowing Secret) -> Bool {
        var text = lowered(secret)
        defer { wipe(&text) }
        return characters(text) < shortestAlone
    }

    /// As many symbols, and grouped as one is shown or with a digit among them: of all that are made, one in 400 has none.
    /// Words happen to have as many letters.
    private static func looksLikeAppPassword(_ secret: borrowing Secret, _ text: [UInt8]) -> Bool {
        if case .other = AppPasswordText.read(secret) { return false }
        if text.contains(where: { (0x30...0x39).contains($0) }) { return true }
        let groups = text.split { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") }
        return groups.count > 1 && groups.allSatisfy { $0.count == groups[0].count }
    }

    /// ASCII letters in lower case.
    private static func lowered(_ secret: borrowing Secret) -> [UInt8] {
        unsafe secret.withBytes { unsafe $0.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }
    }

    /// Code points, as NIST counts: all octets of UTF-8 but those that go on with one.
    private static func characters(_ text: [UInt8]) -> Int { text.count { $0 & 0xc0 != 0x80 } }

    /// One short piece over and over (`aaaaaaaa`, `abcabcabc`), or a run (`12345678`, `hgfedcba`).
    private static func isPattern(_ text: [UInt8]) -> Bool {
        for length in 1...4 where text.indices.allSatisfy({ text[$0] == text[$0 % length] }) { return true }
        // After 9 comes 0.
        func isNext(_ one: UInt8, _ other: UInt8) -> Bool { Int(other) == Int(one) + 1 || one == 0x39 && other == 0x30 }
        let pairs = zip(text, text.dropFirst())
        return pairs.allSatisfy { isNext($0, $1) } || pairs.allSatisfy { isNext($1, $0) }
    }

    /// Longest first, so that no part of one is left.
    private static func ownParts(_ account: AccountName) -> [[UInt8]] {
        let local = account.text.prefix { $0 != "@" }
        let words =
            [account.text, String(local), account.domain] + account.domain.split(separator: ".").map(String.init)
        return words.map { Array($0.utf8) }.filter { $0.count >= shortestOwnPart }.sorted { $0.count > $1.count }
    }

    private static func without(_ parts: [[UInt8]], _ text: [UInt8]) -> [UInt8] {
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
