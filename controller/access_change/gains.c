/* What one state of a role allows and the other does not: for each action first whether there is
 * any such request, then through which statements and on which of their resources. */
#include <stdlib.h>
#include <string.h>

#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "policy/glob.h"
#include "verify/ask.h"

/* ---- asking ---- */

static void doubt(const struct sk_gains *gains, const char *action, const char *why)
{
    json_auto_t *sentence = json_sprintf("%s: %s", action, why);
    size_t index;
    json_t *known;
    json_array_foreach(gains->unknown, index, known)
    {
        if (json_equal(known, sentence))
            return;
    }
    json_array_append(gains->unknown, sentence);
}

bool sk_gains_ask(const struct sk_gains *gains, struct sk_proof_question *question,
                  struct sk_proof_answer *answer, struct sk_err *err)
{
    *answer = (struct sk_proof_answer){0};
    question->base = gains->base;
    question->unless = gains->elsewhere->policies;
    question->unless_base = gains->elsewhere->policies ? gains->other_base : NULL;
    int code =
        sk_proof_ask(gains->there->subjects->shelf, gains->there->policies, question, answer, err);
    if (code == 0 && answer->outcome == SK_PROOF_POSSIBLE)
        return true;
    if (code == 0 && answer->outcome == SK_PROOF_UNKNOWN)
        doubt(gains, question->action, answer->unknown);
    sk_proof_answer_done(answer);
    return false;
}

typedef bool (*type_fn)(const struct sk_catalogue_action *action, const char *type);

/* Asks the question on each resource type of the action that `wanted` wants (NULL: on all), until
 * one gives a request. */
static bool ask_types(const struct sk_gains *gains, size_t position, type_fn wanted,
                      const struct sk_proof_question *like, struct sk_proof_answer *answer,
                      struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; i < (types > 0 ? types : 1); i++) {
        const char *pattern = types > 0 ? sk_catalogue_resource_arn(action, i) : "*";
        const char *type = types > 0 ? sk_catalogue_resource_type(action, i) : NULL;
        if (wanted && (!type || !wanted(action, type)))
            continue;
        sk_auto(sk_freep) char *resource = sk_ask_resource_in(NULL, pattern);
        struct sk_proof_question question = *like;
        question.action = sk_catalogue_name(action);
        question.resource = resource;
        question.resource_account = gains->there->role->account->id;
        if (sk_gains_ask(gains, &question, answer, err))
            return true;
        if (err->code)
            return false;
    }
    return false;
}

/* ---- other teams ---- */

static const char *const nobody = "";

/* In the state that is asked about. */
static const char *own_team(const struct sk_gains *gains)
{
    return sk_json_text(gains->there->role->tags, "Team");
}

static void add_team(json_t *teams, const char *team)
{
    for (size_t i = 0; i < json_array_size(teams); i++) {
        if (sk_text_equal(json_string_value(json_array_get(teams, i)), team))
            return;
    }
    json_array_append_new(teams, json_string(team));
}

static bool is_team(const struct sk_gains *gains, const char *name)
{
    size_t index;
    json_t *team;
    json_array_foreach(gains->opts->teams, index, team)
    {
        if (sk_text_equal(sk_json_text(team, "name"), name))
            return true;
    }
    return false;
}

/* Whether something that exists is touched whose team is as given; its team if so. Borrowed from
 * the answer. */
static const char *touches(const struct sk_gains *gains, const struct sk_proof_question *like,
                           size_t position, const struct sk_proof_given *team,
                           struct sk_proof_answer *answer, struct sk_err *err)
{
    const struct sk_proof_given givens[] = {
        *team, {.key = "sagemaker:TaggingAction", .how = SK_GIVEN_ABSENT}};
    bool tagging = sk_catalogue_access(sk_catalogue_at(position)) == SK_ACCESS_TAGGING;
    struct sk_proof_question question = *like;
    question.givens = givens;
    question.given_count = tagging ? 2 : 1;
    if (!ask_types(gains, position, tagging ? NULL : sk_ask_changes_artefact, &question, answer,
                   err))
        return NULL;
    json_t *tags = json_object_get(json_object_get(answer->request, "resource"), "tags");
    const char *found = json_string_value(json_object_get(tags, "Team"));
    return found ? found : nobody;
}

