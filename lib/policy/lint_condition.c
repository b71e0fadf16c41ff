/* Lint of conditions: keys that are never there, set operators, and what an absent key does. */
#include "policy/lint_int.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/element.h"

struct visit {
    struct sk_lint *lint;
    const struct sk_lint_statement *statement;
};

/* Whether any action that the pattern matches sets the key; true when its actions are not known. */
static bool pattern_sets_key(const char *pattern, const char *key)
{
    size_t service = strcspn(pattern, ":");
    size_t first;
    size_t past;
    const struct sk_catalogue_action *exact = sk_catalogue_find(pattern);
    if (exact)
        return sk_catalogue_has_key(exact, key);
    if (pattern[service] != ':' || !sk_catalogue_range(pattern, service, &first, &past))
        return true;
    bool any = false;
    size_t name = service + 1; /* all of the range have the same service before it */
    for (size_t i = first; i < past; i++) {
        const struct sk_catalogue_action *action = sk_catalogue_at(i);
        if (!sk_glob_covers_action(pattern + name, sk_catalogue_name(action) + name))
            continue;
        if (sk_catalogue_has_key(action, key))
            return true;
        any = true;
    }
    return !any;
}

/* Keys of sessions in Studio, which the guide uses as policy variables and in conditions, and which
 * the reference lists for no action (SageMaker Developer Guide, "Give your users access to
 * spaces"). */
static bool is_session_key(const char *key)
{
    return strcasecmp(key, "sagemaker:DomainId") == 0 ||
           strcasecmp(key, "sagemaker:UserProfileName") == 0;
}

/* Providers head the keys of their tokens: "saml:aud", "id.example.com:sub". */
static bool is_aws_key(const char *key)
{
    size_t length = strcspn(key, ":");
    return (length == 3 && strncasecmp(key, "aws", 3) == 0) ||
           sk_catalogue_service(key, length) == SK_SERVICE_WHOLE;
}

static void lint_unset(struct sk_lint *lint, const struct sk_lint_statement *statement,
                       const char *key)
{
    if (statement->not_action || !is_aws_key(key))
        return;
    for (size_t i = 0; i < sk_element_count(statement->actions); i++) {
        const char *action = json_string_value(sk_element_at(statement->actions, i));
        if (!pattern_sets_key(action, key))
            sk_lint_add(lint, SK_LINT_UNSET_KEY, statement, "Condition", "'%s' never sets '%s'",
                        action, key);
    }
}

static bool visit_key(void *context, const struct sk_operator *operator_, const char *key,
                      const json_t *values)
{
    struct visit *visit = context;
    struct sk_lint *lint = visit->lint;
    (void)values;
    if (is_session_key(key))
        return false;
    if (!sk_catalogue_knows_key(key)) {
        sk_lint_add(lint, SK_LINT_UNKNOWN_KEY, visit->statement, "Condition",
                    "'%s' is set by no request", key);
        return false;
    }
    lint_unset(lint, visit->statement, key);
    const char *type = sk_catalogue_key_type(key);
    bool many = type && sk_text_starts_with(type, "ArrayOf");
    if (many && operator_->set == SK_SET_NONE && operator_->family != SK_OPERATOR_NULL)
        sk_lint_add(lint, SK_LINT_NO_SET_OPERATOR, visit->statement, "Condition",
                    "'%s' has several values: %s needs ForAllValues or ForAnyValue", key,
                    operator_->name);
    if (type && !many && operator_->set == SK_SET_ALL && visit->statement->allow)
        sk_lint_add(lint, SK_LINT_SET_OPERATOR, visit->statement, "Condition",
                    "'%s' has one value: ForAllValues:%s is met when it is absent", key,
                    operator_->name);
    return false;
}

/* Whether the statement says that a key must be there. */
static bool visit_null(void *context, const struct sk_operator *operator_, const char *key,
                       const json_t *values)
{
    const char *wanted = context;
    sk_auto(sk_freep) char *value = sk_element_scalar_text(sk_element_at(values, 0));
    return operator_->family == SK_OPERATOR_NULL && strcasecmp(key, wanted) == 0 && value &&
           strcasecmp(value, "false") == 0;
}

static bool has_null_check(const struct sk_lint_statement *statement, const char *key)
{
    return sk_lint_conditions(statement, visit_null, (void *)key);
}

/* Whether the statement asks for a tag key by its name. */
static bool visit_tag_key(void *context, const struct sk_operator *operator_, const char *key,
                          const json_t *values)
{
    (void)context;
    (void)values;
    return operator_->set == SK_SET_ANY && !operator_->negated && !operator_->if_exists &&
           strcasecmp(key, "aws:TagKeys") == 0;
}

