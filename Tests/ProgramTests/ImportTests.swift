import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// `postern import`, with dumps that were written here: what is wrong with them, and what comes the second time.
struct ImportTests {
    private struct View: Decodable {
        struct Account: Decodable {
            let address: String
            let result: String
            let content: [String]
        }
        struct Note: Decodable {
            let subject: String
            let line: Int?
            let text: String
        }
        let dryRun: Bool
        let counts: [String: Int]
        let accounts: [Account]
        let notes: [Note]
    }

    private let installation: ProgramInstallation
    private static let alice = "alice@example.org"

    init() throws { installation = try ProgramInstallation(ProgramInstallation.unthrottled) }

    private func dump(_ text: String, _ name: String = "dump.sql") throws -> String {
        try installation.directory.write(text, to: name)
    }

    private func bring(_ dump: MailcowDump, _ options: [String] = []) throws -> View {
        let result = try installation.postern(["import", "mailcow", try self.dump(dump.text), "--json"] + options)
        #expect(result.status == 0, "\(result)")
        return try JSONDecoder().decode(View.self, from: Data(result.output.utf8))
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

    /// Nothing of a broken dump comes, wherever it is broken, and the error says where.
    @Test(arguments: [
        ("cut within a row", 0, "line"), ("cut at a line", 1, "cut off"),
        ("latin1", 2, "line 2: the dump is in latin1"),
        ("bad octet", 3, "not UTF-8"), ("ten megabytes", 4, "8 MiB"), ("syntax", 5, "broken"),
        ("columns", 6, "columns"),
        ("no CREATE TABLE", 7, "before its CREATE TABLE"), ("other tables", 8, "has no table"),
        ("nothing", 9, "has no table"),
        ("empty tables", 10, "no accounts"),
    ])
    func brokenDump(_ what: String, _ kind: Int, _ words: String) throws {
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
            #expect(result.status == 65 && result.error.contains(words), "\(what): \(result)")
        }
        #expect(try accounts() == [])
        #expect(try installation.open().store.changes().isEmpty)
    }

