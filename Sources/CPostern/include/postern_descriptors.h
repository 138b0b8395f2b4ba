// Descriptors and the environment, without errno and variadic functions, which Embedded Swift cannot reach.
// postern-checkpassword is linked with this file, too, against musl.
#ifndef POSTERN_DESCRIPTORS_H
#define POSTERN_DESCRIPTORS_H

#include <errno.h>
#include <stddef.h>

/// Whether the descriptor is open.
int postern_is_open(int descriptor);

/// Opens a file for reading, without waiting for a writer. Returns the descriptor, or an errno value as a negative number.
int postern_open(const char *path);

/// close(2).
void postern_close(int descriptor);

/// read(2), again after a signal. Returns the number of bytes, 0 at the end, or an errno value as a negative number.
long postern_read(int descriptor, void *buffer, size_t count);

/// Writes all bytes. Returns 0 or an errno value.
int postern_write(int descriptor, const void *bytes, size_t count);

/// Sends all bytes in one call to a connected socket, without SIGPIPE. Returns 0 or an errno value.
int postern_send(int descriptor, const void *bytes, size_t count);

/// The value of an environment variable; NULL if it is not set.
const char *postern_environment(const char *name);

#endif
