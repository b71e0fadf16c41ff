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

/* ---- which actions ---- */

static bool has_statement(const struct sk_proof_policies *policies,
                          const struct sk_proof_statement *statement)
{
    for (size_t i = 0; i < policies->statement_count; i++) {
        const struct sk_proof_statement *other = &policies->statements[i];
        if (other->layer == statement->layer && other->level == statement->level &&
            other->variables == statement->variables && json_equal(other->json, statement->json))
            return true;
    }
    return false;
}

static void add_actions(const struct sk_proof_policies *policies,
                        const struct sk_proof_policies *other, size_t words, uint64_t *actions)
{
    for (size_t i = 0; i < policies->statement_count; i++) {
        if (has_statement(other, &policies->statements[i]))
            continue;
        for (size_t word = 0; word < words; word++)
            actions[word] |= policies->statements[i].actions[word];
    }
}

static bool same_layers(const struct sk_proof_policies *a, const struct sk_proof_policies *b)
{
    return (a->layers.boundary == NULL) == (b->layers.boundary == NULL) &&
           a->layers.scp_levels == b->layers.scp_levels;
}

/* A bit for each action on which the two states may differ: those that a statement takes which only
 * one of them has, unless what differs touches all. Owned by the caller. */
uint64_t *sk_pair_actions(const struct sk_pair *pair)
{
    size_t count = 0;
    while (sk_catalogue_at(count))
        count++;
    size_t words = count / 64 + 1;
    uint64_t *actions = sk_xcalloc(words, sizeof(actions[0]));
    const struct sk_role_side *before = &pair->before;
    const struct sk_role_side *after = &pair->after;
    bool all = !before->role || !after->role ||
               !json_equal(before->role->tags, after->role->tags) ||
               !same_layers(before->policies, after->policies);
    if (all) {
        for (size_t i = 0; i < count; i++)
            actions[i / 64] |= UINT64_C(1) << (i % 64);
        return actions;
    }
    add_actions(before->policies, after->policies, words, actions);
    add_actions(after->policies, before->policies, words, actions);
    return actions;
}

/* ---- who ---- */

static void add_name(json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (sk_text_equal(json_string_value(json_array_get(names, i)), name))
            return;
    }
    json_array_append_new(names, json_string(name));
}

static bool signs_in(const struct sk_access_principal *principal)
{
    return principal->situation == SK_SITUATION_ROLE &&
           sk_trust_names(principal->role, "Federated", NULL);
}

static int add_group(struct sk_pair *pair, const struct sk_role_side *side,
                     const struct sk_access_principal *principal, json_t *seen, struct sk_err *err)
{
    struct sk_subject subject;
    bool sign_in = signs_in(principal);
    int code =
        sk_subject_make(side->subjects, principal, sign_in ? SK_SUBJECT_SIGN_IN : SK_SUBJECT_STUDIO,
                        sign_in ? SK_SUBJECT_SOMEBODY : NULL, &subject, err);
    if (code < 0)
        return code;
    sk_auto(sk_freep) char *digest = sk_subject_digest(&subject);
    const json_t *known = json_object_get(seen, digest);
    if (known || pair->group_count == SK_GROUPS_MAX) {
        sk_subject_done(&subject);
        if (known)
            add_name(pair->groups[json_integer_value(known)].names, principal->name);
        else
            json_array_append_new(
                json_object_get(pair->section, "unknown"),
                json_sprintf("%s: policies tell more people apart than are looked at",
                             principal->name));
        return 0;
    }
    json_object_set_new(seen, digest, json_integer((json_int_t)pair->group_count));
    pair->groups[pair->group_count++] =
        (struct sk_group){.subject = subject, .names = json_pack("[s]", principal->name)};
    return 0;
}

/* Everybody of one state of the role; who signed in is covered by the role itself. */
int sk_pair_find_groups(struct sk_pair *pair, const struct sk_role_side *side, struct sk_err *err)
{
    const struct sk_access_state *state = side->subjects->state;
    json_auto_t *seen = json_object();
    int code = 0;
    for (size_t i = 0; code == 0 && i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->role == side->role && principal->situation != SK_SITUATION_SIGN_IN)
            code = add_group(pair, side, principal, seen, err);
    }
    return code;
}

