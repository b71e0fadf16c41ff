/* The JSON form of plans, and the digest over the part of it that an approval is about. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"
#include "plan/plan_int.h"

json_t *sk_change_to_json(const struct sk_change *change)
{
    json_t *value = json_pack("{s:s, s:s, s:s, s:s}", "address", change->address, "kind",
                              change->kind->name, "action", sk_action_name(change->action),
                              "severity", sk_severity_name(change->severity));
    if (change->reason)
        json_object_set_new(value, "reason", json_string(change->reason));
    json_object_set_new(value, "fields", sk_fields_to_json(&change->fields));
    json_t *calls = json_array();
    for (size_t i = 0; i < change->calls.count; i++)
        json_array_append_new(calls, sk_call_to_json(&change->calls.items[i], change->account));
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

json_t *sk_plan_to_json(const struct sk_plan *plan)
{
    json_t *summary = json_object();
    for (int action = 0; action < SK_ACTION_COUNT; action++)
        json_object_set_new(summary, sk_action_name((enum sk_action)action),
                            json_integer((json_int_t)plan->counts[action]));
    json_object_set_new(summary, "inSync", json_integer((json_int_t)plan->in_sync));
    json_t *unknown = json_array();
    for (size_t i = 0; i < plan->view->unknown_count; i++) {
        const struct sk_unknown *part = &plan->view->unknown[i];
        json_array_append_new(unknown,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", part->kind->name,
                                        "account", part->account, "region", part->region, "code",
                                        sk_errc_name(part->err.code), "message",
                                        sk_err_message(&part->err)));
    }
    sk_auto(sk_freep) char *digest = sk_xasprintf("sha256:%s", plan->digest);
    return json_pack("{s:s, s:o, s:o, s:o}", "digest", digest, "summary", summary, "changes",
                     changes_to_json(plan), "unknown", unknown);
}
