import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// `postern import`, with dumps that were written here: what is wrong with them, and what comes the second time.
struct ImportTests {
    private let installation: ProgramInstallation
    private static let alice = "alice@example.org"

    init() throws { installation = try ProgramInstallation(ProgramInstallation.unthrottled) }

    private func dump(_ text: String, _ name: String = "dump.sql") throws -> String {
        try installation.directory.write(text, to: name)
    }

    private func bring(_ dump: MailcowDump, _ options: [String] = []) throws -> ImportView {
        try installation.importing(["mailcow", try self.dump(dump.text)] + options)
    }

    private func accounts() throws -> [String] {
        let (store, _) = try installation.open()
        return try store.accounts().map(\.name.text)
    }

    private func status(_ user: String, _ password: String) throws -> Int32 {
        try Checkpassword(installation).run(user, password).status
    }

    private static var small: MailcowDump {
        var dump = MailcowDump()
        dump.addMailbox(alice)
        dump.addMailbox("bob@example.org")
        dump.addAppPassword(1, alice)
        dump.addAppPassword(2, alice, name: "Laptop")
        return dump
    }

    /// Nothing of a broken dump comes, wherever it is broken, and the error names the line if there is one.
    @Test(arguments: [
        ("cut within a row", 0, true), ("cut at a line", 1, true), ("latin1", 2, true), ("bad byte", 3, true),
        ("ten megabytes", 4, true), ("syntax", 5, true), ("columns", 6, true), ("no CREATE TABLE", 7, true),
        ("other tables", 8, false), ("nothing", 9, false), ("empty tables", 10, false),
    ])
    func brokenDump(_ what: String, _ kind: Int, _ namesLine: Bool) throws {
        let text = Self.small.text
        let file = installation.directory.file("dump.sql")
        var bytes = Array(text.utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        switch kind {
        case 0: bytes = Array(bytes.prefix(bytes.count * 2 / 3))
        case 1: bytes = Array((lines.dropLast(2).joined(separator: "\n") + "\n").utf8)
        case 2: bytes = Array(text.replacing("utf8mb4", with: "latin1").utf8)
        case 3: bytes = Array(text.replacing("Laptop", with: "^").utf8).map { $0 == UInt8(ascii: "^") ? 0xe9 : $0 }
        case 4:
            bytes =
                Array((lines.dropLast(2).joined(separator: "\n") + "\nINSERT INTO `tfa` VALUES ('").utf8)
                + [UInt8](repeating: UInt8(ascii: "x"), count: 10_000_000) + Array("');\n-- Dump completed\n".utf8)
        case 5: bytes = Array(text.replacing("','1','1','0'", with: "','1',,'0'").utf8)
        case 6: bytes = Array(text.replacing("VALUES ('bob@example.org',", with: "VALUES ('bob@example.org','x',").utf8)
        case 7: bytes = Array(text.replacing("CREATE TABLE `mailbox`", with: "CREATE TABLE `other`").utf8)
        case 8: bytes = Array(text.replacing("`mailbox`", with: "`mail`").utf8)
        case 9: bytes = []
        default:
            var empty = MailcowDump()
            empty.factors = [["admin", "totp", "x", "1"]]
            bytes = Array(empty.text.utf8)
        }
        try Data(bytes).write(to: URL(filePath: file))
        for options in [[], ["--dry-run"]] {
            let result = try installation.postern(["import", "mailcow", file] + options)
            let line = result.error.firstMatch(of: /line [0-9]+:/)
            #expect(result.status == 65 && (line != nil) == namesLine, "\(what): \(result)")
        }
        #expect(try accounts() == [])
        #expect(try installation.open().store.changes().isEmpty)
    }

    @Test func secondRunChangesNothing() throws {
        let rehearsed = try bring(Self.small, ["--dry-run"])
        #expect(rehearsed.dryRun && rehearsed.counts.new == 2)
        #expect(rehearsed.accounts.first?.content == ["main password MD5-CRYPT", "2 app passwords"])
        #expect(try accounts() == [])
        #expect(try installation.open().store.changes().isEmpty)

        #expect(try bring(Self.small).counts.new == 2)
        let changes = try installation.open().store.changes().count
        let again = try bring(Self.small)
        #expect(again.counts == .init(unchanged: 2))
        #expect(try installation.open().store.changes().count == changes)
        // What was changed here stays, and so does what a first sign-in made of a hash.
        #expect(try status(Self.alice, "password") == 0)
        #expect(
            try installation.postern(
                ["account", "password", "bob@example.org", "--password-stdin"], input: "new one 77\n"
            )
            .status == 0)
        #expect(try bring(Self.small).counts.unchanged == 2)
        #expect(try status("bob@example.org", "new one 77") == 0)
        #expect(try status("bob@example.org", "password") == 1)
    }

