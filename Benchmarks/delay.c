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

enum { most_ends = 1024, most_pieces = 65536, longest_piece = 65536 };

// One end of a connection; the other one is beside it: 2 and 3, 4 and 5.
struct end {
    int socket;
    int has_ended;
    // Pieces on their way to it.
    unsigned awaited;
};

struct piece {
    double due;
    unsigned to;
    // 0: the other end has closed.
    size_t length;
    char *bytes;
};

static struct end ends[most_ends];
// The listener, and each end at its place.
static struct pollfd watched[most_ends];
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
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void add(int client, const char *path) {
    struct sockaddr_un address;
    int server = unix_socket(path, &address);
    unsigned place = 2;
    while (place < most_ends && ends[place].socket >= 0) place += 2;
    if (place == most_ends || connect(server, (struct sockaddr *)&address, sizeof address)) {
        close(client);
        close(server);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        int socket = i ? server : client;
        ends[place + i] = (struct end){.socket = socket};
        watched[place + i] = (struct pollfd){.fd = socket, .events = POLLIN};
    }
}

static void receive(unsigned place, double due) {
    char *bytes = malloc(longest_piece);
    ssize_t length = read(ends[place].socket, bytes, longest_piece);
    if (length <= 0) {
        ends[place].has_ended = 1;
        watched[place].fd = -1;
    }
    if (last - first == most_pieces) fail("too much on its way");
    pieces[last++ % most_pieces] = (struct piece){due, place ^ 1, length > 0 ? (size_t)length : 0, bytes};
    ends[place ^ 1].awaited++;
}

static void deliver(struct piece *piece) {
    struct end *end = &ends[piece->to], *other = &ends[piece->to ^ 1];
    for (size_t sent = 0; sent < piece->length;) {
        ssize_t some = send(end->socket, piece->bytes + sent, piece->length - sent, MSG_NOSIGNAL);
        if (some <= 0) break;
        sent += (size_t)some;
    }
    if (!piece->length) shutdown(end->socket, SHUT_RDWR);
    free(piece->bytes);
    end->awaited--;
    if (!end->has_ended || !other->has_ended || end->awaited || other->awaited) return;
    close(end->socket);
    close(other->socket);
    end->socket = other->socket = -1;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    double half = atof(argv[3]) / 2;
    struct sockaddr_un own;
    int listener = unix_socket(argv[2], &own);
    unlink(argv[2]);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 64)) fail(argv[2]);
    for (unsigned i = 0; i < most_ends; i++) {
        ends[i].socket = -1;
        watched[i].fd = -1;
    }
    watched[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        struct timespec left = {.tv_sec = 1};
        if (first != last) {
            double wait = pieces[first % most_pieces].due - now();
            left = (struct timespec){.tv_nsec = wait > 0 ? (long)(wait * 1e6) : 0};
        }
        ppoll(watched, most_ends, &left, NULL);
        while (first != last && pieces[first % most_pieces].due <= now()) deliver(&pieces[first++ % most_pieces]);
        if (watched[0].revents) {
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0) add(client, argv[1]);
        }
        for (unsigned i = 2; i < most_ends; i++)
            if (watched[i].fd >= 0 && watched[i].revents) receive(i, now() + half);
    }
}
