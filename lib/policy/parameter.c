/* Types of template parameters, see parameter.h. */
#include "policy/parameter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/element.h"

/* Each returns NULL when the text is fine, else what was expected instead. */
typedef const char *(*text_check_fn)(const char *text);

static bool only(const char *text, const char *more)
{
    for (; *text; text++) {
        if (!isalnum((unsigned char)*text) && !strchr(more, *text))
            return false;
    }
    return true;
}

/* What no value may contain whatever its type: IAM refuses these characters in documents. */
static bool has_refused_character(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f || *c >= 0xc4)
            return true;
    }
    return false;
}

static const char *check_string(const char *text)
{
    size_t length = strlen(text);
    if (strpbrk(text, "*?"))
        return "text without '*' and '?' (only type pattern takes wildcards)";
    if (strstr(text, "${") || (length > 0 && text[length - 1] == '$'))
        return "text without '${' (only type pattern takes policy variables)";
    return NULL;
}

static const char *check_name(const char *text)
{
    return only(text, "_+=,.@-") && strlen(text) <= 128
               ? NULL
               : "a name: at most 128 letters, digits and _+=,.@-";
}

static const char *check_pattern(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && text[length - 1] == '$' ? "a pattern that does not end in '$'" : NULL;
}

static const char *check_account(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789") == 12 ? NULL
                                                                  : "an account id of 12 digits";
}

/* Two letters, then at least one word, then a digit: us-gov-east-1. */
static const char *check_region(const char *text)
{
    static const char *const expected = "a region such as eu-central-1";
    size_t length = strlen(text);
    if (length < 8 || length > 32 || !islower((unsigned char)text[0]) ||
        !islower((unsigned char)text[1]) || text[2] != '-')
        return expected;
    const char *dash = strrchr(text, '-');
    if (dash < text + 4 || !dash[1] || strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return expected;
    for (const char *c = text; c < dash; c++) {
        if (!islower((unsigned char)*c) && (*c != '-' || c[1] == '-'))
            return expected;
    }
    return NULL;
}

static const char *check_arn(const char *text)
{
    static const char *const expected =
        "an ARN (arn:partition:service:region:account:resource) without wildcards";
    if (!sk_text_starts_with(text, "arn:aws") || strpbrk(text, "*?${} \"\\"))
        return expected;
    size_t colons = 0;
    const char *rest = text;
    while (colons < 5 && (rest = strchr(rest, ':')) != NULL) {
        rest++;
        colons++;
    }
    return colons == 5 && *rest ? NULL : expected;
}

static bool host_bits_clear(const unsigned char *address, size_t bytes, unsigned long prefix)
{
    for (size_t bit = prefix; bit < bytes * 8; bit++) {
        if (address[bit / 8] & (0x80U >> (bit % 8)))
            return false;
    }
    return true;
}

static const char *check_cidr(const char *text)
{
    static const char *const expected = "an address range such as 10.0.0.0/16 or 2001:db8::/32";
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    size_t length = strcspn(text, "/");
    if (length >= sizeof(address))
        return expected;
    memcpy(address, text, length);
    address[length] = '\0';
    bool v6 = strchr(address, ':') != NULL;
    size_t size = v6 ? 16 : 4;
    if (inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) != 1)
        return expected;
    if (text[length] == '\0')
        return NULL;
    const char *digits = text + length + 1;
    size_t digit_count = strspn(digits, "0123456789");
    if (digit_count == 0 || digit_count > 3 || digits[digit_count] != '\0')
        return expected;
    unsigned long prefix = strtoul(digits, NULL, 10);
    if (prefix > size * 8)
        return expected;
    return host_bits_clear(bytes, size, prefix)
               ? NULL
               : "an address range whose bits past the prefix are zero";
}

