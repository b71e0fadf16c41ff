/* Observing: runs the `read` functions of all kinds over all accounts and regions and fetches what
 * they ask for.
 *
 * One scope is one observation: an account's global kinds, or its regional kinds in one region. A
 * scope's kinds run in rounds: all that are pending run, what they asked is fetched, and only when
 * the last answer is there they run again. A listing of N things with N questions behind it is so
 * read in three passes, not in N.
 *
 * A question is asked once in an account however many kinds and scopes ask it. An account whose
 * credentials fail is unknown as a whole: calls in flight are cancelled, none is started. */
#include <stdlib.h>
#include <string.h>

#include "aws/service.h"
#include "base/alloc.h"
#include "base/json.h"
#include "engine/engine_int.h"

/* An answer taken so soon after the change it shows may miss a second change of the same second, or
 * come from a replica that lags (DESIGN.md 7). */
#define SETTLED_AFTER_S 30
#define CACHE_BATCH     256

/* One question of one account; its answer stays until the end for those who ask later. */
struct fetch {
    struct sk_aws_call call;
    struct account *account;
    const struct sk_query *query; /* the first that asked; lives as long as its observation */
    struct sk_wall asked_at;
    struct waiter {
        struct scope *scope;
        struct sk_query *query;
    } * waiters; /* owned */
    size_t waiter_count;
    bool answered;
    json_t *answer; /* owned; NULL when `err` is set */
    struct sk_err err;
};

struct reading {
    const struct sk_kind *kind;
    enum { READING, COMPLETE, UNKNOWN } state;
    struct sk_err err;             /* why UNKNOWN */
    struct sk_documents documents; /* once COMPLETE */
};

struct scope {
    struct account *account;
    struct sk_observation observation;
    struct reading *readings; /* owned */
    size_t reading_count;
    size_t outstanding; /* questions that wait for a fetch */
};

struct account {
    struct sk_observe *observe;
    const struct sk_engine_account *access;
    struct scope *scopes; /* owned */
    size_t scope_count;
    struct fetch **fetches; /* owned */
    size_t fetch_count, fetch_capacity;
    json_t *index;        /* owned: question -> position in fetches */
    struct sk_err failed; /* unset while the account can be worked with */
};

struct sk_observe {
    struct sk_engine *engine;
    sk_observe_done_fn done;
    void *data;
    struct account *accounts; /* owned */
    size_t account_count;
    size_t in_flight;
    bool finishing;
    struct fetch *to_cache[CACHE_BATCH];
    size_t to_cache_count;
};

/* --- the cache ----------------------------------------------------------------------------- */

static char *cache_key(const struct account *account, const struct sk_query *query)
{
    return sk_xasprintf("%s %s", account->access->facts->id, query->key);
}

/* NULL when there is none. A cache that cannot be read or written only costs calls, so its errors
 * end here; the journal, which matters, reports a broken file when something is to be applied. */
static json_t *cached_answer(const struct account *account, const struct sk_query *query)
{
    struct sk_store *store = account->observe->engine->opts.store;
    if (!store || !query->version)
        return NULL;
    sk_auto(sk_freep) char *key = cache_key(account, query);
    json_t *answer = NULL;
    if (sk_store_cache_get(store, key, query->version, &answer, NULL) < 0)
        return NULL;
    return answer;
}

static void write_cache(struct sk_observe *observe)
{
    struct sk_store *store = observe->engine->opts.store;
    if (observe->to_cache_count == 0)
        return;
    (void)!sk_store_batch_begin(store, NULL);
    for (size_t i = 0; i < observe->to_cache_count; i++) {
        const struct fetch *fetch = observe->to_cache[i];
        sk_auto(sk_freep) char *key = cache_key(fetch->account, fetch->query);
        (void)!sk_store_cache_put(store, key, fetch->query->version, fetch->answer, NULL);
    }
    (void)!sk_store_batch_end(store, NULL);
    observe->to_cache_count = 0;
}

/* Also false when the time of the change is unknown, or in the future of our clock. */
static bool may_cache(const struct fetch *fetch)
{
    const struct sk_query *query = fetch->query;
    return fetch->account->observe->engine->opts.store && fetch->answer && query->version &&
           query->version_time_s > 0 &&
           (double)fetch->asked_at.seconds - query->version_time_s >= SETTLED_AFTER_S;
}

