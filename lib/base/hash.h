/* SHA-256 over OpenSSL. */
#ifndef SK_BASE_HASH_H
#define SK_BASE_HASH_H

#include <stddef.h>

#define SK_SHA256_HEX_BYTES 65 /* 64 digits and the NUL */

/* Lower-case hexadecimal SHA-256 (FIPS 180-4) of `length` bytes at `data`. */
void sk_sha256_hex(const void *data, size_t length, char out[SK_SHA256_HEX_BYTES]);

#endif
