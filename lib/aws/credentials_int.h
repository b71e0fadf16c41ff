/* What the providers share: questions over HTTP, answers with credentials, going on later. */
#ifndef SK_AWS_CREDENTIALS_INT_H
#define SK_AWS_CREDENTIALS_INT_H

#include "aws/credentials.h"

/* What a chain waits for. Its owner takes itself out of chain->wait before it lets the chain go on.
 */
struct sk_aws__wait {
    void (*cancel)(struct sk_aws__wait *wait); /* idempotent; the chain goes on later */
};

/* The answer that a provider promised with SK_AWS_PROVIDING: what it would have returned. May end
 * the chain and free it. */
void sk_aws__chain_go_on(struct sk_aws_chain *chain, int result, struct sk_err *err);

/* A question over HTTP. */
struct sk_aws__answer {
    const struct sk_err *failure; /* no answer: why; NULL: there is one */
    int status;
    const char *body; /* NUL-terminated; wiped afterwards */
    size_t length;
};
/* Like a provider: SK_AWS_PROVIDING after another question. */
typedef int (*sk_aws__answered_fn)(struct sk_aws_chain *chain, const struct sk_aws__answer *answer,
                                   struct sk_err *err);

struct sk_aws__question {
    const char *method;       /* static */
    const char *url;          /* copied */
    const char *header_name;  /* static; NULL: none */
    const char *header_value; /* copied into a secret */
    bool direct;              /* never through a proxy */
    unsigned timeout_ms;
    unsigned attempts; /* while there is no answer, or one that says to come again */
    sk_aws__answered_fn answered;
};
/* SK_AWS_PROVIDING, always: `answered` runs later, with a failure if the request cannot start. */
int sk_aws__ask(struct sk_aws_chain *chain, const struct sk_aws__question *question) SK_WARN_UNUSED;
/* For messages: what the server said, short, without secrets; owned by the caller. "" when it said
 * nothing readable. Reads `message`, `Message` or `code` of a JSON object. */
char *sk_aws__answer_words(const struct sk_aws__answer *answer) SK_WARN_UNUSED;

/* JSON that holds secrets: no part of it is shown in messages. New, an object, end with
 * sk_aws_json_wipe; NULL with SK_E_CREDENTIALS, "<origin> is no JSON object". */
json_t *sk_aws__secret_json(const char *text, size_t length, const char *origin,
                            struct sk_err *err) SK_WARN_UNUSED;
/* Where an answer has its parts. Without `token_optional` token and expiration must be there. */
struct sk_aws__members {
    const char *access_key_id, *secret_key, *session_token, *expiration;
    bool optional;
};
/* An expiration is ISO 8601 text or a number of milliseconds. SK_E_CREDENTIALS, "<origin> lacks
 * <member>". */
int sk_aws__credentials_read(const json_t *object, const struct sk_aws__members *members,
                             const char *origin, struct sk_aws_credentials *out,
                             struct sk_err *err) SK_WARN_UNUSED;
/* ISO 8601 with Z or an offset. 0 or -1. */
int sk_aws__expiration_parse(const char *text, int64_t *out_s);

/* What the profile has under `key`, the credentials file before the config file; NULL: nothing.
 * Borrowed from chain->files. */
const char *sk_aws__profile_value(const struct sk_aws_chain *chain, const char *key);
/* Reads a file that holds one token, without blanks around it. SK_E_CREDENTIALS, "cannot read
 * <what> …". */
int sk_aws__token_file(const char *path, const char *what, struct sk_secret *out,
                       struct sk_err *err) SK_WARN_UNUSED;

#endif
