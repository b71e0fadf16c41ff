/* The JSON form of plans, and the digest over the part of it that an approval is about. Sensitive
 * values are masked before the digest is taken, so that it can be checked from a plan file, which
 * never holds them. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"
#include "plan/mask.h"
#include "plan/plan_int.h"

/* Texts that come from errors may hold anything: what is not UTF-8 is replaced, never left out. */
static json_t *text_or_note(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string("(not valid UTF-8)");
}

static json_t *call_to_json(const struct sk_change *change, const struct sk_call *call)
{
    json_t *value = sk_call_to_json(call, change->account);
    json_object_set_new(value, "input", sk_change_mask_input(change, call));
    return value;
}

json_t *sk_change_to_json(const struct sk_change *change)
{
    json_t *value = json_pack("{s:s, s:s, s:s, s:s}", "address", change->address, "kind",
                              change->kind->name, "action", sk_action_name(change->action),
                              "severity", sk_severity_name(change->severity));
    if (change->reason)
        json_object_set_new(value, "reason", text_or_note(change->reason));
    json_object_set_new(value, "fields", sk_fields_to_json(&change->fields));
    json_t *calls = json_array();
    for (size_t i = 0; i < change->calls.count; i++)
        json_array_append_new(calls, call_to_json(change, &change->calls.items[i]));
    json_object_set_new(value, "calls", calls);
    json_object_set(value, "depends", change->depends);
    if (change->fingerprint[0])
        json_object_set_new(value, "fingerprint", json_string(change->fingerprint));
    if (change->refused)
        json_object_set_new(value, "refused", json_true());
    if (change->partial)
        json_object_set_new(value, "partial", json_true());
    return value;
}

/* What is pinned of one change: where, what, and the exact calls. */
static json_t *pinned(const json_t *change)
{
    return json_pack("{s:O, s:O, s:O}", "address", json_object_get(change, "address"), "action",
                     json_object_get(change, "action"), "calls", json_object_get(change, "calls"));
}

void sk_plan_json_digest(const json_t *changes, char out[SK_SHA256_HEX_BYTES])
{
    json_auto_t *all = json_array();
    size_t index;
    json_t *change;
    json_array_foreach(changes, index, change)
    {
        json_t *part = pinned(change);
        json_array_append_new(all, part ? part : json_null());
    }
    sk_json_digest(all, out);
}

static json_t *changes_to_json(const struct sk_plan *plan)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(changes, sk_change_to_json(&plan->items[i]));
    return changes;
}

void sk_plan_digest(struct sk_plan *plan)
{
    json_auto_t *changes = changes_to_json(plan);
    sk_plan_json_digest(changes, plan->digest);
}

json_t *sk_view_unknown_to_json(const struct sk_view *view)
{
    json_t *parts = json_array();
    for (size_t i = 0; i < view->unknown_count; i++) {
        const struct sk_unknown *part = &view->unknown[i];
        json_array_append_new(parts,
                              json_pack("{s:s, s:s, s:s, s:s, s:o}", "kind", part->kind->name,
                                        "account", part->account, "region", part->region, "code",
                                        sk_errc_name(part->err.code), "message",
                                        text_or_note(sk_err_message(&part->err))));
    }
    return parts;
}

json_t *sk_plan_to_json(const struct sk_plan *plan)
{
    json_t *summary = json_object();
    for (int action = 0; action < SK_ACTION_COUNT; action++)
        json_object_set_new(summary, sk_action_name((enum sk_action)action),
                            json_integer((json_int_t)plan->counts[action]));
    json_object_set_new(summary, "inSync", json_integer((json_int_t)plan->in_sync));
    sk_auto(sk_freep) char *digest = sk_xasprintf("sha256:%s", plan->digest);
    return json_pack("{s:s, s:o, s:o, s:o}", "digest", digest, "summary", summary, "changes",
                     changes_to_json(plan), "unknown", sk_view_unknown_to_json(plan->view));
}
