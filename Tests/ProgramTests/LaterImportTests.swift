import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// What a second import does after things changed on both sides.
struct LaterImportTests {
    private let installation: ProgramInstallation
    private static let (alice, bob) = ("alice@example.org", "bob@example.org")
    private static let seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    /// By libargon2, of "password", with 64 MiB.
    private static let large =
        "{ARGON2ID}$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHRzYWx0$KIMc7fciUzLUxuuCxdJhk2ljyEVp2fV3U9UaLqaLseE"

    init() throws { installation = try ProgramInstallation(ProgramInstallation.unthrottled) }

    private func bring(_ dump: MailcowDump, _ options: [String] = []) throws -> CommandResult {
        let file = try installation.directory.write(dump.text, to: "dump.sql")
        let result = try installation.postern(["import", "mailcow", file] + options)
        #expect(result.status == 0, "\(result)")
        return result
    }

    private func account(_ name: String) throws -> AccountState {
        try #require(try installation.open().store.account(World.name(name)))
    }

    private func status(_ user: String, _ password: String) throws -> Int32 {
        try Checkpassword(installation).run(user, password).status
    }

    private func setMemoryLimit(_ kibibytes: Int) throws {
        let others = lines(of: installation.configurationFile).filter { !$0.hasPrefix("hash_memory_limit") }
        let text = (others + ["hash_memory_limit = \(kibibytes)", ""]).joined(separator: "\n")
        try installation.directory.write(text, to: "postern.conf")
    }

    private static var both: MailcowDump {
        var dump = MailcowDump()
        dump.addMailbox(alice)
        dump.addMailbox(bob)
        return dump
    }

    /// A TOTP that came from the source goes when it goes there; one that was enrolled here does not.
    @Test func secondFactorGoesWhereItCameFrom() throws {
        var dump = Self.both
        dump.factors = [[Self.alice, "totp", Self.seed, "1"]]
        _ = try bring(dump)
        #expect(try account(Self.alice).secondFactor == .totp)
        let (store, keys) = try installation.open()
        let own = Array("12345678901234567890".utf8)
        let bob = try World.name(Self.bob)
        _ = try store.enrolTOTP(
            account: bob, seed: Secret(own), keys: keys,
            change: Change(at: .now(), actor: "test", subject: Self.bob, action: "test"))
        dump.factors = [[Self.bob, "totp", Self.seed, "1"]]
        let moved = try bring(dump)
        #expect(moved.output.contains("its second factor was set here, and there it is totp now"), "\(moved)")
        #expect(try account(Self.alice).secondFactor == .off)
        let seed = try store.totpSeed(account: bob, keys: keys)
        guard let seed else { throw TestFailure("no seed") }
        let isOwn = seed.equals(Secret(own))
        #expect(isOwn)
    }