    @Test func laterRunBringsWhatChanged() throws {
        _ = try bring(Self.small)
        var later = MailcowDump()
        // "abc" instead of "password".
        later.addMailbox(Self.alice, hash: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")
        later.addMailbox("bob@example.org", active: 0)
        later.addMailbox("carol@example.org")
        later.addAppPassword(2, Self.alice, name: "Tablet", active: 0)
        later.addAppPassword(3, Self.alice, hash: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")
        let view = try bring(later)
        #expect(view.counts == .init(new: 1, changed: 2))
        #expect(try status(Self.alice, "abc") == 0)
        #expect(try status("bob@example.org", "password") == 1)
        let (store, _) = try installation.open()
        let states = try store.appPasswords(account: World.name(Self.alice)).map {
            "\($0.name) \($0.state(at: .now()).rawValue)"
        }
        #expect(Set(states) == ["Phone revoked", "Tablet disabled", "Phone active"])
    }

    @Test func whatIsHereStays() throws {
        try installation.addAccount()
        try installation.perform(["account", "alias", "add", Self.alice, "bob@example.org"])
        let view = try bring(Self.small)
        #expect(view.counts.kept == 1)
        #expect(view.result(of: Self.alice) == "kept" && view.hasNote(on: Self.alice))
        #expect(try status(Self.alice, "main secret") == 0)
        // That it is another's alias keeps no account away.
        #expect(try accounts() == [Self.alice, "bob@example.org"])
        // An account that was removed here does not come back.
        try installation.perform(["account", "remove", Self.alice])
        #expect(try bring(Self.small).counts.new == 1)
        try installation.perform(["account", "remove", Self.alice])
        let after = try bring(Self.small)
        #expect(after.result(of: Self.alice) == "kept" && after.hasNote(on: Self.alice))
        #expect(try !accounts().contains(Self.alice))
    }

    /// Removed here and made anew: another account.
    @Test func madeAnewHere() throws {
        _ = try bring(Self.small)
        try installation.perform(["account", "remove", Self.alice])
        try installation.addAccount()
        var dump = Self.small
        dump.mailboxes[0][1] = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
        #expect(try bring(dump).result(of: Self.alice) == "kept")
        #expect(try status(Self.alice, "main secret") == 0)
        #expect(try status(Self.alice, "abc") == 1)
    }

    @Test func aliasesMove() throws {
        var dump = Self.small
        dump.aliases = [["info@example.org", "bob@example.org"], ["sales@example.org", "bob@example.org"]]
        _ = try bring(dump)
        dump.aliases = [["info@example.org", Self.alice], ["sales@example.org", "bob@example.org"]]
        _ = try bring(dump)
        func aliases(_ name: String) throws -> [String] {
            try installation.open().store.aliases(account: World.name(name))
        }
        #expect(try aliases(Self.alice) == ["info@example.org"])
        #expect(try aliases("bob@example.org") == ["sales@example.org"])
    }

    /// An account that came before there was a canonical form is the same when its source says so again.
    @Test func storedNamesCameBefore() throws {
        let file = try installation.directory.write("user@exämple.org:{PLAIN}secret\nbob@x.org:{PLAIN}s\n", to: "users")
        #expect(try installation.importing(["passwd-file", file]).counts == .init(new: 2))
        let canonical = "user@xn--exmple-cua.org"
        try installation.stored.respell(canonical, as: "user@exämple.org", canonical: canonical)
        // Digests are of the name, too: that one changes once.
        for changed in [1, 0] {
            let again = try installation.importing(["passwd-file", file])
            #expect(again.counts == .init(changed: changed, unchanged: 2 - changed))
        }
        let account = try installation.open().store.account(World.name(canonical))
        #expect(account?.isDisabled(at: .now()) == false)
        try installation.perform(["account", "remove", "user@exämple.org"])
        #expect(try installation.importing(["passwd-file", file]).counts == .init(unchanged: 1, kept: 1))
    }

    /// Shared aliases, permissions to send as another mailbox or a domain; not as anybody, and not by a mere forward.
    @Test func sharedSenders() throws {
        let bob = "bob@example.org"
        var dump = Self.small
        dump.aliases = [
            ["info@example.org", "\(Self.alice),\(bob)"], ["@example.org", bob], [Self.alice, "\(Self.alice),\(bob)"],
            ["sales-*@example.org", bob],
        ]
        dump.senders = [[Self.alice, bob], [bob, "@example.com"], [bob, "*"]]
        let view = try bring(dump)
        func aliases(_ name: String) throws -> [String] {
            try installation.open().store.aliases(account: World.name(name))
        }
        #expect(try aliases(Self.alice) == [bob, "info@example.org"])
        #expect(try aliases(bob) == ["@example.com", "@example.org", "info@example.org"])
        #expect(try installation.open().store.accountsSendingAsAny().isEmpty)
        for subject in ["*", Self.alice, "sales-*@example.org"] {
            #expect(view.hasNote(on: subject), "\(subject): \(view.notes)")
        }
        // What goes there goes here.
        dump.senders = [[Self.alice, bob]]
        _ = try bring(dump)
        #expect(try aliases(bob) == ["@example.org", "info@example.org"])
    }

    @Test func domainThatIsOff() throws {
        var dump = Self.small
        dump.activeDomains = []
        _ = try bring(dump)
        #expect(try status(Self.alice, "password") == 1)
        dump.activeDomains = ["example.org"]
        _ = try bring(dump, ["--allow-loosening"])
        #expect(try status(Self.alice, "password") == 0)
    }

    /// A policy of the domain is not widened.
    @Test func domainPolicyHolds() throws {
        try installation.perform(["domain", "policy", "example.org", "--services", "imap"])
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, attributes: #"{"pop3_access":"0"}"#)
        _ = try bring(dump)
        let alice = try #require(try installation.open().store.account(World.name(Self.alice)))
        #expect(alice.services == Scope([.imap]))
    }

    /// Clear text that does not say that it is that: it is not kept.
    @Test func clearTextIsNotKept() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice, hash: "swordfish swordfish")
        dump.addMailbox("bob@example.org", hash: "{PLAIN-TRUNC}9-swordfish")
        dump.addMailbox("carol@example.org", hash: "{PLAIN}swordfish")
        dump.addAppPassword(1, Self.alice, hash: "swordfish")
        _ = try bring(dump)
        #expect(try status("carol@example.org", "swordfish") == 0)
        #expect(try !installation.postern(["export"]).output.contains("swordfish"))
        let everything = try installation.stored.dump()
        #expect(!everything.contains("swordfish") && everything.contains("{PLAIN-TRUNC}"))
    }

