/* The lint's table, its driver, and the checks on a document as a whole. */
#include "policy/lint_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "policy/element.h"

#define NEAR_PERCENT   90 /* of the size limit */
/* What is looked at in full: actions and resources of all statements, actions times resources and
 * condition keys, statements. AWS's largest documents have far less. */
#define MAX_VALUES     4000
#define MAX_PAIRS      40000
#define MAX_STATEMENTS 400

static const struct {
    const char *id;
    enum sk_lint_severity severity;
    const char *title, *why, *fix;
} rules[] = {
#define X(name, id, severity, title, why, fix)                                                     \
    [SK_LINT_##name] = {id, SK_LINT_##severity, title, why, fix},
    SK_LINT_RULES(X)
#undef X
};

const char *sk_lint_id(enum sk_lint_rule rule)
{
    return rules[rule].id;
}

enum sk_lint_severity sk_lint_severity(enum sk_lint_rule rule)
{
    return rules[rule].severity;
}

const char *sk_lint_severity_name(enum sk_lint_severity severity)
{
    static const char *const names[] = {
        [SK_LINT_ERROR] = "error",
        [SK_LINT_WARNING] = "warning",
        [SK_LINT_NOTICE] = "notice",
    };
    return names[severity];
}

const char *sk_lint_title(enum sk_lint_rule rule)
{
    return rules[rule].title;
}

const char *sk_lint_why(enum sk_lint_rule rule)
{
    return rules[rule].why;
}

const char *sk_lint_fix(enum sk_lint_rule rule)
{
    return rules[rule].fix;
}

static json_t *statement_name(const struct sk_lint_statement *statement)
{
    if (!statement)
        return json_null();
    return statement->sid ? json_string(statement->sid)
                          : json_integer((json_int_t)statement->position);
}

void sk_lint_add(struct sk_lint *lint, enum sk_lint_rule rule,
                 const struct sk_lint_statement *statement, const char *element, const char *format,
                 ...)
{
    struct sk_err text = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&text, SK_E_INVALID, format, arguments);
    va_end(arguments);
    struct sk_buffer pointer = {0};
    if (statement)
        sk_buffer_addf(&pointer, "/Statement/%zu%s%s", statement->position, element ? "/" : "",
                       element ? element : "");
    json_t *finding = json_object();
    json_object_set_new(finding, "id", json_string(rules[rule].id));
    json_object_set_new(finding, "severity",
                        json_string(sk_lint_severity_name(rules[rule].severity)));
    json_object_set_new(finding, "origin", json_string(lint->origin));
    json_object_set_new(finding, "statement", statement_name(statement));
    json_object_set_new(finding, "pointer", json_string(sk_buffer_text(&pointer)));
    json_object_set_new(finding, "message", json_string(sk_err_message(&text)));
    json_object_set_new(finding, "why", json_string(rules[rule].why));
    json_object_set_new(finding, "fix", json_string(rules[rule].fix));
    json_object_set_new(finding, "page", json_sprintf("docs/lint/%s.md", rules[rule].id));
    json_array_append_new(lint->findings, finding);
    sk_buffer_done(&pointer);
    sk_err_done(&text);
}

static void read_statement(const json_t *json, size_t position, struct sk_lint_statement *out)
{
    *out = (struct sk_lint_statement){.json = json, .position = position};
    const char *sid = json_string_value(sk_element_get(json, "Sid"));
    const char *effect = json_string_value(sk_element_get(json, "Effect"));
    out->sid = sid && *sid ? sid : NULL;
    out->allow = effect && strcmp(effect, "Allow") == 0;
    out->actions = sk_element_get(json, "Action");
    out->not_action = !out->actions;
    if (!out->actions)
        out->actions = sk_element_get(json, "NotAction");
    out->resources = sk_element_get(json, "Resource");
    if (!out->resources) {
        out->resources = sk_element_get(json, "NotResource");
        out->not_resource = out->resources != NULL;
    }
    out->condition = sk_element_get(json, "Condition");
}

static void read_statements(struct sk_lint *lint)
{
    const json_t *statements = sk_element_get(lint->document, "Statement");
    lint->statement_count = sk_element_count(statements);
    lint->statements = sk_xcalloc(lint->statement_count + 1, sizeof(lint->statements[0]));
    for (size_t i = 0; i < lint->statement_count; i++)
        read_statement(sk_element_at(statements, i), i, &lint->statements[i]);
}

bool sk_lint_conditions(const struct sk_lint_statement *statement, sk_lint_visit_fn visit,
                        void *context)
{
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)statement->condition, name, keys)
    {
        struct sk_operator operator_;
        if (!sk_operator_parse(name, &operator_))
            continue;
        const char *key;
        json_t *values;
        json_object_foreach(keys, key, values)
        {
            if (visit(context, &operator_, key, values))
                return true;
        }
    }
    return false;
}

