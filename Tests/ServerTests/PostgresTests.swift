import Bytes
import Credentials
import Foundation
import Postgres
import SQL
import TestSupport
import Testing

/// Three nodes with one store on a PostgreSQL server.
@Suite(.serialized)
struct PostgresTests {
    private static let alice = "alice@example.org"

    /// The installation of each node has its own sockets and log, and the same key file.
    private final class Nodes {
        let server: PrivatePostgres
        let installation: ProgramInstallation
        private(set) var daemons: [DaemonProcess] = []
        let sockets: [String]
        let store: Store
        let keys: Keys

        init(_ settings: String = "") throws {
            server = try PrivatePostgres()
            installation = try ProgramInstallation(settings, database: server.setting)
            try installation.addAccount()
            keys = try KeyFile.load(path: installation.keyFile)
            Postgres.enable(patience: 10_000)
            store = try Store(StoreLocation(server.setting), keys: keys)
            let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
            sockets = (1...3).map { [installation] in installation.directory.file("node\($0)") }
            for (number, socket) in sockets.enumerated() {
                let name = "node\(number + 1).conf"
                var lines = text.split(separator: "\n").map(String.init).filter { !$0.contains("_socket =") }
                lines += ["dovecot_socket = \(socket)", "auth_socket =", "policy_socket ="]
                try installation.directory.write(lines.joined(separator: "\n") + "\n", to: name)
            }
            for number in 1...3 { try start(number) }
        }

        func start(_ number: Int) throws {
            daemons.insert(
                try DaemonProcess(
                    installation, configurationFile: installation.directory.file("node\(number).conf"),
                    waitingFor: sockets[number - 1]), at: number - 1)
        }

        func kill(_ number: Int) { _ = daemons.remove(at: number - 1).stop(SIGKILL) }

        func change() -> Change { Change(at: .now(), actor: "test", subject: PostgresTests.alice, action: "test") }

        /// The secret and id of a new app password.
        func addAppPassword(_ account: AccountName) throws -> (secret: String, id: String) {
            let secret = try AppPasswordText.makeGenerated()
            let mac = keys.appPassword.mac(account: account.text, secret: secret)
            let id = try store.addAppPassword(
                NewAppPassword(name: "Phone"), verifier: .mac(mac), account: account
            ) { _ in change() }
            guard let id else { throw TestFailure("no account") }
            return (text(AppPasswordText.display(secret)), id)
        }
    }

