import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// What a second import does after things changed in the source, in Postern, or in both.
struct LaterImportTests {
    private let installation: ProgramInstallation
    private static let (alice, bob, carol) = ("alice@example.org", "bob@example.org", "carol@example.org")
    private static let seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    /// By libargon2, of "password", with 64 MiB.
    private static let large =
        "{ARGON2ID}$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHRzYWx0$KIMc7fciUzLUxuuCxdJhk2ljyEVp2fV3U9UaLqaLseE"

    init() throws { installation = try ProgramInstallation(ProgramInstallation.unthrottled) }

    @discardableResult
    private func bring(_ dump: MailcowDump, _ options: [String] = [], status: Int32 = 0) throws -> ImportView {
        let file = try installation.directory.write(dump.text, to: "dump.sql")
        return try installation.importing(["mailcow", file] + options, status: status)
    }

    /// Runs an import that is refused as a whole.
    private func refuse(_ dump: String, _ options: [String] = []) throws -> CommandResult {
        let file = try installation.directory.write(dump, to: "dump.sql")
        let result = try installation.postern(["import", "mailcow", file] + options)
        #expect(result.status == 65 && result.output.isEmpty, "\(result)")
        return result
    }

    private func account(_ name: String) throws -> AccountState {
        try #require(try installation.open().store.account(World.name(name)))
    }

