import Credentials
import Foundation
import TestSupport
import Testing

/// `postern key rotate` beside programs that run.
struct KeyRotateTests {
    private static let alice = "alice@example.org"

    @Test func besideADaemon() throws {
        let installation = try ProgramInstallation("failure_delay = 0")
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        #expect(try client.attempt(Self.alice, appPassword).first == "OK")
        let rotated = try installation.postern(["key", "rotate"])
        #expect(rotated.status == 0 && rotated.error.contains(installation.keyFile), "\(rotated)")
        // No right secret is a wrong one meanwhile, nor is a wrong one counted.
        for secret in [appPassword, "main secret", "wrong"] {
            let answer = try client.attempt(Self.alice, secret)
            if secret == "main secret" && answer.first == "OK" { continue }
            #expect(answer.first == "FAIL" && answer.contains("code=temp_fail"), "\(answer)")
        }
        #expect(try installation.stored.countGuesses() == 0)
        #expect(installation.messages().last?.hasPrefix("Temporary failure: ") == true)
        #expect(daemon.stop().status == 0)
        let next = try DaemonProcess(installation)
        let again = try AuthClient(installation.dovecotSocket)
        for secret in [appPassword, "main secret", try installation.createAppPassword()] {
            #expect(try again.attempt(Self.alice, secret).first == "OK")
        }
        #expect(try installation.recordedActions().contains("key rotate"))
        #expect(next.stop().status == 0)
    }

    /// The database is away in the middle: the key before goes on, and the next run finishes.
    @Test func cutOff() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        let away = installation.database + ".away"
        try FileManager.default.moveItem(atPath: installation.database, toPath: away)
        let failed = try installation.postern(["key", "rotate"])
        #expect(failed.status == 75 && failed.error.contains(installation.database), "\(failed)")
        try FileManager.default.moveItem(atPath: away, toPath: installation.database)
        #expect(try Checkpassword(installation).run(Self.alice, appPassword).status == 0)
        #expect(try installation.doctor().levels(of: "database") == ["good", "warning"])
        #expect(try installation.postern(["key", "rotate"]).status == 0)
        #expect(try Checkpassword(installation).run(Self.alice, appPassword).status == 0)
        #expect(try installation.doctor().levels(of: "database") == ["good"])
        // The file keeps its owner's group: Dovecot's process reads it.
        let attributes = try FileManager.default.attributesOfItem(atPath: installation.keyFile)
        #expect(attributes[.groupOwnerAccountName] as? String == "postern")
    }
}
