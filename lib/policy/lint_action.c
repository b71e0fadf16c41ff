/* Lint of actions and resources: names, patterns, and whether the two fit. */
#include "policy/lint_int.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "policy/element.h"

/* Whether a resource of the statement may be one that the action works on. */
static bool fits(const struct sk_lint_statement *statement,
                 const struct sk_catalogue_action *action)
{
    size_t types = sk_catalogue_resource_types(action);
    for (size_t i = 0; i < sk_element_count(statement->resources); i++) {
        const char *resource = json_string_value(sk_element_at(statement->resources, i));
        if (!resource || strcmp(resource, "*") == 0)
            return true;
        for (size_t t = 0; t < types; t++) {
            if (sk_glob_intersects(resource, sk_catalogue_resource_arn(action, t)))
                return true;
        }
    }
    return false;
}

/* Statements whose resources say nothing about the action's types: without Resource, with
 * NotResource. */
static bool names_resources(const struct sk_lint_statement *statement)
{
    return statement->resources && !statement->not_resource;
}

static void tell_misfit(struct sk_lint *lint, const struct sk_lint_statement *statement,
                        const char *action, size_t types)
{
    sk_lint_add(lint, SK_LINT_NO_SUCH_RESOURCE, statement, "Action",
                "'%s' %s nothing on these resources%s", action,
                statement->allow ? "grants" : "denies", types == 0 ? ": it takes only \"*\"" : "");
}

static void lint_exact(struct sk_lint *lint, const struct sk_lint_statement *statement,
                       const char *name)
{
    const struct sk_catalogue_action *action = sk_catalogue_find(name);
    if (!action) {
        const char *near = sk_catalogue_nearest(name);
        sk_lint_add(lint, SK_LINT_UNKNOWN_ACTION, statement, "Action", "'%s' is no action%s%s",
                    name, near ? "; did you mean " : "", near ? near : "");
        return;
    }
    if (!statement->not_action && names_resources(statement) && !fits(statement, action))
        tell_misfit(lint, statement, name, sk_catalogue_resource_types(action));
}

/* How the actions that a pattern matches fit the statement's resources. */
struct fit {
    size_t actions;
    size_t fitting;
    size_t unscoped;   /* take only "*", and are not given it */
    const char *first; /* the first of these */
};

static void count_fit(const struct sk_lint_statement *statement,
                      const struct sk_catalogue_action *action, struct fit *fit)
{
    fit->actions++;
    if (!names_resources(statement) || statement->not_action || fits(statement, action)) {
        fit->fitting++;
    } else if (sk_catalogue_resource_types(action) == 0) {
        if (fit->unscoped++ == 0)
            fit->first = sk_catalogue_name(action);
    }
}

/* Tells a pattern such as "sagemaker:List*" on ARNs, most of whose actions take only "*". */
static void tell_fit(struct sk_lint *lint, const struct sk_lint_statement *statement,
                     const char *pattern, const struct fit *fit)
{
    if (fit->actions == 0)
        sk_lint_add(lint, SK_LINT_EMPTY_PATTERN, statement, "Action", "'%s' matches no action",
                    pattern);
    else if (fit->fitting == 0)
        tell_misfit(lint, statement, pattern, fit->unscoped == fit->actions ? 0 : 1);
    else if (fit->unscoped * 2 > fit->actions)
        sk_lint_add(lint, SK_LINT_NO_SUCH_RESOURCE, statement, "Action",
                    "'%s' %s nothing on these resources for %zu of its %zu actions, such as %s: "
                    "they take only \"*\"",
                    pattern, statement->allow ? "grants" : "denies", fit->unscoped, fit->actions,
                    fit->first);
}

/* Looks at all actions that a pattern with a literal service matches. "service:*" says that all are
 * meant that fit. */
static void lint_pattern(struct sk_lint *lint, const struct sk_lint_statement *statement,
                         const char *pattern, size_t service)
{
    size_t first;
    size_t past;
    if (!sk_catalogue_range(pattern, service, &first, &past))
        return;
    struct fit fit = {0};
    bool whole = strcmp(pattern + service, ":*") == 0;
    for (size_t i = first; i < past && !(whole && fit.fitting > 0); i++) {
        const struct sk_catalogue_action *action = sk_catalogue_at(i);
        if (sk_glob_covers_action(pattern + service, sk_catalogue_name(action) + service))
            count_fit(statement, action, &fit);
    }
    if (!whole || fit.fitting == 0)
        tell_fit(lint, statement, pattern, &fit);
}

