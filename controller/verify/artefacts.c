/* Properties 3, 4 and 9: artefacts, the tags that say whose they are, and how Studio is set up. */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "verify/ask.h"

/* ---- 9: configuration ---- */

static const char *const configuration_types[] = {
    "domain",
    "user-profile",
    "studio-lifecycle-config",
    "image",
    "image-version",
    "app-image-config",
    "notebook-instance-lifecycle-config",
};
static const char *const configuration_actions[] = {
    "sagemaker:EnableSagemakerServicecatalogPortfolio",
    "sagemaker:DisableSagemakerServicecatalogPortfolio",
};
static bool is_configuration(const struct sk_catalogue_action *action)
{
    const char *name = sk_catalogue_name(action);
    if (sk_ask_is_in(configuration_actions, SK_COUNT(configuration_actions), name))
        return true;
    for (size_t i = 0; i < sk_catalogue_resource_types(action); i++) {
        if (sk_ask_is_in(configuration_types, SK_COUNT(configuration_types),
                         sk_catalogue_resource_type(action, i)))
            return true;
    }
    return false;
}

static int visit_configuration(struct sk_verification *verification, size_t position,
                               struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    struct sk_forbidden forbidden = {.what = "changes how Studio is set up"};
    if (sk_catalogue_access(action) == SK_ACCESS_TAGGING || !is_configuration(action) ||
        sk_ask_is_session(sk_catalogue_name(action)))
        return 0;
    return sk_ask_forbid_on(verification, position, NULL, &forbidden, err);
}

int sk_verify_configuration(struct sk_verification *verification, struct sk_err *err)
{
    return sk_ask_each_write(verification, "sagemaker", visit_configuration, err);
}

/* ---- 3: writes ---- */

static size_t letters_of(const char *text, char *out, size_t size)
{
    size_t count = 0;
    for (; *text && count + 1 < size; text++) {
        if (isalnum((unsigned char)*text))
            out[count++] = (char)tolower((unsigned char)*text);
    }
    out[count] = '\0';
    return count;
}

/* "CreateTrial" makes an "experiment-trial", "CreateAutoMLJobV2" an "automl-job": whether the name may
 * mean that the action creates the type, rather than something that hangs on it. */
static bool may_create(const char *name, const char *type)
{
    char noun[128];
    char made[128];
    size_t noun_length = letters_of(name, noun, sizeof(noun));
    size_t made_length = letters_of(type, made, sizeof(made));
    return noun_length >= made_length ? sk_text_starts_with(noun, made)
                                      : strcmp(made + made_length - noun_length, noun) == 0;
}

/* The type that the action creates with tags of the request; NULL when it creates none. Of several
 * ("CreateClusterSchedulerConfig" on a cluster) it is the one that says most. */
static const char *created_type(const struct sk_catalogue_action *action)
{
    static const char create[] = "sagemaker:Create";
    const char *name = sk_catalogue_name(action);
    const char *best = NULL;
    if (!sk_text_starts_with(name, create) || !sk_catalogue_has_key(action, "aws:TagKeys"))
        return NULL;
    for (size_t i = 0; i < sk_catalogue_resource_types(action); i++) {
        const char *type = sk_catalogue_resource_type(action, i);
        if (may_create(name + sizeof(create) - 1, type) && (!best || strlen(type) > strlen(best)))
            best = type;
    }
    return best;
}

static int forbid_foreign_team(struct sk_verification *verification, size_t position,
                               const char *type, bool created, struct sk_err *err)
{
    struct sk_forbidden forbidden = {
        .what = created ? "creates what does not carry its team's tag"
                        : "changes what does not carry its team's tag",
    };
    sk_ask_give_foreign_team(verification, &forbidden, created ? SK_ASK_REQUEST : SK_ASK_TEAM);
    if (created)
        sk_ask_give(&forbidden, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
    return sk_ask_forbid_on(verification, position, type, &forbidden, err);
}

/* Whether a statement compares something with the principal's own project. */
static bool compares_projects(const struct sk_proof_statement *statement)
{
    for (size_t i = 0; i < statement->condition_count; i++) {
        const json_t *values = statement->conditions[i].values;
        for (size_t j = 0; j < sk_element_count(values); j++) {
            const char *value = json_string_value(sk_element_at(values, j));
            if (value && strcasestr(value, "${aws:PrincipalTag/Project}"))
                return true;
        }
    }
    return false;
}

/* The project that the team's own artefacts are narrowed to; NULL where no policy speaks of it: the
 * tag may be there for the bill only. Borrowed. */
static const char *own_project(const struct sk_subject *subject)
{
    const char *project = sk_json_text(subject->principal->role->tags, "Project");
    for (size_t i = 0; project && i < subject->policies->statement_count; i++) {
        if (compares_projects(&subject->policies->statements[i]))
            return project;
    }
    return NULL;
}

/* Within the own team. */
static int forbid_foreign_project(struct sk_verification *verification, size_t position,
                                  const char *type, bool created, struct sk_err *err)
{
    const char *project = own_project(verification->subject);
    struct sk_forbidden forbidden = {
        .what = created ? "creates what carries another project's tag"
                        : "changes what does not carry its project's tag",
    };
    if (!project)
        return 0;
    if (created) /* untagged it is nobody's, within the team */
        sk_ask_give(&forbidden, "aws:RequestTag/Project", SK_GIVEN_OTHER, &project, 1);
    else
        sk_ask_give(&forbidden, "aws:ResourceTag/Project", SK_GIVEN_NOT, &project, 1);
    if (created)
        sk_ask_give(&forbidden, "aws:ResourceTag/Project", SK_GIVEN_ABSENT, NULL, 0);
    return sk_ask_forbid_on(verification, position, type, &forbidden, err);
}

/* Whether what the action touches belongs to a team by its tag; the others have properties of their
 * own. */
static bool is_about_artefacts(const struct sk_catalogue_action *action)
{
    const char *name = sk_catalogue_name(action);
    return sk_text_starts_with(name, "sagemaker") && !is_configuration(action) &&
           !sk_ask_is_app_or_space(name) && !sk_ask_is_session(name);
}

bool sk_ask_changes_artefact(const struct sk_catalogue_action *action, const char *type)
{
    return is_about_artefacts(action) && !sk_text_equal(created_type(action), type);
}

static int visit_write(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *creates = created_type(action);
    int code = 0;
    if (sk_catalogue_access(action) == SK_ACCESS_TAGGING || !is_about_artefacts(action))
        return 0;
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; code == 0 && i < (types > 0 ? types : 1); i++) {
        const char *type = types > 0 ? sk_catalogue_resource_type(action, i) : NULL;
        bool created = type && sk_text_equal(type, creates);
        code = forbid_foreign_team(verification, position, type, created, err);
        if (code == 0)
            code = forbid_foreign_project(verification, position, type, created, err);
    }
    return code;
}

