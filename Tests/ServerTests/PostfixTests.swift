import Foundation
import TestSupport
import Testing

/// A private Postfix with the shipped configuration.
final class PostfixServer: PrivateServer {
    /// The variants that `Tests/Servers/start-postfix` can start.
    enum Kind: String, CaseIterable {
        case own
        case debian13 = "debian-13"

        static let available = allCases.filter {
            $0 == .debian13 ? Debian13.isInstalled : FileManager.default.isExecutableFile(atPath: "/usr/sbin/postfix")
        }
    }

    let relay: Int
    let submissions: Int
    let submission: Int
    /// The port of the service without TLS of its own.
    let proxied: Int
    var authSocket: String { root + "/spool/private/postern-auth" }

    init(_ kind: Kind, syslog: Bool = false) throws {
        let ports = try Self.freePorts(4)
        (relay, submissions, submission, proxied) = (ports[0], ports[1], ports[2], ports[3])
        try super.init { root in
            let command =
                [Repository.file("Tests/Servers/start-postfix"), kind.rawValue, root] + ports.map { "\($0)" }
            return syslog ? Self.withSyslog(root, command) : command
        }
    }
}

/// Runs one SMTP session; gives a line for each step.
func smtp(_ port: Int, _ mode: String, _ steps: [String]) throws -> [String] {
    let session = try run([Repository.file("Tests/Servers/smtp-client"), "\(port)", mode] + steps)
    guard session.status == 0 else { throw TestFailure(session.error) }
    return session.output.split(separator: "\n").map(String.init)
}

