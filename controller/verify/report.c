/* Questions for subjects and the report, see report.h. */
#include "verify/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

static json_t *report_of(const struct sk_verification *verification)
{
    return verification->properties[verification->property];
}

static void count(json_t *report, const char *member, uint64_t more)
{
    json_int_t before = json_integer_value(json_object_get(report, member));
    json_object_set_new(report, member, json_integer(before + (json_int_t)more));
}

static const char *situation_name(enum sk_situation situation)
{
    switch (situation) {
    case SK_SITUATION_PROFILE:
        return "profile";
    case SK_SITUATION_SPACE:
        return "shared space";
    case SK_SITUATION_SIGN_IN:
        return "sign-in";
    case SK_SITUATION_ROLE:
        break;
    }
    return "role";
}

static json_t *about(const struct sk_verification *verification)
{
    const struct sk_subject *subject =
        verification->origin ? verification->origin : verification->subject;
    return json_pack("{s:s, s:s, s:s, s:I}", "principal", subject->principal->name, "situation",
                     situation_name(subject->principal->situation), "address",
                     subject->principal->role->document->address, "standsFor",
                     (json_int_t)subject->stands_for);
}

/* Takes the row. */
static void add_doubt(struct sk_verification *verification, json_t *taken, const char *why)
{
    json_auto_t *row = taken;
    json_object_set_new(row, "why", json_string(why));
    sk_auto(sk_freep) char *text = json_dumps(row, JSON_COMPACT);
    sk_auto(sk_freep) char *key = sk_xasprintf("%d %s", (int)verification->property, text);
    if (json_object_get(verification->doubts, key))
        return;
    json_object_set_new(verification->doubts, key, json_true());
    json_array_append(json_object_get(report_of(verification), "unknown"), row);
}

void sk_verification_doubt(struct sk_verification *verification, const char *why)
{
    add_doubt(verification, about(verification), why);
}

void sk_verification_doubt_place(struct sk_verification *verification, const char *place,
                                 const char *why)
{
    add_doubt(verification, json_pack("{s:s}", "principal", place), why);
}

/* The declared exception that the violation falls under: for the team, or for one of its actions.
 * Notes that it is needed. Borrowed; NULL without. */
static const json_t *exception_for(struct sk_verification *verification, const char *action)
{
    const struct sk_subject *subject =
        verification->origin ? verification->origin : verification->subject;
    const char *rule = sk_property_name(verification->property);
    size_t index;
    json_t *exception;
    json_array_foreach(verification->opts->exceptions, index, exception)
    {
        const char *wanted = sk_json_text(exception, "subject");
        sk_auto(sk_freep) char *own =
            sk_xasprintf("%s/%s", subject->team ? subject->team : "", action);
        if (!sk_text_equal(sk_json_text(exception, "rule"), rule) || !subject->team ||
            (!sk_text_equal(wanted, subject->team) && !sk_text_equal(wanted, own)))
            continue;
        json_array_set_new(verification->needed, index, json_true());
        return exception;
    }
    return NULL;
}

/* A row of the report. New. */
static json_t *violation_row(const struct sk_verification *verification,
                             const struct sk_forbidden *forbidden,
                             const struct sk_proof_answer *answer, const json_t *exception)
{
    json_t *row = about(verification);
    json_object_set_new(row, "action", json_string(forbidden->action));
    json_object_set_new(row, "what", json_string(forbidden->what));
    json_object_set_new(row, "resource",
                        json_string(sk_json_text(answer->request, "resource.arn")));
    if (exception)
        json_object_set(row, "exception", (json_t *)exception);
    if (verification->steps)
        json_object_set_new(row, "steps", json_deep_copy(verification->steps));
    json_object_set(row, "request", answer->request);
    json_object_set(row, "because", answer->because);
    return row;
}

