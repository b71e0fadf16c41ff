/* Keys and roles from the shared config and credentials files. What a profile has in both files is
 * taken from the credentials file. */
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"

const char *sk_aws__profile_value(const struct sk_aws_chain *chain, const char *key)
{
    return sk_aws_files_value(chain->files, sk_aws_chain_profile(chain), key);
}

static int keys_from(struct sk_aws_chain *chain, const char *file, struct sk_err *err)
{
    static const char *const names[] = {"aws_access_key_id", "aws_secret_access_key",
                                        "aws_session_token"};
    const char *profile = sk_aws_chain_profile(chain);
    const json_t *section = sk_aws_files_profile(chain->files, file, profile);
    struct sk_secret *const places[] = {&chain->credentials.access_key_id,
                                        &chain->credentials.secret_key,
                                        &chain->credentials.session_token};
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_object_get(section, names[i]);
        if (json_string_length(value) > 0)
            sk_secret_set(places[i], json_string_value(value), json_string_length(value));
    }
    bool id = sk_secret_is_set(places[0]);
    if (id && sk_secret_is_set(places[1]))
        return SK_AWS_PROVIDED;
    if (id)
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "profile \"%s\" has aws_access_key_id but no aws_secret_access_key",
                          profile);
    sk_aws_credentials_done(&chain->credentials);
    sk_aws_chain_note(chain, section ? "profile \"%s\" has no keys" : "no profile \"%s\"", profile);
    return SK_AWS_NOT_CONFIGURED;
}

int sk_aws_provide_credentials_file(struct sk_aws_chain *chain, struct sk_err *err)
{
    return keys_from(chain, "credentials", err);
}

int sk_aws_provide_config_file(struct sk_aws_chain *chain, struct sk_err *err)
{
    return keys_from(chain, "config", err);
}

static int role_seconds(const char *text, unsigned *out, struct sk_err *err)
{
    char *end = NULL;
    long seconds = text ? strtol(text, &end, 10) : 3600;
    if ((text && (*end || end == text)) || seconds < 900 || seconds > 43200)
        return sk_err_set(err, SK_E_CREDENTIALS, "duration_seconds is not within 900-43200");
    *out = (unsigned)seconds;
    return 0;
}

/* Whether the profile that somebody named is there; only "default" may be missing. */
static bool is_there(const struct sk_aws_chain *chain)
{
    const char *profile = sk_aws_chain_profile(chain);
    return strcmp(profile, "default") == 0 ||
           sk_aws_files_profile(chain->files, "config", profile) ||
           sk_aws_files_profile(chain->files, "credentials", profile);
}

/* A profile with keys gives them when it is the source of another one's role. */
static bool is_source_with_keys(const struct sk_aws_chain *chain)
{
    return chain->profile && sk_aws__profile_value(chain, "aws_access_key_id") &&
           sk_aws__profile_value(chain, "aws_secret_access_key");
}

int sk_aws_provide_profile_role(struct sk_aws_chain *chain, struct sk_err *err)
{
    const char *profile = sk_aws_chain_profile(chain);
    if (!is_there(chain))
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "there is no profile \"%s\" in the shared config and credentials files",
                          profile);
    const char *arn = sk_aws__profile_value(chain, "role_arn");
    const char *source = sk_aws__profile_value(chain, "source_profile");
    const char *credential_source = sk_aws__profile_value(chain, "credential_source");
    if (arn && is_source_with_keys(chain)) {
        sk_aws_chain_note(chain, "profile \"%s\" has keys of its own", profile);
        return SK_AWS_NOT_CONFIGURED;
    }
    if (!arn || sk_aws__profile_value(chain, "web_identity_token_file")) {
        sk_aws_chain_note(chain, "profile \"%s\" has no role_arn%s", profile,
                          arn ? " to assume with other credentials" : "");
        return SK_AWS_NOT_CONFIGURED;
    }
    if (sk_aws__profile_value(chain, "mfa_serial"))
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "profile \"%s\" asks for a second factor (mfa_serial), which a "
                          "controller cannot give",
                          profile);
    if (!source == !credential_source)
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "profile \"%s\" has a role_arn and needs either source_profile or "
                          "credential_source",
                          profile);
    struct sk_aws_role *role = &chain->role;
    if (role_seconds(sk_aws__profile_value(chain, "duration_seconds"), &role->seconds, err) < 0)
        return SK_E_CREDENTIALS;
    role->arn = sk_xstrdup(arn);
    role->external_id = sk_xstrdup(sk_aws__profile_value(chain, "external_id"));
    role->session_name = sk_xstrdup(sk_aws__profile_value(chain, "role_session_name"));
    role->source_profile = sk_xstrdup(source);
    role->credential_source = sk_xstrdup(credential_source);
    return SK_AWS_PROVIDED_ROLE;
}
