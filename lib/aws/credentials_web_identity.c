/* A role assumed with a token that somebody else signed (a Kubernetes service account, a CI
 * system): AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, or the profile's web_identity_token_file
 * with role_arn. The file is read anew for each session, since its owner rotates it. */
#include "aws/credentials_int.h"

#include "base/alloc.h"

/* A variable, unless the chain is about a profile only; else the profile's key. Owned by the
 * caller; NULL: neither. */
static char *setting(const struct sk_aws_chain *chain, const char *variable, const char *key)
{
    bool any = !chain->profile && !chain->settings->profile;
    const char *value = any ? sk_aws_env(chain->settings, variable) : NULL;
    return sk_xstrdup(value ? value : sk_aws__profile_value(chain, key));
}

int sk_aws_provide_web_identity(struct sk_aws_chain *chain, struct sk_err *err)
{
    sk_auto(sk_freep) char *file =
        setting(chain, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (!file) {
        sk_aws_chain_note(chain, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        return SK_AWS_NOT_CONFIGURED;
    }
    sk_auto(sk_freep) char *arn = setting(chain, "AWS_ROLE_ARN", "role_arn");
    if (!arn)
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "there is a token file \"%s\", but neither AWS_ROLE_ARN nor role_arn",
                          file);
    if (sk_aws__token_file(file, "the web identity token", &chain->role.web_token, err) < 0)
        return SK_E_CREDENTIALS;
    chain->role.arn = sk_xstrdup(arn);
    chain->role.session_name = setting(chain, "AWS_ROLE_SESSION_NAME", "role_session_name");
    return SK_AWS_PROVIDED_ROLE;
}
