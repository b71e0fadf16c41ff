/* The chain of credential providers, credentials and roles as values; see credentials.h. */
#include "aws/credentials.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"

/* The order of the SDKs. Between these come, with the next providers: web identity and SSO (behind
 * the profile's role), credential_process (behind the files), container and instance metadata. */
static const struct sk_aws_provider providers[] = {
    {"environment", false, sk_aws_provide_environment},
    {"profile role", true, sk_aws_provide_profile_role},
    {"credentials file", true, sk_aws_provide_credentials_file},
    {"config file", true, sk_aws_provide_config_file},
};

const struct sk_aws_provider *sk_aws_providers(size_t *count_out)
{
    *count_out = sizeof(providers) / sizeof(*providers);
    return providers;
}

static bool is_asked(const struct sk_aws_chain *chain, const struct sk_aws_provider *provider)
{
    if (chain->only)
        return strcmp(chain->only, provider->name) == 0;
    if (chain->keys_only && provider->provide == sk_aws_provide_profile_role)
        return false;
    if (chain->profile)
        return provider->of_profile;
    /* A profile chosen by the caller goes before keys that happen to be in the environment. */
    return !(chain->settings->profile && provider->provide == sk_aws_provide_environment);
}

int sk_aws_chain_run(struct sk_aws_chain *chain, struct sk_err *err)
{
    for (size_t i = 0; i < sizeof(providers) / sizeof(*providers); i++) {
        if (!is_asked(chain, &providers[i]))
            continue;
        sk_buffer_addf(&chain->tried, "%s%s: ", chain->tried.length ? "; " : "", providers[i].name);
        int result = providers[i].provide(chain, err);
        if (result < 0)
            return sk_err_wrap(err, "credentials from %s", providers[i].name);
        chain->credentials.provider = providers[i].name;
        if (result != SK_AWS_NOT_CONFIGURED)
            return result;
    }
    return sk_err_set(err, SK_E_CREDENTIALS, "no credentials found (%s)",
                      sk_buffer_text(&chain->tried));
}

void sk_aws_chain_note(struct sk_aws_chain *chain, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[512];
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sk_buffer_adds(&chain->tried, text);
}

void sk_aws_chain_done(struct sk_aws_chain *chain)
{
    sk_aws_credentials_done(&chain->credentials);
    sk_aws_role_done(&chain->role);
    sk_buffer_done(&chain->tried);
}

const char *sk_aws_chain_profile(const struct sk_aws_chain *chain)
{
    return chain->profile ? chain->profile : sk_aws_profile_name(chain->settings);
}

void sk_aws_credentials_copy(struct sk_aws_credentials *to, const struct sk_aws_credentials *from)
{
    sk_secret_copy(&to->access_key_id, &from->access_key_id);
    sk_secret_copy(&to->secret_key, &from->secret_key);
    sk_secret_copy(&to->session_token, &from->session_token);
    to->expires_at_s = from->expires_at_s;
    to->provider = from->provider;
}

static bool secrets_equal(const struct sk_secret *a, const struct sk_secret *b)
{
    if (!a->data || !b->data)
        return a->data == b->data;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

bool sk_aws_credentials_equal(const struct sk_aws_credentials *a,
                              const struct sk_aws_credentials *b)
{
    return secrets_equal(&a->access_key_id, &b->access_key_id) &&
           secrets_equal(&a->secret_key, &b->secret_key) &&
           secrets_equal(&a->session_token, &b->session_token);
}

void sk_aws_credentials_done(struct sk_aws_credentials *credentials)
{
    sk_secret_done(&credentials->access_key_id);
    sk_secret_done(&credentials->secret_key);
    sk_secret_done(&credentials->session_token);
    credentials->expires_at_s = 0;
    credentials->provider = NULL;
}

void sk_aws_role_done(struct sk_aws_role *role)
{
    free(role->arn);
    free(role->external_id);
    free(role->session_name);
    free(role->source_identity);
    free(role->source_profile);
    free(role->credential_source);
    json_decref(role->tags);
    *role = (struct sk_aws_role){0};
}

json_t *sk_aws_role_input(const struct sk_aws_role *role)
{
    json_t *input = json_object();
    json_object_set_new(input, "RoleArn", json_string(role->arn));
    json_object_set_new(input, "RoleSessionName",
                        json_string(role->session_name ? role->session_name : "sagekeeper"));
    json_object_set_new(input, "DurationSeconds",
                        json_integer(role->seconds ? role->seconds : 3600));
    if (role->external_id)
        json_object_set_new(input, "ExternalId", json_string(role->external_id));
    if (role->source_identity)
        json_object_set_new(input, "SourceIdentity", json_string(role->source_identity));
    if (json_array_size(role->tags) > 0)
        json_object_set(input, "Tags", role->tags);
    return input;
}

static bool take_text(const json_t *object, const char *member, struct sk_secret *out)
{
    const json_t *text = json_object_get(object, member);
    if (json_string_length(text) == 0)
        return false;
    sk_secret_set(out, json_string_value(text), json_string_length(text));
    return true;
}

int sk_aws_role_output(const json_t *output, struct sk_aws_credentials *out, struct sk_err *err)
{
    const json_t *credentials = json_object_get(output, "Credentials");
    struct sk_wall expires;
    const char *expiration = sk_json_text(credentials, "Expiration");
    if (!take_text(credentials, "AccessKeyId", &out->access_key_id) ||
        !take_text(credentials, "SecretAccessKey", &out->secret_key) ||
        !take_text(credentials, "SessionToken", &out->session_token) || !expiration ||
        sk_wall_parse(expiration, &expires) < 0) {
        sk_aws_credentials_done(out);
        return sk_err_set(err, SK_E_PROTOCOL, "answer of AssumeRole lacks credentials");
    }
    out->expires_at_s = expires.seconds;
    out->provider = "assumed role";
    return 0;
}