    /// Names of others' choosing, and rows that make no sense: skipped and listed, and the rest comes.
    @Test func hostileRows() throws {
        var dump = Self.small
        for (number, bytes) in Injection.all.enumerated() {
            guard let text = String(validating: bytes, as: UTF8.self) else { continue }
            dump.addMailbox(text)
            dump.addAppPassword(100 + number, Self.alice, name: text)
        }
        dump.addMailbox("broken@example.org", attributes: "{")
        dump.addMailbox("dave@example.org", hash: "{NEVERHEARDOF}x")
        dump.factors.append([Self.alice, "totp", "not base32!", "1"])
        let view = try bring(dump)
        #expect(view.counts.new == 4)
        #expect(Set(try accounts()) == [Self.alice, "bob@example.org", "broken@example.org", "dave@example.org"])
        for subject in ["dave@example.org", "broken@example.org", Self.alice] {
            #expect(view.hasNote(on: subject), "\(subject): \(view.notes)")
        }
        // Of rows that are no account's.
        #expect(view.notes.contains { $0.line != nil })
        let (store, _) = try installation.open()
        #expect(try store.account(World.name("broken@example.org"))?.isDisabled(at: .now()) == true)
        #expect(try store.account(World.name(Self.alice))?.secondFactor == .external)
        let names = try store.appPasswords(account: World.name(Self.alice)).map(\.name)
        #expect(names.count == 32 && names.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
        // No hash and no text of somebody else's choosing reaches the terminal as it is.
        let shown = try installation.postern(["import", "mailcow", try self.dump(dump.text), "--dry-run"])
        #expect(!(shown.output + shown.error).contains("\u{1b}") && !shown.output.contains("$1$saltsalt"))
        // The accounts and the notes on standard output, one sentence on standard error.
        #expect(shown.status == 0 && shown.output.contains(Self.alice), "\(shown)")
        #expect(shown.error.split(separator: "\n").count == 1, "\(shown)")
    }

