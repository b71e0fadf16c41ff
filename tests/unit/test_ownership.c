/* Ownership of what has no tags, and what plan, guard and drift make of it: the rows A7, A8, C7, C8,
 * D15 to D17 of docs/design/plan-cases.md. The kinds here: guilds (recorded), mates (of their guild),
 * people (only looked at). */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/drift.h"
#include "plan/guard.h"
#include "plan/plan.h"

/* Rows leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct sk_attr guild_attrs[] = {
    {.path = "Name", .type = SK_ATTR_VALUE, .doc = "."},
    {.path = "Id", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY | SK_ATTR_GRANTS, .doc = "."},
    {.path = NULL},
};
static const struct sk_attr mate_attrs[] = {
    {.path = "Guild",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_GRANTS,
     .doc = "."},
    {.path = "Person",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "."},
    {.path = NULL},
};
static const struct sk_attr person_attrs[] = {{.path = NULL}};

static int never_read(struct sk_observation *observation, struct sk_err *err)
{
    (void)observation;
    return sk_err_set(err, SK_E_INTERNAL, "not read here");
}

static int make(const struct sk_change_input *input, struct sk_calls *calls, struct sk_err *err)
{
    (void)err;
    sk_calls_add(calls, "s", "Create", json_deep_copy(input->desired->body));
    return 0;
}

static int change(const struct sk_change_input *input, struct sk_calls *calls, struct sk_err *err)
{
    (void)err;
    if (input->fields->count > 0)
        sk_calls_add(calls, "s", "Update", json_object());
    return 0;
}

static int unmake(const struct sk_change_input *input, struct sk_calls *calls, struct sk_err *err)
{
    (void)err;
    sk_calls_add(calls, "s", "Delete", json_deep_copy(input->live->body));
    return 0;
}

static bool claims(const json_t *body, const char *owner)
{
    return sk_text_equal(sk_json_text(body, "By"), owner);
}

static const struct sk_kind guild = {.name = "guild",
                                     .noun = "guild",
                                     .scope = SK_SCOPE_REGION,
                                     .flags = SK_KIND_RECORDED,
                                     .attrs = guild_attrs,
                                     .id_member = "Id",
                                     .made_member = "Made",
                                     .read = never_read,
                                     .create = make,
                                     .update = change,
                                     .remove = unmake,
                                     .claims = claims};
static const struct sk_kind mate = {.name = "mate",
                                    .noun = "mate",
                                    .scope = SK_SCOPE_REGION,
                                    .flags = SK_KIND_OF_HOLDER,
                                    .attrs = mate_attrs,
                                    .read = never_read,
                                    .create = make,
                                    .remove = unmake};
static const struct sk_kind person = {.name = "person",
                                      .noun = "person",
                                      .scope = SK_SCOPE_REGION,
                                      .flags = SK_KIND_OBSERVED,
                                      .attrs = person_attrs,
                                      .read = never_read};
static const struct sk_kind *const kind_list[] = {&guild, &mate, &person};
static const struct sk_kinds kinds = {kind_list, 3};

static const char *const regions[] = {"eu-west-1", NULL};
static const struct sk_account account = {.name = "m",
                                          .id = "123456789012",
                                          .partition = "aws",
                                          .home_region = "us-east-1",
                                          .regions = regions};
static const struct sk_accounts accounts = {&account, 1};

#define G "guild/m/eu-west-1/g"
#define A "mate/m/eu-west-1/g/ann"
#define B "mate/m/eu-west-1/g/bob"
#define P "person/m/eu-west-1/ann"

/* Bodies that fit each other, and records of the guild. */
#define GUILD "{\"Name\": \"g\"}"
#define LIVE  "{\"Name\": \"g\", \"Id\": \"1\", \"Made\": 5000.25}"
#define MATE                                                                                       \
    "{\"Guild\": {\"$ref\": \"" G "\", \"attr\": \"Id\"}, "                                        \
    "\"Person\": {\"$ref\": \"" P "\", \"attr\": \"Id\"}}"
