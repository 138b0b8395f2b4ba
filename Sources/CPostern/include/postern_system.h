// Functions of glibc and libxcrypt that Swift's Glibc module cannot reach: variadic, feature-gated or hidden ones.
#ifndef POSTERN_SYSTEM_H
#define POSTERN_SYSTEM_H

#include <stddef.h>

/// Fills `buffer` from the kernel's random source. Returns 0 or an errno value.
int postern_random(void *buffer, size_t count);

/// crypt_r(3) of libxcrypt. Writes a NUL-terminated hash of at most `capacity` bytes. Returns 0, or an errno value if
/// the setting is not known or not accepted, the hash does not fit, or memory ran out.
int postern_crypt(const char *secret, const char *setting, char *hash, size_t capacity);

/// Returns free memory to the system (malloc_trim(3)).
void postern_release_memory(void);

/// syslog(3) with the text as data, never as a format.
void postern_syslog(int priority, const char *text);

#endif
