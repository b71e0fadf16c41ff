/* The kinds' own pure parts: names, statuses, tags, patches. What they call and read is tested
 * against AWS's models in tests/contract/. */
#include "sk_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "reconcilers/body.h"
#include "reconcilers/iam/account_details.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/registry.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/settings.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/tags.h"

/* JSON written with ' for ". */
static json_t *js(const char *text)
{
    sk_auto(sk_freep) char *copy = sk_xstrdup(text);
    for (char *at = strchr(copy, '\''); at; at = strchr(at, '\''))
        *at = '"';
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(copy, strlen(copy), text, &err);
    if (!value)
        fail_msg("%s: %s", text, sk_err_message(&err));
    return value;
}

static void assert_json(const char *name, const json_t *actual, const char *expected)
{
    json_auto_t *wanted = expected ? js(expected) : NULL;
    sk_auto(sk_freep) char *left = actual ? sk_json_canonical(actual) : sk_xstrdup("(none)");
    sk_auto(sk_freep) char *right = wanted ? sk_json_canonical(wanted) : sk_xstrdup("(none)");
    if (strcmp(left, right) != 0)
        fail_msg("%s: got %s, expected %s", name, left, right);
}

static const struct sk_kind *kind_named(const char *name)
{
    const struct sk_kind *kind = sk_kinds_find(sk_registry(), name);
    assert_non_null(kind);
    return kind;
}

static struct sk_observation observation_in(const char *region)
{
    return (struct sk_observation){.account = "ml-dev",
                                   .account_id = "123456789012",
                                   .partition = "aws",
                                   .region = region,
                                   .home_region = "us-east-1",
                                   .kind = kind_named("sagemaker_domain")};
}

/* --- the registry -------------------------------------------------------------------------- */

static void test_kinds_are_complete(void **state)
{
    (void)state;
    const struct sk_kinds *kinds = sk_registry_readable();
    assert_true(kinds->count >= 4);
    for (size_t i = 0; i < kinds->count; i++) {
        const struct sk_kind *kind = kinds->items[i];
        if (i > 0 && strcmp(kinds->items[i - 1]->name, kind->name) >= 0)
            fail_msg("'%s' is out of order", kind->name);
        if (!kind->service || !kind->noun || !sk_text_ends_with(kind->doc, "."))
            fail_msg("'%s' has no service, noun or sentence", kind->name);
        bool observed = kind->flags & SK_KIND_OBSERVED;
        if (!kind->read || !kind->create != observed || !kind->remove != observed)
            fail_msg("'%s' lacks a function", kind->name);
        if ((kind->flags & SK_KIND_RECORDED) && (!kind->id_member || !kind->made_member))
            fail_msg("'%s' cannot be recognised", kind->name);
        assert_ptr_equal(sk_kinds_find(kinds, kind->name), kind);
    }
}

static void check_row(const struct sk_kind *kind, const struct sk_attr *attr)
{
    if (!sk_text_ends_with(attr->doc, "."))
        fail_msg("%s.%s has no sentence", kind->name, attr->path);
    if ((attr->clear == SK_CLEAR_VALUE) != (attr->clear_value != NULL))
        fail_msg("%s.%s: clear_value belongs to SK_CLEAR_VALUE", kind->name, attr->path);
    if (attr->clear == SK_CLEAR_EMPTY_LIST && attr->type != SK_ATTR_LIST &&
        attr->type != SK_ATTR_SET)
        fail_msg("%s.%s is no list", kind->name, attr->path);
    if ((attr->flags & SK_ATTR_RESTRICTS) && !(attr->flags & SK_ATTR_GRANTS))
        fail_msg("%s.%s restricts without granting", kind->name, attr->path);
    if ((attr->flags & SK_ATTR_IMMUTABLE) && attr->clear != SK_CLEAR_NOT_POSSIBLE)
        fail_msg("%s.%s is fixed and cannot be cleared", kind->name, attr->path);
    for (const struct sk_attr *other = attr + 1; other->path; other++) {
        if (strcmp(other->path, attr->path) == 0)
            fail_msg("%s.%s has two rows", kind->name, attr->path);
    }
}

