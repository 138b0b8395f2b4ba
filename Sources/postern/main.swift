import AdminCommands
import CPostern
import Glibc

// Secrets pass through here too: no core files, and no memory printed by a crash.
_ = postern_disable_core_dumps()
postern_default_crash_signals()
exit(PosternCommand.run(Array(CommandLine.arguments.dropFirst())))