/* S3 User Guide, "Bucket naming rules". */
static const char *check_bucket(const char *text)
{
    static const char *const expected = "a bucket name: 3 to 63 of a-z, 0-9, dots and hyphens, "
                                        "beginning and ending with a-z or 0-9";
    size_t length = strlen(text);
    if (length < 3 || length > 63 || strstr(text, ".."))
        return expected;
    for (const char *c = text; *c; c++) {
        bool plain = islower((unsigned char)*c) || isdigit((unsigned char)*c);
        if (!plain && ((*c != '.' && *c != '-') || c == text || c[1] == '\0'))
            return expected;
    }
    return NULL;
}

/* SageMaker's Tag shape and IAM's tag rules: letters, digits, space and _.:/=+-@, at most 256.
 * Letters past ASCII are left to has_refused_character. */
static const char *check_tag_value(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x80 && !isalnum(*c) && !strchr(" _.:/=+-@", *c))
            return "a tag value: letters, digits, spaces and _.:/=+-@";
    }
    return strlen(text) <= 256 ? NULL : "a tag value of at most 256 characters";
}

static const char *check_number(const char *text)
{
    const char *digits = text + (*text == '-');
    size_t length = strlen(digits);
    return length > 0 && length <= 18 && strspn(digits, "0123456789") == length ? NULL
                                                                                : "an integer";
}

static const struct {
    const char *name;
    text_check_fn check;
} types[] = {
    [SK_PARAMETER_STRING] = {"string", check_string},
    [SK_PARAMETER_NAME] = {"name", check_name},
    [SK_PARAMETER_PATTERN] = {"pattern", check_pattern},
    [SK_PARAMETER_ARN] = {"arn", check_arn},
    [SK_PARAMETER_ACCOUNT] = {"account", check_account},
    [SK_PARAMETER_REGION] = {"region", check_region},
    [SK_PARAMETER_CIDR] = {"cidr", check_cidr},
    [SK_PARAMETER_BUCKET] = {"bucket", check_bucket},
    [SK_PARAMETER_TAG_VALUE] = {"tag-value", check_tag_value},
    [SK_PARAMETER_NUMBER] = {"number", check_number},
    [SK_PARAMETER_LIST] = {"list", NULL},
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

static bool type_by_name(const char *name, enum sk_parameter_type *out)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(types[i].name, name) == 0) {
            *out = (enum sk_parameter_type)i;
            return true;
        }
    }
    return false;
}

static char *unknown_type(const char *member, const char *name)
{
    const char *names[TYPE_COUNT];
    for (size_t i = 0; i < TYPE_COUNT; i++)
        names[i] = types[i].name;
    const char *near = sk_text_nearest(name, names, TYPE_COUNT);
    return sk_xasprintf("%s '%s' is unknown%s%s", member, name, near ? "; did you mean " : "",
                        near ? near : "");
}

static char *check_one(const struct sk_parameter *parameter, const json_t *value, bool measure)
{
    sk_auto(sk_freep) char *text =
        json_is_string(value) || json_is_integer(value) ? sk_element_scalar_text(value) : NULL;
    if (!text)
        return sk_xstrdup(json_is_array(value) ? "one value is expected, not a list"
                                               : "text is expected");
    if (has_refused_character(text))
        return sk_xstrdup("a character that IAM refuses in policies");
    enum sk_parameter_type type = parameter->item;
    if (*text == '\0' && type != SK_PARAMETER_TAG_VALUE)
        return sk_xstrdup("empty text");
    const char *expected = types[type].check(text);
    if (expected)
        return sk_xasprintf("'%s' is not %s", text, expected);
    if (!measure)
        return NULL;
    bool number = type == SK_PARAMETER_NUMBER;
    json_int_t measured = number ? strtoll(text, NULL, 10) : (json_int_t)strlen(text);
    const char *what = number ? "" : " characters";
    if (parameter->has_min && measured < parameter->min)
        return sk_xasprintf("'%s' is under the minimum of %lld%s", text, parameter->min, what);
    if (parameter->has_max && measured > parameter->max)
        return sk_xasprintf("'%s' is over the maximum of %lld%s", text, parameter->max, what);
    return NULL;
}

