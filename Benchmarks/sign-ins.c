// Signs in over a Dovecot auth socket, one request in flight on each connection, and prints sign-ins a second.
// usage: sign-ins SOCKET CONNECTIONS SECONDS USER PASSWORD-FILE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void base64(const unsigned char *in, size_t count, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        unsigned word = (unsigned)in[i] << 16 | (i + 1 < count ? (unsigned)in[i + 1] << 8 : 0) | (i + 2 < count ? in[i + 2] : 0u);
        *out++ = digits[word >> 18 & 63];
        *out++ = digits[word >> 12 & 63];
        *out++ = i + 1 < count ? digits[word >> 6 & 63] : '=';
        *out++ = i + 2 < count ? digits[word & 63] : '=';
    }
    *out = 0;
}

struct connection {
    int socket;
    unsigned id;
    char line[8192];
    size_t length;
};

static char response[1024];

static void ask(struct connection *c) {
    char request[1400];
    int size = snprintf(request, sizeof request, "AUTH\t%u\tPLAIN\tservice=imap\tsecured\tno-penalty\trip=192.0.2.7\tresp=%s\n",
                        ++c->id, response);
    if (write(c->socket, request, (size_t)size) != size) exit(1);
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    int connections = atoi(arguments[2]);
    double seconds = atof(arguments[3]);
    char password[256] = "";
    FILE *file = fopen(arguments[5], "r");
    if (!file || !fgets(password, sizeof password, file)) return 66;
    password[strcspn(password, "\n")] = 0;
    unsigned char message[700];
    int size = snprintf((char *)message, sizeof message, "%c%s%c%s", 0, arguments[4], 0, password);
    base64(message, (size_t)size, response);

    struct connection *all = calloc((size_t)connections, sizeof *all);
    struct pollfd *waiting = calloc((size_t)connections, sizeof *waiting);
    for (int i = 0; i < connections; i++) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
        all[i].socket = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(all[i].socket, (struct sockaddr *)&address, sizeof address) != 0) { perror("connect"); return 1; }
        // Dovecot knows its clients by process id: each connection gets its own.
        dprintf(all[i].socket, "VERSION\t1\t2\nCPID\t%d\n", getpid() * 64 + i);
        char greeting[4096];
        size_t got = 0;
        while (got < 5 || memcmp(greeting + got - 5, "DONE\n", 5) != 0) {
            ssize_t more = read(all[i].socket, greeting + got, sizeof greeting - got);
            if (more <= 0) return 1;
            got += (size_t)more;
        }
        waiting[i] = (struct pollfd){.fd = all[i].socket, .events = POLLIN};
    }
    long granted = 0;
    double start = now(), end = start + seconds;
    for (int i = 0; i < connections; i++) ask(&all[i]);
    while (now() < end) {
        if (poll(waiting, (nfds_t)connections, 1000) <= 0) continue;
        for (int i = 0; i < connections; i++) {
            if (!waiting[i].revents) continue;
            struct connection *c = &all[i];
            ssize_t more = read(c->socket, c->line + c->length, sizeof c->line - c->length - 1);
            if (more <= 0) { fprintf(stderr, "connection lost\n"); return 1; }
            c->length += (size_t)more;
            c->line[c->length] = 0;
            if (!strchr(c->line, '\n')) continue;
            if (strncmp(c->line, "OK\t", 3) != 0) { fprintf(stderr, "not granted: %s", c->line); return 1; }
            granted++;
            c->length = 0;
            ask(c);
        }
    }
    printf("%.0f\n", (double)granted / (now() - start));
    return 0;
}
