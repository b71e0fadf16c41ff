/* The AWS client: signed calls with credentials per account, paging, retries, rate limits and clock
 * skew handled inside, all on one libuv loop.
 *
 * Calls are data: a service, an operation, a region and a JSON object whose members are named as in
 * AWS's API models; the answer is a JSON object of the same kind whatever protocol the service
 * speaks (XML answers are typed by the table in aws/shape.h; timestamps of XML answers stay ISO
 * 8601 text, those of JSON answers stay numbers; policy documents are passed through as they came).
 *
 * Threads: everything runs on the loop's thread. */
#ifndef SK_AWS_AWS_H
#define SK_AWS_AWS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"

struct sk_aws;
struct sk_aws_account;
struct sk_aws_call;

/* Everything is copied by sk_aws_new unless said otherwise. */
struct sk_aws_opts {
    uv_loop_t *loop;              /* borrowed, outlives the client */
    const struct sk_clock *clock; /* borrowed; NULL: the system's */
    uint64_t random_seed;         /* for back-off jitter; 0: from the system */
    /* Looks up an environment variable; NULL: getenv. Credentials, profiles and AWS_ENDPOINT_URL*
     * are read through it. The result is borrowed until the next look-up. */
    const char *(*environment)(const char *name, void *data);
    void *environment_data;
    const char *profile;      /* shared config profile; NULL: AWS_PROFILE, then "default" */
    const char *user_agent;   /* appended to "sagekeeper/<version>", e.g. "commit/0a1b2c3d" */
    const char *ca_file;      /* PEM bundle; NULL: AWS_CA_BUNDLE, ca_bundle, the system's */
    unsigned max_attempts;    /* per HTTP request; 0: 5 (AWS_MAX_ATTEMPTS) */
    unsigned call_timeout_ms; /* one attempt; 0: 60000 */
    unsigned max_in_flight;   /* over all accounts; 0: 64 */
    unsigned rate_factor; /* starting request rates times this, for accounts whose limits AWS has
                             raised; 0: 1 */
};

int sk_aws_new(const struct sk_aws_opts *opts, struct sk_aws **out,
               struct sk_err *err) SK_WARN_UNUSED;
/* Cancels what is in flight (their callbacks run with SK_E_CANCELED before this returns) and starts
 * closing; the memory goes when the loop has run the close callbacks. Accounts must be freed first.
 */
void sk_aws_free(struct sk_aws *aws);

/* Who the calls of one AWS account are made as. Without role_arn: the ambient credentials (the
 * chain of DESIGN.md 9). */
struct sk_aws_account_opts {
    const char *name;            /* for messages */
    const char *account_id;      /* 12 digits: checked by GetCallerIdentity before any other call, a
                                    different answer fails every call with SK_E_REFUSED; NULL: not checked */
    const char *role_arn;        /* assumed with the ambient credentials; NULL: none */
    const char *external_id;     /* NULL: none */
    const char *session_name;    /* 2-64 of [\w+=,.@-]; NULL: "sagekeeper" */
    const char *source_identity; /* NULL: none */
    const json_t *session_tags;  /* [{"Key","Value"}], NULL: none */
    unsigned session_seconds;    /* 900-43200; 0: 3600 */
    const char *sts_region;      /* the region whose STS is asked, unless AWS_REGION and so on name
                                    another one of its partition; NULL: only they */
};

int sk_aws_account_new(struct sk_aws *aws, const struct sk_aws_account_opts *opts,
                       struct sk_aws_account **out, struct sk_err *err) SK_WARN_UNUSED;
/* No call of the account may be in flight. NULL is fine. */
void sk_aws_account_free(struct sk_aws_account *account);
/* The id that GetCallerIdentity answered; NULL before the first call succeeded. Borrowed. */
const char *sk_aws_account_id(const struct sk_aws_account *account);

/* What the metrics and the progress line show; called on the loop thread for each HTTP attempt. The
 * callback must not free the client. */
struct sk_aws_event {
    /* Borrowed. The region of global services is "global"; request_id is NULL without an answer. */
    const char *account, *service, *operation, *region, *request_id;
    int status;        /* HTTP; 0 when there was no answer */
    enum sk_errc code; /* SK_OK or what the attempt ended with */
    unsigned attempt;  /* from 1 */
    int64_t ms;
    bool will_retry;
};
typedef void (*sk_aws_event_fn)(const struct sk_aws_event *event, void *data);
void sk_aws_on_event(struct sk_aws *aws, sk_aws_event_fn callback, void *data);

typedef void (*sk_aws_done_fn)(struct sk_aws_call *call);

/* One call, embedded in the caller's own object, which must live until `done` ran. */
struct sk_aws_call {
    /* Set by the caller; borrowed until `done`. */
    struct sk_aws_account *account;
    const char *service;   /* "iam", "sts", "sagemaker", "tagging": names of aws/service.h */
    const char *operation; /* "ListDomains" */
    const char *region;    /* ignored for global services */
    const json_t *input;   /* object; NULL: {} */
    bool all_pages;        /* follow the tokens; result lists are joined, tokens removed */
    /* How long SK_E_PROPAGATING ("made moments ago, not visible everywhere yet") is retried inside
     * the call, from its first occurrence; 0: not at all. IAM needs up to 120000. Set it only when
     * what the call names was made moments ago: otherwise a typing mistake takes as long. */
    unsigned propagation_ms;
    sk_aws_done_fn done;
    void *data;

    /* Result, set before `done`. What the pointers lead to belongs to the client and is valid in
     * `done` only: json_incref the output, sk_err_copy the error (never sk_err_move) to keep them.
     */
    json_t *output; /* object on success, NULL on failure */
    /* SK_OK on success; else aws_code, request_id and detail (HTTP status) set */
    struct sk_err err;
    char *request_id;  /* of the last attempt, or NULL */
    unsigned attempts; /* HTTP attempts over all pages */
    /* A write failed and may have taken effect, in its last attempt or one before: also set when a
     * repetition ended in SK_E_EXISTS or SK_E_NOT_FOUND. */
    bool outcome_unknown;

    void *internal; /* private */
};

/* Returns an error (bad operation name, bad input) and never calls `done`, or 0, and then calls
 * `done` exactly once, later, on the loop thread, never from inside start. `done` may free the
 * call, start it again, start and cancel others, and free the client.
 *
 * Failed attempts are retried as the error table says (aws/error.h); a create without natural key
 * or token is never retried after an unknown outcome: it ends with `outcome_unknown`. */
int sk_aws_call_start(struct sk_aws *aws, struct sk_aws_call *call,
                      struct sk_err *err) SK_WARN_UNUSED;
/* Idempotent; `done` still runs, later, with SK_E_CANCELED. */
void sk_aws_call_cancel(struct sk_aws_call *call);

#endif
