/* The properties, see verify.h. Each is a function that goes through the actions it is about and
 * forbids what must not be possible; report.c asks. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/glob.h"
#include "proof/provenance.h"
#include "verify/report.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

typedef int (*property_fn)(struct sk_verification *verification, struct sk_err *err);

/* ---- actions and resources ---- */

static bool is_in(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

static size_t position_of(const char *name)
{
    size_t first = 0;
    size_t past = 0;
    if (!sk_catalogue_range(name, strcspn(name, ":"), &first, &past))
        return SIZE_MAX;
    for (size_t i = first; i < past; i++) {
        if (strcmp(sk_catalogue_name(sk_catalogue_at(i)), name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The ARNs of a resource type in the subject's account, as questions take them. Owned by the
 * caller. `pattern`: "arn:*:sagemaker:*:*:app/…". */
static char *resource_of(const struct sk_verification *verification, const char *pattern)
{
    const struct sk_account *account = verification->subject->principal->role->account;
    struct sk_buffer out = {0};
    int part = 0;
    size_t length = strlen(pattern);
    bool names = strstr(pattern, ":sagemaker:") != NULL;
    if (strcmp(pattern, "*") == 0)
        return sk_xstrdup("*");
    for (size_t i = 0; i < length; i++) {
        part += pattern[i] == ':' && part < 5;
        if (pattern[i] != '*')
            sk_buffer_addc(&out, pattern[i]);
        else if (part == 1)
            sk_buffer_adds(&out, account->partition);
        else if (part == 4)
            sk_buffer_adds(&out, account->id);
        else
            sk_buffer_adds(&out, part == 5 && !names && i + 1 == length ? "**" : "*");
    }
    return sk_buffer_take(&out);
}

static void give(struct sk_forbidden *forbidden, const char *key, enum sk_given how,
                 const char *const *values, size_t count)
{
    forbidden->givens[forbidden->given_count++] =
        (struct sk_proof_given){.key = key, .how = how, .values = values, .count = count};
}

/* Forbids the action on all resource types, or on one ("app"). */
static int forbid_on(struct sk_verification *verification, size_t position, const char *type,
                     struct sk_forbidden *forbidden, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    size_t types = sk_catalogue_resource_types(action);
    forbidden->action = sk_catalogue_name(action);
    int code = 0;
    for (size_t i = 0; code == 0 && i < (types > 0 ? types : 1); i++) {
        if (type && (types == 0 || strcmp(sk_catalogue_resource_type(action, i), type) != 0))
            continue;
        sk_auto(sk_freep) char *resource =
            resource_of(verification, types > 0 ? sk_catalogue_resource_arn(action, i) : "*");
        forbidden->resource = resource;
        code = sk_verification_forbid(verification, forbidden, err);
    }
    return code;
}

static int forbid_named(struct sk_verification *verification, const char *action, const char *type,
                        struct sk_forbidden *forbidden, struct sk_err *err)
{
    size_t position = position_of(action);
    if (position == SIZE_MAX || !sk_verification_concerns(verification, position))
        return 0;
    return forbid_on(verification, position, type, forbidden, err);
}

/* ---- whose a resource is ---- */

static const char team_tag[] = "aws:ResourceTag/Team";
static const char team_request[] = "aws:RequestTag/Team";
static const char owner_key[] = "sagemaker:OwnerUserProfileArn";

/* Not the own team's: another's, or nobody's. */
static void give_foreign_team(const struct sk_subject *subject, struct sk_forbidden *forbidden,
                              const char *key)
{
    give(forbidden, key, SK_GIVEN_NOT, &subject->team, subject->team ? 1 : 0);
}

static void give_foreign_owner(const struct sk_subject *subject, struct sk_forbidden *forbidden,
                               enum sk_given how)
{
    const char *const *own = (const char *const *)&subject->own_profile;
    give(forbidden, owner_key, how, own, subject->own_profile ? 1 : 0);
    forbidden->givens[forbidden->given_count - 1].globs = true;
}

/* ---- 1: sessions ---- */

static int open_profiles(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const key = "aws:ResourceTag/studiouserid";
    const struct sk_subject *subject = verification->subject;
    struct sk_forbidden forbidden = {.what = "opens a profile that is not its own"};
    if (subject->own_user)
        give(&forbidden, key, SK_GIVEN_NOT, (const char *const *)&subject->own_user, 1);
    if (subject->own_profile) {
        forbidden.except = (const char *const *)&subject->own_profile;
        forbidden.except_count = 1;
    }
    return forbid_named(verification, "sagemaker:CreatePresignedDomainUrl", NULL, &forbidden, err);
}

/* ARN patterns of the shared spaces that the subject's team declared, and of apps in them. */
static char **shared_spaces(const struct sk_verification *verification, size_t *count)
{
    const struct sk_subject *subject = verification->subject;
    const struct sk_access_state *state = verification->subjects.state;
    const struct sk_documents *documents = state->opts.documents;
    char **patterns = NULL;
    *count = 0;
    for (size_t i = 0; subject->team && i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        const char *sharing = sk_json_text(document->body, "SpaceSharingSettings.SharingType");
        const char *team = sk_json_tag(json_object_get(document->body, "Tags"), "Team");
        const struct sk_document *domain =
            sk_text_equal(sharing, "Shared") ? sk_access_domain_of(state, document) : NULL;
        if (!domain || !sk_text_equal(team, subject->team))
            continue;
        sk_auto(sk_freep) char *id = sk_access_domain_id(domain);
        const char *name = strrchr(document->address, '/') + 1;
        const char *account = subject->principal->role->account->id;
        patterns = sk_xrealloc(patterns, *count + 2, sizeof(patterns[0]));
        patterns[(*count)++] = sk_xasprintf("arn:*:sagemaker:*:%s:space/%s/%s", account, id, name);
        patterns[(*count)++] = sk_xasprintf("arn:*:sagemaker:*:%s:app/%s/%s/*", account, id, name);
    }
    return patterns;
}

static void free_list(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static int open_spaces(struct sk_verification *verification, struct sk_err *err)
{
    size_t count;
    char **spaces = shared_spaces(verification, &count);
    struct sk_forbidden forbidden = {
        .what = "opens a session in a space that is neither its own nor the team's",
        .except = (const char *const *)spaces,
        .except_count = count,
    };
    give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_NOT);
    int code = forbid_named(verification, "sagemaker:StartSession", NULL, &forbidden, err);
    free_list(spaces, count);
    return code;
}

static int verify_sessions(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const doors[] = {
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:CreatePresignedMlflowTrackingServerUrl",
        "sagemaker:CreatePresignedMlflowAppUrl",
        "sagemaker:CreatePartnerAppPresignedUrl",
    };
    int code = open_profiles(verification, err);
    if (code == 0)
        code = open_spaces(verification, err);
    for (size_t i = 0; code == 0 && i < COUNT(doors); i++) {
        struct sk_forbidden forbidden = {.what = "opens what is not its team's"};
        give_foreign_team(verification->subject, &forbidden, team_tag);
        code = forbid_named(verification, doors[i], NULL, &forbidden, err);
    }
    return code;
}

/* ---- 2: apps and spaces ---- */

static const char *const app_actions[] = {"sagemaker:CreateApp", "sagemaker:DeleteApp",
                                          "sagemaker:UpdateApp"};
static const char *const space_actions[] = {"sagemaker:CreateSpace", "sagemaker:UpdateSpace",
                                            "sagemaker:DeleteSpace"};

static int verify_profile_apps(struct sk_verification *verification, const char *action,
                               struct sk_err *err)
{
    const struct sk_subject *subject = verification->subject;
    struct sk_forbidden forbidden = {.what = "touches an app of another profile"};
    sk_auto(sk_freep) char *own = NULL;
    if (subject->own_profile) {
        const char *path = strstr(subject->own_profile, ":user-profile/") + 14;
        int head = (int)(path - subject->own_profile) - 14;
        own = sk_xasprintf("%.*s:app/%s/*", head, subject->own_profile, path);
        forbidden.except = (const char *const *)&own;
        forbidden.except_count = 1;
    }
    give(&forbidden, owner_key, SK_GIVEN_ABSENT, NULL, 0);
    return forbid_named(verification, action, NULL, &forbidden, err);
}

static int verify_apps(struct sk_verification *verification, struct sk_err *err)
{
    size_t count;
    char **spaces = shared_spaces(verification, &count);
    int code = 0;
    for (size_t i = 0; code == 0 && i < COUNT(app_actions); i++) {
        struct sk_forbidden forbidden = {
            .what = "touches an app in a space that is neither its own nor the team's",
            .except = (const char *const *)spaces,
            .except_count = count,
        };
        give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_OTHER);
        code = verify_profile_apps(verification, app_actions[i], err);
        if (code == 0)
            code = forbid_named(verification, app_actions[i], NULL, &forbidden, err);
    }
    for (size_t i = 0; code == 0 && i < COUNT(space_actions); i++) {
        struct sk_forbidden forbidden = {
            .what = "touches a space that is neither its own nor the team's",
            .except = (const char *const *)spaces,
            .except_count = count,
        };
        give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_NOT);
        code = forbid_named(verification, space_actions[i], NULL, &forbidden, err);
    }
    free_list(spaces, count);
    return code;
}

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
/* Which profile is opened is property 1's. */
static const char *const session_actions[] = {
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:CreatePresignedMlflowAppUrl",
    "sagemaker:CreatePartnerAppPresignedUrl",
    "sagemaker:StartSession",
};

static bool is_configuration(const struct sk_catalogue_action *action)
{
    const char *name = sk_catalogue_name(action);
    if (is_in(configuration_actions, COUNT(configuration_actions), name))
        return true;
    for (size_t i = 0; i < sk_catalogue_resource_types(action); i++) {
        if (is_in(configuration_types, COUNT(configuration_types),
                  sk_catalogue_resource_type(action, i)))
            return true;
    }
    return false;
}

/* Goes through the actions of a service that change something. */
static int each_write(struct sk_verification *verification, const char *service,
                      int (*visit)(struct sk_verification *, size_t, struct sk_err *),
                      struct sk_err *err)
{
    size_t first = 0;
    size_t past = 0;
    int code = 0;
    if (!sk_catalogue_range(service, strlen(service), &first, &past))
        return 0;
    for (size_t i = first; code == 0 && i < past; i++) {
        enum sk_access access = sk_catalogue_access(sk_catalogue_at(i));
        if (access == SK_ACCESS_READ || access == SK_ACCESS_LIST)
            continue;
        if (sk_verification_concerns(verification, i))
            code = visit(verification, i, err);
    }
    return code;
}

static int visit_configuration(struct sk_verification *verification, size_t position,
                               struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    struct sk_forbidden forbidden = {.what = "changes how Studio is set up"};
    if (sk_catalogue_access(action) == SK_ACCESS_TAGGING || !is_configuration(action) ||
        is_in(session_actions, COUNT(session_actions), sk_catalogue_name(action)))
        return 0;
    return forbid_on(verification, position, NULL, &forbidden, err);
}

static int verify_configuration(struct sk_verification *verification, struct sk_err *err)
{
    return each_write(verification, "sagemaker", visit_configuration, err);
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

static int visit_write(struct sk_verification *verification, size_t position, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *name = sk_catalogue_name(action);
    int code = 0;
    if (sk_catalogue_access(action) == SK_ACCESS_TAGGING || is_configuration(action) ||
        is_in(app_actions, COUNT(app_actions), name) ||
        is_in(space_actions, COUNT(space_actions), name) ||
        is_in(session_actions, COUNT(session_actions), name))
        return 0; /* properties of their own */
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; code == 0 && i < (types > 0 ? types : 1); i++) {
        const char *type = types > 0 ? sk_catalogue_resource_type(action, i) : NULL;
        bool created = type && is_created_type(name, type);
        struct sk_forbidden forbidden = {
            .what = created ? "creates what does not carry its team's tag"
                            : "changes what does not carry its team's tag",
        };
        give_foreign_team(verification->subject, &forbidden, created ? team_request : team_tag);
        if (created)
            give(&forbidden, team_tag, SK_GIVEN_ABSENT, NULL, 0);
        code = forbid_on(verification, position, type, &forbidden, err);
    }
    return code;
}

static int verify_writes(struct sk_verification *verification, struct sk_err *err)
{
    return each_write(verification, "sagemaker", visit_write, err);
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
    give(&forbidden, "aws:TagKeys", SK_GIVEN_CONTAINS, protected_tags, COUNT(protected_tags));
    if (sk_catalogue_has_key(action, "sagemaker:TaggingAction"))
        give(&forbidden, "sagemaker:TaggingAction", SK_GIVEN_ABSENT, NULL, 0);
    return forbid_on(verification, position, NULL, &forbidden, err);
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
        !sk_catalogue_has_key(action, "aws:TagKeys") ||
        is_in(app_actions, COUNT(app_actions), name) ||
        is_in(space_actions, COUNT(space_actions), name) || is_configuration(action))
        return 0;
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; code == 0 && i < types; i++) {
        const char *type = sk_catalogue_resource_type(action, i);
        if (!is_created_type(name, type))
            continue;
        struct sk_forbidden other = {.what = "creates something with another team's tag"};
        struct sk_forbidden secret = {
            .what = "creates something with a tag that says who may sign in or whose it is"};
        give(&other, team_request, SK_GIVEN_OTHER, &verification->subject->team,
             verification->subject->team ? 1 : 0);
        give(&other, team_tag, SK_GIVEN_ABSENT, NULL, 0);
        give(&secret, "aws:TagKeys", SK_GIVEN_CONTAINS, never, COUNT(never));
        give(&secret, team_tag, SK_GIVEN_ABSENT, NULL, 0);
        code = forbid_on(verification, position, type, &other, err);
        if (code == 0)
            code = forbid_on(verification, position, type, &secret, err);
    }
    return code;
}

static int verify_tags(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const services[] = {"sagemaker", "iam", "tag", "resource-groups"};
    int code = 0;
    for (size_t i = 0; code == 0 && i < COUNT(services); i++)
        code = each_write(verification, services[i], visit_tagging, err);
    if (code == 0)
        code = each_write(verification, "sagemaker", visit_creation, err);
    return code;
}

/* ---- 5 and 6: roles ---- */

static bool is_own_role(const struct sk_subject *subject, const struct sk_access_role *role)
{
    const char *team = sk_json_text(role->tags, "Team");
    return role == subject->principal->role ||
           (subject->team && sk_text_equal(team, subject->team));
}

static int verify_pass_role(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const service = "sagemaker.amazonaws.com";
    const struct sk_subject *subject = verification->subject;
    const struct sk_access_state *state = verification->subjects.state;
    const char **own = sk_xcalloc(state->role_count + 1, sizeof(char *));
    struct sk_forbidden foreign = {.what = "passes a role that is not its team's", .except = own};
    struct sk_forbidden elsewhere = {.what = "passes a role to a service other than SageMaker"};
    for (size_t i = 0; subject->kind == SK_SUBJECT_STUDIO && i < state->role_count; i++) {
        if (is_own_role(subject, &state->roles[i]))
            own[foreign.except_count++] = state->roles[i].arn;
    }
    give(&elsewhere, "iam:PassedToService", SK_GIVEN_OTHER, &service, 1);
    int code = forbid_named(verification, "iam:PassRole", NULL, &foreign, err);
    if (code == 0)
        code = forbid_named(verification, "iam:PassRole", NULL, &elsewhere, err);
    free(own);
    return code;
}

/* With the role's trust policy, which has to allow it too, or alone does. */
static int assume(struct sk_verification *verification, const struct sk_access_role *role,
                  struct sk_err *err)
{
    size_t count;
    struct sk_proof_policies *policies = NULL;
    struct sk_proof_document *documents =
        sk_subject_documents(verification->subject->principal->role, 1, &count);
    const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
    documents[count++] =
        (struct sk_proof_document){SK_LAYER_RESOURCE, 0, sk_document_name(role->document), trust};
    const struct sk_forbidden forbidden = {
        .action = "sts:AssumeRole",
        .resource = role->arn,
        .what = "assumes a role that is not its team's",
    };
    int code =
        sk_proof_policies_new(verification->subjects.shelf, documents, count, &policies, err);
    if (code == 0)
        code = sk_verification_forbid_with(verification, policies, &forbidden, err);
    sk_proof_policies_free(policies);
    free(documents);
    return code;
}

static int verify_assume_role(struct sk_verification *verification, struct sk_err *err)
{
    const struct sk_access_state *state = verification->subjects.state;
    const struct sk_subject *subject = verification->subject;
    size_t position = position_of("sts:AssumeRole");
    int code = 0;
    for (size_t i = 0; code == 0 && i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
        bool names = sk_trust_names(role, "AWS", NULL);
        if (is_own_role(subject, role) || !json_is_object(trust))
            continue;
        if (names)
            code = assume(verification, role, err);
        else /* trusts services and providers only */
            (void)sk_verification_concerns(verification, position);
    }
    return code;
}

/* ---- 7: administration ---- */

static int visit_administration(struct sk_verification *verification, size_t position,
                                struct sk_err *err)
{
    const char *name = sk_catalogue_name(sk_catalogue_at(position));
    struct sk_forbidden forbidden = {.what = "administers access"};
    if (strcmp(name, "iam:PassRole") == 0)
        return 0; /* property 5 */
    return forbid_on(verification, position, NULL, &forbidden, err);
}

static int verify_administration(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const services[] = {"iam",           "organizations", "sso",
                                           "sso-directory", "identitystore", "account"};
    static const char *const keys[] = {"kms:PutKeyPolicy", "kms:CreateGrant", "kms:RetireGrant",
                                       "kms:RevokeGrant", "kms:ScheduleKeyDeletion"};
    int code = 0;
    for (size_t i = 0; code == 0 && i < COUNT(services); i++)
        code = each_write(verification, services[i], visit_administration, err);
    for (size_t i = 0; code == 0 && i < COUNT(keys); i++) {
        struct sk_forbidden forbidden = {.what = "decides who may use a key"};
        code = forbid_named(verification, keys[i], NULL, &forbidden, err);
    }
    return code;
}

/* ---- the table ---- */

struct property {
    const char *name, *sentence;
    property_fn verify; /* NULL: nothing asks yet */
};

static const struct property properties[SK_PROPERTY_COUNT] = {
    [SK_PROPERTY_SESSIONS] = {"own-sessions",
                              "a Studio session is opened only for one's own profile, in one's own "
                              "or the team's shared spaces, and for the team's own servers",
                              verify_sessions},
    [SK_PROPERTY_APPS] = {"own-apps",
                          "apps and spaces are touched only where they are one's own or the team's "
                          "shared ones",
                          verify_apps},
    [SK_PROPERTY_WRITES] = {"own-artefacts",
                            "only what carries the own team's tag is changed or created",
                            verify_writes},
    [SK_PROPERTY_TAGS] = {"protected-tags",
                          "the tags that say whose something is are not set, changed or removed",
                          verify_tags},
    [SK_PROPERTY_PASS_ROLE] = {"own-roles-passed",
                               "only the own team's declared roles are passed, only to SageMaker",
                               verify_pass_role},
    [SK_PROPERTY_ASSUME_ROLE] = {"no-foreign-roles", "roles of other teams are not assumed",
                                 verify_assume_role},
    [SK_PROPERTY_ADMINISTRATION] = {"no-administration",
                                    "nothing is written in IAM, Organizations, Identity Center or "
                                    "key policies",
                                    verify_administration},
    [SK_PROPERTY_DATA] = {"own-data", "data declared by other teams is out of reach", NULL},
    [SK_PROPERTY_CONFIGURATION] = {"no-configuration",
                                   "domains, profiles, lifecycle and image configuration are not "
                                   "changed from Studio",
                                   verify_configuration},
    [SK_PROPERTY_GUARDRAILS] = {"guardrails-hold",
                                "each active guardrail denies what it says for every principal in "
                                "its scope",
                                NULL},
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

static int verify_subject(struct sk_verification *verification, struct sk_err *err)
{
    int code = 0;
    for (int i = 1; code == 0 && i < SK_PROPERTY_COUNT; i++) {
        json_t *report = verification->properties[i];
        if (!properties[i].verify)
            continue;
        verification->property = (enum sk_property)i;
        verification->shown = 0;
        json_object_set_new(
            report, "subjects",
            json_integer(json_integer_value(json_object_get(report, "subjects")) + 1));
        code = properties[i].verify(verification, err);
        doubt_unread(verification);
    }
    return code;
}

static json_t *new_report(enum sk_property property)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:[], s:[]}", "number",
                     (int)property, "name", sk_property_name(property), "sentence",
                     sk_property_sentence(property), "outcome", "", "subjects", 0, "questions", 0,
                     "classes", 0, "violated", 0, "violations", "unknown");
}

