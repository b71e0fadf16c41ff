/* See homes.h. */
#include "loop/homes.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* The file system of the domain that a profile lies in; NULL when it has none or was not seen. */
static const char *file_system_of(const struct sk_plan *plan, const struct sk_document *profile)
{
    const char *name = sk_document_name(profile);
    sk_auto(sk_freep) char *domain = sk_xstrndup(name, strcspn(name, "/"));
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_domain", profile->account, profile->region, domain);
    const struct sk_document *live = sk_documents_find(&plan->view->live, address);
    return live ? sk_json_text(live->body, "HomeEfsFileSystemId") : NULL;
}

static int keep_home(struct sk_store *store, const char *organization, const struct sk_plan *plan,
                     const struct sk_document *profile, struct sk_err *err)
{
    const char *uid = sk_json_text(profile->body, "HomeEfsFileSystemUid");
    const char *file_system = file_system_of(plan, profile);
    if (!uid || !file_system)
        return 0;
    json_auto_t *facts = json_pack("{s:s, s:s, s:O*, s:O*}", "HomeEfsFileSystemId", file_system,
                                   "HomeEfsFileSystemUid", uid, "DomainId",
                                   json_object_get(profile->body, "DomainId"), "UserProfileName",
                                   json_object_get(profile->body, "UserProfileName"));
    return sk_store_kept_put(store, organization, profile->address, facts, err);
}

int sk_homes_keep(struct sk_store *store, const char *organization, const struct sk_plan *plan,
                  struct sk_err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        if (change->action == SK_ACTION_DELETE && !change->refused && !change->stays &&
            sk_kind_state(change->kind, change->live->body, NULL) != SK_STATE_FAILED_CREATE &&
            sk_text_equal(change->kind->name, "sagemaker_user_profile"))
            code = keep_home(store, organization, plan, change->live, err);
    }
    return code;
}

int sk_homes_notes(struct sk_store *store, const char *organization, json_t **out,
                   struct sk_err *err)
{
    json_auto_t *kept = NULL;
    int code = sk_store_kept_list(store, organization, &kept, err);
    if (code < 0)
        return code;
    json_t *notes = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(kept, index, row) /* the newest of an address comes last and stays */
    {
        json_object_set_new(
            notes, sk_json_text(row, "address"),
            json_sprintf("it was there until %s: its home directory is that of uid %s on %s; the "
                         "new profile gets a new uid and an empty home directory",
                         sk_json_text(row, "at"), sk_json_text(row, "facts.HomeEfsFileSystemUid"),
                         sk_json_text(row, "facts.HomeEfsFileSystemId")));
    }
    *out = notes;
    return 0;
}
