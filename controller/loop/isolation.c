/* Isolation before the first write, see isolation.h. */
#include "loop/isolation.h"

#include <string.h>

#include "access/state.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "verify/verify.h"

/* Kinds of which a property may depend. */
static bool is_input(const struct sk_change *change)
{
    static const char *const kinds[] = {"iam_role", "iam_policy", "sagemaker_user_profile",
                                        "sagemaker_space"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(change->kind->name, kinds[i]) == 0)
            return change->action == SK_ACTION_CREATE || change->action == SK_ACTION_UPDATE ||
                   change->action == SK_ACTION_ADOPT;
    }
    return false;
}

static bool has_input(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (is_input(&plan->items[i]))
            return true;
    }
    return false;
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

static bool belongs_to(const struct sk_access_role *role, const char *address)
{
    if (strcmp(role->document->address, address) == 0)
        return true;
    for (size_t i = 0; i < role->policy_count; i++) {
        if (sk_text_equal(role->policies[i].address, address))
            return true;
    }
    return false;
}

/* Refuses what is about to be written of the role and its policies; how many changes that are. */
static size_t refuse(struct sk_plan *plan, const struct sk_access_role *role)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        if (!is_input(change) || !belongs_to(role, change->address))
            continue;
        change->refused = true;
        count++;
    }
    return count;
}

/* "user1@team1 opens a profile that is not its own: sagemaker:… on arn:…, allowed by OpenAll of
 * 'team1-own'". Owned by the caller. */
static char *sentence_of(const json_t *property, const json_t *violation)
{
    struct sk_buffer out = {0};
    size_t index;
    json_t *reason;
    sk_buffer_addf(&out, "isolation: %s %s: %s on %s", sk_json_text(violation, "principal"),
                   sk_json_text(violation, "what"), sk_json_text(violation, "action"),
                   sk_json_text(violation, "resource"));
    json_array_foreach(json_object_get(violation, "because"), index, reason)
    {
        const json_t *statement = json_object_get(reason, "statement");
        if (json_is_string(statement))
            sk_buffer_addf(&out, ", allowed by %s of '%s'", json_string_value(statement),
                           sk_json_text(reason, "policy"));
        else
            sk_buffer_addf(&out, ", allowed by statement %lld of '%s'",
                           (long long)json_integer_value(statement) + 1,
                           sk_json_text(reason, "policy"));
    }
    if (json_array_size(json_object_get(violation, "steps")) > 0)
        sk_buffer_addf(
            &out, ", after %s",
            sk_json_text(json_array_get(json_object_get(violation, "steps"), 0), "what"));
    sk_buffer_addf(&out, " (property %s)", sk_json_text(property, "name"));
    return sk_buffer_take(&out);
}

/* Whose exception would let it through. Owned by the caller. */
static char *road_of(const json_t *property, const struct sk_access_role *role)
{
    const char *team = sk_json_text(role->tags, "Team");
    if (!team)
        return sk_xstrdup("change the policies; `sagekeeper verify` shows the whole request");
    return sk_xasprintf(
        "change the policies, or declare the exception {rule: %s, subject: %s, "
        "reason: …} in the Organization; `sagekeeper verify` shows the whole request",
        sk_json_text(property, "name"), team);
}

struct check {
    const struct sk_access_state *state;
    struct sk_plan *plan;
    struct sk_findings *findings;
    json_t *told; /* {"property role": true} */
};

static void take_violation(struct check *check, const json_t *property, const json_t *violation)
{
    const struct sk_access_role *role = role_at(check->state, sk_json_text(violation, "address"));
    sk_auto(sk_freep) char *key =
        sk_xasprintf("%s %s", sk_json_text(property, "name"), sk_json_text(violation, "address"));
    if (!role || json_object_get(violation, "exception") || json_object_get(check->told, key))
        return;
    json_object_set_new(check->told, key, json_true());
    char *sentence = sentence_of(property, violation);
    if (refuse(check->plan, role) == 0) {
        json_array_append_new(
            check->plan->notices,
            json_pack("{s:s, s:s}", "address", role->document->address, "message", sentence));
        sk_freep(&sentence);
        return;
    }
    sk_findings_add(check->findings,
                    (struct sk_finding){.rule = "isolation",
                                        .subject = sk_xstrdup(role->document->address),
                                        .message = sentence,
                                        .allow = road_of(property, role)});
}

int sk_isolation_check(const struct sk_blueprint *blueprint, struct sk_plan *plan,
                       struct sk_findings *findings, struct sk_err *err)
{
    if (!has_input(plan))
        return 0;
    const struct sk_access_opts state_opts = {.documents = &blueprint->documents,
                                              .accounts = &blueprint->accounts,
                                              .sources = blueprint->policy_sources};
    struct sk_access_state *state = sk_access_state_new(&state_opts);
    const struct sk_verify_opts opts = {.state = state,
                                        .teams = blueprint->teams,
                                        .guardrails = blueprint->guardrails,
                                        .exceptions = blueprint->exceptions};
    struct check check = {state, plan, findings, json_object()};
    json_auto_t *report = sk_verify(&opts, err);
    size_t index;
    json_t *property;
    json_array_foreach(json_object_get(report, "properties"), index, property)
    {
        size_t position;
        json_t *violation;
        json_array_foreach(json_object_get(property, "violations"), position, violation)
            take_violation(&check, property, violation);
    }
    sk_plan_spread_refusals(plan);
    json_decref(check.told);
    sk_access_state_free(state);
    return report ? 0 : (int)err->code;
}
