/* Properties 3, 4 and 9: artefacts, the tags that say whose they are, and how Studio is set up. */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
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

/* "CreateTrial" makes an "experiment-trial", "CreateAutoMLJobV2" an "automl-job": whether the type
 * is what the action creates, rather than something it hangs on. */
static bool is_created_type(const char *name, const char *type)
{
    static const char create[] = "sagemaker:Create";
    char noun[128];
    char made[128];
    if (!sk_text_starts_with(name, create))
        return false;
    size_t noun_length = letters_of(name + sizeof(create) - 1, noun, sizeof(noun));
    size_t made_length = letters_of(type, made, sizeof(made));
    return noun_length >= made_length ? sk_text_starts_with(noun, made)
                                      : strcmp(made + made_length - noun_length, noun) == 0;
}

/* Whether what the action touches belongs to a team by its tag; the others have properties of their
 * own. */
static bool is_about_artefacts(const struct sk_catalogue_action *action)
{
    const char *name = sk_catalogue_name(action);
    return sk_text_starts_with(name, "sagemaker:") && !is_configuration(action) &&
           !sk_ask_is_app_or_space(name) && !sk_ask_is_session(name);
}

bool sk_ask_changes_artefact(const struct sk_catalogue_action *action, const char *type)
{
    return is_about_artefacts(action) && !is_created_type(sk_catalogue_name(action), type);
}

static int visit_write(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *name = sk_catalogue_name(action);
    int code = 0;
    if (sk_catalogue_access(action) == SK_ACCESS_TAGGING || !is_about_artefacts(action))
        return 0;
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; code == 0 && i < (types > 0 ? types : 1); i++) {
        const char *type = types > 0 ? sk_catalogue_resource_type(action, i) : NULL;
        bool created = type && is_created_type(name, type);
        struct sk_forbidden forbidden = {
            .what = created ? "creates what does not carry its team's tag"
                            : "changes what does not carry its team's tag",
        };
        sk_ask_give_foreign_team(verification, &forbidden, created ? SK_ASK_REQUEST : SK_ASK_TEAM);
        if (created)
            sk_ask_give(&forbidden, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
        code = sk_ask_forbid_on(verification, position, type, &forbidden, err);
    }
    return code;
}

int sk_verify_writes(struct sk_verification *verification, struct sk_err *err)
{
    return sk_ask_each_write(verification, "sagemaker", visit_write, err);
}

/* ---- 4: tags ---- */

/* In the cases that condition keys mix up. */
static const char *const protected_tags[] = {
    "Team",    "team",    "studiouserid",     "Studiouserid",       "StudioUserId",
    "Project", "project", "sagekeeper:owner", "sagekeeper:address",
};

static int visit_tagging(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    struct sk_forbidden forbidden = {.what = "sets or removes a tag that says whose something is"};
    if (sk_catalogue_access(action) != SK_ACCESS_TAGGING)
        return 0;
    sk_ask_give(&forbidden, "aws:TagKeys", SK_GIVEN_CONTAINS, protected_tags,
                SK_COUNT(protected_tags));
    if (sk_catalogue_has_key(action, "sagemaker:TaggingAction"))
        sk_ask_give(&forbidden, "sagemaker:TaggingAction", SK_GIVEN_ABSENT, NULL, 0);
    return sk_ask_forbid_on(verification, position, NULL, &forbidden, err);
}

/* What is created may carry the own team's tag, and none of the tags that say who may sign in or
 * that it is ours. */
static int visit_creation(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    static const char *const never[] = {"studiouserid",     "Studiouserid",       "StudioUserId",
                                        "sagekeeper:owner", "sagekeeper:address", "team"};
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *name = sk_catalogue_name(action);
    int code = 0;
    if (!sk_text_starts_with(name, "sagemaker:Create") ||
        !sk_catalogue_has_key(action, "aws:TagKeys") || sk_ask_is_app_or_space(name) ||
        is_configuration(action))
        return 0;
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; code == 0 && i < types; i++) {
        const char *type = sk_catalogue_resource_type(action, i);
        if (!is_created_type(name, type))
            continue;
        struct sk_forbidden other = {.what = "creates something with another team's tag"};
        struct sk_forbidden secret = {
            .what = "creates something with a tag that says who may sign in or whose it is"};
        sk_ask_give(&other, SK_ASK_REQUEST, SK_GIVEN_OTHER, &verification->subject->team,
                    verification->subject->team ? 1 : 0);
        sk_ask_give(&other, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
        sk_ask_give(&secret, "aws:TagKeys", SK_GIVEN_CONTAINS, never, SK_COUNT(never));
        sk_ask_give(&secret, SK_ASK_TEAM, SK_GIVEN_ABSENT, NULL, 0);
        code = sk_ask_forbid_on(verification, position, type, &other, err);
        if (code == 0)
            code = sk_ask_forbid_on(verification, position, type, &secret, err);
    }
    return code;
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