static void keep_for_cache(struct fetch *fetch)
{
    struct sk_observe *observe = fetch->account->observe;
    if (!may_cache(fetch))
        return;
    observe->to_cache[observe->to_cache_count++] = fetch;
    if (observe->to_cache_count == CACHE_BATCH)
        write_cache(observe);
}

/* --- the end ------------------------------------------------------------------------------- */

static void release_account(struct account *account)
{
    for (size_t i = 0; i < account->fetch_count; i++) {
        struct fetch *fetch = account->fetches[i];
        free(fetch->waiters);
        json_decref(fetch->answer);
        sk_err_done(&fetch->err);
        free(fetch);
    }
    free(account->fetches);
    json_decref(account->index);
    for (size_t i = 0; i < account->scope_count; i++) {
        struct scope *scope = &account->scopes[i];
        sk_observation_done(&scope->observation);
        for (size_t j = 0; j < scope->reading_count; j++) {
            sk_err_done(&scope->readings[j].err);
            sk_documents_done(&scope->readings[j].documents);
        }
        free(scope->readings);
    }
    free(account->scopes);
    sk_err_done(&account->failed);
}

static void release(struct sk_observe *observe)
{
    for (size_t i = 0; i < observe->account_count; i++)
        release_account(&observe->accounts[i]);
    free(observe->accounts);
    free(observe);
}

static void move_documents(struct sk_documents *from, struct sk_documents *to)
{
    for (size_t i = 0; i < from->count; i++)
        /* Never taken: kind, account and region, all part of the address, are this reading's only.
         */
        sk_documents_add(to, from->items[i], NULL);
    from->count = 0;
}

static void show_scope(struct scope *scope, struct sk_view *view)
{
    const struct sk_err *account_err = &scope->account->failed;
    for (size_t i = 0; i < scope->reading_count; i++) {
        struct reading *reading = &scope->readings[i];
        const struct sk_err *err = account_err->code != SK_OK ? account_err : &reading->err;
        if (err->code == SK_OK)
            move_documents(&reading->documents, &view->live);
        else
            sk_view_add_unknown(view, reading->kind, scope->observation.account,
                                scope->observation.region, err);
    }
}

static void finish(void *data)
{
    struct sk_observe *observe = data;
    write_cache(observe);
    const struct sk_interest *interest = observe->engine->opts.interest;
    struct sk_view view = {.made = interest ? json_incref((json_t *)interest->made) : NULL,
                           .ceded = interest && interest->ceded};
    for (size_t i = 0; i < observe->account_count; i++) {
        for (size_t j = 0; j < observe->accounts[i].scope_count; j++)
            show_scope(&observe->accounts[i].scopes[j], &view);
    }
    sk_documents_sort(&view.live);
    sk_observe_done_fn done = observe->done;
    void *done_data = observe->data;
    observe->engine->observe = NULL;
    release(observe);
    done(&view, done_data);
}

/* Without a call in flight no scope waits for anything. */
static void finish_if_done(struct sk_observe *observe)
{
    if (observe->in_flight > 0 || observe->finishing)
        return;
    observe->finishing = true;
    sk_engine__defer(observe->engine, finish, observe);
}

/* --- questions ----------------------------------------------------------------------------- */

static void fail_account(struct account *account, const struct sk_err *err)
{
    if (account->failed.code != SK_OK)
        return;
    sk_err_copy(&account->failed, err);
    struct sk_engine *engine = account->observe->engine;
    for (size_t i = 0; i < account->fetch_count; i++) {
        struct fetch *fetch = account->fetches[i];
        if (!fetch->answered)
            engine->transport.cancel(engine->transport.data, &fetch->call);
    }
}

static void give_answer(const struct fetch *fetch, struct sk_query *query)
{
    sk_query_answer(query, json_incref(fetch->answer), &fetch->err);
}

static void advance(struct scope *scope);

