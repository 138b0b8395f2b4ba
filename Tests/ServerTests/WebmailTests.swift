import Foundation
import TestSupport
import Testing

/// A webmail: signs people in with password and code, and reads their mail with what it gets for its session.
private final class Webmail {
    private let server: DovecotServer
    private let session: String
    private var appPassword: String?

    /// - Parameter session: Its name for the browser's session.
    init(_ server: DovecotServer, session: String) {
        self.server = server
        self.session = session
    }

    /// What the sign-in page asked for.
    ///
    /// - Returns: What the daemon said besides the app password.
    func signIn(_ user: String, _ password: String, code: String = "") throws -> [String] {
        let client = try AuthClient(server.daemonSocket)
        client.send(
            "AUTH\t1\tPLAIN\tservice=web\trip=203.0.113.50\tsession=\(session)\tcode=\(code)\tapp-password\tresp="
                + AuthClient.plain(user, password))
        let answer = try client.answer()
        let key = "app_password="
        appPassword = answer.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) } ?? appPassword
        return answer.filter { !$0.hasPrefix(key) }
    }

    func readMail(_ user: String) throws -> String {
        try server.imap(user, try #require(appPassword))
    }

    func signOut(_ user: String) throws {
        let client = try AuthClient(server.daemonSocket)
        client.send("SIGNOUT\t1\t\(user)\t\(session)")
        #expect(try client.answer() == ["OK", "1"])
    }
}

/// The second factor from its first code to a lost phone, with real Dovecot and a webmail.
@Suite(.serialized)
struct WebmailEndToEndTests {
    private static let alice = "alice@example.org"
    private static let main = "a main password"

    private func enroll(_ server: DovecotServer) throws -> String {
        let uri = try server.postern(["second-factor", "enroll", Self.alice]).output
        return try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1.description
    }

    /// A code, and the minute since the last one that nobody wants to wait for.
    private func newCode(_ seed: String, _ server: DovecotServer) throws -> String {
        _ = try run([
            "sqlite3", server.root + "/var/postern.db", "PRAGMA busy_timeout = 5000; DELETE FROM used_step",
        ])
        return try run(["oathtool", "--totp", "-b", seed]).output.trimmingCharacters(in: .newlines)
    }

