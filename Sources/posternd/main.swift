import CPostern
import Daemon
import Glibc
import Postgres

// Before anything is read: no part of a secret may end up in a core file.
_ = postern_disable_core_dumps()
signal(SIGPIPE, SIG_IGN)
Postgres.enable(patience: Postgres.signInPatience, hasHeartbeat: true)
await PosterndCommand.start()