    /// That a hash asks for too much by now changes no password that was set here.
    @Test func lowerMemoryLimitTakesNoPassword() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, hash: Self.large)
        dump.addAppPassword(1, Self.alice, hash: Self.large)
        _ = try bring(dump)
        #expect(
            try installation.postern(
                ["account", "password", Self.alice, "--password-stdin"], input: "a new one 77\n"
            ).status == 0)
        try setMemoryLimit(32768)
        let again = try bring(dump)
        #expect(again.error.contains("1 unchanged") && again.output.isEmpty, "\(again)")
        #expect(try status(Self.alice, "a new one 77") == 0)
        #expect(try !account(Self.alice).isDisabled(at: .now()))
        let (store, _) = try installation.open()
        let states = try store.appPasswords(account: World.name(Self.alice)).map { $0.state(at: .now()) }
        #expect(states == [.active])
    }

    /// What came disabled because its hash asked for too much opens once it may, unless it has another password by then.
    @Test func higherMemoryLimitOpensWhatWaits() throws {
        try setMemoryLimit(32768)
        var dump = MailcowDump()
        for name in [Self.alice, Self.bob] { dump.addMailbox(name, hash: Self.large) }
        dump.addAppPassword(1, Self.alice, hash: Self.large)
        #expect(try bring(dump).output.contains("it asks for 65536 KiB"))
        #expect(try account(Self.alice).isDisabled(at: .now()))
        #expect(try bring(dump).error.contains("2 unchanged"))
        try installation.postern(["account", "password", Self.bob, "--password-stdin"], input: "a new one 77\n")
        try installation.postern(["account", "enable", Self.bob])
        try setMemoryLimit(131072)
        let later = try bring(dump)
        #expect(later.error.contains("1 changed, 1 unchanged"), "\(later)")
        #expect(try status(Self.alice, "password") == 0)
        #expect(try status(Self.bob, "a new one 77") == 0)
        let (store, _) = try installation.open()
        let states = try store.appPasswords(account: World.name(Self.alice)).map { $0.state(at: .now()) }
        #expect(states == [.active])
        #expect(try bring(dump).error.contains("2 unchanged"))
    }

    /// One that waits for its hash and was disabled on purpose stays so; and no more come at a time than otherwise.
    @Test func disabledOnPurposeWhileItWaits() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        dump.mailboxes[0][1] = Self.large
        for number in 1...40 { dump.addAppPassword(number, Self.bob, hash: Self.large) }
        _ = try bring(dump)
        try installation.postern(["account", "enable", Self.alice])
        try installation.postern(["account", "disable", Self.alice, "--until", "2040-01-01"])
        try setMemoryLimit(131_072)
        let later = try bring(dump)
        #expect(later.error.contains("2 changed") && later.output.contains("there are 32 already"), "\(later)")
        #expect(try account(Self.alice).isDisabled(at: .now()))
        #expect(try installation.open().store.countUntagged(account: World.name(Self.bob)) == 32)
    }

    /// What waits for its hash and was opened here is closed when the source closes it, or loses it.
    @Test func openedHereWhileItWaits() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        dump.addMailbox("carol@example.org")
        for index in 0..<2 { dump.mailboxes[index][1] = Self.large }
        dump.addAppPassword(1, "carol@example.org", hash: Self.large)
        _ = try bring(dump)
        try installation.postern(["account", "password", Self.bob, "--password-stdin"], input: "a new one 77\n")
        for name in [Self.alice, Self.bob] { try installation.postern(["account", "enable", name]) }
        let id = try #require(
            try installation.open().store.appPasswords(account: World.name("carol@example.org")).first?.id)
        try installation.postern(["app-password", "enable", "carol@example.org", id])
        #expect(try bring(dump).error.contains("3 unchanged"))
        #expect(try !account(Self.alice).isDisabled(at: .now()))
        // Alice is closed there, bob is gone, carol's app password is closed there.
        let hadBob = dump.mailboxes.remove(at: 1)
        dump.mailboxes[0][6] = "0"
        dump.appPasswords[0][5] = "0"
        _ = try bring(dump)
        for name in [Self.alice, Self.bob] { #expect(try account(name).isDisabled(at: .now()), "\(name)") }
        try setMemoryLimit(131_072)
        _ = try bring(dump)
        #expect(try account(Self.alice).isDisabled(at: .now()))
        let (store, _) = try installation.open()
        #expect(
            try store.appPasswords(account: World.name("carol@example.org")).map { $0.state(at: .now()) } == [.disabled]
        )
        // Open again there, and back.
        dump.mailboxes[0][6] = "1"
        dump.appPasswords[0][5] = "1"
        dump.mailboxes.append(hadBob)
        _ = try bring(dump)
        for name in [Self.alice, Self.bob] { #expect(try !account(name).isDisabled(at: .now()), "\(name)") }
        #expect(try status(Self.alice, "password") == 0)
        #expect(
            try store.appPasswords(account: World.name("carol@example.org")).map { $0.state(at: .now()) } == [.active])
    }

    /// Opened here though its hash waits, or though it is closed there; gone, and back as it was: open again.
    @Test func openedHereGoneAndBack() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        dump.addMailbox("carol@example.org")
        dump.mailboxes[0][1] = Self.large
        dump.mailboxes[1][6] = "0"
        _ = try bring(dump)
        for name in [Self.alice, Self.bob] { try installation.postern(["account", "enable", name]) }
        var without = MailcowDump()
        without.addMailbox("carol@example.org")
        _ = try bring(without)
        for name in [Self.alice, Self.bob] { #expect(try account(name).isDisabled(at: .now()), "\(name)") }
        _ = try bring(dump)
        for name in [Self.alice, Self.bob] { #expect(try !account(name).isDisabled(at: .now()), "\(name)") }
        #expect(try bring(dump).error.contains("3 unchanged"))
    }

    /// Closed there and open again there: what somebody closed here before, meanwhile or for a time stays closed.
    @Test func closedHereToo() throws {
        let (carol, dave) = ("carol@example.org", "dave@example.org")
        var dump = Self.both
        for name in [carol, dave] { dump.addMailbox(name) }
        for number in 1...2 { dump.addAppPassword(number, dave) }
        dump.mailboxes[0][6] = "0"
        dump.appPasswords[0][5] = "0"
        _ = try bring(dump)
        let (store, _) = try installation.open()
        func phones() throws -> [AppPassword] { try store.appPasswords(account: World.name(dave)) }
        let ids = try phones().map(\.id)
        // In the same second, too: alice and the first app password meanwhile, bob, carol and the second before.
        try installation.postern(["account", "disable", Self.alice])
        try installation.postern(["account", "disable", Self.bob])
        try installation.postern(["account", "disable", carol, "--until", "2040-01-01"])
        for id in ids { try installation.postern(["app-password", "disable", dave, id]) }
        for index in 1...2 { dump.mailboxes[index][6] = "0" }
        dump.appPasswords[1][5] = "0"
        let closed = try bring(dump, ["--dry-run"])
        _ = try bring(dump)
        #expect(closed.output.contains(/carol@example.org +changed +disabled/), "\(closed)")
        #expect(try account(carol).disabledUntil == nil)
        for index in 0...2 { dump.mailboxes[index][6] = "1" }
        for index in 0...1 { dump.appPasswords[index][5] = "1" }
        let rehearsed = try bring(dump, ["--dry-run"])
        #expect(rehearsed.output.contains(/carol@example.org +changed +disabled for a time/), "\(rehearsed)")
        #expect(rehearsed.error.contains("1 changed, 3 unchanged"))
        let opened = try bring(dump)
        for name in [Self.alice, Self.bob] {
            #expect(try opened.output.contains(Regex("\(name).*was disabled here: stays so")), "\(opened)")
            #expect(try account(name).isDisabled(at: .now()))
        }
        #expect(try account(carol).disabledUntil == Timestamp(iso8601: "2040-01-01"))
        #expect(opened.output.contains("\"Phone\" was disabled here"))
        #expect(try phones().map { $0.state(at: .now()) } == [.disabled, .disabled])
        #expect(try bring(dump).error.contains("4 unchanged"))
        // Closed here, gone and back: it is said.
        let bobs = dump.mailboxes.remove(at: 1)
        _ = try bring(dump)
        dump.mailboxes.insert(bobs, at: 1)
        #expect(try bring(dump).output.contains(/bob@example.org.*was disabled here: stays so/))
        // Revoked here: whether it is open there changes nothing.
        try installation.postern(["app-password", "revoke", dave, ids[1]])
        for state in ["0", "1"] {
            dump.appPasswords[1][5] = state
            #expect(try bring(dump).error.contains("4 unchanged"))
        }
        // Opened here, gone and back, closed here: it is said as well.
        dump.mailboxes[0][6] = "0"
        _ = try bring(dump)
        try installation.postern(["account", "enable", Self.alice])
        let alice = dump.mailboxes.removeFirst()
        _ = try bring(dump)
        dump.mailboxes.insert(alice, at: 0)
        #expect(try bring(dump, ["--dry-run"]).output.contains(/alice@example.org +changed +back, enabled/))
        _ = try bring(dump)
        try installation.postern(["account", "disable", Self.alice])
        dump.mailboxes[0][6] = "1"
        #expect(try bring(dump).output.contains("was disabled here: stays so"))
    }

    /// Closed there and open again there, and nothing here: open, and the report says which way it went.
    @Test func closedAndOpenedThere() throws {
        var dump = Self.both
        dump.addAppPassword(1, Self.bob)
        _ = try bring(dump)
        dump.mailboxes[0][6] = "0"
        dump.appPasswords[0][5] = "0"
        #expect(try bring(dump, ["--dry-run"]).output.contains(/alice@example.org +changed +disabled/))
        _ = try bring(dump)
        dump.mailboxes[0][6] = "1"
        dump.appPasswords[0][5] = "1"
        let rehearsed = try bring(dump, ["--dry-run"])
        #expect(rehearsed.output.contains(/alice@example.org +changed +enabled/), "\(rehearsed)")
        #expect(try account(Self.alice).isDisabled(at: .now()))
        _ = try bring(dump)
        #expect(try !account(Self.alice).isDisabled(at: .now()))
        let states = try installation.open().store.appPasswords(account: World.name(Self.bob))
            .map { $0.state(at: .now()) }
        #expect(states == [.active])
        // A second factor that does not come is no change.
        try installation.postern(["second-factor", "external", "on", Self.bob])
        dump.factors = [[Self.bob, "totp", Self.seed, "1"]]
        let kept = try bring(dump)
        #expect(kept.error.contains("2 unchanged") && kept.output.contains("stays as it is here"), "\(kept)")
    }

    /// Opened here though it is closed there; gone, and back with another password: open again.
    @Test func openedHereGoneAndBackWithANewPassword() throws {
        var dump = Self.both
        dump.mailboxes[0][6] = "0"
        _ = try bring(dump)
        try installation.postern(["account", "enable", Self.alice])
        let alice = dump.mailboxes.removeFirst()
        _ = try bring(dump)
        #expect(try account(Self.alice).isDisabled(at: .now()))
        dump.mailboxes.insert(alice, at: 0)
        dump.mailboxes[0][1] = "{PLAIN}swordfish"
        _ = try bring(dump)
        #expect(try status(Self.alice, "swordfish") == 0)
    }

    /// What waits for its hash is as somebody left it: enabled, about to change its password, or closed.
    @Test func changedHereWhileItWaits() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        for index in 0...1 { dump.mailboxes[index][1] = Self.large }
        dump.addMailbox("carol@example.org")
        dump.addAppPassword(1, "carol@example.org", hash: Self.large, active: 0)
        #expect(try bring(dump).output.contains(": it is disabled"))
        try installation.postern(["account", "must-change", Self.alice])
        try installation.postern(["account", "enable", Self.alice])
        try installation.postern(["account", "password", Self.bob, "--password-stdin"], input: "a new one 77\n")
        let (store, _) = try installation.open()
        let carol = try World.name("carol@example.org")
        let id = try #require(try store.appPasswords(account: carol).first?.id)
        try installation.postern(["app-password", "enable", carol.text, id])
        // Something else changes there: nobody set a password for alice, and nobody opened bob.
        for index in 0...1 { dump.mailboxes[index][3] = #"{"imap_access":"0"}"# }
        let changed = try bring(dump)
        #expect(!changed.output.contains("it is disabled"), "\(changed)")
        #expect(try account(Self.bob).isDisabled(at: .now()))
        try setMemoryLimit(131_072)
        _ = try bring(dump)
        let alice = try account(Self.alice)
        #expect(alice.mustChange && !alice.isDisabled(at: .now()))
        #expect(try account(Self.bob).isDisabled(at: .now()))
        #expect(try store.appPasswords(account: carol).map { $0.state(at: .now()) } == [.active])
    }

    /// None of those that came before: another source, however few they are.
    @Test func anotherSource() throws {
        _ = try bring(Self.both)
        var dump = MailcowDump()
        dump.addMailbox("eve@example.net")
        let file = try installation.directory.write(dump.text, to: "dump.sql")
        let refused = try installation.postern(["import", "mailcow", file])
        #expect(refused.status == 65 && refused.error.contains("2 of 2 accounts"), "\(refused)")
        #expect(try !account(Self.alice).isDisabled(at: .now()))
    }

    /// An app password that waits and was disabled on purpose stays so.
    @Test func appPasswordDisabledOnPurpose() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        dump.addAppPassword(1, Self.bob, hash: Self.large)
        _ = try bring(dump)
        let (store, _) = try installation.open()
        let bob = try World.name(Self.bob)
        let id = try #require(try store.appPasswords(account: bob).first?.id)
        #expect(try installation.postern(["app-password", "disable", Self.bob, id]).status == 0)
        try setMemoryLimit(131_072)
        _ = try bring(dump)
        #expect(try store.appPasswords(account: bob).map { $0.state(at: .now()) } == [.disabled])
    }

    /// Closed there, then with a hash that waits, then open there, then verifiable.
    @Test func openedThereWhileItWaits() throws {
        try setMemoryLimit(32768)
        var dump = Self.both
        dump.mailboxes[0][6] = "0"
        dump.addAppPassword(1, Self.bob, active: 0)
        _ = try bring(dump)
        dump.mailboxes[0][1] = Self.large
        dump.appPasswords[0][3] = Self.large
        _ = try bring(dump)
        dump.mailboxes[0][6] = "1"
        dump.appPasswords[0][5] = "1"
        _ = try bring(dump)
        #expect(try account(Self.alice).isDisabled(at: .now()))
        try setMemoryLimit(131_072)
        _ = try bring(dump)
        #expect(try !account(Self.alice).isDisabled(at: .now()))
        let (store, _) = try installation.open()
        #expect(try store.appPasswords(account: World.name(Self.bob)).map { $0.state(at: .now()) } == [.active])
    }

    /// TOTP there, then something else: an export of it can be imported.
    @Test func totpBecomesExternal() throws {
        var dump = Self.both
        dump.factors = [[Self.alice, "totp", Self.seed, "1"]]
        _ = try bring(dump)
        dump.factors = [[Self.alice, "webauthn", "", "1"]]
        _ = try bring(dump)
        #expect(try account(Self.alice).secondFactor == .external)
        let line = try installation.postern(["export"]).output.split(separator: "\n").first { $0.contains(Self.alice) }
        #expect(try !#require(line).contains("sealedSeed"))
    }

    /// Gone there and back: what somebody did here meanwhile, or before, stays.
    @Test func goneAndBackLeavesWhatIsNotItsOwn() throws {
        var dump = Self.both
        dump.addMailbox("carol@example.org")
        dump.aliases = [["x@example.org", Self.bob], ["y@example.org", Self.bob]]
        _ = try bring(dump)
        try installation.postern(["account", "alias", "remove", Self.bob, "y@example.org"])
        try installation.postern(["account", "disable", "carol@example.org", "--until", "5d"])
        var without = MailcowDump()
        without.addMailbox(Self.alice)
        _ = try bring(without)
        #expect(try account(Self.bob).isDisabled(at: .now()))
        try installation.postern(["account", "disable", Self.bob, "--until", "2040-01-01"])
        _ = try bring(dump)
        #expect(try account(Self.bob).isDisabled(at: .now()))
        #expect(try installation.open().store.aliases(account: World.name(Self.bob)) == ["x@example.org"])
        let carol = try account("carol@example.org")
        #expect(carol.isDisabled(at: .now()))
        #expect(!carol.isDisabled(at: Timestamp.now().adding(seconds: 6 * 86_400)))
    }

    /// An alias that another account loses by this very import is in the report.
    @Test func movedAliasIsReported() throws {
        var dump = Self.both
        dump.aliases = [["info@example.org", Self.bob], ["mine@example.org", Self.bob]]
        _ = try bring(dump)
        dump.aliases = [
            ["info@example.org", Self.alice], ["mine@example.org", Self.bob], ["own@example.org", Self.bob],
        ]
        try installation.postern(["account", "alias", "add", Self.bob, "own@example.org"])
        let rehearsed = try bring(dump, ["--dry-run"])
        #expect(rehearsed.output.contains(/alice@example.org +changed +1 alias/), "\(rehearsed)")
        #expect(rehearsed.output.contains(/bob@example.org +changed +1 alias gone/))
        #expect(!rehearsed.output.contains("another's alias"))
        #expect(try bring(dump).error.contains("2 changed"))
        #expect(try bring(dump).error.contains("2 unchanged"))
    }

    /// Two databases in one dump, or one dump twice.
    @Test func everythingTwice() throws {
        let text = Self.both.text
        let file = try installation.directory.write(text + text, to: "dump.sql")
        let result = try installation.postern(["import", "mailcow", file])
        #expect(result.status == 65 && result.error.contains("mailbox is in it twice"), "\(result)")
        var dump = Self.both
        dump.addAppPassword(1, Self.alice)
        dump.addAppPassword(1, Self.alice, name: "Other")
        #expect(try bring(dump).output.contains("two app passwords are known by 1 there"))
        #expect(try installation.open().store.appPasswords(account: World.name(Self.alice)).map(\.name) == ["Phone"])
    }

    /// Mailu's requirement comes once for each domain, whenever it is given.
    @Test func tokensRequired() throws {
        let dump = """
            CREATE TABLE "user" (email TEXT, password TEXT, enabled TEXT, enable_imap TEXT, enable_pop TEXT);
            CREATE TABLE token (id TEXT, user_email TEXT, password TEXT, ip TEXT, comment TEXT, created_at TEXT);
            INSERT INTO "user" VALUES ('\(Self.alice)', '\(MailcowDump.hash.dropFirst(11))', '1', '1', '1');

            """
        func bring(_ options: [String]) throws {
            let text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n" + dump + "COMMIT;\n"
            let file = try installation.directory.write(text, to: "mailu.sql")
            let result = try installation.postern(["import", "mailu", file] + options)
            #expect(result.status == 0, "\(result)")
        }
        func required() throws -> Bool? {
            try installation.open().store.policy(domain: "example.org")?.appPasswordsRequired
        }
        try bring([])
        #expect(try required() != true)
        try bring(["--tokens-required"])
        #expect(try required() == true)
        try installation.postern(["domain", "policy", "example.org", "--app-passwords", "optional"])
        try bring(["--tokens-required"])
        #expect(try required() == false)
    }

    /// Clear text is hashed when it comes, and not before.
    @Test func rehearsedClearText() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, hash: "{PLAIN}swordfish")
        #expect(try bring(dump, ["--dry-run"]).output.contains("main password PLAIN"))
        _ = try bring(dump)
        #expect(try status(Self.alice, "swordfish") == 0)
    }
}
