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
    private func codes(_ base32: String, at moment: Date = Date(), count: Int = 1) throws -> [String] {
        let start = ISO8601DateFormatter().string(from: moment)
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

    /// Each code is given where it counts, whatever the time is when the test runs.
    @Test func fromNothingToRecoveryCodes() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        #expect(try confirm(installation, "123456").error.contains("run 'postern second-factor enroll"))
        let seed = try enroll(installation)
        #expect(
            try installation.postern(["second-factor", "status", Self.alice]).output.hasPrefix("second factor: off\n"))
        #expect(try confirm(installation, "no code").status == 1)
        let late = try confirm(installation, try codes(seed, at: Date() - 120)[0])
        #expect(
            late.status == 1 && late.error.contains("seconds behind this machine's; nothing was changed"), "\(late)")
        let early = try confirm(installation, try codes(seed, at: Date() + 120)[0])
        #expect(early.status == 1 && early.error.contains("seconds ahead of this machine's"), "\(early)")
        // As the phone shows it.
        var code = try codes(seed)[0]
        code.insert(" ", at: code.index(code.startIndex, offsetBy: 3))
        let done = try confirm(installation, code)
        #expect(done.status == 0, "\(done)")
        let recovery = done.output.split(separator: "\n").map(String.init)
        #expect(recovery.count == 10 && Set(recovery).count == 10)
        #expect(recovery.allSatisfy { $0.wholeMatch(of: /([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}/) != nil })
        let status = try installation.postern(["second-factor", "status", Self.alice]).output
        #expect(status.hasPrefix("second factor: totp since ") && status.hasSuffix("recovery codes left: 10 of 10\n"))
        let again = try installation.postern(["second-factor", "recovery-codes", Self.alice])
        #expect(
            again.status == 0 && Set(again.output.split(separator: "\n").map(String.init)).isDisjoint(with: recovery))
        #expect(try installation.postern(["second-factor", "external", "on", Self.alice]).status == 1)
        #expect(try installation.postern(["second-factor", "remove", Self.alice]).status == 0)
        #expect(try installation.postern(["second-factor", "remove", Self.alice]).status == 1)
        #expect(try installation.postern(["second-factor", "recovery-codes", Self.alice]).status == 1)
        // Neither a seed nor a code is on record.
        let changes = try installation.postern(["report", "changes"]).output
        #expect(!changes.contains(seed) && recovery.allSatisfy { !changes.contains($0) })
        let database = try #require(FileManager.default.contents(atPath: installation.database))
        #expect(database.range(of: Data(seed.utf8)) == nil)
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
        let marked = try eventually {
            try run(["sqlite3", installation.database, "SELECT count(*) FROM sign_in"]).output == "3\n"
        }
        #expect(marked)
        let said = try installation.postern(["second-factor", "external", "on", Self.alice]).error
        #expect(said.contains("imap     192.0.2.7  main") && said.contains("smtp     192.0.2.7  main"), "\(said)")
        #expect(said.contains("postern app-password create alice@example.org --name NAME"))
        #expect(said.split(separator: "\n").count == 5)
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
            .replacing("policy_socket = \(installation.policySocket)", with: "policy_socket ="),
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
