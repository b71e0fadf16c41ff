/* What the files of this folder share about the client's state. Everything runs on the loop's
 * thread, and everything that happens to calls happens in the pump (client.c): other code only
 * moves a call to a list and kicks the pump. */
#ifndef SK_AWS_AWS_INT_H
#define SK_AWS_AWS_INT_H

#include "aws/aws.h"
#include "aws/bucket.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/page.h"
#include "aws/protocol.h"
#include "aws/retry.h"
#include "aws/settings.h"
#include "base/buffer.h"
#include "http/http.h"

/* Circular list with a head; a link that is in no list points to itself. */
struct sk_aws__link {
    struct sk_aws__link *prev, *next;
};

static inline void sk_aws__link_init(struct sk_aws__link *link)
{
    link->prev = link->next = link;
}
static inline bool sk_aws__link_alone(const struct sk_aws__link *link)
{
    return link->next == link;
}
static inline void sk_aws__link_remove(struct sk_aws__link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    sk_aws__link_init(link);
}
/* Puts `link` (in no list) at the end of the list, or, given any other link, before that. */
static inline void sk_aws__link_append(struct sk_aws__link *list, struct sk_aws__link *link)
{
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}
/* Moves all of `from` to the end of `to`. */
static inline void sk_aws__link_splice(struct sk_aws__link *to, struct sk_aws__link *from)
{
    while (!sk_aws__link_alone(from)) {
        struct sk_aws__link *link = from->next;
        sk_aws__link_remove(link);
        sk_aws__link_append(to, link);
    }
}

/* The calls that share one rate: (account, region, service, read or write[, operation]). */
struct sk_aws__limiter {
    char *key;
    struct sk_aws_bucket bucket;
    struct sk_aws__link waiting;
    struct sk_aws__limiter *next;
};

struct sk_aws {
    uv_loop_t *loop;
    const struct sk_clock *clock;
    struct sk_aws_settings settings; /* its profile is `profile` */
    char *profile, *user_agent;
    json_t *files; /* shared files as last read */
    struct sk_aws_retry_policy retry;
    unsigned call_timeout_ms, max_in_flight, in_flight, rate_factor;
    uint64_t random_state;
    int64_t clock_offset_s; /* AWS's clock minus ours, learnt from answers */
    struct sk_http *http;
    uv_timer_t timer; /* runs the pump */
    bool pumping, kicked, closing;
    struct sk_aws__link calls;    /* all, through `all` */
    struct sk_aws__link ready;    /* next step can run; these four through `link` */
    struct sk_aws__link sleeping; /* until wake_ms */
    struct sk_aws__link finished; /* callback due */
    struct sk_aws__limiter *limiters;
    /* whose credentials assume the accounts' roles; made when needed */
    struct sk_aws_account *ambient;
    sk_aws_event_fn on_event;
    void *on_event_data;
};

/* Also the internal owners of credentials that only assume roles; those are not checked. */
struct sk_aws_account {
    struct sk_aws *aws;
    char *name, *expected_id, *sts_region;
    struct sk_aws_role role; /* arn NULL: the chain's credentials */
    char *profile;           /* only this profile's part of the chain; NULL: all */
    const char *provider;    /* only this provider; NULL: all. Static. */
    bool keys_only;          /* the profile's keys, not its role */
    unsigned depth;          /* how many roles hang on it */
    bool internal, freed;
    bool verified; /* the id was checked with these credentials */
    char *id;
    struct sk_aws_credentials credentials;
    bool has_credentials;
    int64_t refresh_before_s; /* they are renewed so long before they expire */
    unsigned generation;      /* of the credentials */
    int64_t refused_until_ms; /* monotonic: AWS refused fresh credentials, do not ask again yet */
    int64_t refresh_after_ms; /* monotonic: an early refresh failed, go on with what there is */
    struct sk_err failure;    /* of the last fetch or refusal */
    bool stopped;             /* wrong account: for good */
    bool fetching, checking;  /* under way: one of each at a time, everybody else waits */
    struct sk_aws__link waiters;
    struct sk_aws_account *source; /* who assumes the role; owned when `owns_source` */
    bool owns_source;
    struct sk_aws_chain chain; /* while `chaining` */
    bool chaining;
    json_t *chain_files;              /* owned: with the keys, until the chain has ended */
    struct sk_aws_role chain_role;    /* the role the chain found; arn NULL: none */
    struct sk_aws_call assume, check; /* AssumeRole[WithWebIdentity], GetCallerIdentity */
    json_t *assume_input;
};

