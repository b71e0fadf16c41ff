/* Endpoints: one rule, <prefix>[-fips].<region>.<suffix>, and a table of what departs from it. */
#include "aws/endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

enum variant { PLAIN, FIPS, DUAL, FIPS_DUAL };

struct partition {
    const char *name, *region_prefix, *suffix, *dual_suffix;
};

/* The first whose prefix fits; "" fits the geographic prefixes below. */
static const struct partition partitions[] = {
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
    {"aws", "", "amazonaws.com", "api.aws"},
};

/* Regions of the partition "aws" are <geography>-<word>-<digit>. */
static const char *const geographies[] = {"af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"};

/* {R} stands for the region. A signing region of NULL is the region itself. */
struct exception {
    const char *service, *partition;
    enum variant variant;
    const char *host, *signing_region;
};

static const struct exception exceptions[] = {
    {"iam", "aws", PLAIN, "iam.amazonaws.com", "us-east-1"},
    {"iam", "aws", FIPS, "iam-fips.amazonaws.com", "us-east-1"},
    {"iam", "aws", DUAL, "iam.global.api.aws", "us-east-1"},
    {"iam", "aws", FIPS_DUAL, "iam-fips.global.api.aws", "us-east-1"},
    {"iam", "aws-cn", PLAIN, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    {"iam", "aws-cn", FIPS, "iam-fips.amazonaws.com.cn", "cn-north-1"},
    {"iam", "aws-cn", DUAL, "iam.global.api.amazonwebservices.com.cn", "cn-north-1"},
    {"iam", "aws-cn", FIPS_DUAL, "iam-fips.api.amazonwebservices.com.cn", "cn-north-1"},
    {"iam", "aws-us-gov", PLAIN, "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"iam", "aws-us-gov", FIPS, "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"iam", "aws-us-gov", DUAL, "iam.us-gov.api.aws", "us-gov-west-1"},
    {"iam", "aws-us-gov", FIPS_DUAL, "iam.us-gov.api.aws", "us-gov-west-1"},

    {"organizations", "aws", PLAIN, "organizations.us-east-1.amazonaws.com", "us-east-1"},
    {"organizations", "aws", FIPS, "organizations-fips.us-east-1.amazonaws.com", "us-east-1"},
    {"organizations", "aws-cn", PLAIN, "organizations.cn-northwest-1.amazonaws.com.cn",
     "cn-northwest-1"},
    {"organizations", "aws-us-gov", PLAIN, "organizations.us-gov-west-1.amazonaws.com",
     "us-gov-west-1"},
    {"organizations", "aws-us-gov", FIPS, "organizations.us-gov-west-1.amazonaws.com",
     "us-gov-west-1"},

    {"sagemaker", "aws", FIPS, "api-fips.sagemaker.{R}.amazonaws.com", NULL},
    {"sagemaker", "aws-us-gov", FIPS, "api-fips.sagemaker.{R}.amazonaws.com", NULL},

    /* In the GovCloud regions the ordinary hosts of these are the FIPS ones. */
    {"cloudtrail", "aws-us-gov", FIPS, "cloudtrail.{R}.amazonaws.com", NULL},
    {"ec2", "aws-us-gov", FIPS, "ec2.{R}.amazonaws.com", NULL},
    {"identitystore", "aws-us-gov", FIPS, "identitystore.{R}.amazonaws.com", NULL},
    {"servicequotas", "aws-us-gov", FIPS, "servicequotas.{R}.amazonaws.com", NULL},
    {"sso", "aws-us-gov", FIPS, "portal.sso.{R}.amazonaws.com", NULL},
    {"sso-admin", "aws-us-gov", FIPS, "sso.{R}.amazonaws.com", NULL},
    {"sts", "aws-us-gov", FIPS, "sts.{R}.amazonaws.com", NULL},
};

static bool is_geography(const char *region)
{
    size_t length = strcspn(region, "-");
    for (size_t i = 0; i < sizeof(geographies) / sizeof(*geographies); i++) {
        if (strlen(geographies[i]) == length && memcmp(geographies[i], region, length) == 0)
            return true;
    }
    return false;
}

/* Whether `rest` is "<letters>-<digits>". */
static bool is_place(const char *rest)
{
    size_t word = 0;
    while (islower((unsigned char)rest[word]))
        word++;
    if (word == 0 || rest[word] != '-')
        return false;
    const char *number = rest + word + 1;
    return *number && number[strspn(number, "0123456789")] == '\0';
}

static const struct partition *partition_find(const char *region)
{
    for (size_t i = 0; i < sizeof(partitions) / sizeof(*partitions); i++) {
        const char *prefix = partitions[i].region_prefix;
        if (*prefix && sk_text_starts_with(region, prefix))
            return is_place(region + strlen(prefix)) ? &partitions[i] : NULL;
        if (!*prefix && is_geography(region))
            return is_place(region + strcspn(region, "-") + 1) ? &partitions[i] : NULL;
    }
    return NULL;
}

const char *sk_aws_partition_of(const char *region)
{
    const struct partition *partition = partition_find(region);
    return partition ? partition->name : NULL;
}

static const struct exception *exception_find(const struct sk_aws_service *service,
                                              const struct partition *partition,
                                              enum variant variant)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++) {
        if (exceptions[i].variant == variant && strcmp(exceptions[i].service, service->name) == 0 &&
            strcmp(exceptions[i].partition, partition->name) == 0)
            return &exceptions[i];
    }
    return NULL;
}

