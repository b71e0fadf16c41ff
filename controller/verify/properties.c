/* The table of properties and the run over all subjects, see verify.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "verify/closure.h"

struct property {
    const char *name, *sentence;
    sk_property_fn verify; /* NULL: nothing asks yet */
};

static const struct property properties[SK_PROPERTY_COUNT] = {
    [SK_PROPERTY_SESSIONS] = {"own-sessions",
                              "a Studio session is opened only for one's own profile, in one's own "
                              "or the team's shared spaces, and for the team's own servers",
                              sk_verify_sessions},
    [SK_PROPERTY_APPS] = {"own-apps",
                          "apps and spaces are touched only where they are one's own or the team's "
                          "shared ones",
                          sk_verify_apps},
    [SK_PROPERTY_WRITES] = {"own-artefacts",
                            "only what carries the own team's tag is changed or created",
                            sk_verify_writes},
    [SK_PROPERTY_TAGS] = {"protected-tags",
                          "the tags that say whose something is are not set, changed or removed",
                          sk_verify_tags},
    [SK_PROPERTY_PASS_ROLE] = {"own-roles-passed",
                               "only the own team's declared roles are passed, only to SageMaker",
                               sk_verify_pass_role},
    [SK_PROPERTY_ASSUME_ROLE] = {"no-foreign-roles", "roles of other teams are not assumed",
                                 sk_verify_assume_role},
    [SK_PROPERTY_ADMINISTRATION] = {"no-administration",
                                    "nothing is written in IAM, Organizations, Identity Center or "
                                    "key policies",
                                    sk_verify_administration},
    [SK_PROPERTY_DATA] = {"own-data", "data declared by other teams is out of reach",
                          sk_verify_data},
    [SK_PROPERTY_CONFIGURATION] = {"no-configuration",
                                   "domains, profiles, lifecycle and image configuration are not "
                                   "changed from Studio",
                                   sk_verify_configuration},
    [SK_PROPERTY_GUARDRAILS] = {"guardrails-hold",
                                "each active guardrail denies what it says for every principal in "
                                "its scope",
                                sk_verify_guardrails},
};

const char *sk_property_name(enum sk_property property)
{
    return property > 0 && property < SK_PROPERTY_COUNT ? properties[property].name : NULL;
}

const char *sk_property_sentence(enum sk_property property)
{
    return property > 0 && property < SK_PROPERTY_COUNT ? properties[property].sentence : NULL;
}

/* Policies that could not be read may allow, or deny, anything. */
static void doubt_unread(struct sk_verification *verification)
{
    const struct sk_access_role *role = verification->subject->principal->role;
    size_t index;
    json_t *arn;
    json_array_foreach(role->unread, index, arn)
    {
        sk_auto(sk_freep) char *why =
            sk_xasprintf("%s is attached and was not read", json_string_value(arn));
        sk_verification_doubt(verification, why);
    }
}

static void count_subject(json_t *report)
{
    json_int_t before = json_integer_value(json_object_get(report, "subjects"));
    json_object_set_new(report, "subjects", json_integer(before + 1));
}

static json_int_t violations(const struct sk_verification *verification, int property)
{
    return json_integer_value(json_object_get(verification->properties[property], "violated"));
}

/* All properties; in a place that was reached in steps only those that are not violated without
 * them. */
static int ask_all(struct sk_verification *verification, struct sk_err *err)
{
    int code = 0;
    for (int i = 1; code == 0 && i < SK_PROPERTY_COUNT; i++) {
        bool known = verification->origin && verification->violated_at_once[i];
        if (!properties[i].verify || known)
            continue;
        verification->property = (enum sk_property)i;
        verification->shown = 0;
        verification->shown_excepted = 0;
        json_int_t before = violations(verification, i);
        code = properties[i].verify(verification, err);
        if (i != SK_PROPERTY_GUARDRAILS) /* asked without the role's policies */
            doubt_unread(verification);
        if (!verification->origin)
            verification->violated_at_once[i] = violations(verification, i) > before;
    }
    return code;
}

static int verify_subject(struct sk_verification *verification, struct sk_err *err)
{
    for (int i = 1; i < SK_PROPERTY_COUNT; i++) {
        if (properties[i].verify)
            count_subject(verification->properties[i]);
    }
    int code = ask_all(verification, err);
    return code < 0 ? code : sk_verify_closure(verification, ask_all, err);
}

