/* Whose a live document is: by its tags; without tags by the record of what was made, or by what it
 * hangs on. See plan.h and docs/adr/0009. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/plan_int.h"

/* How long after a call was sent what it made may say that it was made: clocks differ, and calls
 * are retried. */
#define MADE_WITHIN_S 900

enum sk_ownership sk_ownership_of(const struct sk_document *live, const char *owner)
{
    const json_t *tags = json_object_get(live->body, "Tags");
    const char *live_owner = sk_json_tag(tags, SK_TAG_OWNER);
    const char *address = sk_json_tag(tags, SK_TAG_ADDRESS);
    if (!live_owner || !address || strcasecmp(address, live->address) != 0)
        return SK_NOT_OURS;
    return strcmp(live_owner, owner) == 0 ? SK_OWNED : SK_OTHER_OWNER;
}

/* A call was sent whose answer never came: what has its name now was made by it, unless AWS says
 * that it was made at another time. */
static bool made_then(const struct sk_document *live, const json_t *since)
{
    double created_s = sk_json_time_s(json_object_get(live->body, live->kind->made_member));
    if (!json_is_number(since))
        return false;
    if (created_s <= 0)
        return true;
    double apart = created_s - json_number_value(since);
    return apart >= -MADE_WITHIN_S && apart <= MADE_WITHIN_S;
}

static enum sk_ownership by_record(const struct sk_view *view, const struct sk_document *live)
{
    sk_auto(sk_freep) char *key = sk_address_fold(live->address);
    const json_t *entry = json_object_get(view->made, key);
    const char *id = sk_json_text(entry, "id");
    const char *live_id = sk_json_text(live->body, live->kind->id_member);
    bool ours = (id && live_id && strcmp(id, live_id) == 0) ||
                made_then(live, json_object_get(entry, "since"));
    return ours ? SK_OWNED : SK_UNATTRIBUTED;
}

enum sk_ownership sk_view_ownership(const struct sk_view *view, const struct sk_document *live,
                                    const char *owner)
{
    if (live->kind->flags & SK_KIND_OF_HOLDER) {
        const char *holder = json_string_value(json_array_get(live->edges, 0));
        live = holder ? sk_documents_find(&view->live, holder) : NULL;
        if (!live)
            return SK_UNATTRIBUTED;
    }
    return live->kind->flags & SK_KIND_RECORDED ? by_record(view, live)
                                                : sk_ownership_of(live, owner);
}

/* --- what is shown of what is not ours ---------------------------------------------------- */

static void add_notice(struct sk_planner *p, const char *address, json_t *message)
{
    json_array_append_new(p->plan->notices,
                          json_pack("{s:s, s:o}", "address", address, "message", message));
}

/* Whether everything that the document refers to is there. */
static bool has_its_needs(const struct sk_planner *p, const struct sk_document *desired)
{
    json_auto_t *needs = json_array();
    sk_ref_collect(desired->body, needs);
    size_t index;
    json_t *need;
    json_array_foreach(needs, index, need)
    {
        if (!sk_view_there(p->input->view, json_string_value(need)))
            return false;
    }
    return true;
}

/* When something that it hangs on is missing too, that has a row of its own. */
void sk_planner_notice_absent(struct sk_planner *p, const struct sk_document *desired)
{
    if (has_its_needs(p, desired))
        add_notice(p, desired->address,
                   json_sprintf("declared, but there is no such %s, and it is not ours to make",
                                desired->kind->noun));
}

/* D15: nothing says whose it is, but what it hangs on is declared as ours, or it claims to be: it
 * is shown, and deleted with an approval only. D16: what it hangs on is others' to fill. D17: what
 * we made is others' now, whatever it claims. */
bool sk_planner_shows(struct sk_planner *p, const struct sk_document *live)
{
    if (!(live->kind->flags & SK_KIND_OF_HOLDER))
        return !p->input->view->ceded && live->kind->claims &&
               live->kind->claims(live->body, p->input->owner);
    const char *holder = json_string_value(json_array_get(live->edges, 0));
    const struct sk_document *declared =
        holder ? sk_documents_find(p->input->desired, holder) : NULL;
    if (declared && (declared->flags & SK_DOCUMENT_EXISTING))
        add_notice(p, live->address,
                   json_sprintf("there, but not declared, and it is not ours to "
                                "remove"));
    return declared && !(declared->flags & SK_DOCUMENT_EXISTING);
}
