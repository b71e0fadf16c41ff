/* Credentials and roles as values, and what answers hold of them; see credentials.h. */
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/text.h"

void sk_aws_credentials_copy(struct sk_aws_credentials *to, const struct sk_aws_credentials *from)
{
    sk_secret_copy(&to->access_key_id, &from->access_key_id);
    sk_secret_copy(&to->secret_key, &from->secret_key);
    sk_secret_copy(&to->session_token, &from->session_token);
    to->expires_at_s = from->expires_at_s;
    to->provider = from->provider;
}

static bool secrets_equal(const struct sk_secret *a, const struct sk_secret *b)
{
    if (!a->data || !b->data)
        return a->data == b->data;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

bool sk_aws_credentials_equal(const struct sk_aws_credentials *a,
                              const struct sk_aws_credentials *b)
{
    return secrets_equal(&a->access_key_id, &b->access_key_id) &&
           secrets_equal(&a->secret_key, &b->secret_key) &&
           secrets_equal(&a->session_token, &b->session_token);
}

void sk_aws_credentials_done(struct sk_aws_credentials *credentials)
{
    sk_secret_done(&credentials->access_key_id);
    sk_secret_done(&credentials->secret_key);
    sk_secret_done(&credentials->session_token);
    credentials->expires_at_s = 0;
    credentials->provider = NULL;
}

void sk_aws_role_done(struct sk_aws_role *role)
{
    free(role->arn);
    free(role->external_id);
    free(role->session_name);
    free(role->source_identity);
    free(role->source_profile);
    free(role->credential_source);
    json_decref(role->tags);
    sk_secret_done(&role->web_token);
    *role = (struct sk_aws_role){0};
}

const char *sk_aws_role_operation(const struct sk_aws_role *role)
{
    return sk_secret_is_set(&role->web_token) ? "AssumeRoleWithWebIdentity" : "AssumeRole";
}

json_t *sk_aws_role_input(const struct sk_aws_role *role)
{
    json_t *input = json_object();
    json_object_set_new(input, "RoleArn", json_string(role->arn));
    json_object_set_new(input, "RoleSessionName",
                        json_string(role->session_name ? role->session_name : "sagekeeper"));
    json_object_set_new(input, "DurationSeconds",
                        json_integer(role->seconds ? role->seconds : 3600));
    if (sk_secret_is_set(&role->web_token)) {
        json_object_set_new(input, "WebIdentityToken",
                            json_stringn(role->web_token.data, role->web_token.length));
        return input;
    }
    if (role->external_id)
        json_object_set_new(input, "ExternalId", json_string(role->external_id));
    if (role->source_identity)
        json_object_set_new(input, "SourceIdentity", json_string(role->source_identity));
    if (json_array_size(role->tags) > 0)
        json_object_set(input, "Tags", role->tags);
    return input;
}

int sk_aws_role_output(const json_t *output, struct sk_aws_credentials *out, struct sk_err *err)
{
    static const struct sk_aws__members members = {
        .access_key_id = "AccessKeyId",
        .secret_key = "SecretAccessKey",
        .session_token = "SessionToken",
        .expiration = "Expiration",
    };
    if (sk_aws__credentials_read(json_object_get(output, "Credentials"), &members,
                                 "the answer of STS", out, err) < 0) {
        if (err)
            err->code = SK_E_PROTOCOL;
        return SK_E_PROTOCOL;
    }
    out->provider = "assumed role";
    return 0;
}

void sk_aws_json_wipe(json_t *value)
{
    const char *name;
    json_t *member;
    size_t index;
    if (json_is_string(value)) /* jansson has no other way to its bytes */
        explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_object_foreach(value, name, member)
    {
        sk_aws_json_wipe(json_incref(member));
    }
    json_array_foreach(value, index, member)
    {
        sk_aws_json_wipe(json_incref(member));
    }
    json_decref(value);
}

json_t *sk_aws__secret_json(const char *text, size_t length, const char *origin, struct sk_err *err)
{
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(value))
        return value;
    sk_aws_json_wipe(value);
    sk_err_set(err, SK_E_CREDENTIALS, "%s is no JSON object", origin);
    return NULL;
}

