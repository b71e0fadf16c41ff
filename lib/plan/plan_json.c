/* The JSON form of plans, and the digest over the part of it that an approval is about. Sensitive
 * values are masked before the digest is taken, so that it can be checked from a plan file, which
 * never holds them. */
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "plan/diff.h"
#include "plan/mask.h"
#include "plan/plan_int.h"

json_t *sk_json_text_or_note(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string("(not valid UTF-8)");
}

static json_t *calls_to_json(const struct sk_change *change)
{
    json_t *calls = json_array();
    for (size_t i = 0; i < change->calls.count; i++) {
        const struct sk_call *call = &change->calls.items[i];
        json_t *value = sk_call_to_json(call, change->account);
        json_object_set_new(value, "input", sk_change_mask_input(change, call));
        json_array_append_new(calls, value);
    }
    return calls;
}

json_t *sk_change_to_json(const struct sk_change *change)
{
    json_t *value = json_pack("{s:s, s:s, s:s, s:s}", "address", change->address, "kind",
                              change->kind->name, "action", sk_action_name(change->action),
                              "severity", sk_severity_name(change->severity));
    if (change->reason)
        json_object_set_new(value, "reason", sk_json_text_or_note(change->reason));
    json_object_set_new(value, "fields", sk_fields_to_json(&change->fields));
    json_object_set_new(value, "calls", calls_to_json(change));
    json_object_set(value, "depends", change->depends);
    if (change->fingerprint[0])
        json_object_set_new(value, "fingerprint", json_string(change->fingerprint));
    if (change->refused)
        json_object_set_new(value, "refused", json_true());
    if (change->partial)
        json_object_set_new(value, "partial", json_true());
    if (change->pending)
        json_object_set_new(value, "pending", json_true());
    if (change->stays)
        json_object_set_new(value, "stays", json_true());
    if (change->hands_over)
        json_object_set_new(value, "handsOver", json_true());
    if (change->copy_of)
        json_object_set_new(value, "copyOf", sk_json_text_or_note(change->copy_of));
    if (change->loses_data)
        json_object_set_new(value, "losesData", json_true());
    if (change->due.seconds > 0) {
        char due[SK_WALL_TEXT_BYTES];
        sk_wall_format(change->due, due);
        json_object_set_new(value, "due", json_string(due));
    }
    return value;
}

/* The canonical text of the array of what is pinned of each change (where, what, and the exact
 * calls), written change by change: all of them as one tree would be large. */
static void pin(struct sk_buffer *text, const json_t *address, const json_t *action,
                const json_t *calls)
{
    json_auto_t *part = json_pack("{s:O, s:O, s:O}", "address", address, "action", action, "calls",
                                  calls); /* NULL when one is missing: a file edited by hand */
    sk_auto(sk_freep) char *canonical = part ? sk_json_canonical(part) : sk_xstrdup("null");
    sk_buffer_addf(text, "%s%s", text->length > 1 ? "," : "", canonical);
}

static void finish(struct sk_buffer *text, char out[SK_SHA256_HEX_BYTES])
{
    sk_buffer_addc(text, ']');
    sk_sha256_hex(sk_buffer_text(text), text->length, out);
    sk_buffer_done(text);
}

void sk_plan_json_digest(const json_t *changes, char out[SK_SHA256_HEX_BYTES])
{
    struct sk_buffer text = {0};
    sk_buffer_addc(&text, '[');
    size_t index;
    json_t *change;
    json_array_foreach(changes, index, change)
    {
        pin(&text, json_object_get(change, "address"), json_object_get(change, "action"),
            json_object_get(change, "calls"));
    }
    finish(&text, out);
}

void sk_plan_digest(struct sk_plan *plan)
{
    struct sk_buffer text = {0};
    sk_buffer_addc(&text, '[');
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        json_auto_t *address = json_string(change->address);
        json_auto_t *action = json_string(sk_action_name(change->action));
        json_auto_t *calls = calls_to_json(change);
        pin(&text, address, action, calls);
    }
    finish(&text, plan->digest);
}

static json_t *changes_to_json(const struct sk_plan *plan)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(changes, sk_change_to_json(&plan->items[i]));
    return changes;
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
                                        sk_json_text_or_note(sk_err_message(&part->err))));
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
    return json_pack("{s:s, s:o, s:o, s:O, s:o}", "digest", digest, "summary", summary, "changes",
                     changes_to_json(plan), "notices", plan->notices, "unknown",
                     sk_view_unknown_to_json(plan->view));
}
