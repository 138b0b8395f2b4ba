import CPostern
import Daemon
import Glibc

// Before anything is read: nothing of a secret may end in a core file.
_ = postern_disable_core_dumps()
postern_default_crash_signals()
signal(SIGPIPE, SIG_IGN)
await PosterndCommand.start()
