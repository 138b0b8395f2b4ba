import Foundation
import TestSupport
import Testing

/// What is known, when a trigger is missing, a disk takes no writes, or a writer dies.
struct KnownGrantFaultTests {
    private func isGranted(_ daemon: KnownGrantDaemon) throws -> Set<Bool> {
        try Set(daemon.answers().map { $0.hasPrefix("OK ") })
    }

    private static let domain =
        "INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, services) VALUES ('example.org', 1, 0, 0"
    /// Each trigger, and a change that nobody but it tells of. REPLACE removes a row without telling.
    private static let triggers: [(name: String, before: String, change: String)] = [
        ("domain_added", "", "\(domain), 2)"), ("domain_changed", "\(domain), 15)", "UPDATE domain SET services = 2"),
        ("domain_removed", "\(domain), 15); UPDATE account SET services = NULL", "DELETE FROM domain"),
        ("account_added", "", "REPLACE INTO account SELECT * FROM other"),
        ("account_changed", "", "UPDATE account SET disabled_since = 1"),
        ("account_removed", "", "DELETE FROM account"),
        ("app_password_added", "", "REPLACE INTO app_password SELECT * FROM other_password"),
        ("app_password_changed", "", "UPDATE app_password SET revoked = 1"),
        ("app_password_removed", "", "DELETE FROM app_password"),
    ]

    /// Without one of them a change is not seen: each is needed, and the tests of changes would fail. `doctor` says so.
    @Test(arguments: triggers.indices) func missingTrigger(_ index: Int) throws {
        let (name, before, change) = Self.triggers[index]
        for isMissing in [false, true] {
            let daemon = try KnownGrantDaemon { (installation) throws in
                let prepared = try run([
                    "sqlite3", installation.database,
                    """
                    \(before.isEmpty ? "" : before + ";")
                    CREATE TABLE other AS SELECT * FROM account; UPDATE other SET disabled_since = 1;
                    CREATE TABLE other_password AS SELECT * FROM app_password; UPDATE other_password SET revoked = 1;
                    \(isMissing ? "DROP TRIGGER credentials_\(name);" : "")
                    """,
                ])
                #expect(prepared.status == 0, "\(prepared.error)")
            }
            defer { daemon.process.stop() }
            let first = try daemon.answers()
            #expect(try isGranted(daemon) == [true])
            // Removal of a domain whose policy is the default's changes the answer's mailbox, no more.
            if name == "domain_removed" { try daemon.sql("UPDATE domain SET mail_gid = '8'") }
            let known = try daemon.answers()
            #expect(Set(known).count == 1 && (known == first) == (name != "domain_removed"))
            try daemon.sql(change)
            #expect(try (daemon.answers() == known) == isMissing)
            let doctor = try daemon.installation.postern(["doctor"])
            #expect((doctor.output + doctor.error).contains("credentials_\(name)") == isMissing)
        }
    }

    /// - Parameter isReadOnly: Before the daemon starts: nobody takes the disk from those who have a file open on it.
    private func withDisk(isReadOnly: Bool = false, _ body: (KnownGrantDaemon, SmallDisk) throws -> Void) throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        let disk = try SmallDisk(installation)
        defer { disk.unmount() }
        let daemon = try KnownGrantDaemon(installation) { _ throws in if isReadOnly { try disk.remount("ro") } }
        defer { daemon.process.stop() }
        #expect(try isGranted(daemon) == [true])
        try body(daemon, disk)
    }

    private func revoke(_ daemon: KnownGrantDaemon) throws -> CommandResult {
        try daemon.installation.postern(["account", "disable", KnownGrantDaemon.alice])
    }

    /// Nobody can change anything, and what holds goes on; the first change that is possible is seen.
    @Test func diskWithoutWrites() throws {
        try withDisk(isReadOnly: true) { (daemon, disk) throws in
            for _ in 0..<3 { #expect(try isGranted(daemon) == [true]) }
            #expect(try revoke(daemon).status != 0)
            #expect(try isGranted(daemon) == [true])
            try disk.remount("rw")
            #expect(try revoke(daemon).status == 0)
            #expect(try isGranted(daemon) == [false])
        }
    }

    @Test func fullDisk() throws {
        try withDisk { (daemon, disk) throws in
            try disk.fill()
            for _ in 0..<3 { #expect(try isGranted(daemon) == [true]) }
            #expect(try revoke(daemon).status != 0)
            #expect(try isGranted(daemon) == [true])
            try disk.makeRoom()
            #expect(try revoke(daemon).status == 0)
            #expect(try isGranted(daemon) == [false])
        }
    }

    /// Killed in the middle of a change that was written to the log and not committed; then after one that was.
    @Test func killedWriters() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        #expect(try isGranted(daemon) == [true])
        for (statements, isCommitted) in [
            (
                "BEGIN IMMEDIATE; UPDATE app_password SET revoked = 1; CREATE TABLE big AS WITH RECURSIVE n (i) AS "
                    + "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT randomblob(500) FROM n;", false
            ),
            ("UPDATE app_password SET revoked = 1;", true),
        ] {
            let done = daemon.installation.directory.file("done \(isCommitted)")
            let writer = try Child([
                "/bin/sh", "-c",
                "(printf '%s\\n' '.timeout 60000' 'PRAGMA cache_size = 10;' \"$0\" '.shell touch \"\(done)\"'; exec sleep 20) | "
                    + "exec sqlite3 \(daemon.installation.database)", statements,
            ])
            #expect(try eventually { FileManager.default.fileExists(atPath: done) })
            #expect(try isGranted(daemon) == [!isCommitted])
            writer.send(SIGKILL)
            _ = writer.wait()
            #expect(try isGranted(daemon) == [!isCommitted])
        }
    }
}
