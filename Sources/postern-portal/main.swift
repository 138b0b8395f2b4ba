import CPostern
import Glibc
import Portal

// Before anything is read: no part of a secret may end up in a core file.
_ = postern_disable_core_dumps()
postern_default_crash_signals()
signal(SIGPIPE, SIG_IGN)
await PortalCommand.start()
