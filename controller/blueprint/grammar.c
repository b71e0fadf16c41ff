/* See grammar.h. Sources: SageMaker and IAM API references, data type Tag; IAM User Guide, "Tags
 * for IAM resources". */
#include "blueprint/grammar.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"

/* ASCII letters, digits and those of `others`; bytes of other scripts' letters are let pass, AWS's
 * classes of Unicode are not repeated here. */
static bool only(const char *text, const char *others)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        bool alphanumeric = byte < 0x80 && isalnum(byte);
        if (!alphanumeric && byte < 0x80 && !strchr(others, byte))
            return false;
    }
    return true;
}

bool sk_grammar_tag_value(const char *text)
{
    return only(text, " _.:/=+-@");
}

bool sk_grammar_tag_key(const char *text)
{
    static const char *const reserved[] = {"Team", "studiouserid"};
    static const char *const prefixes[] = {"aws:", "sagekeeper:", "sagemaker:"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
        if (strcasecmp(text, reserved[i]) == 0)
            return false;
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        if (strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0)
            return false;
    }
    return *text && sk_grammar_tag_value(text);
}

bool sk_grammar_description(const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
        /* U+00A1 to U+00FF are two bytes: C2 A1 to C3 BF. */
        bool latin = byte == 0xc3 || (byte == 0xc2 && (unsigned char)text[1] >= 0xa1);
        if (!plain && !latin)
            return false;
        text += latin ? 1 : 0;
    }
    return true;
}

bool sk_grammar_user(const char *text)
{
    return *text && only(text, "_.=+-@");
}

bool sk_grammar_date(const char *text)
{
    struct sk_wall wall;
    char day[SK_WALL_TEXT_BYTES];
    if (strlen(text) != strlen("2027-01-31") || sk_wall_parse(text, &wall) != 0)
        return false;
    sk_wall_format(wall,
                   day); /* a day that there is not, such as 2027-02-30, comes back as another */
    return sk_text_starts_with(day, text);
}

bool sk_grammar_template(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strspn(at + 1, "0123456789") != strlen(at + 1))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == (size_t)(at - text);
}

bool sk_grammar_policy_file(const char *text)
{
    if (!sk_text_ends_with(text, ".json"))
        return false;
    /* Each part between slashes: not empty, not hidden, and so not "..". */
    for (const char *part = text; part;) {
        if (*part == '.' || *part == '/' || *part == '\0')
            return false;
        const char *slash = strchr(part, '/');
        part = slash ? slash + 1 : NULL;
    }
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-") ==
           strlen(text);
}

bool sk_grammar_policy(const char *text)
{
    return sk_grammar_template(text) || sk_grammar_policy_file(text);
}
