/* Wire protocols: JSON input to a request body, answers to JSON. One table row each. Sources:
 * aws-api.md 1.1 and 1.2; a contract test compares bodies with botocore's. Pure. */
#ifndef SK_AWS_PROTOCOL_H
#define SK_AWS_PROTOCOL_H

#include <jansson.h>

#include "aws/operation.h"
#include "aws/service.h"
#include "base/buffer.h"
#include "base/err.h"

/* What an error answer says. Zero-initialise; end with sk_aws_fault_done. */
struct sk_aws_fault {
    char *code;           /* owned: bare, without namespace; NULL when there was none */
    char *message;        /* owned; NULL when there was none */
    char *reason;         /* owned: the Reason member of some exceptions; NULL */
    char *request_id;     /* owned: of the body; NULL */
    double retry_after_s; /* RetryAfterSeconds of the body; 0 when there was none */
};

struct sk_aws_protocol_ops {
    /* Writes the body for `input` (an object). SK_E_INVALID. */
    int (*encode)(const struct sk_aws_service *service, const struct sk_aws_operation *operation,
                  const json_t *input, struct sk_buffer *body, struct sk_err *err);
    /* The output of a successful answer, an object, new; NULL with SK_E_PROTOCOL. *request_id is
     * owned by the caller and left alone when the body holds none. */
    json_t *(*decode)(const struct sk_aws_service *service,
                      const struct sk_aws_operation *operation, const char *body, size_t length,
                      char **request_id, struct sk_err *err);
    /* Reads what it can of an error answer; whatever the body is, this does not fail. */
    void (*decode_fault)(const struct sk_aws_service *service, const char *body, size_t length,
                         struct sk_aws_fault *out);
};

/* Never NULL. */
const struct sk_aws_protocol_ops *sk_aws_protocol_find(enum sk_aws_protocol protocol);

/* The bare code of "aws.protocols#Code:http://…" or "ns#Code". New; NULL for NULL or "". */
char *sk_aws_fault_code(const char *type) SK_WARN_UNUSED;
void sk_aws_fault_done(struct sk_aws_fault *fault);

extern const struct sk_aws_protocol_ops sk_aws_json_protocol, sk_aws_query_protocol;

#endif