/* "+05:30", "-0800" as seconds; 0 or -1. */
static int offset_parse(const char *text, int64_t *out_s)
{
    unsigned digits[4];
    size_t count = 0;
    for (const char *at = text + 1; *at; at++) {
        if (*at == ':' && count == 2)
            continue;
        if (*at < '0' || *at > '9' || count == 4)
            return -1;
        digits[count++] = (unsigned)(*at - '0');
    }
    if (count != 4)
        return -1;
    int64_t minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
    *out_s = (*text == '-' ? -60 : 60) * minutes;
    return 0;
}

int sk_aws__expiration_parse(const char *text, int64_t *out_s)
{
    const char *time = strchr(text, 'T');
    size_t length = time ? (size_t)(time - text) + strcspn(time, "Z+-") : 0;
    int64_t offset_s = 0;
    struct sk_wall wall;
    if (!time || !text[length] ||
        (strcmp(text + length, "Z") != 0 && offset_parse(text + length, &offset_s) < 0))
        return -1;
    sk_auto(sk_freep) char *utc = sk_xasprintf("%.*sZ", (int)length, text);
    if (sk_wall_parse(utc, &wall) < 0)
        return -1;
    *out_s = wall.seconds - offset_s;
    return 0;
}

static int read_expiration(const json_t *value, int64_t *out_s)
{
    if (json_is_integer(value)) {
        *out_s = json_integer_value(value) / 1000;
        return *out_s > 0 ? 0 : -1;
    }
    return json_is_string(value) ? sk_aws__expiration_parse(json_string_value(value), out_s) : -1;
}

static bool read_text(const json_t *object, const char *member, struct sk_secret *out)
{
    const json_t *text = json_object_get(object, member);
    if (json_string_length(text) == 0)
        return false;
    sk_secret_set(out, json_string_value(text), json_string_length(text));
    return true;
}

int sk_aws__credentials_read(const json_t *object, const struct sk_aws__members *members,
                             const char *origin, struct sk_aws_credentials *out, struct sk_err *err)
{
    const char *missing = NULL;
    const json_t *expiration = json_object_get(object, members->expiration);
    bool has_expiration = expiration && !json_is_null(expiration);
    if (!read_text(object, members->access_key_id, &out->access_key_id))
        missing = members->access_key_id;
    else if (!read_text(object, members->secret_key, &out->secret_key))
        missing = members->secret_key;
    else if (!read_text(object, members->session_token, &out->session_token) && !members->optional)
        missing = members->session_token;
    else if (!has_expiration && !members->optional)
        missing = members->expiration;
    out->expires_at_s = 0;
    bool readable = !has_expiration || read_expiration(expiration, &out->expires_at_s) == 0;
    if (!missing && readable)
        return 0;
    sk_aws_credentials_done(out);
    if (missing)
        return sk_err_set(err, SK_E_CREDENTIALS, "%s lacks %s", origin, missing);
    return sk_err_set(err, SK_E_CREDENTIALS, "%s has an unreadable %s", origin,
                      members->expiration);
}

int sk_aws__token_file(const char *path, const char *what, struct sk_secret *out,
                       struct sk_err *err)
{
    struct sk_err failure = {0};
    char *text = NULL;
    size_t length = 0;
    if (sk_file_read(path, SK_BOUND_CREDENTIALS_BYTES, &text, &length, &failure) < 0) {
        sk_err_set(err, SK_E_CREDENTIALS, "%s: %s", what, sk_err_message(&failure));
        sk_err_done(&failure);
        return SK_E_CREDENTIALS;
    }
    size_t start = strspn(text, " \t\r\n");
    size_t end = length;
    while (end > start && strchr(" \t\r\n", text[end - 1]))
        end--;
    bool one_line = end > start && strcspn(text + start, "\r\n") >= end - start;
    if (one_line)
        sk_secret_set(out, text + start, end - start);
    explicit_bzero(text, length);
    free(text);
    if (!one_line)
        return sk_err_set(err, SK_E_CREDENTIALS, "%s: file \"%s\" holds no token", what, path);
    return 0;
}
