// Unicode text that goes beyond what Swift's standard library offers in public: normalisation and internationalised
// domain names. The libraries are linked statically: libunistring's soname differs between Debian 12 and 13.
#ifndef POSTERN_TEXT_H
#define POSTERN_TEXT_H

#include <stddef.h>

/// Normalisation form C of UTF-8 text (u8_normalize of libunistring), without its NUL. Bytes written, or -1: the text is
/// not UTF-8, or the result is longer than `capacity`. Leaves no copy on the heap.
long postern_nfc(const void *text, size_t count, void *result, size_t capacity);

/// The A-label form of a domain in UTF-8 (UTS #46, non-transitional; idn2_to_ascii_8z of libidn2), in lower case and
/// NUL-terminated. 0, or -1: it is no internationalised domain name, or longer than `capacity`.
int postern_a_label(const char *domain, char *result, size_t capacity);

#endif