    /// Thirty slow app passwords cost one hash each once each of them was used.
    @Test func appPasswordsLearnTheirTags() throws {
        var dump = MailcowDump()
        dump.addMailbox(Self.alice)
        for number in 1...30 {
            let made = try run(["doveadm", "pw", "-s", "BLF-CRYPT", "-r", "4", "-p", "secret \(number)"])
            dump.addAppPassword(number, Self.alice, hash: made.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        _ = try bring(dump)
        let alice = try World.name(Self.alice)
        #expect(try installation.open().store.countUntagged(account: alice) == 30)
        // Learning gives way to sign-ins: one that could not learn does at the next.
        let learnt = try eventually {
            for number in 1...30 { #expect(try status(Self.alice, "secret \(number)") == 0) }
            return try installation.open().store.countUntagged(account: alice) == 0
        }
        #expect(learnt)
        for number in 1...30 { #expect(try status(Self.alice, "secret \(number)") == 0) }
        #expect(try bring(dump).counts.unchanged == 1)
        let left = try installation.postern(["report", "hashes", "--json"]).output
        #expect(!left.contains("BLF-CRYPT") && left.contains("ARGON2ID"))
        struct Holder: Decodable {
            let account: String
            let appPassword: String?
        }
        let holders: [Holder] = try installation.json(["report", "hashes", "--scheme", "md5-crypt"])
        #expect(holders.contains { $0.account == Self.alice && $0.appPassword == nil })
    }

    /// A hash that cannot be verified is kept, stands in nobody's way, and is what a newer one takes the place of.
    @Test func unverifiableAppPassword() throws {
        var dump = Self.small
        dump.addAppPassword(9, Self.alice, name: "Odd", hash: "{PLAIN-MD4}67d3dafef63ff00603aeef3769cfbf0d")
        let view = try bring(dump)
        #expect(view.notes.contains { $0.subject == Self.alice && $0.text.contains("\"Odd\"") })
        #expect(try status(Self.alice, "secret") == 1)
        #expect(try status(Self.alice, "password") == 0)
        struct Row: Decodable { let state: String }
        let rows: [Row] = try installation.json(["report", "hashes"])
        #expect(rows.contains { $0.state == "unverifiable" })
    }

    /// What an old log tells is who came from where with which kind of password.
    @Test func checkWithoutThePassword() throws {
        var dump = Self.small
        dump.addMailbox("ldap@example.org")
        dump.mailboxes[2][4] = "ldap"
        _ = try bring(dump)
        try installation.perform(["second-factor", "external", "on", Self.alice])
        func command(_ user: String, _ credential: String, _ service: String = "imap") -> [String] {
            ["check", user, "--service", service, "--from", "192.0.2.7", "--with", credential]
        }
        func reason(_ command: [String]) throws -> String? {
            let denied: CheckView = try installation.json(command, status: 1)
            return denied.reason
        }
        let id = try #require(try installation.open().store.appPasswords(account: World.name(Self.alice)).first?.id)
        let granted: CheckView = try installation.json(command(Self.alice, id))
        #expect(granted.outcome == "granted" && granted.explanation.contains(id))
        #expect(try reason(command(Self.alice, "main")) == "main-password-refused")
        #expect(try installation.postern(command("bob@example.org", "main", "pop3s")).status == 0)
        #expect(try reason(command("bob@example.org", "main", "nonsense")) == "unknown-service")
        for (user, credential) in [("ldap@example.org", "main"), (Self.alice, "nonesuch")] {
            let none = try installation.postern(command(user, credential))
            #expect(none.status == 1 && none.output.isEmpty && none.error.contains(user), "\(none)")
        }
        #expect(try installation.open().store.signIns(of: World.name(Self.alice), since: Timestamp(0)).isEmpty)
    }

    /// What a policy says of app passwords holds for those that come.
    @Test func policyHolds() throws {
        try installation.perform(["domain", "policy", "example.org", "--max-age", "30d"])
        _ = try bring(Self.small)
        let (store, _) = try installation.open()
        let all = try store.appPasswords(account: World.name(Self.alice))
        #expect(all.count == 2 && all.allSatisfy { $0.expires != nil })
    }
}