static void test_rows_make_sense(void **state)
{
    (void)state;
    const struct sk_kinds *kinds = sk_registry_readable();
    for (size_t i = 0; i < kinds->count; i++) {
        for (const struct sk_attr *attr = kinds->items[i]->attrs; attr->path; attr++)
            check_row(kinds->items[i], attr);
        const struct sk_attr *tags = sk_kind_attr(kinds->items[i], "Tags.x");
        unsigned untagged = SK_KIND_OBSERVED | SK_KIND_RECORDED | SK_KIND_OF_HOLDER;
        if (!tags && (kinds->items[i]->flags & untagged))
            continue;
        assert_int_equal(kinds->items[i]->flags & (SK_KIND_RECORDED | SK_KIND_OF_HOLDER), 0);
        assert_non_null(tags);
        assert_int_equal(tags->type, SK_ATTR_TAGS);
    }
}

/* --- names --------------------------------------------------------------------------------- */

static void test_addresses_of_arns(void **state)
{
    (void)state;
    static const struct {
        const char *name, *arn, *address;
    } cases[] = {
        {"role", "arn:aws:iam::123456789012:role/fraud", "iam_role/ml-dev/global/fraud"},
        {"role below a path", "arn:aws:iam::123456789012:role/a/b/fraud",
         "iam_role/ml-dev/global/fraud"},
        {"policy", "arn:aws:iam::123456789012:policy/a/reader", "iam_policy/ml-dev/global/reader"},
        {"name like a kind", "arn:aws:iam::123456789012:role/policy",
         "iam_role/ml-dev/global/policy"},
        {"no name", "arn:aws:iam::123456789012:role/", NULL},
        {"no name below a path", "arn:aws:iam::123456789012:role/a/", NULL},
        {"managed by AWS", "arn:aws:iam::aws:policy/ReadOnlyAccess", NULL},
        {"another account", "arn:aws:iam::999999999999:role/fraud", NULL},
        {"another partition", "arn:aws-cn:iam::123456789012:role/fraud", NULL},
        {"another type", "arn:aws:iam::123456789012:instance-profile/fraud", NULL},
        {"the account", "arn:aws:iam::123456789012:root", NULL},
        {"a session", "arn:aws:sts::123456789012:assumed-role/fraud/me", NULL},
        {"no ARN", "fraud", NULL},
        {"nothing", NULL, NULL},
    };
    const struct sk_observation observation = observation_in("global");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *address = sk_iam_address_of_arn(&observation, cases[i].arn);
        if (!sk_text_equal(address, cases[i].address))
            fail_msg("%s: got %s", cases[i].name, address ? address : "(none)");
    }
}

static void test_edges_are_found_at_any_depth_and_once(void **state)
{
    (void)state;
    const struct sk_observation observation = observation_in("us-east-1");
    json_auto_t *value = js("{'a': 'arn:aws:iam::123456789012:role/one', 'b': [{'c': ["
                            "'arn:aws:iam::123456789012:policy/two', 7, null]}], "
                            "'d': 'arn:aws:iam::123456789012:role/x/one', 'e': true}");
    struct sk_document *document =
        sk_document_new(kind_named("iam_role"), "iam_role/a/global/b", NULL);
    sk_iam_add_edges(document, &observation, NULL);
    assert_null(document->edges);
    sk_iam_add_edges(document, &observation, value);
    assert_json("edges", document->edges,
                "['iam_role/ml-dev/global/one', 'iam_policy/ml-dev/global/two']");
    sk_document_free(document);
}

static void answer_with(struct sk_observation *observation, const char *operation, const char *text)
{
    struct sk_query *query = sk_observation_next(observation);
    assert_non_null(query);
    assert_string_equal(query->operation, operation);
    sk_query_answer(query, js(text), NULL);
}

