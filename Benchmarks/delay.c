// A relay between two Unix sockets that holds everything back, as a distance does.
//
// usage: delay SERVER LISTENER MILLISECONDS
//
// MILLISECONDS are those to the server and back.
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { most_links = 512, most_pieces = 65536 };

struct piece {
    double due;
    int to;
    size_t length;
    char *bytes;
};

static struct pollfd watched[1 + most_links];
// The other end of each.
static int others[1 + most_links];
static int count = 1;
// In the order of their times, since each is held back equally long.
static struct piece pieces[most_pieces];
static unsigned first, last;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int unix_socket(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void add(int one, int other) {
    if (count > most_links) fail("too many connections");
    watched[count] = (struct pollfd){.fd = one, .events = POLLIN};
    others[count++] = other;
}

// Closes both ends once what was sent before has arrived: an empty piece.
static void hold(int to, char *bytes, size_t length, double due) {
    pieces[last++ % most_pieces] = (struct piece){due, to, length, bytes};
    if (last - first >= most_pieces) fail("too much on its way");
}

static void deliver(void) {
    while (first != last && pieces[first % most_pieces].due <= now()) {
        struct piece *piece = &pieces[first++ % most_pieces];
        for (size_t sent = 0; sent < piece->length;) {
            ssize_t some = send(piece->to, piece->bytes + sent, piece->length - sent, MSG_NOSIGNAL);
            if (some <= 0) break;
            sent += (size_t)some;
        }
        if (!piece->length) shutdown(piece->to, SHUT_RDWR);
        free(piece->bytes);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    double half = atof(argv[3]) / 2;
    struct sockaddr_un server, own;
    int listener = unix_socket(argv[2], &own);
    unlink(argv[2]);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 64)) fail(argv[2]);
    watched[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        struct timespec left = {.tv_sec = 1};
        if (first != last) {
            double wait = pieces[first % most_pieces].due - now();
            left = (struct timespec){.tv_nsec = wait > 0 ? (long)(wait * 1e6) : 0};
        }
        ppoll(watched, (nfds_t)count, &left, NULL);
        deliver();
        if (watched[0].revents) {
            int client = accept(listener, NULL, NULL), link = unix_socket(argv[1], &server);
            if (connect(link, (struct sockaddr *)&server, sizeof server)) fail(argv[1]);
            add(client, link);
            add(link, client);
        }
        for (int i = 1; i < count; i++) {
            if (!watched[i].revents) continue;
            char *bytes = malloc(65536);
            ssize_t length = read(watched[i].fd, bytes, 65536);
            hold(others[i], bytes, length > 0 ? (size_t)length : 0, now() + half);
            // An end that closed is not watched again; its number stays until both have.
            if (length <= 0) watched[i].fd = -1;
        }
    }
}
