#define _GNU_SOURCE
#include "postern_system.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

int postern_random(void *buffer, size_t count) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

void postern_wipe(void *buffer, size_t count) {
    if (count > 0) explicit_bzero(buffer, count);
}

int postern_equal(const void *a, const void *b, size_t count) {
    const volatile unsigned char *left = a, *right = b;
    unsigned char difference = 0;
    for (size_t i = 0; i < count; i++) difference |= left[i] ^ right[i];
    return difference == 0;
}

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

void postern_default_crash_signals(void) {
    static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
}

void postern_close_from(int first) {
    // close_range(2) needs Linux 5.9. Without it, the limit of open files bounds the loop, or 65,536 if it is higher.
    if (close_range((unsigned)first, UINT_MAX, 0) == 0) return;
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (limit > 0 && limit < 65536 ? (int)limit : 65536); fd++) close(fd);
}

pid_t postern_fork(void) { return fork(); }

int postern_crypt(const char *secret, const char *setting, char *hash, size_t capacity) {
    struct crypt_data *work = calloc(1, sizeof *work);
    if (work == NULL) return ENOMEM;
    errno = 0;
    const char *made = crypt_r(secret, setting, work);
    int result = 0;
    if (made == NULL || made[0] == '*') {
        result = errno != 0 ? errno : EINVAL;
    } else if (strlen(made) >= capacity) {
        result = ERANGE;
    } else {
        strcpy(hash, made);
    }
    explicit_bzero(work, sizeof *work);
    free(work);
    return result;
}

void postern_syslog(int priority, const char *text) { syslog(priority, "%s", text); }

void postern_release_memory(void) { malloc_trim(0); }
