/* Lint of statements against each other: allows that a deny takes back, and allows that another
 * allow makes needless. Only unconditioned statements cover others, and only whole statements are
 * told. */
#include "policy/lint_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/element.h"

/* A copy of scalar or list with lower-case texts. New. */
static json_t *folded(const json_t *values)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sk_element_count(values); i++) {
        sk_auto(sk_freep) char *text = sk_element_scalar_text(sk_element_at(values, i));
        if (text)
            sk_text_lower(text);
        json_array_append_new(list, json_string(text ? text : ""));
    }
    return list;
}

/* Whether each text of `narrow` is covered by one of `wide`. */
static bool list_covers(const json_t *wide, const json_t *narrow)
{
    size_t count = sk_element_count(narrow);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(sk_element_at(narrow, i));
        bool covered = false;
        for (size_t j = 0; !covered && j < sk_element_count(wide); j++) {
            const char *pattern = json_string_value(sk_element_at(wide, j));
            covered = text && pattern && sk_glob_covers(pattern, text);
        }
        if (!covered)
            return false;
    }
    return count > 0;
}

static bool is_plain(const struct sk_lint_statement *statement)
{
    return !statement->not_action && !statement->not_resource;
}

static bool same_principal(const struct sk_lint_statement *a, const struct sk_lint_statement *b)
{
    static const char *const elements[] = {"Principal", "NotPrincipal"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *left = sk_element_get(a->json, elements[i]);
        const json_t *right = sk_element_get(b->json, elements[i]);
        if ((left || right) && (!left || !right || !json_equal(left, right)))
            return false;
    }
    return true;
}

static bool covers(const struct sk_lint_statement *wide, const json_t *wide_actions,
                   const struct sk_lint_statement *narrow, const json_t *narrow_actions)
{
    if (json_object_size(wide->condition) > 0 || !is_plain(wide) || !is_plain(narrow) ||
        !same_principal(wide, narrow))
        return false;
    if (!list_covers(wide_actions, narrow_actions))
        return false;
    return !wide->resources || list_covers(wide->resources, narrow->resources);
}

static void lint_statement(struct sk_lint *lint, json_t *const *actions, size_t number)
{
    const struct sk_lint_statement *statement = &lint->statements[number];
    for (size_t i = 0; i < lint->statement_count; i++) {
        const struct sk_lint_statement *other = &lint->statements[i];
        if (i == number || !covers(other, actions[i], statement, actions[number]))
            continue;
        /* of two that cover each other the later is told */
        if (other->allow && i > number && covers(statement, actions[number], other, actions[i]))
            continue;
        enum sk_lint_rule rule = other->allow ? SK_LINT_SHADOWED : SK_LINT_UNREACHABLE;
        if (other->sid)
            sk_lint_add(lint, rule, statement, NULL, "covered by statement '%s'", other->sid);
        else
            sk_lint_add(lint, rule, statement, NULL, "covered by statement %zu", i + 1);
        return;
    }
}

void sk_lint_shadows(struct sk_lint *lint)
{
    json_t **actions = sk_xcalloc(lint->statement_count + 1, sizeof(json_t *));
    for (size_t i = 0; i < lint->statement_count; i++)
        actions[i] = folded(lint->statements[i].actions);
    for (size_t i = 0; i < lint->statement_count; i++) {
        if (lint->statements[i].allow)
            lint_statement(lint, actions, i);
    }
    for (size_t i = 0; i < lint->statement_count; i++)
        json_decref(actions[i]);
    sk_freep(&actions);
}