static void lint_action(struct sk_lint *lint, const struct sk_lint_statement *statement,
                        const char *action)
{
    size_t service = strcspn(action, ":");
    if (action[service] != ':' || memchr(action, '*', service))
        return; /* "*" */
    enum sk_service_knowledge known = sk_catalogue_service(action, service);
    if (known == SK_SERVICE_UNKNOWN) {
        const char *near = sk_catalogue_nearest(action);
        sk_lint_add(lint, SK_LINT_UNKNOWN_SERVICE, statement, "Action", "'%.*s' is no service%s%s",
                    (int)service, action, near ? "; did you mean " : "", near ? near : "");
    } else if (known == SK_SERVICE_WHOLE && strpbrk(action, "*?")) {
        lint_pattern(lint, statement, action, service);
    } else if (known == SK_SERVICE_WHOLE) {
        lint_exact(lint, statement, action);
    }
}

/* Whether all principals are accounts: "111122223333" or "arn:aws:iam::111122223333:root". */
static bool names_accounts(const json_t *principal)
{
    const json_t *values = sk_element_get(principal, "AWS");
    size_t count = sk_element_count(values);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(sk_element_at(values, i));
        if (!text || (!sk_text_ends_with(text, ":root") && strspn(text, "0123456789") != 12))
            return false;
    }
    return count > 0 && json_object_size(principal) == 1;
}

/* The statement of every key's policy by which the account's own policies count (KMS Developer
 * Guide, "Allows access to the AWS account and enables IAM policies"). */
static bool hands_key_to_account(const struct sk_lint *lint,
                                 const struct sk_lint_statement *statement, const char *action)
{
    return lint->use == SK_POLICY_RESOURCE && strcasecmp(action, "kms:*") == 0 &&
           names_accounts(sk_element_get(statement->json, "Principal"));
}

/* "*" and "service:*" allowed on everything. Boundaries and SCPs limit, so they may say so. */
static void lint_wildcard(struct sk_lint *lint, const struct sk_lint_statement *statement,
                          const char *action)
{
    bool limits = sk_lint_limits(lint->use) || hands_key_to_account(lint, statement, action);
    size_t service = strcspn(action, ":");
    bool everything = strcmp(action, "*") == 0 || strcmp(action + service, ":*") == 0;
    if (statement->allow && !limits && everything && !statement->condition)
        sk_lint_add(lint, SK_LINT_WILDCARD_WRITE, statement, "Action", "'%s' allows writing too",
                    action);
}

/* Organizations User Guide, "Resource control policies", "List of AWS services that support RCPs".
 */
static void lint_rcp(struct sk_lint *lint, const struct sk_lint_statement *statement,
                     const char *action)
{
    static const char *const services[] = {
        "aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3",
        "sqs",  "secretsmanager",   "sts"};
    size_t length = strcspn(action, ":");
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strlen(services[i]) == length && strncasecmp(services[i], action, length) == 0)
            return;
    }
    sk_lint_add(lint, SK_LINT_RCP_SERVICE, statement, "Action",
                "'%s' is denied by no resource control policy", action);
}

void sk_lint_actions(struct sk_lint *lint)
{
    for (size_t s = 0; s < lint->statement_count; s++) {
        const struct sk_lint_statement *statement = &lint->statements[s];
        if (statement->allow && statement->not_action && !sk_lint_limits(lint->use))
            sk_lint_add(lint, SK_LINT_ALLOW_REST, statement, "NotAction",
                        "everything but the listed actions is allowed");
        for (size_t i = 0; i < sk_element_count(statement->actions); i++) {
            const char *action = json_string_value(sk_element_at(statement->actions, i));
            lint_action(lint, statement, action);
            if (lint->use == SK_POLICY_RCP)
                lint_rcp(lint, statement, action);
            if (!statement->not_action)
                lint_wildcard(lint, statement, action);
        }
    }
}
