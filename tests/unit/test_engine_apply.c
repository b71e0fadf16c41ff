/* lib/engine: applying. Order, contained failure, what waits, references, ownership, the journal.
 *
 * The plans come from sk_plan_make with kinds whose bodies carry their calls: "Calls" of a desired
 * body is what create and update do, "Remove" of a live body what remove does. A call is
 * {"operation", "input"?, "capture"?, "check"?, "absent_ok"?}. */
#include <signal.h>
#include <sys/resource.h>

#include "test_engine_fake.h"

#include "plan/plan.h"
#include "store/store.h"

/* --- scripted kinds ------------------------------------------------------------------------- */

static void add_calls(const json_t *list, struct sk_calls *calls)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        json_t *input = json_object_get(item, "input");
        struct sk_call *call = sk_calls_add(calls, "iam", sk_json_text(item, "operation"),
                                            input ? json_incref(input) : json_object());
        call->capture = json_incref(json_object_get(item, "capture"));
        call->check = json_is_true(json_object_get(item, "check")) ? SK_CHECK_OWNED : SK_CHECK_NONE;
        call->absent_ok = json_is_true(json_object_get(item, "absent_ok"));
        call->drain = json_incref(json_object_get(item, "drain"));
    }
}

static int write_calls(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    add_calls(json_object_get(input->desired->body, "Calls"), calls);
    return 0;
}

static int remove_calls(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    add_calls(json_object_get(input->live->body, "Remove"), calls);
    return 0;
}

static enum sk_state state_of(const json_t *body, const char **reason)
{
    (void)reason;
    return json_object_get(body, "Busy") ? SK_STATE_BUSY : SK_STATE_READY;
}

static const struct sk_attr attrs[] = {
    {.path = "Calls", .type = SK_ATTR_VALUE, .doc = ""},
    {.path = "Tags", .type = SK_ATTR_TAGS, .doc = ""},
    {.path = NULL},
};
#define KIND(name_, flags_)                                                                        \
    {                                                                                              \
        .name = (name_), .service = "iam", .doc = "", .noun = (name_), .scope = SK_SCOPE_ACCOUNT,  \
        .flags = (flags_), .attrs = attrs, .create = write_calls, .update = write_calls,           \
        .remove = remove_calls, .state = state_of                                                  \
    }
static const struct sk_kind plain_kind = KIND("plain", 0);
static const struct sk_kind slow_kind = KIND("slow", SK_KIND_SETTLES);
static const struct sk_kind *const kind_list[] = {&plain_kind, &slow_kind};
static const struct sk_kinds kinds = {kind_list, 2};

/* --- a plan and its run --------------------------------------------------------------------- */

struct world {
    struct fake *fake;
    struct sk_store *store; /* NULL unless asked for */
    struct sk_documents desired;
    struct sk_view view;
    struct sk_plan *plan;
    struct sk_results results;
    unsigned done;
    unsigned started, ended; /* progress */
    const char *stop_at;     /* stop when the change of this address starts */
};

static struct world *world_new(bool with_store)
{
    struct world *world = sk_xcalloc(1, sizeof(*world));
    struct sk_err err = {0};
    world->fake = fake_new();
    struct sk_store_opts opts = {.clock = &world->fake->clock};
    if (with_store)
        ASSERT_OK(sk_store_open(&opts, &world->store, NULL, &err), &err);
    fake_start_engine(world->fake, &kinds, world->store);
    return world;
}

static void world_forget_run(struct world *world)
{
    sk_results_done(&world->results);
    sk_plan_free(world->plan);
    world->plan = NULL;
    sk_documents_done(&world->desired);
    sk_view_done(&world->view);
    fake_forget_calls(world->fake);
    world->done = world->started = world->ended = 0;
}

static void world_free(struct world *world)
{
    world_forget_run(world);
    fake_free(world->fake);
    sk_store_close(world->store);
    free(world);
}

static json_t *parse(const char *text)
{
    struct sk_err err = {0};
    json_t *value = sk_json_parse(text, strlen(text), "test", &err);
    if (!value)
        fail_msg("%s in %s", sk_err_message(&err), text);
    return value;
}

/* Desired: "kind/account/global/name" with its calls; `needs` is an address or NULL. */
static void want(struct world *world, const char *address, const char *calls, const char *needs)
{
    const struct sk_kind *kind = sk_text_starts_with(address, "slow/") ? &slow_kind : &plain_kind;
    json_t *body = json_pack("{s:o}", "Calls", parse(calls));
    struct sk_document *document = sk_document_new(kind, address, body);
    if (needs)
        sk_document_add_edge(document, needs);
    assert_int_equal(sk_documents_add(&world->desired, document, NULL), 0);
}

