import CPostern
import Glibc

/// Work that the sign-in must not wait for, in a separate process without Dovecot's descriptors.
enum Background {
    /// Seconds after which the process is killed, whatever it is doing.
    private static let maxTime: UInt32 = 60

    /// Runs `work` in a child process. The store must be closed first: an open database must not be carried across
    /// fork(2) (sqlite.org/howtocorrupt.html).
    static func run(_ work: () -> Void) {
        guard postern_fork() == 0 else { return }
        // Dovecot waits until descriptor 4 is closed, so all descriptors are closed.
        postern_close_from(0)
        let null = unsafe open("/dev/null", O_RDWR)
        dup2(null, STDOUT_FILENO)
        dup2(null, STDERR_FILENO)
        setsid()
        alarm(maxTime)
        work()
        _exit(0)
    }
}
