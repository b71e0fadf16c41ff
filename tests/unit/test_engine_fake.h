/* A scripted AWS client for the engine's tests: stands behind struct sk_engine_transport, keeps the
 * promises of aws/aws.h (one callback, later, from the loop) and records every call.
 *
 * Calls are answered one per turn of the loop in the order they were started, by the first rule
 * that fits; without one with {}. A held call stays until fake_release. */
#ifndef TEST_ENGINE_FAKE_H
#define TEST_ENGINE_FAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/engine_int.h"

enum { FAKE_MAX = 4096, FAKE_RULES = 32 };

struct fake_rule {
    const char *account;   /* of the accounts table; NULL: any */
    const char *operation; /* NULL: any */
    const char *input;     /* part of the canonical text of the input; NULL: any */
    const char *output;    /* JSON; NULL: {} */
    enum sk_errc code;     /* SK_OK: answers */
    bool outcome_unknown;
    bool hold;
    bool refuse_start;  /* start itself fails with `code` */
    unsigned only_once; /* 1: the rule is used up after its first call */
};

struct fake_call {
    struct sk_aws_call *call;
    char *text; /* owned: "account region operation input" */
    unsigned propagation_ms;
    bool all_pages;
    enum { FAKE_WAITS, FAKE_HELD, FAKE_CANCELED, FAKE_ENDED } state;
};

struct fake {
    uv_loop_t loop;
    uv_timer_t timer;
    int64_t now_s;
    struct sk_clock clock;
    struct sk_account facts[3];
    struct sk_engine_account accounts[3];
    size_t account_count;
    struct fake_rule rules[FAKE_RULES];
    size_t rule_count;
    struct fake_call calls[FAKE_MAX];
    size_t call_count, next;
    unsigned in_flight, most_in_flight;
    struct sk_engine *engine;
    bool inside_start; /* a function that starts work is on the stack: no callback may come */
};

static inline struct sk_wall fake_wall(const struct sk_clock *clock)
{
    const struct fake *fake = clock->data;
    return (struct sk_wall){fake->now_s};
}

static inline struct sk_mono fake_mono(const struct sk_clock *clock)
{
    const struct fake *fake = clock->data;
    return (struct sk_mono){fake->now_s * 1000};
}

static inline void fake_rule(struct fake *fake, struct fake_rule rule)
{
    assert_true(fake->rule_count < FAKE_RULES);
    fake->rules[fake->rule_count++] = rule;
}

/* The engine never looks into the account: its place in the table is enough. */
static inline const char *fake_account_name(const struct fake *fake,
                                            const struct sk_aws_account *aws)
{
    for (size_t i = 0; i < fake->account_count; i++) {
        if (fake->accounts[i].aws == aws)
            return fake->facts[i].name;
    }
    return "?";
}

static inline struct fake_rule *fake_find_rule(struct fake *fake, const char *account,
                                               const char *operation, const char *input)
{
    for (size_t i = 0; i < fake->rule_count; i++) {
        struct fake_rule *rule = &fake->rules[i];
        if (rule->only_once != 2 && (!rule->account || strcmp(rule->account, account) == 0) &&
            (!rule->operation || strcmp(rule->operation, operation) == 0) &&
            (!rule->input || strstr(input, rule->input)))
            return rule;
    }
    return NULL;
}

static inline void fake_tick(uv_timer_t *timer);

static inline int fake_start(void *data, struct sk_aws_call *call, struct sk_err *err)
{
    struct fake *fake = data;
    const char *account = fake_account_name(fake, call->account);
    sk_auto(sk_freep) char *input = sk_json_canonical(call->input);
    const struct fake_rule *rule = fake_find_rule(fake, account, call->operation, input);
    if (rule && rule->refuse_start)
        return sk_err_set(err, rule->code, "scripted: cannot start %s", call->operation);
    assert_true(fake->call_count < FAKE_MAX);
    struct fake_call *record = &fake->calls[fake->call_count++];
    *record = (struct fake_call){
        .call = call,
        .text = sk_xasprintf("%s %s %s %s", account, call->region, call->operation, input),
        .propagation_ms = call->propagation_ms,
        .all_pages = call->all_pages,
        .state = rule && rule->hold ? FAKE_HELD : FAKE_WAITS};
    if (++fake->in_flight > fake->most_in_flight)
        fake->most_in_flight = fake->in_flight;
    uv_timer_start(&fake->timer, fake_tick, 0, 0);
    return 0;
}

static inline void fake_cancel(void *data, struct sk_aws_call *call)
{
    struct fake *fake = data;
    for (size_t i = 0; i < fake->call_count; i++) {
        if (fake->calls[i].call == call && fake->calls[i].state < FAKE_CANCELED)
            fake->calls[i].state = FAKE_CANCELED;
    }
    uv_timer_start(&fake->timer, fake_tick, 0, 0);
}

