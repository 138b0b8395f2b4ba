import Foundation
import TestSupport
import Testing

/// Postfix's policy requests, by wire.
struct PolicyTests {
    private static let alice = "alice@example.org"

    private func request(
        _ user: String = alice, sender: String = alice, from address: String = "192.0.2.7",
        _ changes: [String: String?] = [:]
    ) -> [UInt8] {
        var attributes: [String: String?] = [
            "request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP", "sender": sender,
            "recipient": "bob@example.net", "client_address": address, "sasl_method": "PLAIN", "sasl_username": user,
            "encryption_protocol": "TLSv1.3", "server_port": "465", "some_later_attribute": "x",
        ]
        attributes.merge(changes) { $1 }
        let lines = attributes.compactMap { name, value in value.map { "\(name)=\($0)\n" } }
        return Array((lines.joined() + "\n").utf8)
    }

    private func ask(_ client: LineClient, _ request: [UInt8]) throws -> String {
        client.send(request)
        let answer = try client.readLine()
        #expect(try client.readLine() == "")
        return String(answer.dropFirst("action=".count))
    }

    @Test func whoMaySendAsWhom() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        #expect(try installation.postern(["account", "alias", "add", Self.alice, "sales@example.org"]).status == 0)
        let daemon = try DaemonProcess(installation)
        let client = try LineClient(path: installation.policySocket)
        #expect(try ask(client, request()) == "DUNNO")
        #expect(try ask(client, request(sender: "SALES@example.org")) == "DUNNO")
        #expect(try ask(client, request(sender: "")) == "DUNNO")
        #expect(try ask(client, request("")) == "DUNNO")
        for sender in ["bob@example.org", "alice@example.com", "alice", "a b@example.org", "sales@example.org.evil"] {
            #expect(try ask(client, request(sender: sender)).hasPrefix("553 5.7.1 "), "\(sender)")
        }
        for changes in [
            ["encryption_protocol": ""], ["encryption_protocol": nil], ["server_port": "25"], ["server_port": nil],
            ["sasl_username": "nobody@example.org"], ["sasl_username": "sales@example.org"], ["sasl_username": "\u{1}"],
        ] as [[String: String?]] {
            #expect(try ask(client, request(Self.alice, changes)).hasPrefix("REJECT 5.7.1 "), "\(changes)")
            // Sessions without a sign-in are none of ours.
            if changes["sasl_username"] == nil {
                #expect(try ask(client, request("", changes)) == "DUNNO")
            }
        }
        // Several requests at once are answered in their order.
        client.send(request(sender: "bob@example.org") + request("") + request())
        let answers = try (0..<6).map { _ in try client.readLine() }
        #expect(answers[0].hasPrefix("action=553 ") && answers[2] == "action=DUNNO" && answers[4] == "action=DUNNO")
        #expect(try installation.postern(["account", "disable", Self.alice]).status == 0)
        #expect(try ask(client, request()).hasPrefix("REJECT 5.7.1 "))
        daemon.stop()
    }

    /// What needs no database is answered in an outage; after the first request that does, nothing is: it would be taken for its answer.
    @Test func outage() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        #expect(try ask(try LineClient(path: installation.policySocket), request()) == "DUNNO")
        try FileManager.default.moveItem(atPath: installation.database, toPath: installation.database + ".away")
        // Until the daemon has looked.
        usleep(20_000)
        let client = try LineClient(path: installation.policySocket)
        client.send(request("") + request(Self.alice, ["server_port": "25"]) + request() + request(""))
        let answers = try (0..<4).map { _ in try client.readLine() }
        #expect(answers[0] == "action=DUNNO" && answers[2].hasPrefix("action=REJECT "), "\(answers)")
        #expect(throws: TestFailure.self) { try client.readLine() }
        #expect(client.isAtEnd())
        try FileManager.default.moveItem(atPath: installation.database + ".away", toPath: installation.database)
        // How long it waits before it looks again follows from how long the last look took.
        #expect(
            try eventually { (try? ask(LineClient(path: installation.policySocket), request())) == "DUNNO" })
        daemon.stop()
    }

    /// Two devices behind one address: one that is still valid is enough.
    @Test(arguments: [false, true])
    func whatSignedInFromTheAddress(_ restarts: Bool) throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let phone = try installation.createAppPassword()
        let reader = try installation.createAppPassword(Self.alice, ["--service", "imap"])
        var daemon = try DaemonProcess(installation)
        func signIn(_ secret: String, from address: String, service: String = "submission") throws {
            let client = try AuthClient(installation.authSocket)
            #expect(try client.attempt(Self.alice, secret, service: service, from: address)[0] == "OK")
        }
        func answer(from address: String) throws -> String {
            if restarts {
                // What is in the store is as good as what is in memory.
                daemon.stop()
                daemon = try DaemonProcess(installation)
            }
            return try ask(try LineClient(path: installation.policySocket), request(from: address))
        }
        try signIn(phone, from: "192.0.2.1")
        try signIn("main secret", from: "192.0.2.2")
        for address in ["192.0.2.1", "192.0.2.2"] { try signIn(phone, from: address) }
        // Not for SMTP: says nothing about who sends.
        try signIn(reader, from: "192.0.2.3", service: "imap")
        #expect(try answer(from: "192.0.2.1") == "DUNNO")
        #expect(try installation.postern(["app-password", "revoke", Self.alice, "--all"]).status == 0)
        #expect(try answer(from: "192.0.2.1").hasPrefix("REJECT 5.7.1 "))
        #expect(try answer(from: "192.0.2.2") == "DUNNO")
        #expect(try answer(from: "192.0.2.3") == "DUNNO")
        // An IPv4-mapped address is the same address.
        #expect(try answer(from: "::ffff:192.0.2.1").hasPrefix("REJECT 5.7.1 "))
        // A main password that was changed is not the one that signed in.
        let changed = try installation.postern(
            ["account", "password", Self.alice, "--password-stdin"], input: "another one\n")
        #expect(changed.status == 0, "\(changed)")
        #expect(try answer(from: "192.0.2.2").hasPrefix("REJECT 5.7.1 "))
        try signIn("another one", from: "192.0.2.2")
        #expect(try answer(from: "192.0.2.2") == "DUNNO")
        #expect(try installation.postern(["second-factor", "external", "on", Self.alice]).status == 0)
        #expect(try answer(from: "192.0.2.2").hasPrefix("REJECT 5.7.1 "))
        daemon.stop()
    }
}