    private func appPasswords(_ name: String) throws -> [AppPassword] {
        try installation.open().store.appPasswords(account: World.name(name))
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

    /// A whole dump, then one whose tfa table has no rows: nobody's second factor goes off unless somebody says so.
    @Test func secondFactorsStay() throws {
        var dump = MailcowDump()
        for number in 0..<100 {
            dump.addMailbox("user\(number)@example.org")
            dump.factors.append(["user\(number)@example.org", "totp", Self.seed, "1"])
        }
        dump.addMailbox(Self.alice)
        dump.factors += [[Self.alice, "webauthn", "", "1"]]
        try bring(dump)
        func factors() throws -> [SecondFactor] { try installation.open().store.accounts().map(\.secondFactor) }
        let whole = try factors()
        #expect(whole.count { $0 == .totp } == 100 && whole.count { $0 == .external } == 1)
        var without = dump
        without.factors = []
        // Something else changed, too: that is taken.
        without.mailboxes[0][1] = "{PLAIN}swordfish"
        for _ in 0..<2 {
            let second = try bring(without, status: 1)
            #expect(try factors() == whole)
            #expect(second.withheld.count == 101)
        }
        #expect(try status("user0@example.org", "swordfish") == 1)
        #expect(installation.messages().last?.hasPrefix("Main password refused") == true, "\(installation.messages())")
        // The source has them again: nothing is withheld any more.
        dump.mailboxes[0][1] = "{PLAIN}swordfish"
        #expect(try bring(dump).withheld == [])
        try bring(without, ["--allow-loosening"])
        #expect(try factors().allSatisfy { $0 == .off })
        #expect(try bring(without).counts == .init(unchanged: 101))
    }

    /// Each part of an account that could become looser keeps what it has, is named at each import, and changes when asked to.
    @Test(arguments: 0...5)
    func nothingLoosens(_ kind: Int) throws {
        let closed = #"{"imap_access":"0","pop3_access":"0","smtp_access":"0","sieve_access":"0"}"#
        var loose = MailcowDump()
        loose.addMailbox(Self.alice)
        loose.addAppPassword(1, Self.alice)
        var strict = loose
        switch kind {
        case 0: strict.mailboxes[0][6] = "0"
        case 1: strict.mailboxes[0][3] = #"{"force_pw_update":"1"}"#
        case 2: strict.mailboxes[0][3] = closed
        case 3: strict.mailboxes[0][3] = #"{"pop3_access":"0"}"#
        case 4: strict.appPasswords[0][5] = "0"
        default: strict.appPasswords[0][7] = "0"
        }
        func state() throws -> String {
            try installation.postern(["export"]).output.split(separator: "\n").first { $0.contains("\"address\"") }
                .map { String($0).replacing(/"generation":[0-9]+/, with: "") } ?? ""
        }
        try bring(strict)
        let before = try state()
        for options in [["--dry-run"], [], []] {
            let second = try bring(loose, options, status: 1)
            #expect(second.withheld.contains(Self.alice), "\(second)")
            #expect(try state() == before)
        }
        try bring(loose, ["--allow-loosening"])
        #expect(try state() != before)
        #expect(try bring(loose).counts == .init(unchanged: 1))
        // Back again: stricter is always taken.
        #expect(try bring(strict).counts == .init(changed: 1))
    }

    /// What was changed on both sides is left and named, at each import; new app passwords are imported all the same.
    @Test func changedOnBothSides() throws {
        var dump = Self.both
        dump.addAppPassword(1, Self.alice)
        try bring(dump)
        try installation.perform(["second-factor", "external", "on", Self.alice])
        dump.mailboxes[0][1] = "{PLAIN}swordfish"
        dump.mailboxes[1][1] = "{PLAIN}swordfish"
        dump.appPasswords[0][1] = "Renamed"
        dump.addAppPassword(2, Self.alice, name: "Laptop", hash: "{PLAIN}laptop secret")
        for expected in [ImportView.Counts(changed: 2), ImportView.Counts(unchanged: 1, kept: 1)] {
            let later = try bring(dump)
            #expect(later.counts == expected && later.hasNote(on: Self.alice), "\(later)")
        }
        #expect(try account(Self.alice).secondFactor == .external)
        #expect(try appPasswords(Self.alice).map(\.name).sorted() == ["Laptop", "Phone"])
        #expect(try status(Self.alice, "laptop secret") == 0)
        #expect(try status(Self.bob, "swordfish") == 0)
        // Postern's own changes stay as long as the source does not change.
        try installation.perform(["account", "disable", Self.bob])
        #expect(try bring(dump).counts == .init(unchanged: 1, kept: 1))
        #expect(try account(Self.bob).isDisabled(at: .now()))
    }

    /// A record that is taken whole leaves the secrets that did not change in the source as a sign-in upgraded them.
    @Test func upgradedSecretsStay() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice)
        dump.addAppPassword(1, Self.alice, hash: "{SSHA}zK3vfsE2RVKqyMzSgkrlVZkDC0ZDqcHZ")
        try bring(dump)
        let learnt = try eventually {
            _ = try status(Self.alice, "password")
            return try account(Self.alice).mainHash?.hasPrefix("$argon2id$") ?? false
        }
        #expect(learnt)
        dump.aliases = [["info@example.org", Self.alice]]
        dump.mailboxes[0][3] = #"{"pop3_access":"0"}"#
        let rehearsed = try bring(dump, ["--dry-run"])
        #expect(rehearsed.result(of: Self.alice) == "changed")
        #expect(rehearsed.content(of: Self.alice) == ["policy", "1 alias"])
        try bring(dump)
        #expect(try account(Self.alice).mainHash?.hasPrefix("$argon2id$") == true)
        #expect(try installation.open().store.aliases(account: World.name(Self.alice)) == ["info@example.org"])
        // Its new password takes the place of the upgraded one.
        dump.mailboxes[0][1] = "{PLAIN}swordfish"
        try bring(dump)
        #expect(try status(Self.alice, "swordfish") == 0)
        #expect(try status(Self.alice, "password") == 1)
    }

    /// An account that is missing is named, and disabled if asked to; what is back is enabled only if asked to.
    @Test func missingAndBack() throws {
        try bring(Self.both)
        var without = MailcowDump()
        without.addMailbox(Self.alice)
        for _ in 0..<2 {
            let second = try bring(without)
            #expect(second.result(of: Self.bob) == "kept" && second.hasNote(on: Self.bob), "\(second)")
        }
        #expect(try status(Self.bob, "password") == 0)
        #expect(try bring(without, ["--disable-missing"]).counts == .init(changed: 1, unchanged: 1))
        #expect(try account(Self.bob).isDisabled(at: .now()))
        // Said once.
        #expect(try bring(without, ["--disable-missing"]).notes.isEmpty)
        #expect(try bring(Self.both, status: 1).withheld == [Self.bob])
        try bring(Self.both, ["--allow-loosening"])
        #expect(try status(Self.bob, "password") == 0)
        // Changed in Postern before it was missing: left as it is when it is back.
        try installation.perform(["account", "password", Self.bob, "--password-stdin"], input: "a new one 77\n")
        try bring(without, ["--disable-missing"])
        let back = try bring(Self.both, ["--allow-loosening"])
        #expect(back.result(of: Self.bob) == "kept", "\(back)")
        try installation.perform(["account", "enable", Self.bob])
        #expect(try status(Self.bob, "a new one 77") == 0)
        // Disabled for a time: missing, it is disabled until it is enabled.
        try installation.perform(["account", "disable", Self.bob, "--until", "1d"])
        try bring(without, ["--disable-missing"])
        #expect(try account(Self.bob).isDisabled(at: Timestamp.now().adding(seconds: 864_000)))
    }

    /// A password that was limited to networks stays so, and goes on to work there.
    @Test func networksStay() throws {
        func bring(_ fields: String, _ options: [String] = [], status: Int32 = 0) throws -> ImportView {
            let file = try installation.directory.write("\(Self.alice):{PLAIN}swordfish::::::\(fields)\n", to: "users")
            return try installation.importing(["passwd-file", file] + options, status: status)
        }
        _ = try bring("allow_nets=192.0.2.0/24")
        var elsewhere = Checkpassword(installation)
        elsewhere.environment["TCPREMOTEIP"] = "198.51.100.9"
        #expect(try status(Self.alice, "swordfish") == 0)
        for _ in 0..<2 {
            #expect(try bring("", status: 1).withheld.contains(Self.alice))
            #expect(try status(Self.alice, "swordfish") == 0)
            #expect(try elsewhere.run(Self.alice, "swordfish").status == 1)
        }
        #expect(try bring("allow_nets=192.0.0.0/16", status: 1).withheld.contains(Self.alice))
        _ = try bring("", ["--allow-loosening"])
        #expect(try elsewhere.run(Self.alice, "swordfish").status == 0)
        #expect(try appPasswords(Self.alice).map { $0.state(at: .now()) } == [.revoked])
    }

    /// Many that are missing at once are another source.
    @Test func anotherSourceDisablesNobody() throws {
        var dump = MailcowDump()
        for number in 0..<20 { dump.addMailbox("user\(number)@example.org") }
        try bring(dump)
        let other = try refuse(Self.both.text, ["--disable-missing"])
        #expect(other.error.contains("20 of 20"), "\(other)")
        #expect(try installation.open().store.accounts().count == 20)
        var one = MailcowDump()
        one.addMailbox("user1@example.org")
        #expect(try refuse(one.text, ["--disable-missing"]).error.contains("19 of 20"))
        #expect(try status("user2@example.org", "password") == 0)
        // Nobody is disabled unasked: the same dump only names them.
        #expect(try bring(Self.both).counts == .init(new: 2, kept: 20))
    }

    /// That a hash asks for too much by now changes no password that was set in Postern.
    @Test func lowerMemoryLimitTakesNoPassword() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, hash: Self.large)
        dump.addAppPassword(1, Self.alice, hash: Self.large)
        try bring(dump)
        #expect(
            try installation.postern(
                ["account", "password", Self.alice, "--password-stdin"], input: "a new one 77\n"
            ).status == 0)
        try setMemoryLimit(32768)
        let again = try bring(dump)
        #expect(again.counts == .init(unchanged: 1) && again.notes.isEmpty, "\(again)")
        #expect(try status(Self.alice, "a new one 77") == 0)
        #expect(try appPasswords(Self.alice).map { $0.state(at: .now()) } == [.active])
    }

    /// What cannot be verified when it is imported waits, and is imported once it can be.
    @Test func higherMemoryLimitBringsWhatWaits() throws {
        try setMemoryLimit(32768)
        var dump = MailcowDump()
        for name in [Self.alice, Self.bob] { dump.addMailbox(name, hash: Self.large) }
        dump.addAppPassword(1, Self.alice, hash: Self.large)
        let first = try bring(dump)
        #expect(first.notes.contains { $0.subject == Self.alice && $0.text.contains("65536") }, "\(first)")
        #expect(try appPasswords(Self.alice).map { $0.state(at: .now()) } == [.disabled])
        // No answer is no denial.
        #expect(try status(Self.alice, "password") == 111)
        #expect(try bring(dump).counts == .init(unchanged: 2))
        try installation.perform(["account", "password", Self.bob, "--password-stdin"], input: "a new one 77\n")
        try setMemoryLimit(131_072)
        let later = try bring(dump)
        #expect(later.counts == .init(changed: 1, kept: 1), "\(later)")
        #expect(try status(Self.alice, "password") == 0)
        #expect(try status(Self.bob, "a new one 77") == 0)
        #expect(try appPasswords(Self.alice).map { $0.state(at: .now()) } == [.active])
        #expect(try bring(dump).counts.unchanged == 2)
    }

    /// No more app passwords wait for their first use than a wrong password may cost hashes.
    @Test func waitingAppPasswordsFindRoom() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.bob)
        for number in 1...40 {
            dump.addAppPassword(number, Self.bob, hash: "{MD5-CRYPT}$1$salt\(number)$qjXMvbEw8oaL.CzflDtaK/")
        }
        #expect(try bring(dump).notes.contains { $0.subject == Self.bob && $0.text.contains("32") })
        #expect(try installation.open().store.countUntagged(account: World.name(Self.bob)) == 32)
        dump.appPasswords.removeFirst(8)
        #expect(try bring(dump).counts == .init(changed: 1))
        #expect(try appPasswords(Self.bob).count { $0.state(at: .now()) == .active } == 32)
        #expect(try bring(dump).counts == .init(unchanged: 1))
    }

    /// A secret that was revoked in Postern stays so when the source numbers its rows anew.
    @Test func renumberedSecretsAreTheSame() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice)
        dump.addAppPassword(1, Self.alice, hash: "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")
        dump.addAppPassword(2, Self.alice, name: "Laptop", hash: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")
        try bring(dump)
        let id = try #require(try appPasswords(Self.alice).first { $0.name == "Phone" }?.id)
        try installation.perform(["app-password", "revoke", Self.alice, id])
        for index in 0...1 { dump.appPasswords[index][0] = "\(11 + index)" }
        try bring(dump)
        #expect(try appPasswords(Self.alice).map(\.name).sorted() == ["Laptop", "Phone"])
        #expect(try appPasswords(Self.alice).first { $0.id == id }?.state(at: .now()) == .revoked)
        #expect(try status(Self.alice, "password") == 1)
        #expect(try status(Self.alice, "abc") == 0)
    }

    /// A main password that was replaced in Postern does not come back as an app password.
    @Test func oldMainPasswordStaysOut() throws {
        func bring(_ fields: String) throws -> ImportView {
            let file = try installation.directory.write("\(Self.alice):{PLAIN}leaked one::::::\(fields)\n", to: "users")
            return try installation.importing(["passwd-file", file])
        }
        #expect(try bring("").counts == .init(new: 1))
        try installation.perform(["account", "password", Self.alice, "--password-stdin"], input: "a new one 77\n")
        #expect(try bring("allow_nets=192.0.2.0/24").result(of: Self.alice) == "kept")
        #expect(try appPasswords(Self.alice).isEmpty)
        #expect(try status(Self.alice, "leaked one") == 1)
    }

    /// What is left stays open until somebody settles it: it is named at each import.
    @Test func leftStaysNamed() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice)
        dump.factors = [[Self.alice, "totp", Self.seed, "1"]]
        try bring(dump)
        dump.factors = []
        try bring(dump, status: 1)
        _ = try installation.createAppPassword(Self.alice)
        for options in [["--allow-loosening"], ["--allow-loosening"]] {
            #expect(try bring(dump, options).result(of: Self.alice) == "kept")
        }
        #expect(try bring(dump, status: 1).withheld == [Self.alice])
        try installation.perform(["second-factor", "remove", Self.alice])
        _ = try bring(dump)
        #expect(try bring(dump).counts == .init(unchanged: 1))
    }

    /// A policy's limit holds for app passwords that are imported.
    @Test func policyLimitsThem() throws {
        try installation.perform(["domain", "policy", "example.org", "--max-app-passwords", "2"])
        var dump = MailcowDump()
        dump.addMailbox(Self.alice)
        for number in 1...4 { dump.addAppPassword(number, Self.alice, name: "Phone \(number)") }
        let first = try bring(dump)
        #expect(first.notes.contains { $0.text.contains("\"Phone 3\"") }, "\(first)")
        #expect(try appPasswords(Self.alice).map(\.name).sorted() == ["Phone 1", "Phone 2"])
        try installation.perform(["domain", "policy", "example.org", "--max-app-passwords", "none"])
        #expect(try bring(dump).counts == .init(changed: 1))
        #expect(try appPasswords(Self.alice).count == 4)
    }

    /// An account of an import before there was one mark an account: compared from then on, nothing lost on either side.
    @Test func marksOfEarlierVersions() throws {
        var dump = Self.both
        dump.addAppPassword(1, Self.alice)
        try bring(dump)
        try installation.stored.useEarlierImportMarks()
        dump.mailboxes[0][1] = "{PLAIN}swordfish"
        dump.addAppPassword(2, Self.alice, name: "Laptop")
        let adopted = try bring(dump)
        #expect(adopted.counts == .init(changed: 1, unchanged: 1) && adopted.hasNote(on: Self.alice))
        #expect(try status(Self.alice, "password") == 0)
        #expect(try appPasswords(Self.alice).count == 2)
        #expect(try bring(dump).counts == .init(unchanged: 2))
        dump.mailboxes[0][1] = "{PLAIN}herring"
        try bring(dump)
        #expect(try status(Self.alice, "herring") == 0)
        #expect(try appPasswords(Self.alice).count { $0.state(at: .now()) == .active } == 2)
    }

    /// TOTP in the source, then something else: an export of it can be imported.
    @Test func totpBecomesExternal() throws {
        var dump = Self.both
        dump.factors = [[Self.alice, "totp", Self.seed, "1"]]
        try bring(dump)
        dump.factors = [[Self.alice, "webauthn", "", "1"]]
        try bring(dump)
        #expect(try account(Self.alice).secondFactor == .external)
        let line = try installation.postern(["export"]).output.split(separator: "\n").first { $0.contains(Self.alice) }
        #expect(try !#require(line).contains("sealedSeed"))
    }

    /// An alias that moves from one account to another.
    @Test func movedAliasIsReported() throws {
        var dump = Self.both
        dump.aliases = [["info@example.org", Self.bob], ["mine@example.org", Self.bob]]
        try bring(dump)
        dump.aliases = [["info@example.org", Self.alice], ["mine@example.org", Self.bob]]
        let rehearsed = try bring(dump, ["--dry-run"])
        #expect(rehearsed.content(of: Self.alice) == ["1 alias"], "\(rehearsed)")
        #expect(rehearsed.content(of: Self.bob) == ["1 alias removed"])
        #expect(try bring(dump).counts == .init(changed: 2))
        #expect(try bring(dump).counts == .init(unchanged: 2))
    }

    /// Two databases in one dump, or one dump twice.
    @Test func everythingTwice() throws {
        let text = Self.both.text
        // The table of which there are two.
        #expect(try refuse(text + text).error.contains("mailbox"))
        var dump = Self.both
        dump.addAppPassword(1, Self.alice)
        dump.addAppPassword(1, Self.alice, name: "Other")
        #expect(try bring(dump).hasNote(on: Self.alice))
        #expect(try appPasswords(Self.alice).map(\.name) == ["Phone"])
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
        try installation.perform(["domain", "policy", "example.org", "--app-passwords", "optional"])
        try bring(["--tokens-required"])
        #expect(try required() == false)
    }

    /// Clear text is hashed when it is imported, and not before.
    @Test func rehearsedClearText() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, hash: "{PLAIN}swordfish")
        #expect(try bring(dump, ["--dry-run"]).result(of: Self.alice) == "new")
        try bring(dump)
        #expect(try status(Self.alice, "swordfish") == 0)
    }
}
