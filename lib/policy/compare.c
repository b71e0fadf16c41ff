/* What changed between two documents, in sentences. Statements are matched by what they say, then
 * by Sid, then by overlap of their values; a statement without a partner is added or removed. */
#include "policy/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/canonical.h"
#include "policy/element.h"

/* Beyond this many pairs, statements that neither agree nor share a Sid are shown as removed and
 * added: nobody reads a diff of that size, and matching would take quadratic time. */
#define MAX_PAIRS 40000

/* A document's statements; `partner` is the position in the other side, -1 without. */
struct side {
    json_t *written;   /* statements as written; borrowed items */
    json_t *canonical; /* the same in canonical form */
    long *partner;
    size_t count;
};

static void side_init(struct side *side, const json_t *document)
{
    *side = (struct side){.written = json_array()};
    const json_t *statements = document ? sk_element_get(document, "Statement") : NULL;
    for (size_t i = 0; i < sk_element_count(statements); i++)
        json_array_append(side->written, sk_element_at(statements, i));
    side->canonical = document ? sk_canonical_statement_list(document) : json_array();
    side->count = json_array_size(side->canonical);
    side->partner = sk_xcalloc(side->count + 1, sizeof(side->partner[0]));
    for (size_t i = 0; i < side->count; i++)
        side->partner[i] = -1;
}

static void side_done(struct side *side)
{
    json_decref(side->written);
    json_decref(side->canonical);
    free(side->partner);
}

static const char *sid_of(const json_t *statement)
{
    const char *sid = json_string_value(json_object_get(statement, "Sid"));
    return sid && *sid ? sid : NULL;
}

typedef char *(*key_fn)(const json_t *statement);

static char *key_text(const json_t *statement)
{
    return sk_json_canonical(statement);
}

static char *key_sid(const json_t *statement)
{
    return sk_xstrdup(sid_of(statement));
}

/* Pairs the statements that are still alone and have the same key (NULL keys match nothing). */
static void pair_by_key(struct side *a, struct side *b, key_fn key)
{
    json_auto_t *index = json_object();
    for (size_t i = a->count; i-- > 0;) {
        sk_auto(sk_freep) char *text =
            a->partner[i] < 0 ? key(json_array_get(a->canonical, i)) : NULL;
        if (!text)
            continue;
        json_t *positions = json_object_get(index, text);
        if (!positions) {
            positions = json_array();
            json_object_set_new(index, text, positions);
        }
        json_array_append_new(positions, json_integer((json_int_t)i));
    }
    for (size_t j = 0; j < b->count; j++) {
        sk_auto(sk_freep) char *text =
            b->partner[j] < 0 ? key(json_array_get(b->canonical, j)) : NULL;
        json_t *positions = text ? json_object_get(index, text) : NULL;
        size_t left = json_array_size(positions);
        if (left == 0)
            continue;
        long i = (long)json_integer_value(json_array_get(positions, left - 1));
        json_array_remove(positions, left - 1);
        a->partner[i] = (long)j;
        b->partner[j] = i;
    }
}

