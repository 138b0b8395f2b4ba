import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// One main password, whatever keyboard it is typed on.
struct MainPasswordTextTests {
    private func mapped(_ bytes: [UInt8]) -> [UInt8]? {
        guard let secret = MainPasswordText.map(Secret(bytes)) else { return nil }
        return secret.withBytes { Array($0) }
    }

    /// The examples of RFC 8265, section 4.3, and texts that are not mapped.
    @Test(
        arguments: [
            ("correct horse", nil), ("Correct Horse", nil), ("πß\u{e5}", "πß\u{e5}"),
            ("Jack of \u{2666}s", "Jack of \u{2666}s"),
            ("foo\u{1680}bar", "foo bar"), ("pass\u{a0}word", "pass word"), ("pa\u{3000}ss", "pa ss"),
            ("cafe\u{301}", "caf\u{e9}"), ("caf\u{e9}", "caf\u{e9}"), ("\u{212b}", "\u{c5}"), ("Ａ", "Ａ"),
            ("\u{1d160}", "\u{1d158}\u{1d165}\u{1d16e}"), ("é\u{7}", nil), ("é\u{85}", nil), ("é\u{378}", nil),
        ] as [(String, String?)])
    func mapping(_ given: String, _ expected: String?) {
        #expect(mapped(Array(given.utf8)) == expected.map { Array($0.utf8) })
    }

    @Test func noUTF8() {
        for bytes: [UInt8] in [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]] { #expect(mapped(bytes) == nil) }
        #expect(mapped([]) == nil)
    }

    private func outcome(_ world: World, _ secret: String) -> (isGranted: Bool, FollowUp?) {
        let decision = world.authenticator.decide(world.attempt("alice@example.org", secret))
        if case .granted = decision.outcome { return (true, decision.followUp) }
        return (false, nil)
    }

    @Test func everySpellingOfOneMadeHere() throws {
        let world = try World()
        try world.addAccount(password: "caf\u{e9} au lait")
        for spelling in ["caf\u{e9} au lait", "cafe\u{301} au lait", "cafe\u{301}\u{a0}au\u{3000}lait"] {
            let before = world.authenticator.judge.hasher.performed
            #expect(outcome(world, spelling).isGranted, "\(spelling)")
            #expect(world.authenticator.judge.hasher.performed == before + 1)
        }
        #expect(!outcome(world, "cafe au lait").isGranted)
    }

    /// Of an imported main password, only the spelling that was hashed is right until the owner has signed in once.
    /// Each attempt costs one slow hash.
    @Test func anImportedOneIsMappedOnceItWasRight() throws {
        let world = try World()
        let account = try World.name("alice@example.org")
        let raw = "cafe\u{301}"
        let hash = try PasswordHash.make(Secret(Array(raw.utf8)), memory: 8192, passes: 1)
        _ = try world.store.addAccount(
            account, mainPassword: MainPasswordHash(hash, isMapped: false), mailbox: MailboxOverrides(),
            change: world.change())
        #expect(!outcome(world, "caf\u{e9}").isGranted)
        let right = outcome(world, raw)
        #expect(right.isGranted && world.authenticator.judge.hasher.performed == 2)
        world.authenticator.perform(try #require(right.1), secret: Secret(Array(raw.utf8)))
        #expect(try world.store.account(account)?.isMainMapped == true)
        // The other spelling is right now, although it is remembered as wrong.
        for spelling in [raw, "caf\u{e9}"] { #expect(outcome(world, spelling).isGranted, "\(spelling)") }
    }
}