    @Test(arguments: DovecotServer.Kind.available.filter { $0 != .checkpassword })
    func fromOnePasswordToALostPhoneAndBack(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try server.postern(["account", "add", Self.alice, "--password-stdin"], input: Self.main)
        let webmail = Webmail(server, session: "browser-1")
        func phone(_ secret: String) throws -> Bool { try server.imap(Self.alice, secret).hasPrefix("OK") }
        func expectWebmail(code: String = "") throws {
            let answer = try webmail.signIn(Self.alice, Self.main, code: code)
            #expect(answer.starts(with: ["OK", "1", "user=\(Self.alice)"]), "\(answer)")
            #expect(try webmail.readMail(Self.alice).hasPrefix("OK"))
        }
        // Before: one password for everything. Webmail sends it nowhere even then.
        #expect(try phone(Self.main))
        try expectWebmail()
        // Shown and not confirmed: nothing changes.
        let seed = try enroll(server)
        #expect(try phone(Self.main))
        try expectWebmail()
        let isOnRecord = try eventually {
            try server.postern(["report", "sign-ins"]).output.contains(/main +imap/)
        }
        #expect(isOnRecord)
        let confirmed = try server.postern(
            ["second-factor", "confirm", Self.alice, "--code-stdin"], input: try newCode(seed, server))
        #expect(confirmed.error.contains(/imap +127.0.0.1 +main/), "\(confirmed.error)")
        let recovery = confirmed.output.split(separator: "\n").map(String.init)
        // The phone has to learn, and so has whoever opened a session with the password alone.
        #expect(try !phone(Self.main))
        #expect(try webmail.readMail(Self.alice).hasPrefix("NO [AUTHENTICATIONFAILED]"))
        #expect(try webmail.signIn(Self.alice, Self.main)[0] == "FAIL")
        let made = try server.postern(["app-password", "create", Self.alice, "--name", "Phone"])
        let appPassword = made.output.trimmingCharacters(in: .newlines)
        #expect(try phone(appPassword))
        try expectWebmail(code: try newCode(seed, server))
        // The phone is lost: its app password goes, a recovery code opens the web, once.
        let ids = try run(server.posternCommand(["app-password", "list", Self.alice])).output
        let id = try #require(ids.split(separator: "\n").first { $0.contains("Phone") }?.prefix(7))
        try server.postern(["app-password", "revoke", Self.alice, String(id)])
        #expect(try !phone(appPassword))
        try expectWebmail(code: recovery[3])
        #expect(try webmail.signIn(Self.alice, Self.main, code: recovery[3])[0] == "FAIL")
        #expect(try webmail.readMail(Self.alice).hasPrefix("OK"))
        // A new phone; the old seed ends with the first code of the new one.
        let newSeed = try enroll(server)
        let last = try newCode(seed, server)
        try expectWebmail(code: last)
        try server.postern(
            ["second-factor", "confirm", Self.alice, "--code-stdin"], input: try newCode(newSeed, server))
        #expect(try webmail.signIn(Self.alice, Self.main, code: try newCode(seed, server))[0] == "FAIL")
        #expect(try webmail.signIn(Self.alice, Self.main, code: recovery[4])[0] == "FAIL")
        try expectWebmail(code: try newCode(newSeed, server))
        // Signed out, it is over; another browser goes on.
        let other = Webmail(server, session: "browser-2")
        #expect(try other.signIn(Self.alice, Self.main, code: try newCode(newSeed, server))[0] == "OK")
        try webmail.signOut(Self.alice)
        #expect(try webmail.readMail(Self.alice).hasPrefix("NO [AUTHENTICATIONFAILED]"))
        #expect(try other.readMail(Self.alice).hasPrefix("OK"))
        // The main password never went to Dovecot but from the phone, before and after.
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages.count { $0.hasPrefix("Main password refused") } == 1)
        #expect(messages.count { $0 == "Signed in with main password" } == 2)
        #expect(messages.contains { $0.hasPrefix("App password refused") && $0.contains(" revoked (Webmail") })
    }

    /// With a requirement and nothing enrolled, the web is open and mail is not.
    @Test func enrolmentPendingOpensNoMail() throws {
        let server = try DovecotServer(.lua)
        try server.postern(["account", "add", Self.alice, "--password-stdin"], input: Self.main)
        try server.postern(["account", "policy", Self.alice, "--second-factor", "required"])
        let client = try AuthClient(server.daemonSocket)
        client.send(
            "AUTH\t1\tPLAIN\tservice=web\trip=203.0.113.50\tsession=s\tapp-password\tresp="
                + AuthClient.plain(Self.alice, Self.main))
        #expect(try client.answer() == ["OK", "1", "user=\(Self.alice)", "enrol=yes"])
        try server.postern(["account", "must-change", Self.alice])
        client.send(
            "AUTH\t2\tPLAIN\tservice=web\trip=203.0.113.50\tsession=s\tresp=" + AuthClient.plain(Self.alice, Self.main))
        #expect(try client.answer() == ["OK", "2", "user=\(Self.alice)", "enrol=yes", "must_change=yes"])
    }

    /// While Dovecot and the daemon run: both, then only the new one.
    @Test(arguments: DovecotServer.Kind.available)
    func rotationWithGrace(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        let files = try server.addAlice(password: Self.main)
        let old = try String(contentsOfFile: files.appPassword, encoding: .utf8).trimmingCharacters(in: .newlines)
        let listed = try server.postern(["app-password", "list", Self.alice]).output
        let id = try #require(listed.split(separator: "\n").last?.prefix(7))
        let new = try server.postern(["app-password", "rotate", Self.alice, String(id), "--grace", "6s"]).output
            .trimmingCharacters(in: .newlines)
        #expect(try server.imap(Self.alice, old).hasPrefix("OK") && server.imap(Self.alice, new).hasPrefix("OK"))
        let isOver = try eventually { try server.imap(Self.alice, old).hasPrefix("NO [AUTHENTICATIONFAILED]") }
        #expect(isOver)
        #expect(try server.imap(Self.alice, new).hasPrefix("OK"))
    }
}
