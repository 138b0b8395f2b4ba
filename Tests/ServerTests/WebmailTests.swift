import Foundation
import TestSupport
import Testing

/// A webmail. It signs people in with password and code, and reads their mail with the app password for its session.
private final class Webmail {
    private let server: DovecotServer
    private let session: String
    private var appPassword: String?

    /// - Parameter session: The webmail's name for the browser's session.
    init(_ server: DovecotServer, session: String) {
        self.server = server
        self.session = session
    }

    /// Signs in with what the user entered on the sign-in page.
    ///
    /// - Returns: The daemon's answer without the app password.
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
        let uri = try server.perform(["second-factor", "enroll", Self.alice])
        return try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1.description
    }

    /// A new code. Used codes are forgotten, so that tests need not wait for the next step.
    private func newCode(_ seed: String, _ server: DovecotServer) throws -> String {
        try server.stored.forgetUsedSteps()
        return try run(["oathtool", "--totp", "-b", seed]).output.trimmingCharacters(in: .newlines)
    }

    @Test(arguments: DovecotServer.Kind.withLua)
    func fromOnePasswordToALostPhoneAndBack(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        try server.perform(["account", "add", Self.alice, "--password-stdin"], input: Self.main)
        let webmail = Webmail(server, session: "browser-1")
        func phone(_ secret: String) throws -> Bool { try server.imap(Self.alice, secret).hasPrefix("OK") }
        func expectWebmail(code: String = "") throws {
            let answer = try webmail.signIn(Self.alice, Self.main, code: code)
            #expect(answer.starts(with: ["OK", "1", "user=\(Self.alice)"]), "\(answer)")
            #expect(try webmail.readMail(Self.alice).hasPrefix("OK"))
        }
        // At first, one password is for everything. Even then, the webmail does not send it to Dovecot.
        #expect(try phone(Self.main))
        try expectWebmail()
        // A seed that is shown and not confirmed changes nothing.
        let seed = try enroll(server)
        #expect(try phone(Self.main))
        try expectWebmail()
        let isOnRecord = try eventually {
            try server.perform(["report", "sign-ins"]).contains(/main +imap/)
        }
        #expect(isOnRecord)
        let confirmed = try server.postern(
            ["second-factor", "confirm", Self.alice, "--code-stdin"], input: try newCode(seed, server))
        #expect(confirmed.status == 0 && confirmed.error.contains(/imap +127.0.0.1 +main/), "\(confirmed)")
        let recovery = confirmed.output.split(separator: "\n").map(String.init)
        // The phone needs an app password now, and the session that was opened with the password alone has ended.
        #expect(try !phone(Self.main))
        #expect(try webmail.readMail(Self.alice).hasPrefix("NO [AUTHENTICATIONFAILED]"))
        #expect(try webmail.signIn(Self.alice, Self.main)[0] == "FAIL")
        let appPassword = try server.perform(["app-password", "create", Self.alice, "--name", "Phone"])
            .trimmingCharacters(in: .newlines)
        #expect(try phone(appPassword))
        try expectWebmail(code: try newCode(seed, server))
        // The phone is lost: its app password is revoked, and a recovery code works on the web, once.
        let ids = try server.perform(["app-password", "list", Self.alice])
        let id = try #require(ids.split(separator: "\n").first { $0.contains("Phone") }?.prefix(7))
        try server.perform(["app-password", "revoke", Self.alice, String(id)])
        #expect(try !phone(appPassword))
        try expectWebmail(code: recovery[3])
        #expect(try webmail.signIn(Self.alice, Self.main, code: recovery[3])[0] == "FAIL")
        #expect(try webmail.readMail(Self.alice).hasPrefix("OK"))
        // A new phone: the old seed is valid until the first code of the new one is confirmed.
        let newSeed = try enroll(server)
        let last = try newCode(seed, server)
        try expectWebmail(code: last)
        try server.perform(
            ["second-factor", "confirm", Self.alice, "--code-stdin"], input: try newCode(newSeed, server))
        #expect(try webmail.signIn(Self.alice, Self.main, code: try newCode(seed, server))[0] == "FAIL")
        #expect(try webmail.signIn(Self.alice, Self.main, code: recovery[4])[0] == "FAIL")
        try expectWebmail(code: try newCode(newSeed, server))
        // Signing out ends this session; another browser's goes on.
        let other = Webmail(server, session: "browser-2")
        #expect(try other.signIn(Self.alice, Self.main, code: try newCode(newSeed, server))[0] == "OK")
        try webmail.signOut(Self.alice)
        #expect(try webmail.readMail(Self.alice).hasPrefix("NO [AUTHENTICATIONFAILED]"))
        #expect(try other.readMail(Self.alice).hasPrefix("OK"))
        // Only the phone ever sent the main password to Dovecot.
        let messages = lines(of: server.authLog).compactMap(LogLine.message)
        #expect(messages.count { $0.hasPrefix("Main password refused") } == 1)
        #expect(messages.count { $0 == "Signed in with main password" } == 2)
        #expect(messages.contains { $0.hasPrefix("App password refused") && $0.contains(" revoked (Webmail") })
    }

    /// If a second factor is required and not enrolled, the web sign-in is granted, but gets no app password for mail.
    @Test func enrolmentPendingOpensNoMail() throws {
        let server = try DovecotServer(.lua)
        try server.perform(["account", "add", Self.alice, "--password-stdin"], input: Self.main)
        try server.perform(["account", "policy", Self.alice, "--second-factor", "required"])
        let client = try AuthClient(server.daemonSocket)
        client.send(
            "AUTH\t1\tPLAIN\tservice=web\trip=203.0.113.50\tsession=s\tapp-password\tresp="
                + AuthClient.plain(Self.alice, Self.main))
        #expect(try client.answer() == ["OK", "1", "user=\(Self.alice)", "enrol=yes"])
        try server.perform(["account", "must-change", Self.alice])
        client.send(
            "AUTH\t2\tPLAIN\tservice=web\trip=203.0.113.50\tsession=s\tresp=" + AuthClient.plain(Self.alice, Self.main))
        #expect(try client.answer() == ["OK", "2", "user=\(Self.alice)", "enrol=yes", "must_change=yes"])
    }

    /// While Dovecot and the daemon run, both app passwords are valid, and then only the new one.
    @Test(arguments: DovecotServer.Kind.available)
    func rotationWithGrace(_ kind: DovecotServer.Kind) throws {
        let server = try DovecotServer(kind)
        let files = try server.addAlice(password: Self.main)
        let old = try String(contentsOfFile: files.appPassword, encoding: .utf8).trimmingCharacters(in: .newlines)
        let listed = try server.perform(["app-password", "list", Self.alice])
        let id = try #require(listed.split(separator: "\n").last?.prefix(7))
        let new = try server.perform(["app-password", "rotate", Self.alice, String(id), "--grace", "6s"])
            .trimmingCharacters(in: .newlines)
        #expect(try server.imap(Self.alice, old).hasPrefix("OK") && server.imap(Self.alice, new).hasPrefix("OK"))
        let isOver = try eventually { try server.imap(Self.alice, old).hasPrefix("NO [AUTHENTICATIONFAILED]") }
        #expect(isOver)
        #expect(try server.imap(Self.alice, new).hasPrefix("OK"))
    }
}
