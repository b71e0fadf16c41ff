/* Decisions on requests of a state's principals, see decide.h. A policy's position in its role is
 * its name in the compiled sets, so that a deciding statement leads back to where it stands. */
#include "access/decide.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "policy/suppose.h"

#define LEVELS_MAX 16

/* The sets of one form (policy/suppose.h). */
struct form {
    struct sk_policy_set *identity, *boundary, *resource;
    struct sk_policy_set *controls[LEVELS_MAX];
    struct sk_layers layers;
};

struct sk_access_decider {
    const struct sk_access_role *role;
    const struct sk_access_question *question;
    struct form forms[SK_SUPPOSE_COUNT];
    struct sk_request *request;
};

static bool starts_with_caseless(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static const json_t *find_caseless(const json_t *object, const char *key)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (strcasecmp(name, key) == 0)
            return value;
    }
    return NULL;
}

/* Keys that the principal alone decides on. A session of a role has no user name and no MFA; that
 * of an organization is not known here. */
static bool is_of_principal(const char *key)
{
    static const char *const names[] = {"aws:username",
                                        "aws:userid",
                                        "aws:SourceIdentity",
                                        "aws:FederatedProvider",
                                        "aws:MultiFactorAuthPresent",
                                        "aws:MultiFactorAuthAge",
                                        "sagemaker:DomainId",
                                        "sagemaker:UserProfileName",
                                        "aws:ResourceAccount"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(key, names[i]) == 0)
            return true;
    }
    return starts_with_caseless(key, "aws:Principal") &&
           !starts_with_caseless(key, "aws:PrincipalOrg");
}

/* Whether a key's value is known for the question, see decide.h. */
static bool is_known(const char *key, void *data)
{
    const struct sk_access_question *question = data;
    const struct sk_access_resource *resource = question->resource;
    if (find_caseless(question->context, key) || find_caseless(resource->keys, key) ||
        is_of_principal(key))
        return true;
    sk_auto(sk_freep) char *lower = sk_xstrdup(key);
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    const struct sk_catalogue_action *action = sk_catalogue_find(question->action);
    if (action && !sk_catalogue_has_key(action, key))
        return true;
    return sk_catalogue_resource_tag(lower) && resource->tags;
}

/* Compiling */

/* The documents of one layer and level as sources; `out` has room for all policies. */
static size_t layer_sources(const struct sk_access_decider *decider, enum sk_suppose form,
                            enum sk_layer layer, size_t level, struct sk_policy_source *out)
{
    const struct sk_access_role *role = decider->role;
    size_t count = 0;
    for (size_t i = 0; i < role->policy_count; i++) {
        const struct sk_access_policy *policy = &role->policies[i];
        if (policy->layer != layer || policy->level != level)
            continue;
        out[count++] = (struct sk_policy_source){
            .name = sk_xasprintf("%zu", i),
            .document =
                sk_policy_suppose(policy->document, form, is_known, (void *)decider->question),
        };
    }
    return count;
}

static int compile_layer(const struct sk_access_decider *decider, enum sk_suppose form,
                         enum sk_layer layer, size_t level, struct sk_policy_set **out,
                         struct sk_err *err)
{
    struct sk_policy_source *sources =
        sk_xcalloc(decider->role->policy_count + 1, sizeof(*sources));
    size_t count = layer_sources(decider, form, layer, level, sources);
    int code = 0;
    if (count > 0 || layer != SK_LAYER_BOUNDARY)
        code = sk_policy_set_new(sources, count, SK_SET_COMPLETE_ARNS, out, err);
    for (size_t i = 0; i < count; i++) {
        free((char *)sources[i].name);
        json_decref((json_t *)sources[i].document);
    }
    free(sources);
    return code;
}

static bool is_service(const char *action, const char *prefix)
{
    return starts_with_caseless(action, prefix);
}

/* The key policy that AWS writes when none is given: IAM policies of the account decide (KMS
 * Developer Guide, "Default key policy"). New. */
static json_t *default_key_policy(const struct sk_access_role *role)
{
    return json_pack(
        "{s:s, s:[{s:s, s:{s:o}, s:s, s:s}]}", "Version", "2012-10-17", "Statement", "Effect",
        "Allow", "Principal", "AWS",
        json_sprintf("arn:%s:iam::%s:root", role->account->partition, role->account->id), "Action",
        "kms:*", "Resource", "*");
}

