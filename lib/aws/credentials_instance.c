/* The role of an EC2 instance, from its metadata service, version 2 only: a token by PUT, the
 * role's name, its credentials. Version 1, without token, is never used: a request forged through
 * the machine can ask it too. Outside of EC2 nothing answers; the short time-out is what that
 * costs. Source: "IMDS credential provider" in AWS's SDK reference guide. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"
#include "base/text.h"

#define IPV4_ENDPOINT     "http://169.254.169.254"
#define IPV6_ENDPOINT     "http://[fd00:ec2::254]"
#define ROLE_PATH         "/latest/meta-data/iam/security-credentials/"
#define DEFAULT_TIMEOUT_S 1
#define MAX_ROLE_BYTES    128 /* IAM's names have at most 64 */

/* What the steps hand on. */
struct visit {
    char *endpoint; /* without "/" at its end */
    struct sk_secret token;
    unsigned timeout_ms, attempts;
};

static void visit_free(void *state)
{
    struct visit *visit = state;
    free(visit->endpoint);
    sk_secret_done(&visit->token);
    free(visit);
}

/* Not configured, too, is an instance without a role, and a machine that is none. */
static int nothing_there(struct sk_aws_chain *chain, const char *step,
                         const struct sk_aws__answer *answer)
{
    const struct visit *visit = chain->state;
    if (answer->failure)
        sk_aws_chain_note(chain, "no answer from %s (%s)", visit->endpoint,
                          sk_errc_name(answer->failure->code));
    else
        sk_aws_chain_note(chain, "%s answered HTTP status %d for %s", visit->endpoint,
                          answer->status, step);
    return SK_AWS_NOT_CONFIGURED;
}

static int get(struct sk_aws_chain *chain, const char *role, sk_aws__answered_fn then)
{
    const struct visit *visit = chain->state;
    sk_auto(sk_freep) char *url = sk_xasprintf("%s" ROLE_PATH "%s", visit->endpoint, role);
    const struct sk_aws__question question = {
        .method = "GET",
        .url = url,
        .header_name = "X-aws-ec2-metadata-token",
        .header_value = visit->token.data,
        .direct = true,
        .timeout_ms = visit->timeout_ms,
        .attempts = visit->attempts,
        .answered = then,
    };
    return sk_aws__ask(chain, &question);
}

static int on_credentials(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                          struct sk_err *err)
{
    static const struct sk_aws__members members = {
        .access_key_id = "AccessKeyId",
        .secret_key = "SecretAccessKey",
        .session_token = "Token",
        .expiration = "Expiration",
    };
    if (answer->failure || answer->status != 200)
        return nothing_there(chain, "the role's credentials", answer);
    json_t *body = sk_aws__secret_json(answer->body, answer->length, "the answer", err);
    const char *code = json_string_value(json_object_get(body, "Code"));
    int result = SK_E_CREDENTIALS;
    if (code && strcmp(code, "Success") != 0) {
        sk_auto(sk_freep) char *words = sk_aws__answer_words(answer);
        sk_err_set(err, SK_E_CREDENTIALS, "the instance's role gives no credentials: %s", words);
    } else if (body) {
        result = sk_aws__credentials_read(body, &members, "the answer", &chain->credentials, err);
    }
    sk_aws_json_wipe(body);
    return result < 0 ? result : SK_AWS_PROVIDED;
}

static int on_role(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                   struct sk_err *err)
{
    if (answer->failure || answer->status != 200)
        return nothing_there(chain, "the instance's role", answer);
    size_t length = strcspn(answer->body, "\r\n");
    bool is_name = length > 0 && length <= MAX_ROLE_BYTES &&
                   strspn(answer->body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789+=,.@_-") == length;
    if (!is_name) {
        sk_aws_chain_note(chain, "the instance has no role");
        return SK_AWS_NOT_CONFIGURED;
    }
    sk_auto(sk_freep) char *role = sk_xstrndup(answer->body, length);
    (void)err;
    return get(chain, role, on_credentials);
}

static int on_token(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                    struct sk_err *err)
{
    struct visit *visit = chain->state;
    bool usable = !answer->failure && answer->status == 200 && answer->length > 0 &&
                  strlen(answer->body) == answer->length && !strpbrk(answer->body, "\r\n");
    if (!usable)
        return nothing_there(chain, "a token (IMDSv1 is not used)", answer);
    sk_secret_set(&visit->token, answer->body, answer->length);
    (void)err;
    return get(chain, "", on_role);
}

static unsigned number(const struct sk_aws_chain *chain, const char *variable, const char *key,
                       unsigned otherwise)
{
    const char *text = sk_aws_env(chain->settings, variable);
    if (!text)
        text = sk_aws__profile_value(chain, key);
    long value = text ? strtol(text, NULL, 10) : 0;
    return value > 0 && value <= 60 ? (unsigned)value : otherwise;
}

/* Owned by the caller. */
static char *endpoint_of(const struct sk_aws_chain *chain)
{
    const char *url = sk_aws_env(chain->settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (!url)
        url = sk_aws__profile_value(chain, "ec2_metadata_service_endpoint");
    if (url) {
        size_t length = strlen(url);
        while (length > 0 && url[length - 1] == '/')
            length--;
        return sk_xstrndup(url, length);
    }
    const char *mode = sk_aws_env(chain->settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    if (!mode)
        mode = sk_aws__profile_value(chain, "ec2_metadata_service_endpoint_mode");
    return sk_xstrdup(mode && strcasecmp(mode, "IPv6") == 0 ? IPV6_ENDPOINT : IPV4_ENDPOINT);
}

int sk_aws_provide_instance(struct sk_aws_chain *chain, struct sk_err *err)
{
    const char *disabled = sk_aws_env(chain->settings, "AWS_EC2_METADATA_DISABLED");
    if (disabled && strcasecmp(disabled, "true") == 0) {
        sk_aws_chain_note(chain, "AWS_EC2_METADATA_DISABLED is true");
        return SK_AWS_NOT_CONFIGURED;
    }
    struct visit *visit = sk_xcalloc(1, sizeof(*visit));
    chain->state = visit;
    chain->state_free = visit_free;
    visit->endpoint = endpoint_of(chain);
    visit->timeout_ms = 1000 * number(chain, "AWS_METADATA_SERVICE_TIMEOUT",
                                      "metadata_service_timeout", DEFAULT_TIMEOUT_S);
    visit->attempts =
        number(chain, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1);
    bool has_scheme = sk_text_starts_with(visit->endpoint, "http://") ||
                      sk_text_starts_with(visit->endpoint, "https://");
    if (!has_scheme || strpbrk(visit->endpoint, "@?# "))
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_EC2_METADATA_SERVICE_ENDPOINT is not http[s]://HOST[:PORT]");
    sk_auto(sk_freep) char *url = sk_xasprintf("%s/latest/api/token", visit->endpoint);
    const struct sk_aws__question question = {
        .method = "PUT",
        .url = url,
        .header_name = "X-aws-ec2-metadata-token-ttl-seconds",
        .header_value = "21600",
        .direct = true,
        .timeout_ms = visit->timeout_ms,
        .attempts = visit->attempts,
        .answered = on_token,
    };
    return sk_aws__ask(chain, &question);
}