    /// What is revoked on one node is refused at the next attempt on the others.
    @Test func revocation() throws {
        let nodes = try Nodes()
        let account = try World.name(Self.alice)
        let clients = try nodes.sockets.map { try AuthClient($0) }
        var wrong = 0
        for _ in 0..<1000 {
            let (secret, id) = try nodes.addAppPassword(account)
            for client in clients where try client.attempt(Self.alice, secret)[0] != "OK" { wrong += 1 }
            _ = try nodes.store.changeAppPasswords([id], .revoke, account: account) { _ in nodes.change() }
            for client in clients where try client.attempt(Self.alice, secret)[0] != "FAIL" { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    /// A code that is presented on three nodes at once is accepted once.
    @Test func codes() throws {
        let nodes = try Nodes("failure_delay = 0s\n" + ProgramInstallation.unthrottled)
        let account = try World.name(Self.alice)
        _ = try nodes.store.setExternalSecondFactor(true, account: account, change: nodes.change())
        let seed = Secret(Array("12345678901234567890".utf8))
        _ = try nodes.store.enrolTOTP(account: account, seed: seed, keys: nodes.keys, change: nodes.change())
        let clients = try nodes.sockets.map { try AuthClient($0) }
        for round in 0..<100 {
            let secret = try AppPasswordText.makeGenerated()
            let mac = nodes.keys.recoveryCode.mac(account: account.text, secret: secret)
            _ = try nodes.store.replaceRecoveryCodes([mac], account: account, change: nodes.change())
            let code = text(secret)
            let plain = AuthClient.plain(Self.alice, "main secret")
            for client in clients {
                client.send("AUTH\t\(round + 1)\tPLAIN\tservice=web\trip=192.0.2.7\tcode=\(code)\tresp=\(plain)")
            }
            let answers = try clients.map { try $0.answer() }
            #expect(answers.count { $0[0] == "OK" } == 1, "\(answers)")
            guard answers.count(where: { $0[0] == "OK" }) == 1 else { return }
        }
    }

    /// A wrong secret that one node was given is known to the others, and they share the budget.
    @Test func guesses() throws {
        let nodes = try Nodes()
        let clients = try nodes.sockets.map { try AuthClient($0) }
        for client in clients { #expect(try client.attempt(Self.alice, "old secret")[0] == "FAIL") }
        #expect(lines(of: nodes.installation.log).filter { $0.contains("Same wrong password again") }.count == 2)
        for number in 0..<12 { _ = try clients[number % 3].attempt(Self.alice, "wrong \(number)") }
        for client in clients { #expect(try client.attempt(Self.alice, "main secret").contains("code=temp_fail")) }
    }

    /// Many different secrets at once, on all nodes, get as many looks as one after the other do.
    @Test(arguments: ["192.0.2.7", "2001:db8::7"]) func guessesAtOnce(_ address: String) throws {
        let nodes = try Nodes("failure_delay = 0s\nhash_workers = 4\n")
        let clients = try nodes.sockets.map { try AuthClient($0) }
        for number in 0..<60 {
            let plain = AuthClient.plain(Self.alice, "wrong \(number)")
            clients[number % 3].send("AUTH\t\(number + 1)\tPLAIN\tservice=imap\trip=\(address)\tresp=\(plain)")
        }
        let answers = try (0..<60).map { try clients[$0 % 3].answer() }
        // The configuration's guess_free.
        #expect(answers.count { !$0.contains("code=temp_fail") } == 10, "\(answers)")
        #expect(lines(of: nodes.installation.log).filter { $0.contains("Password mismatch") }.count == 10)
        let session = try PostgresServer(
            String(nodes.server.setting.dropFirst(StoreLocation.serverPrefix.count)), patience: 10_000)
        #expect(
            try eventually {
                let rows = try session.run("SELECT count(*) FROM under_way", [Value]())
                return rows.step() && rows.integer(0) == 0
            }, "every place is given back")
    }

    /// A node that is killed and started again answers as before; the others do not notice.
    @Test func killedNode() throws {
        let nodes = try Nodes()
        let (secret, _) = try nodes.addAppPassword(try World.name(Self.alice))
        let others = try nodes.sockets.prefix(2).map { try AuthClient($0) }
        for _ in 0..<5 {
            nodes.kill(3)
            for client in others { #expect(try client.attempt(Self.alice, secret)[0] == "OK") }
            try nodes.start(3)
            #expect(try AuthClient(nodes.sockets[2]).attempt(Self.alice, secret)[0] == "OK")
        }
    }

    /// What `postern` says of a server, with a wrong step on the way.
    @Test func administration() throws {
        let server = try PrivatePostgres()
        let installation = try ProgramInstallation(database: server.setting)
        try installation.perform(["init"])
        try installation.perform(["migrate"])
        try installation.addAccount()
        let doctor = try installation.postern(["doctor"]).output
        for text in ["waits for no standby", "lets this role do anything"] {
            #expect(doctor.contains("database server: \(text)"), "\(doctor)")
        }
        #expect(!doctor.contains("does not include"), "\(doctor)")
        let backup = try installation.postern(["backup", installation.directory.file("copy")])
        #expect(backup.status == 64 && backup.error.contains("pg_dump"), "\(backup)")
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        let elsewhere = installation.directory.file("elsewhere.conf")
        for (setting, status, message) in [
            (
                "postgresql:host=/nonexistent", 75,
                "the database server cannot be asked: /nonexistent: cannot be reached: "
            ),
            ("postgresql:hast=x", 75, "the setting 'database' cannot be read"),
            ("postgresql:password=x", 75, "must not have a password"),
            ("postgresql:host=a password = 'x'", 75, "must not have a password"),
            ("postgresql://user:x@host/", 75, "must not have a password"),
        ] as [(String, Int32, String)] {
            try installation.directory.write(text.replacing(server.setting, with: setting), to: "elsewhere.conf")
            let ended = try run([Repository.program("postern"), "--config", elsewhere, "account", "list"])
            #expect(ended.status == status && ended.error.contains(message), "\(ended)")
        }
    }

    /// A server is believed only if its certificate is for its name, and from the authority of the setting.
    @Test func certificates() throws {
        let directory = TemporaryDirectory()
        func certificate(_ name: String) throws -> (certificate: String, key: String) {
            let (certificate, key) = (directory.file("\(name).pem"), directory.file("\(name).key"))
            try requireSuccess([
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
                "-addext",
                "subjectAltName=DNS:localhost", "-out", certificate, "-keyout", key,
            ])
            try requireSuccess(["chown", "postgres", key])
            try requireSuccess(["chmod", "o+x", directory.path])
            return (certificate, key)
        }
        let (own, other) = (try certificate("own"), try certificate("other"))
        let port = try PrivateServer.freePorts(1)[0]
        let server = try PrivatePostgres(
            options: "-c listen_addresses=127.0.0.1 -c port=\(port) -c ssl=on -c ssl_cert_file=\(own.certificate) "
                + "-c ssl_key_file=\(own.key)")
        let common = "port=\(port) user=postgres dbname=postgres sslmode=verify-full"
        let installation = try ProgramInstallation(
            database: "postgresql:host=localhost \(common) sslrootcert=\(own.certificate)")
        try installation.addAccount()
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        for (host, authority, message) in [
            ("localhost", other.certificate, "certificate verify failed"),
            ("127.0.0.1", own.certificate, "does not match host name"),
            ("localhost", directory.file("missing.pem"), "does not exist"),
        ] {
            try installation.directory.write(
                text.replacing(
                    installation.database, with: "postgresql:host=\(host) \(common) sslrootcert=\(authority)"),
                to: "wrong.conf")
            let ended = try run([
                Repository.program("postern"), "--config", installation.directory.file("wrong.conf"), "account", "list",
            ])
            #expect(ended.status == 75 && ended.error.contains(message), "\(ended)")
        }
        try installation.directory.write(
            text.replacing("host=localhost", with: "host=localhost,127.0.0.2"), to: "two.conf")
        let doctor = try run([
            Repository.program("postern"), "--config", installation.directory.file("two.conf"), "doctor",
        ])
        #expect(doctor.output.contains("does not include the host 127.0.0.2: it cannot be reached"), "\(doctor)")
        withExtendedLifetime(server) {}
    }

    /// Everything goes to a server and comes back; a store that has something is not written over.
    @Test func copy() throws {
        let server = try PrivatePostgres()
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let secret = try installation.createAppPassword()
        #expect(try Checkpassword(installation).run(Self.alice, secret).status == 0)
        #expect(try Checkpassword(installation).run(Self.alice, "wrong").status == 1)
        try installation.stored.fillEmptyTables(Self.alice, signIns: 12_001)
        let there = try installation.postern(["copy", "--to", server.setting])
        #expect(there.status == 0 && there.error.contains("rows. Set 'database = "), "\(there)")

        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(
            text.replacing(installation.database, with: server.setting), to: "server.conf")
        let configuration = ["--config", installation.directory.file("server.conf")]
        func postern(_ words: [String]) throws -> CommandResult {
            try run([Repository.program("postern")] + configuration + words)
        }
        for words in [["export", "jsonl"], ["report", "changes"], ["report", "guesses"], ["report", "sign-ins"]] {
            #expect(try postern(words).output == (try installation.postern(words).output), "\(words)")
        }
        let file = installation.directory.file("back/postern.db")
        let back = try postern(["copy", "--to", file])
        #expect(back.status == 0, "\(back)")
        #expect(try StoredDatabase(path: file).content() == (try installation.stored.content()))

        let again = try installation.postern(["copy", "--to", server.setting])
        #expect(again.status == 65 && again.error.contains("is not empty; nothing was copied"), "\(again)")
        for (target, message) in [(file, "one of both has to be a file"), ("postern.db", "must be an absolute path")] {
            let wrong = try installation.postern(["copy", "--to", target])
            #expect(wrong.status == 64 && wrong.error.contains(message), "\(wrong)")
        }
    }

    /// The roles of the guide: one makes the tables, the other does everything else and no more.
    @Test func leastRights() throws {
        let server = try PrivatePostgres()
        let guide = try String(contentsOfFile: Repository.file("docs/several-machines.md"), encoding: .utf8)
        let blocks = guide.split(separator: "\n\n").map { block in
            block.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
        }
        func statements(_ start: String) throws -> String {
            guard let found = blocks.first(where: { $0.hasPrefix(start) }) else { throw TestFailure(start) }
            return found
        }
        func setting(_ role: String) -> String {
            server.setting.replacing("user=postgres dbname=postgres", with: "user=\(role)")
        }
        func psql(_ statements: String, _ role: String? = nil) throws {
            let settings = (role.map(setting) ?? server.setting).dropFirst(StoreLocation.serverPrefix.count)
            let ended = try run(
                [
                    "psql", String(settings) + (role == nil ? "" : " dbname=postern"), "--no-psqlrc", "-v",
                    "ON_ERROR_STOP=1",
                ],
                input: statements)
            guard ended.status == 0 else { throw TestFailure(ended.error) }
        }
        try psql(try statements("CREATE ROLE"))
        let owner = try ProgramInstallation(database: setting("postern_owner"))
        try psql(try statements("REVOKE UPDATE"), "postern_owner")

        let text = try String(contentsOfFile: owner.configurationFile, encoding: .utf8)
        try owner.directory.write(text.replacing("user=postern_owner", with: "user=postern"), to: "postern.conf")
        try owner.addAccount()
        let secret = try owner.createAppPassword()
        let daemon = try DaemonProcess(owner)
        let client = try AuthClient(owner.dovecotSocket)
        #expect(try client.attempt(Self.alice, secret)[0] == "OK")
        #expect(try client.attempt(Self.alice, "wrong")[0] == "FAIL")
        #expect(try owner.postern(["migrate"]).status == 0)
        let doctor = try owner.postern(["doctor"]).output
        #expect(!doctor.contains("lets this role"), "\(doctor)")
        for forbidden in ["UPDATE change SET actor = 'x'", "TRUNCATE change", "ALTER TABLE account ADD x text"] {
            #expect(throws: TestFailure.self) { try psql("SET search_path = postern; " + forbidden, "postern") }
        }
        #expect(daemon.stop(SIGTERM).status == 0)
    }

    /// Programs that start once a sign-in ask no server.
    @Test func checkpasswordWithoutDaemon() throws {
        let server = try PrivatePostgres()
        let installation = try ProgramInstallation(database: server.setting)
        try installation.addAccount()
        let ended = try Checkpassword(installation).run(Self.alice, "main secret")
        #expect(ended.status == 111)
        #expect(lines(of: installation.log).last?.contains("start posternd") == true)
    }
}
