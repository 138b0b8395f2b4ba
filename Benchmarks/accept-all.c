// The yardstick: a checkpassword program that accepts everyone. It replies on descriptor 4 itself; with the argument
// through-reply, it executes the reply program that Dovecot names as the last argument.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    char request[512];
    size_t length = 0;
    int terminators = 0;
    while (terminators < 3 && length < sizeof request) {
        ssize_t got = read(3, request + length, sizeof request - length);
        if (got <= 0) return 111;
        for (ssize_t i = 0; i < got; i++) terminators += request[length + i] == 0;
        length += (size_t)got;
    }
    if (count > 2 && strcmp(arguments[1], "through-reply") == 0) {
        setenv("USER", request, 1);
        setenv("HOME", "/nonexistent", 1);
        execv(arguments[2], arguments + 2);
        return 111;
    }
    char reply[700];
    size_t size = 0;
    for (const char *piece = "user="; *piece; piece++) reply[size++] = *piece;
    for (const char *piece = request; *piece; piece++) reply[size++] = *piece;
    for (const char *piece = "\tuserdb_uid=5000\tuserdb_gid=5000\tuserdb_home=/nonexistent\t"; *piece; piece++)
        reply[size++] = *piece;
    return write(4, reply, size) == (ssize_t)size ? 0 : 111;
}