static inline void fake_end(struct fake *fake, struct fake_call *record)
{
    struct sk_aws_call *call = record->call;
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *output = NULL;
    sk_auto(sk_freep) char *input = sk_json_canonical(call->input);
    const char *account = fake_account_name(fake, call->account);
    struct fake_rule *rule = fake_find_rule(fake, account, call->operation, input);
    if (record->state == FAKE_CANCELED) {
        sk_err_set(&err, SK_E_CANCELED, "canceled");
    } else if (rule && rule->code != SK_OK) {
        sk_err_set(&err, rule->code, "scripted: %s %s", call->operation, sk_errc_name(rule->code));
        call->outcome_unknown = rule->outcome_unknown;
    } else {
        const char *text = rule && rule->output ? rule->output : "{}";
        output = sk_json_parse(text, strlen(text), "rule", NULL);
        assert_non_null(output);
    }
    if (rule && rule->only_once)
        rule->only_once = 2;
    record->state = FAKE_ENDED;
    record->call = NULL;
    fake->in_flight--;
    call->output = output;
    call->err = err;
    call->attempts = 1;
    char request_id[] = "request-1";
    call->request_id = request_id;
    call->done(call);
}

static inline void fake_tick(uv_timer_t *timer)
{
    struct fake *fake = timer->data;
    assert_false(fake->inside_start);
    struct fake_call *due = NULL;
    bool more = false;
    /* `next` only saves going over what ended long ago. */
    while (fake->next < fake->call_count && fake->calls[fake->next].state == FAKE_ENDED)
        fake->next++;
    for (size_t i = fake->next; i < fake->call_count && !more; i++) {
        struct fake_call *record = &fake->calls[i];
        if (record->state != FAKE_WAITS && record->state != FAKE_CANCELED)
            continue;
        more = due != NULL;
        if (!due)
            due = record;
    }
    if (more)
        uv_timer_start(&fake->timer, fake_tick, 0, 0);
    if (due)
        fake_end(fake, due);
}

/* Lets held calls of this operation go. */
static inline void fake_release(struct fake *fake, const char *operation)
{
    for (size_t i = 0; i < fake->call_count; i++) {
        struct fake_call *record = &fake->calls[i];
        if (record->state == FAKE_HELD && strcmp(record->call->operation, operation) == 0)
            record->state = FAKE_WAITS;
    }
    uv_timer_start(&fake->timer, fake_tick, 0, 0);
}

/* How many calls were made whose text holds `part`. */
static inline unsigned fake_count(const struct fake *fake, const char *part)
{
    unsigned count = 0;
    for (size_t i = 0; i < fake->call_count; i++)
        count += strstr(fake->calls[i].text, part) != NULL;
    return count;
}

/* Position of the first call whose text holds `part`; fails the test when there is none. */
static inline size_t fake_position(const struct fake *fake, const char *part)
{
    for (size_t i = 0; i < fake->call_count; i++) {
        if (strstr(fake->calls[i].text, part))
            return i;
    }
    fail_msg("no call with '%s'", part);
    return 0;
}

static inline void fake_forget_calls(struct fake *fake)
{
    for (size_t i = 0; i < fake->call_count; i++) {
        assert_int_equal(fake->calls[i].state, FAKE_ENDED);
        free(fake->calls[i].text);
    }
    fake->call_count = 0;
    fake->next = 0;
}

/* Two accounts: "dev" with two regions and "prod" with one. */
static inline struct fake *fake_new(void)
{
    static const char *const dev_regions[] = {"eu-west-1", "us-east-1", NULL};
    static const char *const prod_regions[] = {"us-east-1", NULL};
    struct fake *fake = sk_xcalloc(1, sizeof(*fake));
    assert_int_equal(uv_loop_init(&fake->loop), 0);
    uv_timer_init(&fake->loop, &fake->timer);
    fake->timer.data = fake;
    fake->now_s = 1795380060; /* 2026-11-22T20:41:00Z */
    fake->clock = (struct sk_clock){fake_wall, fake_mono, fake};
    fake->facts[0] =
        (struct sk_account){"dev", "111111111111", "aws", "us-east-1", dev_regions, NULL};
    fake->facts[1] =
        (struct sk_account){"prod", "222222222222", "aws", "us-east-1", prod_regions, NULL};
    fake->account_count = 2;
    for (size_t i = 0; i < fake->account_count; i++) {
        fake->accounts[i].facts = &fake->facts[i];
        fake->accounts[i].aws = (struct sk_aws_account *)(void *)&fake->facts[i];
    }
    return fake;
}

static inline void fake_start_engine(struct fake *fake, const struct sk_kinds *kinds,
                                     struct sk_store *store)
{
    struct sk_err err = {0};
    struct sk_engine_opts opts = {.loop = &fake->loop,
                                  .store = store,
                                  .clock = &fake->clock,
                                  .kinds = kinds,
                                  .accounts = fake->accounts,
                                  .account_count = fake->account_count,
                                  .owner = "acme",
                                  .run = "run-1",
                                  .commit = "c0ffee",
                                  .propagation_ms = 120000};
    ASSERT_OK(sk_engine_new(&opts, &fake->engine, &err), &err);
    struct sk_engine_transport transport = {fake_start, fake_cancel, fake};
    sk_engine__use_transport(fake->engine, &transport);
}

static inline void fake_free(struct fake *fake)
{
    sk_engine_free(fake->engine);
    fake_forget_calls(fake);
    uv_close((uv_handle_t *)&fake->timer, NULL);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fake->loop), 0);
    free(fake);
}

#endif
