/* Copies: what AWS lets be twice under one name, because a create took effect twice or because tags
 * were copied (docs/adr/0007). The kind's `read` decides which of them goes by the plain name, so
 * that what people work in never loses it; the others are judged here. A copy is surplus when nobody
 * has anything in it. It is deleted only once the one that is kept works; without an approval only
 * when the journal shows that a create of ours was under way as it came to be. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan_int.h"

/* AWS's clock and ours differ, and a request that nobody waits for any more may still be carried
 * out. */
#define CREATE_SLACK_S 300

static const char *address_tag(const struct sk_document *live)
{
    return sk_json_tag(json_object_get(live->body, "Tags"), SK_TAG_ADDRESS);
}

/* "NAME~ID" stands for another one of NAME. */
static bool has_name_of(const struct sk_document *live, const struct sk_document *kept)
{
    size_t length = strlen(kept->address);
    return strncasecmp(live->address, kept->address, length) == 0 && live->address[length] == '~';
}

const struct sk_document *sk_plan_copied(const struct sk_planner *p, const struct sk_document *live)
{
    const char *owner = sk_json_tag(json_object_get(live->body, "Tags"), SK_TAG_OWNER);
    const char *address = address_tag(live);
    if (!(live->kind->flags & SK_KIND_NO_NATURAL_KEY) || !address ||
        !sk_text_equal(owner, p->input->owner))
        return NULL;
    const struct sk_document *kept = sk_view_there(p->input->view, address);
    bool fits = kept && kept->kind == live->kind && has_name_of(live, kept) &&
                sk_ownership_of(kept, p->input->owner) == SK_OWNED;
    return fits ? kept : NULL;
}

static bool is_used(const struct sk_planner *p, const struct sk_document *live)
{
    return (live->flags & SK_DOCUMENT_USED) ||
           json_array_size(json_object_get(p->users, live->address)) > 0;
}

/* Whether it was made while a create of ours for its address was under way. */
static bool is_own(const struct sk_planner *p, const struct sk_document *live)
{
    double made_s = sk_json_time_s(json_object_get(live->body, live->kind->made_member));
    size_t index;
    json_t *create;
    json_array_foreach(json_object_get(p->input->own_creates, address_tag(live)), index, create)
    {
        double from_s = json_number_value(json_object_get(create, "from"));
        double to_s = json_number_value(json_object_get(create, "to"));
        if (made_s > 0 && made_s >= from_s - CREATE_SLACK_S && made_s <= to_s + CREATE_SLACK_S)
            return true;
    }
    return false;
}

static bool can_be_used(enum sk_state state)
{
    return state == SK_STATE_READY || state == SK_STATE_FAILED_UPDATE;
}

static const char *status_of(const struct sk_document *live)
{
    const char *status = sk_json_text(live->body, "Status");
    return status ? status : "changing";
}

/* `kept` under its address and the id by which people find it. Owned by the caller. */
static char *name_of(const struct sk_document *kept)
{
    const char *id = sk_json_text(kept->body, kept->kind->id_member);
    return sk_xasprintf("'%s' (%s)", kept->address, id ? id : "without an id");
}

void sk_plan_judge_copy(const struct sk_planner *p, struct sk_change *change,
                        const struct sk_document *kept)
{
    const struct sk_document *live = change->live;
    const char *noun = live->kind->noun;
    sk_auto(sk_freep) char *name = name_of(kept);
    enum sk_state state = sk_kind_state(live->kind, live->body, NULL);
    enum sk_state kept_state = sk_kind_state(kept->kind, kept->body, NULL);
    change->copy_of = sk_xstrdup(address_tag(live));
    change->own_copy = is_own(p, live);
    if (is_used(p, live)) /* D7 */
        sk_change_demote(change, SK_ACTION_BLOCKED,
                         sk_xasprintf("a second %s with the tags of %s, and people have something "
                                      "in both: it was made twice, or its tags were copied; move "
                                      "what is in one of the two and delete that one by hand",
                                      noun, name));
    else if (state == SK_STATE_BUSY) /* D11 */
        sk_change_demote(change, SK_ACTION_WAIT,
                         sk_xasprintf("a surplus copy of %s; it is %s", name, status_of(live)));
    else if (can_be_used(state) && kept_state == SK_STATE_BUSY) /* D12 */
        sk_change_demote(change, SK_ACTION_WAIT,
                         sk_xasprintf("a surplus copy of %s, which is %s: it stays until that one "
                                      "works",
                                      name, status_of(kept)));
    else if (can_be_used(state) && !can_be_used(kept_state)) /* D7 */
        sk_change_demote(change, SK_ACTION_BLOCKED,
                         sk_xasprintf("a second %s with the tags of %s, which is %s: delete one of "
                                      "the two by hand",
                                      noun, name, status_of(kept)));
    else if (change->own_copy) /* D13 */
        change->reason = sk_xasprintf("a surplus copy of %s: our create took effect twice, and "
                                      "nobody has anything in it",
                                      name);
    else /* D14 */
        change->reason = sk_xasprintf("a copy of %s in which nobody has anything: it was made "
                                      "twice, or its tags were copied; the journal here does not "
                                      "say",
                                      name);
}