#define LIVE_A  "{\"Guild\": \"1\", \"Person\": \"2\"}"
#define ANN     "{\"Id\": \"2\"}"
#define MADE    "{\"" G "\": {\"address\": \"" G "\", \"id\": \"1\"}}"
#define MADE_2  "{\"" G "\": {\"address\": \"" G "\", \"id\": \"2\"}}"
#define SENT(s) "{\"" G "\": {\"address\": \"" G "\", \"since\": " #s "}}"
#define AWAITED (SK_DOCUMENT_EXISTING | SK_DOCUMENT_AWAITED)

struct fact {
    const char *address;
    const char *body;
    unsigned flags;
    const char *edge;
};

struct expected {
    const char *address;
    const char *action; /* NULL: the plan does not touch it */
    const char *reason; /* part of it; NULL: none is looked for */
    size_t calls;
    bool refused; /* by the guard, without approvals */
    bool pending;
};

static const struct row {
    const char *name;
    const char *made; /* NULL: nothing is recorded */
    bool ceded;
    struct fact desired[4], live[4];
    struct expected expected[4];
    const char *notice; /* address of the only one; NULL: none */
} rows[] = {
    {.name = "recorded is ours",
     .made = MADE,
     .desired = {{G, "{\"Name\": \"new\"}"}},
     .live = {{G, LIVE}},
     .expected = {{G, "update", NULL, 1}}},
    {.name = "recorded and not declared goes",
     .made = MADE,
     .desired = {{P, "{}", AWAITED}},
     .live = {{G, LIVE}, {A, LIVE_A, 0, G}, {P, ANN}},
     .expected = {{A, "delete", NULL, 1}, {G, "delete", NULL, 1}}},
    {.name = "case_c7_another id than the recorded one",
     .made = MADE_2,
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}},
     .expected = {{G, "blocked", "nothing records that it is ours"}}},
    {.name = "case_c7_without a record",
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}},
     .expected = {{G, "blocked", "`adopt: true` and an approval"}}},
    {.name = "case_c7_what hangs on it is as declared",
     .desired = {{G, GUILD}, {A, MATE}, {P, "{}", SK_DOCUMENT_EXISTING}},
     .live = {{G, LIVE}, {A, LIVE_A, 0, G}, {P, ANN}},
     .expected = {{A, NULL}, {G, "blocked"}}},
    {.name = "case_c7_nobody is added",
     .desired = {{G, GUILD}, {A, MATE}, {P, "{}", SK_DOCUMENT_EXISTING}},
     .live = {{G, LIVE}, {P, ANN}},
     .expected = {{A, "blocked", "which is blocked"}}},
    {.name = "a call without answer made it",
     .made = SENT(4990),
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}},
     .expected = {{G, NULL}}},
    {.name = "a call without answer, made long after",
     .made = SENT(4000),
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}},
     .expected = {{G, "blocked"}}},
    {.name = "a call without answer, made long before",
     .made = SENT(6000),
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}},
     .expected = {{G, "blocked"}}},
    {.name = "a call without answer, times as text",
     .made = SENT(4990),
     .desired = {{G, GUILD}},
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\", \"Made\": \"1970-01-01T01:23:20Z\"}"}},
     .expected = {{G, NULL}}},
    {.name = "a call without answer, made long after, times as text",
     .made = SENT(4000),
     .desired = {{G, GUILD}},
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\", \"Made\": \"1970-01-01T01:23:20Z\"}"}},
     .expected = {{G, "blocked"}}},
    {.name = "a call without answer, and AWS does not say when it was made",
     .made = SENT(4000),
     .desired = {{G, GUILD}},
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\"}"}},
     .expected = {{G, NULL}}},
    {.name = "case_c8_taken over though nothing differs",
     .desired = {{G, GUILD, SK_DOCUMENT_ADOPT}},
     .live = {{G, LIVE}},
     .expected = {{G, "adopt", NULL, 0, true}}},
    {.name = "case_c8_taken over with a difference",
     .desired = {{G, "{\"Name\": \"new\"}", SK_DOCUMENT_ADOPT}},
     .live = {{G, LIVE}},
     .expected = {{G, "adopt", NULL, 1, true}}},
    {.name = "case_c8_recorded already",
     .made = MADE,
     .desired = {{G, GUILD, SK_DOCUMENT_ADOPT}},
     .live = {{G, LIVE}},
     .expected = {{G, NULL}}},
    {.name = "case_d4_neither declared nor recorded",
     .live = {{G, LIVE}, {A, LIVE_A, 0, G}},
     .expected = {{G, NULL}, {A, NULL}}},
    {.name = "case_d15_claims to be ours",
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\", \"By\": \"acme\"}"}},
     .expected = {{G, "delete", "unattributed", 1, true}}},
    {.name = "case_d4_claims to be another's",
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\", \"By\": \"globex\"}"}},
     .expected = {{G, NULL}}},
    {.name = "case_d15_hangs on what is declared",
     .desired = {{G, GUILD}},
     .live = {{G, LIVE}, {B, LIVE_A, 0, G}},
     .expected = {{B, "delete", "unattributed", 1, true}}},
    {.name = "case_d4_hangs on what is not there",
     .desired = {{G, GUILD}},
     .live = {{B, LIVE_A, 0, G}},
     .expected = {{B, "delete", "unattributed", 1, true}, {G, "create", NULL, 1}}},
    {.name = "case_d4_hangs on nothing", .live = {{B, LIVE_A}}, .expected = {{B, NULL}}},
    {.name = "case_d16_in others' hands",
     .desired = {{G, GUILD, AWAITED}},
     .live = {{G, LIVE}, {B, LIVE_A, 0, G}},
     .expected = {{G, NULL}, {B, NULL}},
     .notice = B},
    {.name = "case_d17_claims what is others' now",
     .ceded = true,
     .live = {{G, "{\"Name\": \"g\", \"Id\": \"1\", \"By\": \"acme\"}"}, {A, LIVE_A, 0, G}},
     .expected = {{G, NULL}, {A, NULL}}},
    {.name = "case_a7_awaited",
     .desired = {{G, GUILD}, {A, MATE}, {P, "{}", AWAITED}},
     .expected = {{P, "wait", "made elsewhere", 0, false, true},
                  {A, "wait", "which is not ready", 0, false, true},
                  {G, "create", NULL, 1}}},
    {.name = "case_a7_awaited and there",
     .desired = {{G, GUILD}, {A, MATE}, {P, "{}", AWAITED}},
     .live = {{P, ANN}},
     .expected = {{P, NULL}, {A, "create", NULL, 1}}},
    {.name = "case_a8_declared in what others fill",
     .desired = {{G, GUILD, AWAITED}, {A, MATE, AWAITED}, {P, "{}", AWAITED}},
     .live = {{G, LIVE}, {P, ANN}},
     .expected = {{A, NULL}},
     .notice = A},
    {.name = "case_a8_something else is missing first",
     .desired = {{G, GUILD, AWAITED}, {A, MATE, AWAITED}, {P, "{}", AWAITED}},
     .live = {{G, LIVE}},
     .expected = {{A, NULL}, {P, "wait", NULL, 0, false, true}}},
};

