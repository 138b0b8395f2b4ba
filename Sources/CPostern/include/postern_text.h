// Unicode functions that Swift's standard library does not offer in public: normalisation and internationalised domain
// names. The libraries are linked statically: libunistring's soname differs between Debian 12 and 13.
#ifndef POSTERN_TEXT_H
#define POSTERN_TEXT_H

#include <stddef.h>

/// Writes normalisation form C of UTF-8 text (u8_normalize of libunistring), without a NUL. Returns the number of
/// bytes, or -1 if the text is not UTF-8, the result is longer than `capacity`, or memory ran out. Leaves no copy on
/// the heap.
long postern_nfc(const void *text, size_t count, void *result, size_t capacity);

/// Writes the A-label form of a domain in UTF-8 (UTS #46, non-transitional; idn2_to_ascii_8z of libidn2), in lower case
/// and NUL-terminated. Returns 0, or -1 if it is not an internationalised domain name or does not fit into `capacity`.
int postern_a_label(const char *domain, char *result, size_t capacity);

#endif