static const char *outcome_of(const json_t *report)
{
    if (json_integer_value(json_object_get(report, "violated")) > 0)
        return "violated";
    if (json_array_size(json_object_get(report, "unknown")) > 0)
        return "unknown";
    return json_integer_value(json_object_get(report, "classes")) > 0 ? "proved"
                                                                      : "without subject";
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
    return json_pack("{s:o, s:I, s:I, s:I}", "properties", list, "subjects",
                     (json_int_t)verification->subjects.count, "principals", principals, "classes",
                     classes);
}

json_t *sk_verify(const struct sk_access_state *state, struct sk_err *err)
{
    struct sk_verification verification = {0};
    for (int i = 1; i < SK_PROPERTY_COUNT; i++)
        verification.properties[i] = new_report((enum sk_property)i);
    int code = sk_subjects_make(state, &verification.subjects, err);
    for (size_t i = 0; code == 0 && i < verification.subjects.count; i++) {
        verification.subject = &verification.subjects.items[i];
        code = verify_subject(&verification, err);
    }
    json_t *report = code == 0 ? whole_report(&verification) : NULL;
    for (int i = 1; i < SK_PROPERTY_COUNT; i++)
        json_decref(verification.properties[i]);
    sk_subjects_done(&verification.subjects);
    return report;
}