/* Live and ours, with `body` (a JSON object) as further members. */
static void have(struct world *world, const char *address, const char *body, const char *needs)
{
    const struct sk_kind *kind = sk_text_starts_with(address, "slow/") ? &slow_kind : &plain_kind;
    json_t *live = parse(body);
    json_object_set_new(live, "Tags",
                        json_pack("[{s:s, s:s}, {s:s, s:s}]", "Key", SK_TAG_OWNER, "Value", "acme",
                                  "Key", SK_TAG_ADDRESS, "Value", address));
    struct sk_document *document = sk_document_new(kind, address, live);
    if (needs)
        sk_document_add_edge(document, needs);
    assert_int_equal(sk_documents_add(&world->view.live, document, NULL), 0);
}

static void make_plan(struct world *world)
{
    struct sk_err err = {0};
    struct sk_accounts accounts = {world->fake->facts, world->fake->account_count};
    sk_documents_sort(&world->desired);
    sk_documents_sort(&world->view.live);
    const struct sk_plan_input input = {.kinds = &kinds,
                                        .accounts = &accounts,
                                        .owner = "acme",
                                        .desired = &world->desired,
                                        .view = &world->view};
    ASSERT_OK(sk_plan_make(&input, &world->plan, &err), &err);
}

static struct sk_change *change_of(struct world *world, const char *address)
{
    struct sk_change *change = sk_plan_find(world->plan, address);
    if (!change)
        fail_msg("no change of '%s'", address);
    return change;
}

static void on_progress(const struct sk_change *change, const struct sk_result *result, void *data)
{
    struct world *world = data;
    assert_false(world->fake->inside_start);
    if (result) {
        assert_ptr_equal(result->change, change);
        world->ended++;
        return;
    }
    world->started++;
    if (world->stop_at && strcmp(change->address, world->stop_at) == 0)
        sk_engine_stop(world->fake->engine);
}

static void on_applied(struct sk_results *results, void *data)
{
    struct world *world = data;
    world->results = *results;
    world->done++;
}

static void start_applying(struct world *world)
{
    struct sk_err err = {0};
    if (!world->plan)
        make_plan(world);
    world->fake->inside_start = true;
    ASSERT_OK(
        sk_engine_apply(world->fake->engine, world->plan, on_progress, on_applied, world, &err),
        &err);
    world->fake->inside_start = false;
    assert_int_equal(world->done, 0);
}

static void apply(struct world *world)
{
    start_applying(world);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 1);
    assert_int_equal(world->results.count, world->plan->count);
    size_t total = 0;
    for (size_t i = 0; i < 6; i++)
        total += world->results.counts[i];
    assert_int_equal(total, world->plan->count);
}

static const struct sk_result *result_of(struct world *world, const char *address)
{
    return &world->results.items[change_of(world, address) - world->plan->items];
}

/* "done", or "skipped: message". Owned. */
static char *result_text(struct world *world, const char *address)
{
    const struct sk_result *result = result_of(world, address);
    if (result->err.code == SK_OK)
        return sk_xstrdup(sk_outcome_name(result->outcome));
    return sk_xasprintf("%s: %s", sk_outcome_name(result->outcome), sk_err_message(&result->err));
}

static void expect(struct world *world, const char *address, const char *expected)
{
    sk_auto(sk_freep) char *text = result_text(world, address);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: '%s', not '%s'", address, text, expected);
}

#define A               "plain/dev/global/a"
#define B               "plain/dev/global/b"
#define C               "plain/dev/global/c"
#define D               "plain/dev/global/d"
#define E               "plain/dev/global/e"
#define F               "plain/dev/global/f"
#define S               "slow/dev/global/s"
#define CALL(operation) "[{\"operation\":\"" operation "\"}]"

/* --- order ---------------------------------------------------------------------------------- */

static void changes_follow_what_they_need(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, A, "[{\"operation\":\"A1\"},{\"operation\":\"A2\"}]", C);
    want(world, B, CALL("B1"), NULL);
    want(world, C, CALL("C1"), B);
    want(world, "plain/prod/global/d", CALL("D1"), NULL);
    apply(world);
    size_t b = fake_position(world->fake, " B1 ");
    size_t c = fake_position(world->fake, " C1 ");
    size_t a1 = fake_position(world->fake, " A1 ");
    size_t a2 = fake_position(world->fake, " A2 ");
    assert_true(b < c && c < a1 && a1 < a2);
    assert_int_equal(fake_position(world->fake, "prod us-east-1 D1 {}"),
                     1); /* at once, beside B1 */
    assert_int_equal(world->fake->call_count, 5);
    expect(world, A, "done");
    assert_int_equal(result_of(world, A)->calls_done, 2);
    assert_int_equal(result_of(world, A)->attempts, 2);
    assert_int_equal(world->results.counts[SK_OUTCOME_DONE], 4);
    assert_int_equal(world->started, 4);
    assert_int_equal(world->ended, 4);
    world_free(world);
}

static void everything_ready_starts_at_once_within_bounds(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    for (int i = 0; i < 200; i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("plain/dev/global/n%03d", i);
        want(world, address, CALL("Make"), NULL);
    }
    apply(world);
    assert_int_equal(world->results.counts[SK_OUTCOME_DONE], 200);
    assert_int_equal(world->fake->most_in_flight, 64);
    world_free(world);
}

