import Foundation
import TestSupport
import Testing

/// Who waits for a slow hash, and who does not any more.
struct HashQueueTests {
    private static let alice = "alice@example.org"

    /// A daemon with one worker, which is busy for a while, and an account that has signed in from 192.0.2.7.
    private func busy() throws -> (ProgramInstallation, DaemonProcess, AuthClient) {
        let installation = try ProgramInstallation(
            "hash_workers = 1\nfailure_delay = 0\n" + ProgramInstallation.unthrottled, hashPasses: 16)
        try installation.addAccount()
        #expect(try Checkpassword(installation).run(Self.alice, "main secret").status == 0)
        let daemon = try DaemonProcess(installation)
        let crowd = try AuthClient(installation.dovecotSocket)
        for number in 0..<100 { _ = crowd.begin("nobody\(number)@example.org", "x", from: "203.0.113.\(number)") }
        return (installation, daemon, crowd)
    }

    /// Whose network is known comes before those that nobody knows.
    @Test func knownNetworksFirst() throws {
        let (installation, daemon, crowd) = try busy()
        let owner = try AuthClient(installation.dovecotSocket)
        #expect(try owner.attempt(Self.alice, "main secret").first == "OK")
        let before = installation.messages().count { $0.hasPrefix("unknown user") }
        #expect(before < 50, "\(before)")
        for _ in 0..<100 { _ = try crowd.answer() }
        daemon.stop()
    }

    /// A client that has gone costs no hash.
    @Test func goneClientsAreSkipped() throws {
        let (installation, daemon) = try {
            let (installation, daemon, crowd) = try busy()
            _ = try crowd.answer()
            return (installation, daemon)
        }()
        #expect(
            try eventually {
                installation.messages().contains { $0.hasPrefix("Temporary failure: the client disconnected") }
            })
        daemon.stop()
        #expect(installation.messages().count { $0.hasPrefix("unknown user") } < 100)
    }
}
