/* The closure, see closure.h. A place is a role that the subject can act as, with the tags and
 * policies that it can have there; places are found breadth first, each once. */
#include "verify/closure.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"

/* The most places that are followed for one subject. */
#define MAX_PLACES 64

struct place {
    struct sk_subject subject;          /* its `base` is owned */
    struct sk_proof_policies *policies; /* owned, NULL when borrowed */
    json_t *steps;                      /* owned: how one gets here */
    bool chosen_tags, chosen_policies;
};

struct closure {
    struct sk_verification *verification;
    const struct sk_subject *origin;
    struct place places[MAX_PLACES];
    size_t count;
};

/* ---- places ---- */

static bool is_known(const struct closure *closure, const struct place *place)
{
    for (size_t i = 0; i < closure->count; i++) {
        const struct place *known = &closure->places[i];
        if (known->subject.principal->role == place->subject.principal->role &&
            known->chosen_tags == place->chosen_tags &&
            known->chosen_policies == place->chosen_policies)
            return true;
    }
    return false;
}

static void place_done(struct place *place)
{
    json_decref(place->subject.base);
    json_decref(place->steps);
    sk_proof_policies_free(place->policies);
}

/* Takes the place. */
static void add_place(struct closure *closure, struct place *place)
{
    if (is_known(closure, place) || closure->count == MAX_PLACES) {
        if (!is_known(closure, place))
            sk_verification_doubt(closure->verification,
                                  "more roles can be reached than are followed");
        place_done(place);
        return;
    }
    closure->places[closure->count++] = *place;
}

static json_t *steps_to(const struct place *from, const struct sk_proof_answer *answer,
                        const char *what)
{
    json_t *steps = json_copy(from->steps);
    json_array_append_new(
        steps, json_pack("{s:s, s:O, s:O, s:O, s:O}", "what", what, "action",
                         json_object_get(answer->request, "action"), "resource",
                         json_object_get(json_object_get(answer->request, "resource"), "arn"),
                         "request", answer->request, "because", answer->because));
    return steps;
}

/* ---- asking whether a step can be made ---- */

struct step {
    const char *action, *resource, *what;
    const struct sk_proof_policies *policies; /* NULL: the place's */
    struct sk_proof_given givens[3];
    size_t given_count;
};

/* True when it can; then *answer is to be released. */
static bool can(struct closure *closure, const struct place *from, const struct step *step,
                struct sk_proof_answer *answer, struct sk_err *err)
{
    const struct sk_proof_question question = {
        .base = from->subject.base,
        .action = step->action,
        .resource = step->resource,
        .givens = step->givens,
        .given_count = step->given_count,
    };
    *answer = (struct sk_proof_answer){0};
    int code = sk_proof_ask(closure->verification->subjects.shelf,
                            step->policies ? step->policies : from->subject.policies, &question,
                            answer, err);
    if (code == 0 && answer->outcome == SK_PROOF_POSSIBLE)
        return true;
    sk_proof_answer_done(answer);
    return false;
}

/* ---- another team's tag ---- */

static const char team_tag[] = "Team";

/* The step chooses a team that is not the own one, for a role or a session of its. */
static void give_another_team(const struct closure *closure, struct step *step)
{
    static const char *const key = team_tag;
    const char *const *team = &closure->origin->team;
    step->givens[step->given_count++] = (struct sk_proof_given){
        .key = "aws:TagKeys", .how = SK_GIVEN_CONTAINS, .values = &key, .count = 1};
    step->givens[step->given_count++] = (struct sk_proof_given){
        .key = SK_ASK_REQUEST, .how = SK_GIVEN_OTHER, .values = team, .count = *team ? 1 : 0};
}

/* What it chose. Borrowed from the answer. */
static const char *requested_team(const struct sk_proof_answer *answer)
{
    const json_t *context = json_object_get(answer->request, "context");
    return json_string_value(json_object_get(context, SK_ASK_REQUEST));
}

static void set_team(struct place *place, const char *team)
{
    json_t *principal = json_object_get(place->subject.base, "principal");
    json_t *tags = json_copy(json_object_get(principal, "tags"));
    json_object_set_new(tags, team_tag, json_string(team));
    json_object_set_new(principal, "tags", tags);
}

