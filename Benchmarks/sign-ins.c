// The load: signs in over a socket of Dovecot's auth protocol or of saslauthd's.
//
// usage: sign-ins PROTOCOL SOCKET CONNECTIONS DEPTH SECONDS CREDENTIALS SECRET
//        sign-ins crowd    SOCKET CONNECTIONS CREDENTIALS
//
// PROTOCOL is dovecot or saslauthd (with a new connection for each request). DEPTH requests are in flight on each
// connection. A line of CREDENTIALS is a user name, a TAB and a password; requests choose lines at random. SECRET is
// right, same-wrong (one wrong password for each user), wrong (a new one each time) or unknown (a new user each time).
// If SECONDS is 0, each line of CREDENTIALS signs in once instead, in order.
// Prints answers per second, then the median and the 99th percentile of the time to an answer in microseconds.
//
// A crowd connects at once, and each client signs in when it is greeted. Prints the milliseconds until the last client
// is connected and greeted, and until the last one is signed in. Then the clients stay connected, silently, until
// standard input ends.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { most_depth = 256, most_samples = 1 << 20, longest_answers = 8192, longest_request = 640 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
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
    double *sent;
    char *text;
    size_t length;
};

struct credential {
    char user[128], password[160], response[512];
};

static struct credential *credentials;
static size_t credential_count, taken;
static int in_order;
static enum { right, same_wrong, wrong, unknown } secret;
static int is_saslauthd;
static float *samples;
static size_t sample_count;

static void encode(struct credential *c) {
    unsigned char message[400];
    int size = snprintf((char *)message, sizeof message, "%c%s%c%s", 0, c->user, 0, c->password);
    base64(message, (size_t)size, c->response);
}

static void load(const char *path) {
    FILE *file = fopen(path, "r");
    char line[300];
    while (file && fgets(line, sizeof line, file)) {
        credentials = realloc(credentials, (credential_count + 1) * sizeof *credentials);
        struct credential *c = &credentials[credential_count];
        if (sscanf(line, "%127[^\t]\t%127[^\n]", c->user, c->password) != 2) exit(65);
        if (secret == same_wrong) strcat(c->password, " and more");
        encode(c);
        credential_count++;
    }
    if (!credential_count) exit(66);
}

static struct credential *choose(void) {
    if (in_order) return &credentials[taken++];
    static unsigned long salt, seed;
    if (!seed) seed = 88172645463325252UL ^ (unsigned long)(now() * 1e9) ^ (unsigned long)getpid() << 32;
    static struct credential made;
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    struct credential *chosen = &credentials[seed % credential_count];
    if (secret != wrong && secret != unknown) return chosen;
    made = *chosen;
    unsigned long number = ++salt + (unsigned long)getpid() * 1000000;
    if (secret == wrong) snprintf(made.password, sizeof made.password, "%.120s%lu", chosen->password, number);
    else snprintf(made.user, sizeof made.user, "nobody%lu@example.org", number);
    encode(&made);
    return &made;
}

static size_t field(char *out, const char *text) {
    size_t length = strlen(text);
    out[0] = (char)(length >> 8), out[1] = (char)length;
    memcpy(out + 2, text, length);
    return length + 2;
}