static int compile_resource(const struct sk_access_decider *decider, enum sk_suppose form,
                            struct sk_policy_set **out, struct sk_err *err)
{
    const struct sk_access_question *question = decider->question;
    bool key = is_service(question->action, "kms:");
    if (!key && !json_is_object(question->resource->policy))
        return 0;
    json_auto_t *document =
        key ? default_key_policy(decider->role)
            : sk_policy_suppose(question->resource->policy, form, is_known, (void *)question);
    const struct sk_policy_source source = {"resource", document};
    return sk_policy_set_new(&source, 1, SK_SET_PRINCIPALS, out, err);
}

static int compile_form(struct sk_access_decider *decider, enum sk_suppose which,
                        struct sk_err *err)
{
    struct form *form = &decider->forms[which];
    size_t levels = decider->role->control_levels;
    if (levels > LEVELS_MAX)
        return sk_err_set(err, SK_E_BOUND, "more than %d levels of service control policies",
                          LEVELS_MAX);
    int code = compile_layer(decider, which, SK_LAYER_IDENTITY, 0, &form->identity, err);
    if (code == 0)
        code = compile_layer(decider, which, SK_LAYER_BOUNDARY, 0, &form->boundary, err);
    for (size_t i = 0; code == 0 && i < levels; i++)
        code = compile_layer(decider, which, SK_LAYER_SCP, i, &form->controls[i], err);
    if (code == 0)
        code = compile_resource(decider, which, &form->resource, err);
    form->layers = (struct sk_layers){.scps = (const struct sk_policy_set *const *)form->controls,
                                      .scp_levels = levels,
                                      .resource = form->resource,
                                      .identity = form->identity,
                                      .boundary = form->boundary};
    return code;
}

int sk_access_decider_new(const struct sk_access_role *role,
                          const struct sk_access_question *question, struct sk_access_decider **out,
                          struct sk_err *err)
{
    struct sk_access_decider *decider = sk_xcalloc(1, sizeof(*decider));
    decider->role = role;
    decider->question = question;
    decider->request = sk_request_new();
    int code = 0;
    for (int form = 0; code == 0 && form < SK_SUPPOSE_COUNT; form++)
        code = compile_form(decider, (enum sk_suppose)form, err);
    if (code < 0) {
        sk_access_decider_free(decider);
        return sk_err_wrap(err, "role '%s'", role->arn);
    }
    *out = decider;
    return 0;
}

void sk_access_decider_free(struct sk_access_decider *decider)
{
    if (!decider)
        return;
    for (size_t i = 0; i < SK_SUPPOSE_COUNT; i++) {
        struct form *form = &decider->forms[i];
        sk_policy_set_free(form->identity);
        sk_policy_set_free(form->boundary);
        sk_policy_set_free(form->resource);
        for (size_t j = 0; j < LEVELS_MAX; j++)
            sk_policy_set_free(form->controls[j]);
    }
    sk_request_free(decider->request);
    free(decider);
}

/* The request */

static void put_value(struct sk_request *request, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text)
        sk_request_put(request, key, &text, 1);
}

static void put_keys(struct sk_request *request, const json_t *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)keys, key, value) put_value(request, key, value);
}

static void put_tags(struct sk_request *request, enum sk_tag_owner owner, const json_t *tags)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)tags, key, value)
    {
        sk_request_put_tag(request, owner, key, json_string_value(value));
    }
}

static void put_context(struct sk_request *request, const json_t *context)
{
    const char *key;
    json_t *list;
    json_object_foreach((json_t *)context, key, list)
    {
        size_t count = json_array_size(list);
        const char **values = sk_xcalloc(count + 1, sizeof(char *));
        for (size_t i = 0; i < count; i++)
            values[i] = json_string_value(json_array_get(list, i));
        sk_request_put(request, key, values, count);
        free(values);
    }
}

static int fill_request(struct sk_access_decider *decider,
                        const struct sk_access_principal *principal, struct sk_err *err)
{
    struct sk_request *request = decider->request;
    const struct sk_access_question *question = decider->question;
    const struct sk_principal who = {.type = SK_PRINCIPAL_SESSION,
                                     .arn = principal->session_arn,
                                     .account = decider->role->account->id,
                                     .role_arn = decider->role->arn};
    sk_request_clear(request);
    int code = sk_request_set_principal(request, &who, err);
    if (code < 0)
        return code;
    sk_request_set_action(request, question->action);
    sk_request_set_resource(request, question->resource->arn, question->resource->account);
    put_tags(request, SK_TAG_PRINCIPAL, decider->role->tags);
    put_tags(request, SK_TAG_RESOURCE, question->resource->tags);
    put_keys(request, principal->keys);
    put_keys(request, question->resource->keys);
    put_context(request, question->context);
    return 0;
}

