/* What was approved, see approved.h. */
#include "loop/approved.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* What a change is about: a waiting one stands for what it will become. */
static const char *intent(const struct sk_change *change)
{
    if (change->action != SK_ACTION_WAIT)
        return sk_action_name(change->action);
    return !change->desired ? "delete" : change->live ? "update" : "create";
}

#define MOST_NEEDS_DEEP 8 /* against circles */

/* Whether something is blocked only until what it needs, which failed, was made again by this plan:
 * that is approved together with it. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as the chain of dependencies between kinds
static bool comes_back(const struct sk_plan *plan, const struct sk_change *change, unsigned depth)
{
    if (change->action != SK_ACTION_BLOCKED || !change->desired || change->live ||
        depth == MOST_NEEDS_DEEP)
        return false;
    json_auto_t *needs = json_array();
    sk_ref_collect(change->desired->body, needs);
    if (change->desired->edges)
        json_array_extend(needs, change->desired->edges);
    size_t index;
    json_t *address;
    json_array_foreach(needs, index, address)
    {
        const struct sk_change *need = sk_plan_find(plan, json_string_value(address));
        bool made_again =
            need && need->action == SK_ACTION_DELETE && need->desired && !need->refused;
        if (made_again || (need && comes_back(plan, need, depth + 1)))
            return true;
    }
    return false;
}

json_t *sk_approved_from_plan(const struct sk_plan *plan)
{
    json_t *approved = json_object();
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        bool blocked = change->action == SK_ACTION_BLOCKED;
        if ((blocked && !comes_back(plan, change, 0)) || change->refused)
            continue;
        json_t *paths = json_object();
        for (size_t f = 0; f < change->fields.count; f++)
            json_object_set_new(paths, change->fields.items[f].path, json_true());
        json_object_set_new(approved, change->address,
                            json_pack("{s:s, s:b, s:o}", "action",
                                      blocked ? "create" : intent(change), "desired",
                                      change->desired != NULL, "paths", paths));
    }
    return approved;
}

static bool paths_approved(const json_t *paths, const struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (!json_object_get(paths, fields->items[i].path))
            return false;
    }
    return true;
}

/* Taking back what an approved create made twice leaves what was approved. */
static bool undoes_approved(const json_t *approved, const struct sk_change *change)
{
    return change->own_copy && strcmp(intent(change), "delete") == 0 &&
           sk_text_equal(sk_json_text(json_object_get(approved, change->copy_of), "action"),
                         "create");
}

static bool is_approved(const json_t *approved, const struct sk_change *change)
{
    if (undoes_approved(approved, change))
        return true;
    const json_t *entry = json_object_get(approved, change->address);
    const char *action = sk_json_text(entry, "action");
    if (!action)
        return false;
    const char *now = intent(change);
    if (strcmp(action, "create") == 0)
        return strcmp(now, "delete") != 0 || change->desired;
    if (strcmp(action, "adopt") == 0)
        return strcmp(now, "adopt") == 0 || strcmp(now, "update") == 0;
    if (strcmp(action, "delete") == 0)
        return strcmp(now, "delete") == 0 || json_is_true(json_object_get(entry, "desired"));
    return strcmp(now, "update") == 0 &&
           paths_approved(json_object_get(entry, "paths"), &change->fields);
}

size_t sk_approved_restrict(const json_t *approved, struct sk_plan *plan)
{
    size_t left = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        if (change->action == SK_ACTION_BLOCKED || change->refused || is_approved(approved, change))
            continue;
        change->refused = true;
        free(change->reason);
        change->reason = sk_xstrdup("not part of the approved plan; left for the next one");
        left++;
    }
    return left;
}
