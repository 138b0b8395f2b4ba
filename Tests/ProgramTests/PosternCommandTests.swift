import Foundation
import TestSupport
import Testing

/// The operator's command: exit statuses, what it prints, and what it refuses.
struct PosternCommandTests {
    private func json(_ result: CommandResult) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    }

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
        #expect(again.status == 75 && again.error.contains("restore the key file from your backup"))
        #expect(!FileManager.default.fileExists(atPath: installation.keyFile))
    }

    /// What is not Postern's keeps its owner and mode.
    @Test func initTakesNothingOver() throws {
        let directory = TemporaryDirectory()
        for settings in ["database = \(directory.path)/postern.db", "log_target = \(directory.file("mail.log"))"] {
            try directory.write("", to: "mail.log", mode: 0o644)
            let file = try directory.write("key_file = \(directory.file("etc/key"))\n\(settings)\n", to: "postern.conf")
            let text = settings.hasPrefix("log") ? "database = \(directory.file("var/postern.db"))\n" : ""
            try directory.write(try String(contentsOfFile: file, encoding: .utf8) + text, to: "postern.conf")
            let result = try run([Repository.program("postern"), "--config", file, "init"])
            #expect(result.status == 75 && result.error.contains("is there already"), "\(result)")
        }
        let attributes = FileManager.default
        #expect(try attributes.attributesOfItem(atPath: directory.path)[.posixPermissions] as? Int == 0o755)
        #expect(try attributes.attributesOfItem(atPath: directory.file("mail.log"))[.posixPermissions] as? Int == 0o644)
    }

    @Test func exitStatuses() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let cases: [([String], String, Int32)] = [
            (["account", "show", "nobody@example.org"], "", 1),
            (["account", "add", "alice@example.org", "--password-stdin"], "x", 1),
            (["account", "add", "a b@example.org", "--password-stdin"], "x", 65),
            (["account", "add", "bare", "--password-stdin"], "x", 65),
            (["account", "add", "../x@example.org", "--password-stdin"], "x", 65),
            (["account", "add", "b@example.org", "--password-stdin"], "", 65),
            (["account", "add", "b@example.org", "--password-stdin"], "tab\there", 65),
            (["account", "add", "b@example.org", "--password-stdin"], String(repeating: "x", count: 256), 65),
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
            #expect(result.error == "postern: \(bad):1: unknown name 'hash_pases'; the nearest is 'hash_passes'\n")
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
        let listed = try json(try installation.postern(["app-password", "list", "alice@example.org", "--json"]))
        #expect(listed.count == 2)
        for entry in listed {
            for key in ["id", "name", "services", "created", "expires", "lastUsed", "state"] {
                #expect(entry[key] != nil)
            }
        }
        let first = try #require(listed.first { $0["kind"] as? String == "generated" })
        #expect(first["services"] as? [String] == ["imap", "smtp"] && first["state"] as? String == "active")
        let id = try #require(first["id"] as? String)

        func check(_ password: String, _ service: String = "imap") throws -> (Int32, String) {
            let result = try installation.postern(
                ["check", "alice@example.org", "--service", service, "--from", "192.0.2.7", "--password-stdin"],
                input: password)
            return (result.status, result.output)
        }
        #expect(try check(secret).0 == 0)
        #expect(try check(compact).0 == 0)
        #expect(try check(secret, "pop3") == (1, "denied: app password \(id) (Phone) is right, but not for pop3.\n"))
        #expect(
            try installation.postern(["app-password", "disable", "alice@example.org", id.uppercased()]).status == 0)
        #expect(try check(secret).1.contains("see 'postern app-password enable alice@example.org \(id)'"))
        #expect(try installation.postern(["app-password", "enable", "alice@example.org", id]).status == 0)
        #expect(try check(secret).0 == 0)
        #expect(try installation.postern(["app-password", "revoke", "alice@example.org", "--all"]).status == 0)
        #expect(try check(secret).1.contains("was revoked"))
        #expect(try check(compact).1.contains("was revoked"))
    }

    @Test func checkExplainsAndChangesNothing() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        #expect(try installation.postern(["second-factor", "external", "on", "alice@example.org"]).status == 0)
        func dump() throws -> String { try run(["sqlite3", installation.database, ".dump"]).output }
        let before = try dump()
        for _ in 0..<3 {
            let refused = try installation.postern(
                ["check", "alice@example.org", "--service", "imap", "--from", "203.0.113.50", "--password-stdin"],
                input: "main secret")
            #expect(refused.status == 1)
            #expect(refused.output.contains("the main password is right, but a second factor is on"))
            #expect(refused.output.contains("postern app-password create alice@example.org --name Phone"))
            let wrong = try installation.postern(
                [
                    "check", "alice@example.org", "--service", "imap", "--from", "203.0.113.50", "--password-stdin",
                    "--json",
                ],
                input: "wrong")
            #expect(wrong.status == 1 && wrong.output.contains(#""reason" : "mismatch""#))
        }
        #expect(try dump() == before)
        #expect(installation.logLines.isEmpty)
        try FileManager.default.removeItem(atPath: installation.keyFile)
        let broken = try installation.postern(
            ["check", "alice@example.org", "--service", "imap", "--from", "203.0.113.50", "--password-stdin"],
            input: "x")
        #expect(broken.status == 75 && broken.output.hasPrefix("unavailable: "))
    }

    @Test func changeRecordSaysWhoAndWhatAndNoSecret() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount(password: "canary-main-secret")
        let secret = try installation.createAppPassword()
        try #require(
            try installation.postern(["domain", "policy", "example.org", "--second-factor", "required"]).status == 0)
        let entries = try json(try installation.postern(["report", "changes", "--json"]))
        #expect(entries.map { $0["action"] as? String } == ["account add", "app-password create", "domain policy"])
        #expect(entries.allSatisfy { ($0["actor"] as? String)?.hasPrefix("root") == true })
        let all = "\(entries)"
        #expect(!all.contains("canary") && !all.contains(secret))
        let recent = try json(try installation.postern(["report", "changes", "--json", "--since", "7d"]))
        #expect(recent.count == entries.count)
        let some = try json(try installation.postern(["report", "changes", "--json", "--subject", "example.org"]))
        #expect(some.count == 1)
    }

    @Test func policiesOfDomainAndAccount() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        func status() throws -> Int32 {
            try installation.postern(
                ["check", "alice@example.org", "--service", "imap", "--from", "192.0.2.7", "--password-stdin"],
                input: "main secret"
            ).status
        }
        #expect(try status() == 0)
        #expect(
            try installation.postern(["domain", "policy", "Example.org", "--app-passwords", "required"]).status == 0)
        #expect(try status() == 1)
        #expect(
            try installation.postern(["account", "policy", "alice@example.org", "--app-passwords", "optional"]).status
                == 0)
        #expect(try status() == 0)
        let shown = try installation.postern(["domain", "show", "example.org"]).output
        #expect(
            shown == """
                domain: example.org
                app passwords: required
                second factor: optional
                maximum age of app passwords: none
                services: imap,pop3,smtp,sieve
                most app passwords: none
                accounts: 1

                """)
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
