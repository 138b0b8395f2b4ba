import CPostern
import Credentials
import Glibc
import Synchronization

/// Writes lines to the system log through syslog(3). syslog(3) drops lines silently when no daemon receives them, so
/// they are written to standard error then.
package final class Syslog: Sendable {
    private struct State {
        /// When the socket was last checked, in seconds, and what was wrong then.
        var lastLook = 0
        var problem: String?
        var isWarned = false
    }

    private let facility: Int32
    private let state = Mutex(State())

    init(ident: String, facility: String) {
        let number = Self.number(of: facility)
        self.facility = number
        // openlog(3) keeps the pointer, so the copy is never freed.
        unsafe openlog(strdup(ident), LOG_PID | LOG_NDELAY, number)
    }

    func write(_ lines: LogLines) {
        let problem = state.withLock { state -> String? in
            let now = time(nil)
            if state.lastLook != now { (state.lastLook, state.problem) = (now, Self.problem()) }
            guard let problem = state.problem else { return nil }
            if !state.isWarned {
                state.isWarned = true
                _ = writeAll(STDERR_FILENO, "postern: \(problem); the auth log goes to standard error\n")
            }
            return problem
        }
        guard problem == nil else {
            _ = writeAll(STDERR_FILENO, lines.bytes)
            return
        }
        lines.forEach { line, severity in
            let level =
                switch severity {
                case .information: LOG_INFO
                case .warning: LOG_WARNING
                case .error: LOG_ERR
                }
            unsafe postern_syslog(facility | level, String(decoding: line, as: UTF8.self))
        }
    }

    /// The socket that syslog(3) writes to (_PATH_LOG).
    private static let path = "/dev/log"

    /// Returns why lines would be lost; nil if a daemon receives them.
    package static func problem() -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return "log_target = syslog: \(systemMessage(errno))" }
        defer { Glibc.close(descriptor) }
        switch unsafe postern_unix_connect(descriptor, path) {
        // Some syslog daemons listen on a stream socket; syslog(3) tries both kinds.
        case 0, EPROTOTYPE: return nil
        case let code: return "log_target = syslog, but no syslog daemon listens on \(path) (\(systemMessage(code)))"
        }
    }

    /// The code of a facility (RFC 5424, section 6.2.1), shifted by three as in syslog.h.
    private static func number(of facility: String) -> Int32 {
        switch facility {
        case "daemon": 3 << 3
        case "auth": 4 << 3
        case "authpriv": 10 << 3
        case let local where local.hasPrefix("local"): (16 + (Int32(local.dropFirst(5)) ?? 0)) << 3
        default: 2 << 3
        }
    }
}

/// A log file that is kept open. Once a second it is checked that the path still leads to it: after a rotation lines
/// are written to the new file, and none is split between two files.
final class LogFile: Sendable {
    private struct Opened {
        /// -1: not open.
        var descriptor: Int32 = -1
        /// When the path was last checked, in seconds.
        var lastLook = 0
    }

    private let path: String
    /// The text between time and message: host, program name and process id.
    private let origin: [UInt8]
    private let opened = Mutex(Opened())

    init(path: String, ident: String) {
        self.path = path
        origin = Array(" \(Self.host()) \(ident)[\(getpid())]: ".utf8)
    }

    deinit { close() }

    /// Closes the file; the next line opens it again.
    func close() {
        opened.withLock { opened in
            if opened.descriptor >= 0 { Glibc.close(opened.descriptor) }
            opened.descriptor = -1
        }
    }

    /// Returns the beginning of a line as rsyslog writes it on Debian 12, which stock fail2ban reads.
    func stamp() -> [UInt8] {
        var now = timeval()
        unsafe gettimeofday(&now, nil)
        return Timestamp(Int64(now.tv_sec)).iso8601(microseconds: Int(now.tv_usec)) + origin
    }

    func write(_ lines: LogLines) {
        let now = time(nil)
        opened.withLock { opened in
            if opened.descriptor < 0 || opened.lastLook != now {
                if opened.descriptor < 0 || !isAtPath(opened.descriptor) {
                    if opened.descriptor >= 0 { Glibc.close(opened.descriptor) }
                    opened.descriptor = open()
                }
                opened.lastLook = now
            }
            if opened.descriptor >= 0, writeAll(opened.descriptor, lines.bytes) { return }
            // Better in the wrong log than nowhere: under Dovecot, standard error is its error log.
            let problem = "postern: log file \(path) cannot be written (\(systemMessage(errno)))\n"
            _ = writeAll(STDERR_FILENO, Array(problem.utf8) + lines.bytes)
        }
    }

    private func open() -> Int32 {
        var file = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
        if file < 0, errno == ENOENT {
            file = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o660)
            // The umask of the process that makes the file must not lock the others out.
            if file >= 0 { _ = fchmod(file, 0o660) }
        }
        return file
    }

    private func isAtPath(_ file: Int32) -> Bool {
        var (ours, named) = (stat(), stat())
        return unsafe fstat(file, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino
            && ours.st_dev == named.st_dev
    }

    /// The host name up to the first dot, as rsyslog writes it. The operator chose it; it is encoded all the same.
    private static func host() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let label = Array(name.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 && $0 != UInt8(ascii: ".") })
        return label.isEmpty ? "localhost" : LogText.encode(label)
    }
}