/* Number of strings that two sorted lists share. */
static size_t shared(const json_t *a, const json_t *b)
{
    size_t i = 0;
    size_t j = 0;
    size_t count = 0;
    while (i < json_array_size(a) && j < json_array_size(b)) {
        int order = strcmp(json_string_value(json_array_get(a, i)),
                           json_string_value(json_array_get(b, j)));
        count += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return count;
}

static const char *const value_elements[] = {"Action", "NotAction", "Resource", "NotResource"};

#define VALUE_ELEMENT_COUNT (sizeof(value_elements) / sizeof(value_elements[0]))

static size_t overlap(const json_t *a, const json_t *b)
{
    size_t score = 0;
    for (size_t i = 0; i < VALUE_ELEMENT_COUNT; i++) {
        size_t weight = i < 2 ? 4 : 1; /* actions say more about a statement than its resources */
        score += weight * shared(json_object_get(a, value_elements[i]),
                                 json_object_get(b, value_elements[i]));
    }
    if (json_equal(json_object_get(a, "Principal"), json_object_get(b, "Principal")))
        score += json_object_get(a, "Principal") ? 2 : 0;
    bool same_effect = json_equal(json_object_get(a, "Effect"), json_object_get(b, "Effect"));
    return score > 0 && same_effect ? score + 1 : score;
}

/* Greedy: the best pair first, then the best of what is left. Scores are taken once. */
static void pair_by_overlap(struct side *a, struct side *b)
{
    if (a->count == 0 || b->count == 0 || a->count > MAX_PAIRS / b->count)
        return;
    size_t *scores = sk_xcalloc(a->count * b->count, sizeof(scores[0]));
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; a->partner[i] < 0 && j < b->count; j++) {
            if (b->partner[j] < 0)
                scores[i * b->count + j] =
                    overlap(json_array_get(a->canonical, i), json_array_get(b->canonical, j));
        }
    }
    for (;;) {
        size_t best = 0;
        for (size_t at = 1; at < a->count * b->count; at++) {
            if (scores[at] > scores[best])
                best = at;
        }
        if (scores[best] < 2) /* at least one action or two other values in common */
            break;
        size_t i = best / b->count;
        size_t j = best % b->count;
        a->partner[i] = (long)j;
        b->partner[j] = (long)i;
        for (size_t other = 0; other < b->count; other++)
            scores[i * b->count + other] = 0;
        for (size_t other = 0; other < a->count; other++)
            scores[other * b->count + j] = 0;
    }
    free(scores);
}

/* "statement 'Developer'" or "statement 3" (as counted in the document it is written in). */
static char *label(const json_t *statement, size_t position)
{
    const char *sid = sid_of(statement);
    return sid ? sk_xasprintf("statement '%s'", sid) : sk_xasprintf("statement %zu", position + 1);
}

static void say(json_t *sentences, const char *format, ...) SK_PRINTF(2, 3);
static void say(json_t *sentences, const char *format, ...)
{
    struct sk_err text = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&text, SK_E_INVALID, format, arguments);
    va_end(arguments);
    json_array_append_new(sentences, json_string(sk_err_message(&text)));
    sk_err_done(&text);
}

#define SHOWN_VALUES 4 /* a sentence lists that many values and counts the rest */

static void add_list(struct sk_buffer *out, const json_t *list, const char *join)
{
    size_t count = json_array_size(list);
    size_t shown = count > SHOWN_VALUES + 1 ? SHOWN_VALUES : count;
    for (size_t i = 0; i < shown; i++)
        sk_buffer_addf(out, "%s%s", i ? join : "", json_string_value(json_array_get(list, i)));
    if (shown < count)
        sk_buffer_addf(out, " and %zu more", count - shown);
    if (count == 0)
        sk_buffer_adds(out, "nothing");
}

/* "arn:a, arn:b" or "everything but arn:c"; "" for statements without resources. */
static char *resource_words(const json_t *canonical)
{
    struct sk_buffer out = {0};
    const json_t *resource = json_object_get(canonical, "Resource");
    const json_t *except = json_object_get(canonical, "NotResource");
    if (resource || except)
        sk_buffer_adds(&out, except ? " on everything but " : " on ");
    if (resource || except)
        add_list(&out, except ? except : resource, ", ");
    return sk_buffer_take(&out);
}

static void add_condition(struct sk_buffer *out, const json_t *condition)
{
    const char *operator_;
    json_t *keys;
    bool first = true;
    json_object_foreach((json_t *)condition, operator_, keys)
    {
        const char *key;
        json_t *values;
        json_object_foreach(keys, key, values)
        {
            sk_buffer_addf(out, "%s%s %s ", first ? " if " : " and ", key, operator_);
            add_list(out, values, " or ");
            first = false;
        }
    }
}

static void add_principal(struct sk_buffer *out, const json_t *canonical)
{
    const json_t *principal = json_object_get(canonical, "Principal");
    const json_t *except = json_object_get(canonical, "NotPrincipal");
    if (!principal && !except)
        return;
    sk_buffer_adds(out, except ? " for everyone but " : " for ");
    const char *kind;
    json_t *values;
    bool first = true;
    json_object_foreach((json_t *)(except ? except : principal), kind, values)
    {
        sk_buffer_addf(out, "%s%s ", first ? "" : ", ", kind);
        add_list(out, values, ", ");
        first = false;
    }
}

