/* See handover.h. */
#include "loop/handover.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"

/* Whether the change may pass something on, and only the record can tell. */
static bool is_in_doubt(const struct sk_change *change)
{
    return change->action == SK_ACTION_UPDATE && change->kind->handover && change->reason &&
           !change->hands_over;
}

static bool any_in_doubt(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (is_in_doubt(&plan->items[i]))
            return true;
    }
    return false;
}

static void settle(struct sk_change *change, const json_t *applied)
{
    json_t *body = sk_json_at(json_object_get(applied, change->address), "document.body");
    if (!json_is_object(body))
        return;
    const struct sk_document before = {
        .address = change->address, .kind = change->kind, .body = body};
    const struct sk_change_input input = {
        .kind = change->kind, .desired = change->desired, .live = &before};
    bool certain = false;
    sk_auto(sk_freep) char *passes = change->kind->handover(&input, &certain);
    change->hands_over = passes != NULL;
    if (passes)
        return;
    free(change->reason);
    change->reason = NULL;
}

int sk_handover_settle(struct sk_store *store, const char *organization, struct sk_plan *plan,
                       struct sk_err *err)
{
    if (!store || !any_in_doubt(plan))
        return 0;
    json_auto_t *applied = NULL;
    int code = sk_store_applied_list(store, organization, &applied, err);
    for (size_t i = 0; code == 0 && i < plan->count; i++) {
        if (is_in_doubt(&plan->items[i]))
            settle(&plan->items[i], applied);
    }
    return code;
}
