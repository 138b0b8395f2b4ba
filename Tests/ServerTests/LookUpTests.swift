import Credentials
import Foundation
import TestSupport
import Testing

/// Dovecot's other questions: whether a user exists, which users there are, where mail is stored, and for whom.
@Suite(.serialized)
struct LookUpTests {
    private static let alice = "alice@example.org"

    private func addAlice(_ server: DovecotServer) throws {
        try server.perform(["account", "add", Self.alice, "--password-stdin"], input: "main secret")
    }

    private func lmtp(_ server: DovecotServer, _ arguments: [String]) throws -> [Substring] {
        try run([Repository.file("Tests/Servers/lmtp-client"), server.root + "/run/lmtp"] + arguments).output.split(
            separator: "\n")
    }

    /// If a proxy's target is down, mail waits, and nothing is stored on the proxy itself.
    @Test(arguments: DovecotServer.Kind.available)
    func proxies(_ kind: DovecotServer.Kind) throws {
        let port = try PrivateServer.freePorts(1)[0]
        let fields = "proxy=y host=127.0.0.1 port=\(port) protocol=lmtp"
        let passdb =
            kind == .lua24
            ? "fields {\\nproxy = y\\nhost = 127.0.0.1\\nport = \(port)\\nprotocol = lmtp\\n}"
            : "override_fields = \(fields)"
        let server = try DovecotServer(kind, settings: "auth_failure_delay = 0\nlmtp_proxy = yes\n", passdb: passdb)
        try addAlice(server)
        #expect(try server.doveadm(["auth", "lookup", "-x", "service=lmtp", Self.alice]).status == 0)
        #expect(try server.doveadm(["auth", "lookup", "-x", "service=lmtp", "nobody@example.org"]).status == 67)
        let answers = try lmtp(server, ["--send", Self.alice, "nobody@example.org"])
        #expect(answers.first?.hasPrefix("451") == true, "\(answers)")
        #expect(answers.dropFirst().first?.hasPrefix("550") == true, "\(answers)")
        #expect(!FileManager.default.fileExists(atPath: server.root + "/mail/example.org/alice"))
    }

    /// An outage is neither "no such user" nor an empty list.
    @Test(arguments: DovecotServer.Kind.withLua)
    func outage(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try addAlice(server)
        // More names than fit into one answer.
        let (store, _) = try server.open()
        let change = Change(at: .now(), actor: "test", subject: "test", action: "test")
        _ = try store.durably { () throws(StoreError) in
            for number in 0..<1200 {
                guard let name = AccountName("user\(number)@example.org") else { continue }
                _ = try store.addAccount(name, mainPassword: nil, mailbox: MailboxOverrides(), change: change)
            }
        }
        let all = try server.doveadm(["user", "*"])
        #expect(all.status == 0 && all.output.split(separator: "\n").count == 1201, "\(all)")
        #expect(try server.doveadm(["user", "user7*"]).output.split(separator: "\n").count == 111)
        server.stopDaemon()
        let listed = try server.doveadm(["user", "*"])
        #expect(listed.status == 75 && listed.output.isEmpty, "\(listed)")
        #expect(try server.doveadm(["user", Self.alice]).status == 75)
        #expect(try server.doveadm(["auth", "lookup", Self.alice]).status == 75)
        #expect(try lmtp(server, [Self.alice]).first?.hasPrefix("451") == true)
    }

