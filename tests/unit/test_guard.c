/* The guard: limits, approvals, what refusals spread to. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan_fixture.h"

/* `owned` live roles of ours in dev, the first `deletes` of them undeclared. */
static void roles_world(struct world *world, const char *account, unsigned owned, unsigned deletes)
{
    for (unsigned i = 0; i < owned; i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("role/%s/global/r%04u", account, i);
        world_have(world, address, "{}");
        if (i >= deletes)
            world_want(world, address, "{}");
    }
}

struct limit_case {
    const char *name;
    unsigned owned, deletes;
    unsigned limit, percent, floor;
    const char *rule; /* NULL: nothing found */
    const char *message, *allow;
};

static const struct limit_case limits[] = {
    {"below the limit", 20, 4, 5, 100, 0, NULL, NULL, NULL},
    {"at the limit", 20, 5, 5, 100, 0, NULL, NULL, NULL},
    {"past the limit", 20, 6, 5, 100, 0, "delete-limit",
     "the plan deletes 6 of 20 roles in account 'dev'; the limit is 5",
     "--delete-limit 6 for this run, when it is meant"},
    {"limit of nothing", 20, 1, 0, 100, 0, "delete-limit", "the limit is 0", "--delete-limit 1"},
    {"below the percentage", 100, 9, 1000, 10, 3, NULL, NULL, NULL},
    {"at the percentage", 100, 10, 1000, 10, 3, NULL, NULL, NULL},
    {"past the percentage", 100, 11, 1000, 10, 3, "delete-share",
     "the plan deletes 11 of 100 roles in account 'dev', 11 %; the limit is 10 %",
     "--delete-percent 11 for this run, when it is meant"},
    {"percentage is rounded up", 30, 10, 1000, 30, 3, "delete-share", ", 34 %",
     "--delete-percent 34"},
    {"at the floor", 4, 3, 1000, 10, 3, NULL, NULL, NULL},
    {"past the floor", 5, 4, 1000, 10, 3, "delete-share", "4 of 5 roles", "--delete-percent 80"},
    {"no floor", 100, 1, 1000, 0, 0, "delete-share", "1 of 100 roles", "--delete-percent 1"},
    {"the limit says it first", 20, 19, 5, 10, 3, "delete-limit", "the limit is 5", NULL},
    {"nothing is deleted", 20, 0, 0, 0, 0, NULL, NULL, NULL},
};

static void run_limit(void **state)
{
    const struct limit_case *c = *state;
    struct world world = {0};
    roles_world(&world, "dev", c->owned, c->deletes);
    /* What is not ours does not count, nor do other accounts and kinds. */
    world_have_as(&world, MARKS_NONE, "role/dev/global/foreign", "{}");
    world_have_as(&world, MARKS_COPIED, "role/dev/global/copied", "{}");
    roles_world(&world, "prod", 50, 0);
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(plan->counts[SK_ACTION_DELETE], c->deletes);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {
        .delete_limit = c->limit, .delete_percent = c->percent, .delete_floor = c->floor};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, c->rule ? 1 : 0);
    for (size_t i = 0; i < plan->count; i++)
        assert_int_equal(plan->items[i].refused, c->rule != NULL);
    if (c->rule) {
        const struct sk_finding *finding = &findings.items[0];
        assert_string_equal(finding->rule, c->rule);
        assert_string_equal(finding->subject, "role in dev");
        assert_true(finding->whole_plan);
        assert_non_null(strstr(finding->message, c->message));
        if (c->allow)
            assert_non_null(strstr(finding->allow, c->allow));
    }
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void a_limit_refuses_the_whole_plan(void **state)
{
    (void)state;
    struct world world = {0};
    roles_world(&world, "dev", 20, 10);
    world_want(&world, "role/prod/global/new", "{}");
    world_want(&world, "seal/prod/global/existing", "{}")->flags = SK_DOCUMENT_EXISTING;
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {.delete_limit = 5, .delete_percent = 100};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_true(sk_plan_find(plan, "role/prod/global/new")->refused);
    assert_false(sk_plan_find(plan, "seal/prod/global/existing")->refused); /* blocked anyway */
    assert_false(sk_plan_has_work(plan));
    json_auto_t *rows = sk_findings_to_json(&findings);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(sk_json_text(json_array_get(rows, 0), "rule"), "delete-limit");
    assert_string_equal(sk_json_text(json_array_get(rows, 0), "subject"), "role in dev");
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void limits_count_by_kind_and_account(void **state)
{
    (void)state;
    struct world world = {0};
    roles_world(&world, "dev", 10, 3);
    roles_world(&world, "prod", 10, 3);
    for (unsigned i = 0; i < 3; i++) {
        sk_auto(sk_freep) char *east = sk_xasprintf("member/dev/us-east-1/v/%u", i);
        world_have(&world, east, "{}");
        sk_auto(sk_freep) char *west = sk_xasprintf("member/dev/eu-west-1/v/%u", i);
        world_have(&world, west, "{}");
    }
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {.delete_limit = 5, .delete_percent = 100};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 1); /* regions of an account count together */
    assert_string_equal(findings.items[0].subject, "member in dev");
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void an_empty_source_never_deletes(void **state)
{
    (void)state;
    struct world world = {0};
    roles_world(&world, "dev", 1, 1);
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {
        .delete_limit = 100, .delete_percent = 100, .delete_floor = 100};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].rule, "empty-source");
    assert_false(sk_plan_has_work(plan));
    sk_findings_done(&findings);
    sk_plan_free(plan);
    /* One declared resource, even one made elsewhere, and the limits decide. */
    world_want(&world, "seal/prod/global/existing", "{}")->flags = SK_DOCUMENT_EXISTING;
    world_have_as(&world, MARKS_NONE, "seal/prod/global/existing", "{}");
    plan = world_plan(&world);
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 0);
    assert_true(sk_plan_has_work(plan));
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void an_empty_source_without_deletes_is_fine(void **state)
{
    (void)state;
    struct world world = {0};
    world_have_as(&world, MARKS_NONE, "role/dev/global/r", "{}");
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {0};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 0);
    sk_plan_free(plan);
    world_done(&world);
}

