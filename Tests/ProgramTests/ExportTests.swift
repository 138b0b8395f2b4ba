import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Everything out, everything in again.
struct ExportTests {
    private static let alice = "alice@example.org"

    /// An installation with something of everything.
    private func furnished() throws -> (ProgramInstallation, appPassword: String) {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        try installation.addAccount("bob@example.org")
        try installation.addAccount("carol@example.org")
        let appPassword = try installation.createAppPassword(
            Self.alice, ["--network", "192.0.2.0/24", "--expires", "90d"])
        _ = try installation.createAppPassword("bob@example.org", ["--compact"])
        let gone = try installation.createAppPassword("bob@example.org", ["--service", "imap"])
        for command in [
            ["account", "alias", "add", Self.alice, "info@example.org"],
            ["account", "disable", "carol@example.org", "--until", "2030-01-01"],
            ["account", "must-change", "bob@example.org"],
            ["account", "mailbox", "carol@example.org", "--uid", "4711", "--home", "/srv/c"],
            ["account", "policy", "bob@example.org", "--max-age", "100d"],
            ["domain", "policy", "example.org", "--app-passwords", "required", "--services", "imap,smtp"],
            ["second-factor", "external", "on", "carol@example.org"],
        ] {
            let result = try installation.postern(command)
            #expect(result.status == 0, "\(command): \(result)")
        }
        let (store, keys) = try installation.open()
        let alice = try World.name(Self.alice)
        let change = Change(at: .now(), actor: "test", subject: Self.alice, action: "test")
        _ = try store.enrolTOTP(
            account: alice, seed: Secret(Array("12345678901234567890".utf8)), keys: keys, change: change)
        _ = try store.replaceRecoveryCodes([Array(repeating: 7, count: 32)], account: alice, change: change)
        #expect(try Checkpassword(installation).run(Self.alice, appPassword).status == 0)
        #expect(try Checkpassword(installation).run("bob@example.org", gone).status == 0)
        var dump = MailcowDump()
        dump.addMailbox("dave@example.org")
        dump.addAppPassword(1, "dave@example.org")
        let file = try installation.directory.write(dump.text, to: "dump.sql")
        #expect(try installation.postern(["import", "mailcow", file]).status == 0)
        return (installation, appPassword)
    }

    private func export(_ installation: ProgramInstallation) throws -> String {
        let result = try installation.postern(["export", "jsonl"])
        #expect(result.status == 0)
        return result.output
    }

