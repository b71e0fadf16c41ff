/* Grammar of policy documents: which elements a document of each use may and must have, and the
 * form of their values. All faults of a document are collected.
 *
 * Sources: IAM User Guide "Grammar of the IAM JSON policy language" and "IAM JSON policy elements"
 * (Sid, Principal, NotPrincipal, Action, Resource, Condition); Organizations User Guide "SCP
 * syntax" and "RCP syntax"; CreatePolicy for the characters of a document. */
#include "policy/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "base/text.h"
#include "policy/element.h"
#include "policy/locate.h"
#include "policy/operator.h"

#define MAX_FAULTS 50 /* after that many, a document is not worth listing further */

struct checker {
    enum sk_policy_use use;
    const char *origin;
    const char *text; /* NULL: unknown */
    size_t length;
    struct sk_buffer path; /* JSON pointer of what is being looked at */
    struct sk_buffer faults;
    size_t fault_count;
};

static size_t push(struct checker *checker, const char *member)
{
    size_t mark = checker->path.length;
    sk_buffer_addc(&checker->path, '/');
    for (const char *c = member; *c; c++) {
        if (*c == '~')
            sk_buffer_adds(&checker->path, "~0");
        else if (*c == '/')
            sk_buffer_adds(&checker->path, "~1");
        else
            sk_buffer_addc(&checker->path, *c);
    }
    return mark;
}

static size_t push_index(struct checker *checker, size_t index)
{
    size_t mark = checker->path.length;
    sk_buffer_addf(&checker->path, "/%zu", index);
    return mark;
}

static void pop(struct checker *checker, size_t mark)
{
    checker->path.length = mark;
    checker->path.data[mark] = '\0';
}

static void fault(struct checker *checker, const char *format, ...) SK_PRINTF(2, 3);
static void fault(struct checker *checker, const char *format, ...)
{
    if (checker->fault_count++ >= MAX_FAULTS)
        return;
    struct sk_buffer *out = &checker->faults;
    const char *path = sk_buffer_text(&checker->path);
    sk_buffer_addf(out, "%s%s", checker->fault_count > 1 ? "\n" : "", checker->origin);
    if (checker->text) {
        unsigned line;
        unsigned column;
        sk_policy_locate(checker->text, checker->length, path, &line, &column);
        sk_buffer_addf(out, ":%u:%u", line, column);
    }
    sk_buffer_addf(out, ": %s: ", *path ? path : "/");
    struct sk_err message = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&message, SK_E_INVALID, format, arguments);
    va_end(arguments);
    sk_buffer_adds(out, sk_err_message(&message));
    sk_err_done(&message);
}

static bool is_identity(enum sk_policy_use use)
{
    return use == SK_POLICY_MANAGED || use == SK_POLICY_INLINE || use == SK_POLICY_BOUNDARY;
}

static bool is_on_resource(enum sk_policy_use use)
{
    return use == SK_POLICY_RESOURCE || use == SK_POLICY_ENDPOINT;
}

/* CreatePolicy and PutRolePolicy take tab, LF, CR and U+0020 to U+00FF only. */
static void check_characters(struct checker *checker, const char *text)
{
    if (checker->use == SK_POLICY_SCP || checker->use == SK_POLICY_RCP ||
        is_on_resource(checker->use))
        return;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c >= 0xc4) { /* U+0100 and above begin with C4 or more in UTF-8 */
            fault(checker, "character outside of U+0020 to U+00FF, which IAM refuses");
            return;
        }
        if (*c < 0x20 && !strchr("\t\n\r", *c)) {
            fault(checker, "control character U+%04X, which IAM refuses", *c);
            return;
        }
    }
}

static const char *json_kind(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "a value";
}

typedef void (*check_string_fn)(struct checker *checker, const char *text);

/* A string or a list of at least one string, each passed to `check`. */
static void check_strings(struct checker *checker, const json_t *value, check_string_fn check)
{
    if (json_is_array(value) && json_array_size(value) == 0) {
        fault(checker, "an empty list: at least one value is needed");
        return;
    }
    for (size_t i = 0; i < sk_element_count(value); i++) {
        const json_t *item = sk_element_at(value, i);
        size_t mark = json_is_array(value) ? push_index(checker, i) : checker->path.length;
        if (!json_is_string(item)) {
            fault(checker, "%s where a string is expected", json_kind(item));
        } else {
            check_characters(checker, json_string_value(item));
            check(checker, json_string_value(item));
        }
        pop(checker, mark);
    }
}

