import Glibc

/// Why no copy was made.
package enum BackupError: Error {
    case exists(path: String)
    case system(path: String, message: String)
    case store(StoreError)
}

extension Store {
    /// Makes a consistent copy of the database while others go on to use it. It appears under its name when it is complete
    /// and on the disk, readable by its owner alone.
    ///
    /// - Parameter path: Of a file that is not there; may be relative.
    package func backUp(to path: String) throws(BackupError) {
        let part = path + ".part"
        guard unsafe access(path, F_OK) != 0 else { throw .exists(path: path) }
        let file = unsafe open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw errno == EEXIST ? .exists(path: part) : .system(path: part, message: systemMessage(errno))
        }
        defer {
            close(file)
            unsafe unlink(part)
        }
        do throws(StoreError) {
            try connection.run("VACUUM INTO ?", [.text(part)])
            let copy = try Connection(path: part, access: .existing, busyTimeout: 0)
            // A copy made so has it not, and every program here takes it for granted.
            try copy.execute("PRAGMA journal_mode = WAL")
            guard try Self.isSound(copy) else { throw .corrupt(message: "the copy is not sound") }
        } catch {
            throw .store(error)
        }
        guard fsync(file) == 0, Self.rename(part, to: path) else {
            throw errno == EEXIST ? .exists(path: path) : .system(path: path, message: systemMessage(errno))
        }
        let place = path.utf8.contains(UInt8(ascii: "/")) ? directory(of: path) : "."
        let folder = unsafe open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system(path: path, message: systemMessage(errno)) }
    }

    /// By link(2), so that a file that came meanwhile stays; network shares and the like know no links.
    private static func rename(_ part: String, to path: String) -> Bool {
        if unsafe link(part, path) == 0 { return true }
        guard errno != EEXIST, unsafe access(path, F_OK) != 0 else { return false }
        return unsafe Glibc.rename(part, path) == 0
    }

    private static func isSound(_ copy: borrowing Connection) throws(StoreError) -> Bool {
        let answer = try copy.prepare("PRAGMA quick_check(1)")
        return try answer.step() && answer.text(0) == "ok"
    }
}
