import Authentication
import Credentials
import Foundation
import TestSupport
import Testing

/// A device that goes on using the main password before the present one, recognised by the daemon after its answer.
struct FormerPasswordTests {
    private static let alice = "alice@example.org"
    private static let office = "192.0.2.7"

    private struct Report: Decodable {
        struct Device: Decodable {
            let account: String
            let network: String
            let service: String
            let attempts: Int
        }
        let oldMainPasswords: [Device]
    }

    private func prepare(_ settings: String = "") throws -> ProgramInstallation {
        let installation = try ProgramInstallation(settings)
        try installation.addAccount(password: "the old password")
        let (store, _) = try installation.open()
        let signIn = SignIn(
            account: try World.name(Self.alice), credential: Store.mainCredential, service: .imap,
            address: IPAddress(Self.office), generation: 1)
        try store.mark(signIn, at: .now(), Configuration().retention)
        try setPassword(installation, "the new password")
        return installation
    }

    private func setPassword(_ installation: ProgramInstallation, _ password: String) throws {
        let result = try installation.postern(["account", "password", Self.alice, "--password-stdin"], input: password)
        #expect(result.status == 0, "\(result)")
    }

    private func former(_ installation: ProgramInstallation) throws -> String {
        try run([
            "sqlite3", installation.database, "SELECT former_hash IS NOT NULL, former_until IS NOT NULL FROM account",
        ]).output
    }

    @Test func theDeviceIsNamed() throws {
        let installation = try prepare()
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let client = try AuthClient(installation.dovecotSocket)
        #expect(try client.attempt(Self.alice, "the old password", service: "pop3")[0] == "FAIL")
        let isNamed = try eventually { installation.messages().count == 2 }
        #expect(isNamed)
        let today = Timestamp.now().iso8601.prefix(8)
        let messages = installation.messages()
        #expect(messages[0].hasPrefix("Wrong password from a known network (SHA1 of given password: "))
        #expect(messages[1].hasPrefix("Old main password of \(today)") && messages[1].hasSuffix(" still in use"))
        for times in 2...3 {
            #expect(try client.attempt(Self.alice, "the old password")[0] == "FAIL")
            #expect(installation.messages().last?.hasPrefix("Old main password again (\(times) times since ") == true)
        }
        // Another wrong one is compared, too, and is none; nor is the old one from where the account is not known.
        for (secret, address) in [("something else", Self.office), ("the old password", "203.0.113.9")] {
            #expect(try client.attempt(Self.alice, secret, from: address)[0] == "FAIL")
        }
        let isCompared = try eventually {
            try run(["sqlite3", installation.database, "SELECT count(*) FROM guess WHERE former = 0"]).output == "1\n"
        }
        #expect(isCompared)
        #expect(installation.messages().filter { $0.contains("still in use") }.count == 1)

        let json = try installation.postern(["report", "guesses", "--json"]).output
        let devices = try JSONDecoder().decode(Report.self, from: Data(json.utf8)).oldMainPasswords
        #expect(devices.count == 1 && devices[0].attempts == 3 && devices[0].network == Self.office)
        #expect(devices[0].account == Self.alice && devices[0].service == "imap")
        for command in [["report", "guesses"], ["account", "show", Self.alice]] {
            #expect(try installation.postern(command).output.contains("OLD MAIN PASSWORD"), "\(command)")
        }
    }

    @Test func whatIsKept() throws {
        let installation = try prepare()
        #expect(try former(installation) == "1|1\n")
        // Not in an export, and gone when the owner says so.
        let hash = try run(["sqlite3", installation.database, "SELECT former_hash FROM account"]).output
        let export = try installation.postern(["export"])
        #expect(export.status == 0 && !export.output.contains(hash.trimmingCharacters(in: .newlines)), "\(export)")
        #expect(try installation.postern(["account", "password", Self.alice, "--forget-former"]).status == 0)
        #expect(try former(installation) == "0|0\n")
        // Only Argon2id hashes are.
        let other = try installation.postern(
            ["account", "password", Self.alice, "--hash-stdin"], input: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\n")
        #expect(try other.status == 0 && former(installation) == "1|1\n")
        try setPassword(installation, "another password")
        #expect(try former(installation) == "0|0\n")
    }

    /// Set to what it is: the one before it stays the one before it.
    @Test func theSamePasswordAgain() throws {
        let installation = try prepare()
        let before = try run(["sqlite3", installation.database, "SELECT former_hash FROM account"]).output
        try setPassword(installation, "the new password")
        #expect(try run(["sqlite3", installation.database, "SELECT former_hash FROM account"]).output == before)
    }

    @Test func neverKept() throws {
        let installation = try prepare("former_password_kept = 0")
        #expect(try former(installation) == "0|0\n")
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let client = try AuthClient(installation.dovecotSocket)
        for _ in 0..<3 { #expect(try client.attempt(Self.alice, "the old password")[0] == "FAIL") }
        #expect(installation.messages().last?.hasPrefix("Same wrong password again (3 times") == true)
    }
}
