#define _GNU_SOURCE
#include "postern_system.h"

#include <crypt.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

int postern_random(void *buffer, size_t count) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

int postern_crypt(const char *secret, const char *setting, char *hash, size_t capacity) {
    struct crypt_data *work = calloc(1, sizeof *work);
    if (work == NULL) return ENOMEM;
    errno = 0;
    const char *made = crypt_r(secret, setting, work);
    int result = 0;
    if (made == NULL || made[0] == '*') {
        result = errno != 0 ? errno : EINVAL;
    } else if (strlen(made) >= capacity) {
        result = ERANGE;
    } else {
        strcpy(hash, made);
    }
    explicit_bzero(work, sizeof *work);
    free(work);
    return result;
}

void postern_syslog(int priority, const char *text) { syslog(priority, "%s", text); }

void postern_release_memory(void) { malloc_trim(0); }
