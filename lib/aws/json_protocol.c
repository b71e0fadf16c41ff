/* AWS JSON 1.0 and 1.1, and the table of protocols. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws/protocol.h"
#include "base/alloc.h"
#include "base/json.h"

static int json_encode(const struct sk_aws_service *service,
                       const struct sk_aws_operation *operation, const json_t *input,
                       struct sk_buffer *body, struct sk_err *err)
{
    (void)service;
    sk_auto(sk_freep) char *text = json_dumps(input, JSON_COMPACT);
    if (!text)
        return sk_err_set(err, SK_E_INVALID, "input of %s cannot be written as JSON",
                          operation->name);
    sk_buffer_adds(body, text);
    return 0;
}

/* The code unit of an escape "\\uXXXX" at `at`, or -1. */
static int unit_at(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    char digits[5] = {at[2], at[3], at[4], at[5], '\0'};
    char *stop = NULL;
    long unit = strtol(digits, &stop, 16);
    return *stop == '\0' && isxdigit((unsigned char)digits[0]) ? (int)unit : -1;
}

static bool is_high(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* The escapes of NUL and of half a surrogate pair become that of U+FFFD, in place. Users choose some
 * texts freely, such as the display name of a space, and AWS hands them on as they are; a JSON
 * library for C refuses the whole answer then, and one space would hide all others. */
static void replace_half_characters(char *body, size_t length)
{
    char *end = body + length;
    for (char *at = memchr(body, '\\', length); at; at = memchr(at, '\\', (size_t)(end - at))) {
        int unit = unit_at(at, end);
        if (is_high(unit) && is_low(unit_at(at + 6, end))) {
            at += 12;
        } else if (unit >= 0) {
            if (unit == 0 || is_high(unit) || is_low(unit)) {
                memset(at + 2, 'F', 3);
                at[5] = 'D';
            }
            at += 6;
        } else {
            at += end - at < 2 ? 1 : 2; /* an escaped backslash starts no escape */
        }
    }
}

static json_t *parse(const char *body, size_t length, const char *origin, struct sk_err *err)
{
    if (!memmem(body, length, "\\u", 2)) /* nearly always */
        return sk_json_parse(body, length, origin, err);
    sk_auto(sk_freep) char *copy = sk_xstrndup(body, length);
    size_t copied = strlen(copy); /* shorter at a raw NUL, which is no JSON: the parser sees it */
    replace_half_characters(copy, copied);
    json_t *value = copied == length ? sk_json_parse(copy, length, origin, err)
                                     : sk_json_parse(body, length, origin, err);
    explicit_bzero(copy, copied); /* some answers hold keys */
    return value;
}

static json_t *json_decode(const struct sk_aws_service *service,
                           const struct sk_aws_operation *operation, const char *body,
                           size_t length, char **request_id, struct sk_err *err)
{
    (void)request_id; /* only in the header */
    /* What only looks is answered by an object at least: nothing at all is no empty listing. */
    if (length == 0 && operation->effect != SK_AWS_READ)
        return json_object();
    if (length == 0) {
        sk_err_set(err, SK_E_PROTOCOL, "answer is empty");
        return NULL;
    }
    struct sk_err parse_err = {0};
    sk_auto(sk_freep) char *origin = sk_xasprintf("%s:%s", service->name, operation->name);
    json_t *output = parse(body, length, origin, &parse_err);
    if (!output)
        sk_err_set(err, SK_E_PROTOCOL, "answer is not JSON: %s", sk_err_message(&parse_err));
    sk_err_done(&parse_err);
    if (output && !json_is_object(output)) {
        sk_err_set(err, SK_E_PROTOCOL, "answer is no JSON object");
        json_decref(output);
        return NULL;
    }
    return output;
}

static char *first_text(const json_t *object, const char *const *names)
{
    for (; *names; names++) {
        const char *text = json_string_value(json_object_get(object, *names));
        if (text)
            return sk_xstrdup(text);
    }
    return NULL;
}

static void json_decode_fault(const struct sk_aws_service *service, const char *body, size_t length,
                              struct sk_aws_fault *out)
{
    (void)service;
    json_auto_t *fault = length > 0 ? parse(body, length, "fault", NULL) : NULL;
    if (!json_is_object(fault))
        return;
    /* Which of the spellings is used depends on the service. */
    sk_auto(sk_freep) char *type =
        first_text(fault, (const char *const[]){"__type", "code", "Code", NULL});
    out->code = sk_aws_fault_code(type);
    out->message =
        first_text(fault, (const char *const[]){"message", "Message", "errorMessage", NULL});
    out->reason = first_text(fault, (const char *const[]){"Reason", "reason", NULL});
    out->request_id = first_text(fault, (const char *const[]){"RequestId", NULL});
    double wait = json_number_value(json_object_get(fault, "RetryAfterSeconds"));
    out->retry_after_s = isfinite(wait) && wait > 0 ? wait : 0;
}

const struct sk_aws_protocol_ops sk_aws_json_protocol = {json_encode, json_decode,
                                                         json_decode_fault};

const struct sk_aws_protocol_ops *sk_aws_protocol_find(enum sk_aws_protocol protocol)
{
    static const struct sk_aws_protocol_ops *const protocols[] = {
        [SK_AWS_PROTOCOL_JSON] = &sk_aws_json_protocol,
        [SK_AWS_PROTOCOL_QUERY] = &sk_aws_query_protocol,
        [SK_AWS_PROTOCOL_EC2] = &sk_aws_query_protocol, /* until there are operations */
        [SK_AWS_PROTOCOL_REST] = &sk_aws_json_protocol, /* likewise */
    };
    return protocols[protocol];
}

char *sk_aws_fault_code(const char *type)
{
    if (!type)
        return NULL;
    const char *hash = strchr(type, '#');
    const char *start = hash ? hash + 1 : type;
    size_t length = strcspn(start, ":;, ");
    return length > 0 ? sk_xstrndup(start, length) : NULL;
}

void sk_aws_fault_done(struct sk_aws_fault *fault)
{
    free(fault->code);
    free(fault->message);
    free(fault->reason);
    free(fault->request_id);
    *fault = (struct sk_aws_fault){0};
}