static void access_is_taken_before_it_is_granted(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, A, CALL("Grant"), NULL);
    want(world, B, CALL("TakeFirst"), NULL);
    want(world, C, CALL("Neutral"), NULL);
    want(world, D, CALL("TakeLate"), A); /* not ready while A waits: must not hold A up */
    want(world, E, CALL("TakeSecond"), B);
    make_plan(world);
    change_of(world, A)->access = 1;
    change_of(world, B)->access = -1;
    change_of(world, D)->access = -1;
    change_of(world, E)->access = -1;
    apply(world);
    const struct fake *fake = world->fake;
    assert_int_equal(fake_position(fake, " TakeFirst "), 0);
    assert_int_equal(fake_position(fake, " Neutral "), 1);
    assert_int_equal(fake_position(fake, " TakeSecond "), 2);
    assert_int_equal(fake_position(fake, " Grant "), 3);
    assert_int_equal(fake_position(fake, " TakeLate "), 4);
    assert_int_equal(world->results.counts[SK_OUTCOME_DONE], 5);
    world_free(world);
}

/* --- ends ----------------------------------------------------------------------------------- */

static void what_an_error_makes_of_a_change(void **state)
{
    static const struct {
        const char *name;
        enum sk_errc code;
        bool outcome_unknown;
        const char *own, *dependant, *journal;
    } rows[] = {
        {"denied", SK_E_DENIED, false, "failed: A1: scripted: A1 denied",
         "skipped: '" A "' failed: A1: scripted: A1 denied", "failed"},
        {"throttled for good", SK_E_THROTTLED, false, "failed: A1: scripted: A1 throttled",
         "skipped: '" A "' failed: A1: scripted: A1 throttled", "failed"},
        {"conflict", SK_E_CONFLICT, false, "failed: A1: scripted: A1 conflict",
         "skipped: '" A "' failed: A1: scripted: A1 conflict", "failed"},
        {"absent, and that is not the goal", SK_E_NOT_FOUND, false,
         "failed: A1: scripted: A1 not-found",
         "skipped: '" A "' failed: A1: scripted: A1 not-found", "failed"},
        {"busy", SK_E_BUSY, false, "waiting: A1: scripted: A1 busy",
         "waiting: it needs '" A "', which waits", "failed"},
        {"still used", SK_E_DEPENDENCY, false, "waiting: A1: scripted: A1 dependency",
         "waiting: it needs '" A "', which waits", "failed"},
        {"answer lost", SK_E_TIMEOUT, true, "unknown: A1: scripted: A1 timeout",
         "waiting: it needs '" A "', whose outcome is not known", "unknown"},
        {"exists on create", SK_E_EXISTS, false, "unknown: A1: scripted: A1 exists",
         "waiting: it needs '" A "', whose outcome is not known", "failed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *world = world_new(true);
        struct sk_err err = {0};
        fake_rule(world->fake, (struct fake_rule){.operation = "A1",
                                                  .code = rows[i].code,
                                                  .outcome_unknown = rows[i].outcome_unknown});
        want(world, A, "[{\"operation\":\"A1\"},{\"operation\":\"A2\"}]", NULL);
        want(world, B, CALL("B1"), A);
        want(world, C, CALL("C1"), B);
        want(world, D, CALL("D1"), NULL);
        apply(world);
        sk_auto(sk_freep) char *own = result_text(world, A);
        sk_auto(sk_freep) char *dependant = result_text(world, B);
        if (strcmp(own, rows[i].own) != 0 || strcmp(dependant, rows[i].dependant) != 0)
            fail_msg("%s: '%s', '%s'", rows[i].name, own, dependant);
        assert_int_equal(result_of(world, C)->outcome, result_of(world, B)->outcome);
        assert_int_equal(result_of(world, A)->calls_done, 0);
        expect(world, D, "done");
        assert_int_equal(world->fake->call_count, 2);
        json_auto_t *journal = NULL;
        ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
        assert_int_equal(json_array_size(journal), 2);
        assert_string_equal(sk_json_text(json_array_get(journal, 1), "outcome"), rows[i].journal);
        world_free(world);
    }
}

static void skipped_chain_names_the_one_that_failed(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    fake_rule(world->fake, (struct fake_rule){.operation = "A1", .code = SK_E_QUOTA});
    want(world, A, CALL("A1"), NULL);
    want(world, B, CALL("B1"), A);
    want(world, C, CALL("C1"), B);
    apply(world);
    expect(world, C, "skipped: '" A "' failed: A1: scripted: A1 quota");
    assert_int_equal(world->started, 1);
    assert_int_equal(world->ended, 3);
    world_free(world);
}

static void what_settles_makes_others_wait(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, S, CALL("CreateSlow"), NULL);
    want(world, A, CALL("A1"), S);
    want(world, B, CALL("B1"), A);
    want(world, C, CALL("C1"), NULL);
    apply(world);
    expect(world, S, "done");
    expect(world, A, "waiting: '" S "' was created just now and still settles");
    expect(world, B, "waiting: it needs '" A "', which waits");
    expect(world, C, "done");
    assert_int_equal(world->fake->call_count, 2);
    world_free(world);
}

