/* Drains: a call repeated for what a query lists, until the query lists nothing more (plan/call.h).
 *
 * A round is the query and a call for each item that needs one. The query is asked again behind the
 * calls, and what turned up since gets its calls, for a few rounds: somebody who starts things as
 * fast as they are ended must not hold the run. Nothing is waited for: what still goes on is left
 * to the next cycle, which sees the world anew. */
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/apply_int.h"

#define MOST_ROUNDS 4 /* queries for one drain in one cycle */

static const struct sk_call *drain_call(const struct sk_run *run)
{
    return &run->change->calls.items[run->position];
}

static bool fits(const json_t *where, const json_t *item)
{
    const char *path;
    json_t *wanted;
    json_object_foreach((json_t *)where, path, wanted)
    {
        const char *text = sk_json_text(item, path);
        if (!text || strcasecmp(text, json_string_value(wanted)) != 0)
            return false;
    }
    return true;
}

static bool lists(const json_t *words, const char *status)
{
    size_t index;
    json_t *word;
    json_array_foreach(words, index, word)
    {
        if (sk_text_equal(json_string_value(word), status))
            return true;
    }
    return false;
}

/* The input of the call for an item. New. */
static json_t *input_of(const struct sk_call *call, const json_t *item)
{
    json_t *input = json_deep_copy(call->input);
    size_t index;
    json_t *member;
    json_array_foreach(json_object_get(call->drain, "take"), index, member)
    {
        json_t *value = json_object_get(item, json_string_value(member));
        if (value)
            json_object_set(input, json_string_value(member), value);
    }
    return input;
}

static void sort_item(struct sk_run *run, const json_t *item)
{
    const struct sk_call *call = drain_call(run);
    const char *status = sk_json_text(item, "Status");
    if (!fits(json_object_get(call->drain, "where"), item) ||
        lists(json_object_get(call->drain, "gone"), status))
        return;
    json_t *input = input_of(call, item);
    sk_auto(sk_freep) char *key = sk_json_canonical(input);
    if (lists(json_object_get(call->drain, "busy"), status) ||
        json_object_get(run->drain.called, key)) {
        run->drain.going_on++;
        json_decref(input);
        return;
    }
    json_object_set_new(run->drain.called, key, json_true());
    json_array_append_new(run->drain.left, input);
}

static void take_list(struct sk_run *run, const json_t *answer)
{
    const char *items = sk_json_text(drain_call(run)->drain, "items");
    if (!run->drain.called)
        run->drain.called = json_object();
    if (!run->drain.left)
        run->drain.left = json_array();
    run->drain.going_on = 0;
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(answer, items), index, item)
    {
        sort_item(run, item);
    }
}

bool sk_run_drain_answered(struct sk_run *run, const struct sk_aws_call *call)
{
    bool asked = run->drain.asking;
    enum sk_errc code = call->err.code;
    if (asked && code != SK_OK)
        return false;
    run->drain.asking = false;
    if (asked) {
        run->drain.rounds++;
        take_list(run, call->output);
        run->result->calls_done++;
        return true;
    }
    /* What is busy or still used is looked at again by the query. */
    bool fine = code == SK_OK || code == SK_E_NOT_FOUND || code == SK_E_BUSY ||
                code == SK_E_CONFLICT || code == SK_E_DEPENDENCY;
    run->result->calls_done += fine;
    return fine;
}

static void ask(struct sk_run *run)
{
    struct sk_err err = {0};
    bool waits = false;
    const json_t *drain = drain_call(run)->drain;
    json_t *input = sk_run_resolve(run, json_object_get(drain, "input"), &waits, &err);
    if (!input) {
        sk_run_end(run, waits ? SK_OUTCOME_WAITING : SK_OUTCOME_FAILED, &err);
        return;
    }
    run->drain.asking = true;
    run->drain.called_since = false;
    sk_run_send(run, sk_json_text(drain, "operation"), input);
}

/* Steps behind the drain. What it leaves going on lets only drains beside it begin. */
// NOLINTNEXTLINE(misc-no-recursion): once for each drain of the change
static void step_on(struct sk_run *run)
{
    run->undrained += run->drain.going_on;
    json_decref(run->drain.left);
    json_decref(run->drain.called);
    run->drain.left = run->drain.called = NULL;
    run->drain.rounds = 0;
    run->drain.going_on = 0;
    run->drain.called_since = false;
    run->position++;
    sk_run_go_on(run);
}

// NOLINTNEXTLINE(misc-no-recursion): see step_on
void sk_run_drain_go_on(struct sk_run *run)
{
    if (json_array_size(run->drain.left) > 0) {
        json_t *input = json_incref(json_array_get(run->drain.left, 0));
        json_array_remove(run->drain.left, 0);
        run->drain.called_since = true;
        sk_run_send(run, drain_call(run)->operation, input);
        return;
    }
    bool stale = run->drain.rounds == 0 || run->drain.called_since;
    if (stale && run->drain.rounds < MOST_ROUNDS) {
        ask(run);
        return;
    }
    if (stale) /* whether the calls of the last round were enough was not seen */
        run->drain.going_on++;
    step_on(run);
}
