import Foundation
import TestSupport
import Testing

/// The operator's command: exit statuses, what it prints, and what it refuses.
struct PosternCommandTests {
    @Test func initMakesWhatTheContractSays() throws {
        let installation = try ProgramInstallation()
        func mode(_ path: String) throws -> (Int?, String?) {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return (attributes[.posixPermissions] as? Int, attributes[.groupOwnerAccountName] as? String)
        }
        #expect(try mode(installation.directory.file("var")) == (0o2770, "postern"))
        #expect(try mode(installation.database) == (0o660, "postern"))
        #expect(try mode(installation.keyFile) == (0o640, "postern"))
        #expect(try mode(installation.log) == (0o660, "postern"))
        try installation.addAccount()
        let key = FileManager.default.contents(atPath: installation.keyFile)
        #expect(try installation.postern(["init"]).status == 0)
        #expect(FileManager.default.contents(atPath: installation.keyFile) == key)
        #expect(try installation.postern(["account", "list"]).output.contains("alice@example.org"))
        // Without its key file a database is not started anew.
        try FileManager.default.removeItem(atPath: installation.keyFile)
        let again = try installation.postern(["init"])
        #expect(again.status == 75 && again.error.contains(installation.keyFile), "\(again)")
        #expect(!FileManager.default.fileExists(atPath: installation.keyFile))
    }

    /// What is not Postern's keeps its owner and mode.
    @Test func initTakesNothingOver() throws {
        let directory = TemporaryDirectory()
        let log = directory.file("mail.log")
        for (settings, foreign) in [
            ("database = \(directory.path)/postern.db", directory.path), ("log_target = \(log)", log),
        ] {
            try directory.write("", to: "mail.log", mode: 0o644)
            let file = try directory.write("key_file = \(directory.file("etc/key"))\n\(settings)\n", to: "postern.conf")
            let text = settings.hasPrefix("log") ? "database = \(directory.file("var/postern.db"))\n" : ""
            try directory.write(try String(contentsOfFile: file, encoding: .utf8) + text, to: "postern.conf")
            let result = try run([Repository.program("postern"), "--config", file, "init"])
            #expect(result.status == 75 && result.error.contains(foreign), "\(result)")
        }
        let attributes = FileManager.default
        #expect(try attributes.attributesOfItem(atPath: directory.path)[.posixPermissions] as? Int == 0o755)
        #expect(try attributes.attributesOfItem(atPath: log)[.posixPermissions] as? Int == 0o644)
    }

