#define _GNU_SOURCE
#include "postern_process.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int postern_disable_core_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
    return 0;
}

int postern_become(uid_t user, gid_t group) {
    uid_t real, effective, saved;
    if (setgroups(1, &group) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0) return errno;
    if (getresuid(&real, &effective, &saved) != 0) return errno;
    if (real != user || effective != user || saved != user || setuid(0) == 0) return EPERM;
    return postern_disable_core_dumps();
}

void postern_close_from(int first) {
    // close_range(2) needs Linux 5.9, and musl has no function for it. Without it, the limit of open files bounds the
    // loop, or 65,536 if it is higher.
    if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0) == 0) return;
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (limit > 0 && limit < 65536 ? (int)limit : 65536); fd++) close(fd);
}

pid_t postern_fork(void) { return fork(); }