struct sk_aws__call;
enum sk_aws__step {
    SK_AWS__STEP_IDENTITY, /* credentials there and account checked? */
    SK_AWS__STEP_LIMIT,    /* join the queue of its rate */
    SK_AWS__STEP_SEND,
    SK_AWS__STEP_ANSWER,
    SK_AWS__STEP_FINISH,
    SK_AWS__STEP_WAIT, /* parked in a list or in HTTP */
};

struct sk_aws__call {
    struct sk_aws__link link, all;
    struct sk_aws *aws;
    struct sk_aws_account *account;
    struct sk_aws_call *call; /* the caller's */
    const struct sk_aws_service *service;
    const struct sk_aws_operation *operation;
    char *region;
    bool unchecked; /* made to check the account, or to assume a role */
    bool canceled, sending, finished;
    bool unknown; /* an attempt of this write may have taken effect */
    enum sk_aws__step step;
    struct sk_aws_pages pages;
    struct sk_aws_retry retry;
    struct sk_aws__limiter *limiter;
    int64_t wake_ms, sent_ms;
    int64_t signed_offset_s; /* clock_offset_s when the attempt was signed */
    struct sk_buffer body;   /* of the current page */
    bool has_body;
    unsigned attempts, generation; /* of the credentials that signed the last attempt */
    char *request_id;
    struct sk_err err;
    struct sk_http_request http;
    struct sk_aws_endpoint endpoint;
    struct sk_http_header headers[8];
    struct sk_secret header_values[8];
};

/* client.c */
void sk_aws__kick(struct sk_aws *aws);
int64_t sk_aws__now_ms(const struct sk_aws *aws);
struct sk_wall sk_aws__wall(const struct sk_aws *aws);
double sk_aws__chance(struct sk_aws *aws);
/* Like sk_aws_call_start; `unchecked` calls do not wait for the account's check. */
int sk_aws__start(struct sk_aws *aws, struct sk_aws_call *call, bool unchecked,
                  struct sk_err *err) SK_WARN_UNUSED;

/* call.c */
void sk_aws__call_run(struct sk_aws__call *call, enum sk_aws__step step);
void sk_aws__call_free(struct sk_aws__call *call);
/* The call ends with call->err, or with success when that is unset. */
void sk_aws__call_finish(struct sk_aws__call *call);

/* attempt.c */
/* Builds, signs and starts the HTTP request. */
int sk_aws__attempt_start(struct sk_aws__call *call, sk_http_done_fn done,
                          struct sk_err *err) SK_WARN_UNUSED;
/* Reads the answer: the page's output, new; or NULL with *err classified. Fills call->request_id
 * and *retry_after_s. */
json_t *sk_aws__attempt_answer(struct sk_aws__call *call, double *retry_after_s,
                               struct sk_err *err) SK_WARN_UNUSED;

/* account.c */
enum sk_aws__identity { SK_AWS__IDENTITY_READY, SK_AWS__IDENTITY_WAIT, SK_AWS__IDENTITY_FAILED };
/* Whether `call` can be signed now; WAIT puts it among the waiters, FAILED sets *err. */
enum sk_aws__identity sk_aws__account_ready(struct sk_aws_account *account,
                                            struct sk_aws__call *call, struct sk_err *err);
/* AWS refused the credentials of `generation`: they will be fetched again. */
void sk_aws__account_invalidate(struct sk_aws_account *account, unsigned generation,
                                const struct sk_err *why);
/* AWS refused fresh credentials too: calls fail at once for a while. */
void sk_aws__account_refused(struct sk_aws_account *account, const struct sk_err *why);
/* An owner of credentials for internal use. */
struct sk_aws_account *sk_aws__account_internal(struct sk_aws *aws, const char *name,
                                                const char *profile, unsigned depth);

/* limiter.c */
/* Puts the call at the end of its queue, or at the front when it was sent before. */
void sk_aws__limiter_join(struct sk_aws__call *call);
/* Sends what may go now; in how many ms to come back, or -1 when nothing waits for time. */
int64_t sk_aws__limiters_run(struct sk_aws *aws);
void sk_aws__limiters_free(struct sk_aws *aws);

#endif
