import Foundation

/// Processes that have the database open until they are killed.
extension StoredDatabase {
    /// Starts a process that lets no other one read or write.
    package func lockOutEverybody() throws -> Child {
        try start("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE account SET created = created;")
    }

    /// Starts a process that lets no other one write.
    package func lockOutWriters() throws -> Child { try start("BEGIN IMMEDIATE;") }

    /// Starts a process that has revoked all app passwords in the write-ahead log.
    ///
    /// - Parameter isCommitted: False: it is in the middle of a long transaction.
    package func startRevocation(isCommitted: Bool) throws -> Child {
        // With a small cache, pages are written to the log before the commit.
        try start(
            "PRAGMA cache_size = 10;",
            isCommitted
                ? "UPDATE app_password SET revoked = 1;"
                : "BEGIN IMMEDIATE; UPDATE app_password SET revoked = 1; CREATE TABLE big AS WITH RECURSIVE n (i) AS "
                    + "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT randomblob(500) FROM n;")
    }

    /// A process that changed something was killed and left its write-ahead log.
    package func leaveLogOfKilledWriter() throws {
        let writer = try start("UPDATE account SET created = created + 1;")
        writer.send(SIGKILL)
        _ = writer.wait()
    }

    /// Starts the program; returns when it has run the statements, and waits for more.
    private func start(_ statements: String...) throws -> Child {
        let directory = TemporaryDirectory()
        // Another process may have the lock for a moment.
        let lines = [".timeout 60000"] + statements + [".shell touch \(directory.file("done"))"]
        let program = try Child(
            ["/bin/sh", "-c", #"(printf '%s\n' "$@"; exec sleep 120) | exec sqlite3 -bail "$0""#, path] + lines)
        guard try eventually({ FileManager.default.fileExists(atPath: directory.file("done")) }) else {
            program.send(SIGKILL)
            throw TestFailure("sqlite3 \(path): \(statements): \(program.wait().error)")
        }
        return program
    }
}
