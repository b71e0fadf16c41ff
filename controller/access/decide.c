/* Decisions on requests of a state's principals, see decide.h. A policy's position in its role is
 * its name in the compiled sets, so that a deciding statement leads back to where it stands. */
#include "access/decide_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"

bool sk_access_starts(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

const json_t *sk_access_member(const json_t *object, const char *key)
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
    return sk_access_starts(key, "aws:Principal") && !sk_access_starts(key, "aws:PrincipalOrg");
}

/* Whether a tag of the principal is known: session tags are, only as far as the situation says. */
bool sk_access_knows_tag(const struct sk_access_decider *decider, const char *tag)
{
    switch (decider->situation) {
    case SK_SITUATION_PROFILE:
    case SK_SITUATION_SPACE:
        return true;
    case SK_SITUATION_SIGN_IN:
        return strcasecmp(tag, "studiouserid") == 0;
    case SK_SITUATION_ROLE:
        break;
    }
    return !decider->role->takes_session_tags;
}

/* A request comes through a VPC endpoint, and has the keys of the VPC, or it does not, and has the
 * source address (IAM User Guide, "Global condition context keys"): who gives one of the two says
 * that the other is absent. */
static bool is_on_another_road(const json_t *context, const char *key)
{
    static const char *const inside[] = {"aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp",
                                         "aws:SourceVpcArn"};
    bool given_inside = false;
    bool asks_inside = false;
    for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
        given_inside |= sk_access_member(context, inside[i]) != NULL;
        asks_inside |= strcasecmp(key, inside[i]) == 0;
    }
    bool given_address = sk_access_member(context, "aws:SourceIp") != NULL;
    return (asks_inside && given_address && !given_inside) ||
           (given_inside && strcasecmp(key, "aws:SourceIp") == 0);
}

/* Whether a key's value is known for the question, see decide.h. */
bool sk_access_knows(const char *key, void *data)
{
    static const char tag[] = "aws:PrincipalTag/";
    const struct sk_access_decider *decider = data;
    const struct sk_access_question *question = decider->question;
    const struct sk_access_resource *resource = question->resource;
    if (sk_access_member(question->context, key) || sk_access_member(resource->keys, key) ||
        is_on_another_road(question->context, key))
        return true;
    if (sk_access_starts(key, tag))
        return sk_access_knows_tag(decider, key + strlen(tag));
    if (is_of_principal(key))
        return true;
    sk_auto(sk_freep) char *lower = sk_text_lower(sk_xstrdup(key));
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
            .document = sk_policy_suppose(policy->document, form, sk_access_knows, (void *)decider),
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
    bool key = sk_access_starts(question->action, "kms:");
    if (!key && !json_is_object(question->resource->policy))
        return 0;
    json_auto_t *document =
        key ? default_key_policy(decider->role)
            : sk_policy_suppose(question->resource->policy, form, sk_access_knows, (void *)decider);
    const struct sk_policy_source source = {"resource", document};
    return sk_policy_set_new(&source, 1, SK_SET_PRINCIPALS, out, err);
}

static int compile_form(struct sk_access_decider *decider, enum sk_suppose which,
                        struct sk_err *err)
{
    struct sk_access_form *form = &decider->forms[which];
    size_t levels = decider->role->control_levels;
    if (levels > SK_ACCESS_LEVELS_MAX)
        return sk_err_set(err, SK_E_BOUND, "more than %d levels of service control policies",
                          SK_ACCESS_LEVELS_MAX);
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

int sk_access_decider_new(const struct sk_access_principal *like,
                          const struct sk_access_question *question, struct sk_access_decider **out,
                          struct sk_err *err)
{
    struct sk_access_decider *decider = sk_xcalloc(1, sizeof(*decider));
    decider->role = like->role;
    decider->situation = like->situation;
    decider->question = question;
    decider->request = sk_request_new();
    int code = 0;
    for (int form = 0; code == 0 && form < SK_SUPPOSE_COUNT; form++)
        code = compile_form(decider, (enum sk_suppose)form, err);
    if (code < 0) {
        sk_access_decider_free(decider);
        return sk_err_wrap(err, "role '%s'", like->role->arn);
    }
    *out = decider;
    return 0;
}

void sk_access_decider_free(struct sk_access_decider *decider)
{
    if (!decider)
        return;
    for (size_t i = 0; i < SK_SUPPOSE_COUNT; i++) {
        struct sk_access_form *form = &decider->forms[i];
        sk_policy_set_free(form->identity);
        sk_policy_set_free(form->boundary);
        sk_policy_set_free(form->resource);
        for (size_t j = 0; j < SK_ACCESS_LEVELS_MAX; j++)
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
    put_tags(request, SK_TAG_PRINCIPAL, principal->tags);
    put_tags(request, SK_TAG_RESOURCE, question->resource->tags);
    put_keys(request, principal->keys);
    put_keys(request, question->resource->keys);
    put_context(request, question->context);
    return 0;
}

/* Whether the resource's own policy decides and is not known. */
static bool lacks_resource_policy(const struct sk_access_decider *decider)
{
    const struct sk_request *request = decider->request;
    bool other_account = *request->resource_account != '\0' &&
                         strcmp(request->resource_account, request->principal_account) != 0;
    bool assumes = sk_access_starts(decider->question->action, "sts:AssumeRole") ||
                   sk_access_starts(decider->question->action, "sts:TagSession") ||
                   sk_access_starts(decider->question->action, "sts:SetSourceIdentity");
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
        json_array_append_new(out->because, sk_access_reason(decider, &verdict.reasons[i]));
    out->may =
        judge(decider, sk_policy_decide(&decider->forms[SK_SUPPOSE_MOST].layers, decider->request),
              sk_policy_decide(&decider->forms[SK_SUPPOSE_LEAST].layers, decider->request));
    out->conditions =
        out->may == SK_ACCESS_DEPENDS ? sk_access_open(decider, principal) : json_array();
    return 0;
}

void sk_access_answer_done(struct sk_access_answer *answer)
{
    json_decref(answer->because);
    json_decref(answer->conditions);
    *answer = (struct sk_access_answer){0};
}
