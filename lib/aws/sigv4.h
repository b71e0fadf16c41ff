/* AWS Signature Version 4 over OpenSSL's HMAC. Source: "Signing AWS API requests" in AWS's IAM user
 * guide. The three stages are apart so that each can be compared with known values. Pure. */
#ifndef SK_AWS_SIGV4_H
#define SK_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secret.h"

#define SK_SIGV4_DATE_BYTES 17 /* "20261122T204100Z" and the NUL */

struct sk_sigv4_header {
    const char *name, *value; /* borrowed */
};

struct sk_sigv4_request {
    const char *method;
    const char *path;                      /* as on the wire, percent-encoded once; "" means "/" */
    const char *query;                     /* as on the wire, without '?'; NULL or "": none */
    const struct sk_sigv4_header *headers; /* Host included; hop-by-hop ones and User-Agent are left
                                              out of the signature */
    size_t header_count;
    const char *body;
    size_t body_length;
};

struct sk_sigv4_scope {
    const char *region, *service;
    struct sk_wall now;
    bool path_as_is; /* s3: the path is neither normalised nor encoded a second time */
};

void sk_sigv4_date(struct sk_wall now, char out[SK_SIGV4_DATE_BYTES]);

/* Path without dot segments and doubled slashes, each segment encoded (again). New. */
char *sk_sigv4_canonical_path(const char *path, bool as_is) SK_WARN_UNUSED;
/* Pairs sorted by name and value; what is percent-encoded stays so, other bytes outside the
 * unreserved set are encoded. New. */
char *sk_sigv4_canonical_query(const char *query) SK_WARN_UNUSED;

/* Stage 1. *signed_headers_out ("host;x-amz-date") and the result are owned by the caller. */
char *sk_sigv4_canonical_request(const struct sk_sigv4_request *request,
                                 const struct sk_sigv4_scope *scope,
                                 char **signed_headers_out) SK_WARN_UNUSED;
/* Stage 2. New. */
char *sk_sigv4_string_to_sign(const char *canonical_request,
                              const struct sk_sigv4_scope *scope) SK_WARN_UNUSED;
/* Stage 3: 64 hexadecimal digits and the NUL. */
void sk_sigv4_signature(const char *string_to_sign, const struct sk_sigv4_scope *scope,
                        const struct sk_secret *secret_key, char out[65]);

/* All stages: the value of the Authorization header. The request's headers must hold X-Amz-Date,
 * and X-Amz-Security-Token with temporary credentials. New. */
char *sk_sigv4_authorization(const struct sk_sigv4_request *request,
                             const struct sk_sigv4_scope *scope, const char *access_key_id,
                             const struct sk_secret *secret_key) SK_WARN_UNUSED;

#endif
