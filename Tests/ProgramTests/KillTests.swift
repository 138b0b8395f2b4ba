import Credentials
import Foundation
import TestSupport
import Testing

/// `kill -9` at any moment: nothing that was confirmed is lost, nothing half done is left, and the next one starts.
struct KillTests {
    private static let rounds = 300

    /// Kills the process after so many microseconds; whether it had ended by itself with 0 before that.
    private func runAndKill(_ command: [String], after microseconds: UInt32) throws -> Bool {
        let process = try Child(command)
        usleep(microseconds)
        process.send(SIGKILL)
        let result = process.wait()
        return !result.wasKilled && result.status == 0
    }

    @Test func posternInTheMiddleOfAWrite() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        let base = [Repository.program("postern"), "--config", installation.configurationFile]
        let alice = try World.name("alice@example.org")
        var generator = SystemRandomNumberGenerator()
        var confirmed = 0
        let started = Date()
        for number in 0..<5 {
            try installation.perform(["account", "alias", "add", alice.text, "usual\(number)@example.org"])
        }
        let usual = UInt32(Date().timeIntervalSince(started) / 5 * 1_000_000)
        for round in 0..<Self.rounds {
            let name = "round\(round)@example.org"
            // Half of these land between start and end of a run, and the other half after it.
            let delay = UInt32.random(in: 0...(2 * usual), using: &generator)
            let isDone = try runAndKill(base + ["account", "alias", "add", alice.text, name], after: delay)
            let (store, _) = try installation.open()
            let aliases = try store.aliases(account: alice)
            let entries = try store.changes(subject: alice.text).filter { $0.action == "alias add" }
            // All or nothing: the alias and its entry in the record.
            #expect(aliases.contains(name) == entries.contains { $0.detail == name })
            if isDone {
                confirmed += 1
                #expect(aliases.contains(name), "\(name) was confirmed and is lost")
            }
            if round % 25 == 0 {
                #expect(try store.integrityProblems() == [])
                #expect(try Checkpassword(installation).run(alice.text, appPassword).status == 0)
            }
        }
        #expect(confirmed > 0 && confirmed < Self.rounds)
        #expect(try installation.doctor().levels(of: "database") == ["good"])
    }

    /// An import is there as a whole or not at all.
    @Test func importInTheMiddle() throws {
        let mailboxes = 3000
        let dump = try run([Repository.file("Benchmarks/mailcow-dump"), "\(mailboxes)", "3"])
        let directory = TemporaryDirectory()
        let file = try directory.write(dump.output, to: "dump.sql")
        var installation = try ProgramInstallation()
        let started = Date()
        #expect(try installation.postern(["import", "mailcow", file]).status == 0)
        // How long one may take that ends; less each time that one ended before it was killed.
        var longest = UInt32(Date().timeIntervalSince(started) * 1_000_000)
        installation = try ProgramInstallation()
        var generator = SystemRandomNumberGenerator()
        var killed = 0
        for _ in 0..<20 {
            let delay = UInt32.random(in: 0...longest, using: &generator)
            let isDone = try runAndKill(
                [
                    Repository.program("postern"), "--config", installation.configurationFile, "import", "mailcow",
                    file,
                ], after: delay)
            let (store, _) = try installation.open()
            let count = try store.accounts().count
            let appPasswords = try store.countAppPasswords()
            #expect(count == 0 && appPasswords == 0 || count == mailboxes && appPasswords == 3 * mailboxes)
            #expect(try store.changes().isEmpty == (count == 0))
            if isDone {
                #expect(count == mailboxes)
                longest = delay
            } else {
                killed += 1
            }
            if count > 0 { installation = try ProgramInstallation() }
        }
        #expect(killed > 0)
        #expect(try installation.postern(["import", "mailcow", file]).status == 0)
        let (store, _) = try installation.open()
        #expect(try store.accounts().count == mailboxes)
        #expect(try store.integrityProblems() == [])
    }

    @Test func checkpasswordAtAnyMoment() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        let request = installation.directory.file("request")
        var generator = SystemRandomNumberGenerator()
        let program = Repository.program("postern-checkpassword")
        for round in 0..<Self.rounds {
            // A guess writes, and so does the first sign-in from an address.
            let password = round % 2 == 0 ? "wrong \(round)" : appPassword
            try Data("alice@example.org\0\(password)\0\0".utf8).write(to: URL(filePath: request))
            let script =
                "SERVICE=imap TCPREMOTEIP=10.0.\(round / 250).\(round % 250) exec \(program) --config \(installation.configurationFile) 3<\(request) 4>/dev/null"
            _ = try runAndKill(["/bin/sh", "-c", script], after: UInt32.random(in: 0...5000, using: &generator))
            let answer = try Checkpassword(installation).run("alice@example.org", appPassword)
            #expect(answer.status == 0, "round \(round): \(answer)")
        }
        let (store, _) = try installation.open()
        #expect(try store.integrityProblems() == [])
    }

    /// Many at once, on a database that was left with a log to recover.
    @Test func recoveryWithManyAtOnce() async throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        for round in 0..<10 {
            #expect(try Checkpassword(installation).run("alice@example.org", "wrong \(round)").status == 1)
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<16 {
                    group.addTask { try Checkpassword(installation).run("alice@example.org", appPassword).status }
                }
                for try await status in group { #expect(status == 0) }
            }
        }
    }
}