/// Real Postfix: this machine's, and that of Debian 13.
@Suite(.serialized)
struct PostfixTests {
    @Test(arguments: PostfixServer.Kind.available)
    func signsInAndSends(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        for (port, mode) in [(server.submissions, "tls"), (server.submission, "starttls")] {
            for mechanism in ["PLAIN", "LOGIN"] {
                for secret in [secrets.appPassword, secrets.mainPassword] {
                    let lines = try smtp(
                        port, mode, ["auth \(mechanism) alice@example.org \(secret)", "send alice@example.org", "send"])
                    #expect(lines.count == 3 && lines[0].hasPrefix("auth 235 "), "\(lines)")
                    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("send 250 ") }, "\(lines)")
                }
            }
        }
        // AUTH is offered only in encrypted sessions, and never on the port for other servers' mail.
        #expect(try smtp(server.submission, "clear", ["extensions"])[0].contains(" auth") == false)
        #expect(try smtp(server.relay, "starttls", ["extensions"])[0].contains(" auth") == false)
        #expect(lines(of: server.authLog).count == 8)
    }

    @Test(arguments: PostfixServer.Kind.available)
    func refusesTheMainPasswordUnderTheRule(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        try server.perform(["second-factor", "external", "on", "alice@example.org"])
        let wrong = try server.directory.write("wrong", to: "wrong")
        var answers: Set<String> = []
        for secret in [secrets.mainPassword, wrong, secrets.mainPassword] {
            for mechanism in ["PLAIN", "LOGIN"] {
                answers.insert(
                    try smtp(server.submissions, "tls", ["auth \(mechanism) alice@example.org \(secret)"])[0])
            }
        }
        // A client is not told what was wrong.
        #expect(answers.count == 1 && answers.first?.hasPrefix("auth 535 ") == true, "\(answers)")
        let lines = try smtp(
            server.submissions, "tls",
            ["auth PLAIN alice@example.org \(wrong)", "auth PLAIN alice@example.org \(secrets.appPassword)"])
        #expect(lines.last?.hasPrefix("auth 235") == true, "\(lines)")
    }

    /// While the store is missing, or the daemon is stopped, the answer is 454 and never 535.
    @Test(arguments: PostfixServer.Kind.available)
    func outageIsTemporary(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        let steps = ["auth PLAIN alice@example.org \(secrets.appPassword)", "send alice@example.org"]
        #expect(try smtp(server.submissions, "tls", steps).first?.hasPrefix("auth 235") == true)
        let (store, away) = (server.root + "/var", server.root + "/away")
        try FileManager.default.moveItem(atPath: store, toPath: away)
        for mechanism in ["PLAIN", "LOGIN"] {
            let step = "auth \(mechanism) alice@example.org \(secrets.appPassword)"
            #expect(try smtp(server.submissions, "tls", [step]).first?.hasPrefix("auth 454") == true)
        }
        try FileManager.default.moveItem(atPath: away, toPath: store)
        #expect(try smtp(server.submissions, "tls", steps).first?.hasPrefix("auth 235") == true)
        // If the store is missing between sign-in and message, the message must wait. The daemon checks the path every
        // few milliseconds.
        let lines = try smtp(
            server.submissions, "tls",
            [
                steps[0], "run mv \(store) \(away)", "run sleep 0.1", steps[1], "run mv \(away) \(store)",
                "run sleep 0.1", steps[1],
            ])
        #expect(lines.map { $0.prefix(8) } == ["auth 235", "send 451", "send 250"], "\(lines)")
        server.stopDaemon()
        // A new smtpd finds no socket and ends; one that is connected already answers 454.
        let gone = try smtp(server.submissions, "tls", steps).first ?? "gone"
        #expect(gone.hasPrefix("auth 454") || gone.hasPrefix("gone"), "\(gone)")
        try server.startDaemon(waitingFor: server.authSocket)
        let isBack = try eventually {
            try smtp(server.submissions, "tls", steps).first?.hasPrefix("auth 235") == true
        }
        #expect(isBack)
    }

    /// After the sign-in, Postfix knows only account and address; the policy service checks the rest.
    @Test(arguments: PostfixServer.Kind.available)
    func stopsASessionThatIsNotValidAnyMore(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        let alice = "alice@example.org"
        func session(_ secret: String, _ change: [String]) throws -> [String] {
            let command = server.posternCommand(change).joined(separator: " ")
            return try smtp(
                server.submissions, "tls",
                ["auth LOGIN \(alice) \(secret)", "send \(alice)", "run \(command)", "send \(alice)"])
        }
        let revoked = try session(secrets.appPassword, ["app-password", "revoke", alice, "--all"])
        #expect(revoked.count == 3 && revoked[1].hasPrefix("send 250"), "\(revoked)")
        #expect(revoked.last?.hasPrefix("send 554 5.7.1") == true, "\(revoked)")
        // The revoked app password is still recorded for this address; the main password is valid as well.
        let secondFactor = try session(secrets.mainPassword, ["second-factor", "external", "on", alice])
        #expect(secondFactor.count == 3 && secondFactor[1].hasPrefix("send 250"), "\(secondFactor)")
        #expect(secondFactor.last?.hasPrefix("send 554 5.7.1") == true, "\(secondFactor)")
    }

    /// A shared address, an extension, a whole domain, and a ticket system, as Postfix's own
    /// reject_authenticated_sender_login_mismatch would allow them.
    @Test(arguments: PostfixServer.Kind.available)
    func senders(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        try server.perform(["account", "add", "bob@example.org", "--password-stdin"], input: "secret of bob")
        let bob = try server.directory.write("secret of bob", to: "bob")
        for (account, alias) in [
            ("alice@example.org", "sales@example.org"), ("bob@example.org", "sales@example.org"),
            ("alice@example.org", "@example.com"), ("bob@example.org", "bob@example.com"),
        ] { try server.perform(["account", "alias", "add", account, alias]) }
        func codes(_ user: String, _ file: String, _ senders: [String]) throws -> [String] {
            let lines = try smtp(
                server.submission, "starttls", ["auth PLAIN \(user) \(file)"] + senders.map { "send \($0)" })
            return lines.dropFirst().map { String($0.split(separator: " ")[1]) }
        }
        let alice = try codes(
            "alice@example.org", secrets.appPassword,
            [
                "alice@example.org", "Sales@Example.org", "bob@example.org", "alice+x@example.org",
                "sales+x@example.org",
                "anybody@example.com", "bob@example.com", "bob+x@example.com", "x@example.net", "",
            ])
        #expect(alice == ["250", "250", "553", "250", "250", "250", "553", "553", "553", "250"])
        let others = ["sales@example.org", "bob@example.com", "anybody@example.com", "alice@example.org"]
        #expect(try codes("bob@example.org", bob, others) == ["250", "250", "553", "553"])
        try server.perform(["account", "send-as", "bob@example.org", "any"])
        #expect(try codes("bob@example.org", bob, others + ["x@example.net"]) == Array(repeating: "250", count: 5))
    }

    /// A service behind a TLS proxy is configured as such; every other service still needs TLS.
    @Test(arguments: PostfixServer.Kind.available)
    func tlsElsewhere(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        let steps = ["auth PLAIN alice@example.org \(secrets.appPassword)", "send alice@example.org"]
        let lines = try smtp(server.proxied, "clear", steps)
        #expect(lines.count == 2 && lines[0].hasPrefix("auth 235") && lines[1].hasPrefix("send 250"), "\(lines)")
        let text = try String(contentsOfFile: server.root + "/postern.conf", encoding: .utf8)
        try text.replacing("= tls-elsewhere", with: "= other").write(
            toFile: server.root + "/postern.conf", atomically: true, encoding: .utf8)
        server.stopDaemon()
        try server.startDaemon(waitingFor: server.authSocket)
        let refused = try smtp(server.proxied, "clear", steps)
        #expect(refused.last?.hasPrefix("send 554 5.7.1") == true, "\(refused)")
    }

    /// Clients give up more exchanges than one connection may have open; the next client can still sign in.
    @Test(arguments: PostfixServer.Kind.available)
    func abandonedExchanges(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let secrets = try server.addAlice()
        let script = """
            import smtplib, ssl, sys
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            for _ in range(60):
                client = smtplib.SMTP_SSL("127.0.0.1", int(sys.argv[1]), timeout=30, context=context)
                client.ehlo()
                for _ in range(19):
                    code, _ = client.docmd("AUTH", "LOGIN")
                    if code != 334: sys.exit(f"answer {code}")
                    client.docmd("*")
                client.close()
            """
        let abandoned = try run(["python3", "-c", script, "\(server.submissions)"])
        #expect(abandoned.status == 0, "\(abandoned)")
        for mechanism in ["LOGIN", "PLAIN"] {
            let lines = try smtp(
                server.submissions, "tls", ["auth \(mechanism) alice@example.org \(secrets.appPassword)"])
            #expect(lines.first?.hasPrefix("auth 235") == true, "\(lines)")
        }
    }

    /// Each is one line in the log, which no log reader counts.
    @Test(arguments: PostfixServer.Kind.available)
    func malformedExchanges(_ kind: PostfixServer.Kind) throws {
        let server = try PostfixServer(kind)
        let script = """
            import smtplib, ssl, sys
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client = smtplib.SMTP_SSL("127.0.0.1", int(sys.argv[1]), timeout=30, context=context)
            client.ehlo()
            for message in ["YQ==", "AGEAYgBj"]: print(client.docmd("AUTH", "PLAIN " + message)[0])
            """
        let answers = try run(["python3", "-c", script, "\(server.submissions)"])
        #expect(answers.output == "535\n535\n", "\(answers)")
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages == Array(repeating: "Malformed exchange: not a message of PLAIN", count: 2))
    }
}