/* {lower-case action: as written} for Action and NotAction of a statement. New. */
static json_t *spellings(const json_t *written)
{
    json_t *index = json_object();
    static const char *const elements[] = {"Action", "NotAction"};
    for (size_t e = 0; e < 2; e++) {
        const json_t *values = sk_element_get(written, elements[e]);
        for (size_t i = 0; i < sk_element_count(values); i++) {
            json_t *value = sk_element_at(values, i);
            sk_auto(sk_freep) char *folded = sk_element_scalar_text(value);
            if (folded)
                sk_text_lower(folded);
            if (folded)
                json_object_set(index, folded, value);
        }
    }
    return index;
}

static const char *spelt(const json_t *index, const char *folded)
{
    const char *text = json_string_value(json_object_get(index, folded));
    return text ? text : folded;
}

/* A statement that came or went: one sentence per action. */
static void say_whole(json_t *sentences, const struct side *side, size_t position, const char *verb)
{
    const json_t *canonical = json_array_get(side->canonical, position);
    json_auto_t *written = spellings(json_array_get(side->written, position));
    sk_auto(sk_freep) char *name = label(canonical, position);
    struct sk_buffer rest = {0};
    sk_auto(sk_freep) char *resources = resource_words(canonical);
    sk_buffer_adds(&rest, resources);
    add_principal(&rest, canonical);
    add_condition(&rest, json_object_get(canonical, "Condition"));
    const char *effect = json_string_value(json_object_get(canonical, "Effect"));
    const char *does = effect && strcmp(effect, "Deny") == 0 ? "denies" : "allows";
    const json_t *except = json_object_get(canonical, "NotAction");
    const json_t *actions = except ? except : json_object_get(canonical, "Action");
    size_t count = json_array_size(actions);
    for (size_t i = 0; i < count; i++) {
        const char *folded = json_string_value(json_array_get(actions, i));
        say(sentences, "%s %s: %s %s%s%s", name, verb, does, except ? "everything but " : "",
            spelt(written, folded), sk_buffer_text(&rest));
    }
    if (count == 0)
        say(sentences, "%s %s", name, verb);
    sk_buffer_done(&rest);
}

struct change {
    json_t *sentences;
    const char *name;      /* the statement's label */
    const char *resources; /* " on …" */
    const json_t *written; /* spellings */
};

static bool has(const json_t *sorted, const char *text)
{
    size_t low = 0;
    size_t high = json_array_size(sorted);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(json_string_value(json_array_get(sorted, middle)), text);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void say_values(const struct change *change, const char *verb, const char *element,
                       const json_t *these, const json_t *those)
{
    bool action = sk_text_ends_with(element, "Action");
    bool except = sk_text_starts_with(element, "Not");
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)these, index, item)
    {
        const char *text = json_string_value(item);
        if (has(those, text))
            continue;
        if (action)
            text = spelt(change->written, text);
        say(change->sentences, "%s: %s %s%s %s%s", change->name, verb, except ? "excepted " : "",
            action ? "action" : "resource", text, action ? change->resources : "");
    }
}

/* IAM shows a role or user by its unique id once it is gone; ids of those that are there were
 * replaced by their ARNs when the document was read (sk_policy_with_names). */
static bool is_gone(const char *kind, const char *principal)
{
    return strcmp(kind, "AWS") == 0 &&
           (sk_text_starts_with(principal, "AROA") || sk_text_starts_with(principal, "AIDA"));
}

static void say_principals(const struct change *change, const char *verb, const char *element,
                           const json_t *these, const json_t *those)
{
    const char *kind;
    json_t *values;
    json_object_foreach((json_t *)these, kind, values)
    {
        size_t index;
        json_t *item;
        json_array_foreach(values, index, item)
        {
            const char *principal = json_string_value(item);
            if (!has(json_object_get(those, kind), principal))
                say(change->sentences, "%s: %s %sprincipal %s %s%s", change->name, verb,
                    sk_text_starts_with(element, "Not") ? "excepted " : "", kind, principal,
                    is_gone(kind, principal) ? " (a deleted role or user)" : "");
        }
    }
}

/* Condition keys of `these` whose values differ in `those`; a changed value is told once, by the
 * newer side. */
