// The best that libargon2 alone can do: hashes per second on THREADS threads, with MEMORY KiB and PASSES passes. Each
// thread reuses its memory, because getting it from the kernel takes a fifth of the time of a hash.
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

static _Thread_local uint8_t *kept;

static int keep(uint8_t **allocated, size_t size) {
    if (!kept) kept = malloc(size);
    *allocated = kept;
    return kept ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void leave(uint8_t *allocated, size_t size) { (void)allocated, (void)size; }

static void *hash(void *count) {
    uint8_t out[32], password[] = "a wrong password", salt[] = "0123456789abcdef";
    argon2_context context = {.out = out, .outlen = sizeof out, .pwd = password, .pwdlen = 16, .salt = salt, .saltlen = 16,
                              .t_cost = passes, .m_cost = memory, .lanes = 1, .threads = 1, .version = ARGON2_VERSION_13,
                              .allocate_cbk = keep, .free_cbk = leave};
    while (now() < end) {
        if (argon2id_ctx(&context) != ARGON2_OK) exit(1);
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