static void fill(struct sk_documents *set, const struct fact *facts)
{
    for (; facts->address; facts++) {
        sk_auto(sk_freep) char *name = sk_xstrndup(facts->address, strcspn(facts->address, "/"));
        json_t *body = json_loads(facts->body, 0, NULL);
        assert_non_null(body);
        struct sk_document *document =
            sk_document_new(sk_kinds_find(&kinds, name), facts->address, body);
        document->flags = facts->flags;
        if (facts->edge)
            sk_document_add_edge(document, facts->edge);
        assert_int_equal(sk_documents_add(set, document, NULL), 0);
    }
    sk_documents_sort(set);
}

struct world {
    struct sk_documents desired;
    struct sk_view view;
};

static struct world world_of(const struct row *row)
{
    struct world world = {
        .view = {.made = row->made ? json_loads(row->made, 0, NULL) : NULL, .ceded = row->ceded}};
    fill(&world.desired, row->desired);
    fill(&world.view.live, row->live);
    return world;
}

static void world_done(struct world *world)
{
    sk_documents_done(&world->desired);
    sk_view_done(&world->view);
}

static struct sk_plan *plan_of(const struct world *world, const json_t *approvals,
                               struct sk_findings *findings)
{
    const struct sk_plan_input input = {.kinds = &kinds,
                                        .accounts = &accounts,
                                        .owner = "acme",
                                        .desired = &world->desired,
                                        .view = &world->view};
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_plan *plan = NULL;
    ASSERT_OK(sk_plan_make(&input, &plan, &err), &err);
    const struct sk_guard_opts opts = {
        .delete_limit = 10, .delete_percent = 100, .delete_floor = 3, .approvals = approvals};
    sk_guard_check(plan, "acme", &opts, findings);
    return plan;
}

