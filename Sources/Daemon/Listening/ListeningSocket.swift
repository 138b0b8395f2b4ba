import CPostern
import Credentials
import Glibc

/// Why the daemon cannot listen.
struct ListenError: Error {
    /// One sentence: what is wrong and what to do.
    let explanation: String
}

/// A Unix socket that is bound and listens.
struct ListeningSocket: Sendable {
    /// Clients that may wait to be accepted.
    static let backlog: Int32 = 4096

    let path: String
    let descriptor: Int32
    /// The file that was made, to be removed at the end; nil for a socket that systemd keeps.
    private let made: stat?
    /// The user whose file it is.
    let owner: uid_t?

    /// One that systemd opened.
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

    /// Makes one with mode 0660 that belongs to the owner and group of its directory, so that Postfix can use one in its
    /// `private`.
    ///
    /// - Parameter setting: The name in the configuration, for errors.
    init(creating path: String, setting: String) throws(ListenError) {
        func problem(_ text: String) -> ListenError { ListenError(explanation: "\(setting) = \(path): \(text)") }
        guard path.utf8.count <= POSTERN_LONGEST_SOCKET_PATH else {
            throw problem("is longer than the \(POSTERN_LONGEST_SOCKET_PATH) octets a socket's path may have")
        }
        try Self.makeWay(path, problem)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw problem(systemMessage(errno)) }
        let code = unsafe postern_unix_bind(descriptor, path)
        guard code == 0 else {
            close(descriptor)
            throw problem(Self.explanation(of: code, setting))
        }
        // Nobody can connect before it listens. Nor is another file changed that somebody puts in its place.
        guard unsafe fchmodat(AT_FDCWD, path, 0o660, AT_SYMLINK_NOFOLLOW) == 0 else {
            close(descriptor)
            throw problem(systemMessage(errno))
        }
        var parent = stat()
        if unsafe stat(directory(of: path), &parent) == 0 {
            // Without the right to, it stays the daemon's own.
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
        case ENOENT: "there is no such directory; make it, or leave \(setting) empty to do without"
        case EACCES:
            "this user may not make it there; have systemd make it (the unit posternd-*.socket), "
                + "or leave \(setting) empty to do without"
        default: systemMessage(code)
        }
    }

    /// Connects first: a socket that somebody answers on is never taken away.
    private static func makeWay(_ path: String, _ problem: (String) -> ListenError) throws(ListenError) {
        var there = stat()
        guard unsafe lstat(path, &there) == 0 else { return }
        guard there.st_mode & S_IFMT == S_IFSOCK else { throw problem("is there and is not a socket") }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard probe >= 0 else { throw problem(systemMessage(errno)) }
        defer { close(probe) }
        switch unsafe postern_unix_connect(probe, path) {
        case ECONNREFUSED: break
        case 0, EAGAIN: throw problem("another program answers there; is posternd running already?")
        case let code: throw problem(systemMessage(code))
        }
        guard unsafe unlink(path) == 0 else { throw problem(systemMessage(errno)) }
    }

    /// Removes the file if it is still the one that was made.
    func remove() {
        guard let made else { return }
        var there = stat()
        guard unsafe lstat(path, &there) == 0, there.st_ino == made.st_ino, there.st_dev == made.st_dev else { return }
        unsafe unlink(path)
    }
}