/* ---- becoming another role ---- */

/* `team`: of the session, when it was given a tag; or NULL. */
static int become(struct closure *closure, const struct place *from,
                  const struct sk_access_role *role, const struct sk_proof_answer *answer,
                  const char *what, const char *team, struct sk_err *err)
{
    const struct sk_access_principal *principal =
        sk_subjects_role(&closure->verification->subjects, role)->itself;
    struct place to = {.subject = *closure->origin, .chosen_tags = team != NULL};
    if (!principal)
        return 0;
    to.subject.principal = principal;
    to.subject.own_profile = NULL;
    to.subject.own_user = NULL;
    to.subject.base = sk_subject_base(principal, NULL);
    if (team)
        set_team(&to, team);
    to.steps = steps_to(from, answer, what);
    int code =
        sk_subjects_policies(&closure->verification->subjects, role, &to.subject.policies, err);
    add_place(closure, &to);
    return code;
}

/* A session of the role with another team's tag: what the session is tagged with counts before what
 * the role is tagged with. */
static int try_tagged_session(struct closure *closure, const struct place *from,
                              const struct sk_access_role *role,
                              const struct sk_proof_policies *policies, struct sk_err *err)
{
    struct step step = {.action = "sts:TagSession", .resource = role->arn, .policies = policies};
    give_another_team(closure, &step);
    struct sk_proof_answer tagging;
    struct sk_proof_answer assuming;
    if (!role->takes_session_tags || !can(closure, from, &step, &tagging, err))
        return (int)err->code;
    int code = 0;
    sk_auto(sk_freep) char *team = sk_xstrdup(requested_team(&tagging));
    step.action = "sts:AssumeRole";
    if (can(closure, from, &step, &assuming, err)) {
        code = become(closure, from, role, &tagging, "tags its session as it assumes the role",
                      team, err);
        sk_proof_answer_done(&assuming);
    }
    sk_proof_answer_done(&tagging);
    return code < 0 ? code : (int)err->code;
}

static int try_assume(struct closure *closure, const struct place *from,
                      const struct sk_access_role *role, struct sk_err *err)
{
    struct sk_proof_policies *policies = NULL;
    int code = sk_subjects_with_trust(&closure->verification->subjects, from->subject.policies,
                                      role, &policies, err);
    const struct step step = {
        .action = "sts:AssumeRole", .resource = role->arn, .policies = policies};
    struct sk_proof_answer answer;
    if (code == 0 && role != from->subject.principal->role &&
        can(closure, from, &step, &answer, err)) {
        code = become(closure, from, role, &answer, "assumes the role", NULL, err);
        sk_proof_answer_done(&answer);
    }
    if (code == 0)
        code = try_tagged_session(closure, from, role, policies, err);
    sk_proof_policies_free(policies);
    return code < 0 ? code : (int)err->code;
}

/* Calls that make SageMaker work as a role that is passed. Source: Service Authorization Reference,
 * SageMaker, dependent action iam:PassRole. */
static const char *const working_calls[] = {
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTransformJob",
    "sagemaker:CreateCompilationJob",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:CreateInferenceRecommendationsJob",
    "sagemaker:CreateInferenceExperiment",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateDataQualityJobDefinition",
    "sagemaker:CreateModelBiasJobDefinition",
    "sagemaker:CreateModelExplainabilityJobDefinition",
    "sagemaker:CreateModelQualityJobDefinition",
    "sagemaker:CreateFeatureGroup",
    "sagemaker:CreateImage",
    "sagemaker:CreateCluster",
    "sagemaker:CreateMlflowTrackingServer",
    "sagemaker:CreatePartnerApp",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePipeline",
    "sagemaker:CreateModel",
    "sagemaker:CreatePipeline",
    "sagemaker:StartPipelineExecution",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateLabelingJob",
    "sagemaker:CreateUserProfile",
    "sagemaker:UpdateUserProfile",
    "sagemaker:UpdateDomain",
    "sagemaker:CreateDomain",
    "sagemaker:CreateFlowDefinition",
};

