/* Credentials of a container: the ECS agent, EKS Pod Identity, and whatever else serves the same
 * form. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI; the token of
 * AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (rotated: read anew each time) or _TOKEN. Source:
 * "Container credential provider" in AWS's SDK reference guide. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"
#include "base/text.h"

#define ECS_HOST   "http://169.254.170.2"
#define TIMEOUT_MS 2000
#define ATTEMPTS   3

/* The addresses that plain HTTP may go to, besides loopback: ECS, EKS, EKS over IPv6. */
static const char *const link_local_hosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

static bool is_of_this_machine(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1 && (ntohl(four.s_addr) >> 24) == 127)
        return true;
    if (inet_pton(AF_INET6, host, &six) != 1)
        six = (struct in6_addr){0};
    if (IN6_IS_ADDR_LOOPBACK(&six))
        return true;
    for (size_t i = 0; i < sizeof(link_local_hosts) / sizeof(*link_local_hosts); i++) {
        struct in6_addr known;
        if (strcmp(host, link_local_hosts[i]) == 0)
            return true;
        if (inet_pton(AF_INET6, link_local_hosts[i], &known) == 1 &&
            memcmp(&known, &six, sizeof(six)) == 0)
            return true;
    }
    return false;
}

/* The host of a URL of the plainest form, so that nobody reads another host from it than we do:
 * without user, blanks or backslashes. Owned by the caller; NULL: not of that form. */
static char *host_of(const char *authority)
{
    size_t length = strcspn(authority, "/?#");
    for (const char *at = authority; *at; at++) {
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F || *at == '\\')
            return NULL;
    }
    bool bracketed = *authority == '[';
    const char *start = authority + bracketed;
    const char *end = start;
    while (isalnum((unsigned char)*end) || strchr(bracketed ? ".:" : ".-", *end)) {
        if (!*end)
            break;
        end++;
    }
    if (end == start || (bracketed && *end != ']'))
        return NULL;
    const char *rest = end + bracketed;
    if (*rest == ':')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (rest != authority + length)
        return NULL;
    return sk_xstrndup(start, (size_t)(end - start));
}

int sk_aws_container_url(const struct sk_aws_settings *settings, char **url_out, bool *direct_out,
                         struct sk_err *err)
{
    const char *relative = sk_aws_env(settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (relative && *relative != '/')
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with \"/\"");
    if (relative) {
        *url_out = sk_xasprintf("%s%s", ECS_HOST, relative);
        *direct_out = true;
        return 0;
    }
    const char *full = sk_aws_env(settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    bool secure = full && strncasecmp(full, "https://", 8) == 0;
    bool plain = full && strncasecmp(full, "http://", 7) == 0;
    sk_auto(sk_freep) char *host = secure || plain ? host_of(full + (secure ? 8 : 7)) : NULL;
    if (!host)
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_CONTAINER_CREDENTIALS_FULL_URI is not http[s]://HOST[:PORT]/PATH");
    bool ours = is_of_this_machine(host);
    if (plain && !ours)
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_CONTAINER_CREDENTIALS_FULL_URI names host \"%s\": plain HTTP goes "
                          "only to loopback and to the addresses of ECS and EKS",
                          host);
    *url_out = sk_xstrdup(full);
    *direct_out = ours;
    return 0;
}

static int answered(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                    struct sk_err *err)
{
    static const struct sk_aws__members members = {
        .access_key_id = "AccessKeyId",
        .secret_key = "SecretAccessKey",
        .session_token = "Token",
        .expiration = "Expiration",
    };
    if (answer->failure)
        return sk_err_set(err, SK_E_CREDENTIALS, "no answer: %s", sk_err_message(answer->failure));
    if (answer->status != 200) {
        sk_auto(sk_freep) char *words = sk_aws__answer_words(answer);
        return sk_err_set(err, SK_E_CREDENTIALS, "HTTP status %d%s%s", answer->status,
                          *words ? ": " : "", words);
    }
    json_t *body = sk_aws__secret_json(answer->body, answer->length, "the answer", err);
    int result =
        body ? sk_aws__credentials_read(body, &members, "the answer", &chain->credentials, err)
             : SK_E_CREDENTIALS;
    sk_aws_json_wipe(body);
    return result < 0 ? result : SK_AWS_PROVIDED;
}

/* The value of Authorization; unset: none. */
static int read_token(const struct sk_aws_chain *chain, struct sk_secret *out, struct sk_err *err)
{
    const char *file = sk_aws_env(chain->settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (file) {
        sk_auto(sk_freep) char *path = sk_xstrdup(file);
        return sk_aws__token_file(path, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", out, err);
    }
    const char *token = sk_aws_env(chain->settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (token && strpbrk(token, "\r\n"))
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN is more than one line");
    if (token)
        sk_secret_set(out, token, strlen(token));
    return 0;
}

int sk_aws_provide_container(struct sk_aws_chain *chain, struct sk_err *err)
{
    if (!sk_aws_env(chain->settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") &&
        !sk_aws_env(chain->settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        sk_aws_chain_note(chain, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
        return SK_AWS_NOT_CONFIGURED;
    }
    sk_auto(sk_freep) char *url = NULL;
    sk_auto(sk_secret_done) struct sk_secret token = {0};
    bool direct = false;
    if (sk_aws_container_url(chain->settings, &url, &direct, err) < 0 ||
        read_token(chain, &token, err) < 0)
        return SK_E_CREDENTIALS;
    const struct sk_aws__question question = {
        .method = "GET",
        .url = url,
        .header_name = sk_secret_is_set(&token) ? "Authorization" : NULL,
        .header_value = token.data,
        .direct = direct,
        .timeout_ms = TIMEOUT_MS,
        .attempts = ATTEMPTS,
        .answered = answered,
    };
    return sk_aws__ask(chain, &question);
}