static void refused_changes_and_what_needs_them(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, A, CALL("A1"), NULL);
    want(world, B, CALL("B1"), A);
    want(world, C, CALL("C1"), NULL);
    make_plan(world);
    change_of(world, A)->refused = true;
    apply(world);
    expect(world, A, "not-started");
    expect(world, B, "skipped: '" A "' was refused by the guard");
    expect(world, C, "done");
    assert_int_equal(world->fake->call_count, 1);
    world_free(world);
}

static void plans_without_work_end_too(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct sk_err err = {0};
    start_applying(world);
    assert_int_equal(
        sk_engine_apply(world->fake->engine, world->plan, NULL, on_applied, world, &err),
        SK_E_INTERNAL);
    sk_err_done(&err);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 1);
    assert_int_equal(world->results.count, 0);
    world_free(world);
}

static void failing_credentials_stop_their_account_only(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    fake_rule(world->fake, (struct fake_rule){.account = "dev", .code = SK_E_CREDENTIALS});
    want(world, A, CALL("A1"), NULL);
    want(world, "plain/prod/global/a", CALL("P1"), NULL);
    for (int i = 0; i < 100; i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("plain/dev/global/n%03d", i);
        want(world, address, CALL("Make"), NULL);
    }
    apply(world);
    expect(world, "plain/prod/global/a", "done");
    expect(world, "plain/dev/global/n099",
           "failed: account 'dev' cannot be worked with: scripted: A1 credentials");
    assert_int_equal(world->results.counts[SK_OUTCOME_FAILED], 101);
    assert_true(world->fake->call_count <= 65); /* what was in flight already */
    world_free(world);
}

/* --- references ----------------------------------------------------------------------------- */

#define REF(address, attr) "{\"$ref\":\"" address "\",\"attr\":\"" attr "\"}"

static void references_come_from_answers_then_from_live(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct sk_err err = {0};
    fake_rule(
        world->fake,
        (struct fake_rule){
            .operation = "CreateA",
            .output = "{\"Role\":{\"Arn\":\"arn:aws:iam::1:role/x/a\",\"RoleId\":\"AROA1\"}}"});
    want(world, A,
         "[{\"operation\":\"CreateA\",\"capture\":{\"Arn\":\"Role.Arn\",\"Name\":\"arn:Role.Arn\","
         "\"Deep.Id\":\"Role.RoleId\",\"Gone\":\"Role.Nothing\"}},"
         "{\"operation\":\"TagA\",\"input\":{\"Id\":" REF(A, "Deep.Id") "}}]",
         NULL);
    have(world, C, "{\"Calls\":[],\"Arn\":\"arn:live\",\"In\":{\"Id\":7}}", NULL);
    want(world, C, "[]", NULL);
    want(world, B,
         "[{\"operation\":\"CreateB\",\"input\":{\"Role\":" REF(A, "Arn") ",\"List\":[" REF(
             A, "Name") "," REF(C, "In.Id") "],\"Live\":" REF(C, "Arn") "}}]",
         NULL);
    apply(world);
    fake_position(world->fake, "TagA {\"Id\":\"AROA1\"}");
    fake_position(world->fake, "CreateB {\"List\":[\"a\",7],\"Live\":\"arn:live\","
                               "\"Role\":\"arn:aws:iam::1:role/x/a\"}");
    expect(world, A, "done");
    expect(world, B, "done");
    json_auto_t *journal = NULL;
    ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
    const json_t *created = json_array_get(journal, 2);
    assert_string_equal(sk_json_text(created, "operation"), "CreateA");
    assert_string_equal(sk_json_text(created, "captured.Deep.Id"), "AROA1");
    assert_string_equal(sk_json_text(json_array_get(journal, 0), "input.Live"), "arn:live");
    world_free(world);
}

static void references_that_cannot_be_resolved(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct sk_err err = {0};
    want(world, A, CALL("CreateA"), NULL); /* captures nothing, does not settle */
    want(world, B, "[{\"operation\":\"CreateB\",\"input\":{\"x\":" REF(A, "Arn") "}}]", NULL);
    have(world, C, "{\"Calls\":[],\"Busy\":true}", NULL);
    want(world, C, "[]", NULL);
    want(world, D, "[{\"operation\":\"CreateD\",\"input\":{\"x\":" REF(C, "Url") "}}]", NULL);
    have(world, E, "{\"Calls\":[]}", NULL);
    want(world, E, "[]", NULL);
    want(world, F, "[{\"operation\":\"CreateF\",\"input\":{\"x\":" REF(E, "Url") "}}]", NULL);
    apply(world);
    expect(world, B, "failed: Arn of '" A "' is not known");
    assert_int_equal(result_of(world, B)->err.code, SK_E_STALE);
    expect(world, D, "waiting: Url of '" C "' is not known yet: it is still being made");
    expect(world, F, "failed: Url of '" E "' is not known");
    assert_int_equal(world->fake->call_count, 1);
    json_auto_t *journal = NULL; /* what is not sent is not journaled */
    ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
    assert_int_equal(json_array_size(journal), 1);
    world_free(world);
}

