/* Lint for the holes of widely copied policies for Studio: tagging, apps and profiles of others,
 * roles passed at will, everyone as principal. */
#include "policy/lint_int.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/element.h"

/* Whether some value of a condition matches every text. */
static bool matches_all(const json_t *values)
{
    for (size_t i = 0; i < sk_element_count(values); i++) {
        sk_auto(sk_freep) char *value = sk_element_scalar_text(sk_element_at(values, i));
        if (value && strchr(value, '*') && strspn(value, "*?") == strlen(value))
            return true;
    }
    return false;
}

/* Whether a condition binds the statement to one owner or to creation. */
static bool visit_binding(void *context, const struct sk_operator *operator_, const char *key,
                          const json_t *values)
{
    (void)context;
    bool tag = strcasestr(key, "ResourceTag/") != NULL;
    bool creating = strcasecmp(key, "sagemaker:TaggingAction") == 0;
    bool positive = !operator_->negated && !operator_->if_exists && operator_->set != SK_SET_ALL;
    sk_auto(sk_freep) char *value = sk_element_scalar_text(sk_element_at(values, 0));
    if (operator_->family == SK_OPERATOR_NULL)
        return creating && value && strcasecmp(value, "false") == 0;
    return positive && (creating || (tag && !matches_all(values)));
}

/* Tags that many share: with them the whole team reaches what is one person's. */
static bool is_shared_tag(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash && (strcasecmp(slash, "/Team") == 0 || strcasecmp(slash, "/Project") == 0);
}

/* Whether a condition binds to the caller's own profile or to a tag that names the caller.
 * `context`: the action; the URL of a profile opens one person's Studio. */
static bool visit_own(void *context, const struct sk_operator *operator_, const char *key,
                      const json_t *values)
{
    const char *action = context;
    bool opens = strcmp(action, "sagemaker:CreatePresignedDomainUrl") == 0;
    bool owner = strcasecmp(key, "sagemaker:OwnerUserProfileArn") == 0;
    bool tag = strcasestr(key, "ResourceTag/") != NULL && !(opens && is_shared_tag(key));
    return (owner || tag) && operator_->family != SK_OPERATOR_NULL && !operator_->negated &&
           !operator_->if_exists && operator_->set != SK_SET_ALL && !matches_all(values);
}

/* Types of resource that belong to the platform, not to a team: tagging them is administering. */
static bool is_platform(const char *resource)
{
    static const char *const types[] = {
        ":app/",   ":app-image-config/", ":domain/",       ":image/",
        ":space/", ":image-version/",    ":user-profile/", ":studio-lifecycle-config/",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strstr(resource, types[i]))
            return true;
    }
    return false;
}

static bool all_resources(const struct sk_lint_statement *statement, bool (*is)(const char *))
{
    size_t count = sk_element_count(statement->resources);
    if (statement->not_resource || count == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *resource = json_string_value(sk_element_at(statement->resources, i));
        if (!resource || !is(resource))
            return false;
    }
    return true;
}

static void lint_tagging(struct sk_lint *lint, const struct sk_lint_statement *statement)
{
    static const char *const actions[] = {"sagemaker:AddTags", "sagemaker:DeleteTags"};
    for (size_t i = 0; i < 2; i++) {
        if (!sk_lint_has_action(statement, actions[i]))
            continue;
        if (sk_lint_conditions(statement, visit_binding, NULL) ||
            all_resources(statement, is_platform))
            continue;
        sk_lint_add(lint, SK_LINT_OPEN_TAGGING, statement, NULL, "'%s' on what exists already",
                    actions[i]);
    }
}

/* Whether a resource names the caller's own profile by a policy variable. */
static bool is_own(const char *resource)
{
    return strcasestr(resource, "${sagemaker:UserProfileName}") ||
           strcasestr(resource, "${aws:username}") || strcasestr(resource, "${aws:PrincipalTag/");
}

/* A resource without wildcards in the profile's place names one profile on purpose. */
static bool is_one(const char *resource)
{
    return is_own(resource) ||
           (strstr(resource, ":user-profile/") && !sk_glob_has_wildcard(resource));
}

static void lint_apps(struct sk_lint *lint, const struct sk_lint_statement *statement)
{
    static const char *const actions[] = {
        "sagemaker:CreateApp",    "sagemaker:DeleteApp",   "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:CreateSpace",  "sagemaker:UpdateSpace", "sagemaker:DeleteSpace",
        "sagemaker:StartSession",
    };
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!sk_lint_has_action(statement, actions[i]))
            continue;
        if (sk_lint_conditions(statement, visit_own, (void *)actions[i]) ||
            all_resources(statement, is_one))
            continue;
        sk_lint_add(lint, SK_LINT_OPEN_APP, statement, NULL, "'%s' reaches what belongs to others",
                    actions[i]);
    }
}

