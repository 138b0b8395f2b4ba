// Unix sockets by path, without casts between kinds of addresses in Swift. A path that begins with '@' is abstract.
#ifndef POSTERN_SOCKETS_H
#define POSTERN_SOCKETS_H

#include <stddef.h>

/// Octets of a path, less its NUL (unix(7)).
#define POSTERN_LONGEST_SOCKET_PATH 107

/// bind(2). 0, or an errno value.
int postern_unix_bind(int descriptor, const char *path);

/// connect(2). 0, or an errno value.
int postern_unix_connect(int descriptor, const char *path);

/// One datagram to a path. 0, or an errno value.
int postern_unix_send(const char *path, const char *text);

/// The path that a listening stream socket is bound to, NUL-terminated. 0, or an errno value: it is no such socket.
int postern_unix_path(int descriptor, char *path, size_t capacity);

#endif