    /// A master user's right secret gives access to no account, and is no guess.
    @Test(arguments: DovecotServer.Kind.available)
    func masterUsers(_ kind: DovecotServer.Kind) throws {
        let masters =
            kind == .lua24
            ? "passdb passwd-file {\n driver = passwd-file\n master = yes\n result_success = continue\n passwd_file_path = @ROOT@/masters\n}\n"
            : "passdb {\n driver = passwd-file\n args = @ROOT@/masters\n master = yes\n pass = yes\n}\n"
        let server = try DovecotServer(
            kind,
            settings: "auth_failure_delay = 0\nauth_master_user_separator = *\nauth_mechanisms = plain login cram-md5\n"
                + masters)
        let file = server.root + "/masters"
        try "boss:{PLAIN}master secret\n".write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        try addAlice(server)
        for _ in 0..<3 {
            let answer = try server.imap("\(Self.alice)*boss", "master secret", from: "192.0.2.7")
            #expect(answer.hasPrefix("NO"), "\(answer)")
        }
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages == Array(repeating: "Identity refused: master user boss", count: 3))
        #expect(try server.stored.countGuesses() == 0)
        // The same with a mechanism that does not show the password.
        let script = """
            import imaplib, sys
            c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
            try: print(c.login_cram_md5("\(Self.alice)*boss", "master secret"))
            except imaplib.IMAP4.error as e: print("refused", e)
            """
        let hidden = try run(["python3", "-c", script, "\(server.imapPort)"]).output
        #expect(hidden.hasPrefix("refused"), "\(hidden)")
        #expect(try server.imap(Self.alice, "main secret").hasPrefix("OK"))
    }

    /// Fields of Dovecot's userdb: an account's own, its domain's, and those of a passwd-file that was imported.
    @Test(arguments: DovecotServer.Kind.available)
    func mailboxes(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try addAlice(server)
        let own = server.root + "/mail/own"
        func fields(_ place: String) -> [String] {
            kind == .lua24
                ? ["--field", "mail_driver=maildir", "--field", "mail_path=\(place)"]
                : ["--field", "mail=maildir:\(place)"]
        }
        try server.perform(["domain", "mailbox", "example.org"] + fields(server.root + "/mail/domain-%n"))
        try server.perform(["account", "mailbox", Self.alice] + fields(own) + ["--field", "quota_rule=*:bytes=10M"])
        let imported =
            "\(Self.alice.replacing("alice", with: "carol")):{PLAIN}secret of carol::::::"
            + " userdb_quota_rule=*:bytes=7M"
            + (kind == .lua24
                ? " userdb_mail_driver=maildir userdb_mail_path=\(server.root)/mail/imported"
                : " userdb_mail=maildir:\(server.root)/mail/imported")
        let file = try server.directory.write(imported + "\n", to: "users")
        try server.perform(["import", "passwd-file", file])

        let found = try server.doveadm(["user", Self.alice]).output
        #expect(found.contains(own) && found.contains("*:bytes=10M"), "\(found)")
        let others = try server.doveadm(["user", "carol@example.org"]).output
        #expect(others.contains("\(server.root)/mail/imported") && others.contains("*:bytes=7M"), "\(others)")
        // Delivery and sign-in use the directories of the fields.
        #expect(try lmtp(server, ["--send", Self.alice, "carol@example.org"]).allSatisfy { $0.hasPrefix("250") })
        for place in [own, server.root + "/mail/imported"] {
            #expect(FileManager.default.fileExists(atPath: place + "/new"), "\(place)")
        }
        let client = try LineClient(port: server.imapPort)
        _ = try client.readLine()
        client.send("a LOGIN carol@example.org \"secret of carol\"")
        #expect(try client.tagged("a").hasPrefix("OK"))
        client.send("b STATUS INBOX (MESSAGES)")
        #expect(try client.readLine().contains("MESSAGES 1"))
    }

    /// Without `-x service=imap`, Dovecot names the service doveadm, which Postern does not know.
    @Test(arguments: DovecotServer.Kind.available)
    func doveadmAuthTest(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try addAlice(server)
        #expect(try server.doveadm(["auth", "test", Self.alice, "main secret"]).status == 77)
        #expect(try server.doveadm(["auth", "test", "-x", "service=imap", Self.alice, "main secret"]).status == 0)
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages.first?.hasPrefix("Service refused: doveadm unknown") == true, "\(messages)")
    }
}
