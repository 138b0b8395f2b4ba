import Glibc
import SQLite

extension Store {
    /// Makes a consistent copy of the database, without guesses, while others go on to use it: in the store's own directory, which
    /// it leaves when the call ends.
    ///
    /// - Parameter body: Gets the path of the copy, which is complete and sound.
    package func withCopy(_ body: (String) -> Void) throws(StoreError) {
        let part = "\(path).backup-\(getpid())"
        let file = unsafe open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .unreadable(path: part, message: systemMessage(errno)) }
        close(file)
        defer { unsafe unlink(part) }
        try database.run("VACUUM INTO ?", [.text(part)])
        try finish(try Database(path: part, access: .existing, busyTimeout: 0))
        body(part)
    }

    private func finish(_ copy: consuming Database) throws(StoreError) {
        // What was guessed is nobody's business later; its bytes go, too.
        try copy.execute("PRAGMA secure_delete = ON; DELETE FROM guess")
        // A copy made so does not have it, and every program takes it for granted.
        try copy.execute("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)")
        let answer = try copy.prepare("PRAGMA quick_check(1)")
        guard try answer.step(), answer.text(0) == "ok" else { throw .corrupt(message: "the copy is not sound") }
    }
}
