/* The chain of credential providers; see credentials.h. */
#include "aws/credentials_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The order of the SDKs; a contract test compares it with botocore's. */
static const struct sk_aws_provider providers[] = {
    {"environment", false, false, sk_aws_provide_environment, "Environment"},
    {"profile role", true, false, sk_aws_provide_profile_role, NULL},
    {"web identity", true, false, sk_aws_provide_web_identity, NULL},
    {"sso", true, false, sk_aws_provide_sso, NULL},
    {"credentials file", true, true, sk_aws_provide_credentials_file, NULL},
    {"credential_process", true, true, sk_aws_provide_process, NULL},
    {"config file", true, true, sk_aws_provide_config_file, NULL},
    {"container", false, false, sk_aws_provide_container, "EcsContainer"},
    {"instance metadata", false, false, sk_aws_provide_instance, "Ec2InstanceMetadata"},
};

#define PROVIDERS (sizeof(providers) / sizeof(*providers))

const struct sk_aws_provider *sk_aws_providers(size_t *count_out)
{
    *count_out = PROVIDERS;
    return providers;
}

static bool is_asked(const struct sk_aws_chain *chain, const struct sk_aws_provider *provider)
{
    if (chain->only)
        return strcmp(chain->only, provider->name) == 0;
    if (chain->keys_only)
        return provider->of_keys;
    if (chain->profile)
        return provider->of_profile;
    /* A profile chosen by the caller goes before keys that happen to be in the environment. */
    return !(chain->settings->profile && provider->provide == sk_aws_provide_environment);
}

static void forget_state(struct sk_aws_chain *chain)
{
    if (chain->state_free)
        chain->state_free(chain->state);
    chain->state = NULL;
    chain->state_free = NULL;
}

static bool is_one_line(const struct sk_secret *secret)
{
    return !secret->data ||
           (!memchr(secret->data, '\0', secret->length) && !strpbrk(secret->data, "\r\n"));
}

/* Keys go into headers: with a line's end in one, as `echo` leaves it in many a secret's file, they
 * would be refused in words that say nothing of it, or make a header of their own. */
static int check_lines(const struct sk_aws_chain *chain, struct sk_err *err)
{
    const struct sk_aws_credentials *credentials = &chain->credentials;
    const struct {
        const struct sk_secret *value;
        const char *name, *variable;
    } parts[] = {
        {&credentials->access_key_id, "the access key id", "AWS_ACCESS_KEY_ID"},
        {&credentials->secret_key, "the secret access key", "AWS_SECRET_ACCESS_KEY"},
        {&credentials->session_token, "the session token", "AWS_SESSION_TOKEN"},
    };
    bool of_variables = providers[chain->position - 1].provide == sk_aws_provide_environment;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (!is_one_line(parts[i].value))
            return sk_err_set(err, SK_E_CREDENTIALS, "%s holds a line break or a NUL byte",
                              of_variables ? parts[i].variable : parts[i].name);
    }
    return 0;
}

/* What the provider before chain->position gave. */
static int take(struct sk_aws_chain *chain, int result, struct sk_err *err)
{
    const char *name = providers[chain->position - 1].name;
    forget_state(chain);
    if (result == SK_AWS_PROVIDED && check_lines(chain, err) < 0) {
        sk_aws_credentials_done(&chain->credentials);
        result = SK_E_CREDENTIALS;
    }
    if (result < 0)
        return sk_err_wrap(err, "credentials from %s", name);
    chain->credentials.provider = name;
    return result;
}

static int run(struct sk_aws_chain *chain, struct sk_err *err)
{
    while (chain->position < PROVIDERS) {
        const struct sk_aws_provider *provider = &providers[chain->position++];
        if (!is_asked(chain, provider))
            continue;
        sk_buffer_addf(&chain->tried, "%s%s: ", chain->tried.length ? "; " : "", provider->name);
        int result = provider->provide(chain, err);
        if (result == SK_AWS_PROVIDING)
            return result;
        result = take(chain, result, err);
        if (result != SK_AWS_NOT_CONFIGURED)
            return result;
    }
    return sk_err_set(err, SK_E_CREDENTIALS, "no credentials found (%s)",
                      sk_buffer_text(&chain->tried));
}

int sk_aws_chain_run(struct sk_aws_chain *chain, struct sk_err *err)
{
    chain->position = 0;
    return run(chain, err);
}

void sk_aws__chain_go_on(struct sk_aws_chain *chain, int result, struct sk_err *err)
{
    result = take(chain, result, err);
    if (result == SK_AWS_NOT_CONFIGURED)
        result = run(chain, err);
    if (result != SK_AWS_PROVIDING)
        chain->done(chain, result, err);
}

void sk_aws_chain_cancel(struct sk_aws_chain *chain)
{
    if (chain->wait)
        chain->wait->cancel(chain->wait);
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
    forget_state(chain);
    sk_aws_credentials_done(&chain->credentials);
    sk_aws_role_done(&chain->role);
    sk_buffer_done(&chain->tried);
}

const char *sk_aws_chain_profile(const struct sk_aws_chain *chain)
{
    return chain->profile ? chain->profile : sk_aws_profile_name(chain->settings);
}
