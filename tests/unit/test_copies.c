/* Rows D7 and D11 to D14 of docs/design/plan-cases.md: what there is twice. Two vaults carry the tags
 * of V; the second one is read as V~2. */
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan_fixture.h"

/* Rows leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define V    "vault/dev/us-east-1/v"
#define COPY V "~2"
#define MADE "{'Made': 600}"
#define OWN  "[{'from': 590, 'to': 610}]"

struct row {
    const char *name;
    const char *kept, *copy; /* bodies; NULL: as MADE */
    const char *own_creates; /* of V; NULL: no journal */
    const char *hidden;      /* a part that cannot be read */
    enum { EMPTY, USED, HOLDS } use;
    const char *action, *reason;
    bool refused; /* by the guard, without approvals */
};

static const struct row rows[] = {
    {"case_d13_our_surplus_copy_goes", NULL, NULL, OWN, NULL, EMPTY, "delete",
     "a surplus copy of '" V "' (v-1): our create took effect twice", false},
    {"case_d13_made_as_the_create_went_out", NULL, "{'Made': 290}", OWN, NULL, EMPTY, "delete",
     "our create took effect twice", false},
    {"case_d13_made_after_the_answer", NULL, "{'Made': 910}", OWN, NULL, EMPTY, "delete",
     "our create took effect twice", false},
    {"case_d13_by_the_second_of_two_creates", NULL, MADE,
     "[{'from': 1, 'to': 2}, {'from': 600, 'to': 600}]", NULL, EMPTY, "delete",
     "our create took effect twice", false},
    {"case_d13_a_failed_copy_goes_at_once", "{'Status': 'Updating'}",
     "{'Made': 600, 'Status': 'Failed'}", OWN, NULL, EMPTY, "delete", "a surplus copy", false},
    {"case_d13_two_failed_ones", "{'Status': 'Failed'}", "{'Made': 600, 'Status': 'Failed'}", OWN,
     NULL, EMPTY, "delete", "a surplus copy", false},
    {"case_d13_a_failed_delete_is_repeated", NULL, "{'Made': 600, 'Status': 'Delete_Failed'}", OWN,
     NULL, EMPTY, "delete", "a surplus copy", false},
    {"case_d13_the_kept_one_failed_to_be_updated", "{'Status': 'Update_Failed'}", NULL, OWN, NULL,
     EMPTY, "delete", "a surplus copy", false},
    {"case_d14_without_a_journal", NULL, NULL, NULL, NULL, EMPTY, "delete",
     "a copy of '" V "' (v-1) in which nobody has anything", true},
    {"case_d14_made_before_our_create", NULL, "{'Made': 289}", OWN, NULL, EMPTY, "delete",
     "the journal here does not say", true},
    {"case_d14_made_after_our_create", NULL, "{'Made': 911}", OWN, NULL, EMPTY, "delete",
     "the journal here does not say", true},
    {"case_d14_made_nobody_knows_when", NULL, "{}", "[{'from': 0, 'to': 0}]", NULL, EMPTY, "delete",
     "the journal here does not say", true},
    {"case_d13_times_as_text", NULL, "{'Made': '1970-01-01T00:10:00Z'}", OWN, NULL, EMPTY, "delete",
     "our create took effect twice", false},
    {"case_d14_made_before_our_create_as_text", NULL, "{'Made': '1970-01-01T00:04:49Z'}", OWN, NULL,
     EMPTY, "delete", "the journal here does not say", true},
    {"case_d14_an_empty_journal", NULL, NULL, "[]", NULL, EMPTY, "delete",
     "the journal here does not say", true},
    {"case_d7_used", NULL, NULL, OWN, NULL, USED, "blocked",
     "a second vault with the tags of '" V "' (v-1), and people have something in both", false},
    {"case_d7_something_hangs_on_it", NULL, NULL, OWN, NULL, HOLDS, "blocked",
     "people have something in both", false},
    {"case_d7_used_and_failed", NULL, "{'Made': 600, 'Status': 'Failed'}", OWN, NULL, USED,
     "blocked", "people have something in both", false},
    {"case_d7_the_kept_one_failed", "{'Status': 'Failed'}", NULL, OWN, NULL, EMPTY, "blocked",
     "'" V "' (v-1), which is Failed: delete one of the two by hand", false},
    {"case_d11_busy", NULL, "{'Made': 600, 'Status': 'Updating'}", OWN, NULL, EMPTY, "wait",
     "a surplus copy of '" V "' (v-1); it is Updating", false},
    {"case_d12_the_kept_one_is_busy", "{'Status': 'Updating'}", NULL, OWN, NULL, EMPTY, "wait",
     "which is Updating: it stays until that one works", false},
    {"case_d3_no_copy_goes_on_a_partial_view", NULL, NULL, OWN, "role/dev/global", EMPTY, "blocked",
     "nothing is deleted in account 'dev' while its roles cannot be read", false},
};

static void have_kept(struct world *world, const char *body)
{
    struct sk_document *kept = world_have(world, V, body ? body : MADE);
    json_object_set_new(kept->body, "VaultId", json_string("v-1"));
}

static const struct sk_finding *finding_about(const struct sk_findings *findings,
                                              const char *address)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].subject, address) == 0)
            return &findings->items[i];
    }
    return NULL;
}

