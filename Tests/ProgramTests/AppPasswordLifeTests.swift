import Credentials
import Foundation
import TestSupport
import Testing

/// App passwords from their making to their end, by the command line.
struct AppPasswordLifeTests {
    private static let alice = "alice@example.org"

    private func json(_ result: CommandResult) throws -> [[String: Any]] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]], "\(result.error)")
    }

    private func list(_ installation: ProgramInstallation) throws -> [[String: Any]] {
        try json(try installation.postern(["app-password", "list", Self.alice, "--json"]))
    }

    private func moment(_ value: Any?) throws -> Int64 {
        try #require((value as? String).flatMap { Timestamp(iso8601: $0) }).seconds
    }

    private func signsIn(_ installation: ProgramInstallation, _ secret: String) throws -> Bool {
        try Checkpassword(installation).run(Self.alice, secret).status == 0
    }

    @Test func rotatedWithGrace() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let old = try installation.createAppPassword(
            Self.alice, ["--service", "imap", "--network", "192.0.2.0/24", "--expires", "90d"])
        let id = try #require(try list(installation)[0]["id"] as? String)
        let rotated = try installation.postern(["app-password", "rotate", Self.alice, id.uppercased(), "--grace", "5s"])
        #expect(rotated.status == 0 && rotated.error.contains("The old one, \(id), goes on until "), "\(rotated)")
        let new = rotated.output.trimmingCharacters(in: .newlines)
        #expect(try signsIn(installation, old) && signsIn(installation, new))
        let listed = try list(installation)
        let successor = try #require(listed.first { $0["id"] as? String != id })
        #expect(successor["name"] as? String == "Phone" && successor["services"] as? [String] == ["imap"])
        #expect(successor["networks"] as? [String] == ["192.0.2.0/24"])
        // Each has its own look at the clock.
        let life = try moment(successor["expires"]) - moment(successor["created"])
        #expect(abs(life - 90 * 86_400) <= 2)
        let isOver = try eventually { try !signsIn(installation, old) }
        #expect(isOver)
        #expect(try signsIn(installation, new))
        #expect(installation.messages().contains { $0.hasPrefix("App password refused: \(id) expired") })
        // Once; 0s ends at once.
        let newID = try #require(successor["id"] as? String)
        let again = try installation.postern(["app-password", "rotate", Self.alice, id])
        #expect(again.status == 1 && again.error.contains("\(newID) takes the place of \(id) already"), "\(again)")
        #expect(try installation.postern(["app-password", "rotate", Self.alice, newID, "--grace", "0s"]).status == 0)
        #expect(try !signsIn(installation, new))
        #expect(try installation.postern(["app-password", "rotate", Self.alice, "nosuch7"]).status == 1)
        let third = try installation.createAppPassword()
        let ids = try list(installation).filter { $0["state"] as? String == "active" }.compactMap {
            $0["id"] as? String
        }
        for change in ["disable", "revoke"] {
            #expect(try installation.postern(["app-password", change, Self.alice, "--all"]).status == 0)
            for id in ids {
                #expect(try installation.postern(["app-password", "rotate", Self.alice, id]).status == 1, "\(change)")
            }
        }
        #expect(try !signsIn(installation, third))
        #expect(try installation.postern(["app-password", "rotate", Self.alice, id, "--grace", "91d"]).status == 64)
    }

    @Test func compactStaysCompact() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        _ = try installation.createAppPassword(Self.alice, ["--compact"])
        let id = try #require(try list(installation)[0]["id"] as? String)
        let rotated = try installation.postern(["app-password", "rotate", Self.alice, id])
        #expect(rotated.output.trimmingCharacters(in: .newlines).count == 19)
        #expect(try list(installation).allSatisfy { $0["kind"] as? String == "compact" })
    }

    @Test func neverSilentlyLongerThanPolicy() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        _ = try installation.createAppPassword()
        let id = try #require(try list(installation)[0]["id"] as? String)
        func policy(_ options: [String]) throws -> CommandResult {
            try installation.postern(["account", "policy", Self.alice] + options)
        }
        let dry = try json(try policy(["--max-age", "30d", "--dry-run", "--json"]))
        let endings = try #require(dry[0]["endings"] as? [[String: Any]])
        #expect(dry.count == 1 && endings.count == 1 && endings[0]["before"] is NSNull)
        #expect(try list(installation)[0]["expires"] is NSNull)
        let said = try policy(["--max-age", "30d", "--most-app-passwords", "3"]).error
        #expect(said.contains("ends ") && said.contains(" instead of never"))
        let now = Timestamp.now().seconds
        #expect(abs(try moment(try list(installation)[0]["expires"]) - now - 30 * 86_400) < 60)
        // New ones end when policy says, unless they were to end before.
        let made = try installation.postern(["app-password", "create", Self.alice, "--name", "Laptop"])
        #expect(made.error.contains(", until "))
        let longer = try installation.postern(
            ["app-password", "create", Self.alice, "--name", "Laptop", "--expires", "31d"])
        #expect(longer.status == 65 && longer.error.contains("policy lets app passwords live 30d: until "), "\(longer)")
        _ = try installation.createAppPassword(Self.alice, ["--expires", "1d"])
        #expect(try list(installation).allSatisfy { !($0["expires"] is NSNull) })
        let tooMany = try installation.postern(["app-password", "create", Self.alice, "--name", "Fourth"])
        #expect(tooMany.status == 1 && tooMany.error.contains("has 3 app passwords, and policy allows no more"))
        #expect(try list(installation).count == 3)
        // A successor is none more.
        #expect(try installation.postern(["app-password", "rotate", Self.alice, id]).status == 0)
        // Lifted, those made under it keep their end.
        #expect(try policy(["--max-age", "domain", "--most-app-passwords", "none"]).status == 0)
        #expect(try list(installation).filter { $0["expires"] is NSNull }.count == 0)
        for wrong in [
            ["--max-age", "0s"], ["--max-age", "soon"], ["--services", "imap,web"], ["--services", ""], [],
        ] {
            #expect(try policy(wrong).status == 64, "\(wrong)")
        }
        #expect(try installation.postern(["domain", "policy", "example.org", "--max-age", "domain"]).status == 64)
    }

    @Test func dryRunOfADomainNamesWhatStops() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        try installation.addAccount("bob@example.org")
        let shown = try installation.createAppPassword("bob@example.org")
        for (user, secret, service) in [(Self.alice, "main secret", "pop3"), ("bob@example.org", shown, "pop3")] {
            var program = Checkpassword(installation)
            program.environment["SERVICE"] = service
            #expect(try program.run(user, secret).status == 0)
        }
        let marked = try eventually {
            try run(["sqlite3", installation.database, "SELECT count(*) FROM sign_in"]).output == "2\n"
        }
        #expect(marked)
        func dry(_ options: [String]) throws -> CommandResult {
            try installation.postern(["domain", "policy", "example.org", "--dry-run"] + options)
        }
        let required = try dry(["--app-passwords", "required"])
        #expect(required.output.contains("alice@example.org  pop3 with the main password from 192.0.2.7 stops"))
        #expect(!required.output.contains("bob@") && required.error.contains("1 of 2 accounts would notice"))
        let services = try dry(["--services", "imap,smtp"]).output
        #expect(
            services.contains("alice@example.org  pop3 with the main")
                && services.contains("bob@example.org    pop3 with app"))
        #expect(try installation.postern(["report", "changes"]).output.contains("domain policy") == false)
    }

    @Test func usesAndWhatIsUnused() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let used = try installation.createAppPassword()
        let id = try #require(try list(installation)[0]["id"] as? String)
        _ = try installation.createAppPassword()
        for address in ["192.0.2.7", "198.51.100.9", "2001:db8::1", "2001:db8::2"] {
            var program = Checkpassword(installation)
            program.environment["TCPREMOTEIP"] = address
            #expect(try program.run(Self.alice, used).status == 0)
        }
        let counted = try eventually {
            try list(installation).first { $0["id"] as? String == id }?["usedFromNetworks"] as? Int == 3
        }
        #expect(counted)
        // As if both had been made long ago.
        try run(["sqlite3", installation.database, "UPDATE app_password SET created = created - 200 * 86400"])
        func unused(_ options: [String] = []) throws -> [[String: Any]] {
            try json(try installation.postern(["report", "unused", "--json"] + options))
        }
        #expect(try unused().map { $0["id"] as? String != id } == [true])
        #expect(try unused(["--account", Self.alice]).count == 1)
        #expect(try unused(["--domain", "example.org"]).count == 1)
        #expect(try unused(["--domain", "example.com"]).isEmpty)
        #expect(try unused(["--since", "300d"]).isEmpty)
        #expect(try installation.postern(["report", "unused", "--account", "nobody@example.org"]).status == 1)
        let revoked = try installation.postern(["app-password", "revoke", Self.alice, "--unused-since", "90d"])
        #expect(revoked.error.contains("1 app password of alice@example.org changed"))
        #expect(try signsIn(installation, used))
        #expect(try unused().isEmpty)
        #expect(try installation.postern(["app-password", "revoke", Self.alice, "--unused-since", "90d"]).status == 0)
        #expect(try installation.postern(["app-password", "revoke", Self.alice, id, "--all"]).status == 64)
        for slip in ["0s", "2099-01-01"] {
            let refused = try installation.postern(["app-password", "revoke", Self.alice, "--unused-since", slip])
            #expect(refused.status == 65 && refused.error.contains("is not in the past"))
        }
    }

    @Test func expiringInEveryForm() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let made = try installation.postern(
            ["app-password", "create", Self.alice, "--name", "=cmd(\"x\"),1", "--expires", "10d"])
        #expect(made.status == 0)
        _ = try installation.createAppPassword(Self.alice, ["--expires", "60d"])
        _ = try installation.createAppPassword()
        func expiring(_ options: [String] = []) throws -> CommandResult {
            try installation.postern(["report", "expiring"] + options)
        }
        #expect(try json(try expiring(["--json"])).count == 1)
        #expect(try json(try expiring(["--json", "--within", "61d"])).count == 2)
        let csv = try expiring(["--csv"])
        #expect(csv.output.hasPrefix("account,id,name,created,expires,last_used,state\nalice@example.org,"))
        #expect(csv.output.contains(#","'=cmd(""x""),1","#), "\(csv.output)")
        #expect(csv.error.isEmpty)
        // Signs with combining ones behind them are signs still.
        let combined = try installation.postern(
            ["app-password", "create", Self.alice, "--name", "a,\u{301}\"\u{301}", "--expires", "10d"])
        #expect(combined.status == 0)
        #expect(try expiring(["--csv"]).output.contains(",\"a,\u{301}\"\"\u{301}\","))
        #expect(
            try installation.postern([
                "app-password", "revoke", Self.alice, String(combined.error.dropFirst(13).prefix(7)),
            ]).status == 0)
        let full = try run([
            "/bin/sh", "-c", #""$0" --config "$1" report expiring --csv >/dev/full"#, Repository.program("postern"),
            installation.configurationFile,
        ])
        #expect(full.status == 75 && full.error.contains("standard output could not be written"))
        // How far it is, on a terminal only.
        let command =
            "\(Repository.program("postern")) --config \(installation.configurationFile) report expiring --csv"
        let terminal = try run(["script", "-qec", command, "/dev/null"])
        #expect(terminal.output.contains("\r75 % of 4 app passwords\r\u{1b}[K"), "\(terminal)")
        #expect(try expiring().output.hasPrefix("ACCOUNT"))
        // From another day on, those that have ended are among them.
        try run(["sqlite3", installation.database, "UPDATE app_password SET expires = expires - 20 * 86400"])
        #expect(try json(try expiring(["--json"])).count == 1)
        #expect(try expiring(["--json", "--csv"]).status == 64)
    }

    @Test func profile() throws {
        let installation = try ProgramInstallation(
            "imap_server = imap.example.org\nsmtp_server = smtp.example.org:587\n")
        try installation.addAccount()
        let path = installation.directory.file("alice.mobileconfig")
        let create = ["app-password", "create", Self.alice, "--name", "iPhone", "--apple-profile", path]
        let made = try installation.postern(create)
        #expect(made.status == 0 && made.output.isEmpty, "\(made)")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try run(["plistutil", "-i", path, "-o", installation.directory.file("binary")]).status == 0)
        let data = try #require(FileManager.default.contents(atPath: path))
        let plist = try #require(
            try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any])
        let mail = try #require((plist["PayloadContent"] as? [[String: Any]])?.first)
        let secret = try #require(mail["IncomingPassword"] as? String)
        #expect(try signsIn(installation, secret))
        #expect(mail["IncomingMailServerHostName"] as? String == "imap.example.org")
        #expect(mail["IncomingMailServerPortNumber"] as? Int == 993)
        #expect(mail["OutgoingMailServerHostName"] as? String == "smtp.example.org")
        #expect(mail["OutgoingMailServerPortNumber"] as? Int == 587)
        #expect(mail["OutgoingPasswordSameAsIncomingPassword"] as? Bool == true)
        // Once, and nothing else that is secret.
        let xml = try #require(String(data: data, encoding: .utf8))
        #expect(xml.components(separatedBy: secret).count == 2)
        let identifiers = [plist, mail].compactMap { $0["PayloadUUID"] as? String }
        #expect(Set(identifiers).count == 2)
        // What is there is not written over, and no app password is left without an owner.
        let again = try installation.postern(create)
        #expect(
            again.status == 65
                && again.error.contains("exists already and is not overwritten; no app password was made"), "\(again)")
        #expect(FileManager.default.contents(atPath: path) == data)
        let nowhere = try installation.postern(create.dropLast() + ["/nonexistent/x"])
        #expect(nowhere.status == 65)
        let narrow = try installation.postern(create.dropLast() + [path + "2", "--service", "imap"])
        #expect(narrow.status == 64)
        #expect(try list(installation).count == 1)
        let unconfigured = try ProgramInstallation()
        try unconfigured.addAccount()
        let refused = try unconfigured.postern(create.dropLast() + [path + "3"])
        #expect(refused.status == 78 && refused.error.contains("needs imap_server and smtp_server"))
    }
}
