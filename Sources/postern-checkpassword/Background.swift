import CPostern
import Glibc

/// Work that the sign-in must not wait for: a process of its own that holds nothing of Dovecot's.
enum Background {
    /// Seconds until it is ended whatever it does.
    private static let longest: UInt32 = 60

    /// Only with the store closed: a database must not be carried across fork(2) (sqlite.org/howtocorrupt.html).
    static func run(_ work: () -> Void) {
        guard postern_fork() == 0 else { return }
        // Dovecot waits for the end of descriptor 4, so all of them go.
        postern_close_from(0)
        let null = unsafe open("/dev/null", O_RDWR)
        dup2(null, STDOUT_FILENO)
        dup2(null, STDERR_FILENO)
        setsid()
        alarm(longest)
        work()
        _exit(0)
    }
}
