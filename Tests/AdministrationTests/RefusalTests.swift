import Administration
import Credentials
import TestSupport
import Testing

/// What is said about each refusal.
struct RefusalTests {
    private static let alice = AccountName(stored: "alice@example.org")
    private static let sales = SenderAddress(stored: "sales@example.org")
    private static let time = Timestamp(1_800_000_000)
    private static let iso = "2027-01-15T08:00:00Z"

    /// Each case, and what its explanation has to name.
    static let all: [(Refusal, [String])] = [
        (.notAUserName("a b"), ["a b", "254"]),
        (.notADomain("a b"), ["a b", "domain"]),
        (.noAccount(alice), ["alice@example.org"]),
        (.cannotBeAccount(AccountName(stored: "a..b@example.org")), ["a..b@example.org"]),
        (.accountExists(alice), ["alice@example.org"]),
        (.notAnAlias("*@example.org"), ["*@example.org", "@example.org", "postern account send-as"]),
        (.ownAddress(sales), ["sales@example.org"]),
        (.aliasExists(sales, alice), ["sales@example.org", "alice@example.org"]),
        (.noAlias(sales, alice), ["sales@example.org", "alice@example.org"]),
        (.mainPassword(.empty), ["1 to 255 bytes"]),
        (.mainPassword(.tooLong), ["1 to 255 bytes"]),
        (.mainPassword(.unusableByte), ["TAB", "NUL"]),
        (.mainPassword(.tooShort), ["8 characters"]),
        (.mainPassword(.looksLikeAppPassword), ["app password"]),
        (.mainPassword(.common), ["common password"]),
        (.mainPassword(.ownName), ["own name"]),
        (.hash(.unusable(scheme: "OTP")), ["OTP"]),
        (.hash(.overLimit(asked: 262_144, limit: 131_072)), ["262144", "131072", "hash_memory_limit"]),
        (.appPasswordName, ["1 to 64"]),
        (.appPasswordForWeb, ["web"]),
        (.appPasswordWithoutService, ["imap", "smtp"]),
        (.tooManyAppPasswords(alice, live: 7), ["alice@example.org", "7"]),
        (.endsTooLate(maxAge: 30 * AdminWorld.day, latest: time), ["30d", iso]),
        (.endsInThePast(time), [iso]),
        (.graceTooLong(max: Administrator.maxGrace), ["90d"]),
        (.noAppPassword(alice), ["alice@example.org"]),
        (.noneToRotate(alice), ["alice@example.org", "disabled"]),
        (.profileNotEncoded, ["XML"]),
        (.rotatedBefore("abc1234", successor: "def5678"), ["abc1234", "def5678"]),
        (.unusedSinceTheFuture(time), [iso]),
        (.profileWithoutServers, ["imap_server", "smtp_server"]),
        (.profileWithoutServices, ["imap", "smtp"]),
        (.secondFactorIsExternal(alice), ["alice@example.org"]),
        (.secondFactorIsOurs(alice), ["alice@example.org"]),
        (.noSecondFactor(alice), ["alice@example.org"]),
        (.nothingToConfirm(alice), ["alice@example.org"]),
        (.wrongCode(nil), ["30 seconds"]),
        (.wrongCode(.used), ["used"]),
        (.wrongCode(.otherClock(-300)), ["300 seconds behind"]),
        (.wrongCode(.otherClock(120)), ["120 seconds ahead"]),
        (.cannotBePutBack(alice), ["alice@example.org", "10m"]),
        (.disabledByOperator(alice), ["alice@example.org", "operator"]),
        (.notANetwork("a b"), ["a b"]),
        (.notATime("a b"), ["a b", "2027-01-31"]),
        (.sessionEnded, ["sign in again"]),
        (.notConfirmed, ["5m", "code"]),
        (.mustChangeFirst(alice), ["alice@example.org", "main password"]),
        (.enrolFirst(alice), ["alice@example.org", "second factor"]),
        (.formUsedBefore, ["sent already"]),
        (.tooManyForms, ["wait a minute"]),
        (.tooManyNew(max: 10), ["10", "wait an hour"]),
        (.secondFactorRequired(alice), ["alice@example.org", "policy"]),
        (.tooManyNetworks(max: 32), ["32"]),
        (.samePassword(alice), ["alice@example.org", "must be changed"]),
    ]