static void lint_optional_tag(struct sk_lint *lint, const struct sk_lint_statement *statement,
                              const char *operator_, const char *key)
{
    if (strncasecmp(key, "aws:RequestTag/", strlen("aws:RequestTag/")) != 0 ||
        has_null_check(statement, key) || sk_lint_conditions(statement, visit_tag_key, NULL))
        return;
    sk_lint_add(lint, SK_LINT_NO_COMPANION, statement, "Condition",
                "%sIfExists on '%s' is met by a request without the tag", operator_, key);
}

static bool visit_companion(void *context, const struct sk_operator *operator_, const char *key,
                            const json_t *values)
{
    struct visit *visit = context;
    const char *type = sk_catalogue_key_type(key);
    bool many = !type || sk_text_starts_with(type, "ArrayOf");
    sk_auto(sk_freep) char *value = sk_element_scalar_text(sk_element_at(values, 0));
    if (operator_->set == SK_SET_ALL && many && !has_null_check(visit->statement, key))
        sk_lint_add(visit->lint, SK_LINT_NO_COMPANION, visit->statement, "Condition",
                    "ForAllValues:%s on '%s' is met by a request without the key", operator_->name,
                    key);
    if (visit->statement->allow && operator_->if_exists && !operator_->negated &&
        strcasestr(key, "ResourceTag/"))
        sk_lint_add(visit->lint, SK_LINT_OPTIONAL_OWNER, visit->statement, "Condition",
                    "%s on '%s' is met by a resource without the tag", operator_->name, key);
    if (visit->statement->allow && operator_->if_exists && !operator_->negated)
        lint_optional_tag(visit->lint, visit->statement, operator_->name, key);
    if (!visit->statement->allow && operator_->family == SK_OPERATOR_BOOL &&
        !operator_->if_exists && strcasecmp(key, "aws:MultiFactorAuthPresent") == 0 && value &&
        strcasecmp(value, "false") == 0)
        sk_lint_add(visit->lint, SK_LINT_NO_COMPANION, visit->statement, "Condition",
                    "'%s' is absent for long-term keys: use BoolIfExists", key);
    return false;
}

struct tally {
    unsigned conditions;
    unsigned negated;
    unsigned excluded;     /* negated, on what is asked of SageMaker */
    unsigned requirements; /* on different keys of a service */
    char last[128];
};

/* A requirement in a deny: a key of the service (chosen by the caller) must be there, or be this.
 * Keys with aws: say from where and by whom, and are joined on purpose. */
static bool visit_tally(void *context, const struct sk_operator *operator_, const char *key,
                        const json_t *values)
{
    struct tally *tally = context;
    sk_auto(sk_freep) char *value = sk_element_scalar_text(sk_element_at(values, 0));
    bool absent = operator_->family == SK_OPERATOR_NULL && value && strcasecmp(value, "true") == 0;
    absent |= value && strcasecmp(value, "PublicInternetOnly") == 0; /* "not VpcOnly" */
    tally->conditions++;
    tally->negated += operator_->negated;
    tally->excluded += operator_->negated && strncasecmp(key, "sagemaker:", 10) == 0 &&
                       !strcasestr(key, "ResourceTag/");
    bool of_service =
        strncasecmp(key, "aws:", 4) != 0 || strncasecmp(key, "aws:RequestTag/", 15) == 0;
    if ((absent || operator_->negated) && of_service && strcasecmp(tally->last, key) != 0) {
        tally->requirements++;
        size_t length = strlen(key) < sizeof(tally->last) ? strlen(key) : sizeof(tally->last) - 1;
        memcpy(tally->last, key, length);
        tally->last[length] = '\0';
    }
    return false;
}

static void lint_joined(struct sk_lint *lint, const struct sk_lint_statement *statement)
{
    struct tally tally = {0};
    (void)sk_lint_conditions(statement, visit_tally, &tally);
    bool only_negated = tally.conditions > 0 && tally.negated == tally.conditions;
    if (statement->allow && (only_negated || tally.excluded > 0))
        sk_lint_add(lint, SK_LINT_NEGATED_ALLOW, statement, "Condition",
                    "allowed for all but: this denies nothing");
    if (!statement->allow && tally.requirements > 1)
        sk_lint_add(lint, SK_LINT_JOINT_DENY, statement, "Condition",
                    "denies only what fails all %u requirements at once", tally.requirements);
}

void sk_lint_condition_keys(struct sk_lint *lint)
{
    for (size_t i = 0; i < lint->statement_count; i++) {
        struct visit visit = {lint, &lint->statements[i]};
        (void)sk_lint_conditions(visit.statement, visit_key, &visit);
        (void)sk_lint_conditions(visit.statement, visit_companion, &visit);
        lint_joined(lint, visit.statement);
    }
}
