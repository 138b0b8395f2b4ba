import Credentials
import Foundation
import TestSupport
import Testing

/// The distribution's fail2ban, reading Postern's lines.
struct FailToBanTests {
    /// The addresses that the stock `dovecot` filter finds, in order.
    private func found(in log: String) throws -> [String] {
        let result = try run(["fail2ban-regex", "-o", "<ip>", log, "/etc/fail2ban/filter.d/dovecot.conf"])
        guard result.status == 0 || result.output.isEmpty else { throw TestFailure(result.error) }
        return result.output.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
    }

    /// Guesses are counted, each with its true address; refusals, repeats, grants and outages are not.
    @Test func countsTheGuessesAndNothingElse() throws {
        let installation = try ProgramInstallation()
        let (store, keys) = try installation.open()
        var expected: [String] = []
        for row in DecisionRow.all where row.isForMail {
            let sent = try row.prepare(store, keys, now: .now())
            // The second time, from the same network, it is no longer a guess.
            for round in 0..<2 {
                var program = Checkpassword(installation)
                program.environment["SERVICE"] = row.service
                program.environment["TCPREMOTEIP"] = row.network == "-" ? nil : row.network
                _ = try program.run(sent.userName, sent.password)
                if row.guess == "yes", round == 0 { expected.append(row.network) }
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: installation.keyFile)
        _ = try Checkpassword(installation).run("user@row1.example.org", "wrong")
        #expect(expected.count > 8)
        #expect(try found(in: installation.log) == expected)
    }

    /// Texts that try to forge a line, as user name, session id, address and service, through the executable.
    @Test func nobodyElseIsEverNamed() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        var attempts = 0
        for bytes in Injection.all where !bytes.contains(0) {
            let text = String(decoding: bytes, as: UTF8.self)
            let answer = try Checkpassword(installation).run(request: bytes + [0] + Array("x".utf8) + [0, 0])
            #expect(answer.status == 1)
            for name in ["AUTH_SESSION", "TCPREMOTEIP", "SERVICE"] {
                var program = Checkpassword(installation)
                program.environment[name] = text
                _ = try program.run("alice@example.org", "wrong \(attempts)")
            }
            attempts += 4
        }
        #expect(installation.logLines.count == attempts)
        for line in installation.logLines { #expect(LogLine.message(line) != nil, "\(line)") }
        // A text is taken as the address only if all of it is one; then it is the client's true address.
        let foreign = installation.logLines.filter { $0.contains(",203.0.113.9,") }
        #expect(foreign.count == 1 && foreign[0].contains("postern(alice@example.org,203.0.113.9,<->)"))
        let named = try found(in: installation.log)
        #expect(named.filter { $0 != "192.0.2.7" } == ["203.0.113.9"])
        #expect(named.count > Injection.all.count)
    }

    /// The same texts as user names over real IMAP, as far as Dovecot accepts them.
    @Test func throughRealDovecot() throws {
        let server = try DovecotServer()
        try server.perform(["account", "add", "alice@example.org", "--password-stdin"], input: "main secret")
        for bytes in Injection.all where !bytes.contains(0) {
            _ = try? server.imap(bytes, Array("x".utf8), from: "192.0.2.7")
        }
        for line in lines(of: server.authLog) { #expect(LogLine.message(line) != nil, "\(line)") }
        #expect(lines(of: server.authLog).count > 1)
        #expect(Set(try found(in: server.authLog)) == ["192.0.2.7"])
    }
}
