/* reconcilers/permissions: the rows against the catalogue of AWS's actions. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/document.h"
#include "reconcilers/permissions.h"
#include "reconcilers/registry.h"

/* Calls `check` for each row of each kind; returns how many there are. */
static size_t each_row(void (*check)(const struct sk_permission *row, const char *action))
{
    const struct sk_kinds *kinds = sk_registry_readable();
    size_t count = 0;
    for (size_t i = 0; i < kinds->count; i++) {
        const struct sk_permission *row = sk_permissions_of(kinds->items[i]);
        if (!row)
            fail_msg("%s has no permissions", kinds->items[i]->name);
        for (; row->operation; row++) {
            sk_auto(sk_freep) char *action = sk_permission_action(row);
            check(row, action);
            count++;
        }
    }
    return count;
}

static void check_action(const struct sk_permission *row, const char *action)
{
    (void)row;
    const struct sk_catalogue_action *found = sk_catalogue_find(action);
    if (!found)
        fail_msg("AWS has no action '%s'", action);
    assert_string_equal(sk_catalogue_name(found), action);
}

static void actions_exist(void **state)
{
    (void)state;
    assert_true(each_row(check_action) > 40);
}

/* "arn:{partition}:iam::…" with '*' for each word, as the catalogue writes it. Owned by the
 * caller. */
static char *generalised(const char *resource)
{
    struct sk_buffer out = {0};
    for (const char *at = resource; *at; at++) {
        if (sk_text_starts_with(at, "{path}"))
            sk_buffer_addc(&out, '/'); /* it begins and ends with one */
        sk_buffer_addc(&out, *at == '{' ? '*' : *at);
        if (*at == '{')
            at = strchr(at, '}');
    }
    return sk_buffer_take(&out);
}

static void check_resource(const struct sk_permission *row, const char *action)
{
    const struct sk_catalogue_action *found = sk_catalogue_find(action);
    const char *resource = row->scope->resource;
    size_t types = sk_catalogue_resource_types(found);
    if (strcmp(resource, "*") == 0) {
        if (types > 0)
            fail_msg("%s could be pinned to a resource", action);
        return;
    }
    if (resource[0] == '{')
        return; /* a list of ARNs from the manifests */
    sk_auto(sk_freep) char *text = generalised(resource);
    for (size_t i = 0; i < types; i++) {
        /* What the row names is among what the action takes. */
        if (fnmatch(sk_catalogue_resource_arn(found, i), text, 0) == 0)
            return;
    }
    fail_msg("%s does not take %s", action, resource);
}

static void resources_fit_their_actions(void **state)
{
    (void)state;
    (void)each_row(check_resource);
}

static void check_conditions(const struct sk_permission *row, const char *action)
{
    const struct sk_catalogue_action *found = sk_catalogue_find(action);
    const struct sk_permission_condition *condition = row->scope->conditions;
    for (; condition->operator_; condition++) {
        if (!sk_catalogue_has_key(found, condition->key))
            fail_msg("%s has no key %s", action, condition->key);
    }
    /* What writes to Studio is told apart by tags: ARNs hold ids of AWS's. Not so what users make,
     * and RStudio's app, which SageMaker makes with the domain. */
    bool untagged = strcmp(action, "sagemaker:DeleteApp") == 0 ||
                    strcmp(action, "sagemaker:DeleteSpace") == 0 ||
                    strcmp(action, "sagemaker:CreateApp") == 0;
    bool writes = sk_catalogue_access(found) != SK_ACCESS_READ &&
                  sk_catalogue_access(found) != SK_ACCESS_LIST;
    if (writes && !untagged && sk_text_starts_with(action, "sagemaker:") &&
        !strstr(row->scope->conditions[0].key ? row->scope->conditions[0].key : "",
                "Tag/sagekeeper:owner"))
        fail_msg("%s is not pinned to our tag", action);
    if (writes && !(row->scope->flags & SK_PERMISSION_WRITE))
        fail_msg("%s is allowed to those who only plan", action);
}

static void conditions_are_known_to_their_actions(void **state)
{
    (void)state;
    (void)each_row(check_conditions);
}

static void tables_name_registered_kinds(void **state)
{
    (void)state;
    const struct sk_kind_permissions *const tables[] = {
        sk_permissions_iam, sk_permissions_identity_center, sk_permissions_sagemaker};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct sk_kind_permissions *row = tables[i]; row->kind; row++) {
            const struct sk_kind *kind = sk_kinds_find(sk_registry_readable(), row->kind);
            if (!kind)
                fail_msg("no kind '%s'", row->kind);
            assert_ptr_equal(sk_permissions_of(kind), row->rows);
        }
    }
}

static const char *const two_regions[] = {"us-east-1", "eu-west-1", NULL};
static const struct sk_account account = {.name = "ml-dev",
                                          .id = "123456789012",
                                          .partition = "aws",
                                          .home_region = "us-east-1",
                                          .regions = two_regions};

/* Our own checks of policy documents find nothing, and it fits into a managed policy. */
static void documents_are_valid_and_small(void **state)
{
    (void)state;
    static const char *const boundaries[] = {
        NULL, "arn:aws:iam::123456789012:policy/guardrails/studio-boundary"};
    for (size_t i = 0; i < 4; i++) {
        const struct sk_permissions_opts opts = {.write = i / 2,
                                                 .owner = "acme",
                                                 .iam_path = "/sagekeeper/acme/",
                                                 .account = &account,
                                                 .boundary = boundaries[i % 2],
                                                 .kinds = sk_registry_readable()};
        json_auto_t *policy = sk_permissions_policy(&opts);
        sk_auto(sk_err_done) struct sk_err err = {0};
        ASSERT_OK(sk_policy_check(policy, SK_POLICY_MANAGED, "the policy", &err), &err);
        assert_true(sk_policy_size(policy, SK_POLICY_MANAGED) <=
                    sk_policy_size_limit(SK_POLICY_MANAGED));
        assert_int_equal(json_array_size(json_object_get(policy, "Statement")) > 10, opts.write);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_exist),
        cmocka_unit_test(resources_fit_their_actions),
        cmocka_unit_test(conditions_are_known_to_their_actions),
        cmocka_unit_test(tables_name_registered_kinds),
        cmocka_unit_test(documents_are_valid_and_small),
    };
    return cmocka_run_group_tests_name("permissions", tests, NULL, NULL);
}