int sk_verify_writes(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const services[] = {"sagemaker", "sagemaker-mlflow", "sagemaker-geospatial",
                                           "sagemaker-data-science-assistant"};
    int code = 0;
    for (size_t i = 0; code == 0 && i < SK_COUNT(services); i++)
        code = sk_ask_each_write(verification, services[i], visit_write, err);
    return code;
}

/* ---- 4: tags ---- */

/* Asked one by one, which keeps the lists of tag keys short. */
static const char *const protected_tags[] = {"Team", "studiouserid", "Project", "sagekeeper:owner",
                                             "sagekeeper:address"};

static int visit_tagging(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    int code = 0;
    if (sk_catalogue_access(action) != SK_ACCESS_TAGGING)
        return 0;
    for (size_t i = 0; code == 0 && i < SK_COUNT(protected_tags); i++) {
        struct sk_forbidden forbidden = {.what =
                                             "sets or removes a tag that says whose something is"};
        sk_ask_give_tag(&forbidden, &protected_tags[i]);
        if (sk_catalogue_has_key(action, "sagemaker:TaggingAction"))
            sk_ask_give(&forbidden, "sagemaker:TaggingAction", SK_GIVEN_ABSENT, NULL, 0);
        code = sk_ask_forbid_on(verification, position, NULL, &forbidden, err);
    }
    return code;
}

/* What is created may carry the own team's tag, and none of the tags that say who may sign in or
 * that it is ours. */
static int forbid_secret_tags(struct sk_verification *verification, size_t position,
                              const char *type, struct sk_err *err)
{
    static const char *const names[] = {"studiouserid", "sagekeeper:owner", "sagekeeper:address"};
    static const char *const spellings[] = {"team", "TEAM"}; /* beside Team: which would count? */
    int code = 0;
    for (size_t i = 0; code == 0 && i < 1 + SK_COUNT(names); i++) {
        struct sk_forbidden forbidden = {
            .what = "creates something with a tag that says who may sign in or whose it is"};
        if (i < SK_COUNT(names))
            sk_ask_give_tag(&forbidden, &names[i]);
        else
            sk_ask_give(&forbidden, "aws:TagKeys", SK_GIVEN_CONTAINS, spellings,
                        SK_COUNT(spellings));
        sk_ask_give(&forbidden, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
        code = sk_ask_forbid_on(verification, position, type, &forbidden, err);
    }
    return code;
}

static int visit_creation(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *type = created_type(action);
    const char *const *team = &verification->subject->team;
    if (!type || sk_ask_is_app_or_space(sk_catalogue_name(action)) || is_configuration(action))
        return 0;
    struct sk_forbidden other = {.what = "creates something with another team's tag"};
    sk_ask_give(&other, SK_ASK_REQUEST, SK_GIVEN_OTHER, team, *team ? 1 : 0);
    sk_ask_give(&other, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
    int code = sk_ask_forbid_on(verification, position, type, &other, err);
    return code < 0 ? code : forbid_secret_tags(verification, position, type, err);
}

int sk_verify_tags(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const services[] = {"sagemaker", "iam", "tag", "resource-groups"};
    int code = 0;
    for (size_t i = 0; code == 0 && i < SK_COUNT(services); i++)
        code = sk_ask_each_write(verification, services[i], visit_tagging, err);
    if (code == 0)
        code = sk_ask_each_write(verification, "sagemaker", visit_creation, err);
    return code;
}
