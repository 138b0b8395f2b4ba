// What a process does to itself. postern-checkpassword is linked with this file, too, against musl.
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include <sys/types.h>

/// Disables core files, and ptrace by the same user (RLIMIT_CORE 0, PR_SET_DUMPABLE 0). Returns 0 or an errno value.
int postern_disable_core_dumps(void);

/// Becomes another user permanently, with one group and none of root's rights, not dumpable (setgroups, setresgid,
/// setresuid, prctl). Returns 0, or an errno value, after which the process must end.
int postern_become(uid_t user, gid_t group);

/// Closes every descriptor from `first` on, at most once each.
void postern_close_from(int first);

/// fork(2). Only for a program that has one thread.
pid_t postern_fork(void);

#endif