/* --- deletes -------------------------------------------------------------------------------- */

static void ownership_is_asked_again_before_a_delete(void **state)
{
#define OWNED_BY(owner, address)                                                                   \
    "{\"Tags\":[{\"Key\":\"sagekeeper:owner\",\"Value\":\"" owner "\"},"                           \
    "{\"Key\":\"sagekeeper:address\",\"Value\":\"" address "\"}]}"
#define NO_LONGER_OURS                                                                             \
    "failed: '" A "' is no longer ours: its ownership tags do not fit, so it is left alone"
    static const struct {
        const char *name;
        struct fake_rule rule;
        const char *result;
        unsigned calls;
    } rows[] = {
        {"ours", {.output = OWNED_BY("acme", A)}, "done", 3},
        {"other owner", {.output = OWNED_BY("rival", A)}, NO_LONGER_OURS, 1},
        {"copied tags", {.output = OWNED_BY("acme", B)}, NO_LONGER_OURS, 1},
        {"no tags", {.output = "{\"Tags\":[]}"}, NO_LONGER_OURS, 1},
        {"no list of tags", {.output = "{}"}, NO_LONGER_OURS, 1},
        {"gone already", {.code = SK_E_NOT_FOUND}, "done", 1},
        {"denied", {.code = SK_E_DENIED}, "failed: ListTags: scripted: ListTags denied", 1},
        {"timeout", {.code = SK_E_TIMEOUT}, "failed: ListTags: scripted: ListTags timeout", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *world = world_new(false);
        struct fake_rule rule = rows[i].rule;
        rule.operation = "ListTags";
        fake_rule(world->fake, rule);
        have(world, A,
             "{\"Remove\":[{\"operation\":\"ListTags\",\"check\":true},"
             "{\"operation\":\"Detach\"},{\"operation\":\"Delete\",\"absent_ok\":true}]}",
             NULL);
        apply(world);
        sk_auto(sk_freep) char *text = result_text(world, A);
        if (strcmp(text, rows[i].result) != 0 || world->fake->call_count != rows[i].calls)
            fail_msg("%s: '%s' after %zu calls", rows[i].name, text, world->fake->call_count);
        assert_true(world->fake->calls[0].all_pages);
        world_free(world);
    }
}

/* The tags of a copy name what it is a copy of. */
static void the_tags_of_a_copy_name_another(void **state)
{
    (void)state;
    static const struct {
        const char *named, *result;
    } rows[] = {{B, "done"}, {A, NO_LONGER_OURS}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *world = world_new(false);
        sk_auto(sk_freep) char *tags = sk_xasprintf(OWNED_BY("acme", "%s"), rows[i].named);
        fake_rule(world->fake, (struct fake_rule){.operation = "ListTags", .output = tags});
        have(world, A,
             "{\"Remove\":[{\"operation\":\"ListTags\",\"check\":true},"
             "{\"operation\":\"Delete\"}]}",
             NULL);
        make_plan(world);
        change_of(world, A)->copy_of = sk_xstrdup(B);
        apply(world);
        expect(world, A, rows[i].result);
        world_free(world);
    }
}

static void what_is_gone_counts_as_deleted(void **state)
{
    static const struct {
        const char *name;
        bool outcome_unknown;
    } rows[] = {{"absent", false}, {"absent when repeated after a lost answer", true}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world *world = world_new(true);
        struct sk_err err = {0};
        fake_rule(world->fake, (struct fake_rule){.operation = "Detach",
                                                  .code = SK_E_NOT_FOUND,
                                                  .outcome_unknown = rows[i].outcome_unknown});
        have(world, A,
             "{\"Remove\":[{\"operation\":\"Detach\",\"absent_ok\":true},"
             "{\"operation\":\"Delete\"}]}",
             NULL);
        apply(world);
        expect(world, A, "done");
        assert_int_equal(world->fake->call_count, 2);
        json_auto_t *journal = NULL;
        ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
        assert_string_equal(sk_json_text(json_array_get(journal, 1), "outcome"), "done");
        world_free(world);
    }
}

/* --- propagation ---------------------------------------------------------------------------- */

static unsigned propagation_of(const struct world *world, const char *operation)
{
    return world->fake->calls[fake_position(world->fake, operation)].propagation_ms;
}

static void only_what_needs_new_things_waits_for_propagation(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    have(world, C, "{\"Calls\":[]}", NULL);
    want(world, C, "[]", NULL);
    have(world, D, "{\"Calls\":[]}", NULL);
    want(world, D, CALL("UpdateD"), A);
    want(world, A, "[{\"operation\":\"CreateA\"},{\"operation\":\"AttachA\"}]", NULL);
    want(world, B, CALL("CreateB"), C);
    apply(world);
    assert_int_equal(propagation_of(world, " CreateA "), 0);
    assert_int_equal(propagation_of(world, " AttachA "), 120000);
    assert_int_equal(propagation_of(world, " UpdateD "), 120000);
    assert_int_equal(propagation_of(world, " CreateB "), 0); /* C is old */

    /* A later run: A counts as new for two minutes, by the journal. */
    for (int later = 0; later < 2; later++) {
        world_forget_run(world);
        world->fake->now_s += later == 0 ? 100 : 21;
        have(world, A, "{\"Calls\":[]}", NULL);
        want(world, A, "[]", NULL);
        want(world, B, CALL("CreateB"), A);
        apply(world);
        assert_int_equal(propagation_of(world, " CreateB "), later == 0 ? 120000 : 0);
    }
    world_free(world);
}

static void not_found_of_new_things_waits(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    fake_rule(world->fake, (struct fake_rule){.operation = "AttachA", .code = SK_E_NOT_FOUND});
    want(world, A, "[{\"operation\":\"CreateA\"},{\"operation\":\"AttachA\"}]", NULL);
    apply(world);
    expect(world, A, "waiting: AttachA: scripted: AttachA not-found");
    assert_int_equal(result_of(world, A)->calls_done, 1);
    world_free(world);
}

/* --- journal -------------------------------------------------------------------------------- */

static void calls_are_journaled_before_and_after(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct sk_err err = {0};
    fake_rule(world->fake, (struct fake_rule){.operation = "A1", .hold = true});
    fake_rule(world->fake,
              (struct fake_rule){.operation = "B1", .code = SK_E_INVALID, .refuse_start = true});
    want(world, A, "[{\"operation\":\"A1\",\"input\":{\"Name\":\"x\"}},{\"operation\":\"A2\"}]",
         NULL);
    want(world, B, CALL("B1"), NULL);
    start_applying(world);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT); /* A1 is in flight, nothing else is left */
    json_t *journal = NULL;
    ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
    assert_int_equal(json_array_size(journal), 2);
    const json_t *row = json_array_get(journal, 1);
    assert_null(json_object_get(row, "outcome"));
    static const char *const members[][2] = {
        {"run", "run-1"},     {"commit", "c0ffee"},        {"address", A},
        {"action", "create"}, {"account", "111111111111"}, {"region", "global"},
        {"service", "iam"},   {"operation", "A1"},         {"input.Name", "x"},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_string_equal(sk_json_text(row, members[i][0]), members[i][1]);
    assert_string_equal(sk_json_text(json_array_get(journal, 0), "outcome"), "not-sent");
    json_decref(journal);

    fake_release(world->fake, "A1");
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 1);
    ASSERT_OK(sk_store_journal_list(world->store, 9, &journal, &err), &err);
    assert_int_equal(json_array_size(journal), 3);
    for (size_t i = 0; i < 3; i++) {
        row = json_array_get(journal, i);
        const char *expected = i == 1 ? "not-sent" : "done";
        assert_string_equal(sk_json_text(row, "outcome"), expected);
    }
    assert_string_equal(sk_json_text(row, "request_id"), "request-1");
    json_decref(journal);
    expect(world, B, "failed: scripted: cannot start B1");
    world_free(world);
}

