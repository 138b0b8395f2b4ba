import CPostern
import CWipingAllocator
import Glibc
import Portal

// Before anything is read: no part of a secret may end up in a core file.
_ = postern_disable_core_dumps()
_ = postern_wipes_freed_memory()
signal(SIGPIPE, SIG_IGN)
await PortalCommand.start()
