/* Planning: one change for each address that differs. See plan.h; the cases A1, B2, … in the
 * comments of the passes are the rows of docs/design/plan-cases.md.
 *
 * Three passes: decide each address alone (decide.c), then let dependencies block, delay or order
 * changes (link.c), then put them into one total order (order.c). Each is a function of the sets of
 * desired and live documents: the order they come in changes nothing. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "plan/plan_int.h"

const char *sk_action_name(enum sk_action action)
{
    static const char *const names[] = {"create", "update", "delete", "adopt", "blocked", "wait"};
    return names[action];
}

const char *sk_severity_name(enum sk_severity severity)
{
    static const char *const names[] = {"info", "low", "medium", "high"};
    return names[severity];
}

bool sk_change_acts(const struct sk_change *change)
{
    return change->action != SK_ACTION_BLOCKED && change->action != SK_ACTION_WAIT;
}

void sk_change_demote(struct sk_change *change, enum sk_action action, char *reason)
{
    change->action = action;
    free(change->reason);
    change->reason = reason;
    sk_calls_done(&change->calls);
    change->access = 0;
}

struct sk_change *sk_planner_find(const struct sk_planner *planner, const char *address)
{
    sk_auto(sk_freep) char *folded = sk_address_fold(address);
    const json_t *position = json_object_get(planner->positions, folded);
    return position ? &planner->plan->items[json_integer_value(position)] : NULL;
}

static void index_plan(struct sk_plan *plan)
{
    plan->positions = json_object();
    for (size_t i = 0; i < plan->count; i++) {
        plan->counts[plan->items[i].action]++;
        json_object_set_new(plan->positions, plan->items[i].address, json_integer((json_int_t)i));
    }
}

int sk_plan_make(const struct sk_plan_input *input, struct sk_plan **out, struct sk_err *err)
{
    struct sk_plan *plan = sk_xcalloc(1, sizeof(*plan));
    plan->view = input->view;
    plan->desired_count = input->desired->count;
    plan->notices = json_array();
    json_auto_t *positions = json_object();
    json_auto_t *users = sk_view_users(input->view);
    struct sk_planner planner = {
        .input = input, .plan = plan, .positions = positions, .users = users};
    int code = sk_plan_decide(&planner, err);
    if (code == 0)
        code = sk_plan_link(&planner, err);
    if (code == 0)
        code = sk_plan_order(plan, err);
    if (code < 0) {
        sk_plan_free(plan);
        return code;
    }
    index_plan(plan);
    sk_plan_digest(plan);
    *out = plan;
    return 0;
}

static void change_done(struct sk_change *change)
{
    free(change->address);
    free(change->account);
    free(change->region);
    free(change->reason);
    free(change->copy_of);
    sk_fields_done(&change->fields);
    sk_calls_done(&change->calls);
    json_decref(change->depends);
}

void sk_plan_free(struct sk_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->count; i++)
        change_done(&plan->items[i]);
    free(plan->items);
    json_decref(plan->positions);
    json_decref(plan->notices);
    free(plan);
}

struct sk_change *sk_plan_find(const struct sk_plan *plan, const char *address)
{
    const json_t *position = json_object_get(plan->positions, address);
    return position ? &plan->items[json_integer_value(position)] : NULL;
}

bool sk_plan_has_work(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (sk_change_acts(&plan->items[i]) && !plan->items[i].refused)
            return true;
    }
    return false;
}

/* The plan's order lets one pass do. */
void sk_plan_spread_refusals(struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        size_t index;
        json_t *address;
        json_array_foreach(change->depends, index, address)
        {
            const struct sk_change *needed = sk_plan_find(plan, json_string_value(address));
            if (needed && needed->refused)
                change->refused = true;
        }
    }
}