    /// One sentence, which names the values and does not end: a command puts a hint and a full stop behind it.
    @Test(arguments: all)
    func explains(_ refusal: Refusal, _ parts: [String]) {
        let explanation = refusal.explanation
        for part in parts { #expect(explanation.contains(part), "\(explanation)") }
        #expect(explanation.firstMatch(of: /[.!?:;, ]$/) == nil, "\(explanation)")
        #expect(explanation.firstMatch(of: /[.!?] +[A-Z]/) == nil, "more than one sentence: \(explanation)")
        let isOneLine = explanation.unicodeScalars.allSatisfy { $0.isVisible } && !explanation.contains("  ")
        #expect(isOneLine, "\(explanation)")
    }

    /// No two cases are explained by the same words.
    @Test func tellsCasesApart() {
        let explanations = Self.all.map { $0.0.explanation }
        // An empty main password and one that is too long.
        #expect(Set(explanations).count == explanations.count - 1)
    }

    /// A new case does not compile before it is here, and fails before it is in the table.
    @Test func tableIsComplete() {
        func number(_ refusal: Refusal) -> Int {
            switch refusal {
            case .notAUserName: 0
            case .notADomain: 1
            case .noAccount: 2
            case .cannotBeAccount: 3
            case .accountExists: 4
            case .notAnAlias: 5
            case .ownAddress: 6
            case .aliasExists: 7
            case .noAlias: 8
            case .mainPassword: 9
            case .hash: 10
            case .appPasswordName: 11
            case .appPasswordForWeb: 12
            case .tooManyAppPasswords: 13
            case .endsTooLate: 14
            case .endsInThePast: 15
            case .graceTooLong: 16
            case .noAppPassword: 17
            case .rotatedBefore: 18
            case .unusedSinceTheFuture: 19
            case .profileWithoutServers: 20
            case .profileWithoutServices: 21
            case .secondFactorIsExternal: 22
            case .secondFactorIsOurs: 23
            case .noSecondFactor: 24
            case .nothingToConfirm: 25
            case .wrongCode: 26
            case .appPasswordWithoutService: 27
            case .noneToRotate: 28
            case .profileNotEncoded: 29
            case .cannotBePutBack: 30
            case .disabledByOperator: 31
            case .notANetwork: 32
            case .notATime: 33
            case .sessionEnded: 34
            case .notConfirmed: 35
            case .mustChangeFirst: 36
            case .enrolFirst: 37
            case .formUsedBefore: 38
            case .tooManyForms: 39
            case .tooManyNew: 40
            case .secondFactorRequired: 41
            case .tooManyNetworks: 42
            case .samePassword: 43
            }
        }
        #expect(Set(Self.all.map { number($0.0) }) == Set(0...43))
    }

    static let hostile = ["a\nb", "\u{1b}[31mred", "\u{202e}gro.elpmaxe", "x\u{0}y", "\u{2028}line", "\u{9b}2J", "a\r"]

    /// What somebody typed is printed without what a terminal would obey.
    @Test(arguments: hostile)
    func printsNothingThatATerminalObeys(_ text: String) {
        let refusals: [Refusal] = [
            .notAUserName(text), .notADomain(text), .notAnAlias(text), .cannotBeAccount(AccountName(stored: text)),
            .notANetwork(text), .notATime(text),
        ]
        for refusal in refusals {
            let isVisible = refusal.explanation.unicodeScalars.allSatisfy { $0.isVisible }
            #expect(isVisible && refusal.explanation.contains(Printable.text(text)), "\(refusal)")
        }
    }

    /// The scheme of a stored hash is text from outside, too.
    @Test(arguments: hostile)
    func printsNoSchemeThatATerminalObeys(_ text: String) throws {
        let world = try AdminWorld()
        let refusal = try findRefusal {
            _ = try world.admin.mainPassword(storedHash: "{\(text)}x", present: nil)
        }
        let explanation = try #require(refusal?.explanation)
        let isVisible = explanation.unicodeScalars.allSatisfy { $0.isVisible }
        #expect(isVisible, "\(Printable.text(explanation))")
    }
}
