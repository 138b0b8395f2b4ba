import Foundation
import TestSupport
import Testing

/// The protocol of the page, as posternd speaks it.
struct AccountSocketTests {
    private static let alice = "alice@example.org"

    private struct World {
        let installation: ProgramInstallation
        let daemon: DaemonProcess
        let client: AccountClient

        init(_ settings: String = "") throws {
            installation = try ProgramInstallation(ProgramInstallation.unthrottled + "failure_delay = 0\n" + settings)
            try installation.addAccount()
            daemon = try DaemonProcess(installation)
            client = try AccountClient(installation.accountSocket)
        }

        func ask(_ verb: String, _ token: String, _ fields: [(String, String)] = []) throws -> AccountClient.Reply {
            try client.ask(verb, [("token", token), ("form", AccountClient.form())] + fields)
        }
    }

    /// An app password from the page opens IMAP until it is revoked, and again once it was put back.
    @Test func lifeOfAnAppPassword() throws {
        let world = try World()
        let token = try world.client.signIn(Self.alice, "main secret")
        #expect(try world.ask("devices", token).rows.isEmpty)
        let made = try world.ask(
            "create", token, [("name", "Ann's\tPhone".filter { $0 != "\t" }), ("services", "imap smtp")])
        let (id, secret) = (try #require(made["id"]), try #require(made["secret"]))
        #expect(made["services"] == "imap smtp" && made["name"] == "Ann'sPhone")
        let mail = try AuthClient(world.installation.dovecotSocket)
        func signIn() throws -> String { try mail.attempt(Self.alice, secret)[0] }
        #expect(try signIn() == "OK")
        #expect(try eventually { try world.ask("devices", token).rows("device").first?["used-service"] == "imap" })
        let device = try world.ask("device", token, [("id", id)])
        #expect(device.rows("device").first?["state"] == "active" && device.rows("use").count == 1)
        for (verb, answer) in [
            ("pause", "FAIL"), ("resume", "OK"), ("revoke", "FAIL"), ("put-back", "OK"), ("revoke", "FAIL"),
        ] {
            #expect(try world.ask(verb, token, [("id", id)]).ending == "ok")
            #expect(try signIn() == answer, "\(verb)")
        }
        // Only the session that revoked can put back.
        let other = try world.client.signIn(Self.alice, "main secret", from: "192.0.2.8")
        #expect(try world.ask("put-back", other, [("id", id)]).verdict == "refused cannot-put-back")
        #expect(try signIn() == "FAIL")
        let record = try world.installation.perform(["report", "changes", "--json"])
        for action in ["create", "disable", "enable", "revoke", "put-back"] {
            #expect(record.contains("app-password \(action)"), "\(action)")
        }
        #expect(record.contains(#""actor" : "owner""#))
        #expect(world.daemon.stop().status == 0)
    }

    /// One text for every denial; an outage is none of them.
    @Test func threeAnswers() throws {
        let world = try World()
        let appPassword = try world.installation.createAppPassword()
        for (user, password) in [
            (Self.alice, "wrong"), ("nobody@example.org", "main secret"), (Self.alice, appPassword), ("", ""),
            ("@", "x"),
        ] {
            let reply = try world.client.ask(
                "sign-in", [("user", user), ("password", password), ("address", "192.0.2.7")])
            #expect("\(reply)" == "denied [:] []", "\(user)")
        }
        let token = try world.client.signIn(Self.alice, "main secret")
        let writer = try world.installation.stored.lockOutWriters()
        let reply = try world.ask("create", token, [("name", "x"), ("services", "imap")])
        #expect(reply.verdict == "unavailable")
        writer.send(SIGKILL)
        _ = writer.wait()
        #expect(try world.ask("create", token, [("name", "x"), ("services", "imap")]).verdict == "ok")
    }

    @Test func sessionsEnd() throws {
        let world = try World()
        func signIn() throws -> String { try world.client.signIn(Self.alice, "main secret") }
        func verdict(_ token: String) throws -> String { try world.ask("devices", token).verdict }
        let (one, other) = (try signIn(), try signIn())
        #expect(try verdict("x") == "refused session-ended")
        #expect(try world.ask("sign-out", one).ending == "ok")
        #expect(try verdict(one) == "refused session-ended" && verdict(other) == "ok")
        let third = try signIn()
        #expect(try world.ask("sessions", other).rows("session").count == 2)
        #expect(try world.ask("end-sessions", other).ending == "ok")
        #expect(try verdict(third) == "refused session-ended" && verdict(other) == "ok")
        for command in [["account", "disable", Self.alice], ["account", "password", Self.alice, "--password-stdin"]] {
            let token = try signIn()
            try world.installation.perform(command, input: "new main secret\n")
            #expect(try verdict(token) == "refused session-ended", "\(command)")
            if command[1] == "disable" { try world.installation.perform(["account", "enable", Self.alice]) }
        }
        // Five at a time; one more ends the one that was used least recently.
        let tokens = try (0..<6).map { _ in try world.client.signIn(Self.alice, "new main secret") }
        let live = try tokens.count { try verdict($0) == "ok" }
        #expect(try live == 5 && verdict(tokens[5]) == "ok")
    }

    /// A new token at each full sign-in; the old one is worth nothing.
    @Test func confirming() throws {
        let world = try World()
        let token = try world.client.signIn(Self.alice, "main secret")
        let wrong = try world.ask("confirm", token, [("password", "wrong"), ("address", "192.0.2.7")])
        #expect("\(wrong)" == "denied [:] []")
        let right = try world.ask("confirm", token, [("password", "main secret"), ("address", "192.0.2.7")])
        let new = try #require(right["token"])
        #expect(try world.ask("devices", token).verdict == "refused session-ended")
        #expect(try world.ask("devices", new).verdict == "ok")
        let unknown = try world.ask("confirm", "x", [("password", "main secret"), ("address", "192.0.2.7")])
        #expect(unknown.verdict == "refused session-ended")
    }

    @Test func mainPassword() throws {
        let world = try World()
        let (token, other) = (
            try world.client.signIn(Self.alice, "main secret"), try world.client.signIn(Self.alice, "main secret")
        )
        _ = try world.ask("create", token, [("name", "x"), ("services", "imap")])
        func change(_ current: String, _ new: String, _ more: [(String, String)] = []) throws -> String {
            try world.ask(
                "set-password", token, [("current", current), ("new", new), ("address", "192.0.2.7")] + more
            ).verdict
        }
        #expect(try change("wrong", "a new main secret") == "denied")
        #expect(try change("main secret", "short") == "refused password-short")
        #expect(try change("main secret", "a new main secret", [("end-sessions", "yes")]) == "ok")
        #expect(try world.ask("devices", other).verdict == "refused session-ended")
        #expect(try world.ask("devices", token).rows("device").count == 1)
        #expect(try change("a new main secret", "another main secret", [("revoke-all", "yes")]) == "ok")
        #expect(try world.ask("devices", token).rows("device").isEmpty)
        let lines = world.installation.logLines
        #expect(!lines.contains { $0.contains("main secret") })
    }

    /// With a second factor on, the present password is enough: the session's full sign-in had a code. It is a sign-in that
    /// is granted, neither refused nor counted.
    @Test func mainPasswordWithASecondFactor() throws {
        let world = try World()
        let mail = try AuthClient(world.installation.dovecotSocket)
        #expect(try mail.attempt(Self.alice, "main secret")[0] == "OK")
        let token = try world.client.signIn(Self.alice, "main secret")
        #expect(try eventually { try world.ask("devices", token).rows("main-use").count == 1 })
        let uri = try #require(try world.ask("enrol", token)["uri"])
        let seed = String(try #require(uri.firstMatch(of: /secret=([A-Z2-7]+)/)).1)
        func code() throws -> String {
            try world.installation.stored.forgetUsedSteps()
            return try run(["oathtool", "--totp", "-b", seed]).output.trimmingCharacters(in: .newlines)
        }
        let confirmed = try world.ask("confirm-enrolment", token, [("code", code())])
        #expect(confirmed["codes"]?.split(separator: "\n").count == 10 && confirmed["account"] == Self.alice)
        // What no longer works is no longer warned of.
        #expect(try world.ask("devices", token).rows("main-use").isEmpty)
        let fresh = try world.client.signIn(Self.alice, "main secret", code: code(), from: "203.0.113.7")
        let before = world.installation.logLines.count
        let changed = try world.ask(
            "set-password", fresh,
            [("current", "main secret"), ("new", "a new main secret"), ("address", "203.0.113.7")])
        #expect(changed.verdict == "ok")
        let lines = world.installation.logLines.dropFirst(before)
        #expect(lines.count == 1 && lines.allSatisfy { !$0.contains("missing") }, "\(lines)")
        #expect(try world.ask("activity", fresh).rows("guess").isEmpty)
        let wrong = try world.ask(
            "set-password", fresh, [("current", "main secret"), ("new", "a third secret"), ("address", "203.0.113.7")])
        #expect(wrong.verdict == "denied")
    }

    @Test(arguments: [
        "", "\t", "devices\ttoken", "devices\t=x", "devices\ttoken=\u{1}x", "devices\ta=1\ta=2", "nonesuch\ttoken=x",
        "sign-in\tuser=a\tpassword=b", "sign-in\tuser=a\tpassword=b\taddress=localhost",
        String(repeating: "x", count: 20_000),
    ])
    func malformedLineClosesItsConnection(_ line: String) throws {
        let world = try World()
        let witness = try AccountClient(world.installation.accountSocket)
        world.client.lines.send(Array((line + "\n").utf8))
        #expect(world.client.lines.isAtEnd())
        #expect(try !witness.signIn(Self.alice, "main secret").isEmpty)
        #expect(world.daemon.stop().status == 0)
    }

    /// Only the portal's user: whoever else can reach the socket learns nothing.
    @Test func otherUsersAreClosed() throws {
        let world = try World()
        try requireSuccess(["chmod", "0666", world.installation.accountSocket])
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(10)
            try: s.send(b"devices\\ttoken=x\\n"); print(len(s.recv(1)))
            except OSError: print("closed")
            """
        let stranger = try run([
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", "/usr/bin/python3", "-c", script,
            world.installation.accountSocket,
        ])
        #expect(["0\n", "closed\n"].contains(stranger.output), "\(stranger)")
        #expect(world.daemon.stop().error.contains("only the portal's user may connect"))
    }
}
