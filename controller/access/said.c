/* What an answer takes for granted and leaves out, and what a caller adds, see decide.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access/decide.h"
#include "base/alloc.h"
#include "base/text.h"

json_t *sk_access_not_considered(const struct sk_access_role *role,
                                 const struct sk_access_question *question)
{
    json_t *list = json_array();
    json_array_append_new(
        list,
        json_string(role->control_levels == 0
                        ? "service control policies"
                        : "service control policies that are not declared for the root or the "
                          "account"));
    json_array_append_new(list, json_string("resource control policies"));
    if (!question->resource->policy)
        json_array_append_new(list, json_string("policies of the resource itself"));
    json_array_append_new(list, json_string("VPC endpoint policies"));
    json_array_append_new(list, json_string("session policies"));
    size_t index;
    json_t *arn;
    json_array_foreach(role->unread, index, arn)
    {
        json_array_append_new(list,
                              json_sprintf("the attached policy %s, whose document is not known",
                                           json_string_value(arn)));
    }
    if (role->unread_boundary)
        json_array_append_new(
            list, json_sprintf("the permissions boundary %s, whose document is not known",
                               role->unread_boundary));
    return list;
}

json_t *sk_access_assumed(const struct sk_access_state *state,
                          const struct sk_access_question *question)
{
    json_t *list = json_deep_copy(question->resource->notes);
    if (state->opts.control_count > 0)
        json_array_append_new(
            list,
            json_string("declared service control policies are attached beside FullAWSAccess"));
    if (strncasecmp(question->action, "kms:", strlen("kms:")) == 0)
        json_array_append_new(
            list, json_string("the key's policy leaves it to the IAM policies of the account"));
    if (strncasecmp(question->action, "s3:", strlen("s3:")) == 0)
        json_array_append_new(list, json_string("the bucket is in the principal's account"));
    return list;
}

static void add_value(json_t *context, const char *key, const char *value)
{
    json_t *values = json_object_get(context, key);
    if (!values) {
        values = json_array();
        json_object_set_new(context, key, values);
    }
    size_t index;
    json_t *known;
    json_array_foreach(values, index, known)
    {
        if (strcmp(json_string_value(known), value) == 0)
            return;
    }
    json_array_append_new(values, json_string(value));
}

/* The key of "key=value", owned by the caller; NULL when it is none. */
static char *key_of(const char *text)
{
    const char *equals = strchr(text, '=');
    const char *colon = strchr(text, ':');
    if (!equals || !colon || colon > equals || colon == text)
        return NULL;
    return sk_xstrndup(text, (size_t)(equals - text));
}

int sk_access_context_read(const char *const *texts, size_t count, json_t **out, struct sk_err *err)
{
    static const char prefix[] = "aws:RequestTag/";
    json_t *context = json_object();
    sk_auto(sk_freep) char *key = NULL;
    for (size_t i = 0; i < count; i++) {
        char *next = key_of(texts[i]);
        if (next) {
            free(key);
            key = next;
        } else if (!key || strchr(texts[i], '=')) {
            json_decref(context);
            return sk_err_set(
                err, SK_E_USAGE,
                "'%s' is no condition key with its value; expected KEY=VALUE, such as "
                "aws:RequestTag/Team=fraud",
                texts[i]);
        }
        add_value(context, key, next ? strchr(texts[i], '=') + 1 : texts[i]);
        if (strncasecmp(key, prefix, strlen(prefix)) == 0)
            add_value(context, "aws:TagKeys", key + strlen(prefix));
    }
    *out = context;
    return 0;
}