static void check_sid(struct checker *checker, const json_t *sid)
{
    const char *text = json_string_value(sid);
    if (!text) {
        fault(checker, "%s where a string is expected", json_kind(sid));
        return;
    }
    if (is_on_resource(checker->use))
        return; /* services have their own rules */
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c)) {
            fault(checker, "'%s' may only contain letters and digits", text);
            return;
        }
    }
}

static void check_effect(struct checker *checker, const json_t *effect)
{
    const char *text = json_string_value(effect);
    if (!text)
        fault(checker, "%s where \"Allow\" or \"Deny\" is expected", json_kind(effect));
    else if (strcmp(text, "Allow") != 0 && strcmp(text, "Deny") != 0)
        fault(checker, "'%s' is neither Allow nor Deny (the case counts)", text);
    else if (checker->use == SK_POLICY_RCP && strcmp(text, "Deny") != 0)
        fault(checker, "a resource control policy can only deny");
}

static void check_action(struct checker *checker, const char *action)
{
    if (strcmp(action, "*") == 0) {
        if (checker->use == SK_POLICY_TRUST)
            fault(checker, "a trust policy names sts actions, not '*'");
        if (checker->use == SK_POLICY_RCP)
            fault(checker, "a resource control policy names the service of its actions, not '*'");
        return;
    }
    size_t service =
        strspn(action, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    const char *name = action + service;
    if (strcmp(action, "*:*") == 0)
        return;
    if (service == 0 || *name != ':' || name[1] == '\0') {
        fault(checker, "'%s' is not of the form service:Action", action);
        return;
    }
    for (const char *c = name + 1; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("*?_-", *c)) {
            fault(checker, "'%s' has a character that no action name has", action);
            return;
        }
    }
    if (checker->use == SK_POLICY_TRUST && strncasecmp(action, "sts:", 4) != 0)
        fault(checker, "'%s' in a trust policy, which takes sts actions only", action);
}

static void check_resource(struct checker *checker, const char *resource)
{
    if (strcmp(resource, "*") == 0 || sk_text_starts_with(resource, "arn:"))
        return;
    fault(checker, "'%s' is neither an ARN nor '*'", resource);
}

static void check_any_string(struct checker *checker, const char *text)
{
    if (*text == '\0')
        fault(checker, "an empty string");
}

static void check_aws_principal(struct checker *checker, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    bool account = digits == 12 && text[digits] == '\0';
    bool unique_id = strlen(text) >= 16 && sk_text_starts_with(text, "A") &&
                     strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
    if (strcmp(text, "*") == 0 || account || unique_id)
        return;
    if (!sk_text_starts_with(text, "arn:"))
        fault(checker, "'%s' is neither an ARN, an account id nor '*'", text);
    else if (strchr(text, '*') || strchr(text, '?'))
        fault(checker, "'%s': a principal takes no wildcard within an ARN", text);
}

static void check_principal(struct checker *checker, const json_t *principal)
{
    const char *text = json_string_value(principal);
    if (text) {
        if (strcmp(text, "*") != 0)
            fault(checker, "'%s' where '*' or an object is expected", text);
        return;
    }
    if (!json_is_object(principal) || json_object_size(principal) == 0) {
        fault(checker, "%s where '*' or an object with principals is expected",
              json_is_object(principal) ? "an empty object" : json_kind(principal));
        return;
    }
    if (checker->use == SK_POLICY_RCP)
        fault(checker, "a resource control policy takes only the principal '*'");
    const char *kind;
    json_t *value;
    json_object_foreach((json_t *)principal, kind, value)
    {
        size_t mark = push(checker, kind);
        const char *known = sk_element_name(SK_ELEMENT_PRINCIPAL, kind);
        const char *near = sk_element_nearest(SK_ELEMENT_PRINCIPAL, kind);
        if (!known)
            fault(checker, "unknown kind of principal '%s'%s%s", kind,
                  near ? "; did you mean " : "",
                  near ? near : ": expected AWS, Federated, Service or CanonicalUser");
        else if (strcmp(known, "AWS") == 0)
            check_strings(checker, value, check_aws_principal);
        else
            check_strings(checker, value, check_any_string);
        pop(checker, mark);
    }
}

static void check_condition_values(struct checker *checker, const json_t *values)
{
    for (size_t i = 0; i < sk_element_count(values); i++) {
        const json_t *item = sk_element_at(values, i);
        size_t mark = json_is_array(values) ? push_index(checker, i) : checker->path.length;
        if (json_is_string(item))
            check_characters(checker, json_string_value(item));
        else if (!json_is_number(item) && !json_is_boolean(item))
            fault(checker, "%s where a string, number or boolean is expected", json_kind(item));
        pop(checker, mark);
    }
}