static void check_change(const struct row *row, const struct sk_plan *plan,
                         const struct expected *expected)
{
    const struct sk_change *found = sk_plan_find(plan, expected->address);
    const char *action = found ? sk_action_name(found->action) : NULL;
    if (!sk_text_equal(action, expected->action))
        fail_msg("%s: %s is to be %s, not %s", row->name, expected->address,
                 expected->action ? expected->action : "left", action ? action : "left");
    if (!found)
        return;
    if (expected->reason && (!found->reason || !strstr(found->reason, expected->reason)))
        fail_msg("%s: %s because '%s'", row->name, expected->address, found->reason);
    if (found->calls.count != expected->calls || found->refused != expected->refused ||
        found->pending != expected->pending)
        fail_msg("%s: %s has %zu calls, refused %d, pending %d", row->name, expected->address,
                 found->calls.count, found->refused, found->pending);
}

static void plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct world world = world_of(&rows[i]);
        struct sk_findings findings = {0};
        struct sk_plan *plan = plan_of(&world, NULL, &findings);
        for (size_t j = 0; rows[i].expected[j].address; j++)
            check_change(&rows[i], plan, &rows[i].expected[j]);
        const char *notice = sk_json_text(json_array_get(plan->notices, 0), "address");
        if (!sk_text_equal(notice, rows[i].notice) || json_array_size(plan->notices) > 1)
            fail_msg("%s: notes '%s'", rows[i].name, notice ? notice : "nothing");
        sk_findings_done(&findings);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static const struct row *row_named(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    fail_msg("no row '%s'", name);
    return NULL;
}

