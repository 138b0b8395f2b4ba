#define _GNU_SOURCE
#include "postern_seal.h"
#include "postern_secrets.h"

#include <nettle/chacha-poly1305.h>
#include <string.h>

static void begin(struct chacha_poly1305_ctx *state, const void *key, const void *nonce, const void *data, size_t count) {
    chacha_poly1305_set_key(state, key);
    chacha_poly1305_set_nonce(state, nonce);
    chacha_poly1305_update(state, count, data);
}

void postern_seal(const void *key, const void *nonce, const void *data, size_t data_count, const void *plain, size_t count,
    void *sealed) {
    struct chacha_poly1305_ctx state;
    begin(&state, key, nonce, data, data_count);
    chacha_poly1305_encrypt(&state, count, sealed, plain);
    chacha_poly1305_digest(&state, POSTERN_SEAL_TAG, (unsigned char *)sealed + count);
    explicit_bzero(&state, sizeof state);
    postern_wipe_stack();
}

int postern_open_sealed(const void *key, const void *nonce, const void *data, size_t data_count, const void *sealed,
    size_t count, void *plain) {
    struct chacha_poly1305_ctx state;
    unsigned char tag[POSTERN_SEAL_TAG];
    begin(&state, key, nonce, data, data_count);
    chacha_poly1305_decrypt(&state, count, plain, sealed);
    chacha_poly1305_digest(&state, sizeof tag, tag);
    explicit_bzero(&state, sizeof state);
    postern_wipe_stack();
    int is_sealed = postern_equal(tag, (const unsigned char *)sealed + count, sizeof tag);
    if (!is_sealed) postern_wipe(plain, count);
    return is_sealed;
}
