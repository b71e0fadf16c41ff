/* Keys from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
#include <string.h>

#include "aws/credentials.h"

static bool take(const struct sk_aws_settings *settings, const char *name, struct sk_secret *out)
{
    const char *value = sk_aws_env(settings, name);
    if (value)
        sk_secret_set(out, value, strlen(value));
    return value != NULL;
}

int sk_aws_provide_environment(struct sk_aws_chain *chain, struct sk_err *err)
{
    struct sk_aws_credentials *credentials = &chain->credentials;
    if (!take(chain->settings, "AWS_ACCESS_KEY_ID", &credentials->access_key_id)) {
        sk_aws_chain_note(chain, "AWS_ACCESS_KEY_ID is not set");
        return SK_AWS_NOT_CONFIGURED;
    }
    if (!take(chain->settings, "AWS_SECRET_ACCESS_KEY", &credentials->secret_key))
        return sk_err_set(err, SK_E_CREDENTIALS,
                          "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    take(chain->settings, "AWS_SESSION_TOKEN", &credentials->session_token);
    return SK_AWS_PROVIDED;
}