bool sk_lint_limits(enum sk_policy_use use)
{
    return use == SK_POLICY_BOUNDARY || use == SK_POLICY_SCP || use == SK_POLICY_RCP ||
           use == SK_POLICY_ENDPOINT;
}

bool sk_lint_has_action(const struct sk_lint_statement *statement, const char *action)
{
    bool named = false;
    for (size_t i = 0; !named && i < sk_element_count(statement->actions); i++) {
        const char *pattern = json_string_value(sk_element_at(statement->actions, i));
        named = pattern && sk_glob_covers_action(pattern, action);
    }
    return named != statement->not_action;
}

/* Each line of the grammar check's message is a finding. */
static bool lint_grammar(struct sk_lint *lint)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    if (sk_policy_check(lint->document, lint->use, lint->origin, &err) == 0)
        return true;
    size_t origin = strlen(lint->origin) + 2;
    for (const char *line = err.msg; line;) {
        size_t length = strcspn(line, "\n");
        size_t skip = length > origin ? origin : 0;
        sk_lint_add(lint, SK_LINT_GRAMMAR, NULL, NULL, "%.*s", (int)(length - skip), line + skip);
        line = line[length] ? line + length + 1 : NULL;
    }
    return false;
}

static void lint_size(struct sk_lint *lint)
{
    size_t size = sk_policy_size(lint->document, lint->use);
    size_t limit = sk_policy_size_limit(lint->use);
    if (size > limit)
        sk_lint_add(lint, SK_LINT_OVER_SIZE, NULL, NULL, "%zu characters: at most %zu are taken",
                    size, limit);
    else if (size * 100 > limit * NEAR_PERCENT)
        sk_lint_add(lint, SK_LINT_NEAR_SIZE, NULL, NULL, "%zu characters of at most %zu", size,
                    limit);
}

static void lint_version(struct sk_lint *lint)
{
    const char *version = json_string_value(sk_element_get(lint->document, "Version"));
    if (version && strcmp(version, "2012-10-17") == 0)
        return;
    sk_auto(sk_freep) char *text = sk_policy_text(lint->document);
    if (text && strstr(text, "${"))
        sk_lint_add(lint, SK_LINT_OLD_VERSION, NULL, NULL, "version %s, but '${' is used",
                    version ? version : "2008-10-17 (none is said)");
}

static void lint_boundary(struct sk_lint *lint)
{
    if (lint->use != SK_POLICY_BOUNDARY)
        return;
    for (size_t i = 0; i < lint->statement_count; i++) {
        if (lint->statements[i].allow)
            return;
    }
    sk_lint_add(lint, SK_LINT_EMPTY_BOUNDARY, NULL, NULL, "no statement allows anything");
}

/* Whether there is little enough to look at everything against everything. */
static bool is_short_enough(struct sk_lint *lint)
{
    size_t values = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < lint->statement_count; i++) {
        const struct sk_lint_statement *statement = &lint->statements[i];
        size_t actions = sk_element_count(statement->actions);
        size_t keys = 0;
        const char *name;
        json_t *block;
        json_object_foreach((json_t *)statement->condition, name, block)
        {
            keys += json_object_size(block);
        }
        values += actions + sk_element_count(statement->resources);
        pairs += actions * (keys + sk_element_count(statement->resources));
    }
    if (values <= MAX_VALUES && pairs <= MAX_PAIRS && lint->statement_count <= MAX_STATEMENTS)
        return true;
    sk_lint_add(lint, SK_LINT_TOO_LONG, NULL, NULL, "%zu statements with %zu actions and resources",
                lint->statement_count, values);
    return false;
}

/* Most severe first, stable otherwise. */
static json_t *by_severity(json_t *findings)
{
    json_t *sorted = json_array();
    for (int severity = SK_LINT_ERROR; severity <= SK_LINT_NOTICE; severity++) {
        const char *name = sk_lint_severity_name((enum sk_lint_severity)severity);
        size_t index;
        json_t *finding;
        json_array_foreach(findings, index, finding)
        {
            if (strcmp(json_string_value(json_object_get(finding, "severity")), name) == 0)
                json_array_append(sorted, finding);
        }
    }
    json_decref(findings);
    return sorted;
}

json_t *sk_policy_lint(const json_t *document, enum sk_policy_use use, const char *origin)
{
    struct sk_lint lint = {
        .document = document, .use = use, .origin = origin, .findings = json_array()};
    if (lint_grammar(&lint)) {
        read_statements(&lint);
        lint_size(&lint);
        lint_version(&lint);
        lint_boundary(&lint);
        if (is_short_enough(&lint)) {
            sk_lint_actions(&lint);
            sk_lint_condition_keys(&lint);
            sk_lint_shadows(&lint);
        }
        sk_lint_holes(&lint);
    }
    free(lint.statements);
    return by_severity(lint.findings);
}
