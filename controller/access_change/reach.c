/* What is reached through a role that stays as it is: by people who come to work as it, and by roles
 * that may pass or assume it now. */
#include <stdlib.h>

#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/glob.h"
#include "verify/ask.h"

/* A pattern may take many roles; the first ones show what it is about. */
#define ROLES_SHOWN 3

static bool is_gain(const json_t *row)
{
    return sk_text_equal(sk_json_text(row, "change"), "gains");
}

static bool has_newcomers(const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        if (is_gain(row) && sk_json_text(row, "person"))
            return true;
    }
    return false;
}

/* All that a role allows in the state after the change, in rows without requests. New in *out. */
static int rows_of(struct sk_pair *pair, json_t **out, struct sk_err *err)
{
    static const struct sk_role_side none;
    json_auto_t *rows = json_array();
    int code = 0;
    if (!pair->after.policies)
        code = sk_role_side_make(&pair->after, err);
    if (code == 0 && pair->group_count == 0)
        code = sk_pair_find_groups(pair, &pair->after, err);
    if (code < 0)
        return code;
    const struct sk_pair alone = {.after = pair->after};
    sk_auto(sk_freep) uint64_t *actions = sk_pair_actions(&alone);
    code = sk_pair_compare_groups(pair, &pair->after, &none, actions, "gains", rows, err);
    sk_rows_drop_requests(rows);
    sk_rows_sort(rows);
    *out = json_incref(rows);
    return code;
}

static bool takes(const json_t *row, const char *arn)
{
    size_t index;
    json_t *pattern;
    json_array_foreach(json_object_get(row, "resources"), index, pattern)
    {
        const char *text = json_string_value(pattern);
        if (text && sk_glob_covers(text, arn))
            return true;
    }
    return false;
}

/* Whether the row lets somebody become this role, as far as the role itself lets them. */
static bool leads_to(const json_t *row, const struct sk_access_role *role)
{
    const char *action = json_string_value(json_array_get(json_object_get(row, "actions"), 0));
    bool passes = sk_text_equal(action, "iam:PassRole") &&
                  sk_trust_names(role, "Service", "sagemaker.amazonaws.com");
    bool assumes = sk_text_equal(action, "sts:AssumeRole") && sk_trust_names(role, "AWS", NULL);
    return (passes || assumes) && takes(row, role->arn);
}

static bool is_new(const struct sk_comparison *comparison, const struct sk_access_role *role)
{
    return sk_access_role_of_arn(comparison->opts->before, role->arn) == NULL;
}

/* Adds {"role": address, "rows"} for each role that was there before and can be become now. */
static int reach_through(struct sk_pair *pair, json_t *row, struct sk_err *err)
{
    const struct sk_access_state *state = pair->comparison->opts->after;
    json_auto_t *reaches = json_array();
    int code = 0;
    for (size_t i = 0; code == 0 && i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        if (role == pair->after.role || json_array_size(reaches) == ROLES_SHOWN ||
            !leads_to(row, role) || is_new(pair->comparison, role))
            continue;
        struct sk_pair other = {.comparison = pair->comparison,
                                .section = pair->section,
                                .after = {.subjects = pair->after.subjects, .role = role}};
        json_auto_t *rows = NULL;
        code = rows_of(&other, &rows, err);
        json_array_append_new(
            reaches, json_pack("{s:s, s:O*}", "role", role->document->address, "rows", rows));
        sk_pair_groups_done(&other);
        sk_role_side_done(&other.after);
    }
    if (json_array_size(reaches) > 0)
        json_object_set(row, "reaches", reaches);
    return code;
}

int sk_pair_find_reach(struct sk_pair *pair, json_t *rows, struct sk_err *err)
{
    int code = 0;
    size_t index;
    json_t *row;
    if (!pair->after.role)
        return 0;
    json_array_foreach(rows, index, row)
    {
        if (code == 0 && is_gain(row))
            code = reach_through(pair, row, err);
    }
    if (code < 0 || !pair->before.role || !has_newcomers(rows))
        return code;
    json_auto_t *reaches = NULL;
    code = rows_of(pair, &reaches, err);
    if (code == 0)
        json_object_set(pair->section, "reaches", reaches);
    return code;
}

/* ---- who gets to the role in a step ---- */

/* Whether the role by itself may make the call on the other one. */
static bool can(struct sk_subjects *subjects, const struct sk_access_principal *from,
                const struct sk_access_role *role, const char *action,
                const struct sk_proof_policies *policies, struct sk_err *err)
{
    static const char *const service = "sagemaker.amazonaws.com";
    const struct sk_proof_given given = {
        .key = "iam:PassedToService", .how = SK_GIVEN_VALUES, .values = &service, .count = 1};
    json_auto_t *base = sk_subject_base(from, NULL);
    struct sk_proof_answer answer = {0};
    const struct sk_proof_question question = {
        .base = base,
        .action = action,
        .resource = role->arn,
        .givens = &given,
        .given_count = sk_text_equal(action, "iam:PassRole") ? 1 : 0,
    };
    int code = sk_proof_ask(subjects->shelf, policies, &question, &answer, err);
    bool found = code == 0 && answer.outcome == SK_PROOF_POSSIBLE;
    sk_proof_answer_done(&answer);
    return found;
}

static bool can_pass(struct sk_subjects *subjects, const struct sk_access_principal *from,
                     const struct sk_access_role *role, struct sk_err *err)
{
    const struct sk_proof_policies *policies = NULL;
    return sk_trust_names(role, "Service", "sagemaker.amazonaws.com") &&
           sk_subjects_policies(subjects, from->role, &policies, err) == 0 &&
           can(subjects, from, role, "iam:PassRole", policies, err);
}

static bool can_assume(struct sk_subjects *subjects, const struct sk_access_principal *from,
                       const struct sk_access_role *role, struct sk_err *err)
{
    const struct sk_proof_policies *own = NULL;
    sk_auto(sk_proof_policies_freep) struct sk_proof_policies *policies = NULL;
    return sk_trust_names(role, "AWS", NULL) &&
           sk_subjects_policies(subjects, from->role, &own, err) == 0 &&
           sk_subjects_with_trust(subjects, own, role, &policies, err) == 0 &&
           can(subjects, from, role, "sts:AssumeRole", policies, err);
}

static json_t *people_as(const struct sk_access_state *state, const struct sk_access_role *role)
{
    json_t *people = json_array();
    for (size_t i = 0; i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->role == role && principal->place)
            json_array_append_new(people, json_string(principal->name));
    }
    return people;
}

int sk_pair_find_through(struct sk_pair *pair, struct sk_err *err)
{
    const struct sk_role_side *side = pair->after.role ? &pair->after : &pair->before;
    const struct sk_access_state *state = side->subjects->state;
    json_auto_t *through = json_array();
    for (size_t i = 0; i < state->principal_count && !err->code; i++) {
        const struct sk_access_principal *from = &state->principals[i];
        if (from->situation != SK_SITUATION_ROLE || from->role == side->role)
            continue;
        const char *how = can_pass(side->subjects, from, side->role, err) ? "passes it to SageMaker"
                          : can_assume(side->subjects, from, side->role, err) ? "assumes it"
                                                                              : NULL;
        if (how)
            json_array_append_new(through, json_pack("{s:s, s:s, s:o}", "role",
                                                     from->role->document->address, "how", how,
                                                     "people", people_as(state, from->role)));
    }
    if (json_array_size(through) > 0)
        json_object_set(pair->section, "through", through);
    return err->code;
}
