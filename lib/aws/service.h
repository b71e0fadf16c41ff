/* The AWS services that can be called: one row each. Sources: the services' API models (protocol,
 * target, version, names) and aws-api.md 1.1 and 17.2 (starting rates). The contract tests compare
 * the table with botocore's models. */
#ifndef SK_AWS_SERVICE_H
#define SK_AWS_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

enum sk_aws_protocol {
    SK_AWS_PROTOCOL_JSON,  /* JSON body, X-Amz-Target header */
    SK_AWS_PROTOCOL_QUERY, /* form body, XML answer */
    SK_AWS_PROTOCOL_EC2,   /* form body with EC2's own names, XML answer; no operations yet */
    SK_AWS_PROTOCOL_REST,  /* only its endpoint is known here: aws/credentials_sso.c asks it */
};

struct sk_aws_service {
    const char *name; /* as used in calls */
    const char *id;   /* AWS_ENDPOINT_URL_<id>; in lower case the key of [services …] */
    enum sk_aws_protocol protocol;
    const char *json_version;    /* "1.1"; NULL for query */
    const char *target_prefix;   /* JSON: X-Amz-Target is "<prefix>.<operation>" */
    const char *api_version;     /* query: Version */
    const char *endpoint_prefix; /* first part of the host name */
    const char *signing_name;
    bool global;                  /* one endpoint for each partition (aws/endpoint.h) */
    bool rate_per_operation;      /* AWS counts each operation on its own */
    double read_rate, write_rate; /* calls per second to start with; they adapt (aws/bucket.h) */
};

/* NULL when there is none of that name. */
const struct sk_aws_service *sk_aws_service_find(const char *name);
/* The table, for tests and messages. */
const struct sk_aws_service *sk_aws_services(size_t *count_out);

#endif
