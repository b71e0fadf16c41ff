/* Blocking access to the asynchronous engine, see session.h. The loop runs only inside these
 * functions, always until one completion. */
#include "loop/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define PROPAGATION_MS                                                                             \
    120000 /* aws-api.md 18: IAM creates are visible everywhere within 2 minutes */

struct sk_session {
    struct sk_events *events; /* borrowed */
    struct sk_aws *aws;
    struct sk_engine *engine;
    struct sk_engine_account *engine_accounts; /* owned */
    struct sk_account *facts;                  /* owned array, contents borrowed … */
    char **own_roles;                          /* … but for these, owned: addresses, NULL: none */
    struct sk_accounts accounts;
    size_t account_count;

    bool waiting; /* a completion is awaited */
    struct sk_view *view;
    struct sk_results *results;
    sk_apply_progress_fn progress;
    void *progress_data;
};

/* Session names take [\w+=,.@-]{2,64}: "sagekeeper-<first 12 digits of the revision>". */
static char *session_name(const char *revision)
{
    return revision ? sk_xasprintf("sagekeeper-%.12s", revision) : sk_xstrdup("sagekeeper");
}

/* The address of the role that an account's calls are made as, or NULL. With ambient credentials it
 * is not known. Owned by the caller. */
static char *own_role_address(const struct sk_session_account *account)
{
    const char *name = account->role_arn ? strrchr(account->role_arn, '/') : NULL;
    return name ? sk_address_format("iam_role", account->facts.name, NULL, name + 1) : NULL;
}

static int open_accounts(struct sk_session *session, const struct sk_session_opts *opts,
                         struct sk_err *err)
{
    session->engine_accounts = sk_xcalloc(opts->account_count, sizeof(struct sk_engine_account));
    session->facts = sk_xcalloc(opts->account_count, sizeof(struct sk_account));
    session->own_roles = sk_xcalloc(opts->account_count, sizeof(char *));
    sk_auto(sk_freep) char *name = session_name(opts->revision);
    for (size_t i = 0; i < opts->account_count; i++) {
        const struct sk_session_account *account = &opts->accounts[i];
        const struct sk_aws_account_opts account_opts = {
            .name = account->facts.name,
            .account_id = account->facts.id,
            .role_arn = account->role_arn,
            .external_id = account->external_id,
            .session_name = name,
            .sts_region =
                account->facts.regions[0] ? account->facts.regions[0] : account->facts.home_region,
        };
        session->facts[i] = account->facts;
        session->engine_accounts[i].facts = &session->facts[i];
        if (sk_aws_account_new(session->aws, &account_opts, &session->engine_accounts[i].aws, err) <
            0)
            return sk_err_wrap(err, "account '%s'", account->facts.name);
        session->own_roles[i] = own_role_address(account);
        session->facts[i].own_role = session->own_roles[i];
        session->account_count = i + 1;
    }
    session->accounts = (struct sk_accounts){.items = session->facts, .count = opts->account_count};
    return 0;
}

static int open_client(struct sk_session *session, const struct sk_session_opts *opts,
                       struct sk_err *err)
{
    sk_auto(sk_freep) char *user_agent =
        opts->revision ? sk_xasprintf("commit/%.12s", opts->revision) : NULL;
    const struct sk_aws_opts aws_opts = {.loop = sk_events_loop(session->events),
                                         .clock = opts->clock,
                                         .profile = opts->profile,
                                         .ca_file = opts->ca_file,
                                         .user_agent = user_agent,
                                         .max_in_flight = opts->max_in_flight,
                                         .rate_factor = opts->rate_factor};
    int code = sk_aws_new(&aws_opts, &session->aws, err);
    if (code < 0)
        return code;
    if (opts->on_event)
        sk_aws_on_event(session->aws, opts->on_event, opts->on_event_data);
    code = open_accounts(session, opts, err);
    if (code < 0)
        return code;
    const struct sk_engine_opts engine_opts = {.aws = session->aws,
                                               .loop = sk_events_loop(session->events),
                                               .store = opts->store,
                                               .clock = opts->clock,
                                               .kinds = opts->kinds,
                                               .accounts = session->engine_accounts,
                                               .account_count = session->account_count,
                                               .interest = opts->interest,
                                               .owner = opts->owner,
                                               .run = opts->run,
                                               .commit = opts->revision,
                                               .propagation_ms = PROPAGATION_MS};
    return sk_engine_new(&engine_opts, &session->engine, err);
}

