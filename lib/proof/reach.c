/* Quick looks that spare whole questions: whether a statement's resources can be among those that
 * are asked about, and whether anything grants at all. They compare only what both patterns begin
 * with, part by part of an ARN, and say no only when no text at all is matched by both. */
#include "proof/reach.h"

#include <string.h>

#include "base/alloc.h"
#include "policy/decide.h"
#include "policy/element.h"

/* A part of a pattern. */
struct part {
    const char *text;
    size_t length;
    size_t literal; /* so many of its bytes stand for themselves */
    bool whole;     /* what comes behind is the next part; otherwise anything may follow */
};

#define ARN_PARTS 6

/* The part at `text`; `last`: the rest of it. In a question '*' is a name and "**" any text, in a
 * policy '*' and '?' stay within a part and a variable may stand for several. */
static struct part asked_part(const char *text, bool last)
{
    struct part part = {.text = text, .whole = true};
    part.length = last ? strlen(text) : strcspn(text, ":");
    const char *any = strstr(text, "**");
    if (!last && any && any < text + part.length)
        part.whole = false;
    const char *star = memchr(text, '*', part.length);
    part.literal = star ? (size_t)(star - text) : part.length;
    return part;
}

static struct part pattern_part(const char *text, bool variables, bool last)
{
    struct part part = {.text = text, .whole = true};
    part.length = last ? strlen(text) : strcspn(text, ":");
    const char *variable = variables ? strstr(text, "${") : NULL;
    if (variable && variable <= text + part.length) {
        part.length = (size_t)(variable - text);
        part.whole = false;
    }
    part.literal = strcspn(text, "*?");
    if (part.literal > part.length)
        part.literal = part.length;
    return part;
}

static bool is_literal(const struct part *part)
{
    return part->whole && part->literal == part->length;
}

/* Whether no text begins (where both are whole: is) as both say. */
static bool are_apart(const struct part *a, const struct part *b)
{
    size_t common = a->literal < b->literal ? a->literal : b->literal;
    return memcmp(a->text, b->text, common) != 0 || (is_literal(a) && b->literal > a->length) ||
           (is_literal(b) && a->literal > b->length);
}

bool sk_reach_may_meet(const char *asked, const char *pattern, bool variables)
{
    if (strcmp(pattern, "*") == 0)
        return true;
    if (strcmp(asked, "*") == 0) /* no resource: this very text */
        return strchr("*?$", *pattern) != NULL;
    for (int number = 1;; number++) {
        bool last = number == ARN_PARTS;
        struct part a = asked_part(asked, last);
        struct part b = pattern_part(pattern, variables, last);
        if (are_apart(&a, &b))
            return false;
        asked += a.length;
        pattern += b.length;
        if (last || !a.whole || !b.whole || *asked != ':' || *pattern != ':')
            return true;
        asked++;
        pattern++;
    }
}

bool sk_reach_may_take(const struct sk_proof_statement *statement, const char *asked)
{
    if (!statement->resources || statement->not_resource)
        return true;
    for (size_t i = 0; i < sk_element_count(statement->resources); i++) {
        const char *pattern = json_string_value(sk_element_at(statement->resources, i));
        if (pattern && sk_reach_may_meet(asked, pattern, statement->variables))
            return true;
    }
    return false;
}

bool sk_reach_may_name(const struct sk_proof_statement *statement, const struct sk_request *request)
{
    bool names = statement->layer == SK_LAYER_RESOURCE || statement->layer == SK_LAYER_ENDPOINT;
    return !names || sk_policy_set_named(statement->alone, request) != 0;
}

static bool takes_any(const struct sk_proof_statement *statement, size_t first, size_t past)
{
    for (size_t i = first; i < past; i++) {
        if (statement->actions[i / 64] >> (i % 64) & 1)
            return true;
    }
    return false;
}

static bool grants(const struct sk_proof_statement *statement)
{
    return !statement->deny &&
           (statement->layer == SK_LAYER_IDENTITY || statement->layer == SK_LAYER_RESOURCE);
}

/* Who asks, for policies that name principals. NULL when the base is wrong. */
static struct sk_request *asker(const json_t *base)
{
    struct sk_err err = {0};
    struct sk_request *request = sk_request_new();
    json_auto_t *asking = json_copy((json_t *)base);
    json_object_set_new(asking, "action", json_string("any:Action"));
    if (sk_policy_decide_request(asking, request, &err) == 0)
        return request;
    sk_err_done(&err);
    sk_request_free(request);
    return NULL;
}

bool sk_proof_may_grant(const struct sk_proof_policies *policies, const json_t *base, size_t first,
                        size_t past, const char *resource)
{
    struct sk_request *request = NULL;
    bool found = false;
    for (size_t i = 0; !found && i < policies->statement_count; i++) {
        const struct sk_proof_statement *statement = &policies->statements[i];
        if (!grants(statement) || !takes_any(statement, first, past) ||
            !sk_reach_may_take(statement, resource))
            continue;
        if (!request && statement->layer == SK_LAYER_RESOURCE)
            request = asker(base);
        found = !request || sk_reach_may_name(statement, request);
    }
    sk_request_free(request);
    return found;
}