static void on_fetched(struct sk_aws_call *call)
{
    struct fetch *fetch = call->data;
    struct account *account = fetch->account;
    struct sk_observe *observe = account->observe;
    observe->in_flight--;
    fetch->answered = true;
    if (call->output)
        fetch->answer = json_incref(call->output);
    else if (call->err.code != SK_OK)
        sk_err_copy(&fetch->err, &call->err);
    else
        sk_err_set(&fetch->err, SK_E_INTERNAL, "%s ended without answer and error",
                   call->operation);
    if (sk_engine__account_failed(&fetch->err))
        fail_account(account, &fetch->err);
    keep_for_cache(fetch);
    for (size_t i = 0; i < fetch->waiter_count; i++) {
        give_answer(fetch, fetch->waiters[i].query);
        fetch->waiters[i].scope->outstanding--;
    }
    for (size_t i = 0; i < fetch->waiter_count; i++)
        advance(fetch->waiters[i].scope);
    finish_if_done(observe);
}

/* The question as the whole account shares it. Global services answer alike in every region. */
static char *shared_key(const struct sk_query *query)
{
    const struct sk_aws_service *service = sk_aws_service_find(query->service);
    sk_auto(sk_freep) char *input = sk_json_canonical(query->input);
    return sk_xasprintf("%s %s %s %s", service && service->global ? "global" : query->region,
                        query->service, query->operation, input);
}

static struct fetch *find_fetch(const struct account *account, const char *key)
{
    const json_t *position = json_object_get(account->index, key);
    return position ? account->fetches[json_integer_value(position)] : NULL;
}

static struct fetch *add_fetch(struct account *account, const char *key,
                               const struct sk_query *query)
{
    if (account->fetch_count == account->fetch_capacity) {
        account->fetch_capacity = account->fetch_capacity ? account->fetch_capacity * 2 : 32;
        account->fetches =
            sk_xrealloc(account->fetches, account->fetch_capacity, sizeof(struct fetch *));
    }
    struct fetch *fetch = sk_xcalloc(1, sizeof(*fetch));
    fetch->account = account;
    fetch->query = query;
    fetch->asked_at = sk_clock_wall(account->observe->engine->opts.clock);
    fetch->call = (struct sk_aws_call){.account = account->access->aws,
                                       .service = query->service,
                                       .operation = query->operation,
                                       .region = query->region,
                                       .input = query->input,
                                       .all_pages = true,
                                       .done = on_fetched,
                                       .data = fetch};
    json_object_set_new(account->index, key, json_integer((json_int_t)account->fetch_count));
    account->fetches[account->fetch_count++] = fetch;
    if (sk_engine__start_call(account->observe->engine, &fetch->call, &fetch->err) < 0)
        fetch->answered = true;
    else
        account->observe->in_flight++;
    return fetch;
}

static void ask(struct scope *scope, struct sk_query *query)
{
    struct account *account = scope->account;
    json_t *cached = cached_answer(account, query);
    if (cached) {
        sk_query_answer(query, cached, NULL);
        return;
    }
    sk_auto(sk_freep) char *key = shared_key(query);
    struct fetch *fetch = find_fetch(account, key);
    if (!fetch)
        fetch = add_fetch(account, key, query);
    if (fetch->answered) {
        give_answer(fetch, query);
        return;
    }
    fetch->waiters = sk_xrealloc(fetch->waiters, fetch->waiter_count + 1, sizeof(struct waiter));
    fetch->waiters[fetch->waiter_count++] = (struct waiter){scope, query};
    scope->outstanding++;
}

/* Asks everything that is queued; says whether there was anything. */
static bool ask_all(struct scope *scope)
{
    struct sk_store *store = scope->account->observe->engine->opts.store;
    bool any = false;
    if (store)
        (void)!sk_store_batch_begin(store, NULL);
    struct sk_query *query;
    while ((query = sk_observation_next(&scope->observation)) != NULL) {
        ask(scope, query);
        any = true;
    }
    if (store)
        (void)!sk_store_batch_end(store, NULL);
    return any;
}

/* --- rounds -------------------------------------------------------------------------------- */

