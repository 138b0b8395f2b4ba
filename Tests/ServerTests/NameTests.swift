import Credentials
import Foundation
import TestSupport
import Testing

/// Every name that `account add` accepts works on every socket, in every spelling.
@Suite(.serialized)
struct NameTests {
    /// How an account is added, and how its owner types it.
    private static let names: [(added: String, typed: String)] = [
        ("plain@example.org", "plain@example.org"), ("o'brien@example.org", "o'brien@example.org"),
        ("a+b@example.org", "a+b@example.org"), ("r&d@example.org", "R&D@example.org"),
        ("x=y@example.org", "x=y@example.org"), ("a#b@example.org", "a#b@example.org"),
        ("a^b@example.org", "a^b@example.org"), ("a!b@example.org", "a!b@example.org"),
        ("a$b@example.org", "a$b@example.org"), ("a*b@example.org", "a*b@example.org"),
        ("a%b@example.org", "a%b@example.org"), ("a{b}@example.org", "a{b}@example.org"),
        ("a|b@example.org", "a|b@example.org"), ("a~b@example.org", "a~b@example.org"),
        ("a`b@example.org", "a`b@example.org"), ("a?b@example.org", "a?b@example.org"),
        ("a_b@example.org", "a_b@example.org"), ("a-b@example.org", "a-b@example.org"),
        ("a.b@example.org", "a.b@example.org"), ("0@example.org", "0@example.org"),
        ("élodie@example.org", "élodie@example.org"), ("jürgen@example.org", "ju\u{308}rgen@example.org"),
        ("ma\u{0303}na@example.org", "mãna@example.org"), ("日本@example.org", "日本@example.org"),
        ("user@exämple.org", "user@exämple.org"), ("user2@exämple.org", "user2@xn--exmple-cua.org"),
        ("user3@xn--exmple-cua.org", "user3@Exämple.org"), ("straße@faß.example", "straße@xn--fa-hia.example"),
        ("Capital@Example.ORG", "CAPITAL@example.org"), ("spaced@example.org", "  spaced@example.org "),
    ]

    private func addAll(_ add: (String) throws -> Void) throws {
        #expect(Self.names.count == 30)
        for name in Self.names { try add(name.added) }
    }

    private func expectOneVerdict(_ messages: [String], _ door: String) {
        let verdicts = messages.map { $0.prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces) }
        let expected = Self.names.flatMap { _ in ["Signed in with main password", "Password mismatch"] }
        for (index, pair) in zip(verdicts, expected).enumerated() where pair.0 != pair.1 {
            Issue.record("\(door): \(Self.names[index / 2].typed): \(pair.0)")
        }
        #expect(messages.count == expected.count, "\(door)")
    }

    @Test(arguments: DovecotServer.Kind.available)
    func dovecot(_ kind: DovecotServer.Kind) throws {
        // No delimiter: with one, LMTP would take a+b@ for a@.
        let server = try DovecotServer(kind, settings: "auth_failure_delay = 0\nrecipient_delimiter =\n")
        try addAll { try server.perform(["account", "add", $0, "--password-stdin"], input: "main secret \($0)") }
        for (index, name) in Self.names.enumerated() {
            let secret = Array("main secret \(name.added)".utf8)
            let answer = try server.imap(Array(name.typed.utf8), secret, from: "192.0.2.7")
            #expect(answer.hasPrefix("OK"), "\(kind): \(name.typed): \(answer)")
            let wrong = try server.imap(
                Array(name.typed.utf8), Array("wrong".utf8), from: "203.0.113.\(index)")
            #expect(wrong.hasPrefix("NO [AUTHENTICATIONFAILED]"), "\(kind): \(name.typed): \(wrong)")
        }
        expectOneVerdict(lines(of: server.authLog).compactMap(LogLine.message), kind.rawValue)

        // Mail for the accounts. The LMTP of 2.3 accepts only ASCII addresses, whoever they belong to.
        let recipients = Self.names.map(\.typed).filter { name in
            !name.hasPrefix(" ") && (kind == .lua24 || name.utf8.allSatisfy { $0 < 0x80 })
        }
        let delivered = try run(
            [Repository.file("Tests/Servers/lmtp-client"), server.root + "/run/lmtp"] + recipients)
        let codes = delivered.output.split(separator: "\n")
        for (recipient, code) in zip(recipients, codes) {
            #expect(code.hasPrefix("250"), "\(kind): \(recipient): \(code)")
        }
        #expect(codes.count == recipients.count, "\(delivered)")

        // doveadm lists them all, or says that it cannot.
        let listed = try server.doveadm(["user", "*"])
        if kind == .checkpassword {
            #expect(listed.status == 75 && listed.error.contains("User listing returned failure"), "\(listed)")
        } else {
            let stored = Set(Self.names.compactMap { AccountName($0.added)?.text })
            #expect(
                listed.status == 0 && Set(listed.output.split(separator: "\n").map(String.init)) == stored, "\(listed)")
        }
    }

    @Test func authSocketAndSender() throws {
        let installation = try ProgramInstallation("failure_delay = 0")
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        try addAll { try installation.addAccount($0, password: "main secret \($0)") }
        let client = try AuthClient(installation.authSocket)
        let policy = try LineClient(path: installation.policySocket)
        for (index, name) in Self.names.enumerated() {
            let granted = try client.attempt(
                name.typed, "main secret \(name.added)", service: "smtp", from: "192.0.2.7")
            #expect(granted[0] == "OK", "\(name.typed): \(granted)")
            let user = try #require(granted.first { $0.hasPrefix("user=") }).dropFirst("user=".count)
            let wrong = try client.attempt(name.typed, "wrong", service: "smtp", from: "203.0.113.\(index)")
            #expect(wrong[0] == "FAIL", "\(name.typed): \(wrong)")
            for sender in [name.typed.trimmingCharacters(in: .whitespaces), name.added] {
                policy.send(
                    Array(
                        """
                        request=smtpd_access_policy
                        sasl_username=\(user)
                        sender=\(sender)
                        client_address=192.0.2.7
                        encryption_protocol=TLSv1.3
                        server_port=587


                        """.utf8))
                #expect(try policy.readLine() == "action=DUNNO", "\(name.typed) as \(sender)")
                _ = try policy.readLine()
            }
        }
        expectOneVerdict(installation.messages(), "auth_socket")
    }

    /// A name that mail servers could address only with quotes cannot be an account.
    @Test func whatIsRefused() throws {
        let installation = try ProgramInstallation()
        for name in [
            "\"a\"@example.org", "a\\b@example.org", "a:b@example.org", "a;b@example.org", "a[b]@example.org",
            "a..b@example.org", "a.@example.org", ".a@example.org", "a@b@example.org", "a b@example.org",
            "a/b@example.org",
            "user@ä_b.example", "bare",
        ] {
            let result = try installation.postern(["account", "add", name, "--hash-stdin"], input: "{SHA}x\n")
            #expect(result.status == 65, "\(name): \(result)")
        }
        try installation.addAccount("user@exämple.org")
        for same in ["user@xn--exmple-cua.org", "USER@Exämple.org", "user@exa\u{308}mple.org"] {
            let again = try installation.postern(["account", "add", same, "--password-stdin"], input: "main secret\n")
            #expect(again.status == 1 && again.error.contains("another spelling"), "\(again)")
            #expect(try installation.postern(["account", "show", same]).status == 0)
        }
    }
}