static void without_a_journal_nothing_is_sent(void **state)
{
    (void)state;
    char folder[] = "/tmp/sk_engine_XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct world *world = world_new(false);
    struct sk_err err = {0};
    struct sk_store_opts opts = {
        .folder = folder, .clock = &world->fake->clock, .write_lock = true};
    ASSERT_OK(sk_store_open(&opts, &world->store, NULL, &err), &err);
    sk_engine_free(world->fake->engine);
    fake_start_engine(world->fake, &kinds, world->store);
    /* A full disk, made with the limit on file sizes. */
    struct rlimit unlimited;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    struct rlimit full = {100, unlimited.rlim_max};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    want(world, A, CALL("A1"), NULL);
    apply(world);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, before);
    assert_int_equal(result_of(world, A)->outcome, SK_OUTCOME_FAILED);
    assert_int_equal(result_of(world, A)->err.code, SK_E_IO);
    assert_int_equal(world->fake->call_count, 0);
    world_free(world);
    sk_auto(sk_freep) char *remove_all = sk_xasprintf("rm -rf %s", folder);
    assert_int_equal(system(remove_all), 0);
}

/* --- stop ----------------------------------------------------------------------------------- */

static void stop_lets_calls_in_flight_end(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    fake_rule(world->fake, (struct fake_rule){.operation = "A1", .hold = true});
    fake_rule(world->fake, (struct fake_rule){.operation = "B1", .hold = true});
    want(world, A, "[{\"operation\":\"A1\"},{\"operation\":\"A2\"}]", NULL);
    want(world, B, CALL("B1"), NULL);
    want(world, C, CALL("C1"), B);
    start_applying(world);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    sk_engine_stop(world->fake->engine);
    sk_engine_stop(world->fake->engine);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 0);
    fake_release(world->fake, "A1");
    fake_release(world->fake, "B1");
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 1);
    expect(world, A, "waiting: stopped after 1 of 2 calls");
    expect(world, B, "done");
    expect(world, C, "not-started");
    assert_int_equal(world->fake->call_count, 2);
    world_free(world);
}

