// Signs in over a Dovecot auth socket and prints sign-ins a second, then the median and the 99th percentile of the time
// to an answer, in microseconds.
// usage: sign-ins SOCKET CONNECTIONS DEPTH SECONDS CREDENTIALS-FILE [wrong]
// DEPTH requests are in flight on each connection. A line of CREDENTIALS-FILE is a user name, a TAB and a password;
// requests take them by chance. With `wrong` each password gets something appended, each time something else.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { most_depth = 256, most_samples = 1 << 20 };

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
    double sent[most_depth];
    char text[65536];
    size_t length;
};

struct credential {
    char user[128], password[128], response[512];
};

static struct credential *credentials;
static size_t credential_count;
static int wrong;
static float *samples;
static size_t sample_count;

static void encode(struct credential *c, unsigned long salt) {
    unsigned char message[400];
    int size = salt ? snprintf((char *)message, sizeof message, "%c%s%c%s%lu", 0, c->user, 0, c->password, salt)
                    : snprintf((char *)message, sizeof message, "%c%s%c%s", 0, c->user, 0, c->password);
    base64(message, (size_t)size, c->response);
}

static size_t request(struct connection *c, char *out, size_t room) {
    static unsigned long salt, seed = 88172645463325252UL;
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    struct credential *chosen = &credentials[seed % credential_count];
    if (wrong) encode(chosen, ++salt + (unsigned long)getpid() * 1000000);
    c->sent[++c->id % most_depth] = now();
    return (size_t)snprintf(out, room, "AUTH\t%u\tPLAIN\tservice=imap\tsecured\tno-penalty\trip=192.0.2.7\tresp=%s\n", c->id,
                            chosen->response);
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count < 6) return 64;
    int connections = atoi(arguments[2]), depth = atoi(arguments[3]);
    double seconds = atof(arguments[4]);
    wrong = count > 6;
    if (depth < 1 || depth >= most_depth) return 64;
    FILE *file = fopen(arguments[5], "r");
    char line[300];
    while (file && fgets(line, sizeof line, file)) {
        credentials = realloc(credentials, (credential_count + 1) * sizeof *credentials);
        struct credential *c = &credentials[credential_count];
        if (sscanf(line, "%127[^\t]\t%127[^\n]", c->user, c->password) != 2) return 65;
        encode(c, 0);
        credential_count++;
    }
    if (!credential_count) return 66;
    samples = malloc(most_samples * sizeof *samples);

    struct connection *all = calloc((size_t)connections, sizeof *all);
    struct pollfd *waiting = calloc((size_t)connections, sizeof *waiting);
    static char out[most_depth * 600];
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
    long answered = 0;
    double start = now(), end = start + seconds;
    for (int i = 0; i < connections; i++) {
        size_t size = 0;
        for (int n = 0; n < depth; n++) size += request(&all[i], out + size, sizeof out - size);
        if (write(all[i].socket, out, size) != (ssize_t)size) return 1;
    }
    while (now() < end) {
        if (poll(waiting, (nfds_t)connections, 1000) <= 0) continue;
        for (int i = 0; i < connections; i++) {
            if (!waiting[i].revents) continue;
            struct connection *c = &all[i];
            ssize_t more = read(c->socket, c->text + c->length, sizeof c->text - c->length);
            if (more <= 0) { fprintf(stderr, "connection lost\n"); return 1; }
            c->length += (size_t)more;
            size_t size = 0, begin = 0;
            double moment = now();
            for (char *newline; (newline = memchr(c->text + begin, '\n', c->length - begin));) {
                char *answer = c->text + begin;
                if (!wrong && strncmp(answer, "OK\t", 3) != 0) { fprintf(stderr, "not granted: %.80s\n", answer); return 1; }
                unsigned id = (unsigned)strtoul(strchr(answer, '\t') + 1, NULL, 10);
                if (sample_count < most_samples) samples[sample_count++] = (float)((moment - c->sent[id % most_depth]) * 1e6);
                answered++;
                begin = (size_t)(newline + 1 - c->text);
                size += request(c, out + size, sizeof out - size);
            }
            memmove(c->text, c->text + begin, c->length -= begin);
            if (size && write(c->socket, out, size) != (ssize_t)size) return 1;
        }
    }
    double took = now() - start;
    qsort(samples, sample_count, sizeof *samples, ascending);
    printf("%.0f %.0f %.0f\n", (double)answered / took, sample_count ? samples[sample_count / 2] : 0,
           sample_count ? samples[sample_count * 99 / 100] : 0);
    return 0;
}