static void say_conditions(const struct change *change, const char *verb, const json_t *these,
                           const json_t *those, bool newer)
{
    const char *operator_;
    json_t *keys;
    json_object_foreach((json_t *)these, operator_, keys)
    {
        const char *key;
        json_t *values;
        json_object_foreach(keys, key, values)
        {
            const json_t *other = json_object_get(json_object_get(those, operator_), key);
            if (other && (!newer || json_equal(values, other)))
                continue;
            struct sk_buffer text = {0};
            add_list(&text, values, " or ");
            if (other) {
                sk_buffer_adds(&text, ", was ");
                add_list(&text, other, " or ");
            }
            say(change->sentences, "%s: %s condition %s %s %s", change->name,
                other ? "changes" : verb, key, operator_, sk_buffer_text(&text));
            sk_buffer_done(&text);
        }
    }
}

static void say_pair(json_t *sentences, const struct side *a, size_t i, const struct side *b,
                     size_t j)
{
    const json_t *was = json_array_get(a->canonical, i);
    const json_t *is = json_array_get(b->canonical, j);
    if (json_equal(was, is))
        return;
    sk_auto(sk_freep) char *name = label(is, j);
    sk_auto(sk_freep) char *old_name = label(was, i);
    sk_auto(sk_freep) char *old_resources = resource_words(was);
    sk_auto(sk_freep) char *resources = resource_words(is);
    json_auto_t *old_written = spellings(json_array_get(a->written, i));
    json_auto_t *written = spellings(json_array_get(b->written, j));
    struct change gone = {sentences, name, old_resources, old_written};
    struct change new = {sentences, name, resources, written};
    if (!sk_text_equal(sid_of(was), sid_of(is)))
        say(sentences, "%s: was %s", name, old_name);
    const char *old_effect = json_string_value(json_object_get(was, "Effect"));
    const char *effect = json_string_value(json_object_get(is, "Effect"));
    if (!sk_text_equal(old_effect, effect))
        say(sentences, "%s: effect changes from %s to %s", name, old_effect ? old_effect : "none",
            effect ? effect : "none");
    for (size_t e = 0; e < VALUE_ELEMENT_COUNT; e++) {
        const char *element = value_elements[e];
        const json_t *old_list = json_object_get(was, element);
        const json_t *list = json_object_get(is, element);
        say_values(&new, "adds", element, list, old_list);
        say_values(&gone, "removes", element, old_list, list);
    }
    static const char *const principals[] = {"Principal", "NotPrincipal"};
    for (size_t p = 0; p < 2; p++) {
        const json_t *old_map = json_object_get(was, principals[p]);
        const json_t *map = json_object_get(is, principals[p]);
        say_principals(&new, "adds", principals[p], map, old_map);
        say_principals(&gone, "removes", principals[p], old_map, map);
    }
    const json_t *old_condition = json_object_get(was, "Condition");
    const json_t *condition = json_object_get(is, "Condition");
    say_conditions(&new, "adds", condition, old_condition, true);
    say_conditions(&gone, "removes", old_condition, condition, false);
}

static const char *version_of(const json_t *document)
{
    const char *version = json_string_value(sk_element_get(document, "Version"));
    return version ? version : "2008-10-17";
}

json_t *sk_policy_diff(const json_t *a, const json_t *b)
{
    json_t *sentences = json_array();
    if (sk_policy_equal(a, b))
        return sentences;
    struct side left;
    struct side right;
    side_init(&left, a);
    side_init(&right, b);
    pair_by_key(&left, &right, key_text);
    pair_by_key(&left, &right, key_sid);
    pair_by_overlap(&left, &right);
    if (a && b && strcmp(version_of(a), version_of(b)) != 0)
        say(sentences, "version changes from %s to %s", version_of(a), version_of(b));
    for (size_t j = 0; j < right.count; j++) {
        if (right.partner[j] >= 0)
            say_pair(sentences, &left, (size_t)right.partner[j], &right, j);
        else
            say_whole(sentences, &right, j, "added");
    }
    for (size_t i = 0; i < left.count; i++) {
        if (left.partner[i] < 0)
            say_whole(sentences, &left, i, "removed");
    }
    side_done(&left);
    side_done(&right);
    if (json_array_size(sentences) == 0) /* an Id, or repeated statements */
        say(sentences, "the document is written differently");
    return sentences;
}
