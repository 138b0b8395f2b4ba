// Unix sockets by path, without casts between address types in Swift. A path that begins with '@' is abstract.
// postern-checkpassword is linked with this file, too, against musl.
#ifndef POSTERN_SOCKETS_H
#define POSTERN_SOCKETS_H

#include <stddef.h>

/// Maximum length of a path in bytes, without its NUL (unix(7)).
#define POSTERN_MAX_SOCKET_PATH 107

/// bind(2). Returns 0 or an errno value.
int postern_unix_bind(int descriptor, const char *path);

/// connect(2). Returns 0 or an errno value.
int postern_unix_connect(int descriptor, const char *path);

/// Makes a socket that is connected to a path. Connecting, each write and each read end after so many seconds. Returns the
/// descriptor, or an errno value as a negative number.
int postern_unix_dial(const char *path, int seconds);

/// Whether connecting failed with this errno value because no program listens there.
int postern_nobody_listens(int code);

/// Sends one datagram to a path. Returns 0 or an errno value.
int postern_unix_send(const char *path, const char *text);

/// Writes the path that a listening stream socket is bound to, NUL-terminated. Returns 0, or an errno value if it is
/// not such a socket or the path does not fit.
int postern_unix_path(int descriptor, char *path, size_t capacity);

#endif
