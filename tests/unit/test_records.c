/* The record of what was made: kept with what was applied, completed from the journal. */
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "loop/records.h"

static const struct sk_attr no_attrs[] = {{.path = NULL}};
static const struct sk_kind guild = {.name = "guild",
                                     .flags = SK_KIND_RECORDED,
                                     .attrs = no_attrs,
                                     .id_member = "Id",
                                     .made_member = "Made"};
static const struct sk_kind role = {.name = "role", .attrs = no_attrs};
static const struct sk_kind *const kind_list[] = {&guild, &role};
static const struct sk_kinds kinds = {kind_list, 2};

#define G   "guild/m/eu-west-1/Guild"
#define KEY "guild/m/eu-west-1/guild"
#define DAY ((int64_t)86400)

static int64_t now_s;

static struct sk_wall wall_now(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_wall){now_s};
}

static struct sk_mono mono_now(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_mono){0};
}

static const struct sk_clock clock_ = {.wall = wall_now, .mono = mono_now};

static struct sk_store *open_store(void)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_store_opts opts = {.clock = &clock_};
    struct sk_store *store = NULL;
    ASSERT_OK(sk_store_open(&opts, &store, NULL, &err), &err);
    return store;
}

static void applied(struct sk_store *store, const char *organization, const char *address,
                    const char *id)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *document = json_pack("{s:s, s:s*}", "address", address, "made", id);
    ASSERT_OK(sk_store_applied_put(store, organization, address, document, NULL, &err), &err);
}

/* `outcome` NULL: the answer never came. */
static void journaled(struct sk_store *store, const char *address, const char *action,
                      const char *outcome, const char *id)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *input = json_object();
    json_auto_t *captured = id ? json_pack("{s:s}", "Id", id) : NULL;
    const struct sk_journal_entry entry = {.run = "r",
                                           .address = address,
                                           .action = action,
                                           .account_id = "1",
                                           .region = "r",
                                           .service = "s",
                                           .operation = "Make",
                                           .input = input};
    int64_t row = 0;
    ASSERT_OK(sk_store_journal_begin(store, &entry, &row, &err), &err);
    if (outcome)
        ASSERT_OK(sk_store_journal_end(store, row, outcome, NULL, NULL, captured, &err), &err);
}

/* The entry of the guild, and nothing besides. New; NULL when there is none. */
static json_t *read_back(struct sk_store *store)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *made = NULL;
    ASSERT_OK(sk_records_read(store, "acme", &kinds, (struct sk_wall){now_s}, &made, &err), &err);
    json_t *entry = json_object_get(made, KEY);
    assert_int_equal(json_object_size(made), entry ? 1 : 0);
    return json_incref(entry);
}

static void expect(struct sk_store *store, const char *id, int64_t since)
{
    json_auto_t *entry = read_back(store);
    json_auto_t *wanted = json_pack("{s:s, s:s*}", "address", G, "id", id);
    if (since)
        json_object_set_new(wanted, "since", json_integer(since));
    if (!id && !since)
        assert_null(entry);
    else
        assert_true(json_equal(entry, wanted));
}

static void what_was_applied_is_known_by_its_id(void **state)
{
    (void)state;
    now_s = 100 * DAY;
    struct sk_store *store = open_store();
    applied(store, "acme", "role/m/global/r", NULL);
    applied(store, "globex", G, "9");
    expect(store, NULL, 0);
    applied(store, "acme", G, "1");
    expect(store, "1", 0);
    sk_store_close(store);
}

static void the_journal_knows_what_was_not_recorded(void **state)
{
    (void)state;
    static const struct {
        const char *name, *outcome, *id, *expected_id;
        int64_t age_s;
        bool since;
    } cases[] = {
        {"answered", "done", "1", "1", 10, false},
        {"its answer never came", NULL, NULL, NULL, 10, true},
        {"its outcome is not known", "unknown", NULL, NULL, 10, true},
        {"it failed", "failed", NULL, NULL, 10, false},
        {"it was not sent", "not-sent", NULL, NULL, 10, false},
        {"too long ago", "done", "1", NULL, 8 * DAY, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_store *store = open_store();
        now_s = 100 * DAY;
        journaled(store, G, "create", cases[i].outcome, cases[i].id);
        journaled(store, "role/m/global/r", "create", "done", "5");
        int64_t sent = now_s;
        now_s += cases[i].age_s;
        expect(store, cases[i].expected_id, cases[i].since ? sent : 0);
        sk_store_close(store);
    }
}

static void the_newer_of_record_and_journal_counts(void **state)
{
    (void)state;
    now_s = 100 * DAY;
    struct sk_store *store = open_store();
    journaled(store, G, "create", "done", "1");
    now_s += 60;
    applied(store, "acme", G, "2"); /* taken over after ours was deleted by hand */
    expect(store, "2", 0);
    now_s += 60;
    journaled(store, G, "create", "done", "3");
    expect(store, "3", 0);
    now_s += 60;
    journaled(store, G, "create", NULL, NULL); /* either may be the one */
    int64_t sent = now_s;
    expect(store, "2", sent);
    sk_store_close(store);
}

/* A run is often done within the second. */
static void within_a_second_the_recorded_id_counts_alone(void **state)
{
    (void)state;
    now_s = 100 * DAY;
    struct sk_store *store = open_store();
    journaled(store, G, "create", NULL, NULL);
    applied(store, "acme", G, NULL);
    expect(store, NULL, now_s);
    applied(store, "acme", G, "1");
    expect(store, "1", 0);
    journaled(store, G, "create", "done", "2");
    expect(store, "2", 0);
    sk_store_close(store);
}

static void what_was_deleted_since_is_forgotten(void **state)
{
    (void)state;
    now_s = 100 * DAY;
    struct sk_store *store = open_store();
    journaled(store, G, "create", "done", "1");
    journaled(store, G, "delete", "done", NULL);
    expect(store, NULL, 0);
    sk_store_close(store);
}

static void the_id_is_that_of_the_answer_else_the_live_one(void **state)
{
    (void)state;
    struct sk_document *desired = sk_document_new(&guild, G, json_pack("{s:s}", "Name", "g"));
    struct sk_document *live = sk_document_new(&guild, G, json_pack("{s:s}", "Id", "1"));
    json_auto_t *captured = json_pack("{s:s}", "Id", "2");
    const struct sk_result answered = {.captured = captured};
    const struct sk_result updated = {0};
    const struct {
        const struct sk_document *live;
        const struct sk_result *result;
        const char *id;
    } cases[] = {
        {NULL, NULL, NULL},     {live, NULL, "1"},      {live, &updated, "1"},
        {NULL, &answered, "2"}, {live, &answered, "2"},
    };
    desired->origin = sk_xstrdup("teams/g.yaml:3");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *document = sk_records_document(desired, cases[i].live, cases[i].result);
        const char *id = sk_json_text(document, "made");
        assert_true(cases[i].id ? id && strcmp(id, cases[i].id) == 0 : !id);
        assert_null(json_object_get(document, "origin"));
    }
    sk_document_free(desired);
    sk_document_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_applied_is_known_by_its_id),
        cmocka_unit_test(the_journal_knows_what_was_not_recorded),
        cmocka_unit_test(the_newer_of_record_and_journal_counts),
        cmocka_unit_test(within_a_second_the_recorded_id_counts_alone),
        cmocka_unit_test(what_was_deleted_since_is_forgotten),
        cmocka_unit_test(the_id_is_that_of_the_answer_else_the_live_one),
    };
    sk_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
