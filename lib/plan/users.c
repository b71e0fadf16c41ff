/* Who uses a live document: the index behind deletes and behind what kinds see of their dependants.
 */
#include "base/alloc.h"
#include "plan/plan_int.h"

json_t *sk_view_users(const struct sk_view *view)
{
    json_t *users = json_object();
    for (size_t i = 0; i < view->live.count; i++) {
        const struct sk_document *live = view->live.items[i];
        size_t index;
        json_t *edge;
        json_array_foreach(live->edges, index, edge)
        {
            const struct sk_document *used =
                sk_documents_find(&view->live, json_string_value(edge));
            if (!used || used == live ||
                sk_kind_state(live->kind, live->body, NULL) == SK_STATE_GONE)
                continue;
            json_t *list = json_object_get(users, used->address);
            if (!list) {
                list = json_array();
                json_object_set_new(users, used->address, list);
            }
            json_array_append_new(list, json_integer((json_int_t)i));
        }
    }
    return users;
}

const struct sk_document *sk_change_user(const struct sk_change_input *input,
                                         const struct sk_document *live, size_t index)
{
    const json_t *position = json_array_get(json_object_get(input->users, live->address), index);
    return position ? input->live_set->items[json_integer_value(position)] : NULL;
}

const struct sk_document *sk_view_holder(const struct sk_view *view, const struct sk_document *live)
{
    /* Two steps at most in practice (app, space, profile); the bound is against a circle. */
    for (int step = 0; step < 8 && live && (live->flags & SK_DOCUMENT_BELONGS); step++) {
        const char *holder = json_string_value(json_array_get(live->edges, 0));
        const struct sk_document *found = holder ? sk_documents_find(&view->live, holder) : NULL;
        if (!found)
            break;
        live = found;
    }
    return live;
}
