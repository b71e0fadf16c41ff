/* Two states, role by role, see access_change.h. */
#include <stdlib.h>
#include <string.h>

#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/document.h"

/* ---- one state of a role ---- */

/* Who may come from elsewhere is the other side's to say: keys, roles and resources of other
 * accounts count as leaving it to the account of the principal, as AWS's own defaults do. */
static json_t *left_to_account(const struct sk_access_role *role)
{
    return json_pack(
        "{s:s, s:[{s:s, s:{s:o}, s:s, s:s}]}", "Version", "2012-10-17", "Statement", "Effect",
        "Allow", "Principal", "AWS",
        json_sprintf("arn:%s:iam::%s:root", role->account->partition, role->account->id), "Action",
        "*", "Resource", "*");
}

int sk_role_side_make(struct sk_role_side *side, struct sk_err *err)
{
    size_t count;
    if (!side->role)
        return 0;
    struct sk_proof_document *documents = sk_subject_documents(side->role, 1, &count);
    json_auto_t *left = left_to_account(side->role);
    documents[count++] = (struct sk_proof_document){SK_LAYER_RESOURCE, 0, "the resource", left};
    int code = sk_proof_policies_new(side->subjects->shelf, documents, count, &side->policies, err);
    free(documents);
    return code < 0 ? sk_err_wrap(err, "%s", side->role->document->address) : 0;
}

void sk_role_side_done(struct sk_role_side *side)
{
    sk_proof_policies_free(side->policies);
    side->policies = NULL;
}

static bool same_policies(const struct sk_access_role *a, const struct sk_access_role *b)
{
    if (a->policy_count != b->policy_count)
        return false;
    for (size_t i = 0; i < a->policy_count; i++) {
        const struct sk_access_policy *left = &a->policies[i];
        const struct sk_access_policy *right = &b->policies[i];
        if (left->layer != right->layer || left->level != right->level ||
            !json_equal(left->document, right->document))
            return false;
    }
    return true;
}

/* Whether there is anything to ask: equal policies allow the same to equal principals. */
static bool is_same(const struct sk_access_role *before, const struct sk_access_role *after)
{
    return before && after && json_equal(before->tags, after->tags) &&
           json_equal(before->unread, after->unread) &&
           sk_text_equal(before->unread_boundary, after->unread_boundary) &&
           same_policies(before, after);
}

/* ---- what they gain and lose ---- */

static bool same_but_for_who(const json_t *a, const json_t *b)
{
    json_auto_t *left = json_copy((json_t *)a);
    json_auto_t *right = json_copy((json_t *)b);
    json_object_del(left, "request");
    json_object_del(right, "request");
    json_object_del(left, "only");
    json_object_del(right, "only");
    return json_equal(left, right);
}

/* Adds the rows of one group; a row that is there already holds for this group too. */
static void add_rows(json_t *rows, const json_t *more, const json_t *names)
{
    size_t index;
    json_t *row;
    json_array_foreach(more, index, row)
    {
        json_t *known = NULL;
        for (size_t i = 0; !known && i < json_array_size(rows); i++) {
            if (same_but_for_who(json_array_get(rows, i), row))
                known = json_array_get(rows, i);
        }
        if (known)
            json_array_extend(json_object_get(known, "only"), (json_t *)names);
        else
            json_object_set_new(row, "only", json_copy((json_t *)names));
        if (!known)
            json_array_append(rows, row);
    }
}

/* What holds for everybody needs no names. */
static void drop_names(const struct sk_pair *pair, json_t *rows)
{
    size_t everybody = 0;
    size_t index;
    json_t *row;
    for (size_t i = 0; i < pair->group_count; i++)
        everybody += json_array_size(pair->groups[i].names);
    json_array_foreach(rows, index, row)
    {
        if (json_array_size(json_object_get(row, "only")) == everybody)
            json_object_del(row, "only");
    }
}

