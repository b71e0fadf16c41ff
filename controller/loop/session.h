/* A session with AWS: the client, the accounts and the engine of one run, driven from
 * blocking code. When an end is asked for (loop/events.h), what runs ends in good order: calls in
 * flight finish and are journaled, nothing more is started. */
#ifndef SK_LOOP_SESSION_H
#define SK_LOOP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/aws.h"
#include "base/clock.h"
#include "base/err.h"
#include "engine/engine.h"
#include "loop/events.h"
#include "plan/plan.h"
#include "store/store.h"

struct sk_session;

/* How an account is reached. All borrowed for the life of the session. */
struct sk_session_account {
    struct sk_account facts;
    const char *role_arn;    /* NULL: the ambient credentials */
    const char *external_id; /* NULL: none */
};

struct sk_session_opts {
    struct sk_events *events;
    const struct sk_clock *clock;
    struct sk_store *store; /* borrowed; NULL: no cache, no journal */
    const struct sk_kinds *kinds;
    const struct sk_session_account *accounts;
    size_t account_count;
    const struct sk_interest *interest; /* read anew by each observe; NULL: none */
    const char *owner;
    const char *revision; /* of the desired state: in session names, user agent and journal */
    const char *run;      /* id of this run */
    const char *profile;  /* of the shared AWS configuration; NULL: default */
    const char *ca_file;  /* NULL: the system's */
    unsigned max_in_flight;
    unsigned rate_factor;     /* starting request rates times this; 0: 1 */
    sk_aws_event_fn on_event; /* each HTTP attempt; may be NULL */
    void *on_event_data;
};

int sk_session_open(const struct sk_session_opts *opts, struct sk_session **out,
                    struct sk_err *err) SK_WARN_UNUSED;
/* NULL is fine. */
void sk_session_close(struct sk_session *session);
SK_DEFINE_CLEANUP(struct sk_session, sk_session_close);

/* Fills *out, which the caller ends with sk_view_done. SK_E_CANCELED when stopped meanwhile. */
int sk_session_observe(struct sk_session *session, struct sk_view *out,
                       struct sk_err *err) SK_WARN_UNUSED;
/* One cycle of apply. Fills *out, which the caller ends with sk_results_done; also when stopped. */
int sk_session_apply(struct sk_session *session, const struct sk_plan *plan,
                     sk_apply_progress_fn progress, void *data, struct sk_results *out,
                     struct sk_err *err) SK_WARN_UNUSED;
/* Waits; returns early when stopped or a wish came. */
void sk_session_sleep(struct sk_session *session, unsigned ms);
/* A signal asked to end. */
bool sk_session_stopped(const struct sk_session *session);
/* The accounts in the form that plans take. Borrowed. */
const struct sk_accounts *sk_session_accounts(const struct sk_session *session);

#endif
