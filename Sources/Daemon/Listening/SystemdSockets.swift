import CPostern
import Glibc

/// Sockets that systemd opened for the daemon (sd_listen_fds(3)).
enum SystemdSockets {
    /// SD_LISTEN_FDS_START.
    private static let first: Int32 = 3

    /// The sockets by the paths they are bound to; nil if systemd passed none. Unsets systemd's variables.
    static func inherit() throws(ListenError) -> [String: ListeningSocket]? {
        defer {
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) }
        }
        guard value("LISTEN_PID").flatMap({ Int32($0) }) == getpid(),
            let count = value("LISTEN_FDS").flatMap({ Int32($0) }),
            count > 0
        else { return nil }
        var sockets: [String: ListeningSocket] = [:]
        for descriptor in first..<(first + count) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            guard let path = path(of: descriptor) else {
                throw ListenError(
                    explanation: "systemd passed descriptor \(descriptor), which is not a Unix socket with a path")
            }
            sockets[path] = ListeningSocket(inherited: descriptor, path: path)
        }
        return sockets
    }

    private static func path(of descriptor: Int32) -> String? {
        var path = [CChar](repeating: 0, count: Int(POSTERN_MAX_SOCKET_PATH) + 1)
        guard unsafe postern_unix_path(descriptor, &path, path.count) == 0 else { return nil }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func value(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
