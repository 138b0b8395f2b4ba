import Credentials
import Glibc

/// A file that a command makes for its caller alone. Opened while root is still root; written afterwards.
struct NewFile {
    let path: String
    private let file: Int32
    private let folder: Int32

    /// Makes it, empty.
    ///
    /// - Parameter consequence: What did not happen if it cannot be made: "no app password was made".
    init(_ path: String, consequence: String) throws(CommandFailure) {
        self.path = path
        file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            if errno == EEXIST {
                throw CommandFailure(
                    .badInput,
                    "\(Printable.text(path)) exists already and is not overwritten; \(consequence). Give another name, or "
                        + "remove it")
            }
            throw CommandFailure(
                [ENOENT, ENOTDIR, EACCES, ELOOP].contains(errno) ? .badInput : .tryLater,
                "\(Printable.text(path)): \(systemMessage(errno)); \(consequence)")
        }
        // Whatever the umask says.
        _ = fchmod(file, 0o600)
        // Its name has to be on the disk, too.
        let place = path.utf8.contains(UInt8(ascii: "/")) ? directory(of: path) : "."
        folder = unsafe open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    /// Adds bytes; false, with errno set, when that is not possible.
    func write(_ bytes: [UInt8]) -> Bool { writeAll(file, bytes) }

    /// The same at a place from its beginning.
    func write(_ bytes: [UInt8], at offset: Int) -> Bool {
        lseek(file, off_t(offset), SEEK_SET) >= 0 && writeAll(file, bytes)
    }

    /// Whether all of it is on the disk, its name included.
    func isOnDisk() -> Bool { fsync(file) == 0 && (folder < 0 || fsync(folder) == 0) }

    /// Takes it away, or leaves it empty where only root could take it away.
    func discard() {
        ftruncate(file, 0)
        unsafe _ = unlink(path)
    }
}
