/* The query protocol of IAM and STS: a form as body, XML as answer. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws/protocol.h"
#include "aws/xml.h"
#include "base/alloc.h"
#include "base/json.h"

#define MAX_DEPTH 32 /* of an input; the models nest 4 deep */

static int add_value(struct sk_buffer *body, const char *path, const json_t *value, int depth,
                     struct sk_err *err);

/* application/x-www-form-urlencoded as the WHATWG's URL standard writes it, but for '~', which stays as
 * in RFC 3986. That is what botocore sends: an AWS of another make can check the signature over a form
 * that it has parsed and written again. */
static void add_escaped(struct sk_buffer *body, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (isalnum(byte) || (byte && strchr("-._~", byte)))
            sk_buffer_addc(body, text[i]);
        else if (byte == ' ')
            sk_buffer_addc(body, '+');
        else
            sk_buffer_addf(body, "%%%02X", byte);
    }
}

static void add_pair(struct sk_buffer *body, const char *path, const char *text, size_t length)
{
    if (body->length > 0)
        sk_buffer_addc(body, '&');
    add_escaped(body, path, strlen(path));
    sk_buffer_addc(body, '=');
    add_escaped(body, text, length);
}

static int add_list(struct sk_buffer *body, const char *path, const json_t *list, int depth,
                    struct sk_err *err)
{
    size_t index;
    json_t *item;
    if (json_array_size(list) == 0)
        add_pair(body, path, "", 0); /* an empty list is sent as such, it may mean "clear" */
    json_array_foreach((json_t *)list, index, item)
    {
        sk_auto(sk_freep) char *child = sk_xasprintf("%s.member.%zu", path, index + 1);
        if (add_value(body, child, item, depth + 1, err) < 0)
            return SK_E_INVALID;
    }
    return 0;
}

static int add_object(struct sk_buffer *body, const char *path, const json_t *object, int depth,
                      struct sk_err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        sk_auto(sk_freep) char *child =
            *path ? sk_xasprintf("%s.%s", path, name) : sk_xstrdup(name);
        if (add_value(body, child, value, depth + 1, err) < 0)
            return SK_E_INVALID;
    }
    return 0;
}

static int add_value(struct sk_buffer *body, const char *path, const json_t *value, int depth,
                     struct sk_err *err)
{
    if (depth > MAX_DEPTH)
        return sk_err_set(err, SK_E_INVALID, "input is nested deeper than %d", MAX_DEPTH);
    sk_auto(sk_freep) char *number = NULL;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return add_object(body, path, value, depth, err);
    case JSON_ARRAY:
        return add_list(body, path, value, depth, err);
    case JSON_STRING:
        add_pair(body, path, json_string_value(value), json_string_length(value));
        return 0;
    case JSON_INTEGER:
        number = sk_xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        number = sk_xasprintf("%.17g", json_real_value(value));
        break;
    case JSON_TRUE:
        number = sk_xstrdup("true");
        break;
    case JSON_FALSE:
        number = sk_xstrdup("false");
        break;
    case JSON_NULL:
        return 0;
    }
    add_pair(body, path, number, strlen(number));
    return 0;
}

static int query_encode(const struct sk_aws_service *service,
                        const struct sk_aws_operation *operation, const json_t *input,
                        struct sk_buffer *body, struct sk_err *err)
{
    add_pair(body, "Action", operation->name, strlen(operation->name));
    add_pair(body, "Version", service->api_version, strlen(service->api_version));
    return add_object(body, "", input, 0, err);
}

/* The result element of an answer, or an error. What only looks has one in every answer: without it
 * something else than the service has answered, and that must not be read as "there is nothing". */
static json_t *result_of(const struct sk_aws_operation *operation, const json_t *answer,
                         struct sk_err *err)
{
    sk_auto(sk_freep) char *wrapper = sk_xasprintf("%sResult", operation->name);
    json_t *result = json_object_get(answer, wrapper);
    if (json_is_object(result))
        return json_incref(result);
    if (!result && operation->effect != SK_AWS_READ)
        return json_object();
    /* <XResult/>, and <XResult> </XResult>: nothing in it */
    const char *text = json_string_value(result);
    if (text && text[strspn(text, " \t\r\n")] == '\0')
        return json_object();
    sk_err_set(err, SK_E_PROTOCOL, "answer has no %s", wrapper);
    return NULL;
}

static json_t *query_decode(const struct sk_aws_service *service,
                            const struct sk_aws_operation *operation, const char *body,
                            size_t length, char **request_id, struct sk_err *err)
{
    json_auto_t *answer = sk_aws_xml_parse(service->name, body, length, err);
    if (!answer)
        return NULL;
    json_t *result = result_of(operation, answer, err);
    const char *id = sk_json_text(answer, "ResponseMetadata.RequestId");
    if (result && id)
        *request_id = sk_xstrdup(id);
    return result;
}

static char *copy_text(const json_t *object, const char *path)
{
    return sk_xstrdup(sk_json_text(object, path));
}

static void query_decode_fault(const struct sk_aws_service *service, const char *body,
                               size_t length, struct sk_aws_fault *out)
{
    json_auto_t *answer = sk_aws_xml_parse(service->name, body, length, NULL);
    if (!answer)
        return;
    /* <ErrorResponse><Error>… and, from EC2, <Response><Errors><Error>… */
    const json_t *error = json_object_get(answer, "Error");
    if (!error)
        error = sk_json_at(answer, "Errors.Error");
    sk_auto(sk_freep) char *code = copy_text(error, "Code");
    out->code = sk_aws_fault_code(code);
    out->message = copy_text(error, "Message");
    out->request_id = copy_text(answer, "RequestId");
    if (!out->request_id)
        out->request_id = copy_text(answer, "RequestID");
}

const struct sk_aws_protocol_ops sk_aws_query_protocol = {query_encode, query_decode,
                                                          query_decode_fault};