static void test_domain_names_wait_for_both_lists(void **state)
{
    (void)state;
    struct sk_observation observation = observation_in("us-east-1");
    assert_null(sk_sagemaker_domain_names(&observation));
    answer_with(&observation, "ListDomains",
                "{'Domains': [{'DomainId': 'd-b', 'DomainName': 'one', 'DomainArn': 'arn:b'},"
                " {'DomainId': 'd-a', 'DomainName': 'ONE', 'DomainArn': 'arn:a'},"
                " {'DomainId': 'd-c', 'DomainName': 'two'}, {'DomainId': 'd-d'}]}");
    assert_null(sk_sagemaker_domain_names(&observation));
    answer_with(&observation, "GetResources",
                "{'ResourceTagMappingList': [{'ResourceARN': 'ARN:B', 'Tags': [{'Key': "
                "'sagekeeper:address', 'Value': 'sagemaker_domain/ML-dev/us-east-1/One'}]}]}");
    json_auto_t *names = sk_sagemaker_domain_names(&observation);
    assert_json("names", names, "{'d-b': 'one', 'd-a': 'ONE~d-a', 'd-c': 'two'}");
    assert_int_equal(json_array_size(sk_sagemaker_domains(&observation)), 4);
    sk_observation_done(&observation);
}

#define OWNED(arn)                                                                                 \
    "{'ResourceARN': '" arn "', 'Tags': [{'Key': 'sagekeeper:address', 'Value': "                  \
    "'sagemaker_domain/ml-dev/us-east-1/one'}]}"
#define LISTED(id, status, made)                                                                   \
    "{'DomainId': '" id "', 'DomainName': 'one', 'DomainArn': 'arn:" id "', 'Status': '" status    \
    "', 'CreationTime': " made "}"
#define IN(id) "{'DomainId': '" id "'}"

/* Two carry the tag of their name: which is used decides first, and has to be known. */
static void test_contested_domain_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *first, *second; /* d-a and d-b as they are listed */
        const char *profiles, *spaces, *apps;
        const char *plain; /* the one that keeps the name */
    } cases[] = {
        {"the oldest", LISTED("d-a", "InService", "2.5"), LISTED("d-b", "InService", "2.25"), "",
         "", "", "d-b"},
        {"equal times", LISTED("d-a", "InService", "2"), LISTED("d-b", "InService", "2"), "", "",
         "", "d-a"},
        {"no times", LISTED("d-a", "InService", "null"), LISTED("d-b", "InService", "null"), "", "",
         "", "d-a"},
        {"a profile", LISTED("d-a", "InService", "1"), LISTED("d-b", "InService", "2"), IN("d-b"),
         "", "", "d-b"},
        {"a space", LISTED("d-a", "InService", "1"), LISTED("d-b", "InService", "2"), "", IN("d-b"),
         "", "d-b"},
        {"an app", LISTED("d-a", "InService", "1"), LISTED("d-b", "InService", "2"), "", "",
         IN("d-b"), "d-b"},
        {"both used", LISTED("d-a", "InService", "3"), LISTED("d-b", "InService", "2"), IN("d-b"),
         IN("d-a"), "", "d-b"},
        {"used before it works", LISTED("d-a", "InService", "1"), LISTED("d-b", "Failed", "2"),
         IN("d-b"), "", "", "d-b"},
        {"failed", LISTED("d-a", "Failed", "1"), LISTED("d-b", "Pending", "2"), "", "", "", "d-b"},
        {"deleting", LISTED("d-a", "Deleting", "1"), LISTED("d-b", "InService", "2"), "", "", "",
         "d-b"},
        {"pending is no worse", LISTED("d-a", "Pending", "1"), LISTED("d-b", "InService", "2"), "",
         "", "", "d-a"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sk_observation observation = observation_in("us-east-1");
        sk_auto(sk_freep) char *domains =
            sk_xasprintf("{'Domains': [%s, %s]}", cases[i].first, cases[i].second);
        sk_auto(sk_freep) char *profiles =
            sk_xasprintf("{'UserProfiles': [%s]}", cases[i].profiles);
        sk_auto(sk_freep) char *spaces = sk_xasprintf("{'Spaces': [%s]}", cases[i].spaces);
        sk_auto(sk_freep) char *apps = sk_xasprintf("{'Apps': [%s]}", cases[i].apps);
        assert_null(sk_sagemaker_domain_names(&observation));
        answer_with(&observation, "ListDomains", domains);
        answer_with(&observation, "GetResources",
                    "{'ResourceTagMappingList': [" OWNED("arn:d-a") ", " OWNED("arn:d-b") "]}");
        assert_null(sk_sagemaker_domain_names(&observation));
        answer_with(&observation, "ListUserProfiles", profiles);
        answer_with(&observation, "ListSpaces", spaces);
        assert_null(sk_sagemaker_domain_names(&observation));
        answer_with(&observation, "ListApps", apps);
        json_auto_t *names = sk_sagemaker_domain_names(&observation);
        const char *other = strcmp(cases[i].plain, "d-a") == 0 ? "d-b" : "d-a";
        sk_auto(sk_freep) char *expected =
            sk_xasprintf("{'%s': 'one', '%s': 'one~%s'}", cases[i].plain, other, other);
        assert_json(cases[i].name, names, expected);
        sk_observation_done(&observation);
    }
}

