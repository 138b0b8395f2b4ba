import AdminCommands
import CSystem
import Glibc

// Secrets pass through here too: no core files.
_ = postern_disable_core_dumps()
exit(PosternCommand.run(Array(CommandLine.arguments.dropFirst())))
