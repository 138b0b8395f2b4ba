import Credentials
import Foundation
import TestSupport
import Testing

/// posternd grants what it knows without asking the database: a change that was committed before a request was sent is seen by
/// it all the same, on connections that are open already.
struct KnownGrantTests {
    private static let alice = "alice@example.org"

    /// Changes by another program, what follows, and how they are taken back.
    @Test func changesByAnotherProgram() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let before = try #require(try daemon.answers().first)
        #expect(before.hasPrefix("OK user=\(Self.alice) userdb_uid=5000"))
        func isExpected(_ answer: String, _ effect: ForeignChange.Effect) -> Bool {
            switch effect {
            case .denied: answer.hasPrefix("FAIL user=\(Self.alice)") && !answer.contains("temp_fail")
            case .granted(let field): answer.hasPrefix("OK ") && answer.contains(field)
            case .unchanged: answer == before
            }
        }
        for change in ForeignChange.all {
            #expect(try daemon.answers().allSatisfy { $0 == before }, "before \(change)")
            try daemon.stored.make(change)
            let answers = try daemon.answers()
            #expect(answers.allSatisfy { isExpected($0, change.effect) }, "\(change): \(answers)")
            try daemon.stored.takeBack(change)
        }
    }

    /// By `postern`, which is how it is done.
    @Test func changesByCommands() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let (installation, alice) = (daemon.installation, Self.alice)
        let id = try installation.appPasswordID(alice)
        let changes: [(change: [String], back: [String])] = [
            (["app-password", "disable", alice, id], ["app-password", "enable", alice, id]),
            (["account", "disable", alice], ["account", "enable", alice]),
            (
                ["account", "policy", alice, "--services", "pop3"],
                ["account", "policy", alice, "--services", "domain"]
            ),
            (
                ["domain", "policy", "example.org", "--services", "pop3"],
                ["domain", "policy", "example.org", "--services", "all"]
            ),
            (["app-password", "revoke", alice, id], []),
        ]
        for (change, back) in changes {
            #expect(try daemon.answers().allSatisfy { $0.hasPrefix("OK ") }, "before \(change)")
            let changed = try installation.postern(change)
            #expect(changed.status == 0, "\(changed.error)")
            #expect(try daemon.answers().allSatisfy { $0.hasPrefix("FAIL ") }, "\(change)")
            if !back.isEmpty { #expect(try installation.postern(back).status == 0, "\(back)") }
        }
        // The name in the log is as new as the answer.
        #expect(installation.messages().last?.hasPrefix("App password refused: \(id) revoked") == true)
    }

    /// Another file at the path, and one restored over the live one.
    @Test func anotherFile() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let (database, directory) = (daemon.installation.database, daemon.installation.directory)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("OK ") })
        let copy = try daemon.stored.copy(to: directory.file("copy.db"))
        try copy.revokeAppPasswords()
        let backup = try daemon.stored.copy(to: directory.file("backup.db"))
        try daemon.stored.restore(copy)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("FAIL ") })
        try daemon.stored.restore(backup)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("OK ") })
        try copy.useLog()
        try requireSuccess(["chown", "--reference=\(database)", copy.path])
        try FileManager.default.removeItem(atPath: database + "-wal")
        try FileManager.default.removeItem(atPath: database + "-shm")
        try requireSuccess(["mv", copy.path, database])
        // What the path leads to is looked at every few milliseconds.
        usleep(50_000)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("FAIL ") })
    }

    /// One after the other, each seen by the next request on each connection in turn.
    @Test func tenThousandChanges() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let connection = try ForeignConnection(daemon.stored)
        var wrong = 0
        for number in 0..<10_000 {
            let isRevoked = number % 2 == 0
            try connection.setRevoked(isRevoked)
            let answer = try daemon.clients[number % 4].attempt(Self.alice, daemon.secret)
            if answer.first != (isRevoked ? "FAIL" : "OK") { wrong += 1 }
        }
        #expect(wrong == 0)
    }
}