static void stop_from_a_progress_callback(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, A, CALL("A1"), NULL);
    want(world, B, CALL("B1"), NULL);
    want(world, C, CALL("C1"), NULL);
    world->stop_at = B;
    apply(world);
    expect(world, A, "done");
    expect(world, B, "not-started");
    expect(world, C, "not-started");
    assert_int_equal(world->fake->call_count, 1);
    world_free(world);
}

static void stop_before_the_first_change(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    want(world, A, CALL("A1"), NULL);
    start_applying(world);
    sk_engine_stop(world->fake->engine);
    uv_run(&world->fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, 1);
    expect(world, A, "not-started");
    assert_int_equal(world->started + world->ended, 0);
    world_free(world);
}

/* --- drains --------------------------------------------------------------------------------- */

#define APPS(where)                                                                                \
    "{\"operation\":\"DeleteApp\",\"input\":{\"D\":\"d\"},\"drain\":{\"operation\":\"ListApps\","  \
    "\"input\":{\"" where                                                                          \
    "\":true},\"items\":\"Apps\",\"take\":[\"Name\"],\"where\":{\"By.Owner\":\"a\"},"              \
    "\"gone\":[\"Deleted\",\"Failed\"],\"busy\":[\"Deleting\"],\"beside\":true}}"
#define DRAINED "[{\"operation\":\"Untag\"}," APPS("P") "," APPS("S") ",{\"operation\":\"Remove\"}]"
#define APP(name, status)                                                                          \
    "{\"Name\":\"" name "\",\"Status\":\"" status "\",\"By\":{\"Owner\":\"A\"}}"
#define OTHERS "{\"Name\":\"other\",\"Status\":\"InService\",\"By\":{\"Owner\":\"b\"}}"

static void list(struct world *world, const char *query, const char *output, bool once)
{
    fake_rule(world->fake,
              (struct fake_rule){
                  .operation = "ListApps", .input = query, .output = output, .only_once = once});
}

static void a_drain_calls_until_the_query_is_empty(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    have(world, A, "{\"Remove\":" DRAINED "}", NULL);
    list(world, "P",
         "{\"Apps\":[" APP("one", "InService") "," APP("two", "Pending") "," APP(
             "old", "Deleted") "," APP("bad", "Failed") "," OTHERS "]}",
         true);
    /* Started after planning, seen by the second query only. */
    list(world, "P", "{\"Apps\":[" APP("late", "InService") "," APP("one", "Deleted") "]}", true);
    list(world, "P", "{\"Apps\":[" OTHERS "]}", false);
    apply(world);
    expect(world, A, "done");
    const char *const order[] = {" Untag ",
                                 " ListApps {\"P\":true}",
                                 " DeleteApp {\"D\":\"d\",\"Name\":\"one\"}",
                                 " DeleteApp {\"D\":\"d\",\"Name\":\"two\"}",
                                 " ListApps {\"P\":true}",
                                 " DeleteApp {\"D\":\"d\",\"Name\":\"late\"}",
                                 " ListApps {\"P\":true}",
                                 " ListApps {\"S\":true}",
                                 " Remove "};
    assert_int_equal(world->fake->call_count, sizeof(order) / sizeof(*order));
    for (size_t i = 0; i < world->fake->call_count; i++)
        assert_non_null(strstr(world->fake->calls[i].text, order[i]));
    assert_true(world->fake->calls[1].all_pages);
    assert_false(world->fake->calls[2].all_pages);
    json_auto_t *journal = NULL;
    assert_int_equal(sk_store_journal_list(world->store, 100, &journal, NULL), 0);
    assert_int_equal(json_array_size(journal), sizeof(order) / sizeof(*order));
    world_free(world);
}

