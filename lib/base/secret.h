/* The only holder of keys and tokens: wiped when freed, never printed. There is deliberately no way
 * to format one. */
#ifndef SK_BASE_SECRET_H
#define SK_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise; end with sk_secret_done. */
struct sk_secret {
    char *data; /* owned, NUL-terminated; NULL when unset */
    size_t length;
};

/* Copies `length` bytes in, wiping what was there. */
void sk_secret_set(struct sk_secret *secret, const char *data, size_t length);
void sk_secret_copy(struct sk_secret *to, const struct sk_secret *from);
bool sk_secret_is_set(const struct sk_secret *secret);
void sk_secret_done(struct sk_secret *secret);

#endif
