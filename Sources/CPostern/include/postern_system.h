// System calls that Swift's Glibc module cannot reach: variadic, feature-gated or hidden ones.
#ifndef POSTERN_SYSTEM_H
#define POSTERN_SYSTEM_H

#include <stddef.h>
#include <sys/types.h>

/// Fills `buffer` from the kernel's random source. Returns 0 or an errno value.
int postern_random(void *buffer, size_t count);

/// Overwrites memory in a way that the optimiser does not remove.
void postern_wipe(void *buffer, size_t count);

/// Returns 1 if both buffers hold the same bytes. The time depends on `count` only.
int postern_equal(const void *a, const void *b, size_t count);

/// Disables core files, and ptrace by the same user (RLIMIT_CORE 0, PR_SET_DUMPABLE 0). Returns 0 or an errno value.
int postern_disable_core_dumps(void);

/// Resets the handlers of crash signals: a crash only ends the process, and no handler of the Swift runtime prints
/// memory.
void postern_default_crash_signals(void);

/// Becomes another user permanently, with one group and none of root's rights, not dumpable (setgroups, setresgid,
/// setresuid, prctl). Returns 0, or an errno value, after which the process must end.
int postern_become(uid_t user, gid_t group);

/// Closes every descriptor from `first` on, at most once each.
void postern_close_from(int first);

/// fork(2). Only for a program that has one thread.
pid_t postern_fork(void);

/// crypt_r(3) of libxcrypt. Writes a NUL-terminated hash of at most `capacity` bytes. Returns 0, or an errno value if
/// the setting is not known or not accepted, the hash does not fit, or memory ran out.
int postern_crypt(const char *secret, const char *setting, char *hash, size_t capacity);

/// Returns free memory to the system (malloc_trim(3)).
void postern_release_memory(void);

/// syslog(3) with the text as data, never as a format.
void postern_syslog(int priority, const char *text);

#endif