static void check_condition_keys(struct checker *checker, json_t *keys)
{
    if (!json_is_object(keys)) {
        fault(checker, "%s where an object of condition keys is expected", json_kind(keys));
        return;
    }
    json_auto_t *seen = json_object();
    const char *key;
    json_t *values;
    json_object_foreach(keys, key, values)
    {
        size_t mark = push(checker, key);
        check_characters(checker, key);
        const char *colon = strchr(key, ':');
        if (!colon || colon == key || colon[1] == '\0')
            fault(checker, "'%s' is not of the form service:Key", key);
        char folded[256];
        size_t length = strlen(key);
        for (size_t i = 0; i <= length && i < sizeof(folded); i++)
            folded[i] = (char)tolower((unsigned char)key[i]);
        if (length < sizeof(folded)) {
            if (json_object_get(seen, folded))
                fault(checker, "'%s' appears twice in this block (condition keys ignore case)",
                      key);
            json_object_set_new(seen, folded, json_true());
        }
        check_condition_values(checker, values);
        pop(checker, mark);
    }
}

static void check_condition(struct checker *checker, json_t *condition)
{
    if (!json_is_object(condition)) {
        fault(checker, "%s where an object of condition operators is expected",
              json_kind(condition));
        return;
    }
    json_auto_t *seen = json_object();
    const char *name;
    json_t *keys;
    json_object_foreach(condition, name, keys)
    {
        size_t mark = push(checker, name);
        struct sk_operator operator_;
        char spelt[SK_OPERATOR_TEXT_BYTES];
        if (!sk_operator_parse(name, &operator_)) {
            const char *near = sk_operator_nearest(name);
            fault(checker, "unknown condition operator '%s'%s%s", name,
                  near ? "; did you mean " : "", near ? near : "");
        } else {
            sk_operator_format(&operator_, spelt);
            if (json_object_get(seen, spelt))
                fault(checker, "operator '%s' appears twice", spelt);
            json_object_set_new(seen, spelt, json_true());
        }
        check_condition_keys(checker, keys);
        pop(checker, mark);
    }
}

/* Of a pair like Action and NotAction: how many are there. */
static unsigned pair_count(const json_t *statement, const char *positive, const char *negative)
{
    return (sk_element_get(statement, positive) ? 1U : 0U) +
           (sk_element_get(statement, negative) ? 1U : 0U);
}

static void check_presence(struct checker *checker, const json_t *statement)
{
    enum sk_policy_use use = checker->use;
    if (!sk_element_get(statement, "Effect"))
        fault(checker, "Effect is missing");
    unsigned actions = pair_count(statement, "Action", "NotAction");
    if (actions != 1)
        fault(checker,
              actions ? "Action and NotAction together" : "Action (or NotAction) is missing");
    unsigned resources = pair_count(statement, "Resource", "NotResource");
    if (resources > 1)
        fault(checker, "Resource and NotResource together");
    if (use == SK_POLICY_TRUST && resources > 0)
        fault(checker, "a trust policy takes no Resource: it is about the role itself");
    if (use != SK_POLICY_TRUST && !is_on_resource(use) && resources == 0)
        fault(checker, "Resource (or NotResource) is missing");
    unsigned principals = pair_count(statement, "Principal", "NotPrincipal");
    if (principals > 1)
        fault(checker, "Principal and NotPrincipal together");
    if ((is_identity(use) || use == SK_POLICY_SCP) && principals > 0)
        fault(checker, "%s takes no Principal: it applies to what it is attached to",
              use == SK_POLICY_SCP ? "a service control policy" : "an identity policy");
    if ((use == SK_POLICY_TRUST || is_on_resource(use) || use == SK_POLICY_RCP) && principals == 0)
        fault(checker, "Principal is missing");
    if (use == SK_POLICY_RCP && sk_element_get(statement, "NotAction"))
        fault(checker, "a resource control policy takes no NotAction");
    if (use == SK_POLICY_RCP && sk_element_get(statement, "NotPrincipal"))
        fault(checker, "a resource control policy takes no NotPrincipal");
}

static void check_element(struct checker *checker, const char *element, json_t *value)
{
    if (strcmp(element, "Sid") == 0)
        check_sid(checker, value);
    else if (strcmp(element, "Effect") == 0)
        check_effect(checker, value);
    else if (sk_text_ends_with(element, "Principal"))
        check_principal(checker, value);
    else if (sk_text_ends_with(element, "Action"))
        check_strings(checker, value, check_action);
    else if (sk_text_ends_with(element, "Resource"))
        check_strings(checker, value, check_resource);
    else
        check_condition(checker, value);
}