static size_t request(struct connection *c, char *out, size_t room) {
    if (in_order && taken == credential_count) return 0;
    struct credential *chosen = choose();
    c->sent[++c->id % most_depth] = now();
    if (is_saslauthd) {
        // saslauthd's password file has users by name and realm.
        char name[sizeof chosen->user];
        strcpy(name, chosen->user);
        char *realm = strchr(name, '@');
        if (realm) *realm++ = 0;
        size_t size = field(out, name);
        size += field(out + size, chosen->password);
        size += field(out + size, "imap");
        return size + field(out + size, realm ? realm : "");
    }
    return (size_t)snprintf(out, room, "AUTH\t%u\tPLAIN\tservice=imap\tsecured\tno-penalty\trip=192.0.2.7\tresp=%s\n", c->id,
                            chosen->response);
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static int attach(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    return made;
}

/// Dovecot identifies its clients by process id, so each connection gets a different one.
static unsigned client_id(int number) { return (unsigned)getpid() * 64 + (unsigned)number; }

static struct connection open_connection(const char *path, int number) {
    struct connection c = {.socket = attach(path)};
    c.sent = calloc(most_depth, sizeof *c.sent);
    c.text = malloc(longest_answers);
    if (is_saslauthd) return c;
    dprintf(c.socket, "VERSION\t1\t2\nCPID\t%u\n", client_id(number));
    size_t got = 0;
    while (got < 5 || memcmp(c.text + got - 5, "DONE\n", 5) != 0) {
        ssize_t more = read(c.socket, c.text + got, longest_answers - got);
        if (more <= 0) fail("handshake");
        got += (size_t)more;
    }
    return c;
}

static void note(struct connection *c, unsigned id, int granted, const char *answer) {
    // A temporary failure is never expected.
    if (granted != (secret == right) || strstr(answer, "temp_fail")) { fprintf(stderr, "not the answer expected: %.80s\n", answer); exit(1); }
    if (sample_count < most_samples) samples[sample_count++] = (float)((now() - c->sent[id % most_depth]) * 1e6);
}

/// Reads complete answers, and writes the next requests to `out`.
static size_t answers(struct connection *c, char *out, size_t room, long *answered) {
    size_t size = 0, begin = 0;
    for (char *newline; (newline = memchr(c->text + begin, '\n', c->length - begin));) {
        char *answer = c->text + begin;
        *newline = 0;
        note(c, (unsigned)strtoul(strchr(answer, '\t') + 1, NULL, 10), strncmp(answer, "OK\t", 3) == 0, answer);
        ++*answered;
        begin = (size_t)(newline + 1 - c->text);
        size += request(c, out + size, room - size);
    }
    memmove(c->text, c->text + begin, c->length -= begin);
    return size;
}

static int load_for(const char *path, int connections, int depth, double seconds) {
    samples = malloc(most_samples * sizeof *samples);
    struct connection *all = calloc((size_t)connections, sizeof *all);
    struct pollfd *waiting = calloc((size_t)connections, sizeof *waiting);
    static char out[most_depth * longest_request];
    for (int i = 0; i < connections; i++) {
        all[i] = open_connection(path, i);
        waiting[i] = (struct pollfd){.fd = all[i].socket, .events = POLLIN};
    }
    long answered = 0;
    double start = now(), end = start + seconds;
    for (int i = 0; i < connections; i++) {
        size_t size = 0;
        for (int n = 0; n < depth; n++) size += request(&all[i], out + size, sizeof out - size);
        if (write(all[i].socket, out, size) != (ssize_t)size) fail("write");
    }
    while (in_order ? (size_t)answered < credential_count : now() < end) {
        if (poll(waiting, (nfds_t)connections, 1000) <= 0) continue;
        for (int i = 0; i < connections; i++) {
            if (!waiting[i].revents) continue;
            struct connection *c = &all[i];
            ssize_t more = read(c->socket, c->text + c->length, longest_answers - 1 - c->length);
            if (more <= 0) fail("connection lost");
            c->length += (size_t)more;
            size_t size;
            if (is_saslauthd) {
                if (c->length < 4) continue;
                c->text[c->length] = 0;
                note(c, c->id, memcmp(c->text + 2, "OK", 2) == 0, c->text + 2);
                answered++;
                close(c->socket);
                c->socket = waiting[i].fd = attach(path);
                c->length = 0;
                size = request(c, out, sizeof out);
            } else {
                size = answers(c, out, sizeof out, &answered);
            }
            if (size && write(c->socket, out, size) != (ssize_t)size) fail("write");
        }
    }
    double took = now() - start;
    qsort(samples, sample_count, sizeof *samples, ascending);
    printf("%.1f %.0f %.0f\n", (double)answered / took, sample_count ? samples[sample_count / 2] : 0,
           sample_count ? samples[sample_count * 99 / 100] : 0);
    return 0;
}

static int crowd(const char *path, int connections) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct pollfd *waiting = calloc((size_t)connections, sizeof *waiting);
    // Whether each has been greeted.
    char *greeted = calloc((size_t)connections, 1), text[longest_answers];
    double start = now(), last_greeted = 0, last_answered = 0;
    int missing = connections;
    for (int i = 0; i < connections; i++) {
        int made = attach(path);
        dprintf(made, "VERSION\t1\t2\nCPID\t%u\n", client_id(i));
        waiting[i] = (struct pollfd){.fd = made, .events = POLLIN};
    }
    while (missing > 0) {
        if (poll(waiting, (nfds_t)connections, 60000) <= 0) fail("nobody answers");
        for (int i = 0; i < connections; i++) {
            if (!waiting[i].revents) continue;
            ssize_t size = read(waiting[i].fd, text, sizeof text - 1);
            if (size <= 0) fail("connection lost");
            text[size] = 0;
            if (!greeted[i] && strstr(text, "DONE\n")) {
                greeted[i] = 1, last_greeted = now();
                dprintf(waiting[i].fd, "AUTH\t1\tPLAIN\tservice=imap\tsecured\tno-penalty\trip=192.0.2.7\tresp=%s\n",
                        choose()->response);
            }
            if (strstr(text, "FAIL\t")) { fprintf(stderr, "refused: %s\n", text); return 1; }
            if (!strstr(text, "OK\t1\t")) continue;
            last_answered = now();
            waiting[i].events = 0;
            missing--;
        }
    }
    printf("%.0f %.0f\n", (last_greeted - start) * 1e3, (last_answered - start) * 1e3);
    fflush(stdout);
    while (read(STDIN_FILENO, text, sizeof text) > 0) {}
    return 0;
}

int main(int count, char **arguments) {
    if (count == 5 && strcmp(arguments[1], "crowd") == 0) {
        load(arguments[4]);
        return crowd(arguments[2], atoi(arguments[3]));
    }
    if (count != 8) return 64;
    static const char *const secrets[] = {"right", "same-wrong", "wrong", "unknown"};
    for (int i = 0; i < 4; i++) if (strcmp(arguments[7], secrets[i]) == 0) secret = i;
    is_saslauthd = strcmp(arguments[1], "saslauthd") == 0;
    int depth = atoi(arguments[4]);
    if (depth < 1 || depth >= most_depth || (is_saslauthd && depth > 1)) return 64;
    load(arguments[6]);
    double seconds = atof(arguments[5]);
    in_order = seconds == 0;
    return load_for(arguments[2], atoi(arguments[3]), depth, seconds);
}