char *sk_parameter_fault(const struct sk_parameter *parameter, const json_t *value)
{
    if (parameter->type != SK_PARAMETER_LIST)
        return check_one(parameter, value, true);
    json_int_t count = (json_int_t)sk_element_count(value);
    json_int_t min = parameter->has_min ? parameter->min : 1;
    if (count < min)
        return sk_xasprintf("%lld values where at least %lld are needed", count, min);
    if (parameter->has_max && count > parameter->max)
        return sk_xasprintf("%lld values where at most %lld are allowed", count, parameter->max);
    for (json_int_t i = 0; i < count; i++) {
        char *fault = check_one(parameter, sk_element_at(value, (size_t)i), false);
        if (fault)
            return fault;
    }
    return NULL;
}

json_t *sk_parameter_items(const struct sk_parameter *parameter, const json_t *value)
{
    (void)parameter;
    json_t *items = json_array();
    for (size_t i = 0; i < sk_element_count(value); i++) {
        sk_auto(sk_freep) char *text = sk_element_scalar_text(sk_element_at(value, i));
        json_array_append_new(items, json_string(text));
    }
    return items;
}

static char *read_bound(const json_t *spec, const char *member, bool *has, json_int_t *out)
{
    const json_t *value = json_object_get(spec, member);
    *has = value != NULL;
    if (value && !json_is_integer(value))
        return sk_xasprintf("%s is no integer", member);
    *out = json_integer_value(value);
    return NULL;
}

static char *check_spec_members(const json_t *spec)
{
    static const char *const members[] = {"type", "description", "default", "min", "max", "of"};
    const size_t count = sizeof(members) / sizeof(members[0]);
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)spec, member, value)
    {
        size_t i = 0;
        while (i < count && strcmp(members[i], member) != 0)
            i++;
        if (i < count)
            continue;
        const char *near = sk_text_nearest(member, members, count);
        return sk_xasprintf("unknown member '%s'%s%s", member, near ? "; did you mean " : "",
                            near ? near : "");
    }
    return NULL;
}

static char *read_types(const json_t *spec, struct sk_parameter *out)
{
    const char *type = json_string_value(json_object_get(spec, "type"));
    const char *of = json_string_value(json_object_get(spec, "of"));
    if (!type)
        return sk_xstrdup("type is missing");
    if (!type_by_name(type, &out->type))
        return unknown_type("type", type);
    out->item = out->type;
    if (out->type == SK_PARAMETER_LIST) {
        if (!of)
            of = "string";
        if (!type_by_name(of, &out->item) || out->item == SK_PARAMETER_LIST)
            return unknown_type("of", of);
    } else if (of) {
        return sk_xstrdup("'of' is for lists");
    }
    return NULL;
}

char *sk_parameter_read(const char *name, const json_t *spec, struct sk_parameter *out)
{
    *out = (struct sk_parameter){.name = name};
    if (!islower((unsigned char)*name) || !only(name, ""))
        return sk_xstrdup("a parameter's name is of letters and digits, beginning in lower case");
    if (!json_is_object(spec))
        return sk_xstrdup("an object is expected");
    const char *description = json_string_value(json_object_get(spec, "description"));
    if (!description || *description == '\0')
        return sk_xstrdup("description is missing");
    char *fault = check_spec_members(spec);
    if (!fault)
        fault = read_types(spec, out);
    if (!fault)
        fault = read_bound(spec, "min", &out->has_min, &out->min);
    if (!fault)
        fault = read_bound(spec, "max", &out->has_max, &out->max);
    out->fallback = json_object_get(spec, "default");
    if (fault || !out->fallback)
        return fault;
    sk_auto(sk_freep) char *reason = sk_parameter_fault(out, out->fallback);
    return reason ? sk_xasprintf("default: %s", reason) : NULL;
}
