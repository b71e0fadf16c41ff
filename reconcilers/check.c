/* Checks of desired bodies, see check.h. Limits: aws-api.md 3.1 to 3.3 and 5.9, and the patterns of
 * the service models. */
#include "reconcilers/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "plan/document.h"
#include "policy/document.h"

#define TAGS_MAX      50
#define TAG_KEY_MAX   128
#define TAG_VALUE_MAX 256

static bool only(const char *text, const char *others)
{
    for (; *text; text++) {
        if (!isalnum((unsigned char)*text) && !strchr(others, *text))
            return false;
    }
    return true;
}

static bool is_path(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at <= ' ' || *at > '~')
            return false;
    }
    return text[0] == '/' && sk_text_ends_with(text, "/");
}

/* In UTF-8, U+00A1-U+00BF are C2 A1-C2 BF, U+00C0-U+00FF are C3 80-C3 BF. */
static bool is_latin(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at >= 0x80) {
            bool latin = (*at == 0xc2 && at[1] >= 0xa1) || *at == 0xc3;
            if (!latin)
                return false;
            at++;
        } else if ((*at < ' ' && !strchr("\t\n\r", *at)) || *at == 0x7f) {
            return false;
        }
    }
    return true;
}

/* What is wrong with the characters of a text; NULL when nothing is. Static. */
static const char *expected(enum sk_check_characters allowed, const char *text)
{
    switch (allowed) {
    case SK_CHECK_IAM_NAME:
        return *text && only(text, "_+=,.@-") ? NULL : "letters, digits and _ + = , . @ -";
    case SK_CHECK_IAM_PATH:
        return is_path(text) ? NULL : "a path that begins and ends with /";
    case SK_CHECK_LATIN:
        return is_latin(text) ? NULL : "characters of Latin-1 only";
    case SK_CHECK_ANY_TEXT:
        return *text ? NULL : "a text that is not empty";
    case SK_CHECK_SAGEMAKER_NAME:
        return *text && only(text, "-") && text[0] != '-' && !sk_text_ends_with(text, "-")
                   ? NULL
                   : "letters, digits and hyphens, no hyphen at the ends";
    }
    return NULL;
}

int sk_check_texts(const json_t *body, const struct sk_check_text *rules, struct sk_err *err)
{
    for (; rules->path; rules++) {
        const char *text = sk_json_text(body, rules->path);
        if (!text)
            continue;
        const char *expects = expected(rules->allowed, text);
        if (expects)
            return sk_err_set(err, SK_E_INVALID, "%s '%s': expected %s", rules->path, text,
                              expects);
        if (sk_text_characters(text) > rules->max)
            return sk_err_set(err, SK_E_INVALID, "%s has %zu characters: expected at most %zu",
                              rules->path, sk_text_characters(text), rules->max);
    }
    return 0;
}

int sk_check_integer(const json_t *body, const char *path, json_int_t min, json_int_t max,
                     struct sk_err *err)
{
    const json_t *value = sk_json_at(body, path);
    if (!json_is_number(value))
        return 0;
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= min && number <= max)
        return 0;
    return sk_err_set(err, SK_E_INVALID,
                      "%s is %g: expected a whole number from %" JSON_INTEGER_FORMAT
                      " to %" JSON_INTEGER_FORMAT,
                      path, json_number_value(value), min, max);
}

static int check_tag(const json_t *tags, size_t position, struct sk_err *err)
{
    const json_t *tag = json_array_get(tags, position);
    const char *key = sk_json_text(tag, "Key");
    const char *value = sk_json_text(tag, "Value");
    if (!key || !*key)
        return sk_err_set(err, SK_E_INVALID, "tag %zu has no key", position + 1);
    if (strncasecmp(key, "aws:", strlen("aws:")) == 0)
        return sk_err_set(err, SK_E_INVALID, "tag '%s': keys that begin with 'aws:' are AWS's own",
                          key);
    if (sk_text_characters(key) > TAG_KEY_MAX ||
        (value && sk_text_characters(value) > TAG_VALUE_MAX))
        return sk_err_set(err, SK_E_INVALID,
                          "tag '%s': expected at most %d characters in the key and %d in the value",
                          key, TAG_KEY_MAX, TAG_VALUE_MAX);
    for (size_t i = 0; i < position; i++) {
        const char *other = sk_json_text(json_array_get(tags, i), "Key");
        if (other && strcasecmp(other, key) == 0)
            return sk_err_set(err, SK_E_INVALID,
                              "tags '%s' and '%s' are the same: keys do not differ by case", other,
                              key);
    }
    return 0;
}

int sk_check_tags(const struct sk_document *desired, struct sk_err *err)
{
    const json_t *tags = json_object_get(desired->body, "Tags");
    if (json_array_size(tags) > TAGS_MAX)
        return sk_err_set(err, SK_E_INVALID, "%zu tags, ours included: expected at most %d",
                          json_array_size(tags), TAGS_MAX);
    int code = 0;
    for (size_t i = 0; code == 0 && i < json_array_size(tags); i++)
        code = check_tag(tags, i, err);
    return code;
}

int sk_check_policy_text(const char *name, const json_t *document, size_t limit, struct sk_err *err)
{
    json_auto_t *references = json_array();
    sk_ref_collect(document, references);
    if (json_array_size(references) > 0)
        return sk_err_set(err, SK_E_INVALID, "%s refers to '%s': a policy document cannot", name,
                          json_string_value(json_array_get(references, 0)));
    size_t size = sk_policy_size(document, SK_POLICY_MANAGED);
    if (size > limit)
        return sk_err_set(err, SK_E_INVALID, "%s has %zu characters: expected at most %zu", name,
                          size, limit);
    return 0;
}
