import Administration
import Bytes
import Credentials
import Glibc

/// A new file that only the caller can read. It is opened while the process still has the rights of root, and written
/// later.
struct NewFile {
    let path: String
    private let file: Int32
    private let folder: Int32

    /// Makes the file, empty.
    ///
    /// - Parameter consequence: What did not happen if the file cannot be made, as in "no app password was made".
    init(_ path: String, consequence: String) throws(CommandFailure) {
        self.path = path
        file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            if errno == EEXIST {
                throw CommandFailure(
                    .badInput,
                    "\(Printable.text(path)) exists already and is not overwritten; \(consequence). Give another name, "
                        + "or remove the file")
            }
            throw CommandFailure(
                [ENOENT, ENOTDIR, EACCES, ELOOP].contains(errno) ? .badInput : .tryLater,
                "\(Printable.text(path)): \(systemMessage(errno)); \(consequence)")
        }
        // Independently of the umask.
        _ = fchmod(file, 0o600)
        // Its name must be written to the disk, too.
        let parent = path.utf8.contains(UInt8(ascii: "/")) ? directory(of: path) : "."
        folder = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    /// Appends bytes. Returns false, with errno set, if it fails.
    func write(_ bytes: [UInt8]) -> Bool { writeAll(file, bytes) }

    /// Writes bytes at an offset. Returns false, with errno set, if it fails.
    func write(_ bytes: [UInt8], at offset: Int) -> Bool {
        lseek(file, off_t(offset), SEEK_SET) >= 0 && writeAll(file, bytes)
    }

    /// Writes a secret and waits until it is on the disk; discards the file if that fails.
    func write(_ secret: borrowing Secret, consequence: String) throws(CommandFailure) {
        var bytes = unsafe secret.withBytes { unsafe Array($0) }
        defer { wipe(&bytes) }
        guard write(bytes), synchronize() else {
            let message = systemMessage(errno)
            discard()
            throw CommandFailure(.tryLater, "\(Printable.text(path)): \(message); \(consequence)")
        }
    }

    /// Waits until the content and the name of the file are on the disk. Returns false if that fails.
    func synchronize() -> Bool { fsync(file) == 0 && (folder < 0 || fsync(folder) == 0) }

    /// Empties and deletes the file; where only root could delete it, an empty file remains.
    func discard() {
        ftruncate(file, 0)
        unsafe _ = unlink(path)
    }
}
