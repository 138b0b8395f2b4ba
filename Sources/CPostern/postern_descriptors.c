#define _GNU_SOURCE
#include "postern_descriptors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int postern_is_open(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

int postern_open(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return descriptor >= 0 ? descriptor : -errno;
}

void postern_close(int descriptor) { close(descriptor); }

long postern_read(int descriptor, void *buffer, size_t count) {
    for (;;) {
        ssize_t got = read(descriptor, buffer, count);
        if (got >= 0) return got;
        if (errno != EINTR) return -errno;
    }
}

int postern_write(int descriptor, const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, next, count);
        if (written < 0 && errno != EINTR) return errno;
        if (written > 0) {
            next += written;
            count -= (size_t)written;
        }
    }
    return 0;
}

int postern_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) return errno;
    return (size_t)sent == count ? 0 : EAGAIN;
}

const char *postern_environment(const char *name) { return getenv(name); }
