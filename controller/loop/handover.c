/* See handover.h. */
#include "loop/handover.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"

static bool hands_over(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].hands_over)
            return true;
    }
    return false;
}

/* Whether what was applied last is the same person's as what is declared. */
static bool restores(const struct sk_change *change, json_t *applied)
{
    json_t *body = sk_json_at(json_object_get(applied, change->address), "document.body");
    if (!json_is_object(body))
        return false;
    const struct sk_document before = {
        .address = change->address, .kind = change->kind, .body = body};
    const struct sk_change_input input = {
        .kind = change->kind, .desired = change->desired, .live = &before};
    sk_auto(sk_freep) char *passes = change->kind->handover(&input);
    return !passes;
}

int sk_handover_settle(struct sk_store *store, const char *organization, struct sk_plan *plan,
                       struct sk_err *err)
{
    if (!store || !hands_over(plan))
        return 0;
    json_auto_t *applied = NULL;
    int code = sk_store_applied_list(store, organization, &applied, err);
    for (size_t i = 0; code == 0 && i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        if (!change->hands_over || !restores(change, applied))
            continue;
        change->hands_over = false;
        free(change->reason);
        change->reason = NULL;
    }
    return code;
}
