/* Memory of one run, see attempts.h. */
#include "loop/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

#define MOST_LOOKS     6 /* observations that may still show the old state after an accepted write */
#define MOST_TAG_LOOKS 60 /* the same for tags, which are read from an index that may lag minutes */
#define MOST_UNKNOWNS  5  /* times an unknown outcome is looked at and tried again */

/* The action and the paths of a change, to see whether a later cycle asks for the same again. */
static json_t *footprint(const struct sk_change *change)
{
    bool tags = change->stays; /* whether access is gone is read from a tag */
    json_t *paths = json_object();
    for (size_t i = 0; i < change->fields.count; i++) {
        tags |= change->fields.items[i].attr->type == SK_ATTR_TAGS;
        json_object_set_new(paths, change->fields.items[i].path, json_true());
    }
    return json_pack("{s:s, s:b, s:b, s:o}", "action", sk_action_name(change->action), "stays",
                     change->stays, "tags", tags, "paths", paths);
}

/* Whether all that a footprint asks for was part of what was sent; the rest of that took effect. */
static bool was_sent(const json_t *sent, const json_t *now)
{
    const char *path;
    json_t *mark;
    json_object_foreach(json_object_get(now, "paths"), path, mark)
    {
        if (!json_object_get(json_object_get(sent, "paths"), path))
            return false;
    }
    return sk_text_equal(sk_json_text(sent, "action"), sk_json_text(now, "action")) &&
           json_equal(json_object_get(sent, "stays"), json_object_get(now, "stays"));
}

static void mark_failed(json_t *entry, const struct sk_err *err)
{
    json_object_set_new(entry, "failed", json_string(sk_err_message(err)));
}

void sk_attempts_record(struct sk_attempts *attempts, const struct sk_results *results)
{
    if (!attempts->by_address)
        attempts->by_address = json_object();
    for (size_t i = 0; i < results->count; i++) {
        const struct sk_result *result = &results->items[i];
        if (result->outcome == SK_OUTCOME_NOT_STARTED || result->outcome == SK_OUTCOME_WAITING ||
            result->outcome == SK_OUTCOME_SKIPPED)
            continue;
        const char *address = result->change->address;
        json_t *entry = json_object_get(attempts->by_address, address);
        if (!entry) {
            entry = json_object();
            json_object_set_new(attempts->by_address, address, entry);
        }
        if (result->outcome == SK_OUTCOME_DONE) {
            json_object_set_new(entry, "sent", footprint(result->change));
            json_object_set_new(entry, "looks", json_integer(0));
        } else if (result->outcome == SK_OUTCOME_FAILED) {
            mark_failed(entry, &result->err);
        } else {
            json_int_t unknown = json_integer_value(json_object_get(entry, "unknown")) + 1;
            json_object_set_new(entry, "unknown", json_integer(unknown));
            if (unknown > MOST_UNKNOWNS)
                mark_failed(entry, &result->err);
        }
    }
}

static void hold_back(struct sk_change *change, char *reason)
{
    change->refused = true;
    free(change->reason);
    change->reason = reason;
}

static void hold_back_failed(struct sk_change *change, const char *why,
                             struct sk_attempts_counts *counts)
{
    counts->failed++;
    counts->refused += change->refused;
    hold_back(change, sk_xasprintf("failed in this run: %s", why));
}

static bool ended_failed(const struct sk_change *change)
{
    enum sk_state state = sk_kind_state(change->kind, change->live->body, NULL);
    return state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_UPDATE ||
           state == SK_STATE_FAILED_DELETE;
}

static void restrict_one(json_t *entry, struct sk_change *change, struct sk_attempts_counts *counts)
{
    const char *failed = sk_json_text(entry, "failed");
    if (failed) {
        hold_back_failed(change, failed, counts);
        return;
    }
    const json_t *sent = json_object_get(entry, "sent");
    if (sent && change->live && ended_failed(change)) {
        /* What this run sent was accepted and failed later: trying for ever helps nobody. */
        const char *why = sk_json_text(change->live->body, "FailureReason");
        sk_auto(sk_freep) char *status =
            sk_xasprintf("it is %s%s%s", sk_json_text(change->live->body, "Status"),
                         why ? ": " : "", why ? why : "");
        json_object_set_new(entry, "failed", json_string(status));
        hold_back_failed(change, status, counts);
        return;
    }
    if (change->refused)
        return;
    json_auto_t *now = footprint(change);
    if (!sent || !was_sent(sent, now))
        return;
    json_int_t looks = json_integer_value(json_object_get(entry, "looks")) + 1;
    json_object_set_new(entry, "looks", json_integer(looks));
    if (looks > (json_is_true(json_object_get(now, "tags")) ? MOST_TAG_LOOKS : MOST_LOOKS)) {
        counts->unapplied++;
        json_object_set_new(entry, "unapplied", json_true());
        hold_back(change, sk_xstrdup("accepted but not applied: AWS took the call and the live "
                                     "state did not change"));
    } else {
        counts->waiting++;
        hold_back(change, sk_xstrdup("accepted; not visible yet"));
    }
}

struct sk_attempts_counts sk_attempts_restrict(struct sk_attempts *attempts, struct sk_plan *plan)
{
    struct sk_attempts_counts counts = {0};
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        json_t *entry = json_object_get(attempts->by_address, change->address);
        if (entry && change->action != SK_ACTION_BLOCKED && change->action != SK_ACTION_WAIT)
            restrict_one(entry, change, &counts);
    }
    return counts;
}

json_t *sk_attempts_left(const struct sk_attempts *attempts)
{
    json_t *left = json_array();
    const char *address;
    json_t *entry;
    json_object_foreach(attempts->by_address, address, entry)
    {
        const char *failed = sk_json_text(entry, "failed");
        if (failed)
            json_array_append_new(left, json_pack("{s:s, s:s, s:s}", "address", address, "status",
                                                  "failed", "message", failed));
        else if (json_is_true(json_object_get(entry, "unapplied")))
            json_array_append_new(left, json_pack("{s:s, s:s}", "address", address, "status",
                                                  "accepted but not applied"));
    }
    return left;
}

void sk_attempts_done(struct sk_attempts *attempts)
{
    json_decref(attempts->by_address);
    attempts->by_address = NULL;
}