#define VAULT "vault/dev/us-east-1/v"
#define TAKEN "role/dev/global/taken"

struct approval_case {
    const char *name;
    const char *approvals; /* NULL: none at all */
    bool vault_refused, role_refused;
    const char *message; /* of the finding about the vault */
};

static const struct approval_case approvals[] = {
    {"no approvals", NULL, true, true, "to delete '" VAULT "' needs an approval naming it"},
    {"empty approvals", "[]", true, true, "needs an approval naming it"},
    {"delete approved", "[{'address': '" VAULT "', 'action': 'delete', 'valid': true}]", false,
     true, NULL},
    {"adoption approved", "[{'address': '" TAKEN "', 'action': 'adopt', 'valid': true}]", true,
     false, "needs an approval"},
    {"both approved",
     "[{'address': '" VAULT "', 'action': 'delete', 'valid': true}, {'address': '" TAKEN
     "', 'action': 'adopt', 'valid': true}]",
     false, false, NULL},
    {"another action", "[{'address': '" VAULT "', 'action': 'adopt', 'valid': true}]", true, true,
     "needs an approval"},
    {"another address", "[{'address': 'vault/dev/us-east-1/w', 'action': 'delete', 'valid': true}]",
     true, true, "needs an approval"},
    {"address as a beginning", "[{'address': 'vault/dev', 'action': 'delete', 'valid': true}]",
     true, true, "needs an approval"},
    {"from the same commit",
     "[{'address': '" VAULT "', 'action': 'delete', 'valid': false, 'why': 'it came in the same "
     "commit'}]",
     true, true, "the approval to delete '" VAULT "' does not count: it came in the same commit"},
    {"invalid without a reason", "[{'address': '" VAULT "', 'action': 'delete'}]", true, true,
     "does not count: it is not valid"},
    {"valid behind an invalid one",
     "[{'address': '" VAULT "', 'action': 'delete', 'valid': false}, {'address': '" VAULT
     "', 'action': 'delete', 'valid': true}]",
     false, true, NULL},
    {"invalid behind a valid one",
     "[{'address': '" VAULT "', 'action': 'delete', 'valid': true}, {'address': '" VAULT
     "', 'action': 'delete', 'valid': false}]",
     false, true, NULL},
    {"valid that is no boolean", "[{'address': '" VAULT "', 'action': 'delete', 'valid': 'true'}]",
     true, true, "does not count"},
    {"approvals without content", "[{}, 'text', {'address': '" VAULT "'}]", true, true,
     "needs an approval"},
};