    @Test func exitStatuses() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let cases: [([String], String, Int32)] = [
            (["account", "show", "nobody@example.org"], "", 1),
            (["account", "add", "alice@example.org", "--password-stdin"], "x", 1),
            (["account", "add", "a b@example.org", "--password-stdin"], "x", 65),
            (["account", "add", "bare", "--password-stdin"], "x", 65),
            (["account", "add", "b@example.org", "--password-stdin"], "", 65),
            (["account", "add", "b@example.org", "--hash-stdin"], "no hash", 65),
            (["account", "add", "b@example.org"], "", 64),
            (["account", "add", "b@example.org", "--password-stdin", "--hash-stdin"], "x", 64),
            (["nonsense"], "", 64), (["account", "nonsense"], "", 64),
            (["app-password", "create", "alice@example.org", "--name", "x", "--service", "gopher"], "", 64),
            (["app-password", "create", "alice@example.org", "--name", "x", "--service", "web"], "", 64),
            (["app-password", "create", "alice@example.org", "--name", "a\nb"], "", 64),
            (["app-password", "create", "alice@example.org", "--name", "x", "--network", "1.2.3.4/8"], "", 64),
            (["app-password", "create", "alice@example.org", "--name", "x", "--expires", "2020-01-01"], "", 65),
            (["app-password", "create", "alice@example.org", "--name", "x", "--expires", "soon"], "", 64),
            (["account", "disable", "alice@example.org", "--until", "2020-01-01"], "", 65),
            (["account", "alias", "add", "alice@example.org", "*@example.org"], "", 65),
            (["account", "alias", "add", "alice@example.org", "alice@example.org"], "", 65),
            (["account", "alias", "remove", "alice@example.org", "sales@example.org"], "", 1),
            (["report", "changes", "--since", "7d"], "", 0),
            (["app-password", "revoke", "alice@example.org"], "", 64),
            (["app-password", "revoke", "alice@example.org", "nonesuch"], "", 1),
            (["domain", "policy", "example.org"], "", 64),
            (["domain", "policy", "a b", "--app-passwords", "required"], "", 65),
            (["--help"], "", 0), (["account", "list"], "", 0), (["config", "check"], "", 0),
        ]
        for (arguments, input, status) in cases {
            let result = try installation.postern(arguments, input: input)
            #expect(result.status == status, "\(arguments): \(result)")
        }
        let bad = try installation.directory.write("hash_pases = 2\n", to: "bad.conf")
        for arguments in [["config", "check"], ["account", "list"]] {
            let result = try run([Repository.program("postern"), "--config", bad] + arguments)
            #expect(result.status == 78)
            #expect(result.error == "postern: \(bad):1: unknown setting 'hash_pases'; did you mean 'hash_passes'?\n")
        }
        try FileManager.default.removeItem(atPath: installation.database)
        #expect(try installation.postern(["account", "list"]).status == 75)
    }

    @Test func appPasswordsFromMakingToRevoking() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let made = try installation.postern([
            "app-password", "create", "alice@example.org", "--name", "Phone", "--service", "imap", "--service", "smtp",
            "--network", "192.0.2.0/24", "--expires", "180d",
        ])
        // The secret is alone on standard output.
        #expect(made.output.wholeMatch(of: #/([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}\n/#) != nil)
        let secret = made.output.trimmingCharacters(in: .newlines)
        let compact = try installation.createAppPassword("alice@example.org", ["--compact"])
        #expect(compact.wholeMatch(of: #/([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}/#) != nil)
        let listed = try installation.postern(["app-password", "list", "alice@example.org", "--json"])
        let entries = try #require(
            try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]])
        #expect(entries.count == 2)
        for entry in entries {
            for key in ["id", "name", "services", "created", "expires", "lastUsed", "state"] {
                #expect(entry[key] != nil)
            }
        }
        let first = try #require(entries.first { $0["kind"] as? String == "generated" })
        #expect(first["services"] as? [String] == ["imap", "smtp"] && first["state"] as? String == "active")
        let id = try #require(first["id"] as? String)

        // Nil: it is granted.
        func denial(_ password: String, _ service: String = "imap", status: Int32 = 1) throws -> String? {
            let answer: CheckView = try installation.json(
                ["check", "alice@example.org", "--service", service, "--from", "192.0.2.7", "--password-stdin"],
                input: password, status: status)
            return answer.reason
        }
        #expect(try denial(secret, status: 0) == nil)
        #expect(try denial(compact, status: 0) == nil)
        #expect(try denial(secret, "pop3") == "out-of-scope")
        try installation.perform(["app-password", "disable", "alice@example.org", id.uppercased()])
        #expect(try denial(secret) == "app-password-disabled")
        try installation.perform(["app-password", "enable", "alice@example.org", id])
        #expect(try denial(secret, status: 0) == nil)
        try installation.perform(["app-password", "revoke", "alice@example.org", "--all"])
        #expect(try denial(secret) == "revoked" && denial(compact) == "revoked")
    }

    @Test func checkExplainsAndChangesNothing() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        #expect(try installation.postern(["second-factor", "external", "on", "alice@example.org"]).status == 0)
        let before = try installation.stored.dump()
        let check = ["check", "alice@example.org", "--service", "imap", "--from", "203.0.113.50", "--password-stdin"]
        for _ in 0..<3 {
            let refused = try installation.postern(check, input: "main secret")
            #expect(refused.status == 1 && refused.output.hasPrefix("denied: ") && refused.error.isEmpty, "\(refused)")
            let right: CheckView = try installation.json(check, input: "main secret", status: 1)
            #expect(right.outcome == "denied" && right.reason == "main-password-refused")
            let wrong: CheckView = try installation.json(check, input: "wrong", status: 1)
            #expect(wrong.outcome == "denied" && wrong.reason == "mismatch")
        }
        #expect(try installation.stored.dump() == before)
        #expect(installation.logLines.isEmpty)
        try FileManager.default.removeItem(atPath: installation.keyFile)
        let broken = try installation.postern(check, input: "x")
        #expect(broken.status == 75 && broken.output.hasPrefix("unavailable: "))
    }

    @Test func changeRecordSaysWhoAndWhatAndNoSecret() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount(password: "canary-main-secret")
        let secret = try installation.createAppPassword()
        try #require(
            try installation.postern(["domain", "policy", "example.org", "--second-factor", "required"]).status == 0)
        let entries: [ChangeView] = try installation.json(["report", "changes"])
        #expect(entries.map(\.action) == ["account add", "app-password create", "domain policy"])
        #expect(entries.allSatisfy { $0.actor.hasPrefix("root") })
        let all = try installation.postern(["report", "changes"]).output
        #expect(!all.contains("canary") && !all.contains(secret))
        let recent: [ChangeView] = try installation.json(["report", "changes", "--since", "7d"])
        #expect(recent.count == entries.count)
        #expect(try installation.recordedActions(of: "example.org") == ["domain policy"])
    }

    @Test func policiesAreShown() throws {
        struct Domain: Decodable {
            let domain: String
            let appPasswords: String
            let secondFactor: String
            let maxAge: String?
            let services: [String]
            let maxAppPasswords: Int?
            let accounts: Int
        }
        struct Account: Decodable {
            struct Policy: Decodable {
                let appPasswords: String?
                let secondFactor: String?
            }
            let ownPolicy: Policy
            let policyInForce: Policy
        }
        let installation = try ProgramInstallation()
        try installation.addAccount()
        try installation.perform(["domain", "policy", "Example.org", "--app-passwords", "required"])
        try installation.perform(["account", "policy", "alice@example.org", "--second-factor", "required"])
        let domain: Domain = try installation.json(["domain", "show", "example.org"])
        #expect(domain.domain == "example.org" && domain.accounts == 1)
        #expect(domain.appPasswords == "required" && domain.secondFactor == "optional")
        #expect(domain.services == ["imap", "pop3", "smtp", "sieve"])
        #expect(domain.maxAge == nil && domain.maxAppPasswords == nil)
        let account: Account = try installation.json(["account", "show", "alice@example.org"])
        #expect(account.ownPolicy.appPasswords == nil && account.ownPolicy.secondFactor == "required")
        #expect(account.policyInForce.appPasswords == "required" && account.policyInForce.secondFactor == "required")
    }

    @Test func configShowNamesEverything() throws {
        let installation = try ProgramInstallation()
        let shown = try installation.postern(["config", "show"]).output
        for name in ["database", "key_file", "log_target", "hash_memory", "guess_window"] {
            #expect(shown.contains(name))
        }
        #expect(shown.contains(installation.database))
    }
}
