/* Where a call goes and for which region it is signed. Sources: the services' endpoint rules; the
 * contract tests compare every service, region and variant with botocore's. Pure but for the
 * settings, which are looked up through a function. */
#ifndef SK_AWS_ENDPOINT_H
#define SK_AWS_ENDPOINT_H

#include <stdbool.h>

#include "aws/service.h"
#include "base/err.h"

/* Zero-initialise; end with sk_aws_endpoint_done. */
struct sk_aws_endpoint {
    char *url;            /* owned: scheme, host, path */
    char *host;           /* owned: with the port when it is not the scheme's own */
    char *path;           /* owned: "/" at least */
    char *signing_region; /* owned */
};

struct sk_aws_endpoint_opts {
    const char *region; /* for a global service: any region of the partition */
    bool fips, dual_stack;
    const char *url; /* set by the user: AWS_ENDPOINT_URL…; NULL: AWS's own */
};

/* SK_E_INVALID: unknown region or malformed url. */
int sk_aws_endpoint_resolve(const struct sk_aws_service *service,
                            const struct sk_aws_endpoint_opts *opts, struct sk_aws_endpoint *out,
                            struct sk_err *err) SK_WARN_UNUSED;
void sk_aws_endpoint_done(struct sk_aws_endpoint *endpoint);

/* "aws", "aws-cn", "aws-us-gov", or NULL for a region of none of them. Borrowed, static. */
const char *sk_aws_partition_of(const char *region);

#endif
