import Bytes
import Credentials
import Foundation
import Synchronization
import TestSupport
import Testing

/// Enrolment by the command line, and codes given to the daemon.
struct SecondFactorTests {
    private static let alice = "alice@example.org"

    /// The program that an owner has on the phone.
    private func codes(_ base32: String, at time: Date = Date(), count: Int = 1) throws -> [String] {
        let start = ISO8601DateFormatter().string(from: time)
        let made = try run(["oathtool", "--totp", "-b", "-w", "\(count - 1)", "-N", start, base32])
        return made.output.split(separator: "\n").map(String.init)
    }

    private func enroll(_ installation: ProgramInstallation) throws -> String {
        let shown = try installation.postern(["second-factor", "enroll", Self.alice])
        #expect(shown.status == 0, "\(shown)")
        let uri = shown.output.trimmingCharacters(in: .newlines)
        #expect(uri.hasPrefix("otpauth://totp/alice@example.org?secret=") && uri.hasSuffix("&issuer=example.org"))
        #expect(!uri.contains("\n"))
        return try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1.description
    }

    private func confirm(_ installation: ProgramInstallation, _ code: String) throws -> CommandResult {
        try installation.postern(["second-factor", "confirm", Self.alice, "--code-stdin"], input: code + "\n")
    }

    private struct Status: Decodable {
        let secondFactor: String
        let since: String?
        let pendingSince: String?
        let recoveryCodes: Int
        let unusedRecoveryCodes: Int
    }

    /// The URI and the recovery codes are alone on standard output.
    @Test func fromNothingToRecoveryCodes() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        func status() throws -> Status { try installation.json(["second-factor", "status", Self.alice]) }
        func expectRecoveryCodesAlone(_ result: CommandResult) {
            let match = result.output.wholeMatch(of: #/(([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}\n){10}/#)
            #expect(result.status == 0 && match != nil, "\(result)")
        }
        #expect(try confirm(installation, "123456").status == 1)
        let seed = try enroll(installation)
        let pending = try status()
        #expect(pending.secondFactor == "off" && pending.since == nil && pending.pendingSince != nil)
        #expect(try confirm(installation, "no code").status == 1)
        expectRecoveryCodesAlone(try confirm(installation, try codes(seed)[0]))
        let on = try status()
        #expect(on.secondFactor == "totp" && on.since != nil && on.pendingSince == nil)
        #expect(on.recoveryCodes == 10 && on.unusedRecoveryCodes == 10)
        expectRecoveryCodesAlone(try installation.postern(["second-factor", "recovery-codes", Self.alice]))
        #expect(try installation.postern(["second-factor", "external", "on", Self.alice]).status == 1)
        #expect(try installation.postern(["second-factor", "remove", Self.alice]).status == 0)
        #expect(try installation.postern(["second-factor", "remove", Self.alice]).status == 1)
        #expect(try status().secondFactor == "off")
    }

