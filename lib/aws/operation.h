/* The AWS operations that can be called: one row each; anything else is refused. The contract tests
 * compare the table with botocore's models and paginators. */
#ifndef SK_AWS_OPERATION_H
#define SK_AWS_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

/* What making a call twice means. */
enum sk_aws_effect {
    SK_AWS_READ,       /* changes nothing */
    SK_AWS_WRITE,      /* natural key, token, or the same effect twice: may be repeated */
    SK_AWS_WRITE_ONCE, /* makes another thing each time: never repeated after an unknown outcome */
};

#define SK_AWS_OPERATION_LISTS 4

struct sk_aws_operation {
    const char *service, *name;
    enum sk_aws_effect effect;
    bool is_unsigned; /* sent without credentials: what it carries proves who asks */
    /* Paging; all NULL for an operation without. */
    const char *token_in, *token_out; /* member of the input, of the answer */
    const char *more;                 /* member that says whether the token counts; NULL: none */
    const char *lists[SK_AWS_OPERATION_LISTS]; /* members that are joined over the pages */
    const char *size_member; /* page size is always sent unless the input has one … */
    int size;
    const char *size_not_with; /* … or this member; NULL: none */
    const char *restart_code;  /* error code after which the listing starts again, once */
};

/* NULL when there is no row. */
const struct sk_aws_operation *sk_aws_operation_find(const char *service, const char *name);
/* The table, for tests and messages. */
const struct sk_aws_operation *sk_aws_operations(size_t *count_out);

#endif