/* Artefacts that exist and carry another team's tag. What reaches a team that nobody has heard of
 * reaches any. */
static void find_tagged(const struct sk_gains *gains, const struct sk_proof_question *like,
                        size_t position, json_t *teams, struct sk_err *err)
{
    static const char *const unheard = "sagekeeper-unheard-of";
    const char *const own = own_team(gains);
    const struct sk_proof_given any = {
        .key = SK_ASK_TEAM, .how = SK_GIVEN_VALUES, .values = &unheard, .count = 1};
    const struct sk_proof_given other = {
        .key = SK_ASK_TEAM, .how = SK_GIVEN_OTHER, .values = &own, .count = 1};
    struct sk_proof_answer answer;
    const char *team = touches(gains, like, position, &other, &answer, err);
    if (!team)
        return;
    struct sk_proof_answer unheard_of;
    bool all = touches(gains, like, position, &any, &unheard_of, err) != NULL;
    add_team(teams, !all && is_team(gains, team) ? team : nobody);
    sk_proof_answer_done(&answer);
    if (all)
        sk_proof_answer_done(&unheard_of);
}

/* One resource that is another team's: whether the grant reaches it. */
static void find_named(const struct sk_gains *gains, const struct sk_proof_question *like,
                       const char *pattern, const char *resource, const char *team, json_t *teams,
                       struct sk_err *err)
{
    struct sk_proof_question question = *like;
    struct sk_proof_answer answer;
    if (err->code || (pattern && !sk_glob_intersects(pattern, resource)))
        return;
    question.resource = resource;
    question.resource_account = gains->there->role->account->id;
    if (!sk_gains_ask(gains, &question, &answer, err))
        return;
    add_team(teams, team);
    sk_proof_answer_done(&answer);
}

static void find_buckets(const struct sk_gains *gains, const struct sk_proof_question *like,
                         const char *pattern, json_t *teams, struct sk_err *err)
{
    const char *partition = gains->there->role->account->partition;
    size_t index;
    json_t *team;
    json_array_foreach(gains->opts->teams, index, team)
    {
        const char *name = sk_json_text(team, "name");
        size_t position;
        json_t *bucket;
        if (sk_text_equal(name, own_team(gains)))
            continue;
        json_array_foreach(json_object_get(team, "buckets"), position, bucket)
        {
            sk_auto(sk_freep) char *itself =
                sk_xasprintf("arn:%s:s3:::%s", partition, json_string_value(bucket));
            sk_auto(sk_freep) char *inside = sk_xasprintf("%s/**", itself);
            find_named(gains, like, pattern, itself, name, teams, err);
            find_named(gains, like, pattern, inside, name, teams, err);
        }
    }
}

static void find_roles(const struct sk_gains *gains, const struct sk_proof_question *like,
                       const char *pattern, json_t *teams, struct sk_err *err)
{
    const struct sk_access_state *state = gains->there->subjects->state;
    for (size_t i = 0; i < state->role_count; i++) {
        const char *team = sk_json_text(state->roles[i].tags, "Team");
        if (team && !sk_text_equal(team, own_team(gains)))
            find_named(gains, like, pattern, state->roles[i].arn, team, teams, err);
    }
}

/* The resource at a position of the statement's list; NULL for SIZE_MAX. Borrowed. */
static const char *pattern_at(const struct sk_proof_statement *statement, size_t resource)
{
    const json_t *list = sk_element_get(statement->json, "Resource");
    return resource == SIZE_MAX ? NULL : json_string_value(sk_element_at(list, resource));
}

