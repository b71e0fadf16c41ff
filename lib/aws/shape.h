/* What XML answers do not say: which members are lists, structures, numbers and booleans. Names
 * that are not here are text. Source: the API models of the query services; a contract test walks
 * every operation of the table in aws/operation.h. */
#ifndef SK_AWS_SHAPE_H
#define SK_AWS_SHAPE_H

#include <stddef.h>

enum sk_aws_type { SK_AWS_TEXT, SK_AWS_LIST, SK_AWS_STRUCTURE, SK_AWS_INTEGER, SK_AWS_BOOLEAN };

struct sk_aws_shape {
    const char *service, *member;
    enum sk_aws_type type;
};

/* SK_AWS_TEXT when there is no row. */
enum sk_aws_type sk_aws_shape_type(const char *service, const char *member, size_t length);
/* The table, for tests. */
const struct sk_aws_shape *sk_aws_shapes(size_t *count_out);

#endif
