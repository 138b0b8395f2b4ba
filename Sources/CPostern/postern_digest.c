#define _GNU_SOURCE
#include "postern_digest.h"
#include "postern_secrets.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <string.h>

/// The state of any of the hashes.
union state {
    struct md5_ctx md5;
    struct sha1_ctx sha1;
    struct sha256_ctx sha256;
    struct sha512_ctx sha512;
};

static const struct nettle_hash *description(int hash) {
    switch (hash) {
    case POSTERN_MD5: return &nettle_md5;
    case POSTERN_SHA1: return &nettle_sha1;
    case POSTERN_SHA512: return &nettle_sha512;
    default: return &nettle_sha256;
    }
}

size_t postern_digest_length(int hash) { return description(hash)->digest_size; }

void postern_digest(
    int hash, const void *first, size_t first_count, const void *second, size_t second_count, void *digest) {
    const struct nettle_hash *function = description(hash);
    union state state;
    function->init(&state);
    function->update(&state, first_count, first);
    function->update(&state, second_count, second);
    function->digest(&state, function->digest_size, digest);
    explicit_bzero(&state, sizeof state);
    postern_wipe_stack();
}

void postern_hmac(int hash, const void *key, size_t key_count, const void *message, size_t count, void *mac) {
    const struct nettle_hash *function = description(hash);
    union state outer, inner, state;
    hmac_set_key(&outer, &inner, &state, function, key_count, key);
    hmac_update(&state, function, count, message);
    hmac_digest(&outer, &inner, &state, function, function->digest_size, mac);
    explicit_bzero(&outer, sizeof outer);
    explicit_bzero(&inner, sizeof inner);
    explicit_bzero(&state, sizeof state);
    postern_wipe_stack();
}

void postern_pbkdf2(int hash, const void *secret, size_t secret_count, const void *salt, size_t salt_count,
    unsigned rounds, void *block) {
    size_t length = postern_digest_length(hash);
    switch (hash) {
    case POSTERN_SHA1: pbkdf2_hmac_sha1(secret_count, secret, rounds, salt_count, salt, length, block); break;
    case POSTERN_SHA512: pbkdf2_hmac_sha512(secret_count, secret, rounds, salt_count, salt, length, block); break;
    default: pbkdf2_hmac_sha256(secret_count, secret, rounds, salt_count, salt, length, block);
    }
    postern_wipe_stack();
}

void postern_md5_block(const void *block, void *words) {
    struct md5_ctx state;
    unsigned char *next = words;
    md5_init(&state);
    md5_update(&state, MD5_BLOCK_SIZE, block);
    for (size_t i = 0; i < 4; i++)
        for (unsigned shift = 0; shift < 32; shift += 8) *next++ = (unsigned char)(state.state[i] >> shift);
    explicit_bzero(&state, sizeof state);
    postern_wipe_stack();
}

size_t postern_mac_state_size(void) { return sizeof(struct hmac_sha256_ctx); }

void postern_mac_set_key(void *state, const void *key, size_t count) {
    hmac_sha256_set_key(state, count, key);
    postern_wipe_stack();
}

void postern_mac(const void *state, const void *name, size_t name_count, const void *secret, size_t secret_count,
    void *mac) {
    static const uint8_t zero = 0;
    struct hmac_sha256_ctx copy;
    memcpy(&copy, state, sizeof copy);
    hmac_sha256_update(&copy, name_count, name);
    hmac_sha256_update(&copy, 1, &zero);
    hmac_sha256_update(&copy, secret_count, secret);
    hmac_sha256_digest(&copy, SHA256_DIGEST_SIZE, mac);
    explicit_bzero(&copy, sizeof copy);
    postern_wipe_stack();
}
