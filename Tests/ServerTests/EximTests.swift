import Foundation
import TestSupport
import Testing

/// A private Exim with the shipped authenticators.
final class EximServer: PrivateServer {
    private static let script = Repository.file("Tests/Servers/exim")
    static let isInstalled = (try? run([script, "is-installed"]).status) == 0
    let port: Int

    init() throws {
        let port = try Self.freePorts(1)[0]
        self.port = port
        try super.init { [Self.script, "start", $0, "\(port)"] }
    }
}

/// Real Exim 4.96 with the shipped authenticators.
@Suite(.serialized, .enabled(if: EximServer.isInstalled))
struct EximTests {
    @Test func signsInAndTellsOutageFromDenial() throws {
        let server = try EximServer()
        let secrets = try server.addAlice()
        try server.perform(["second-factor", "external", "on", "alice@example.org"])
        for mechanism in ["PLAIN", "LOGIN"] {
            let lines = try smtp(
                server.port, "tls",
                ["auth \(mechanism) alice@example.org \(secrets.appPassword)", "send alice@example.org"])
            #expect(lines.count == 2 && lines[0].hasPrefix("auth 235") && lines[1].hasPrefix("send 250"), "\(lines)")
            let refused = try smtp(server.port, "tls", ["auth \(mechanism) alice@example.org \(secrets.mainPassword)"])
            #expect(refused.first?.hasPrefix("auth 535") == true, "\(refused)")
        }
        try FileManager.default.moveItem(atPath: server.root + "/var", toPath: server.root + "/away")
        let step = "auth PLAIN alice@example.org \(secrets.appPassword)"
        #expect(try smtp(server.port, "tls", [step]).first?.hasPrefix("auth 435") == true)
        try FileManager.default.moveItem(atPath: server.root + "/away", toPath: server.root + "/var")
        server.stopDaemon()
        #expect(try smtp(server.port, "tls", [step]).first?.hasPrefix("auth 435") == true)
    }
}
