/* IAM Identity Center: the token that `aws sso login` left in ~/.aws/sso/cache, exchanged for a
 * role's credentials by GetRoleCredentials. The cache is only read: a token that has expired needs
 * a person. Source: "IAM Identity Center credential provider" in AWS's SDK reference guide. */
#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "aws/credentials_int.h"
#include "aws/endpoint.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"

#define TIMEOUT_MS 10000
#define ATTEMPTS   3

/* What a profile says, borrowed from the chain's files. */
struct sso {
    const char *session, *start_url, *region; /* session NULL: the older form without */
    const char *account_id, *role_name;
};

static const char *session_value(const struct sk_aws_chain *chain, const char *session,
                                 const char *key)
{
    sk_auto(sk_freep) char *name = sk_xasprintf("sso-session %s", session);
    const json_t *section = json_object_get(json_object_get(chain->files, "config"), name);
    const char *value = json_string_value(json_object_get(section, key));
    return value && *value ? value : NULL;
}

static int read_profile(const struct sk_aws_chain *chain, struct sso *sso, struct sk_err *err)
{
    sso->session = sk_aws__profile_value(chain, "sso_session");
    sso->start_url = sso->session ? session_value(chain, sso->session, "sso_start_url")
                                  : sk_aws__profile_value(chain, "sso_start_url");
    sso->region = sso->session ? session_value(chain, sso->session, "sso_region")
                               : sk_aws__profile_value(chain, "sso_region");
    sso->account_id = sk_aws__profile_value(chain, "sso_account_id");
    sso->role_name = sk_aws__profile_value(chain, "sso_role_name");
    const struct {
        const char *value, *key;
    } needed[] = {{sso->start_url, "sso_start_url"},
                  {sso->region, "sso_region"},
                  {sso->account_id, "sso_account_id"},
                  {sso->role_name, "sso_role_name"}};
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
        if (!needed[i].value)
            return sk_err_set(err, SK_E_CREDENTIALS, "profile \"%s\" lacks %s%s%s",
                              sk_aws_chain_profile(chain), needed[i].key,
                              sso->session && i < 2 ? " in its sso-session " : "",
                              sso->session && i < 2 ? sso->session : "");
    }
    return 0;
}

/* The command that brings a new token. Owned by the caller. */
static char *login_command(const struct sk_aws_chain *chain)
{
    const char *session = sk_aws__profile_value(chain, "sso_session");
    return session ? sk_xasprintf("aws sso login --sso-session %s", session)
                   : sk_xasprintf("aws sso login --profile %s", sk_aws_chain_profile(chain));
}

/* Owned by the caller; NULL without a home. */
static char *cache_path(const struct sk_aws_chain *chain, const struct sso *sso)
{
    const char *key = sso->session ? sso->session : sso->start_url;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    char name[2 * EVP_MAX_MD_SIZE + 1] = "";
    const char *home = sk_aws_env(chain->settings, "HOME");
    if (!home || EVP_Digest(key, strlen(key), digest, &length, EVP_sha1(), NULL) != 1)
        return NULL;
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        name[2 * i] = digits[digest[i] >> 4];
        name[2 * i + 1] = digits[digest[i] & 15];
    }
    return sk_xasprintf("%s/.aws/sso/cache/%s.json", home, name);
}

static int need_login(const struct sk_aws_chain *chain, const char *why, struct sk_err *err)
{
    sk_auto(sk_freep) char *command = login_command(chain);
    return sk_err_set(err, SK_E_CREDENTIALS, "%s; run `%s`", why, command);
}

static int read_token(const struct sk_aws_chain *chain, const struct sso *sso,
                      struct sk_secret *out, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = cache_path(chain, sso);
    sk_auto(sk_err_done) struct sk_err failure = {0};
    char *text = NULL;
    size_t length = 0;
    if (!path)
        return need_login(chain, "there is no HOME with a token", err);
    if (sk_file_read(path, SK_BOUND_CREDENTIALS_BYTES, &text, &length, &failure) < 0)
        return need_login(
            chain,
            failure.code == SK_E_NOT_FOUND ? "nobody is signed in" : sk_err_message(&failure), err);
    json_t *cached = sk_aws__secret_json(text, length, path, &failure);
    sk_secret_done(&(struct sk_secret){text, length}); /* wiped and freed */
    const json_t *token = json_object_get(cached, "accessToken");
    const char *expires = json_string_value(json_object_get(cached, "expiresAt"));
    int64_t expires_at_s = 0;
    int result = 0;
    if (json_string_length(token) == 0 || !expires ||
        sk_aws__expiration_parse(expires, &expires_at_s) < 0)
        result = need_login(chain, "the cached token is not readable", err);
    else if (expires_at_s <= chain->now.seconds)
        result = need_login(chain, "the cached token has expired", err);
    else
        sk_secret_set(out, json_string_value(token), json_string_length(token));
    sk_aws_json_wipe(cached);
    return result;
}

