import CPostern
import Glibc
import WireProtocols

// Before anything is read: nothing of a secret may end in a core file, and what Dovecot leaks is closed.
_ = postern_disable_core_dumps()
postern_default_crash_signals()
postern_close_from(5)
signal(SIGPIPE, SIG_IGN)
exit(Program.run(Arguments.read()))
