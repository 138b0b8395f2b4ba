import CPostern
import Daemon
import Glibc

// Before anything is read: no part of a secret may end up in a core file.
_ = postern_disable_core_dumps()
signal(SIGPIPE, SIG_IGN)
await PosterndCommand.start()