static bool can_put_to_work(struct closure *closure, const struct place *from, struct sk_err *err)
{
    for (size_t i = 0; i < SK_COUNT(working_calls); i++) {
        const struct step step = {.action = working_calls[i], .resource = "**"};
        struct sk_proof_answer answer;
        if (can(closure, from, &step, &answer, err)) {
            sk_proof_answer_done(&answer);
            return true;
        }
    }
    return false;
}

static int try_pass(struct closure *closure, const struct place *from,
                    const struct sk_access_role *role, struct sk_err *err)
{
    static const char *const service = "sagemaker.amazonaws.com";
    const struct step step = {
        .action = "iam:PassRole",
        .resource = role->arn,
        .givens = {{.key = "iam:PassedToService",
                    .how = SK_GIVEN_VALUES,
                    .values = &service,
                    .count = 1}},
        .given_count = 1,
    };
    struct sk_proof_answer answer;
    size_t position = sk_ask_position(step.action);
    if (!sk_proof_may_grant(from->subject.policies, from->subject.base, position, position + 1,
                            step.resource) ||
        !can(closure, from, &step, &answer, err))
        return (int)err->code;
    int code = 0;
    if (can_put_to_work(closure, from, err))
        code = become(closure, from, role, &answer, "passes the role to a job", NULL, err);
    sk_proof_answer_done(&answer);
    return code;
}

static bool takes(const struct place *place, const char *action)
{
    return sk_subject_takes(&place->subject, sk_ask_position(action));
}

static int follow_roles(struct closure *closure, const struct place *from, struct sk_err *err)
{
    const struct sk_access_state *state = closure->verification->subjects.state;
    bool passes = takes(from, "iam:PassRole");
    int code = 0;
    for (size_t i = 0; code == 0 && i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        const struct sk_subject_role *about =
            sk_subjects_role(&closure->verification->subjects, role);
        if (about->trusts_principals)
            code = try_assume(closure, from, role, err);
        if (code == 0 && passes && role != from->subject.principal->role && about->trusts_sagemaker)
            code = try_pass(closure, from, role, err);
    }
    return code;
}

/* ---- giving oneself tags or policies ---- */

static int try_tags(struct closure *closure, const struct place *from, struct sk_err *err)
{
    struct step step = {.action = "iam:TagRole", .resource = from->subject.principal->role->arn};
    struct sk_proof_answer answer;
    give_another_team(closure, &step);
    if (from->chosen_tags || !takes(from, step.action) || !can(closure, from, &step, &answer, err))
        return (int)err->code;
    struct place to = {.subject = from->subject,
                       .chosen_tags = true,
                       .chosen_policies = from->chosen_policies,
                       .steps = steps_to(from, &answer, "tags its own role")};
    to.subject.base = json_deep_copy(from->subject.base);
    set_team(&to, requested_team(&answer));
    add_place(closure, &to);
    sk_proof_answer_done(&answer);
    return 0;
}

/* What the role may do once somebody writes its policies: everything that boundary and guardrails
 * leave. */
static int empower(struct closure *closure, struct place *to, struct sk_err *err)
{
    size_t count;
    struct sk_proof_document *documents =
        sk_subject_documents(to->subject.principal->role, 1, &count);
    json_auto_t *all =
        json_pack("{s:s, s:[{s:s, s:s, s:s, s:s}]}", "Version", "2012-10-17", "Statement", "Sid",
                  "GivenToItself", "Effect", "Allow", "Action", "*", "Resource", "*");
    documents[count++] =
        (struct sk_proof_document){SK_LAYER_IDENTITY, 0, "a policy that it gave itself", all};
    int code = sk_proof_policies_new(closure->verification->subjects.shelf, documents, count,
                                     &to->policies, err);
    to->subject.policies = to->policies;
    free(documents);
    return code;
}

static const char *const empowering_calls[] = {"iam:PutRolePolicy", "iam:AttachRolePolicy"};