/* The answer */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* Where a statement stands. New. */
static json_t *place_of(const struct sk_access_policy *policy, const char *sid, size_t position)
{
    json_t *row = json_pack("{s:s, s:o, s:o, s:o}", "layer", sk_layer_name(policy->layer), "policy",
                            text_or_null(policy->name), "statement",
                            sid ? json_string(sid) : json_integer((json_int_t)position), "address",
                            text_or_null(policy->address));
    if (policy->is_inline)
        json_object_set_new(row, "inline", json_true());
    if (policy->origin)
        json_object_set_new(row, "origin", json_string(policy->origin));
    json_object_update_missing(row, (json_t *)policy->source);
    json_t *line = json_array_get(json_object_get(policy->source, "statements"), position);
    if (line)
        json_object_set(row, "statementLine", line);
    json_object_del(row, "statements");
    return row;
}

static json_t *reason_row(const struct sk_access_decider *decider, const struct sk_reason *reason)
{
    if (!reason->set || reason->statement == SK_NO_STATEMENT)
        return json_pack("{s:s, s:s, s:n, s:n, s:n}", "layer", sk_layer_name(reason->layer),
                         "effect", "None", "policy", "statement", "address");
    const char *sid = sk_policy_set_sid(reason->set, reason->statement);
    size_t position = sk_policy_set_position(reason->set, reason->statement);
    json_t *row = NULL;
    if (reason->layer == SK_LAYER_RESOURCE) {
        const struct sk_document *document = decider->question->resource->document;
        const struct sk_access_policy trust = {.layer = SK_LAYER_RESOURCE,
                                               .name = document ? "trust policy" : "key policy",
                                               .address = document ? document->address : NULL,
                                               .origin = document ? document->origin : NULL};
        row = place_of(&trust, sid, position);
    } else {
        const char *name = sk_policy_set_policy(reason->set, reason->statement);
        row = place_of(&decider->role->policies[strtoul(name, NULL, 10)], sid, position);
    }
    json_object_set_new(row, "effect", json_string(reason->deny ? "Deny" : "Allow"));
    return row;
}

/* Whether one statement matches the request when its open conditions hold. */
static bool would_match(const struct sk_access_decider *decider, const json_t *document,
                        const json_t *statement)
{
    json_auto_t *alone =
        sk_policy_without_open(document, statement, is_known, (void *)decider->question);
    const struct sk_policy_source source = {"", alone};
    struct sk_policy_set *set = NULL;
    if (sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &set, NULL) < 0)
        return false;
    struct sk_set_match match = sk_policy_set_match(set, decider->request, false);
    sk_policy_set_free(set);
    return match.allow != SK_NO_STATEMENT || match.deny != SK_NO_STATEMENT;
}

/* What a policy variable stands for; NULL when that is not known. */
static const char *value_of(const struct sk_access_decider *decider,
                            const struct sk_access_principal *principal, const char *key)
{
    static const char tag[] = "aws:PrincipalTag/";
    static const char other_tag[] = "aws:ResourceTag/";
    const json_t *value = NULL;
    if (starts_with_caseless(key, tag))
        value = find_caseless(decider->role->tags, key + strlen(tag));
    else if (starts_with_caseless(key, other_tag))
        value = find_caseless(decider->question->resource->tags, key + strlen(other_tag));
    else
        value = find_caseless(principal->keys, key);
    return json_string_value(value);
}

/* A condition's value with its variables filled in. New. */
static json_t *filled_in(const struct sk_access_decider *decider,
                         const struct sk_access_principal *principal, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return json_incref(value);
    struct sk_buffer out = {0};
    const char *open;
    while ((open = strstr(text, "${")) != NULL) {
        size_t length = strcspn(open + 2, "}");
        sk_auto(sk_freep) char *key = sk_xstrndup(open + 2, length);
        const char *known = value_of(decider, principal, key);
        sk_buffer_add(&out, text, (size_t)(open - text));
        if (known)
            sk_buffer_adds(&out, known);
        else
            sk_buffer_addf(&out, "${%s}", key);
        text = open + 2 + length;
        text += *text == '}';
    }
    sk_buffer_adds(&out, text);
    json_t *filled = json_string(sk_buffer_text(&out));
    sk_buffer_done(&out);
    return filled;
}

static void fill_in(const struct sk_access_decider *decider,
                    const struct sk_access_principal *principal, json_t *conditions)
{
    size_t index;
    json_t *row;
    json_array_foreach(conditions, index, row)
    {
        json_t *values = json_object_get(row, "values");
        for (size_t i = 0; i < json_array_size(values); i++)
            json_array_set_new(values, i, filled_in(decider, principal, json_array_get(values, i)));
    }
}

