/* Preparing and matching of patterns, see pattern.h.
 *
 * Matching: the parts before the first and after the last '*' are compared in place; each part
 * between two '*' is searched for from where the part before it ended, leftmost first, which is
 * enough because a later place could only leave less text for the rest. A part without '?' is
 * searched with memmem (linear), one with '?' by running all its prefixes in one machine word. */
#include "policy/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/catalogue.h"

uint64_t sk_key_hash(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3U;
    return hash;
}

void sk_key_table_done(struct sk_key_table *table)
{
    for (size_t i = 0; i < table->key_count; i++) {
        free(table->keys[i].text);
        free(table->keys[i].fallback);
    }
    for (size_t i = 0; i < table->variable_count; i++)
        free(table->variables[i].fallback);
    free(table->keys);
    free(table->variables);
    *table = (struct sk_key_table){0};
}

static char *lower(const char *text)
{
    return sk_text_lower(sk_xstrdup(text));
}

/* What follows from principal and resource is kept once per request, under names that no condition
 * key has: "\1r/team" for the resource's tag Team, whichever service's alias asks for it,
 * "\1p/team" for the principal's, "\1d/username" for derived keys. */
static char *derived_name(const char *key)
{
    static const char principal[] = "aws:principaltag/";
    static const char *const derived[] = {"principalarn", "principalaccount", "resourceaccount",
                                          "username", "userid"};
    if (sk_text_starts_with(key, principal))
        return sk_xasprintf("\1p/%s", key + sizeof(principal) - 1);
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++) {
        if (sk_text_starts_with(key, "aws:") && strcmp(key + 4, derived[i]) == 0)
            return sk_xasprintf("\1d/%s", derived[i]);
    }
    const char *tag = sk_catalogue_resource_tag(key);
    return tag ? sk_xasprintf("\1r/%s", tag) : NULL;
}

uint32_t sk_key_table_add(struct sk_key_table *table, const char *text)
{
    char *folded = lower(text);
    uint64_t hash = sk_key_hash(folded, strlen(folded));
    for (size_t i = 0; i < table->key_count; i++) {
        if (table->keys[i].hash == hash && strcmp(table->keys[i].text, folded) == 0) {
            free(folded);
            return (uint32_t)i;
        }
    }
    if ((table->key_count & (table->key_count - 1)) == 0)
        table->keys = sk_xrealloc(table->keys, table->key_count ? table->key_count * 2 : 1,
                                  sizeof(table->keys[0]));
    struct sk_key *key = &table->keys[table->key_count];
    *key = (struct sk_key){.text = folded, .hash = hash, .fallback = derived_name(folded)};
    if (key->fallback)
        key->fallback_hash = sk_key_hash(key->fallback, strlen(key->fallback));
    return (uint32_t)table->key_count++;
}

/* `inside` is the text between "${" and "}": "key" or "key, 'default'". */
static uint32_t add_variable(struct sk_key_table *table, const char *inside, size_t length)
{
    sk_auto(sk_freep) char *text = sk_xstrndup(inside, length);
    char *fallback = NULL;
    char *comma = strchr(text, ',');
    if (comma) {
        char *open = comma + 1 + strspn(comma + 1, " ");
        char *close = strrchr(text, '\'');
        if (*open == '\'' && close > open) {
            *close = '\0';
            fallback = sk_xstrdup(open + 1);
        }
        *comma = '\0';
    }
    size_t end = strlen(text);
    while (end > 0 && text[end - 1] == ' ')
        text[--end] = '\0';
    struct sk_variable variable = {sk_key_table_add(table, text + strspn(text, " ")), fallback};
    if ((table->variable_count & (table->variable_count - 1)) == 0)
        table->variables =
            sk_xrealloc(table->variables, table->variable_count ? table->variable_count * 2 : 1,
                        sizeof(table->variables[0]));
    table->variables[table->variable_count] = variable;
    return (uint32_t)table->variable_count++;
}

/* Reads the "${…}" at `text`; returns its length, 0 when it is no variable but text. */
static size_t prepare_variable(const char *text, size_t left, struct sk_buffer *pool,
                               struct sk_key_table *table, struct sk_pattern *out)
{
    const char *close = left > 2 && text[1] == '{' ? memchr(text, '}', left) : NULL;
    if (!close)
        return 0;
    size_t inside = (size_t)(close - text) - 2;
    if (inside == 1 && strchr("*?$", text[2]) && text[2]) {
        sk_buffer_addc(pool, text[2]); /* the literal character */
        return 4;
    }
    uint32_t number = add_variable(table, text + 2, inside);
    const unsigned char code[] = {SK_PATTERN_VARIABLE, (unsigned char)(number >> 7 & 0x7f),
                                  (unsigned char)(number & 0x7f)};
    sk_buffer_add(pool, code, sizeof(code));
    out->has_variable = true;
    return inside + 3;
}

/* A part between two '*' that has '?' must fit a machine word. */
static bool is_too_intricate(const unsigned char *bytes, size_t length)
{
    size_t part = 0;
    bool question = false;
    bool floating = false;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != SK_PATTERN_STAR) {
            question |= bytes[i] == SK_PATTERN_QUESTION;
            part++;
            continue;
        }
        if (floating && question && part > SK_PATTERN_MAX_FLOATING)
            return true;
        part = 0;
        question = false;
        floating = true;
    }
    return false;
}