int sk_session_open(const struct sk_session_opts *opts, struct sk_session **out, struct sk_err *err)
{
    struct sk_session *session = sk_xcalloc(1, sizeof(*session));
    session->events = opts->events;
    int code = open_client(session, opts, err);
    if (code < 0) {
        sk_session_close(session);
        return code;
    }
    *out = session;
    return 0;
}

void sk_session_close(struct sk_session *session)
{
    if (!session)
        return;
    sk_engine_free(session->engine);
    for (size_t i = 0; i < session->account_count; i++) {
        sk_aws_account_free(session->engine_accounts[i].aws);
        free(session->own_roles[i]);
    }
    if (session->aws)
        sk_aws_free(session->aws);
    sk_events_drain(session->events);
    free(session->engine_accounts);
    free(session->own_roles);
    free(session->facts);
    free(session);
}

static void stop(void *data)
{
    const struct sk_session *session = data;
    sk_engine_stop(session->engine);
}

/* Runs the loop until the awaited completion: when an end is asked for, the engine completes in good
 * order. */
static void wait_for_completion(struct sk_session *session)
{
    if (sk_events_stopped(session->events))
        sk_engine_stop(session->engine);
    else
        sk_events_set_worker(session->events, stop, session);
    sk_events_wait(session->events, &session->waiting);
    sk_events_set_worker(session->events, NULL, NULL);
}

static void on_observed(struct sk_view *view, void *data)
{
    struct sk_session *session = data;
    *session->view = *view;
    session->waiting = false;
    sk_events_break(session->events);
}

int sk_session_observe(struct sk_session *session, struct sk_view *out, struct sk_err *err)
{
    if (sk_events_stopped(session->events))
        return sk_err_set(err, SK_E_CANCELED, "stopped by a signal");
    session->view = out;
    session->waiting = true;
    int code = sk_engine_observe(session->engine, on_observed, session, err);
    if (code < 0) {
        session->waiting = false;
        return code;
    }
    wait_for_completion(session);
    if (sk_events_stopped(session->events)) {
        sk_view_done(out);
        return sk_err_set(err, SK_E_CANCELED, "stopped by a signal");
    }
    return 0;
}

/* The engine has one data pointer for both callbacks. */
static void on_progress(const struct sk_change *change, const struct sk_result *result, void *data)
{
    const struct sk_session *session = data;
    if (session->progress)
        session->progress(change, result, session->progress_data);
}

static void on_applied(struct sk_results *results, void *data)
{
    struct sk_session *session = data;
    *session->results = *results;
    session->waiting = false;
    sk_events_break(session->events);
}

int sk_session_apply(struct sk_session *session, const struct sk_plan *plan,
                     sk_apply_progress_fn progress, void *data, struct sk_results *out,
                     struct sk_err *err)
{
    session->results = out;
    session->waiting = true;
    session->progress = progress;
    session->progress_data = data;
    int code = sk_engine_apply(session->engine, plan, on_progress, on_applied, session, err);
    if (code < 0) {
        session->waiting = false;
        return code;
    }
    wait_for_completion(session);
    return 0;
}

void sk_session_sleep(struct sk_session *session, unsigned ms)
{
    sk_events_sleep(session->events, ms);
}

bool sk_session_stopped(const struct sk_session *session)
{
    return sk_events_stopped(session->events);
}

const struct sk_accounts *sk_session_accounts(const struct sk_session *session)
{
    return &session->accounts;
}
