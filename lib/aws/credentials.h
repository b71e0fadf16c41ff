/* Where credentials come from: a table of providers, asked in the SDKs' documented order. Adding
 * one is one file and one row. */
#ifndef SK_AWS_CREDENTIALS_H
#define SK_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "aws/settings.h"
#include "base/buffer.h"
#include "base/err.h"
#include "base/secret.h"

/* Zero-initialise; end with sk_aws_credentials_done. */
struct sk_aws_credentials {
    struct sk_secret access_key_id, secret_key, session_token; /* token unset: long-lived keys */
    int64_t expires_at_s;                                      /* wall clock; 0: never */
    const char *provider;                                      /* static; who gave them */
};

void sk_aws_credentials_copy(struct sk_aws_credentials *to, const struct sk_aws_credentials *from);
bool sk_aws_credentials_equal(const struct sk_aws_credentials *a,
                              const struct sk_aws_credentials *b);
void sk_aws_credentials_done(struct sk_aws_credentials *credentials);

/* A role to assume with other credentials. Zero-initialise; end with sk_aws_role_done. */
struct sk_aws_role {
    char *arn, *external_id, *session_name, *source_identity; /* owned; NULL: none */
    json_t *tags;                                             /* owned: [{"Key","Value"}]; NULL */
    unsigned seconds;                                         /* 0: 3600 */
    /* With whose credentials, for a role that a profile names: exactly one of these. */
    char *source_profile, *credential_source; /* owned */
};

void sk_aws_role_done(struct sk_aws_role *role);
/* The input of STS AssumeRole. New. */
json_t *sk_aws_role_input(const struct sk_aws_role *role) SK_WARN_UNUSED;
/* The credentials of an AssumeRole answer. SK_E_PROTOCOL. */
int sk_aws_role_output(const json_t *output, struct sk_aws_credentials *out,
                       struct sk_err *err) SK_WARN_UNUSED;

/* One run of the chain. */
struct sk_aws_chain {
    /* Set by the caller; borrowed. */
    const struct sk_aws_settings *settings;
    const json_t *files; /* of sk_aws_files_load */
    const char *profile; /* only this profile's part of the chain; NULL: all of it */
    const char *only;    /* only the provider of this name; NULL: all */
    bool keys_only;      /* not the profile's role: it is what these keys shall assume */
    /* Result. */
    struct sk_aws_credentials credentials; /* SK_AWS_PROVIDED */
    struct sk_aws_role role;               /* SK_AWS_PROVIDED_ROLE */
    struct sk_buffer tried;                /* "environment: AWS_ACCESS_KEY_ID is not set; …" */
};

enum sk_aws_provided {
    SK_AWS_NOT_CONFIGURED, /* the next one is asked; sk_aws_chain_note says why */
    SK_AWS_PROVIDED,
    SK_AWS_PROVIDED_ROLE, /* the caller assumes it */
};

/* A provider: one of the values above, or an error, which ends the chain: what is configured but
 * broken must not silently fall through to other credentials. */
typedef int (*sk_aws_provide_fn)(struct sk_aws_chain *chain, struct sk_err *err);

struct sk_aws_provider {
    const char *name;
    bool of_profile; /* asked when the chain is for one profile only */
    sk_aws_provide_fn provide;
};

/* The table, for tests and the documentation. */
const struct sk_aws_provider *sk_aws_providers(size_t *count_out);

/* SK_AWS_PROVIDED, SK_AWS_PROVIDED_ROLE, or SK_E_CREDENTIALS naming what each provider lacked.
 * End with sk_aws_chain_done in any case. */
int sk_aws_chain_run(struct sk_aws_chain *chain, struct sk_err *err) SK_WARN_UNUSED;
void sk_aws_chain_note(struct sk_aws_chain *chain, const char *format, ...) SK_PRINTF(2, 3);
void sk_aws_chain_done(struct sk_aws_chain *chain);
/* Borrowed: chain->profile, or the profile of the settings. */
const char *sk_aws_chain_profile(const struct sk_aws_chain *chain);

/* The providers, each in its own credentials_*.c. */
int sk_aws_provide_environment(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_profile_role(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_credentials_file(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_config_file(struct sk_aws_chain *chain, struct sk_err *err);

#endif