static char *host_of(const struct sk_aws_service *service, const struct partition *partition,
                     const struct exception *exception, enum variant variant, const char *region)
{
    bool fips = variant == FIPS || variant == FIPS_DUAL;
    bool dual = variant == DUAL || variant == FIPS_DUAL;
    if (!exception)
        return sk_xasprintf("%s%s.%s.%s", service->endpoint_prefix, fips ? "-fips" : "", region,
                            dual ? partition->dual_suffix : partition->suffix);
    const char *place = strstr(exception->host, "{R}");
    if (!place)
        return sk_xstrdup(exception->host);
    return sk_xasprintf("%.*s%s%s", (int)(place - exception->host), exception->host, region,
                        place + strlen("{R}"));
}

/* Splits a user's URL. The port is dropped from the Host header when it is the scheme's own, as
 * libcurl does, since the signature covers that header. */
static int split_url(const char *url, struct sk_aws_endpoint *out, struct sk_err *err)
{
    static const struct {
        const char *prefix, *port;
    } schemes[] = {{"http://", ":80"}, {"https://", ":443"}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        if (!sk_text_starts_with(url, schemes[i].prefix))
            continue;
        const char *host = url + strlen(schemes[i].prefix);
        size_t length = strcspn(host, "/?#");
        const char *path = host + length;
        size_t path_length = strlen(path);
        while (path_length > 0 && path[path_length - 1] == '/')
            path_length--;
        if (length == 0 || memchr(host, '@', length) || strpbrk(path, "?#"))
            break;
        out->url = sk_xasprintf("%s%.*s%.*s/", schemes[i].prefix, (int)length, host,
                                (int)path_length, path);
        out->host = sk_xstrndup(host, length);
        if (sk_text_ends_with(out->host, schemes[i].port))
            out->host[length - strlen(schemes[i].port)] = '\0';
        out->path = sk_xasprintf("%.*s/", (int)path_length, path);
        return 0;
    }
    sk_auto(sk_freep) char *shown = sk_text_scrub(url);
    return sk_err_set(err, SK_E_INVALID,
                      "endpoint \"%s\" is not http[s]://HOST[:PORT][/PATH] without user or query",
                      shown);
}

int sk_aws_endpoint_resolve(const struct sk_aws_service *service,
                            const struct sk_aws_endpoint_opts *opts, struct sk_aws_endpoint *out,
                            struct sk_err *err)
{
    const struct partition *partition = partition_find(opts->region);
    if (!partition)
        return sk_err_set(err, SK_E_INVALID, "\"%s\" is not a region of a known partition",
                          opts->region);
    enum variant variant =
        opts->fips ? (opts->dual_stack ? FIPS_DUAL : FIPS) : (opts->dual_stack ? DUAL : PLAIN);
    const struct exception *exception = exception_find(service, partition, variant);
    struct sk_aws_endpoint result = {0};
    if (opts->url) {
        if (split_url(opts->url, &result, err) < 0)
            return SK_E_INVALID;
        exception = exception_find(service, partition, PLAIN);
    } else {
        result.host = host_of(service, partition, exception, variant, opts->region);
        result.path = sk_xstrdup("/");
        result.url = sk_xasprintf("https://%s/", result.host);
    }
    result.signing_region = sk_xstrdup(
        exception && exception->signing_region ? exception->signing_region : opts->region);
    *out = result;
    return 0;
}

void sk_aws_endpoint_done(struct sk_aws_endpoint *endpoint)
{
    free(endpoint->url);
    free(endpoint->host);
    free(endpoint->path);
    free(endpoint->signing_region);
    *endpoint = (struct sk_aws_endpoint){0};
}
