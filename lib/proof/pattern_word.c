/* Patterns of policies as words: wildcards, ARN parts and variables, read as the evaluator reads
 * them (policy/pattern.h, policy/arn.c). */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "proof/search.h"

/* A variable's text between "${" and "}": its key in lower case, and its default or NULL. */
struct variable {
    char *key;      /* owned */
    char *fallback; /* owned */
};

static void variable_done(struct variable *variable)
{
    sk_freep(&variable->key);
    sk_freep(&variable->fallback);
}

static struct variable read_variable(const char *inside, size_t length)
{
    struct variable out = {.key = sk_xstrndup(inside, length)};
    char *comma = strchr(out.key, ',');
    if (comma) {
        char *open = comma + 1 + strspn(comma + 1, " ");
        char *close = strrchr(open, '\'');
        if (*open == '\'' && close > open)
            out.fallback = sk_xstrndup(open + 1, (size_t)(close - open) - 1);
        *comma = '\0';
    }
    size_t start = strspn(out.key, " ");
    memmove(out.key, out.key + start, strlen(out.key + start) + 1);
    size_t end = strlen(out.key);
    while (end > 0 && out.key[end - 1] == ' ')
        out.key[--end] = '\0';
    sk_text_lower(out.key);
    return out;
}

/* The length of the variable or escape at `text`, 0 when it is plain text. */
static size_t variable_length(const char *text)
{
    const char *close = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
    return close ? (size_t)(close - text) + 1 : 0;
}

static bool is_escape(const char *text, size_t length)
{
    return length == 4 && strchr("*?$", text[2]) != NULL;
}

void sk_variables_each(const char *text, sk_variable_fn visit, void *context)
{
    size_t total = strlen(text);
    for (const char *c = text; *c; c++) {
        size_t length = variable_length(c);
        if (length == 0)
            continue;
        if (!is_escape(c, length)) {
            struct variable variable = read_variable(c + 2, length - 3);
            visit(context, variable.key, length == total);
            variable_done(&variable);
        }
        c += length - 1;
    }
}

static bool add_variable(struct sk_search *search, const char *text, size_t length, unsigned flags,
                         struct sk_word *out)
{
    struct variable variable = read_variable(text + 2, length - 3);
    const char *value = sk_search_value(search, variable.key);
    if (!value)
        value = variable.fallback;
    if (value)
        sk_word_add_text(out, value, strlen(value), (flags & SK_WORD_FOLD) != 0);
    variable_done(&variable);
    return value != NULL;
}

static enum sk_token_kind wildcard(char c, bool within_part)
{
    if (c == '*')
        return within_part ? SK_TOKEN_MANY_PART : SK_TOKEN_MANY;
    return within_part ? SK_TOKEN_ONE_PART : SK_TOKEN_ONE;
}

/* The parts that an ARN pattern lacks. */
static void complete(unsigned parts, struct sk_word *out)
{
    for (; parts < 6; parts++) {
        sk_word_add(out, SK_TOKEN_BYTE, ':');
        sk_word_add(out, parts < 5 ? SK_TOKEN_MANY_PART : SK_TOKEN_MANY, 0);
    }
}

bool sk_search_word(struct sk_search *search, const char *text, unsigned flags, struct sk_word *out)
{
    unsigned parts = 1;
    bool arn = (flags & SK_WORD_ARN) != 0;
    *out = (struct sk_word){0};
    if (arn && strcmp(text, "*") == 0) {
        sk_word_add(out, SK_TOKEN_MANY, 0);
        return true;
    }
    for (const char *c = text; *c; c++) {
        size_t length = flags & SK_WORD_VARIABLES ? variable_length(c) : 0;
        if (length > 0 && is_escape(c, length)) {
            sk_word_add(out, SK_TOKEN_BYTE, c[2]);
        } else if (length > 0) {
            if (!add_variable(search, c, length, flags, out)) {
                sk_word_done(out);
                return false;
            }
        } else if (flags & SK_WORD_WILDCARDS && (*c == '*' || *c == '?')) {
            sk_word_add(out, wildcard(*c, arn && parts < 6), 0);
        } else {
            parts += *c == ':';
            sk_word_add_text(out, c, 1, (flags & SK_WORD_FOLD) != 0);
        }
        if (length > 0)
            c += length - 1;
    }
    size_t end = strlen(text);
    if (arn && parts < 6 && (flags & SK_WORD_COMPLETE || (end > 0 && text[end - 1] == '*')))
        complete(parts, out);
    return true;
}