static void add_open(const struct sk_access_decider *decider,
                     const struct sk_access_principal *principal,
                     const struct sk_access_policy *policy, json_t *rows)
{
    const json_t *list = sk_element_get(policy->document, "Statement");
    for (size_t i = 0; i < sk_element_count(list); i++) {
        const json_t *statement = sk_element_at(list, i);
        json_auto_t *open =
            sk_policy_open_conditions(statement, is_known, (void *)decider->question);
        if (json_array_size(open) == 0 || !would_match(decider, policy->document, statement))
            continue;
        fill_in(decider, principal, open);
        json_t *row = place_of(policy, json_string_value(sk_element_get(statement, "Sid")), i);
        json_object_set(row, "effect", sk_element_get(statement, "Effect"));
        json_object_set(row, "conditions", open);
        json_array_append_new(rows, row);
    }
}

/* A layer that allows without open conditions needs none of its conditional allows. */
static bool allows_anyway(const struct sk_access_decider *decider, enum sk_layer layer)
{
    const struct form *least = &decider->forms[SK_SUPPOSE_LEAST];
    const struct sk_policy_set *set = layer == SK_LAYER_IDENTITY   ? least->identity
                                      : layer == SK_LAYER_BOUNDARY ? least->boundary
                                                                   : NULL;
    return set && sk_policy_set_match(set, decider->request, false).allow != SK_NO_STATEMENT;
}

static json_t *open_rows(const struct sk_access_decider *decider,
                         const struct sk_access_principal *principal)
{
    json_auto_t *all = json_array();
    for (size_t i = 0; i < decider->role->policy_count; i++)
        add_open(decider, principal, &decider->role->policies[i], all);
    json_t *rows = json_array();
    bool identity = allows_anyway(decider, SK_LAYER_IDENTITY);
    bool boundary = allows_anyway(decider, SK_LAYER_BOUNDARY);
    size_t index;
    json_t *row;
    json_array_foreach(all, index, row)
    {
        const char *layer = sk_json_text(row, "layer");
        bool needless = (identity && sk_text_equal(layer, sk_layer_name(SK_LAYER_IDENTITY))) ||
                        (boundary && sk_text_equal(layer, sk_layer_name(SK_LAYER_BOUNDARY)));
        if (!needless || sk_text_equal(sk_json_text(row, "effect"), "Deny"))
            json_array_append(rows, row);
    }
    return rows;
}

/* Whether the resource's own policy decides and is not known. */
static bool lacks_resource_policy(const struct sk_access_decider *decider)
{
    const struct sk_request *request = decider->request;
    bool other_account = *request->resource_account != '\0' &&
                         strcmp(request->resource_account, request->principal_account) != 0;
    bool assumes = is_service(decider->question->action, "sts:AssumeRole") ||
                   is_service(decider->question->action, "sts:TagSession") ||
                   is_service(decider->question->action, "sts:SetSourceIdentity");
    return (other_account || assumes) && !decider->forms[SK_SUPPOSE_EXACT].resource;
}

static enum sk_access_may judge(const struct sk_access_decider *decider, enum sk_decision most,
                                enum sk_decision least)
{
    const struct sk_access_role *role = decider->role;
    bool more = json_array_size(role->unread) > 0 || lacks_resource_policy(decider);
    if (most == SK_DECISION_FORBIDDEN)
        return SK_ACCESS_NO;
    if (most == SK_DECISION_DENIED)
        return more ? SK_ACCESS_UNKNOWN : SK_ACCESS_NO;
    if (role->unread_boundary)
        return SK_ACCESS_UNKNOWN;
    return least == SK_DECISION_ALLOWED ? SK_ACCESS_YES : SK_ACCESS_DEPENDS;
}

int sk_access_decide(struct sk_access_decider *decider, const struct sk_access_principal *principal,
                     struct sk_access_answer *out, struct sk_err *err)
{
    int code = fill_request(decider, principal, err);
    if (code < 0)
        return code;
    struct sk_verdict verdict;
    sk_policy_evaluate(&decider->forms[SK_SUPPOSE_EXACT].layers, decider->request, &verdict);
    out->decision = verdict.decision;
    out->because = json_array();
    for (size_t i = 0; i < verdict.reason_count; i++)
        json_array_append_new(out->because, reason_row(decider, &verdict.reasons[i]));
    out->may =
        judge(decider, sk_policy_decide(&decider->forms[SK_SUPPOSE_MOST].layers, decider->request),
              sk_policy_decide(&decider->forms[SK_SUPPOSE_LEAST].layers, decider->request));
    out->conditions = out->may == SK_ACCESS_DEPENDS ? open_rows(decider, principal) : json_array();
    return 0;
}

void sk_access_answer_done(struct sk_access_answer *answer)
{
    json_decref(answer->because);
    json_decref(answer->conditions);
    *answer = (struct sk_access_answer){0};
}