    @Test func saysWhatStops() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let shown = try installation.createAppPassword()
        for (service, secret) in [("imap", "main secret"), ("smtp", "main secret"), ("imap", shown)] {
            var program = Checkpassword(installation)
            program.environment["SERVICE"] = service
            #expect(try program.run(Self.alice, secret).status == 0)
        }
        let marked = try eventually { try installation.countSignIns() == 3 }
        #expect(marked)
        let said = try installation.postern(["second-factor", "external", "on", Self.alice])
        #expect(said.status == 0 && said.output.isEmpty, "\(said)")
        let programs = said.error.split(separator: "\n").filter { $0.contains(#/ 192\.0\.2\.7 +main /#) }
        #expect(programs.map { String($0.prefix { $0 != " " }) }.sorted() == ["imap", "smtp"], "\(said)")
        #expect(try installation.postern(["second-factor", "external", "off", Self.alice]).error.isEmpty)
    }

    /// What another implementation computes, for every step of a day.
    @Test func aDayOfCodes() throws {
        let base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        let start = Timestamp(1_790_000_010)
        let theirs = try codes(base32, at: Date(timeIntervalSince1970: TimeInterval(start.seconds)), count: 2880)
        let ours = (0..<2880).map {
            TOTP.code(
                seed: Secret(Array("12345678901234567890".utf8)),
                counter: TOTP.step(at: start.adding(seconds: Int64($0) * TOTP.step)))
        }
        #expect(theirs.count == 2880 && theirs == ours)
    }

    /// Two daemons on one database, eight connections each: one sign-in for one code.
    @Test func everyCodeOnce() throws {
        let installation = try ProgramInstallation("guess_free = 1000\nguess_account_limit = 10000\n")
        try installation.addAccount()
        let (store, keys) = try installation.open()
        let account = try #require(AccountName(Self.alice))
        let seed = Array("12345678901234567890".utf8)
        let change = Change(at: .now(), actor: "test", subject: Self.alice, action: "test")
        _ = try store.enrolTOTP(account: account, seed: Secret(seed), keys: keys, change: change)
        let recovery = try (0..<3).map { _ in text(AppPasswordText.display(try AppPasswordText.makeGenerated())) }
        _ = try store.replaceRecoveryCodes(
            recovery.map {
                keys.recoveryCode.mac(account: account.text, secret: Secret($0.utf8.filter { $0 != 0x2d }))
            },
            account: account, change: change)
        let first = try DaemonProcess(installation)
        let settings = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        let otherSocket = installation.directory.file("other")
        let other = try installation.directory.write(
            settings.replacing(
                "dovecot_socket = \(installation.dovecotSocket)", with: "dovecot_socket = \(otherSocket)"
            )
            .replacing("auth_socket = \(installation.authSocket)", with: "auth_socket =")
            .replacing("policy_socket = \(installation.policySocket)", with: "policy_socket =")
            .replacing("account_socket = \(installation.accountSocket)", with: "account_socket ="),
            to: "other.conf")
        let second = try DaemonProcess(installation, configurationFile: other, waitingFor: otherSocket)
        let step = TOTP.step(at: .now())
        // The present one and the one before, which counts after it no more.
        let totp = TOTP.code(seed: Secret(seed), counter: step)
        for code in [totp] + recovery {
            let granted = Mutex(0)
            let paths = [installation.dovecotSocket, otherSocket]
            DispatchQueue.concurrentPerform(iterations: 16) { client in
                let client = try? AuthClient(paths[client % 2])
                let reply = "AUTH\t1\tPLAIN\tservice=web\trip=192.0.2.7\tcode=\(code)\tresp="
                client?.send(reply + AuthClient.plain(Self.alice, "main secret"))
                let answer = try? client?.answer()
                #expect(answer?[0] == "OK" || answer?[0] == "FAIL")
                if answer?[0] == "OK" { granted.withLock { $0 += 1 } }
            }
            #expect(granted.withLock { $0 } == 1, "\(code)")
        }
        first.stop()
        second.stop()
        #expect(installation.messages().count { $0 == "Signed in with main password" } == 4)
    }

    /// A real terminal, whatever its colours, and a real reader.
    @Test(arguments: [("black", "white"), ("white", "black")])
    func qrCode(_ background: String, _ foreground: String) throws {
        let installation = try ProgramInstallation()
        let long = "a.rather.long.local.part.with+detail@department.of.redundancy.example.org"
        for account in [Self.alice, long] {
            try installation.addAccount(account)
            let screen = TemporaryDirectory()
            let command = [Repository.program("postern"), "--config", installation.configurationFile]
            let read = try run(
                [Repository.file("Tests/Servers/read-qr"), screen.path, background, foreground] + command
                    + ["second-factor", "enroll", account])
            #expect(read.status == 0, "\(read.error)")
            let uri = read.output.trimmingCharacters(in: .newlines)
            let seed = try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1.description
            // It is the one that counts.
            let confirmed = try installation.postern(
                ["second-factor", "confirm", account, "--code-stdin"], input: try codes(seed)[0])
            #expect(confirmed.status == 0, "\(confirmed.error)")
        }
    }
}
