// ChaCha20-Poly1305 (RFC 8439) by libnettle, in memory that is wiped.
#ifndef POSTERN_SEAL_H
#define POSTERN_SEAL_H

#include <stddef.h>

#define POSTERN_SEAL_KEY 32
#define POSTERN_SEAL_NONCE 12
#define POSTERN_SEAL_TAG 16

/// Encrypts `count` bytes and appends the tag: `sealed` takes `count` + POSTERN_SEAL_TAG bytes. A nonce is used once for a key.
void postern_seal(const void *key, const void *nonce, const void *data, size_t data_count, const void *plain, size_t count,
    void *sealed);

/// Decrypts what `postern_seal` made of `count` bytes. Returns 1, or 0, with `plain` wiped, if key, nonce, data or bytes are
/// others.
int postern_open_sealed(const void *key, const void *nonce, const void *data, size_t data_count, const void *sealed,
    size_t count, void *plain);

#endif