/* Who is not among the principals may do anything. Guardrails are asked of the documents. */
static void doubt_what_is_missing(struct sk_verification *verification)
{
    size_t index;
    json_t *text;
    for (int i = 1; i < SK_PROPERTY_COUNT; i++) {
        if (i == SK_PROPERTY_GUARDRAILS)
            continue;
        verification->property = (enum sk_property)i;
        json_array_foreach(verification->opts->state->unplaced, index, text)
            sk_verification_doubt_place(verification, json_string_value(text),
                                        "the role it works as is not known");
        json_array_foreach(verification->opts->unread, index, text)
            sk_verification_doubt_place(verification, "what was not read", json_string_value(text));
    }
}

static json_t *new_report(enum sk_property property)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:[], s:[]}", "number",
                     (int)property, "name", sk_property_name(property), "sentence",
                     sk_property_sentence(property), "outcome", "", "subjects", 0, "questions", 0,
                     "classes", 0, "violated", 0, "inSteps", 0, "excepted", 0, "violations",
                     "unknown");
}

static const char *outcome_of(const json_t *report)
{
    if (json_integer_value(json_object_get(report, "violated")) > 0)
        return "violated";
    if (json_array_size(json_object_get(report, "unknown")) > 0)
        return "unknown";
    if (json_integer_value(json_object_get(report, "excepted")) > 0)
        return "relaxed";
    return json_integer_value(json_object_get(report, "classes")) > 0 ? "proved"
                                                                      : "without subject";
}

/* Exceptions from properties that nothing falls under. New. */
static json_t *unneeded(const struct sk_verification *verification)
{
    json_t *list = json_array();
    size_t index;
    json_t *exception;
    json_array_foreach(verification->opts->exceptions, index, exception)
    {
        bool ours = false;
        for (int i = 1; i < SK_PROPERTY_COUNT; i++)
            ours |= sk_text_equal(sk_json_text(exception, "rule"), properties[i].name);
        if (ours && !json_is_true(json_array_get(verification->needed, index)))
            json_array_append(list, exception);
    }
    return list;
}

static json_t *whole_report(const struct sk_verification *verification)
{
    json_t *list = json_array();
    json_int_t classes = 0;
    json_int_t principals = 0;
    for (int i = 1; i < SK_PROPERTY_COUNT; i++) {
        json_t *report = verification->properties[i];
        json_object_set_new(report, "outcome", json_string(outcome_of(report)));
        classes += json_integer_value(json_object_get(report, "classes"));
        json_array_append(list, report);
    }
    for (size_t i = 0; i < verification->subjects.count; i++)
        principals += (json_int_t)verification->subjects.items[i].stands_for;
    return json_pack("{s:o, s:o, s:I, s:I, s:I}", "properties", list, "unneededExceptions",
                     unneeded(verification), "subjects", (json_int_t)verification->subjects.count,
                     "principals", principals, "classes", classes);
}

json_t *sk_verify(const struct sk_verify_opts *opts, struct sk_err *err)
{
    struct sk_verification verification = {.opts = opts};
    verification.needed = json_array();
    verification.doubts = json_object();
    for (size_t i = 0; i < json_array_size(opts->exceptions); i++)
        json_array_append_new(verification.needed, json_false());
    verification.guarded =
        sk_xcalloc(json_array_size(opts->guardrails) / 64 + 1, sizeof(verification.guarded[0]));
    for (int i = 1; i < SK_PROPERTY_COUNT; i++)
        verification.properties[i] = new_report((enum sk_property)i);
    int code = sk_subjects_make(opts->state, &verification.subjects, err);
    if (code == 0)
        code = sk_subjects_add_users(&verification.subjects, opts->sign_ins, err);
    if (code == 0)
        doubt_what_is_missing(&verification);
    for (size_t i = 0; code == 0 && i < verification.subjects.count; i++) {
        verification.subject = &verification.subjects.items[i];
        code = verify_subject(&verification, err);
    }
    json_t *report = code == 0 ? whole_report(&verification) : NULL;
    for (int i = 1; i < SK_PROPERTY_COUNT; i++)
        json_decref(verification.properties[i]);
    free(verification.guarded);
    json_decref(verification.needed);
    json_decref(verification.doubts);
    sk_subjects_done(&verification.subjects);
    return report;
}