/* Grants of one group are added to `grants`, of the actions with a bit in `actions`. */
static int find_grants(struct sk_pair *pair, const struct sk_group *group,
                       const struct sk_role_side *there, const struct sk_role_side *elsewhere,
                       const uint64_t *actions, json_t *grants, struct sk_err *err)
{
    json_auto_t *base = sk_group_base(group, there->role);
    json_auto_t *other = elsewhere->role ? sk_group_base(group, elsewhere->role) : NULL;
    struct sk_gains gains = {.opts = pair->comparison->opts,
                             .there = there,
                             .elsewhere = elsewhere,
                             .group = group,
                             .base = base,
                             .other_base = other,
                             .actions = actions,
                             .grants = grants,
                             .unknown = json_object_get(pair->section, "unknown")};
    return sk_gains_find(&gains, err);
}

/* The first group is asked about every action; of the others only what may tell them apart from it is
 * asked, and the rest is theirs too. */
int sk_pair_compare_groups(struct sk_pair *pair, const struct sk_role_side *there,
                           const struct sk_role_side *elsewhere, const uint64_t *actions,
                           const char *change, json_t *rows, struct sk_err *err)
{
    int code = 0;
    json_auto_t *found = json_array();
    json_auto_t *shared = json_array();
    sk_auto(sk_freep) uint64_t *apart = sk_actions_telling_apart(pair, there, elsewhere, actions);
    for (size_t i = 0; code == 0 && i < pair->group_count; i++) {
        const struct sk_group *group = &pair->groups[i];
        json_auto_t *grants = json_copy(shared);
        code = find_grants(pair, group, there, elsewhere, i == 0 ? actions : apart, grants, err);
        if (i == 0) {
            json_decref(shared);
            shared = sk_grants_without(grants, apart);
        }
        json_auto_t *more = sk_grant_rows(there, grants, change);
        add_rows(found, more, group->names);
    }
    drop_names(pair, found);
    json_array_extend(rows, found);
    return code;
}

static void compare_unread(const struct sk_access_role *there,
                           const struct sk_access_role *elsewhere, const char *change, json_t *rows)
{
    size_t index;
    json_t *arn;
    json_array_foreach(there ? there->unread : NULL, index, arn)
    {
        bool known = false;
        for (size_t i = 0; elsewhere && i < json_array_size(elsewhere->unread); i++)
            known |= json_equal(json_array_get(elsewhere->unread, i), arn);
        if (!known)
            json_array_append_new(rows, json_pack("{s:s, s:s, s:O}", "change", change, "importance",
                                                  sk_importance_name(SK_IMPORTANCE_UNREAD),
                                                  "policy", arn));
    }
}

/* Who may become the role, in words. */
static void compare_trust(const struct sk_pair *pair, json_t *rows)
{
    static const char *const member = "AssumeRolePolicyDocument";
    const struct sk_access_role *before = pair->before.role;
    const struct sk_access_role *after = pair->after.role;
    if (!before || !after)
        return;
    json_auto_t *sentences = sk_policy_diff(json_object_get(before->document->body, member),
                                            json_object_get(after->document->body, member));
    if (json_array_size(sentences) > 0)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:O}", "change", "gains", "importance",
                                              sk_importance_name(SK_IMPORTANCE_TRUST), "sentences",
                                              sentences));
}

static int compare_policies(struct sk_pair *pair, json_t *rows, struct sk_err *err)
{
    if (is_same(pair->before.role, pair->after.role))
        return 0;
    int code = sk_role_side_make(&pair->before, err);
    if (code == 0)
        code = sk_role_side_make(&pair->after, err);
    if (code == 0)
        code = sk_pair_find_groups(pair, pair->after.role ? &pair->after : &pair->before, err);
    if (code < 0)
        return code;
    sk_auto(sk_freep) uint64_t *actions = sk_pair_actions(pair);
    if (pair->after.role)
        code =
            sk_pair_compare_groups(pair, &pair->after, &pair->before, actions, "gains", rows, err);
    if (code == 0 && pair->before.role)
        code =
            sk_pair_compare_groups(pair, &pair->before, &pair->after, actions, "loses", rows, err);
    compare_unread(pair->after.role, pair->before.role, "gains", rows);
    compare_unread(pair->before.role, pair->after.role, "loses", rows);
    return code;
}

