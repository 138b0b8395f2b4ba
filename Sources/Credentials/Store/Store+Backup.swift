import Glibc
import SQL
import SQLite

extension Store {
    /// Makes a consistent copy of the database, without guesses, while others go on using it. The copy is in the
    /// store's own directory and is deleted when the call ends.
    ///
    /// - Parameter body: Receives the path of the copy, which is complete and sound.
    /// - Throws: `StoreError` when the copy cannot be made or is damaged.
    package func withCopy(_ body: (String) -> Void) throws(StoreError) {
        guard let path = location.path else {
            throw .unreadable(path: location.name, message: "its own programs make copies of it")
        }
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
        // Guesses do not belong in a backup; their bytes are overwritten, too.
        try copy.execute("PRAGMA secure_delete = ON; DELETE FROM guess")
        // VACUUM INTO does not copy this mode, which every program expects.
        try copy.execute("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)")
        let answer = try copy.prepare("PRAGMA quick_check(1)")
        guard try answer.step(), answer.text(0) == "ok" else { throw .corrupt(message: "the copy is damaged") }
    }
}
