/* AWS's error codes as ours: one table that says what to do; nothing else in the program looks at
 * codes or texts. Source: aws-api.md sections 3.8, 4, 5, 6.4, 7 and 18. Pure. */
#ifndef SK_AWS_ERROR_H
#define SK_AWS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/operation.h"
#include "base/err.h"

struct sk_aws_error_facts {
    const char *service, *operation;
    int status;          /* HTTP */
    const char *code;    /* bare; NULL when the answer named none */
    const char *message; /* NULL: none */
    const char *reason;  /* Reason member; NULL: none */
};

/* A row fits when all of its members that are not NULL fit; the first row that fits counts. */
struct sk_aws_error_row {
    const char *service;   /* exact */
    const char *operation; /* prefix: "Create" */
    const char *code;      /* exact; "*X" ends with X; "X*" starts with X */
    const char *message;   /* contained, case ignored */
    const char *reason;    /* prefix */
    enum sk_errc result;
};

/* Never SK_OK. Without a fitting row the HTTP status decides; a status alone never means absent. */
enum sk_errc sk_aws_error_classify(const struct sk_aws_error_facts *facts);

/* Whether an attempt that ended so may still have taken effect. `sent`: the request may have
 * reached the server. */
bool sk_aws_error_outcome_unknown(enum sk_errc code, enum sk_aws_effect effect, bool sent);

/* The table, for tests. */
const struct sk_aws_error_row *sk_aws_error_rows(size_t *count_out);

#endif