/* ---- sections ---- */

static const char *state_of(const struct sk_pair *pair)
{
    if (!pair->before.role)
        return "new";
    if (!pair->after.role)
        return "gone";
    return is_same(pair->before.role, pair->after.role) ? "same" : "changed";
}

static json_t *new_section(const struct sk_pair *pair)
{
    const struct sk_access_role *role = pair->after.role ? pair->after.role : pair->before.role;
    return json_pack("{s:s, s:s, s:s*, s:s, s:[], s:[], s:[]}", "role", role->document->address,
                     "name", sk_document_name(role->document), "team",
                     sk_json_text(role->tags, "Team"), "state", state_of(pair), "people", "rows",
                     "unknown");
}

static int compare_role(struct sk_comparison *comparison, const struct sk_access_role *before,
                        const struct sk_access_role *after, struct sk_err *err)
{
    struct sk_pair pair = {.comparison = comparison,
                           .before = {.subjects = &comparison->before, .role = before},
                           .after = {.subjects = &comparison->after, .role = after}};
    json_auto_t *section = pair.section = new_section(&pair);
    json_t *rows = json_object_get(section, "rows");
    sk_pair_compare_people(&pair, &pair.after, &pair.before, "gains", rows);
    sk_pair_compare_people(&pair, &pair.before, &pair.after, "loses", rows);
    compare_trust(&pair, rows);
    int code = compare_policies(&pair, rows, err);
    if (code == 0)
        code = sk_pair_find_reach(&pair, rows, err);
    bool told = json_array_size(rows) + json_array_size(json_object_get(section, "unknown")) > 0;
    if (code == 0 && told)
        code = sk_pair_find_through(&pair, err);
    if (!before || !after)
        sk_rows_drop_requests(rows);
    sk_rows_sort(rows);
    if (told)
        json_array_append(comparison->sections, section);
    sk_pair_groups_done(&pair);
    sk_role_side_done(&pair.before);
    sk_role_side_done(&pair.after);
    return code;
}

static const struct sk_access_role *role_at(const struct sk_access_state *state,
                                            const char *address)
{
    for (size_t i = 0; i < state->role_count; i++) {
        if (sk_text_equal(state->roles[i].document->address, address))
            return &state->roles[i];
    }
    return NULL;
}

/* A section stands where its first row would. */
static char *section_key(const json_t *section)
{
    sk_auto(sk_freep) char *rank = sk_row_rank(json_array_get(json_object_get(section, "rows"), 0));
    return sk_xasprintf("%s%s", rank, sk_json_text(section, "role"));
}

static int compare_all(struct sk_comparison *comparison, struct sk_err *err)
{
    const struct sk_access_state *before = comparison->opts->before;
    const struct sk_access_state *after = comparison->opts->after;
    int code = 0;
    for (size_t i = 0; code == 0 && i < after->role_count; i++) {
        const struct sk_access_role *role = &after->roles[i];
        code = compare_role(comparison, role_at(before, role->document->address), role, err);
    }
    for (size_t i = 0; code == 0 && i < before->role_count; i++) {
        const struct sk_access_role *role = &before->roles[i];
        if (!role_at(after, role->document->address))
            code = compare_role(comparison, role, NULL, err);
    }
    return code;
}

json_t *sk_access_changes(const struct sk_access_change_opts *opts, struct sk_err *err)
{
    struct sk_comparison comparison = {.opts = opts, .sections = json_array()};
    struct sk_err own = {0};
    sk_subjects_init(opts->before, &comparison.before);
    sk_subjects_init(opts->after, &comparison.after);
    int code = compare_all(&comparison, &own);
    sk_subjects_done(&comparison.before);
    sk_subjects_done(&comparison.after);
    sk_sort_by(comparison.sections, section_key);
    if (code == 0)
        return comparison.sections;
    json_decref(comparison.sections);
    (void)sk_err_move(err, &own);
    return NULL;
}
