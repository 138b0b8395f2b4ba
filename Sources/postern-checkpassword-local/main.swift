import CPostern
import Glibc
import WireProtocols

// Before anything is read: no part of a secret may end up in a core file, and descriptors that Dovecot leaks are
// closed.
_ = postern_disable_core_dumps()
postern_close_from(5)
signal(SIGPIPE, SIG_IGN)
unsafe _exit(Program.run(Arguments(CommandLine.unsafeArgv)))