static void test_names_of_principals(void **state)
{
    (void)state;
    json_auto_t *details = js("{'RoleDetailList': [{'RoleId': 'AROA1', 'Arn': 'arn:one'}, "
                              "{'RoleId': 'AROA2'}, {'Arn': 'arn:three'}]}");
    json_auto_t *names = sk_iam_principal_names(details);
    assert_json("names", names, "{'AROA1': 'arn:one'}");
    json_auto_t *none = sk_iam_principal_names(NULL);
    assert_json("none", none, "{}");
}

/* --- reading ------------------------------------------------------------------------------- */

static void test_a_missing_list_is_waited_for_or_an_error(void **state)
{
    (void)state;
    struct sk_observation observation = observation_in("us-east-1");
    assert_null(sk_observe(&observation, "sagemaker", "ListDomains", json_object()));
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_body_wait(&observation, &err), 0);

    static const struct {
        enum sk_errc code;
        int result;
    } cases[] = {{SK_E_DENIED, 0}, {SK_E_NOT_FOUND, SK_E_PROTOCOL}};
    struct sk_query *query = sk_observation_next(&observation);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err why = {0};
        sk_err_set(&why, cases[i].code, "no");
        sk_query_answer(query, NULL, &why);
        observation.pass_pending = 0;
        observation.pass_failed = NULL;
        assert_null(sk_observe(&observation, "sagemaker", "ListDomains", json_object()));
        assert_int_equal(sk_body_wait(&observation, &err), cases[i].result);
    }
    sk_observation_done(&observation);
}

static void test_statuses(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum sk_state state;
        const char *reason;
    } cases[] = {
        {"{'Status': 'InService'}", SK_STATE_READY, NULL},
        {"{'Status': 'Pending'}", SK_STATE_BUSY, NULL},
        {"{'Status': 'Updating'}", SK_STATE_BUSY, NULL},
        {"{'Status': 'Deleting'}", SK_STATE_BUSY, NULL},
        {"{'Status': 'Deleted'}", SK_STATE_GONE, NULL},
        {"{'Status': 'Failed', 'FailureReason': 'no role'}", SK_STATE_FAILED_CREATE, "no role"},
        {"{'Status': 'Update_Failed', 'FailureReason': 'x'}", SK_STATE_FAILED_UPDATE, "x"},
        {"{'Status': 'Delete_Failed'}", SK_STATE_FAILED_DELETE, NULL},
        {"{'Status': 'Hibernating'}", SK_STATE_BUSY, NULL},
        {"{'Status': 7}", SK_STATE_BUSY, NULL},
        {"{}", SK_STATE_BUSY, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *body = js(cases[i].body);
        const char *reason = "untouched";
        if (sk_sagemaker_state(body, &reason) != cases[i].state ||
            !sk_text_equal(reason, cases[i].reason))
            fail_msg("%s", cases[i].body);
    }
}