/* "*", a pattern that covers every role that has no path, or one whose name begins with a wildcard:
 * every path and every beginning of a name, so other teams' roles too. */
static bool is_any_role(const char *resource)
{
    const char *name = strstr(resource, ":role/");
    return sk_glob_covers(resource, "arn:aws:iam::111122223333:role/Any") ||
           (name && name[strlen(":role/")] == '*');
}

static bool visit_passed_to(void *context, const struct sk_operator *operator_, const char *key,
                            const json_t *values)
{
    (void)context;
    return strcasecmp(key, "iam:PassedToService") == 0 && !operator_->negated &&
           !matches_all(values) && !operator_->if_exists && operator_->family != SK_OPERATOR_NULL &&
           operator_->set != SK_SET_ALL;
}

static void lint_pass_role(struct sk_lint *lint, const struct sk_lint_statement *statement)
{
    if (!sk_lint_has_action(statement, "iam:PassRole"))
        return;
    bool wide = statement->not_resource;
    for (size_t i = 0; i < sk_element_count(statement->resources); i++) {
        const char *resource = json_string_value(sk_element_at(statement->resources, i));
        wide |= resource && is_any_role(resource);
    }
    if (wide)
        sk_lint_add(lint, SK_LINT_WIDE_PASS_ROLE, statement, "Resource",
                    "roles of others can be passed");
    if (!sk_lint_conditions(statement, visit_passed_to, NULL))
        sk_lint_add(lint, SK_LINT_PASS_ROLE_SERVICE, statement, "Condition",
                    "roles can be passed to any service");
}

static bool names_everyone(const json_t *principal)
{
    const json_t *values = principal;
    if (json_is_object(principal))
        values = sk_element_get(principal, "AWS");
    for (size_t i = 0; i < sk_element_count(values); i++) {
        if (sk_text_equal(json_string_value(sk_element_at(values, i)), "*"))
            return true;
    }
    return false;
}

/* What everyone can bring about, and so says nothing about who asks. */
static bool says_nothing(const char *key)
{
    static const char *const keys[] = {
        "aws:CurrentTime",       "aws:EpochTime",       "aws:Referer",         "aws:RequestTag/",
        "aws:TagKeys",           "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceTag/",
        "aws:UserAgent",         "aws:SecureTransport", "s3:prefix",           "s3:x-amz-",
        "s3:ExistingObjectTag/",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strncasecmp(key, keys[i], strlen(keys[i])) == 0)
            return true;
    }
    return false;
}

/* Whether some value lets every role of every account pass. */
static bool takes_any_role(const json_t *values)
{
    for (size_t i = 0; i < sk_element_count(values); i++) {
        const char *value = json_string_value(sk_element_at(values, i));
        if (value && is_any_role(value) && !strstr(value, "${"))
            return true;
    }
    return false;
}

static bool visit_who(void *context, const struct sk_operator *operator_, const char *key,
                      const json_t *values)
{
    (void)context;
    return !says_nothing(key) && !operator_->negated && !operator_->if_exists &&
           operator_->family != SK_OPERATOR_NULL && operator_->set != SK_SET_ALL &&
           !matches_all(values) && !takes_any_role(values);
}

static void lint_principal(struct sk_lint *lint, const struct sk_lint_statement *statement)
{
    bool everyone = names_everyone(sk_element_get(statement->json, "Principal")) ||
                    sk_element_get(statement->json, "NotPrincipal") != NULL;
    if (everyone && !sk_lint_conditions(statement, visit_who, NULL))
        sk_lint_add(lint, SK_LINT_WILDCARD_PRINCIPAL, statement, "Principal",
                    "everyone is allowed, without a condition that says who");
}

void sk_lint_holes(struct sk_lint *lint)
{
    for (size_t i = 0; !sk_lint_limits(lint->use) && i < lint->statement_count; i++) {
        const struct sk_lint_statement *statement = &lint->statements[i];
        if (!statement->allow)
            continue;
        lint_principal(lint, statement);
        if (lint->use == SK_POLICY_TRUST || lint->use == SK_POLICY_RESOURCE)
            continue;
        lint_tagging(lint, statement);
        lint_apps(lint, statement);
        lint_pass_role(lint, statement);
    }
}
