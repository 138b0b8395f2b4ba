import Credentials
import Foundation
import TestSupport
import Testing

/// What the operator sees of guesses and sign-ins.
struct ReportTests {
    private static let alice = "alice@example.org"

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func signIns() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        for (secret, address) in [
            ("main secret", "192.0.2.7"), (appPassword, "2001:db8::7"), (appPassword, "2001:db8::8"),
        ] {
            var program = Checkpassword(installation)
            program.environment["TCPREMOTEIP"] = address
            #expect(try program.run(Self.alice, secret).status == 0)
        }
        let printed = try installation.postern(["report", "sign-ins", "--format", "jsonl", "--account", Self.alice])
            .output
        let entries = try printed.split(separator: "\n").map { try object(String($0)) }
        #expect(entries.count == 2)
        #expect(Set(entries.compactMap { $0["network"] as? String }) == ["192.0.2.7", "2001:db8::/64"])
        #expect(entries.contains { $0["credential"] as? String == "main" && $0["service"] as? String == "imap" })
        #expect(
            try installation.postern(["report", "sign-ins", "--account", "bob@example.org", "--format", "jsonl"]).output
                == "")
        #expect(try installation.postern(["report", "sign-ins", "--before", "1d", "--format", "jsonl"]).output == "")
        #expect(try installation.postern(["report", "sign-ins", "--since", "1d"]).output.contains("2001:db8::/64"))
        #expect(try installation.postern(["report", "sign-ins", "--since", "soon"]).status == 64)
    }

    /// Names of a client's choosing reach the operator's terminal only as names.
    @Test func guesses() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        for name in [Self.alice, Self.alice, "\u{1b}[2J@example.org", "re\u{202e}versed@example.org"] {
            _ = try Checkpassword(installation).run(name, "wrong")
        }
        let table = try installation.postern(["report", "guesses"]).output
        #expect(!table.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(!table.unicodeScalars.contains { $0.properties.generalCategory == .format })
        let report = try object(try installation.postern(["report", "guesses", "--json"]).output)
        let guesses = try #require(report["guesses"] as? [[String: Any]])
        let mine = try #require(guesses.first { $0["account"] as? String == Self.alice })
        #expect(
            mine["secrets"] as? Int == 1 && mine["attempts"] as? Int == 2 && mine["network"] as? String == "192.0.2.7")
        // One that no account can have has no name here.
        #expect(guesses.contains { $0["account"] as? String == "" })
        #expect((report["alarms"] as? [Any])?.isEmpty == true)
        let hers = try object(
            try installation.postern(["report", "guesses", "--json", "--account", Self.alice]).output)
        #expect((hers["guesses"] as? [Any])?.count == 1)
    }

    /// The alarm is in the log, as a warning, and in the report.
    @Test func alarms() throws {
        let installation = try ProgramInstallation("log_format = json\n")
        try installation.addAccount()
        #expect(try Checkpassword(installation).run(Self.alice, "main secret").status == 0)
        try installation.perform(["second-factor", "external", "on", Self.alice])
        try installation.stored.backdateSecondFactors(days: 15)
        for _ in 0..<2 {
            var program = Checkpassword(installation)
            program.environment["TCPREMOTEIP"] = "203.0.113.50"
            #expect(try program.run(Self.alice, "main secret").status == 1)
        }
        let alarming = installation.logLines.filter { $0.contains("Main password refused from a new network: ") }
        #expect(alarming.count == 1 && alarming[0].contains(#""severity":"warning""#))
        let report = try object(try installation.postern(["report", "guesses", "--json"]).output)
        let alarms = try #require(report["alarms"] as? [[String: Any]])
        #expect(alarms.map { $0["network"] as? String } == ["203.0.113.50"])
    }
}
