import Credentials
import Foundation
import SQLite
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
        func granted(_ field: String) -> (String) -> Bool { { $0.hasPrefix("OK ") && $0.contains(field) } }
        let denied = { (answer: String) in answer.hasPrefix("FAIL user=\(Self.alice)") && !answer.contains("temp_fail")
        }
        let changes: [(change: String, back: String, expected: (String) -> Bool)] = [
            ("UPDATE app_password SET revoked = 1", "UPDATE app_password SET revoked = NULL", denied),
            ("UPDATE app_password SET disabled = 1", "UPDATE app_password SET disabled = NULL", denied),
            ("UPDATE app_password SET expires = 1", "UPDATE app_password SET expires = NULL", denied),
            ("UPDATE app_password SET scope = 2", "UPDATE app_password SET scope = 15", denied),
            (
                "UPDATE app_password SET networks = '198.51.100.0/24'", "UPDATE app_password SET networks = ''", denied
            ),
            (
                "CREATE TABLE kept AS SELECT * FROM app_password; DELETE FROM app_password",
                "INSERT INTO app_password SELECT * FROM kept; DROP TABLE kept", denied
            ),
            ("UPDATE account SET disabled_since = 1", "UPDATE account SET disabled_since = NULL", denied),
            ("UPDATE account SET services = 2", "UPDATE account SET services = NULL", denied),
            (
                "INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, services) "
                    + "VALUES ('example.org', 1, 0, 0, 2)", "DELETE FROM domain", denied
            ),
            (
                "CREATE TABLE kept AS SELECT * FROM account; DELETE FROM account",
                "INSERT INTO account SELECT * FROM kept; DROP TABLE kept", denied
            ),
            ("UPDATE account SET mail_home = '/x'", "UPDATE account SET mail_home = NULL", granted("userdb_home=/x")),
            ("UPDATE account SET mail_uid = 7", "UPDATE account SET mail_uid = NULL", granted("userdb_uid=7 ")),
            (
                "UPDATE account SET mail_fields = 'quota=a'", "UPDATE account SET mail_fields = NULL",
                granted("userdb_quota=a")
            ),
            (
                "INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, mail_gid) "
                    + "VALUES ('example.org', 1, 0, 0, '8')", "DELETE FROM domain", granted("userdb_gid=8 ")
            ),
            ("VACUUM", "SELECT 1", { $0 == before }),
            ("PRAGMA wal_checkpoint(TRUNCATE)", "SELECT 1", { $0 == before }),
            (
                "UPDATE app_password SET revoked = 1; PRAGMA wal_checkpoint(TRUNCATE)",
                "UPDATE app_password SET revoked = NULL; PRAGMA wal_checkpoint(RESTART)", denied
            ),
            (
                "DROP TRIGGER credentials_account_changed; UPDATE account SET mail_uid = 7", "SELECT 1",
                granted("userdb_uid=7 ")
            ),
        ]
        for (change, back, expected) in changes {
            #expect(try daemon.answers().allSatisfy { $0 == before }, "before \(change)")
            try daemon.sql(change)
            let answers = try daemon.answers()
            #expect(answers.allSatisfy(expected), "\(change): \(answers)")
            try daemon.sql(back)
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
        // The name in the log is of the same moment as the answer.
        #expect(installation.messages().last?.contains("\(id) revoked") == true)
    }

    /// Another file at the path, and one restored over the live one.
    @Test func anotherFile() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let (database, copy) = (daemon.installation.database, daemon.installation.directory.file("copy.db"))
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("OK ") })
        try daemon.sql("VACUUM INTO '\(copy)'")
        try run(["sqlite3", copy, "UPDATE app_password SET revoked = 1"])
        let backup = daemon.installation.directory.file("backup.db")
        try daemon.sql("VACUUM INTO '\(backup)'")
        #expect(try run(["sqlite3", database, ".restore \(copy)"]).status == 0)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("FAIL ") })
        #expect(try run(["sqlite3", database, ".restore \(backup)"]).status == 0)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("OK ") })
        try run(["sqlite3", copy, "PRAGMA journal_mode = WAL"])
        try run(["chown", "--reference=\(database)", copy])
        try FileManager.default.removeItem(atPath: database + "-wal")
        try FileManager.default.removeItem(atPath: database + "-shm")
        try run(["mv", copy, database])
        // What the path leads to is looked at every few milliseconds.
        usleep(50_000)
        #expect(try daemon.answers().allSatisfy { $0.hasPrefix("FAIL ") })
    }

    /// One after the other, each seen by the next request on each connection in turn.
    @Test func tenThousandChanges() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        let connection = try Connection(path: daemon.installation.database, access: .existing, busyTimeout: 5000)
        try connection.execute("PRAGMA synchronous = OFF")
        var wrong = 0
        for number in 0..<10_000 {
            let isRevoked = number % 2 == 0
            try connection.execute("UPDATE app_password SET revoked = \(isRevoked ? "1" : "NULL")")
            let answer = try daemon.clients[number % 4].attempt(Self.alice, daemon.secret)
            if answer.first != (isRevoked ? "FAIL" : "OK") { wrong += 1 }
        }
        #expect(wrong == 0)
    }
}
