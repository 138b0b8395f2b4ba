#define _GNU_SOURCE
#include "postern_secrets.h"

#include <string.h>

void postern_wipe(void *buffer, size_t count) {
    if (count > 0) explicit_bzero(buffer, count);
}

__attribute__((noinline)) void postern_wipe_stack(void) {
    unsigned char left[4096];
    explicit_bzero(left, sizeof left);
}

int postern_equal(const void *a, const void *b, size_t count) {
    const volatile unsigned char *left = a, *right = b;
    unsigned char difference = 0;
    for (size_t i = 0; i < count; i++) difference |= left[i] ^ right[i];
    return difference == 0;
}
