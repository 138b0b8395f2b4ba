// Digests of secrets by libnettle, in memory that is wiped: a library that allocates its own state leaves copies of
// secrets in freed memory. Linked statically, as the text libraries are.
#ifndef POSTERN_DIGEST_H
#define POSTERN_DIGEST_H

#include <stddef.h>

enum { POSTERN_MD5, POSTERN_SHA1, POSTERN_SHA256, POSTERN_SHA512 };

/// Bytes of the longest digest.
#define POSTERN_LONGEST_DIGEST 64

/// Bytes of a digest.
size_t postern_digest_length(int hash);

/// The digest of two parts, concatenated.
void postern_digest(int hash, const void *first, size_t first_count, const void *second, size_t second_count, void *digest);

/// HMAC (RFC 2104).
void postern_hmac(int hash, const void *key, size_t key_count, const void *message, size_t count, void *mac);

/// The first block of PBKDF2 (RFC 8018, section 5.2) with HMAC: as many bytes as the digest has. Not for MD5.
void postern_pbkdf2(int hash, const void *secret, size_t secret_count, const void *salt, size_t salt_count,
    unsigned rounds, void *block);

/// The state of MD5 after one block of 64 bytes, without padding and length (RFC 1321, section 3.4): 16 bytes, each
/// word with its least significant byte first.
void postern_md5_block(const void *block, void *words);

/// Bytes of a state of HMAC-SHA-256, which holds its key.
size_t postern_mac_state_size(void);

/// Makes the state of a key.
void postern_mac_set_key(void *state, const void *key, size_t count);

/// HMAC-SHA-256 of (name, 0, secret), 32 bytes. Does not change the state.
void postern_mac(const void *state, const void *name, size_t name_count, const void *secret, size_t secret_count,
    void *mac);

#endif