static void what_goes_on_ends_a_drain_waiting(void **state)
{
    (void)state;
    static const struct {
        const char *name, *first, *second, *outcome;
        enum sk_errc code; /* of DeleteApp */
        unsigned deletes, lists, removes;
    } rows[] = {
        {"takes its time", APP("a", "InService"), APP("a", "Deleting"),
         "waiting: 1 of what it waits "
         "for still goes on",
         SK_OK, 1, 3, 0},
        {"is being deleted already", APP("a", "Deleting"), APP("a", "Deleting"),
         "waiting: 1 of what it waits for still goes on", SK_OK, 0, 2, 0},
        {"is busy", APP("a", "Pending"), APP("a", "Pending"),
         "waiting: 1 of what it waits for still goes on", SK_E_BUSY, 1, 3, 0},
        {"still used", APP("a", "InService"), APP("a", "InService"),
         "waiting: 1 of what it waits for still goes on", SK_E_DEPENDENCY, 1, 3, 0},
        {"was deleted by somebody", APP("a", "InService"), APP("a", "Deleted"), "done",
         SK_E_NOT_FOUND, 1, 3, 1},
        {"may not be deleted", APP("a", "InService"), APP("a", "InService"),
         "failed: DeleteApp: scripted: DeleteApp denied", SK_E_DENIED, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct world *world = world_new(false);
        sk_auto(sk_freep) char *first = sk_xasprintf("{\"Apps\":[%s]}", rows[i].first);
        sk_auto(sk_freep) char *second = sk_xasprintf("{\"Apps\":[%s]}", rows[i].second);
        have(world, A, "{\"Remove\":" DRAINED "}", NULL);
        list(world, "P", first, true);
        list(world, "P", second, false);
        fake_rule(world->fake, (struct fake_rule){.operation = "DeleteApp", .code = rows[i].code});
        apply(world);
        print_message("%s\n", rows[i].name);
        expect(world, A, rows[i].outcome);
        assert_int_equal(fake_count(world->fake, " DeleteApp "), rows[i].deletes);
        /* The drain beside it begins all the same. */
        assert_int_equal(fake_count(world->fake, " ListApps "), rows[i].lists);
        assert_int_equal(fake_count(world->fake, " Remove "), rows[i].removes);
        world_free(world);
    }
}

static void who_starts_things_for_ever_does_not_hold_a_drain(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    have(world, A, "{\"Remove\":" DRAINED "}", NULL);
    static const char *const outputs[] = {
        "{\"Apps\":[" APP("1", "InService") "]}", "{\"Apps\":[" APP("2", "InService") "]}",
        "{\"Apps\":[" APP("3", "InService") "]}", "{\"Apps\":[" APP("4", "InService") "]}",
        "{\"Apps\":[" APP("5", "InService") "]}"};
    for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
        list(world, "P", outputs[i], true);
    apply(world);
    expect(world, A, "waiting: 1 of what it waits for still goes on");
    assert_int_equal(fake_count(world->fake, " DeleteApp "), 4);
    assert_int_equal(fake_count(world->fake, " Remove "), 0);
    world_free(world);
}

static void a_query_that_fails_is_not_empty(void **state)
{
    (void)state;
    static const enum sk_errc codes[] = {SK_E_DENIED, SK_E_NOT_FOUND};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        struct world *world = world_new(false);
        have(world, A, "{\"Remove\":" DRAINED "}", NULL);
        fake_rule(world->fake, (struct fake_rule){.operation = "ListApps", .code = codes[i]});
        apply(world);
        assert_int_equal(result_of(world, A)->outcome, SK_OUTCOME_FAILED);
        assert_int_equal(fake_count(world->fake, " Remove "), 0);
        world_free(world);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_follow_what_they_need),
        cmocka_unit_test(everything_ready_starts_at_once_within_bounds),
        cmocka_unit_test(access_is_taken_before_it_is_granted),
        cmocka_unit_test(what_an_error_makes_of_a_change),
        cmocka_unit_test(skipped_chain_names_the_one_that_failed),
        cmocka_unit_test(what_settles_makes_others_wait),
        cmocka_unit_test(refused_changes_and_what_needs_them),
        cmocka_unit_test(plans_without_work_end_too),
        cmocka_unit_test(failing_credentials_stop_their_account_only),
        cmocka_unit_test(references_come_from_answers_then_from_live),
        cmocka_unit_test(references_that_cannot_be_resolved),
        cmocka_unit_test(ownership_is_asked_again_before_a_delete),
        cmocka_unit_test(the_tags_of_a_copy_name_another),
        cmocka_unit_test(what_is_gone_counts_as_deleted),
        cmocka_unit_test(only_what_needs_new_things_waits_for_propagation),
        cmocka_unit_test(not_found_of_new_things_waits),
        cmocka_unit_test(calls_are_journaled_before_and_after),
        cmocka_unit_test(without_a_journal_nothing_is_sent),
        cmocka_unit_test(stop_lets_calls_in_flight_end),
        cmocka_unit_test(stop_from_a_progress_callback),
        cmocka_unit_test(stop_before_the_first_change),
        cmocka_unit_test(a_drain_calls_until_the_query_is_empty),
        cmocka_unit_test(what_goes_on_ends_a_drain_waiting),
        cmocka_unit_test(who_starts_things_for_ever_does_not_hold_a_drain),
        cmocka_unit_test(a_query_that_fails_is_not_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