static void add_encoded(struct sk_buffer *query, const char *name, const char *value)
{
    sk_buffer_addf(query, "%s=", name);
    for (const char *at = value; *at; at++) {
        if (isalnum((unsigned char)*at) || strchr("-._~", *at))
            sk_buffer_addc(query, *at);
        else
            sk_buffer_addf(query, "%%%02X", (unsigned char)*at);
    }
}

/* Owned by the caller. */
static char *question_url(const struct sk_aws_chain *chain, const struct sso *sso,
                          struct sk_err *err)
{
    const struct sk_aws_settings *settings = chain->settings;
    const struct sk_aws_service *service = sk_aws_service_find("sso");
    sk_auto(sk_freep) char *given = sk_aws_endpoint_url(settings, chain->files, service);
    const struct sk_aws_endpoint_opts opts = {
        .region = sso->region,
        .fips = sk_aws_setting_flag(settings, chain->files, "AWS_USE_FIPS_ENDPOINT",
                                    "use_fips_endpoint"),
        .dual_stack = sk_aws_setting_flag(settings, chain->files, "AWS_USE_DUALSTACK_ENDPOINT",
                                          "use_dualstack_endpoint"),
        .url = given};
    struct sk_aws_endpoint endpoint = {0};
    if (sk_aws_endpoint_resolve(service, &opts, &endpoint, err) < 0)
        return NULL;
    struct sk_buffer url = {0};
    sk_buffer_addf(&url, "%sfederation/credentials?", endpoint.url);
    add_encoded(&url, "role_name", sso->role_name);
    add_encoded(&url, "&account_id", sso->account_id);
    sk_aws_endpoint_done(&endpoint);
    return sk_buffer_take(&url);
}

static int answered(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                    struct sk_err *err)
{
    static const struct sk_aws__members members = {
        .access_key_id = "accessKeyId",
        .secret_key = "secretAccessKey",
        .session_token = "sessionToken",
        .expiration = "expiration",
    };
    if (answer->failure)
        return sk_err_set(err, SK_E_CREDENTIALS, "no answer: %s", sk_err_message(answer->failure));
    if (answer->status == 401)
        return need_login(chain, "the cached token was refused", err);
    if (answer->status != 200) {
        sk_auto(sk_freep) char *words = sk_aws__answer_words(answer);
        return sk_err_set(err, SK_E_CREDENTIALS, "role \"%s\" of account %s: HTTP status %d%s%s",
                          sk_aws__profile_value(chain, "sso_role_name"),
                          sk_aws__profile_value(chain, "sso_account_id"), answer->status,
                          *words ? ": " : "", words);
    }
    json_t *body = sk_aws__secret_json(answer->body, answer->length, "the answer", err);
    int result = body ? sk_aws__credentials_read(json_object_get(body, "roleCredentials"), &members,
                                                 "the answer", &chain->credentials, err)
                      : SK_E_CREDENTIALS;
    sk_aws_json_wipe(body);
    return result < 0 ? result : SK_AWS_PROVIDED;
}

int sk_aws_provide_sso(struct sk_aws_chain *chain, struct sk_err *err)
{
    struct sso sso = {0};
    if (!sk_aws__profile_value(chain, "sso_account_id") &&
        !sk_aws__profile_value(chain, "sso_role_name")) {
        sk_aws_chain_note(chain, "profile \"%s\" has no sso_account_id",
                          sk_aws_chain_profile(chain));
        return SK_AWS_NOT_CONFIGURED;
    }
    sk_auto(sk_secret_done) struct sk_secret token = {0};
    if (read_profile(chain, &sso, err) < 0 || read_token(chain, &sso, &token, err) < 0)
        return SK_E_CREDENTIALS;
    sk_auto(sk_freep) char *url = question_url(chain, &sso, err);
    if (!url)
        return SK_E_CREDENTIALS;
    const struct sk_aws__question question = {
        .method = "GET",
        .url = url,
        .header_name = "x-amz-sso_bearer_token",
        .header_value = token.data,
        .timeout_ms = TIMEOUT_MS,
        .attempts = ATTEMPTS,
        .answered = answered,
    };
    return sk_aws__ask(chain, &question);
}
