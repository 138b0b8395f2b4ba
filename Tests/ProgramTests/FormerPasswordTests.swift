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
        let isCompared = try eventually { try installation.stored.countGuessesUnlikeFormer() == 1 }
        #expect(isCompared)
        #expect(installation.messages().filter { $0.hasPrefix("Old main password of ") }.count == 1)

        for command in [["report", "guesses"], ["account", "show", Self.alice]] {
            let report: Report = try installation.json(command)
            let devices = report.oldMainPasswords
            try #require(devices.count == 1, "\(command)")
            #expect(devices[0].attempts == 3 && devices[0].network == Self.office, "\(command)")
            #expect(devices[0].account == Self.alice && devices[0].service == "imap", "\(command)")
        }
    }

    @Test func whatIsKept() throws {
        let installation = try prepare()
        #expect(try installation.stored.hasFormerPassword())
        // Not in an export, and gone when the owner says so.
        let hash = try installation.stored.formerHash()
        let export = try installation.postern(["export"])
        #expect(export.status == 0 && !export.output.contains(hash), "\(export)")
        #expect(try installation.postern(["account", "password", Self.alice, "--forget-former"]).status == 0)
        #expect(try !installation.stored.hasFormerPassword())
        // Only Argon2id hashes are.
        let other = try installation.postern(
            ["account", "password", Self.alice, "--hash-stdin"], input: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\n")
        #expect(try other.status == 0 && installation.stored.hasFormerPassword())
        try setPassword(installation, "another password")
        #expect(try !installation.stored.hasFormerPassword())
    }

    @Test func neverStored() throws {
        let installation = try prepare("former_password_kept = 0")
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let client = try AuthClient(installation.dovecotSocket)
        for _ in 0..<3 { #expect(try client.attempt(Self.alice, "the old password")[0] == "FAIL") }
        #expect(installation.messages().last?.hasPrefix("Same wrong password again (3 times") == true)
    }
}
