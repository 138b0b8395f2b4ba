import Bytes
import Authentication
import Credentials
import Foundation
import TestSupport
import Testing

/// The form of log lines, which no text that a client chooses can change.
struct AuthLogTests {
    /// The whole line, as the contract in `../shared` defines it.
    private static var form: Regex<(Substring, Substring, Substring, Substring, Substring)> {
        #/auth-worker\([0-9]+\): postern\(([A-Za-z0-9._@+=%-]*),([0-9a-f.:]+|-),<([A-Za-z0-9._@+=%-]*)>\): ([ -~]+)/#
    }

    @Test(arguments: Injection.all)
    func userNameCannotForge(_ text: [UInt8]) throws {
        let world = try World()
        try world.addAccount()
        let attempt = Attempt(
            userName: text, secret: Secret(Array("x".utf8)), service: "imap", address: IPAddress("192.0.2.7"))
        _ = world.authenticator.decide(attempt)
        try check(world, address: "192.0.2.7")
    }

    @Test(arguments: Injection.all)
    func sessionServiceAndAddressCannotForge(_ text: [UInt8]) throws {
        let world = try World()
        try world.addAccount()
        let string = String(decoding: text, as: UTF8.self)
        for service in ["imap", string] {
            let attempt = Attempt(
                userName: Array("alice@example.org".utf8), secret: Secret(Array("x".utf8)), service: service,
                address: IPAddress(string), session: text)
            _ = world.authenticator.decide(attempt)
        }
        // The line has an address only if the whole text is one, and then in its canonical form.
        try check(world, address: IPAddress(string)?.description ?? "-")
    }

    @Test(arguments: Injection.all)
    func labelCannotForge(_ label: [UInt8]) throws {
        // A server's texts have no byte 0; `Administrator` takes no such name.
        guard TestServer.shared == nil || !label.contains(0) else { return }
        let world = try World()
        let account = try world.addAccount()
        let secret = try AppPasswordText.makeGenerated()
        let new = NewAppPassword(name: String(decoding: label, as: UTF8.self), scope: Scope([.imap]))
        _ = try world.store.addAppPassword(
            new, verifier: .mac(world.keys.appPassword.mac(account: account.text, secret: secret)), account: account
        ) { _ in world.change() }
        _ = world.authenticator.decide(world.attempt("alice@example.org", TestSupport.text(secret)))
        _ = world.authenticator.decide(world.attempt("alice@example.org", TestSupport.text(secret), service: "pop3"))
        #expect(world.collector.lines.count == 2)
        try check(world, address: "192.0.2.7")
    }

    private func check(_ world: World, address: String) throws {
        for line in world.collector.lines {
            let match = try #require(line.wholeMatch(of: Self.form), "\(line)")
            #expect(match.2 == address)
            #expect(match.1.utf8.count <= 64 && match.3.utf8.count <= 64)
        }
    }

    /// A text has at most 64 bytes, is never cut within `%XX`, and has nothing after the cut.
    @Test(arguments: [
        (64, "", 64, ""), (65, "", 64, ""), (60, "(a", 60, "%28a"), (61, "(", 61, "%28"), (61, "ü", 61, "%C3"),
        (61, "(a", 61, "%28"), (62, "(a", 62, ""), (63, "(a", 63, ""), (63, "ab", 63, "a"), (0, "\u{0}~", 0, "%00%7E"),
    ])
    func cuts(plain: Int, more: String, left: Int, encoded: String) {
        func text(_ count: Int, _ more: String) -> String { String(repeating: "x", count: count) + more }
        #expect(LogText.encode(text(plain, more)) == text(left, encoded))
    }

    @Test func jsonIsOneObjectALine() throws {
        let world = try World("guess_free = 1000", format: .json)
        try world.addAccount()
        for text in Injection.all {
            let attempt = Attempt(
                userName: text, secret: Secret(Array("x".utf8)), service: String(decoding: text, as: UTF8.self),
                address: IPAddress("192.0.2.7"), session: text)
            _ = world.authenticator.decide(attempt)
        }
        #expect(world.collector.lines.count == Injection.all.count)
        for line in world.collector.lines {
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(object["address"] == "192.0.2.7" && object["outcome"] == "denied")
        }
    }

    @Test func fingerprintTellsSecretsApartAndIsNoPlainHash() throws {
        let world = try World()
        try world.addAccount()
        try world.addAccount("bob@example.org")
        for (user, secret) in [("alice", "x"), ("alice", "y"), ("bob", "x")] {
            _ = world.authenticator.decide(world.attempt("\(user)@example.org", secret))
        }
        let prints = world.collector.lines.compactMap { $0.firstMatch(of: #/password: ([0-9a-f]{6})\)/#)?.1 }
        #expect(Set(prints).count == 3)
        // SHA-1 of "x".
        #expect(!prints.contains("11f6ad"))
    }

    @Test func everyReasonHasItsOwnBeginning() {
        let counted = ["Password mismatch", "unknown user"]
        for row in DecisionRow.all where row.guess != "yes" {
            #expect(!counted.contains { row.expectedMessage.hasPrefix($0) }, "\(row)")
        }
    }

    @Test func fileIsReopenedAfterRotation() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("auth.log")
        let log = AuthLog(try ConfigurationFile.parse(Array("log_target = \(path)".utf8), name: "test"))
        let outage = Outcome.unavailable(.hashWorkersBusy)
        func write() { log.write(outage, user: Array("a@b".utf8), address: nil, session: nil, service: "imap") }
        write()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        // The log checks for rotation once a second.
        sleep(1)
        write()
        #expect(lines(of: path).count == 1 && lines(of: path + ".1").count == 1)
        let line = try #require(lines(of: path).first)
        let prefix =
            #/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\+00:00 [A-Za-z0-9._-]+ dovecot\[[0-9]+\]: auth-worker\(.*/#
        #expect(line.wholeMatch(of: prefix) != nil, "\(line)")
        #expect(line.hasSuffix("postern(a@b,-,<->): Temporary failure: all hash_workers stayed busy"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o660)
    }
}
