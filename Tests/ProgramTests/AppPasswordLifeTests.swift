import Foundation
import TestSupport
import Testing

/// App passwords from their making to their end, by the command line.
struct AppPasswordLifeTests {
    private static let alice = "alice@example.org"

    private struct AppPassword: Decodable {
        let id: String
        let name: String
        let services: [String]
        let networks: [String]
        let expires: String?
        let usedFromNetworks: Int
        let state: String
        let successor: String?
    }

    private struct Effect: Decodable {
        struct Stop: Decodable {
            let service: String
            let network: String
            let credential: String
        }
        struct Ending: Decodable {
            let id: String
            let before: String?
        }
        let account: String
        let stops: [Stop]
        let endings: [Ending]
    }

    /// A row of `report unused` and `report expiring`.
    private struct Row: Decodable { let id: String }

    private func list(_ installation: ProgramInstallation) throws -> [AppPassword] {
        try installation.json(["app-password", "list", Self.alice])
    }

    private func signsIn(_ installation: ProgramInstallation, _ secret: String) throws -> Bool {
        try Checkpassword(installation).run(Self.alice, secret).status == 0
    }

    @Test func rotatedWithGrace() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let old = try installation.createAppPassword(
            Self.alice, ["--service", "imap", "--network", "192.0.2.0/24", "--expires", "90d"])
        let id = try installation.appPasswordID(Self.alice)
        func rotate(_ id: String, _ grace: String) throws -> CommandResult {
            try installation.postern(["app-password", "rotate", Self.alice, id, "--grace", grace])
        }
        let rotated = try rotate(id.uppercased(), "5s")
        #expect(rotated.status == 0 && rotated.error.contains(id), "\(rotated)")
        // The secret is alone on standard output.
        let new = rotated.output.trimmingCharacters(in: .newlines)
        #expect(try signsIn(installation, old) && signsIn(installation, new))
        let listed = try list(installation)
        let successor = try #require(listed.first { $0.id != id })
        #expect(listed.count == 2 && listed.first { $0.id == id }?.successor == successor.id)
        #expect(successor.services == ["imap"] && successor.networks == ["192.0.2.0/24"])
        #expect(successor.expires != nil && successor.state == "active")
        let isOver = try eventually { try !signsIn(installation, old) }
        #expect(isOver)
        #expect(try signsIn(installation, new))
        #expect(installation.messages().contains { $0.hasPrefix("App password refused: \(id) expired") })
        // Once; 0s ends at once.
        #expect(try rotate(id, "7d").status == 1)
        #expect(try rotate(successor.id, "91d").status == 64)
        #expect(try rotate(successor.id, "0s").status == 0)
        #expect(try !signsIn(installation, new))
    }

    @Test func policyLimitsTheirAge() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        _ = try installation.createAppPassword()
        let id = try installation.appPasswordID(Self.alice)
        func policy(_ options: [String]) throws -> CommandResult {
            try installation.postern(["account", "policy", Self.alice] + options)
        }
        let dry: [Effect] = try installation.json(["account", "policy", Self.alice, "--max-age", "30d", "--dry-run"])
        #expect(dry.count == 1 && dry[0].endings.map(\.id) == [id] && dry[0].endings[0].before == nil)
        #expect(try list(installation)[0].expires == nil)
        let set = try policy(["--max-age", "30d", "--max-app-passwords", "2"])
        #expect(set.status == 0 && set.output.isEmpty && set.error.contains(id), "\(set)")
        let end = try #require(try list(installation)[0].expires)
        #expect(set.error.contains(String(end.prefix(10))), "\(set)")
        func create(_ options: [String] = []) throws -> CommandResult {
            try installation.postern(["app-password", "create", Self.alice, "--name", "Laptop"] + options)
        }
        #expect(try create(["--expires", "31d"]).status == 65)
        #expect(try create().status == 0)
        let tooMany = try create()
        #expect(tooMany.status == 1 && tooMany.output.isEmpty, "\(tooMany)")
        // Lifted, those made under it keep their end.
        #expect(try policy(["--max-age", "domain", "--max-app-passwords", "none"]).status == 0)
        #expect(try list(installation).allSatisfy { $0.expires != nil })
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
        let marked = try eventually { try installation.countSignIns() == 2 }
        #expect(marked)
        func dry(_ options: [String]) throws -> [Effect] {
            try installation.json(["domain", "policy", "example.org", "--dry-run"] + options)
        }
        let required = try dry(["--app-passwords", "required"])
        let effect = try #require(required.first)
        #expect(required.count == 1 && effect.account == Self.alice)
        #expect(effect.stops.map { "\($0.service) \($0.credential) \($0.network)" } == ["pop3 main 192.0.2.7"])
        #expect(try dry(["--services", "imap,smtp"]).map(\.account).sorted() == [Self.alice, "bob@example.org"])
        #expect(try installation.recordedActions(of: "example.org").isEmpty)
    }

    @Test func usesAndWhatIsUnused() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let used = try installation.createAppPassword()
        let id = try installation.appPasswordID(Self.alice)
        _ = try installation.createAppPassword()
        for address in ["192.0.2.7", "198.51.100.9", "2001:db8::1", "2001:db8::2"] {
            var program = Checkpassword(installation)
            program.environment["TCPREMOTEIP"] = address
            #expect(try program.run(Self.alice, used).status == 0)
        }
        let counted = try eventually {
            try list(installation).first { $0.id == id }?.usedFromNetworks == 3
        }
        #expect(counted)
        // As if both had been made long ago.
        try installation.stored.backdateAppPasswords(days: 200)
        func unused(_ options: [String] = []) throws -> [Row] { try installation.json(["report", "unused"] + options) }
        #expect(try unused().map { $0.id != id } == [true])
        #expect(try unused(["--account", Self.alice]).count == 1)
        #expect(try unused(["--domain", "example.org"]).count == 1)
        #expect(try unused(["--domain", "example.com"]).isEmpty)
        #expect(try unused(["--since", "300d"]).isEmpty)
        #expect(try installation.postern(["report", "unused", "--account", "nobody@example.org"]).status == 1)
        func revoke(_ options: [String]) throws -> CommandResult {
            try installation.postern(["app-password", "revoke", Self.alice] + options)
        }
        #expect(try revoke(["--unused-since", "90d"]).status == 0)
        #expect(try signsIn(installation, used))
        #expect(try unused().isEmpty)
        // Nothing to do is no error.
        #expect(try revoke(["--unused-since", "90d"]).status == 0)
        #expect(try revoke([id, "--all"]).status == 64)
        let refused = try revoke(["--unused-since", "2099-01-01"])
        #expect(refused.status == 65 && refused.error.contains("2099-01-01"), "\(refused)")
        // However long the store takes to open: now is not a second ago.
        #expect(try revoke(["--unused-since", "0s"]).status == 65)
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
        func count(_ options: [String] = []) throws -> Int {
            let rows: [Row] = try installation.json(["report", "expiring"] + options)
            return rows.count
        }
        #expect(try count() == 1)
        #expect(try count(["--within", "61d"]) == 2)
        let csv = try expiring(["--format", "csv"])
        #expect(csv.output.hasPrefix("account,id,name,created,expires,last_used,state\nalice@example.org,"))
        #expect(csv.output.contains(#","'=cmd(""x""),1","#), "\(csv.output)")
        #expect(csv.error.isEmpty)
        // Signs with combining ones behind them are signs still.
        let name = "a,\u{301}\"\u{301}"
        try installation.perform(["app-password", "create", Self.alice, "--name", name, "--expires", "10d"])
        #expect(try expiring(["--format", "csv"]).output.contains(",\"a,\u{301}\"\"\u{301}\","))
        let id = try #require(try list(installation).first { $0.name == name }?.id)
        try installation.perform(["app-password", "revoke", Self.alice, id])
        let full = try run([
            "/bin/sh", "-c", #""$0" --config "$1" report expiring --format csv >/dev/full"#,
            Repository.program("postern"),
            installation.configurationFile,
        ])
        #expect(full.status == 75 && !full.error.isEmpty)
        // How far it is, on a terminal only.
        let command =
            "\(Repository.program("postern")) --config \(installation.configurationFile) report expiring --format csv"
        let terminal = try run(["script", "-qec", command, "/dev/null"])
        #expect(terminal.output.contains("\r75 % ") && terminal.output.contains("\r\u{1b}[K"), "\(terminal)")
        #expect(try expiring().output.hasPrefix("ACCOUNT"))
        // From another day on, those that have ended are among them.
        try installation.stored.backdateExpiries(days: 20)
        #expect(try count() == 1)
        #expect(try expiring(["--json", "--format", "csv"]).status == 64)
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
        #expect(!made.error.contains(secret))
        // What is there is not written over, and no app password is left without an owner.
        let again = try installation.postern(create)
        #expect(again.status == 65 && again.error.contains(path), "\(again)")
        #expect(FileManager.default.contents(atPath: path) == data)
        let nowhere = try installation.postern(create.dropLast() + ["/nonexistent/x"])
        #expect(nowhere.status == 65)
        let narrow = try installation.postern(create.dropLast() + [path + "2", "--service", "imap"])
        #expect(narrow.status == 64)
        // What needs no store is checked before there is a file.
        let web = try installation.postern(create.dropLast() + [path + "3", "--service", "web"])
        #expect(web.status == 64 && !FileManager.default.fileExists(atPath: path + "3"))
        #expect(try list(installation).count == 1)
        let unconfigured = try ProgramInstallation()
        try unconfigured.addAccount()
        let refused = try unconfigured.postern(create.dropLast() + [path + "3"])
        #expect(refused.status == 78 && refused.error.contains("imap_server"), "\(refused)")
    }
}
