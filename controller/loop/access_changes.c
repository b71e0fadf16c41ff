/* The two states that are compared, see access_changes.h.
 *
 * What the plan does not write is the same document in both, so that it cannot differ. What it
 * writes is the live document with the declared members in place of its own: members that nobody
 * declares stay as they are. */
#include "loop/access_changes.h"

#include <string.h>

#include "access_change/access_change.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "loop/inputs.h"

/* Copies the document with another body. `body` is stolen; `origin` may be NULL. */
static int add(struct sk_documents *set, const struct sk_document *like, json_t *body,
               const char *origin, struct sk_err *err)
{
    struct sk_document *copy = sk_document_new(like->kind, like->address, body);
    copy->origin = sk_xstrdup(origin);
    copy->flags = like->flags;
    return sk_documents_add(set, copy, err);
}

/* Policies are replaced whole, settings member by member. */
static json_t *written(const struct sk_document *live, const struct sk_document *desired)
{
    if (!live)
        return json_deep_copy(desired->body);
    json_t *body = json_deep_copy(live->body);
    if (sk_text_starts_with(desired->kind->name, "iam_"))
        json_object_update(body, desired->body);
    else
        json_object_update_recursive(body, desired->body);
    return body;
}

/* What is declared, as it is before and after. */
static int add_declared(const struct sk_access_changes_input *input,
                        const struct sk_document *desired, struct sk_documents *before,
                        struct sk_documents *after, struct sk_err *err)
{
    const struct sk_document *live = sk_documents_find(&input->plan->view->live, desired->address);
    const struct sk_change *change = sk_plan_find(input->plan, desired->address);
    bool comes = change && sk_inputs_is_coming(change);
    const char *origin = desired->origin;
    int code = live ? add(before, live, json_incref(live->body), origin, err) : 0;
    if (code == 0 && comes)
        code = add(after, desired, written(live, desired), origin, err);
    else if (code == 0 && live)
        code = add(after, live, json_incref(live->body), origin, err);
    return code;
}

/* What goes, and policies that are not declared and may be attached. */
static int add_undeclared(const struct sk_access_changes_input *input,
                          const struct sk_document *live, struct sk_documents *before,
                          struct sk_documents *after, struct sk_err *err)
{
    const struct sk_change *change = sk_plan_find(input->plan, live->address);
    bool policy = json_object_get(live->body, "PolicyDocument") != NULL;
    bool domain = strcmp(live->kind->name, "sagemaker_domain") == 0;
    if (!change && !policy && !domain)
        return 0; /* its access is as it was */
    int code = add(before, live, json_incref(live->body), NULL, err);
    if (code == 0 && !(change && sk_inputs_is_coming(change)))
        code = add(after, live, json_incref(live->body), NULL, err);
    return code;
}

static int make_states(const struct sk_access_changes_input *input, struct sk_documents *before,
                       struct sk_documents *after, struct sk_err *err)
{
    const struct sk_documents *live = &input->plan->view->live;
    int code = 0;
    for (size_t i = 0; code == 0 && i < input->desired->count; i++) {
        if (sk_inputs_has_kind(input->desired->items[i]->kind))
            code = add_declared(input, input->desired->items[i], before, after, err);
    }
    for (size_t i = 0; code == 0 && i < live->count; i++) {
        if (sk_inputs_has_kind(live->items[i]->kind) &&
            !sk_documents_find(input->desired, live->items[i]->address))
            code = add_undeclared(input, live->items[i], before, after, err);
    }
    return code;
}

static struct sk_access_state *state_of(const struct sk_blueprint *blueprint,
                                        const struct sk_documents *documents)
{
    const struct sk_access_opts opts = {.documents = documents,
                                        .accounts = &blueprint->accounts,
                                        .sources = blueprint->policy_sources};
    return sk_access_state_new(&opts);
}

json_t *sk_loop_access_changes(const struct sk_access_changes_input *input, struct sk_err *err)
{
    sk_auto(sk_documents_done) struct sk_documents before = {0};
    sk_auto(sk_documents_done) struct sk_documents after = {0};
    if (!sk_inputs_any(input->plan))
        return json_array();
    if (make_states(input, &before, &after, err) < 0)
        return NULL;
    sk_auto(sk_access_state_freep) struct sk_access_state *from =
        state_of(input->blueprint, &before);
    sk_auto(sk_access_state_freep) struct sk_access_state *to = state_of(input->blueprint, &after);
    const struct sk_access_change_opts opts = {.before = from,
                                               .after = to,
                                               .teams = input->blueprint->teams,
                                               .members = input->blueprint->members};
    return sk_access_changes(&opts, err);
}
