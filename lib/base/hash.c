/* SHA-256, see hash.h. */
#include "base/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

void sk_sha256_hex(const void *data, size_t length, char out[SK_SHA256_HEX_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_length = 0;
    if (EVP_Digest(data, length, digest, &digest_length, EVP_sha256(), NULL) != 1)
        abort(); /* SHA-256 cannot fail but for memory */
    static const char digits[] = "0123456789abcdef";
    for (unsigned int i = 0; i < digest_length; i++) {
        out[(size_t)2 * i] = digits[digest[i] >> 4];
        out[(size_t)2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = '\0';
}
