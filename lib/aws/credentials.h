/* Where credentials come from: a table of providers, asked in the SDKs' documented order. Adding
 * one is one file and one row. */
#ifndef SK_AWS_CREDENTIALS_H
#define SK_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <uv.h>

#include "aws/settings.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/secret.h"
#include "http/http.h"

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

/* A role to assume with other credentials, or with a web identity. Zero-initialise; end with
 * sk_aws_role_done. */
struct sk_aws_role {
    char *arn, *external_id, *session_name, *source_identity; /* owned; NULL: none */
    json_t *tags;                                             /* owned: [{"Key","Value"}]; NULL */
    unsigned seconds;                                         /* 0: 3600 */
    /* What proves who asks, for a role that the chain found: exactly one of these. */
    char *source_profile, *credential_source; /* owned */
    struct sk_secret web_token;
};

void sk_aws_role_done(struct sk_aws_role *role);
/* Static: the STS operation that assumes it, AssumeRole or AssumeRoleWithWebIdentity. */
const char *sk_aws_role_operation(const struct sk_aws_role *role);
/* The input of that operation. New; with a web identity it holds the token: end it with
 * sk_aws_json_wipe. */
json_t *sk_aws_role_input(const struct sk_aws_role *role) SK_WARN_UNUSED;
/* The credentials of its answer. SK_E_PROTOCOL. */
int sk_aws_role_output(const json_t *output, struct sk_aws_credentials *out,
                       struct sk_err *err) SK_WARN_UNUSED;

/* Overwrites every text in `value` and releases it. NULL is fine. */
void sk_aws_json_wipe(json_t *value);

struct sk_aws_chain;
/* The end of a chain that went on later: `result` as of sk_aws_chain_run, *err set when it is
 * negative; borrowed. May free the chain. */
typedef void (*sk_aws_chain_done_fn)(struct sk_aws_chain *chain, int result,
                                     const struct sk_err *err);

/* One run of the chain. */
struct sk_aws_chain {
    /* Set by the caller; borrowed until the end. */
    const struct sk_aws_settings *settings;
    const json_t *files;         /* of sk_aws_files_load */
    uv_loop_t *loop;             /* for providers that start a process or pause */
    struct sk_http *http;        /* for providers that ask over HTTP */
    struct sk_wall now;          /* to see that a cached token has expired */
    const char *user_agent;      /* of the HTTP requests; NULL: libcurl's none */
    const char *profile;         /* only this profile's part of the chain; NULL: all of it */
    const char *only;            /* only the provider of this name; NULL: all. Static. */
    bool keys_only;              /* not the profile's role: it is what these keys shall assume */
    unsigned process_timeout_ms; /* 0: 60000 */
    unsigned retry_pause_ms;     /* between attempts of an HTTP provider; 0: 1000 */
    sk_aws_chain_done_fn done;
    void *data;
    /* Result. */
    struct sk_aws_credentials credentials; /* SK_AWS_PROVIDED */
    struct sk_aws_role role;               /* SK_AWS_PROVIDED_ROLE */
    struct sk_buffer tried;                /* "environment: AWS_ACCESS_KEY_ID is not set; …" */
    /* Private (credentials_int.h). */
    size_t position;
    struct sk_aws__wait *wait;
    void *state;
    void (*state_free)(void *state);
};

enum sk_aws_provided {
    SK_AWS_NOT_CONFIGURED, /* the next one is asked; sk_aws_chain_note says why */
    SK_AWS_PROVIDED,
    SK_AWS_PROVIDED_ROLE, /* the caller assumes it */
    SK_AWS_PROVIDING,     /* the answer comes later */
};

/* A provider: one of the values above, or an error, which ends the chain: what is configured but
 * broken must not silently fall through to other credentials. */
typedef int (*sk_aws_provide_fn)(struct sk_aws_chain *chain, struct sk_err *err);

struct sk_aws_provider {
    const char *name;
    bool of_profile; /* asked when the chain is for one profile only */
    bool of_keys;    /* asked for the keys of a profile whose role they assume */
    sk_aws_provide_fn provide;
    const char *source; /* the credential_source of profiles that means it; NULL: none */
};

/* The table, for tests and the documentation. */
const struct sk_aws_provider *sk_aws_providers(size_t *count_out);

/* SK_AWS_PROVIDED, SK_AWS_PROVIDED_ROLE, or an error, SK_E_CREDENTIALS as a rule, naming what each
 * provider lacked; `done` never runs then. Or SK_AWS_PROVIDING, and then `done` runs once, later,
 * on the loop's thread. End with sk_aws_chain_done in any case. */
int sk_aws_chain_run(struct sk_aws_chain *chain, struct sk_err *err) SK_WARN_UNUSED;
/* Of a chain that is under way: `done` still runs, later, with SK_E_CANCELED. What the chain
 * borrowed may go right away, but for the loop. Idempotent. */
void sk_aws_chain_cancel(struct sk_aws_chain *chain);
void sk_aws_chain_note(struct sk_aws_chain *chain, const char *format, ...) SK_PRINTF(2, 3);
/* Not while it is under way. */
void sk_aws_chain_done(struct sk_aws_chain *chain);
/* Borrowed: chain->profile, or the profile of the settings. */
const char *sk_aws_chain_profile(const struct sk_aws_chain *chain);

/* The providers, each in its own credentials_*.c. */
int sk_aws_provide_environment(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_profile_role(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_web_identity(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_sso(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_credentials_file(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_process(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_config_file(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_container(struct sk_aws_chain *chain, struct sk_err *err);
int sk_aws_provide_instance(struct sk_aws_chain *chain, struct sk_err *err);

/* The words of a credential_process, as the SDKs split them: blanks separate; quotes and
 * backslashes as in a POSIX shell, nothing else of a shell. NULL-terminated, new: free the array
 * only. NULL with SK_E_CREDENTIALS: an open quote, or no word. */
char **sk_aws_words_split(const char *text, struct sk_err *err) SK_WARN_UNUSED;

/* Where the container's credentials are, from its variables. *direct_out: the host is only seen
 * from this machine. *url_out is owned by the caller. SK_E_CREDENTIALS: a host that must not get
 * the token. */
int sk_aws_container_url(const struct sk_aws_settings *settings, char **url_out, bool *direct_out,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
