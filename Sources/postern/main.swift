import AdminCommands
import CPostern
import Glibc
import Postgres

// This program handles secrets, too: no core files, and no crash handler that prints memory.
_ = postern_disable_core_dumps()
Postgres.enable(patience: Postgres.commandPatience)
exit(PosternCommand.run(Array(CommandLine.arguments.dropFirst())))