static void an_approval_lets_what_is_unattributed_go(void **state)
{
    (void)state;
    static const struct {
        const char *address, *action;
        bool valid, goes;
    } cases[] = {
        {B, "delete", true, true},
        {B, "delete", false, false},
        {B, "adopt", true, false},
        {G, "delete", true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world world = world_of(row_named("case_d15_hangs on what is declared"));
        json_auto_t *approvals = json_pack("[{s:s, s:s, s:b}]", "address", cases[i].address,
                                           "action", cases[i].action, "valid", cases[i].valid);
        struct sk_findings findings = {0};
        struct sk_plan *plan = plan_of(&world, approvals, &findings);
        assert_int_equal(sk_plan_find(plan, B)->refused, !cases[i].goes);
        assert_int_equal(findings.count, !cases[i].goes);
        if (!cases[i].goes)
            assert_string_equal(findings.items[0].rule, "unattributed-delete");
        sk_findings_done(&findings);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static void access_goes_first_and_comes_last(void **state)
{
    (void)state;
    const struct row row = {.made = MADE,
                            .desired = {{G, GUILD}, {A, MATE}, {P, "{}", AWAITED}},
                            .live = {{G, LIVE}, {B, LIVE_A, 0, G}, {P, ANN}}};
    struct world world = world_of(&row);
    struct sk_findings findings = {0};
    struct sk_plan *plan = plan_of(&world, NULL, &findings);
    assert_int_equal(plan->count, 2);
    assert_string_equal(plan->items[0].address, B);
    assert_int_equal(plan->items[0].access, -1);
    assert_string_equal(plan->items[1].address, A);
    assert_int_equal(plan->items[1].access, 1);
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

/* What was applied: the guild and ann in it. */
static void drifts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *made; /* NULL: ceded */
        struct fact live[4];
        const char *address, *status; /* of the only row; NULL: there is none */
    } cases[] = {
        {"as applied", MADE, {{G, LIVE}, {A, LIVE_A, 0, G}}, NULL, NULL},
        {"added by hand", MADE, {{G, LIVE}, {A, LIVE_A, 0, G}, {B, LIVE_A, 0, G}}, B, "unexpected"},
        {"removed by hand", MADE, {{G, LIVE}}, A, "missing"},
        {"renamed by hand",
         MADE,
         {{G, "{\"Name\": \"x\", \"Id\": \"1\"}"}, {A, LIVE_A, 0, G}},
         G,
         "changed"},
        {"another one of the name", MADE_2, {{G, LIVE}}, G, "not-ours"},
        {"case_g13_others' now", NULL, {{G, LIVE}, {B, LIVE_A, 0, G}}, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct row row = {.made = cases[i].made, .ceded = !cases[i].made};
        struct world world = world_of(&row);
        fill(&world.view.live, cases[i].live);
        json_auto_t *applied = json_pack(
            "{s:{s:{s:s, s:s, s:{s:s}, s:s}}, s:{s:{s:s, s:s, s:{s:s, s:s}}}}", G, "document",
            "address", G, "kind", "guild", "body", "Name", "g", "made", "1", A, "document",
            "address", A, "kind", "mate", "body", "Guild", "1", "Person", "2");
        struct sk_drift *drift = NULL;
        sk_auto(sk_err_done) struct sk_err err = {0};
        ASSERT_OK(sk_drift_make(applied, &world.view, &kinds, "acme", NULL, &drift, &err), &err);
        const struct sk_drift_row *found = NULL;
        for (size_t j = 0; j < drift->count && cases[i].address; j++) {
            if (strcmp(drift->items[j].address, cases[i].address) == 0)
                found = &drift->items[j];
        }
        if (cases[i].address
                ? !found || strcmp(sk_drift_status_name(found->status), cases[i].status) != 0
                : drift->count > 0)
            fail_msg("%s: %zu rows", cases[i].name, drift->count);
        if (found && found->kind == &mate)
            assert_int_equal(found->severity, SK_SEVERITY_HIGH);
        if (found && found->status == SK_DRIFT_NOT_OURS)
            assert_non_null(strstr(found->reason, "nothing records any more that it is ours"));
        sk_drift_free(drift);
        world_done(&world);
    }
}

/* What `read` may ask about. */
static void interest_is_of_one_place_and_kind(void **state)
{
    (void)state;
    struct sk_documents desired = {0};
    const struct fact facts[] = {{G, GUILD}, {P, "{}"}, {"guild/m/us-east-1/far", GUILD}, {NULL}};
    fill(&desired, facts);
    json_auto_t *made = json_pack(
        "{s:{s:s, s:s}, s:{s:s, s:s}, s:{s:s, s:i}}", "guild/m/eu-west-1/g", "address",
        "guild/m/eu-west-1/G", "id", "1", "guild/n/eu-west-1/g", "address", "guild/n/eu-west-1/g",
        "id", "2", "guild/m/eu-west-1/h", "address", "guild/m/eu-west-1/h", "since", 5);
    const struct sk_interest interest = {.desired = &desired, .made = made};
    const struct sk_observation observation = {
        .interest = &interest, .account = "m", .region = "eu-west-1"};
    size_t position = 0;
    const struct sk_document *first = sk_observation_wanted(&observation, "guild", &position);
    assert_string_equal(first->address, G);
    assert_null(sk_observation_wanted(&observation, "guild", &position));
    json_auto_t *names = sk_observation_made(&observation, "guild");
    json_auto_t *expected = json_pack("{s:s}", "1", "G");
    assert_true(json_equal(names, expected));
    const struct sk_observation indifferent = {.account = "m", .region = "eu-west-1"};
    position = 0;
    assert_null(sk_observation_wanted(&indifferent, "guild", &position));
    json_auto_t *none = sk_observation_made(&indifferent, "guild");
    assert_int_equal(json_object_size(none), 0);
    sk_documents_done(&desired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans),
        cmocka_unit_test(an_approval_lets_what_is_unattributed_go),
        cmocka_unit_test(access_goes_first_and_comes_last),
        cmocka_unit_test(drifts),
        cmocka_unit_test(interest_is_of_one_place_and_kind),
    };
    sk_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
