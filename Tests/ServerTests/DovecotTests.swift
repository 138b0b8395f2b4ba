import Credentials
import Foundation
import TestSupport
import Testing

/// Real Dovecot 2.3 and 2.4 with the shipped configurations.
@Suite(.serialized)
struct DovecotTests {
    /// Every row that a mail service can express, by the auth protocol, and by IMAP and POP3 where the row names them.
    @Test(arguments: DovecotServer.Kind.all)
    func decisions(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        let (store, keys) = try server.open()
        for row in DecisionRow.all where row.isForMail {
            let sent = try row.prepare(store, keys, now: .now())
            let expected: DovecotServer.Answer = row.outcome == "denied" ? .denied : .granted
            let address = row.network == "-" ? nil : row.network
            // Postern's line for this attempt; none if Dovecot itself refuses the user name.
            func newMessages(_ attempt: () throws -> Void) throws -> [String] {
                let before = lines(of: server.authLog).count
                try attempt()
                return lines(of: server.authLog).dropFirst(before).compactMap(LogLine.message)
            }
            func expectOneLine(_ messages: [String]) {
                if ["malformed", "empty"].contains(row.account), messages.isEmpty { return }
                #expect(messages.count == 1 && messages[0].hasPrefix(row.expectedMessage), "\(row): \(messages)")
            }
            expectOneLine(
                try newMessages {
                    let answer = try server.authTest(sent.userName, sent.password, service: row.service, from: address)
                    #expect(answer == expected, "\(row)")
                })
            guard ["imap", "pop3"].contains(row.service), let address else { continue }
            // The same wrong secret from the same network would be a repeat by now.
            try server.stored.forgetGuesses()
            expectOneLine(
                try newMessages {
                    if row.service == "imap" {
                        let answer = try server.imap(sent.userName, sent.password, from: address)
                        #expect(
                            answer.hasPrefix(expected == .granted ? "OK" : "NO [AUTHENTICATIONFAILED]"),
                            "\(row): \(answer)")
                    } else {
                        let answer = try server.pop3(sent.userName, sent.password, from: address)
                        #expect(answer.hasPrefix(expected == .granted ? "+OK" : "-ERR [AUTH]"), "\(row): \(answer)")
                    }
                })
        }
        let log = try String(contentsOfFile: server.authLog, encoding: .utf8)
        // The addresses that clients came from, not Dovecot's own.
        #expect(!log.contains("127.0.0.1") && log.contains(",2001:db8::7,") && log.contains(",198.51.100.9,"))
    }

    @Test func authProcessRunsAsDebianRunsIt() throws {
        let server = try DovecotServer()
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
        let master = lines(of: server.root + "/run/master.pid")[0]
        let found = try run(["pgrep", "-P", master, "-u", "dovecot", "-f", "dovecot/auth"])
        #expect(found.status == 0)
    }

    @Test func outageIsTemporaryAndNeverAMismatch() throws {
        let server = try DovecotServer(.local)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        try FileManager.default.moveItem(atPath: server.root + "/etc/key", toPath: server.root + "/etc/away")
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("NO [UNAVAILABLE]"))
        #expect(try server.pop3("alice@example.org", "main secret").hasPrefix("-ERR [SYS/TEMP]"))
        #expect(try server.authTest("alice@example.org", "main secret", service: "imap", from: nil) == .unavailable)
        try FileManager.default.moveItem(atPath: server.root + "/etc/away", toPath: server.root + "/etc/key")
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
    }

    @Test(arguments: DovecotServer.Kind.all)
    func lookUpsForDeliveryAndDoveadm(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        let found = try server.doveadm(["user", "alice@example.org"])
        #expect(found.status == 0 && found.output.contains("\(server.root)/mail/example.org/alice"))
        #expect(found.output.contains("5000"))
        #expect(try server.doveadm(["user", "nobody@example.org"]).status == 67)
        let credentials = try server.doveadm(["auth", "lookup", "-x", "service=imap", "alice@example.org"])
        #expect(!credentials.output.contains("assword"), "\(credentials)")
        // LMTP delivers.
        let mail = "Subject: hello\r\n\r\nhello\r\n"
        let script = """
            { printf 'LHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<alice@example.org>\\r\\nRCPT TO:<nobody@example.org>\\r\\nDATA\\r\\n'
              sleep 1; printf '\(mail.replacing("\r\n", with: "\\r\\n"))'; printf '.\\r\\nQUIT\\r\\n'; sleep 1; } \
              | python3 -c 'import socket,sys,threading
            s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
            def pump():
                for line in iter(lambda: sys.stdin.buffer.read1(4096), b""): s.sendall(line)
            threading.Thread(target=pump, daemon=True).start()
            out=b""
            while True:
                got=s.recv(4096)
                if not got: break
                out+=got
            print(out.decode())' "$1"
            """
        let answer = try run(["/bin/sh", "-c", script, "sh", server.root + "/run/lmtp"]).output
        #expect(answer.contains("250 2.0.0 <alice@example.org>"), "\(answer)")
        #expect(answer.contains("550 5.1.1 <nobody@example.org>"), "\(answer)")
    }

    /// CRAM-MD5 needs stored credentials, which Postern never gives out.
    @Test(arguments: DovecotServer.Kind.available)
    func mechanismsThatHideThePasswordNeverSignIn(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(
            kind, settings: "auth_failure_delay = 0\nauth_mechanisms = plain login cram-md5\n")
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        for password in ["main secret", ""] {
            let script = """
                import imaplib, sys
                c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
                try: print(c.login_cram_md5("alice@example.org", sys.argv[2]))
                except imaplib.IMAP4.error as e: print("refused", e)
                """
            let answer = try run(["python3", "-c", script, "\(server.imapPort)", password]).output
            #expect(answer.hasPrefix("refused"), "\(answer)")
        }
    }

    /// While the daemon is stopped, sign-ins fail temporarily; after its restart they succeed.
    @Test(arguments: DovecotServer.Kind.withLua)
    func daemonAway(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
        server.stopDaemon()
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("NO [UNAVAILABLE]"))
        #expect(try server.pop3("alice@example.org", "main secret").hasPrefix("-ERR [SYS/TEMP]"))
        #expect(try server.doveadm(["user", "alice@example.org"]).status == 75)
        try server.startDaemon(waitingFor: server.daemonSocket)
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
    }

    /// Without posternd, postern-checkpassword-local decides by itself.
    @Test func checkpasswordGoesOnWithoutDaemon() throws {
        let server = try DovecotServer(.checkpassword)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        func signIn() throws {
            #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
            #expect(try server.pop3("alice@example.org", "wrong", from: "192.0.2.7").hasPrefix("-ERR [AUTH]"))
            #expect(try server.doveadm(["user", "alice@example.org"]).status == 0)
            #expect(try server.doveadm(["user", "bob@example.org"]).status == 67)
        }
        try signIn()
        server.stopDaemon()
        try signIn()
        try server.startDaemon(waitingFor: server.daemonSocket)
        try signIn()
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages.count == 6 && messages.count { $0 == "Signed in with main password" } == 3, "\(messages)")
    }

    /// The daemon restarts while many clients sign in.
    @Test(arguments: DovecotServer.Kind.withLua)
    func restartUnderLoad(_ kind: DovecotServer.Kind) async throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        let port = server.imapPort
        let answers = try await withThrowingTaskGroup(of: [String].self) { group in
            for client in 0..<8 {
                group.addTask {
                    try (0..<25).map { _ in
                        try MailClient.imap(
                            port, Array("alice@example.org".utf8), Array("main secret".utf8), from: "192.0.2.\(client)")
                    }
                }
            }
            for _ in 0..<2 {
                try await Task.sleep(for: .milliseconds(300))
                server.stopDaemon()
                try server.startDaemon(waitingFor: server.daemonSocket)
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.count == 200 && answers.contains { $0.hasPrefix("OK") })
        #expect(answers.allSatisfy { $0.hasPrefix("OK") || $0.hasPrefix("NO [UNAVAILABLE]") }, "\(Set(answers))")
        #expect(try server.imap("alice@example.org", "main secret").hasPrefix("OK"))
    }

    @Test(arguments: DovecotServer.Kind.available)
    func revokedAppPasswordIsOutAtOnce(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        let password = try server.perform(["app-password", "create", "alice@example.org", "--name", "Phone"])
            .trimmingCharacters(in: .newlines)
        for _ in 0..<3 { #expect(try server.imap("alice@example.org", password).hasPrefix("OK")) }
        try server.perform(["app-password", "revoke", "alice@example.org", "--all"])
        #expect(try server.imap("alice@example.org", password).hasPrefix("NO [AUTHENTICATIONFAILED]"))
    }

    @Test(arguments: DovecotServer.Kind.all)
    func manyAtOnce(_ kind: DovecotServer.Kind) async throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        let password = try server.perform(["app-password", "create", "alice@example.org", "--name", "Phone"])
            .trimmingCharacters(in: .newlines)
        let port = server.imapPort
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<60 {
                let secret = number % 6 == 0 ? "main secret" : password
                group.addTask {
                    try MailClient.imap(
                        port, Array("alice@example.org".utf8), Array(secret.utf8), from: "192.0.2.\(number + 1)")
                }
            }
            for try await answer in group { #expect(answer.hasPrefix("OK"), "\(answer)") }
        }
    }
}
