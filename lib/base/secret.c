/* Secrets, see secret.h. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void sk_secret_set(struct sk_secret *secret, const char *data, size_t length)
{
    char *copy = sk_xstrndup(data, length);
    sk_secret_done(secret);
    secret->data = copy;
    secret->length = length;
}

void sk_secret_copy(struct sk_secret *to, const struct sk_secret *from)
{
    if (from->data)
        sk_secret_set(to, from->data, from->length);
    else
        sk_secret_done(to);
}

bool sk_secret_is_set(const struct sk_secret *secret)
{
    return secret->data != NULL;
}

void sk_secret_done(struct sk_secret *secret)
{
    if (secret->data) {
        explicit_bzero(secret->data, secret->length);
        free(secret->data);
    }
    *secret = (struct sk_secret){0};
}