static int try_policies(struct closure *closure, const struct place *from, struct sk_err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && !from->chosen_policies && i < SK_COUNT(empowering_calls); i++) {
        const struct step step = {.action = empowering_calls[i],
                                  .resource = from->subject.principal->role->arn};
        struct sk_proof_answer answer;
        if (!takes(from, step.action) || !can(closure, from, &step, &answer, err))
            continue;
        struct place to = {.subject = from->subject,
                           .chosen_tags = from->chosen_tags,
                           .chosen_policies = true,
                           .steps = steps_to(from, &answer, "gives its own role a policy")};
        to.subject.base = json_incref(from->subject.base);
        sk_proof_answer_done(&answer);
        code = empower(closure, &to, err);
        add_place(closure, &to);
    }
    return code < 0 ? code : (int)err->code;
}

/* ---- making things look like one's own ---- */

/* Asks about resources of other teams that can be given the own team's tag: whatever may be done to
 * one's own may be done to them. */
static int retag_type(struct closure *closure, const struct place *from, size_t number,
                      sk_ask_all_fn ask_all, struct sk_err *err)
{
    struct sk_verification *verification = closure->verification;
    const struct sk_catalogue_action *tagging =
        sk_catalogue_at(sk_ask_position("sagemaker:AddTags"));
    sk_auto(sk_freep) char *resource =
        sk_ask_resource(verification, sk_catalogue_resource_arn(tagging, number));
    const char *const *team = &closure->origin->team;
    const struct step step = {
        .action = "sagemaker:AddTags",
        .resource = resource,
        .givens = {{.key = SK_ASK_REQUEST, .how = SK_GIVEN_VALUES, .values = team, .count = 1},
                   {.key = SK_ASK_TEAM, .how = SK_GIVEN_NOT, .values = team, .count = 1},
                   {.key = "sagemaker:TaggingAction", .how = SK_GIVEN_ABSENT}},
        .given_count = 3,
    };
    struct sk_proof_answer answer;
    if (!can(closure, from, &step, &answer, err))
        return (int)err->code;
    json_auto_t *steps = steps_to(from, &answer, "gives it the own team's tag");
    sk_proof_answer_done(&answer);
    verification->subject = &from->subject;
    verification->steps = steps;
    verification->retagged = sk_catalogue_resource_type(tagging, number);
    int code = ask_all(verification, err);
    verification->retagged = NULL;
    verification->steps = NULL;
    return code;
}

static int follow_retagging(struct closure *closure, const struct place *from,
                            sk_ask_all_fn ask_all, struct sk_err *err)
{
    size_t position = sk_ask_position("sagemaker:AddTags");
    const struct sk_catalogue_action *tagging = sk_catalogue_at(position);
    int code = 0;
    if (!closure->origin->team || !sk_subject_takes(&from->subject, position))
        return 0;
    for (size_t i = 0; code == 0 && i < sk_catalogue_resource_types(tagging); i++)
        code = retag_type(closure, from, i, ask_all, err);
    return code;
}

/* ---- the walk ---- */

static int follow(struct closure *closure, size_t number, sk_ask_all_fn ask_all, struct sk_err *err)
{
    struct sk_verification *verification = closure->verification;
    const struct place *place = &closure->places[number];
    int code = 0;
    if (number > 0) { /* the origin itself was asked about */
        verification->subject = &place->subject;
        verification->steps = place->steps;
        code = ask_all(verification, err);
        verification->steps = NULL;
    }
    verification->subject = &place->subject;
    if (code == 0)
        code = follow_roles(closure, place, err);
    if (code == 0)
        code = try_tags(closure, place, err);
    if (code == 0)
        code = try_policies(closure, place, err);
    if (code == 0)
        code = follow_retagging(closure, place, ask_all, err);
    return code;
}

int sk_verify_closure(struct sk_verification *verification, sk_ask_all_fn ask_all,
                      struct sk_err *err)
{
    struct closure *closure = sk_xcalloc(1, sizeof(*closure));
    *closure = (struct closure){.verification = verification, .origin = verification->subject};
    struct place start = {.subject = *verification->subject, .steps = json_array()};
    start.subject.base = json_incref(verification->subject->base);
    add_place(closure, &start);
    verification->origin = closure->origin;
    int code = 0;
    for (size_t i = 0; code == 0 && i < closure->count; i++)
        code = follow(closure, i, ask_all, err);
    verification->subject = closure->origin;
    verification->origin = NULL;
    for (size_t i = 0; i < closure->count; i++)
        place_done(&closure->places[i]);
    free(closure);
    return code;
}