static void run_row(void **state)
{
    const struct row *row = *state;
    struct world world = {0};
    have_kept(&world, row->kept);
    struct sk_document *copy =
        world_have_as(&world, MARKS_OF_VAULT, COPY, row->copy ? row->copy : MADE);
    copy->flags = row->use == USED ? SK_DOCUMENT_USED : 0;
    if (row->use == HOLDS)
        sk_document_add_edge(world_have_as(&world, MARKS_NONE, "member/dev/us-east-1/v~2/m", "{}"),
                             COPY);
    if (row->own_creates)
        world.own_creates = json_pack("{s:o}", V, js(row->own_creates));
    if (row->hidden)
        world_hide(&world, row->hidden);
    world_want(&world, V, "{}");
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {.delete_limit = 2, .delete_percent = 100};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);

    const struct sk_change *change = sk_plan_find(plan, COPY);
    assert_non_null(change);
    assert_string_equal(sk_action_name(change->action), row->action);
    if (!strstr(change->reason, row->reason))
        fail_msg("the reason is '%s'", change->reason);
    assert_string_equal(change->copy_of, V);
    bool deletes = change->action == SK_ACTION_DELETE;
    assert_int_equal(change->calls.count, deletes ? 2 : 0);
    assert_int_equal(change->refused, row->refused);
    const struct sk_finding *finding = finding_about(&findings, COPY);
    assert_int_equal(finding != NULL, row->refused);
    assert_int_equal(change->own_copy, row->own_creates && !row->refused);
    assert_int_equal(change->access, 0); /* nobody comes in there */
    assert_int_equal(change->partial, row->hidden != NULL);
    if (finding)
        assert_non_null(strstr(finding->allow, "{address: " COPY ", action: delete"));
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

/* What the rows do not say. */

struct other {
    const char *name, *address; /* of the second one */
    enum marks kept, second;
    const char *kept_body;
};

static const struct other others[] = {
    {"case_d4_not_without_the_first", COPY, MARKS_NONE, MARKS_OF_VAULT, NULL},
    {"case_d4_the_first_is_gone", COPY, MARKS_OURS, MARKS_OF_VAULT, "{'Status': 'Deleted'}"},
    {"case_d4_the_first_is_not_ours", COPY, MARKS_OTHER_OWNER, MARKS_OF_VAULT, "{}"},
    {"case_d4_the_second_carries_no_tags", COPY, MARKS_OURS, MARKS_NONE, "{}"},
    {"case_d4_the_second_is_anothers", COPY, MARKS_OURS, MARKS_OTHER_OWNER, "{}"},
    {"case_d4_the_second_names_something_else", COPY, MARKS_OURS, MARKS_COPIED, "{}"},
    {"case_d4_another_name_with_copied_tags", "vault/dev/us-east-1/w", MARKS_OURS, MARKS_OF_VAULT,
     "{}"},
    {"case_d4_a_longer_name_with_copied_tags", V "2", MARKS_OURS, MARKS_OF_VAULT, "{}"},
    {"case_d4_another_region", "vault/dev/eu-west-1/v~2", MARKS_OURS, MARKS_OF_VAULT, "{}"},
    {"case_d4_a_kind_with_a_natural_key", "member/dev/us-east-1/v~2", MARKS_OURS, MARKS_OF_VAULT,
     "{}"},
};

static void run_other(void **state)
{
    const struct other *other = *state;
    struct world world = {0};
    if (other->kept_body)
        world_have_as(&world, other->kept, V, other->kept_body);
    world_have_as(&world, other->second, other->address, MADE);
    world.own_creates = json_pack("{s:o}", V, js(OWN));
    struct sk_plan *plan = world_plan(&world);
    assert_null(sk_plan_find(plan, other->address));
    sk_plan_free(plan);
    world_done(&world);
}

static void three_of_one_name(void **state)
{
    (void)state;
    struct world world = {0};
    have_kept(&world, NULL);
    world_have_as(&world, MARKS_OF_VAULT, COPY, MADE);
    world_have_as(&world, MARKS_OF_VAULT, V "~3", "{'Made': 5000}");
    world.own_creates = json_pack("{s:o}", V, js(OWN));
    world_want(&world, V, "{}");
    struct sk_plan *plan = world_plan(&world);
    assert_true(sk_plan_find(plan, COPY)->own_copy);
    assert_false(sk_plan_find(plan, V "~3")->own_copy);
    assert_null(sk_plan_find(plan, V));
    json_auto_t *json = sk_change_to_json(sk_plan_find(plan, COPY));
    assert_string_equal(sk_json_text(json, "copyOf"), V);
    /* Two of the three that carry our tags go: 67 %. */
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {.delete_limit = 2, .delete_percent = 66};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_string_equal(findings.items[0].rule, "delete-share");
    assert_true(sk_plan_find(plan, COPY)->refused);
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

#define ROW_COUNT   (sizeof(rows) / sizeof(*rows))
#define OTHER_COUNT (sizeof(others) / sizeof(*others))

int main(void)
{
    sk_alloc_init();
    static struct CMUnitTest tests[ROW_COUNT + OTHER_COUNT + 1];
    for (size_t i = 0; i < ROW_COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = run_row, .initial_state = (void *)&rows[i]};
    for (size_t i = 0; i < OTHER_COUNT; i++)
        tests[ROW_COUNT + i] = (struct CMUnitTest){
            .name = others[i].name, .test_func = run_other, .initial_state = (void *)&others[i]};
    tests[ROW_COUNT + OTHER_COUNT] = (struct CMUnitTest)cmocka_unit_test(three_of_one_name);
    return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