static void run_approval(void **state)
{
    const struct approval_case *c = *state;
    struct world world = {0};
    world_have(&world, VAULT, "{}");
    world_want(&world, TAKEN, "{}")->flags = SK_DOCUMENT_ADOPT;
    world_have_as(&world, MARKS_NONE, TAKEN, "{}");
    sk_document_add_edge(world_want(&world, "member/dev/us-east-1/w/m", "{}"), TAKEN);
    world_want(&world, "role/prod/global/apart", "{}");
    struct sk_plan *plan = world_plan(&world);
    json_auto_t *given = c->approvals ? js(c->approvals) : NULL;
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {
        .delete_limit = 10, .delete_percent = 100, .approvals = given};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, (c->vault_refused ? 1 : 0) + (c->role_refused ? 1 : 0));
    assert_int_equal(sk_plan_find(plan, VAULT)->refused, c->vault_refused);
    assert_int_equal(sk_plan_find(plan, TAKEN)->refused, c->role_refused);
    assert_int_equal(sk_plan_find(plan, "member/dev/us-east-1/w/m")->refused, c->role_refused);
    assert_false(sk_plan_find(plan, "role/prod/global/apart")->refused);
    assert_true(sk_plan_has_work(plan));
    for (size_t i = 0; i < findings.count; i++) {
        const struct sk_finding *finding = &findings.items[i];
        bool vault = strcmp(finding->subject, VAULT) == 0;
        assert_string_equal(finding->rule, vault ? "protected-delete" : "adoption");
        assert_false(finding->whole_plan);
        assert_non_null(strstr(finding->allow, "in a commit of its own"));
        if (vault && !strstr(finding->message, c->message))
            fail_msg("%s", finding->message);
    }
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

/* Refusals go down a chain of dependants in one pass, whatever the addresses. */
static void refusals_spread_down_chains(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, TAKEN, "{}")->flags = SK_DOCUMENT_ADOPT;
    world_have_as(&world, MARKS_NONE, TAKEN, "{}");
    sk_document_add_edge(world_want(&world, "role/dev/global/b", "{}"), TAKEN);
    sk_document_add_edge(world_want(&world, "role/dev/global/z", "{}"), "role/dev/global/b");
    sk_document_add_edge(world_want(&world, "role/dev/global/a", "{}"), "role/dev/global/z");
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {0};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 1);
    for (size_t i = 0; i < plan->count; i++)
        assert_true(plan->items[i].refused);
    json_auto_t *json = sk_change_to_json(&plan->items[0]);
    assert_true(json_is_true(json_object_get(json, "refused")));
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

/* What is blocked or waits is not deleted, so it neither counts nor needs an approval. */
static void only_what_would_be_done_counts(void **state)
{
    (void)state;
    struct world world = {0};
    world_have(&world, VAULT, "{'Status': 'Updating'}");
    roles_world(&world, "prod", 8, 8);
    world_hide(&world, "vault/prod/us-east-1");
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {0};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 0);
    sk_plan_free(plan);
    world_done(&world);
}

#define LIMIT_COUNT    (sizeof(limits) / sizeof(*limits))
#define APPROVAL_COUNT (sizeof(approvals) / sizeof(*approvals))

int main(void)
{
    sk_alloc_init();
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_limit_refuses_the_whole_plan),
        cmocka_unit_test(limits_count_by_kind_and_account),
        cmocka_unit_test(an_empty_source_never_deletes),
        cmocka_unit_test(an_empty_source_without_deletes_is_fine),
        cmocka_unit_test(refusals_spread_down_chains),
        cmocka_unit_test(only_what_would_be_done_counts),
    };
    static struct CMUnitTest tests[LIMIT_COUNT + APPROVAL_COUNT + sizeof(others) / sizeof(*others)];
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = limits[i].name, .test_func = run_limit, .initial_state = (void *)&limits[i]};
    for (size_t i = 0; i < APPROVAL_COUNT; i++)
        tests[LIMIT_COUNT + i] = (struct CMUnitTest){.name = approvals[i].name,
                                                     .test_func = run_approval,
                                                     .initial_state = (void *)&approvals[i]};
    memcpy(tests + LIMIT_COUNT + APPROVAL_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