static void test_tags_of_arns(void **state)
{
    (void)state;
    struct sk_observation observation = observation_in("us-east-1");
    assert_null(sk_tags_read(&observation, "eu-west-1", "sagemaker:domain"));
    struct sk_query *query = sk_observation_next(&observation);
    assert_string_equal(query->region, "eu-west-1");
    sk_query_answer(query,
                    js("{'ResourceTagMappingList': [{'ResourceARN': 'arn:X', 'Tags': [{'Key': 'a', "
                       "'Value': 'b'}]}, {'ResourceARN': 'arn:y'}, {'Tags': []}]}"),
                    NULL);
    json_auto_t *tags = sk_tags_read(&observation, "eu-west-1", "sagemaker:domain");
    static const struct {
        const char *arn, *tags;
    } cases[] = {
        {"ARN:x", "[{'Key': 'a', 'Value': 'b'}]"}, {"arn:y", "[]"}, {"arn:z", "[]"}, {NULL, "[]"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *found = sk_tags_of(tags, cases[i].arn);
        assert_json(cases[i].arn ? cases[i].arn : "none", found, cases[i].tags);
    }
    sk_observation_done(&observation);
}

static void test_bodies(void **state)
{
    (void)state;
    static const char *const members[] = {"a", "b", "c", NULL};
    json_auto_t *body = js("{'a': {'x': null, 'y': {'z': null, 'l': [null, 1]}, 'gone': {'deep': "
                           "{'z': null}}, 'empty': {}}, 'b': null, 'c': {'x': null}, 'd': 1}");
    json_auto_t *picked = sk_body_pick(body, members);
    assert_json("picked", picked, "{'a': {'y': {'l': [null, 1]}, 'empty': {}}}");
    json_auto_t *nothing = sk_body_pick(NULL, members);
    assert_json("of nothing", nothing, "{}");
    assert_null(sk_body_without_nulls(NULL));
    json_auto_t *none = sk_body_tags(body);
    assert_json("tags", none, "[]");
    assert_true(sk_body_absent(NULL) && sk_body_absent(json_object_get(body, "b")));
    assert_false(sk_body_absent(json_object_get(body, "d")));
}

/* --- patches ------------------------------------------------------------------------------- */

static void test_settings_are_completed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *settings, *desired, *live, *result;
    } cases[] = {
        {"nothing to complete", "{'SecurityGroups': []}", NULL, NULL, "{'SecurityGroups': []}"},
        {"the only instance type there is",
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': "
         "['a']}}",
         NULL, NULL,
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a'], 'DefaultResourceSpec': "
         "{'InstanceType': 'system'}}}"},
        {"an empty list too", "{'JupyterServerAppSettings': {'LifecycleConfigArns': []}}", NULL,
         NULL,
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': [], 'DefaultResourceSpec': "
         "{'InstanceType': 'system'}}}"},
        {"declared before live", "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a']}}",
         "{'JupyterServerAppSettings': {'DefaultResourceSpec': {'LifecycleConfigArn': 'a', "
         "'SageMakerImageArn': null}}}",
         "{'JupyterServerAppSettings': {'DefaultResourceSpec': {'InstanceType': 'ml.t3.medium'}}}",
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a'], 'DefaultResourceSpec': "
         "{'LifecycleConfigArn': 'a'}}}"},
        {"live", "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a']}}",
         "{'JupyterServerAppSettings': {'DefaultResourceSpec': {'SageMakerImageArn': null}}}",
         "{'JupyterServerAppSettings': {'DefaultResourceSpec': {'InstanceType': 'ml.t3.medium', "
         "'SageMakerImageArn': 'x'}}}",
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a'], 'DefaultResourceSpec': "
         "{'InstanceType': 'ml.t3.medium'}}}"},
        {"there already",
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a'], 'DefaultResourceSpec': "
         "{'LifecycleConfigArn': 'a'}}}",
         NULL, NULL,
         "{'JupyterServerAppSettings': {'LifecycleConfigArns': ['a'], 'DefaultResourceSpec': "
         "{'LifecycleConfigArn': 'a'}}}"},
        {"other apps need none", "{'JupyterLabAppSettings': {'LifecycleConfigArns': ['a']}}", NULL,
         NULL, "{'JupyterLabAppSettings': {'LifecycleConfigArns': ['a']}}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *settings = js(cases[i].settings);
        json_auto_t *desired = cases[i].desired ? js(cases[i].desired) : NULL;
        json_auto_t *live = cases[i].live ? js(cases[i].live) : NULL;
        sk_settings_complete(settings, desired, live);
        assert_json(cases[i].name, settings, cases[i].result);
    }
    sk_settings_complete(NULL, NULL, NULL);
}

