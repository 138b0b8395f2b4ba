import CPostern
import Credentials
import Glibc

/// Why the daemon cannot listen.
struct ListenError: Error {
    /// One sentence: what is wrong and what to do.
    let explanation: String
}

/// A bound, listening Unix socket.
struct ListeningSocket: Sendable {
    /// Maximum number of connections that wait to be accepted.
    static let backlog: Int32 = 4096

    let path: String
    let descriptor: Int32
    /// The socket file that was created, to be removed at the end; nil for a socket that systemd owns.
    private let made: stat?
    /// The owner of the socket file; nil if it is not known.
    let owner: uid_t?

    /// Takes over a socket that systemd opened.
    init(inherited descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
        made = nil
        owner = Self.owner(of: path)
    }

    private static func owner(of path: String) -> uid_t? {
        var file = stat()
        return unsafe lstat(path, &file) == 0 ? file.st_uid : nil
    }

    /// Creates a socket with mode 0660 and its directory's owner and group, so that Postfix can use one in `private`.
    ///
    /// - Parameter setting: The setting's name, for error messages.
    init(creating path: String, setting: String) throws(ListenError) {
        func problem(_ text: String) -> ListenError { ListenError(explanation: "\(setting) = \(path): \(text)") }
        guard path.utf8.count <= POSTERN_MAX_SOCKET_PATH else {
            throw problem("must not exceed \(POSTERN_MAX_SOCKET_PATH) bytes")
        }
        try Self.makeWay(path, problem)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw problem(systemMessage(errno)) }
        let code = unsafe postern_unix_bind(descriptor, path)
        guard code == 0 else {
            close(descriptor)
            throw problem(Self.explanation(of: code, setting))
        }
        // Nobody can connect before `listen`. If a symbolic link has replaced the socket, its target is not changed.
        guard unsafe fchmodat(AT_FDCWD, path, 0o660, AT_SYMLINK_NOFOLLOW) == 0 else {
            close(descriptor)
            throw problem(systemMessage(errno))
        }
        var parent = stat()
        if unsafe stat(directory(of: path), &parent) == 0 {
            // If this is not permitted, the socket still belongs to the daemon's user.
            _ = unsafe lchown(path, parent.st_uid, parent.st_gid)
        }
        var file = stat()
        guard listen(descriptor, Self.backlog) == 0, unsafe lstat(path, &file) == 0 else {
            throw problem(systemMessage(errno))
        }
        self.path = path
        self.descriptor = descriptor
        made = file
        owner = file.st_uid
    }

    private static func explanation(of code: Int32, _ setting: String) -> String {
        switch code {
        case ENOENT: "the directory does not exist; create it, or leave \(setting) empty to disable it"
        case EACCES:
            "permission denied; let systemd create it (the unit posternd-*.socket), "
                + "or leave \(setting) empty to disable it"
        default: systemMessage(code)
        }
    }

    /// Removes a stale socket. It is connected to first: a socket on which a program answers is never removed.
    private static func makeWay(_ path: String, _ problem: (String) -> ListenError) throws(ListenError) {
        var there = stat()
        guard unsafe lstat(path, &there) == 0 else { return }
        guard there.st_mode & S_IFMT == S_IFSOCK else { throw problem("exists and is not a socket") }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard probe >= 0 else { throw problem(systemMessage(errno)) }
        defer { close(probe) }
        switch unsafe postern_unix_connect(probe, path) {
        case ECONNREFUSED: break
        case 0, EAGAIN: throw problem("another program listens on it; is posternd already running?")
        case let code: throw problem(systemMessage(code))
        }
        guard unsafe unlink(path) == 0 else { throw problem(systemMessage(errno)) }
    }

    /// Removes the socket file if it is still the one that was created.
    func remove() {
        guard let made else { return }
        var there = stat()
        guard unsafe lstat(path, &there) == 0, there.st_ino == made.st_ino, there.st_dev == made.st_dev else { return }
        unsafe unlink(path)
    }
}