    @Test func secondRunChangesNothing() throws {
        let rehearsed = try bring(Self.small, ["--dry-run"])
        #expect(rehearsed.dryRun && rehearsed.counts["new"] == 2)
        #expect(rehearsed.accounts.first?.content == ["main password MD5-CRYPT", "2 app passwords"])
        #expect(try accounts() == [])
        #expect(try installation.open().store.changes().isEmpty)

        #expect(try bring(Self.small).counts["new"] == 2)
        let changes = try installation.open().store.changes().count
        let again = try bring(Self.small)
        #expect(again.counts == ["new": 0, "changed": 0, "unchanged": 2, "kept": 0])
        #expect(try installation.open().store.changes().count == changes)
        // What was changed here stays, and so does what a first sign-in made of a hash.
        #expect(try status(Self.alice, "password") == 0)
        #expect(
            try installation.postern(
                ["account", "password", "bob@example.org", "--password-stdin"], input: "new one 77\n"
            )
            .status == 0)
        #expect(try bring(Self.small).counts["unchanged"] == 2)
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
        #expect(view.counts == ["new": 1, "changed": 2, "unchanged": 0, "kept": 0])
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
        try installation.postern(["account", "alias", "add", Self.alice, "bob@example.org"])
        let view = try bring(Self.small)
        #expect(view.counts["kept"] == 1)
        #expect(view.notes.contains { $0.subject == Self.alice && $0.text.contains("exists already") })
        #expect(try status(Self.alice, "main secret") == 0)
        // That it is another's alias keeps no account away.
        #expect(try accounts() == [Self.alice, "bob@example.org"])
        // An account that was removed here does not come back.
        try installation.postern(["account", "remove", Self.alice])
        #expect(try bring(Self.small).counts["new"] == 1)
        try installation.postern(["account", "remove", Self.alice])
        let after = try bring(Self.small)
        #expect(after.notes.contains { $0.subject == Self.alice && $0.text.contains("removed in Postern") })
        #expect(try !accounts().contains(Self.alice))
    }

    /// Removed here and made anew: another account.
    @Test func madeAnewHere() throws {
        _ = try bring(Self.small)
        try installation.postern(["account", "remove", Self.alice])
        try installation.addAccount()
        var dump = Self.small
        dump.mailboxes[0][1] = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
        #expect(try bring(dump).notes.contains { $0.subject == Self.alice && $0.text.contains("exists already") })
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
        #expect(try installation.postern(["import", "passwd-file", file]).error.contains("2 new"))
        let renamed = try run([
            "sqlite3", installation.database,
            """
            UPDATE account SET canonical = name, name = 'user@exämple.org' WHERE name LIKE 'user@%';
            UPDATE imported SET account = 'user@exämple.org' WHERE account LIKE 'user@%';
            """,
        ])
        #expect(renamed.status == 0)
        // Digests are of the name, too: that one changes once.
        for changed in [1, 0] {
            let again = try installation.postern(["import", "passwd-file", file])
            #expect(again.error.contains("0 new, \(changed) changed, \(2 - changed) unchanged, 0 kept"), "\(again)")
        }
        let account = try installation.open().store.account(World.name("user@xn--exmple-cua.org"))
        #expect(account?.isDisabled(at: .now()) == false)
        try installation.postern(["account", "remove", "user@exämple.org"])
        #expect(try installation.postern(["import", "passwd-file", file]).output.contains("removed in Postern"))
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
        let notes = view.notes.map { "\($0.subject): \($0.text)" }
        for words in [
            "*: any address, for \(bob)", "\(Self.alice): an account whose mail goes to others",
            "sales-*@example.org: an alias that is neither",
        ] { #expect(notes.contains { $0.hasPrefix(words) }, "\(words) in \(notes)") }
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
        try installation.postern(["domain", "policy", "example.org", "--services", "imap"])
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
        let everything = try run(["sqlite3", installation.database, ".dump"]).output
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
        #expect(view.counts["new"] == 4)
        #expect(Set(try accounts()) == [Self.alice, "bob@example.org", "broken@example.org", "dave@example.org"])
        #expect(view.notes.contains { $0.subject == "dave@example.org" && $0.text.contains("(unknown hash)") })
        #expect(view.notes.contains { $0.subject == "broken@example.org" && $0.text.contains("disabled") })
        #expect(view.notes.contains { $0.subject == Self.alice && $0.text.contains("noted as external") })
        #expect(view.notes.contains { $0.line != nil && $0.text.contains("not an address") })
        #expect(view.notes.contains { $0.text.contains("32 already") })
        let (store, _) = try installation.open()
        let names = try store.appPasswords(account: World.name(Self.alice)).map(\.name)
        #expect(names.count == 32 && names.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
        // No hash and no text of somebody else's choosing reaches the terminal as it is.
        let shown = try installation.postern(["import", "mailcow", try self.dump(dump.text), "--dry-run"])
        #expect(!(shown.output + shown.error).contains("\u{1b}") && !shown.output.contains("$1$saltsalt"))
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
        #expect(try bring(dump).counts["unchanged"] == 1)
        let left = try installation.postern(["report", "hashes", "--json"]).output
        #expect(!left.contains("BLF-CRYPT") && left.contains("ARGON2ID"))
        let listed = try installation.postern(["report", "hashes", "--scheme", "md5-crypt"]).output
        #expect(listed.contains(Self.alice) && listed.contains("main password"))
    }

    /// A hash that cannot be verified is kept, stands in nobody's way, and is what a newer one takes the place of.
    @Test func unverifiableAppPassword() throws {
        var dump = Self.small
        dump.addAppPassword(9, Self.alice, name: "Odd", hash: "{PLAIN-MD4}67d3dafef63ff00603aeef3769cfbf0d")
        let view = try bring(dump)
        #expect(view.notes.contains { $0.text.contains("\"Odd\" cannot be verified (PLAIN-MD4 hash)") })
        #expect(try status(Self.alice, "secret") == 1)
        #expect(try status(Self.alice, "password") == 0)
        #expect(try installation.postern(["report", "hashes"]).output.contains("unverifiable"))
    }

    /// What an old log tells is who came from where with which kind of password.
    @Test func checkWithoutThePassword() throws {
        var dump = Self.small
        dump.addMailbox("ldap@example.org")
        dump.mailboxes[2][4] = "ldap"
        _ = try bring(dump)
        try installation.postern(["second-factor", "external", "on", Self.alice])
        func check(_ user: String, _ credential: String, _ service: String = "imap") throws -> CommandResult {
            try installation.postern(["check", user, "--service", service, "--from", "192.0.2.7", "--with", credential])
        }
        let id = try #require(try installation.open().store.appPasswords(account: World.name(Self.alice)).first?.id)
        #expect(try check(Self.alice, id).output.hasPrefix("granted: app password \(id)"))
        #expect(
            try check(Self.alice, "main").output.hasPrefix("denied: the main password is right, but a second factor"))
        #expect(try check(Self.alice, "main").status == 1)
        #expect(try check("bob@example.org", "main", "pop3s").status == 0)
        #expect(try check("bob@example.org", "main", "nonsense").output.contains("no service that Postern knows"))
        let none = try check("ldap@example.org", "main")
        #expect(none.status == 1 && none.error.contains("no main password"))
        #expect(try check(Self.alice, "nonesuch").status == 1)
        #expect(try installation.open().store.signIns(of: World.name(Self.alice), since: Timestamp(0)).isEmpty)
    }

    /// What a policy says of app passwords holds for those that come.
    @Test func policyHolds() throws {
        try installation.postern(["domain", "policy", "example.org", "--max-age", "30d"])
        _ = try bring(Self.small)
        let (store, _) = try installation.open()
        let all = try store.appPasswords(account: World.name(Self.alice))
        #expect(all.count == 2 && all.allSatisfy { $0.expires != nil })
    }
}