static void note_violation(struct sk_verification *verification,
                           const struct sk_forbidden *forbidden,
                           const struct sk_proof_answer *answer)
{
    const struct sk_verify_opts *opts = verification->opts;
    json_t *report = report_of(verification);
    const json_t *exception = exception_for(verification, forbidden->action);
    count(report, exception ? "excepted" : "violated", 1);
    if (!exception && verification->steps)
        count(report, "inSteps", 1);
    /* Apart: what is excepted must not crowd out what is not. */
    size_t *shown = exception ? &verification->shown_excepted : &verification->shown;
    bool listed = (*shown)++ < SK_VERIFY_SHOWN;
    bool told = opts->on_violation && !exception;
    if (!listed && !told)
        return;
    if (forbidden->resource_policy)
        json_object_set(answer->request, "resourcePolicy", (json_t *)forbidden->resource_policy);
    json_auto_t *row = violation_row(verification, forbidden, answer, exception);
    if (told)
        opts->on_violation(sk_property_name(verification->property), row, opts->on_violation_data);
    if (listed)
        json_array_append(json_object_get(report, "violations"), row);
}

/* What a permissions boundary that was not read leaves is not known; guardrails are asked without. */
static const char *missing_boundary(const struct sk_verification *verification)
{
    return verification->property == SK_PROPERTY_GUARDRAILS
               ? NULL
               : verification->subject->principal->role->unread_boundary;
}

static void note(struct sk_verification *verification, const struct sk_forbidden *forbidden,
                 const struct sk_proof_answer *answer)
{
    const char *boundary = missing_boundary(verification);
    sk_auto(sk_freep) char *why = NULL;
    if (answer->outcome == SK_PROOF_POSSIBLE && !boundary)
        note_violation(verification, forbidden, answer);
    else if (answer->outcome == SK_PROOF_POSSIBLE)
        why = sk_xasprintf("%s is possible unless the permissions boundary %s, which was not read, "
                           "forbids it",
                           forbidden->action, boundary);
    else if (answer->outcome == SK_PROOF_UNKNOWN)
        why = sk_xasprintf("%s on %s: %s", forbidden->action, forbidden->resource, answer->unknown);
    if (why)
        sk_verification_doubt(verification, why);
}

int sk_verification_forbid_with(struct sk_verification *verification,
                                const struct sk_proof_policies *policies,
                                const struct sk_forbidden *forbidden, struct sk_err *err)
{
    const struct sk_proof_question question = {
        .base = verification->subject->base,
        .action = forbidden->action,
        .resource = forbidden->resource,
        .resource_account = forbidden->resource_account,
        .except = forbidden->except,
        .except_count = forbidden->except_count,
        .givens = forbidden->givens,
        .given_count = forbidden->given_count,
    };
    struct sk_proof_answer answer = {0};
    int code = sk_proof_ask(verification->subjects.shelf, policies, &question, &answer, err);
    count(report_of(verification), "questions", 1);
    count(report_of(verification), "classes", answer.classes);
    if (code == 0)
        note(verification, forbidden, &answer);
    sk_proof_answer_done(&answer);
    return code;
}

int sk_verification_forbid(struct sk_verification *verification,
                           const struct sk_forbidden *forbidden, struct sk_err *err)
{
    return sk_verification_forbid_with(verification, verification->subject->policies, forbidden,
                                       err);
}

int sk_verification_forbid_under(struct sk_verification *verification,
                                 struct sk_forbidden *forbidden, const json_t *resource_policy,
                                 struct sk_err *err)
{
    struct sk_proof_policies *policies = NULL;
    int code = sk_subjects_with_resource(&verification->subjects, verification->subject->policies,
                                         "resource policy", resource_policy, &policies, err);
    forbidden->resource_policy = resource_policy;
    if (code == 0)
        code = sk_verification_forbid_with(verification, policies, forbidden, err);
    sk_proof_policies_free(policies);
    return code;
}

void sk_verification_settled(struct sk_verification *verification)
{
    count(report_of(verification), "classes", 1);
}

bool sk_verification_concerns(struct sk_verification *verification, size_t position)
{
    if (sk_subject_takes(verification->subject, position))
        return true;
    sk_verification_settled(verification);
    return false;
}
