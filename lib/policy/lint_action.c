/* Lint of actions and resources: names, patterns, and whether the two fit. */
#include "policy/lint_int.h"

#include <string.h>

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

/* Looks at all actions that a pattern with a literal service matches. */
static void lint_pattern(struct sk_lint *lint, const struct sk_lint_statement *statement,
                         const char *pattern, size_t service)
{
    size_t first;
    size_t past;
    if (!sk_catalogue_range(pattern, service, &first, &past))
        return;
    bool any = false;
    bool fit = !names_resources(statement) || statement->not_action;
    size_t types = 0;
    for (size_t i = first; i < past && !(any && fit); i++) {
        const struct sk_catalogue_action *action = sk_catalogue_at(i);
        if (!sk_glob_covers_action(pattern, sk_catalogue_name(action)))
            continue;
        any = true;
        types += sk_catalogue_resource_types(action);
        fit = fit || fits(statement, action);
    }
    if (!any)
        sk_lint_add(lint, SK_LINT_EMPTY_PATTERN, statement, "Action", "'%s' matches no action",
                    pattern);
    else if (!fit)
        tell_misfit(lint, statement, pattern, types);
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

/* "*" and "service:*" allowed on everything. Boundaries and SCPs limit, so they may say so. */
static void lint_wildcard(struct sk_lint *lint, const struct sk_lint_statement *statement,
                          const char *action)
{
    bool limits = lint->use == SK_POLICY_BOUNDARY || lint->use == SK_POLICY_SCP;
    size_t service = strcspn(action, ":");
    bool everything = strcmp(action, "*") == 0 || strcmp(action + service, ":*") == 0;
    if (statement->allow && !limits && everything && !statement->condition)
        sk_lint_add(lint, SK_LINT_WILDCARD_WRITE, statement, "Action", "'%s' allows writing too",
                    action);
}

void sk_lint_actions(struct sk_lint *lint)
{
    for (size_t s = 0; s < lint->statement_count; s++) {
        const struct sk_lint_statement *statement = &lint->statements[s];
        if (statement->allow && statement->not_action && lint->use != SK_POLICY_SCP &&
            lint->use != SK_POLICY_BOUNDARY)
            sk_lint_add(lint, SK_LINT_ALLOW_REST, statement, "NotAction",
                        "everything but the listed actions is allowed");
        for (size_t i = 0; i < sk_element_count(statement->actions); i++) {
            const char *action = json_string_value(sk_element_at(statement->actions, i));
            lint_action(lint, statement, action);
            if (!statement->not_action)
                lint_wildcard(lint, statement, action);
        }
    }
}
