/* Drift of a cycle, see drifted.h. */
#include "loop/drifted.h"

#include "reconcilers/registry.h"

/* Leaves out what belongs to accounts that this run did not look at. */
static void keep_chosen(json_t *applied, const struct sk_accounts *accounts)
{
    const char *address;
    json_t *entry;
    void *next;
    json_object_foreach_safe(applied, next, address, entry)
    {
        struct sk_document *probe = sk_document_new(NULL, address, NULL);
        if (!sk_accounts_find(accounts, probe->account))
            json_object_del(applied, address);
        sk_document_free(probe);
    }
}

int sk_cycle_drift(const struct sk_cycle *cycle, struct sk_drift **out, bool *baseline_out,
                   struct sk_err *err)
{
    json_auto_t *applied = NULL;
    int code = cycle->store ? sk_store_applied_list(cycle->store, cycle->blueprint->organization,
                                                    &applied, err)
                            : 0;
    if (code < 0)
        return code;
    if (!applied)
        applied = json_object();
    *baseline_out = json_object_size(applied) > 0;
    keep_chosen(applied, sk_session_accounts(cycle->session));
    return sk_drift_make(applied, &cycle->view, sk_registry(), cycle->blueprint->organization,
                         &cycle->desired, out, err);
}