    /// A new installation under the same key file.
    private func twin(_ other: ProgramInstallation) throws -> ProgramInstallation {
        let twin = try ProgramInstallation()
        try FileManager.default.removeItem(atPath: twin.database)
        for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: twin.database + end) }
        try FileManager.default.removeItem(atPath: twin.keyFile)
        try requireSuccess(["cp", "-a", other.keyFile, twin.keyFile])
        #expect(try twin.postern(["init"]).status == 0)
        return twin
    }

    @Test func importedIntoAnEmptyStoreItIsTheSame() throws {
        let (installation, appPassword) = try furnished()
        let first = try export(installation)
        let other = try twin(installation)
        let file = try other.directory.write(first, to: "export.jsonl")
        let rehearsed = try other.importing(["jsonl", file, "--dry-run"])
        #expect(rehearsed.dryRun && rehearsed.counts == .init(new: 4), "\(rehearsed)")
        let imported = try other.importing(["jsonl", file])
        #expect(!imported.dryRun && imported.counts == .init(new: 4), "\(imported)")
        #expect(try export(other) == first)
        #expect(try Checkpassword(other).run(Self.alice, appPassword).status == 0)
        #expect(try Checkpassword(other).run("dave@example.org", "password").status == 0)
        #expect(try other.importing(["jsonl", file]).counts == .init(unchanged: 4))
        // What was brought from mailcow goes on from there.
        let dump = installation.directory.file("dump.sql")
        #expect(try other.importing(["mailcow", dump]).counts == .init(unchanged: 1))
    }

    /// An export of before `key rotate` is of use after it, in a store that is empty and in its own.
    @Test func exportOfBeforeANewKey() throws {
        let (installation, appPassword) = try furnished()
        let file = try installation.directory.write(try export(installation), to: "export.jsonl")
        #expect(try installation.postern(["key", "rotate"]).status == 0)
        let other = try twin(installation)
        for _ in 1...2 {
            let imported = try other.postern(["import", "jsonl", file])
            #expect(imported.status == 0, "\(imported)")
        }
        // Both are the same installation still: only the nonces of sealed seeds are others.
        func withoutSeeds(_ text: String) -> String { text.replacing(#/"sealedSeed":"[^"]*"/#, with: "") }
        #expect(withoutSeeds(try export(other)) == withoutSeeds(try export(installation)))
        #expect(try Checkpassword(other).run(Self.alice, appPassword).status == 0)
        #expect(try Checkpassword(other).run("dave@example.org", "password").status == 0)
        let dump = installation.directory.file("dump.sql")
        #expect(try other.importing(["mailcow", dump]).counts == .init(unchanged: 1))
    }

    @Test func laterExportBringsWhatChanged() throws {
        let (installation, other, appPassword, move) = try pair()
        // A change of its own stays while there is none over there.
        try other.perform(["account", "enable", "carol@example.org"])
        #expect(try move().counts == .init(unchanged: 4))
        #expect(try !isDisabled("carol@example.org", other))
        try installation.perform(["app-password", "revoke", Self.alice, "--all"])
        #expect(try move().counts == .init(changed: 1, unchanged: 3))
        #expect(try Checkpassword(other).run(Self.alice, appPassword).status == 1)
    }

    /// What was changed here stays, and nothing goes because it could not come.
    @Test func changedOnBothSides() throws {
        let (installation, other, appPassword, move) = try pair()
        try other.perform(["app-password", "revoke", Self.alice, "--all"])
        try other.perform(["account", "remove", "carol@example.org"])
        try other.perform(["account", "alias", "add", "dave@example.org", "sales@example.org"])
        try installation.perform(["account", "alias", "add", Self.alice, "more@example.org"])
        try installation.perform(["account", "alias", "add", "bob@example.org", "sales@example.org"])
        try installation.perform(["account", "enable", "carol@example.org"])
        let moved = try move()
        #expect(moved.counts == .init(changed: 1, unchanged: 1, kept: 2), "\(moved)")
        for name in [Self.alice, "carol@example.org"] {
            #expect(moved.result(of: name) == "kept" && moved.hasNote(on: name), "\(moved)")
        }
        // An alias may have several owners.
        let sales = try #require(SenderAddress("sales@example.org"))
        #expect(try other.open().store.owners(ofAlias: sales) == ["bob@example.org", "dave@example.org"])
        #expect(try Checkpassword(other).run(Self.alice, appPassword).status == 1)
        let names = try other.open().store.accounts().map(\.name.text)
        #expect(names == [Self.alice, "bob@example.org", "dave@example.org"])
        // Each change is on record, with a number above each generation.
        let changes = try other.open().store.changes().filter { $0.detail.hasPrefix("imported from jsonl") }
        #expect(changes.count == 6)
    }

    /// An alias that moved, and what is remembered of accounts that are not the export's.
    @Test func movesAndMemories() throws {
        let (installation, other, _, move) = try pair()
        try installation.perform(["account", "alias", "add", "dave@example.org", "sales@example.org"])
        _ = try move()
        try installation.perform(["account", "alias", "remove", "dave@example.org", "sales@example.org"])
        try installation.perform(["account", "alias", "add", "bob@example.org", "sales@example.org"])
        #expect(try move().counts == .init(changed: 2, unchanged: 2))
        #expect(try other.open().store.aliases(account: World.name("bob@example.org")) == ["sales@example.org"])
        // Removed there, one of its own here.
        try installation.perform(["account", "remove", "dave@example.org"])
        let third = try twin(installation)
        try third.addAccount("dave@example.org")
        let text = try export(installation)
        #expect(text.contains("\"imported\":{\"account\":\"dave@example.org\""))
        _ = try bring(text, third)
        #expect(try third.importing(["mailcow", installation.directory.file("dump.sql")]).counts == .init(kept: 1))
        #expect(try Checkpassword(third).run("dave@example.org", "password").status == 1)
    }

    /// Two installations, and how what is exported from the first one comes into the second.
    private func pair() throws -> (
        ProgramInstallation, ProgramInstallation, appPassword: String, move: () throws -> ImportView
    ) {
        let (installation, appPassword) = try furnished()
        let other = try twin(installation)
        func move() throws -> ImportView { try bring(try export(installation), other) }
        _ = try move()
        return (installation, other, appPassword, move)
    }

    private func isDisabled(_ user: String, _ installation: ProgramInstallation) throws -> Bool {
        try #require(try installation.open().store.account(World.name(user))).isDisabled(at: .now())
    }

    private func bring(
        _ text: String, _ installation: ProgramInstallation, _ options: [String] = [], status: Int32 = 0
    ) throws -> ImportView {
        let file = try installation.directory.write(text, to: "export.jsonl")
        return try installation.importing(["jsonl", file] + options, status: status)
    }

    /// An account that was removed there is named, and disabled if asked to; it comes back as it is there if asked to.
    @Test func missingAndBack() throws {
        let (installation, other, _, move) = try pair()
        let bob = "bob@example.org"
        let there = try export(installation)
        try installation.perform(["account", "remove", bob])
        let missing = try move()
        #expect(missing.result(of: bob) == "kept" && missing.hasNote(on: bob), "\(missing)")
        #expect(try !isDisabled(bob, other))
        let without = try export(installation)
        #expect(try bring(without, other, ["--disable-missing"]).counts == .init(changed: 1, unchanged: 3))
        #expect(try isDisabled(bob, other))
        #expect(try move().counts == .init(unchanged: 3))
        #expect(try bring(there, other, status: 1).withheld == [bob])
        #expect(try isDisabled(bob, other))
        #expect(try bring(there, other, ["--allow-loosening"]).counts == .init(changed: 1, unchanged: 3))
        #expect(try !isDisabled(bob, other))
    }

    /// What is looser there does not come unasked: accounts, app passwords, policies of domains.
    @Test func nothingLoosens() throws {
        let (installation, other, _, move) = try pair()
        for command in [
            ["second-factor", "external", "off", "carol@example.org"], ["account", "enable", "carol@example.org"],
            ["account", "must-change", "bob@example.org", "--off"],
            ["account", "policy", "bob@example.org", "--max-age", "domain"],
            ["domain", "policy", "example.org", "--app-passwords", "optional", "--services", "all"],
            ["account", "alias", "add", "carol@example.org", "sales@example.org"],
        ] {
            let result = try installation.postern(command)
            #expect(result.status == 0, "\(command): \(result)")
        }
        // Of the domain: app passwords and services.
        let withheld = ["bob@example.org", "carol@example.org", "example.org"].flatMap { [$0, $0] }
        let text = try export(installation)
        #expect(try bring(text, other, status: 1).withheld == withheld)
        let again = try bring(text, other, status: 1)
        #expect(again.withheld == withheld && again.counts.changed == 0, "\(again)")
        let carol = try #require(try other.open().store.account(World.name("carol@example.org")))
        #expect(carol.secondFactor == .external && carol.isDisabled(at: .now()))
        #expect(try other.open().store.aliases(account: carol.name) == ["sales@example.org"])
        #expect(try other.open().store.policy(domain: "example.org")?.appPasswordsRequired == true)
        _ = try bring(text, other, ["--allow-loosening"])
        #expect(try other.open().store.policy(domain: "example.org")?.appPasswordsRequired != true)
        #expect(try move().counts == .init(unchanged: 4))
    }

    /// A policy that is made stricter there holds here, for the app passwords that are here, too.
    @Test func domainPolicyComes() throws {
        let (installation, other, _, move) = try pair()
        try installation.perform(["domain", "policy", "example.org", "--max-age", "30d", "--second-factor", "required"])
        #expect(try move().notes.isEmpty)
        let policy = try #require(try other.open().store.policy(domain: "example.org"))
        #expect(policy.secondFactorRequired == true && policy.maxAge == 30 * 86_400 && policy.services != nil)
        let bobs = try other.open().store.appPasswords(account: World.name("bob@example.org"))
        #expect(bobs.allSatisfy { $0.expires != nil })
        // Changed here, it stays.
        try other.perform(["domain", "policy", "example.org", "--max-age", "none"])
        #expect(try move().notes.isEmpty)
        try installation.perform(["domain", "policy", "example.org", "--max-age", "20d"])
        #expect(try move().hasNote(on: "example.org"))
        #expect(try other.open().store.policy(domain: "example.org")?.maxAge == 0)
    }

    /// Signing in is no change: webmail sessions, recovery codes and last uses here do not keep a change away, nor go with it.
    @Test func usedHereChangedThere() throws {
        let (installation, other, _, move) = try pair()
        let name = try World.name(Self.alice)
        let now = Timestamp.now()
        try other.stored.useCodes(step: 99_999_999)
        try other.stored.recordSubmission(by: Self.alice, generation: 1, at: now)
        func submissions() throws -> [SMTPGrant] {
            try other.open().store.smtpGrants(account: name, address: IPAddress("127.0.0.1"))
                .filter { $0.credential == Store.mainCredential }
        }
        try installation.perform(["app-password", "revoke", Self.alice, "--all"])
        #expect(try move().counts == .init(changed: 1, unchanged: 3))
        #expect(try other.stored.recoveryCodeUse() == 1)
        #expect(try other.stored.usedSteps().last == 99_999_999)
        #expect(try submissions().map(\.generation) == [1])
        #expect(try other.open().store.signIns(of: name, since: Timestamp(0)).count == 1)
        #expect(try other.open().store.appPasswords(account: name).allSatisfy { $0.state(at: .now()) == .revoked })
        // What was granted on a main password that is another one now counts no longer.
        try installation.perform(["account", "password", Self.alice, "--password-stdin"], input: "a new one 77\n")
        #expect(try move().counts == .init(changed: 1, unchanged: 3))
        let account = try #require(try other.open().store.account(name))
        #expect(try submissions().map { $0.generation < account.mainGeneration } == [true])
    }

    /// Whoever only signed in there is the same here, with nothing on record; a code that was used there is used here.
    @Test func usedThere() throws {
        let (installation, other, _, move) = try pair()
        let again = try installation.createAppPassword("carol@example.org")
        #expect(try move().counts == .init(changed: 1, unchanged: 3))
        try installation.perform(["account", "enable", "carol@example.org"])
        #expect(try bring(try export(installation), other, ["--allow-loosening"]).counts.changed == 1)
        let changes = try other.open().store.changes().count
        try installation.stored.useCodes(step: 99_999_999)
        try installation.stored.liftServiceLimits()
        _ = try Checkpassword(installation).run("carol@example.org", again)
        #expect(try move().counts == .init(unchanged: 4))
        #expect(try other.open().store.changes().count == changes)
        #expect(try other.stored.recoveryCodeUse() == 1)
        #expect(try other.stored.usedSteps().last == 99_999_999)
    }

    /// Generations are each installation's own: main passwords that came go on to send, whatever the domain's number here.
    @Test func mainPasswordsSendWhateverTheDomain() throws {
        let (installation, other, _, move) = try pair()
        for limit in 1...5 {
            try installation.perform(["domain", "policy", "example.org", "--max-app-passwords", "\(limit + 20)"])
        }
        try installation.addAccount("zoe@example.org")
        try installation.perform(["account", "password", Self.alice, "--password-stdin"], input: "a new one 77\n")
        #expect(try move().counts == .init(new: 1, changed: 1, unchanged: 3))
        let late = try other.open().store.accounts().filter { $0.mainGeneration > $0.generation }
        #expect(late.map(\.name.text) == [])
    }

    @Test func aliasesAreSwapped() throws {
        let (installation, other, _, move) = try pair()
        let (bob, dave) = ("bob@example.org", "dave@example.org")
        try installation.perform(["account", "alias", "add", bob, "x@example.org"])
        try installation.perform(["account", "alias", "add", dave, "y@example.org"])
        _ = try move()
        for (name, alias) in [(bob, "x"), (dave, "y")] {
            try installation.perform(["account", "alias", "remove", name, "\(alias)@example.org"])
        }
        for (name, alias) in [(bob, "y"), (dave, "x"), (Self.alice, "z")] {
            try installation.perform(["account", "alias", "add", name, "\(alias)@example.org"])
        }
        try other.perform(["account", "alias", "add", "carol@example.org", "z@example.org"])
        #expect(try move().counts == .init(changed: 3, unchanged: 1))
        func aliases(_ name: String) throws -> [String] {
            try other.open().store.aliases(account: World.name(name))
        }
        #expect(try aliases(bob) == ["y@example.org"])
        #expect(try aliases(dave) == ["x@example.org"])
        #expect(try aliases(Self.alice) == ["info@example.org", "z@example.org"])
        #expect(try aliases("carol@example.org") == ["z@example.org"])
        let changes = try other.open().store.changes().count
        #expect(try move().counts == .init(unchanged: 4))
        #expect(try other.open().store.changes().count == changes)
    }

    /// An account whose name is an alias of another one here comes all the same: both may send as it.
    @Test func aliasOfAnotherHere() throws {
        let (installation, _) = try furnished()
        let other = try twin(installation)
        try other.addAccount("zoe@example.org")
        try other.perform(["account", "alias", "add", "zoe@example.org", "dave@example.org"])
        #expect(try bring(try export(installation), other).counts == .init(new: 4))
        let store = try other.open().store
        #expect(try store.account(World.name("dave@example.org")) != nil)
        #expect(try store.owners(ofAlias: #require(SenderAddress("dave@example.org"))) == ["zoe@example.org"])
    }

    /// An account whose stored name is older than canonical names comes with it: its secrets belong to that name.
    @Test func storedNamesComeAsTheyAre() throws {
        let installation = try ProgramInstallation()
        let stored = "e\u{301}lodie@example.org"
        try installation.addAccount("plain@example.org")
        try installation.stored.respell("plain@example.org", as: stored, canonical: "élodie@example.org")
        let appPassword = try installation.createAppPassword("élodie@example.org")
        let other = try twin(installation)
        #expect(try bring(try export(installation), other).counts == .init(new: 1))
        #expect(try export(other) == (try export(installation)))
        for spelling in ["élodie@example.org", stored] {
            #expect(try Checkpassword(other).run(spelling, appPassword).status == 0, "\(spelling)")
        }
    }

    /// The policy of a domain holds for accounts that are stored under its other spelling, and so does one of an export that
    /// is older than canonical names.
    @Test(arguments: [false, true])
    func policiesOfStoredNames(_ isOld: Bool) throws {
        let installation = try ProgramInstallation()
        try installation.addAccount("user@exämple.org")
        try installation.perform(["domain", "policy", "exämple.org", "--app-passwords", "required"])
        let canonical = "user@xn--exmple-cua.org"
        try installation.stored.respell(canonical, as: "user@exämple.org", canonical: canonical)
        let other = try twin(installation)
        var text = try export(installation)
        if isOld { text = text.replacing("\"name\":\"xn--exmple-cua.org\"", with: "\"name\":\"exämple.org\"") }
        #expect(try bring(text, other).counts == .init(new: 1))
        for spelling in ["user@exämple.org", canonical] {
            #expect(try Checkpassword(other).run(spelling, "main secret").status == 1, "\(spelling)")
        }
        #expect(other.messages().allSatisfy { $0.hasPrefix("Main password refused") }, "\(other.messages())")
    }

    /// An account of Postern's own in another spelling keeps that of an export away; old names and aliases come.
    @Test func otherSpellingsAndOldNames() throws {
        let (installation, _) = try furnished()
        let (bob, carol) = ("bob@example.org", "carol@example.org")
        try installation.stored.respell(bob, as: "a..b@example.org", canonical: nil)
        try installation.stored.respell(carol, as: "user@exämple.org", canonical: "user@xn--exmple-cua.org")
        try installation.stored.addAlias("*@example.org", of: "a..b@example.org")
        let other = try twin(installation)
        try other.addAccount("user@xn--exmple-cua.org")
        let moved = try bring(try export(installation), other)
        #expect(moved.result(of: "user@exämple.org") == "kept", "\(moved)")
        let notes = moved.notes.filter { $0.subject == "a..b@example.org" }
        #expect(notes.contains { $0.text.contains("*@example.org") }, "\(moved)")
        let names = try other.open().store.accounts().map(\.name.text)
        #expect(names == ["a..b@example.org", Self.alice, "dave@example.org", "user@xn--exmple-cua.org"])
        #expect(
            try installation.postern(["account", "alias", "remove", "a..b@example.org", "*@example.org"]).status == 0)
    }

    @Test(arguments: [
        ("generation", "\"generation\":9223372036854775807"),
        ("code", "\"recoveryCodes\":[{\"verifier\":\"aa\"},{\"verifier\":\"aa\"}]"),
        ("step", "\"lastStep\":-9223372036854775808,\"usedSteps\":[-1],\"recoveryCodes\":[]"),
    ])
    func impossibleRecord(_ member: String, _ value: String) throws {
        let (installation, _) = try furnished()
        let other = try twin(installation)
        let text = try export(installation).split(separator: "\n").map { line in
            guard line.contains("\"address\":\"bob@example.org\"") else { return String(line) }
            let pattern = member == "generation" ? /"generation":[0-9]+/ : /"recoveryCodes":\[[^\]]*\]/
            return String(line).replacing(pattern, with: value)
        }.joined(separator: "\n")
        #expect(try bring(text, other).hasNote(on: "bob@example.org"))
        #expect(try other.open().store.accounts().count == 3)
    }

    /// Nothing of it comes, and the error names the line or the file.
    @Test(arguments: [
        ("cut off", "export.jsonl "), ("other key", "line 1: "), ("no JSON", "line 3: "), ("long line", "line 3: "),
        ("record missing", "line "), ("no header", "line 1: "), ("nothing but an end", "line 1: "),
    ])
    func brokenExport(_ what: String, _ place: String) throws {
        let (installation, _) = try furnished()
        let other = what == "other key" ? try ProgramInstallation() : try twin(installation)
        var lines = try export(installation).split(separator: "\n").map(String.init)
        switch what {
        case "cut off": lines.removeLast()
        case "no JSON": lines[2] = #"{"account": {"#
        case "long line": lines[2] = String(repeating: "x", count: 9 << 20)
        case "record missing": lines.remove(at: 3)
        case "no header": lines.removeFirst()
        case "nothing but an end": lines = [#"{"end":{"records":0}}"#]
        default: break
        }
        let file = try other.directory.write(lines.joined(separator: "\n") + "\n", to: "export.jsonl")
        let result = try other.postern(["import", "jsonl", file])
        #expect(result.status == 65 && result.error.contains(place), "\(result)")
        #expect(try other.open().store.accounts().isEmpty)
    }

    @Test func faultyRecordsAreLeftOut() throws {
        let (installation, _) = try furnished()
        let other = try twin(installation)
        let text = try export(installation)
            .replacing(#""address":"bob@example.org""#, with: #""address":"bob example.org""#)
            .replacing(#""secondFactor":"external""#, with: #""secondFactor":"magic""#)
        let moved = try bring(text, other)
        #expect(moved.hasNote(on: "bob example.org") && moved.hasNote(on: "carol@example.org"), "\(moved)")
        #expect(try other.open().store.accounts().map(\.name.text) == [Self.alice, "dave@example.org"])
    }

    /// A copy made while sign-ins and changes go on is whole, and starts where the database was.
    @Test func backupWhileEverythingGoesOn() async throws {
        let (installation, appPassword) = try furnished()
        let daemon = try DaemonProcess(installation)
        let copies = (0..<5).map { installation.directory.file("copy\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<60 {
                    let alias = ["account", "alias", "add", Self.alice, "a\(number)@example.org"]
                    let added = try installation.postern(alias)
                    #expect(added.status == 0)
                }
            }
            group.addTask {
                for number in 0..<60 {
                    _ = try Checkpassword(installation).run(Self.alice, number % 2 == 0 ? appPassword : "no \(number)")
                }
            }
            group.addTask {
                for copy in copies {
                    let made = try installation.postern(["backup", copy])
                    #expect(made.status == 0, "\(made)")
                }
            }
            try await group.waitForAll()
        }
        daemon.stop()
        for copy in copies {
            let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try StoredDatabase(path: copy).isSound())
            // Every change came with its entry in the record.
            let store = try Store(.file(path: copy), keys: installation.open().keys)
            let aliases = try store.accounts().map { try store.aliases(account: $0.name).count }.reduce(0, +)
            let added = try store.changes().count { $0.action == "alias add" }
            #expect(aliases == added)
        }
        // In the place of the database, as the manual says.
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: installation.database + end) }
        try requireSuccess(["install", "-g", "postern", "-m", "660", copies[4], installation.database])
        #expect(try Checkpassword(installation).run(Self.alice, appPassword).status == 0)
        #expect(try installation.doctor().levels(of: "database") == ["good"])
    }

    @Test func backupOverwritesNothing() throws {
        let (installation, _) = try furnished()
        let there = try installation.directory.write("mine", to: "there")
        let refused = try installation.postern(["backup", there])
        #expect(refused.status == 65 && refused.error.contains(there))
        #expect(try String(contentsOfFile: there, encoding: .utf8) == "mine")
        #expect(try installation.postern(["backup", installation.directory.file("no/such/place")]).status == 65)
        let names = try FileManager.default.contentsOfDirectory(atPath: installation.directory.file("."))
        #expect(!names.contains { $0.contains("part") || $0.contains("place") })
        let left = try FileManager.default.contentsOfDirectory(atPath: installation.directory.file("var"))
        #expect(!left.contains { $0.contains("backup") })
    }

    @Test func passwdFile() throws {
        let (installation, _) = try furnished()
        let made = try installation.postern(["export", "passwd-file"])
        #expect(made.status == 0)
        let fields = made.output.split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
        #expect(
            fields.map { String($0[0]) } == [Self.alice, "bob@example.org", "carol@example.org", "dave@example.org"])
        // The domain requires app passwords: no main password opens mail here.
        #expect(fields.allSatisfy { $0[1] == "{CRYPT}*" })
        #expect(made.error.contains("--without-second-factor"))
        // Nor could Dovecot's file leave a service out.
        let all = try installation.postern(["export", "passwd-file", "--without-second-factor"])
        #expect(!all.output.contains("$") && all.error.contains(Self.alice))
        try installation.perform(["domain", "policy", "example.org", "--services", "all"])
        let every = try installation.postern(["export", "passwd-file", "--without-second-factor"])
        let given = every.output.split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
        #expect(given[0][1].hasPrefix("{ARGON2ID}$argon2id$") && given[2][1] == "{CRYPT}*")
        #expect(
            given[2][2] == "4711" && given[2][5] == "/srv/c"
                && given[3][1] == "{MD5-CRYPT}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/")
        // Further userdb fields are extra fields there; one with a space cannot be, and is named.
        try installation.perform([
            "account", "mailbox", Self.alice, "--field", "mail=maildir:~/m:LAYOUT=fs", "--field",
            "quota_rule=*:bytes=1G",
            "--field", "namespace=a b",
        ])
        let more = try installation.postern(["export", "passwd-file"])
        #expect(more.output.contains("::userdb_mail=maildir:~/m:LAYOUT=fs userdb_quota_rule=*:bytes=1G\n"), "\(more)")
        // Beside its main password.
        #expect(more.error.split(separator: "\n").count { $0.hasPrefix(Self.alice) } == 2, "\(more)")
    }
}
