#define _GNU_SOURCE
#include "postern_sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int fill(struct sockaddr_un *address, socklen_t *length, const char *path) {
    size_t count = strlen(path);
    if (count == 0 || count > POSTERN_MAX_SOCKET_PATH) return ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, count);
    if (path[0] == '@') address->sun_path[0] = '\0';
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count + (path[0] == '@' ? 0 : 1));
    return 0;
}

int postern_unix_bind(int descriptor, const char *path) {
    struct sockaddr_un address;
    socklen_t length;
    int code = fill(&address, &length, path);
    if (code != 0) return code;
    return bind(descriptor, (struct sockaddr *)&address, length) == 0 ? 0 : errno;
}

int postern_unix_connect(int descriptor, const char *path) {
    struct sockaddr_un address;
    socklen_t length;
    int code = fill(&address, &length, path);
    if (code != 0) return code;
    return connect(descriptor, (struct sockaddr *)&address, length) == 0 ? 0 : errno;
}

int postern_unix_dial(const char *path, int seconds) {
    struct timeval patience = {.tv_sec = seconds};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int code = postern_unix_connect(descriptor, path);
    if (code == 0) return descriptor;
    close(descriptor);
    return -code;
}

int postern_nobody_listens(int code) { return code == ENOENT || code == ECONNREFUSED; }

int postern_unix_send(const char *path, const char *text) {
    struct sockaddr_un address;
    socklen_t length;
    int code = fill(&address, &length, path);
    if (code != 0) return code;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    if (sendto(descriptor, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length) < 0) code = errno;
    close(descriptor);
    return code;
}

int postern_unix_path(int descriptor, char *path, size_t capacity) {
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    int type = 0, listens = 0;
    socklen_t size = sizeof type;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return errno;
    if (address.sun_family != AF_UNIX) return EAFNOSUPPORT;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return errno;
    size = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return errno;
    if (type != SOCK_STREAM || !listens) return EPROTOTYPE;
    size_t count = length - offsetof(struct sockaddr_un, sun_path);
    if (count == 0 || address.sun_path[0] == '\0') return EINVAL;
    count = strnlen(address.sun_path, count);
    if (count >= capacity) return ENAMETOOLONG;
    memcpy(path, address.sun_path, count);
    path[count] = '\0';
    return 0;
}