json_t *sk_gains_teams(const struct sk_gains *gains, const struct sk_proof_statement *statement,
                       size_t position, size_t resource, struct sk_err *err)
{
    json_t *teams = json_array();
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *name = sk_catalogue_name(action);
    const char *pattern = pattern_at(statement, resource);
    enum sk_importance importance = sk_importance_of_action(position);
    const struct sk_proof_question like = {
        .action = name, .through = statement, .through_resource = resource};
    if (!own_team(gains))
        return teams;
    if (importance == SK_IMPORTANCE_PASS_ROLE || importance == SK_IMPORTANCE_ASSUME_ROLE)
        find_roles(gains, &like, pattern, teams, err);
    else if (sk_text_starts_with(name, "s3:"))
        find_buckets(gains, &like, pattern, teams, err);
    else if (sk_text_starts_with(name, "sagemaker:") && importance < SK_IMPORTANCE_READ)
        find_tagged(gains, &like, position, teams, err);
    return teams;
}

/* ---- grants ---- */

/* What denied it: statements, and layers other than the identity policies that did not allow. New. */
static json_t *against(const json_t *because)
{
    json_t *list = json_array();
    size_t index;
    json_t *reason;
    json_array_foreach(because, index, reason)
    {
        const char *effect = sk_json_text(reason, "effect");
        bool identity =
            sk_text_equal(sk_json_text(reason, "layer"), sk_layer_name(SK_LAYER_IDENTITY));
        if (!sk_text_equal(effect, "Deny") && (!sk_text_equal(effect, "None") || identity))
            continue;
        json_t *row = json_copy(reason);
        json_object_del(row, "effect");
        json_array_append_new(list, row);
    }
    return list;
}

static void merge(json_t *into, const json_t *more)
{
    size_t index;
    json_t *item;
    json_array_foreach(more, index, item)
    {
        add_team(into, json_string_value(item));
    }
}

/* Adds what is gained through the statement, if anything is. */
static int find_through(struct sk_gains *gains, size_t number, size_t position, struct sk_err *err)
{
    const struct sk_proof_statement *statement = &gains->there->policies->statements[number];
    const json_t *list = sk_element_get(statement->json, "Resource");
    size_t count = list ? sk_element_count(list) : 1;
    json_auto_t *resources = json_array();
    json_auto_t *teams = json_array();
    json_t *grant = NULL;
    for (size_t i = 0; i < count && !err->code; i++) {
        size_t resource = list ? i : SIZE_MAX;
        const struct sk_proof_question question = {.through = statement,
                                                   .through_resource = resource};
        struct sk_proof_answer answer;
        if (!ask_types(gains, position, NULL, &question, &answer, err))
            continue;
        json_auto_t *reached = sk_gains_teams(gains, statement, position, resource, err);
        merge(teams, reached);
        json_array_append_new(resources, json_integer(list ? (json_int_t)i : -1));
        if (!grant)
            grant = json_pack("{s:I, s:I, s:o, s:O}", "statement", (json_int_t)number, "action",
                              (json_int_t)position, "against", against(answer.unless_because),
                              "request", answer.request);
        sk_proof_answer_done(&answer);
    }
    if (grant) {
        json_object_set(grant, "resources", resources);
        json_object_set(grant, "teams", teams);
        json_array_append_new(gains->grants, grant);
    }
    return err->code;
}

static bool gives(const struct sk_proof_statement *statement, size_t position)
{
    return !statement->deny && statement->layer == SK_LAYER_IDENTITY &&
           (statement->actions[position / 64] >> (position % 64) & 1) != 0;
}

static int find_action(struct sk_gains *gains, size_t position, struct sk_err *err)
{
    const struct sk_proof_policies *policies = gains->there->policies;
    const struct sk_proof_question any = {.through_resource = SIZE_MAX};
    struct sk_proof_answer answer;
    size_t givers = 0;
    for (size_t i = 0; i < policies->statement_count; i++)
        givers += gives(&policies->statements[i], position);
    if (givers > 1) { /* one question that mostly says no, in place of several */
        if (!ask_types(gains, position, NULL, &any, &answer, err))
            return err->code;
        sk_proof_answer_done(&answer);
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < policies->statement_count; i++) {
        if (gives(&policies->statements[i], position))
            code = find_through(gains, i, position, err);
    }
    return code;
}

int sk_gains_find(struct sk_gains *gains, struct sk_err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && sk_catalogue_at(i); i++) {
        if (gains->actions[i / 64] >> (i % 64) & 1)
            code = find_action(gains, i, err);
    }
    return code;
}