/* Names of an object's members: known, and not twice in two capitalisations. Calls `each` for them.
 */
static void check_members(struct checker *checker, json_t *object, enum sk_element_level level,
                          void (*each)(struct checker *, const char *, json_t *))
{
    json_auto_t *seen = json_object();
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        size_t mark = push(checker, name);
        const char *element = sk_element_name(level, name);
        if (!element) {
            const char *near = sk_element_nearest(level, name);
            fault(checker, "unknown element '%s'%s%s", name, near ? "; did you mean " : "",
                  near ? near : "");
        } else {
            if (json_object_get(seen, element))
                fault(checker, "'%s' appears twice in different capitalisation", element);
            json_object_set_new(seen, element, json_true());
            each(checker, element, value);
        }
        pop(checker, mark);
    }
}

static void check_statement(struct checker *checker, json_t *statement)
{
    if (!json_is_object(statement)) {
        fault(checker, "%s where a statement is expected", json_kind(statement));
        return;
    }
    check_presence(checker, statement);
    check_members(checker, statement, SK_ELEMENT_STATEMENT, check_element);
}

/* "The Sid value must be unique within a JSON policy." */
static void check_unique_sid(struct checker *checker, json_t *seen, const json_t *statement)
{
    const char *sid = json_string_value(sk_element_get(statement, "Sid"));
    if (!sid || *sid == '\0')
        return;
    if (json_object_get(seen, sid)) {
        size_t mark = push(checker, "Sid");
        fault(checker, "'%s' is the Sid of an earlier statement too", sid);
        pop(checker, mark);
    }
    json_object_set_new(seen, sid, json_true());
}

static void check_statements(struct checker *checker, json_t *statements)
{
    if (json_is_object(statements)) {
        check_statement(checker, statements);
        return;
    }
    size_t count = json_array_size(statements);
    if (count == 0) {
        fault(checker, "%s where a list of statements is expected",
              json_is_array(statements) ? "an empty list" : json_kind(statements));
        return;
    }
    if (count > SK_BOUND_POLICY_STATEMENTS) {
        fault(checker, "%zu statements: more than %d", count, SK_BOUND_POLICY_STATEMENTS);
        return;
    }
    json_auto_t *seen = json_object();
    for (size_t i = 0; i < count; i++) {
        size_t mark = push_index(checker, i);
        json_t *statement = json_array_get(statements, i);
        check_statement(checker, statement);
        check_unique_sid(checker, seen, statement);
        pop(checker, mark);
    }
}

static void check_top(struct checker *checker, const char *element, json_t *value)
{
    if (strcmp(element, "Statement") == 0) {
        check_statements(checker, value);
        return;
    }
    const char *text = json_string_value(value);
    if (!text)
        fault(checker, "%s where a string is expected", json_kind(value));
    else if (strcmp(element, "Id") == 0)
        check_characters(checker, text);
    else if (strcmp(text, "2012-10-17") != 0 && strcmp(text, "2008-10-17") != 0)
        fault(checker, "'%s' is no version of the policy language: use 2012-10-17", text);
}

int sk_policy_check_text(const json_t *document, enum sk_policy_use use, const char *origin,
                         const char *text, size_t length, struct sk_err *err)
{
    struct checker checker = {
        .use = use,
        .origin = origin,
        .text = text,
        .length = length,
    };
    sk_buffer_adds(&checker.path, "");
    if (!json_is_object(document)) {
        fault(&checker, "%s where a policy document is expected", json_kind(document));
    } else {
        if (!sk_element_get(document, "Statement"))
            fault(&checker, "Statement is missing");
        check_members(&checker, (json_t *)document, SK_ELEMENT_DOCUMENT, check_top);
    }
    int result = 0;
    if (checker.fault_count > MAX_FAULTS)
        sk_buffer_addf(&checker.faults, "\n%s: and %zu more", origin,
                       checker.fault_count - MAX_FAULTS);
    if (checker.fault_count > 0)
        result = sk_err_set(err, SK_E_INVALID, "%s", sk_buffer_text(&checker.faults));
    sk_buffer_done(&checker.path);
    sk_buffer_done(&checker.faults);
    return result;
}

int sk_policy_check(const json_t *document, enum sk_policy_use use, const char *origin,
                    struct sk_err *err)
{
    return sk_policy_check_text(document, use, origin, NULL, 0, err);
}
