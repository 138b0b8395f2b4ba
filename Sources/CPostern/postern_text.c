#include "postern_text.h"

#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

long postern_nfc(const void *text, size_t count, void *result, size_t capacity) {
    size_t length = capacity;
    uint8_t *made = u8_normalize(UNINORM_NFC, text, count, result, &length);
    if (made == NULL) return -1;
    if (made == result) return (long)length;
    explicit_bzero(made, length);
    free(made);
    return -1;
}

int postern_a_label(const char *domain, char *result, size_t capacity) {
    char *made = NULL;
    // Not IDN2_USE_STD3_ASCII_RULES, which drops characters that it should refuse: the caller checks the result.
    if (idn2_to_ascii_8z(domain, &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return -1;
    size_t length = strlen(made);
    int code = length < capacity ? 0 : -1;
    if (code == 0) memcpy(result, made, length + 1);
    idn2_free(made);
    return code;
}