static void run_reading(struct scope *scope, struct reading *reading)
{
    enum sk_pass pass = SK_PASS_UNKNOWN;
    struct sk_err err = {0};
    if (sk_observation_run(&scope->observation, reading->kind, &pass, &err) < 0) {
        reading->state = UNKNOWN;
        sk_err_move(&reading->err, &err);
        return;
    }
    switch (pass) {
    case SK_PASS_PENDING:
        break;
    case SK_PASS_COMPLETE:
        reading->state = COMPLETE;
        reading->documents = scope->observation.documents;
        scope->observation.documents = (struct sk_documents){0};
        break;
    case SK_PASS_UNKNOWN:
        reading->state = UNKNOWN;
        sk_err_copy(&reading->err, &scope->observation.pass_failed->err);
        break;
    }
}

/* Runs the kinds that are not through; says how many still are not. */
static size_t run_round(struct scope *scope)
{
    size_t pending = 0;
    for (size_t i = 0; i < scope->reading_count; i++) {
        struct reading *reading = &scope->readings[i];
        if (reading->state == READING)
            run_reading(scope, reading);
        pending += reading->state == READING;
    }
    return pending;
}

static void give_up(struct scope *scope)
{
    for (size_t i = 0; i < scope->reading_count; i++) {
        struct reading *reading = &scope->readings[i];
        if (reading->state != READING)
            continue;
        reading->state = UNKNOWN;
        sk_err_set(&reading->err, SK_E_INTERNAL, "reading %ss waits for nothing",
                   reading->kind->noun);
    }
}

static void advance(struct scope *scope)
{
    while (scope->account->failed.code == SK_OK && scope->outstanding == 0) {
        if (run_round(scope) == 0)
            return;
        if (!ask_all(scope))
            give_up(scope);
    }
}

static void begin(void *data)
{
    struct sk_observe *observe = data;
    for (size_t i = 0; i < observe->account_count; i++) {
        for (size_t j = 0; j < observe->accounts[i].scope_count; j++)
            advance(&observe->accounts[i].scopes[j]);
    }
    finish_if_done(observe);
}

/* --- the beginning ------------------------------------------------------------------------- */

static void add_scope(struct account *account, const char *region, bool regional)
{
    const struct sk_account *facts = account->access->facts;
    const struct sk_kinds *kinds = account->observe->engine->opts.kinds;
    struct scope *scope = &account->scopes[account->scope_count++];
    scope->account = account;
    scope->observation =
        (struct sk_observation){.account = facts->name,
                                .account_id = facts->id,
                                .partition = facts->partition,
                                .region = region,
                                .interest = account->observe->engine->opts.interest,
                                .home_region = facts->home_region};
    scope->readings = sk_xcalloc(kinds->count + 1, sizeof(struct reading));
    for (size_t i = 0; i < kinds->count; i++) {
        if ((kinds->items[i]->scope == SK_SCOPE_REGION) == regional)
            scope->readings[scope->reading_count++].kind = kinds->items[i];
    }
}

static void add_account(struct sk_observe *observe, const struct sk_engine_account *access)
{
    struct account *account = &observe->accounts[observe->account_count++];
    account->observe = observe;
    account->access = access;
    account->index = json_object();
    size_t regions = 0;
    while (access->facts->regions[regions])
        regions++;
    account->scopes = sk_xcalloc(regions + 1, sizeof(struct scope));
    add_scope(account, "global", false);
    for (size_t i = 0; i < regions; i++)
        add_scope(account, access->facts->regions[i], true);
}

int sk_engine_observe(struct sk_engine *engine, sk_observe_done_fn done, void *data,
                      struct sk_err *err)
{
    if (engine->observe || engine->apply)
        return sk_err_set(err, SK_E_INTERNAL, "the engine is at work already");
    struct sk_observe *observe = sk_xcalloc(1, sizeof(*observe));
    *observe = (struct sk_observe){.engine = engine, .done = done, .data = data};
    observe->accounts = sk_xcalloc(engine->opts.account_count + 1, sizeof(struct account));
    for (size_t i = 0; i < engine->opts.account_count; i++)
        add_account(observe, &engine->opts.accounts[i]);
    engine->observe = observe;
    sk_engine__defer(engine, begin, observe);
    return 0;
}

/* Reads change nothing, so what is in flight is not waited for. */
void sk_engine__stop_observe(struct sk_observe *observe)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_err_set(&err, SK_E_CANCELED, "stopped before everything was read");
    for (size_t i = 0; i < observe->account_count; i++)
        fail_account(&observe->accounts[i], &err);
}