static void test_patches_hold_the_changed_leaves(void **state)
{
    (void)state;
    static const struct {
        const char *name, *desired, *live, *patch;
    } cases[] = {
        {"nothing", "{'UserSettings': {'StudioWebPortal': 'ENABLED'}}",
         "{'UserSettings': {'StudioWebPortal': 'ENABLED'}, 'Status': 'InService'}", NULL},
        {"one leaf of many",
         "{'UserSettings': {'JupyterLabAppSettings': {'DefaultResourceSpec': {'InstanceType': "
         "'ml.t3.large', 'LifecycleConfigArn': null}}, 'StudioWebPortal': 'ENABLED'}}",
         "{'UserSettings': {'JupyterLabAppSettings': {'DefaultResourceSpec': {'InstanceType': "
         "'ml.t3.medium', 'LifecycleConfigArn': 'x', 'SageMakerImageArn': 'server'}}, "
         "'StudioWebPortal': 'ENABLED'}}",
         "{'JupyterLabAppSettings': {'DefaultResourceSpec': {'InstanceType': 'ml.t3.large', "
         "'LifecycleConfigArn': 'None'}}}"},
        {"sets in another order", "{'UserSettings': {'SecurityGroups': ['a', 'b']}}",
         "{'UserSettings': {'SecurityGroups': ['b', 'a']}}", NULL},
        {"lists in another order",
         "{'UserSettings': {'KernelGatewayAppSettings': {'CustomImages': ['a', 'b']}}}",
         "{'UserSettings': {'KernelGatewayAppSettings': {'CustomImages': ['b', 'a']}}}",
         "{'KernelGatewayAppSettings': {'CustomImages': ['a', 'b']}}"},
        {"whole", "{'UserSettings': {'CustomPosixUserConfig': {'Uid': 10001, 'Gid': 1001}}}",
         "{'UserSettings': {'CustomPosixUserConfig': {'Uid': 10002, 'Gid': 1001}}}",
         "{'CustomPosixUserConfig': {'Uid': 10001, 'Gid': 1001}}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct sk_kind *kind = kind_named("sagemaker_user_profile");
        struct sk_document *desired = sk_document_new(kind, "x/a/b/c/d", js(cases[i].desired));
        struct sk_document *live = sk_document_new(kind, "x/a/b/c/d", js(cases[i].live));
        struct sk_documents none = {0};
        struct sk_fields fields = {0};
        sk_diff(kind, desired->body, live->body, &none, &fields);
        const struct sk_change_input input = {
            .kind = kind, .desired = desired, .live = live, .fields = &fields};
        json_auto_t *patch = sk_settings_patch(&input, "UserSettings");
        assert_json(cases[i].name, patch, cases[i].patch);
        sk_fields_done(&fields);
        sk_document_free(desired);
        sk_document_free(live);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_are_complete),
        cmocka_unit_test(test_rows_make_sense),
        cmocka_unit_test(test_addresses_of_arns),
        cmocka_unit_test(test_edges_are_found_at_any_depth_and_once),
        cmocka_unit_test(test_domain_names_wait_for_both_lists),
        cmocka_unit_test(test_contested_domain_names),
        cmocka_unit_test(test_names_of_principals),
        cmocka_unit_test(test_a_missing_list_is_waited_for_or_an_error),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_tags_of_arns),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_settings_are_completed),
        cmocka_unit_test(test_patches_hold_the_changed_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
