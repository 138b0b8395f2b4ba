// What libargon2 alone does: hashes a second on THREADS threads, with the memory (KiB) and passes given.
// usage: bare-argon2 THREADS MEMORY PASSES SECONDS
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double end;
static unsigned memory, passes;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *hash(void *count) {
    unsigned char out[32];
    while (now() < end) {
        if (argon2id_hash_raw(passes, memory, 1, "a wrong password", 16, "0123456789abcdef", 16, out, sizeof out)) exit(1);
        ++*(long *)count;
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 5) return 64;
    enum { most = 64 };
    int threads = atoi(arguments[1]);
    if (threads < 1 || threads > most) return 64;
    memory = (unsigned)atoi(arguments[2]), passes = (unsigned)atoi(arguments[3]);
    double start = now();
    end = start + atof(arguments[4]);
    pthread_t thread[most];
    static long hashes[most];
    long sum = 0;
    for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, hash, &hashes[i]);
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        sum += hashes[i];
    }
    printf("%.1f\n", (double)sum / (now() - start));
    return 0;
}