/* The same principal in the other state: with what the role's tags are there. New. */
static json_t *base_in(const struct sk_group *group, const struct sk_access_role *role)
{
    json_t *base = json_deep_copy(group->subject.base);
    json_t *tags = json_copy(role->tags);
    if (group->subject.own_user)
        json_object_set_new(tags, "studiouserid", json_string(group->subject.own_user));
    json_object_set_new(json_object_get(base, "principal"), "tags", tags);
    return base;
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

/* Rows of what `there` allows and `elsewhere` does not, for each group. */
int sk_pair_compare_groups(struct sk_pair *pair, const struct sk_role_side *there,
                           const struct sk_role_side *elsewhere, const uint64_t *actions,
                           const char *change, json_t *rows, struct sk_err *err)
{
    int code = 0;
    json_auto_t *found = json_array();
    for (size_t i = 0; code == 0 && i < pair->group_count; i++) {
        const struct sk_group *group = &pair->groups[i];
        json_auto_t *grants = json_array();
        json_auto_t *base = base_in(group, there->role);
        json_auto_t *other = elsewhere->role ? base_in(group, elsewhere->role) : NULL;
        struct sk_gains gains = {.opts = pair->comparison->opts,
                                 .there = there,
                                 .elsewhere = elsewhere,
                                 .group = group,
                                 .base = base,
                                 .other_base = other,
                                 .actions = actions,
                                 .grants = grants,
                                 .unknown = json_object_get(pair->section, "unknown")};
        code = sk_gains_find(&gains, err);
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

/* ---- who comes and goes ---- */

/* Whether the same person works at the same place as the role in the other state. */
static bool is_there(const struct sk_role_side *side, const struct sk_access_principal *wanted)
{
    const struct sk_access_state *state = side->subjects->state;
    for (size_t i = 0; side->role && i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->role == side->role && principal->situation == wanted->situation &&
            sk_text_equal(principal->place->address, wanted->place->address) &&
            sk_text_equal(principal->user, wanted->user))
            return true;
    }
    return false;
}

static const char *until_of(const struct sk_pair *pair, const char *address)
{
    size_t index;
    json_t *member;
    json_array_foreach(pair->comparison->opts->members, index, member)
    {
        if (sk_text_equal(sk_json_text(member, "address"), address))
            return sk_json_text(member, "until");
    }
    return NULL;
}

/* Adds a row for each person and shared space of `there` that is not in `elsewhere`. */
static void compare_people(const struct sk_pair *pair, const struct sk_role_side *there,
                           const struct sk_role_side *elsewhere, const char *change, json_t *rows)
{
    const struct sk_access_state *state = there->subjects->state;
    bool comes = there == &pair->after;
    for (size_t i = 0; there->role && i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->role != there->role || !principal->place)
            continue;
        add_name(json_object_get(pair->section, "people"), principal->name);
        if (is_there(elsewhere, principal))
            continue;
        const char *address = principal->place->address;
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s*}", "change", change,
                                        "importance", sk_importance_name(SK_IMPORTANCE_MEMBERSHIP),
                                        "person", principal->name, "user", principal->user, "place",
                                        address, "until", comes ? until_of(pair, address) : NULL));
    }
}

void sk_pair_groups_done(struct sk_pair *pair)
{
    for (size_t i = 0; i < pair->group_count; i++) {
        sk_subject_done(&pair->groups[i].subject);
        json_decref(pair->groups[i].names);
    }
    pair->group_count = 0;
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
    compare_people(&pair, &pair.after, &pair.before, "gains", rows);
    compare_people(&pair, &pair.before, &pair.after, "loses", rows);
    compare_trust(&pair, rows);
    int code = compare_policies(&pair, rows, err);
    if (code == 0)
        code = sk_pair_find_reach(&pair, rows, err);
    bool told = json_array_size(rows) + json_array_size(json_object_get(section, "unknown")) > 0;
    if (code == 0 && told)
        code = sk_pair_find_through(&pair, err);
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
struct standing {
    char *key; /* owned */
    json_t *section;
};

static int compare_standing(const void *a, const void *b)
{
    return strcmp(((const struct standing *)a)->key, ((const struct standing *)b)->key);
}

static void sort_sections(json_t *sections)
{
    size_t count = json_array_size(sections);
    struct standing *all = sk_xcalloc(count + 1, sizeof(*all));
    for (size_t i = 0; i < count; i++) {
        json_t *section = json_array_get(sections, i);
        const json_t *first = json_array_get(json_object_get(section, "rows"), 0);
        all[i].section = json_incref(section);
        all[i].key = sk_xasprintf("%d%02d%s",
                                  !first || !sk_text_equal(sk_json_text(first, "change"), "gains"),
                                  (int)sk_importance_of_name(sk_json_text(first, "importance")),
                                  sk_json_text(section, "role"));
    }
    if (count > 1)
        qsort(all, count, sizeof(*all), compare_standing);
    for (size_t i = 0; i < count; i++) {
        json_array_set_new(sections, i, all[i].section);
        free(all[i].key);
    }
    free(all);
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
    sort_sections(comparison.sections);
    if (code == 0)
        return comparison.sections;
    json_decref(comparison.sections);
    (void)sk_err_move(err, &own);
    return NULL;
}