int sk_pattern_prepare(const char *text, size_t length, unsigned flags, struct sk_buffer *pool,
                       struct sk_key_table *table, struct sk_pattern *out, struct sk_err *err)
{
    if (length > SK_PATTERN_MAX_BYTES)
        return sk_err_set(err, SK_E_BOUND, "a value of %zu bytes: at most %d are read", length,
                          SK_PATTERN_MAX_BYTES);
    *out = (struct sk_pattern){.bytes = {.offset = (uint32_t)pool->length}};
    for (size_t i = 0; i < length;) {
        char c = text[i];
        size_t variable = 0;
        if (c == '$' && flags & SK_PATTERN_VARIABLES)
            variable = prepare_variable(text + i, length - i, pool, table, out);
        if (variable > 0) {
            i += variable;
            continue;
        }
        if (flags & SK_PATTERN_WILDCARDS && (c == '*' || c == '?')) {
            out->has_star |= c == '*';
            out->has_question |= c == '?';
            c = (char)(c == '*' ? SK_PATTERN_STAR : SK_PATTERN_QUESTION);
        } else if (flags & SK_PATTERN_FOLD) {
            c = (char)tolower((unsigned char)c);
        }
        sk_buffer_addc(pool, c);
        i++;
    }
    out->bytes.length = (uint32_t)(pool->length - out->bytes.offset);
    if (table->variable_count >= 1U << 14)
        return sk_err_set(err, SK_E_BOUND, "more than %u policy variables", (1U << 14) - 1);
    const unsigned char *bytes = (const unsigned char *)sk_buffer_text(pool) + out->bytes.offset;
    if (is_too_intricate(bytes, out->bytes.length))
        return sk_err_set(err, SK_E_BOUND, "more than %d characters with a '?' between two '*'",
                          SK_PATTERN_MAX_FLOATING);
    return 0;
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Matches a part without '*' at the start of the text: the bytes it took, or SIZE_MAX. */
static size_t match_part(const unsigned char *part, size_t length, const unsigned char *text,
                         size_t left)
{
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (at >= left)
            return SIZE_MAX;
        if (part[i] != SK_PATTERN_QUESTION) {
            if (part[i] != text[at++])
                return SIZE_MAX;
            continue;
        }
        at++; /* one character, however many bytes it has */
        while (at < left && is_continuation(text[at]))
            at++;
    }
    return at;
}

/* The same at the end of the text. */
static size_t match_part_backwards(const unsigned char *part, size_t length,
                                   const unsigned char *text, size_t left)
{
    size_t at = left;
    for (size_t i = length; i-- > 0;) {
        if (at == 0)
            return SIZE_MAX;
        at--;
        if (part[i] != SK_PATTERN_QUESTION) {
            if (part[i] != text[at])
                return SIZE_MAX;
            continue;
        }
        while (at > 0 && is_continuation(text[at]))
            at--;
    }
    return left - at;
}

/* Searches a part of at most 64 characters with '?': bit i of `state` says that the part's first i
 * + 1 characters match the text that ends here. The end of the leftmost match, or SIZE_MAX. */
static size_t search_with_questions(const unsigned char *part, size_t length,
                                    const unsigned char *text, size_t left)
{
    if (length == 0) /* nothing to look for is found at once */
        return 0;
    uint64_t questions = 0;
    for (size_t i = 0; i < length; i++)
        questions |= (uint64_t)(part[i] == SK_PATTERN_QUESTION) << i;
    uint64_t state = 0;
    uint64_t last = UINT64_C(1) << (length - 1);
    for (size_t at = 0; at < left; at++) {
        uint64_t equal = 0;
        for (size_t i = 0; i < length; i++)
            equal |= (uint64_t)(part[i] == text[at]) << i;
        bool inner = is_continuation(text[at]);
        uint64_t next = (state << 1 | 1) & (equal | (inner ? 0 : questions));
        if (inner)
            next |= state & questions; /* the character that '?' took goes on */
        state = next;
        bool ended = at + 1 == left || !is_continuation(text[at + 1]);
        if (state & last && (ended || !(questions & last)))
            return at + 1;
    }
    return SIZE_MAX;
}

static size_t search(const unsigned char *part, size_t length, const unsigned char *text,
                     size_t left)
{
    if (memchr(part, SK_PATTERN_QUESTION, length))
        return search_with_questions(part, length, text, left);
    const unsigned char *found = memmem(text, left, part, length);
    return found ? (size_t)(found - text) + length : SIZE_MAX;
}

bool sk_pattern_match(const unsigned char *bytes, size_t length, const char *text,
                      size_t text_length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *star = memchr(bytes, SK_PATTERN_STAR, length);
    size_t head = star ? (size_t)(star - bytes) : length;
    size_t taken = match_part(bytes, head, at, text_length);
    if (taken == SIZE_MAX)
        return false;
    if (!star)
        return taken == text_length;
    at += taken;
    size_t left = text_length - taken;
    const unsigned char *tail = memrchr(bytes, SK_PATTERN_STAR, length);
    size_t tail_length = length - (size_t)(tail + 1 - bytes);
    taken = match_part_backwards(tail + 1, tail_length, at, left);
    if (taken == SIZE_MAX)
        return false;
    left -= taken;
    while (star < tail) {
        const unsigned char *part = star + 1;
        star = memchr(part, SK_PATTERN_STAR, (size_t)(tail + 1 - part));
        if (star == part)
            continue;
        taken = search(part, (size_t)(star - part), at, left);
        if (taken == SIZE_MAX)
            return false;
        at += taken;
        left -= taken;
    }
    return true;
}

size_t sk_pattern_colon(const unsigned char *bytes, size_t length, size_t from)
{
    for (size_t i = from; i < length; i++) {
        if (bytes[i] == SK_PATTERN_VARIABLE)
            i += 2; /* its number may look like a colon */
        else if (bytes[i] == ':')
            return i;
    }
    return length;
}
