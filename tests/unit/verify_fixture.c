/* Small estates, see verify_fixture.h. */
#include "verify_fixture.h"

#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan/kind.h"

static const struct sk_kind kinds[] = {
    {.name = "iam_policy"},
    {.name = "iam_role"},
    {.name = "sagemaker_domain"},
    {.name = "sagemaker_space"},
    {.name = "sagemaker_user_profile"},
};
static const struct sk_kind *const kind_list[] = {&kinds[0], &kinds[1], &kinds[2], &kinds[3],
                                                  &kinds[4]};

static const struct sk_account account = {
    .name = "dev", .id = ESTATE_ACCOUNT, .partition = "aws", .home_region = "us-east-1"};

json_t *estate_json(const char *text)
{
    sk_auto(sk_freep) char *json = sk_xstrdup(text);
    for (char *at = json; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    json_error_t error;
    json_t *value = json_loads(json, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s in %s", error.text, text);
    return value;
}

json_t *estate_verify(const json_t *world, const struct sk_verify_opts *opts)
{
    const struct sk_kinds all = {kind_list, sizeof(kind_list) / sizeof(*kind_list)};
    const struct sk_accounts accounts = {&account, 1};
    struct sk_documents documents = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    const char *address;
    json_t *body;
    json_object_foreach((json_t *)world, address, body)
    {
        sk_auto(sk_freep) char *kind = sk_xstrndup(address, strcspn(address, "/"));
        struct sk_document *document =
            sk_document_new(sk_kinds_find(&all, kind), address, json_deep_copy(body));
        assert_int_equal(sk_documents_add(&documents, document, NULL), 0);
    }
    sk_documents_sort(&documents);
    const struct sk_access_opts access = {.documents = &documents, .accounts = &accounts};
    struct sk_access_state *state = sk_access_state_new(&access);
    struct sk_verify_opts asked = *opts;
    asked.state = state;
    json_t *report = sk_verify(&asked, &err);
    if (!report)
        fail_msg("%s", sk_err_message(&err));
    sk_access_state_free(state);
    sk_documents_done(&documents);
    return report;
}

const json_t *estate_property(const json_t *report, enum sk_property property)
{
    return json_array_get(json_object_get(report, "properties"), (size_t)property - 1);
}

json_int_t estate_violated(const json_t *report, enum sk_property property)
{
    return json_integer_value(json_object_get(estate_property(report, property), "violated"));
}

json_int_t estate_in_steps(const json_t *report, enum sk_property property)
{
    return json_integer_value(json_object_get(estate_property(report, property), "inSteps"));
}

json_t *estate_policy(json_t *statements)
{
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

json_t *estate_role(const char *team, json_t *policy, json_t *trust)
{
    json_t *statements =
        estate_json("[{'Effect': 'Allow', 'Principal': {'Service': 'sagemaker.amazonaws.com'}, "
                    "'Action': 'sts:AssumeRole'}]");
    if (trust)
        json_array_extend(statements, trust);
    json_decref(trust);
    json_t *body = json_pack("{s:s, s:o, s:{}, s:[]}", "Path", "/", "AssumeRolePolicyDocument",
                             estate_policy(statements), "InlinePolicies", "Tags");
    if (policy)
        json_object_set_new(json_object_get(body, "InlinePolicies"), "own", policy);
    if (team)
        json_array_append_new(json_object_get(body, "Tags"),
                              json_pack("{s:s, s:s}", "Key", "Team", "Value", team));
    return body;
}

void estate_add(json_t *world, const char *address, json_t *body)
{
    json_object_set_new(world, address, body);
}
