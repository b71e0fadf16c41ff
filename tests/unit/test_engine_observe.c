/* lib/engine: observing. What is asked once, what is unknown, what the cache saves. */
#include "test_engine_fake.h"

#include "store/store.h"

/* --- kinds that read as the real ones do ---------------------------------------------------- */

static unsigned profile_passes;

/* Two kinds of one bulk read. */
static int read_details(struct sk_observation *o, const char *list, const char *name_member)
{
    const json_t *details = sk_observe(o, "iam", "GetAccountAuthorizationDetails", json_object());
    const json_t *tags = sk_observe(o, "tagging", "GetResources", json_object());
    if (!details || !tags)
        return 0;
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(details, list), index, item)
    {
        sk_observation_emit(o, sk_json_text(item, name_member), json_incref(item));
    }
    return 0;
}

static int read_roles(struct sk_observation *o, struct sk_err *err)
{
    (void)err;
    return read_details(o, "Roles", "RoleName");
}

static int read_policies(struct sk_observation *o, struct sk_err *err)
{
    (void)err;
    return read_details(o, "Policies", "PolicyName");
}

/* A listing with a versioned question behind each row, and a global question on the side. */
static int read_profiles(struct sk_observation *o, struct sk_err *err)
{
    (void)err;
    profile_passes++;
    sk_observe(o, "iam", "GetAccountAuthorizationDetails", json_object());
    const json_t *listed = sk_observe(o, "sagemaker", "ListUserProfiles", json_object());
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(listed, "UserProfiles"), index, row)
    {
        double modified = json_number_value(json_object_get(row, "LastModifiedTime"));
        sk_auto(sk_freep) char *version = sk_xasprintf("%.3f", modified);
        const char *name = sk_json_text(row, "UserProfileName");
        const json_t *described =
            sk_observe_versioned(o, "sagemaker", "DescribeUserProfile",
                                 json_pack("{s:s}", "UserProfileName", name), version, modified);
        if (described)
            sk_observation_emit(o, name, json_copy((json_t *)described));
    }
    return 0;
}

static int read_broken(struct sk_observation *o, struct sk_err *err)
{
    if (!sk_observe(o, "sagemaker", "ListApps", json_object()))
        return 0;
    return sk_err_set(err, SK_E_PROTOCOL, "the answer makes no sense");
}

/* Says that it waits without having asked anything. */
static int read_stuck(struct sk_observation *o, struct sk_err *err)
{
    (void)err;
    o->pass_pending++;
    return 0;
}

static const struct sk_attr no_attrs[] = {{.path = NULL}};
#define KIND(name_, scope_, read_)                                                                 \
    {                                                                                              \
        .name = (name_), .service = "iam", .doc = "", .noun = (name_), .scope = (scope_),          \
        .attrs = no_attrs, .read = (read_)                                                         \
    }
static const struct sk_kind role_kind = KIND("role", SK_SCOPE_ACCOUNT, read_roles);
static const struct sk_kind policy_kind = KIND("policy", SK_SCOPE_ACCOUNT, read_policies);
static const struct sk_kind profile_kind = KIND("profile", SK_SCOPE_REGION, read_profiles);
static const struct sk_kind broken_kind = KIND("broken", SK_SCOPE_REGION, read_broken);
static const struct sk_kind stuck_kind = KIND("stuck", SK_SCOPE_REGION, read_stuck);

static const struct sk_kind *const usual[] = {&policy_kind, &role_kind, &profile_kind};
static const struct sk_kinds usual_kinds = {usual, 3};

/* --- running -------------------------------------------------------------------------------- */

struct seen {
    struct fake *fake;
    struct sk_view view;
    unsigned times;
};

static void on_observed(struct sk_view *view, void *data)
{
    struct seen *seen = data;
    assert_false(seen->fake->inside_start);
    seen->view = *view;
    seen->times++;
}

static void start_observing(struct fake *fake, struct seen *seen)
{
    struct sk_err err = {0};
    *seen = (struct seen){.fake = fake};
    fake->inside_start = true;
    ASSERT_OK(sk_engine_observe(fake->engine, on_observed, seen, &err), &err);
    fake->inside_start = false;
    assert_int_equal(seen->times, 0);
}

static void observe(struct fake *fake, struct seen *seen)
{
    start_observing(fake, seen);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(seen->times, 1);
}

static void set_bulk_answers(struct fake *fake)
{
    fake_rule(fake, (struct fake_rule){
                        .operation = "GetAccountAuthorizationDetails",
                        .output = "{\"Roles\":[{\"RoleName\":\"r1\"},{\"RoleName\":\"r0\"}],"
                                  "\"Policies\":[{\"PolicyName\":\"p\"}]}"});
}

/* {"UserProfiles":[…]} with `count` rows u0, u1 …, all last modified at `modified_s`. Owned. */
static char *profiles_answer(size_t count, int64_t modified_s)
{
    json_auto_t *rows = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(rows,
                              json_pack("{s:o, s:f}", "UserProfileName", json_sprintf("u%zu", i),
                                        "LastModifiedTime", (double)modified_s + 0.5));
    }
    json_auto_t *answer = json_pack("{s:O}", "UserProfiles", rows);
    return sk_json_canonical(answer);
}

static enum sk_errc unknown_code(const struct sk_view *view, const struct sk_kind *kind,
                                 const char *account, const char *region)
{
    const struct sk_unknown *unknown = sk_view_unknown(view, kind, account, region);
    return unknown ? unknown->err.code : SK_OK;
}

/* --- tests ---------------------------------------------------------------------------------- */

static void bulk_reads_are_made_once_in_an_account(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    set_bulk_answers(fake);
    fake_start_engine(fake, &usual_kinds, NULL);
    observe(fake, &seen);
    /* Three kinds ask it, one of them in two regions of "dev". */
    assert_int_equal(fake_count(fake, "dev us-east-1 GetAccountAuthorizationDetails {}"), 1);
    assert_int_equal(fake_count(fake, "prod us-east-1 GetAccountAuthorizationDetails {}"), 1);
    assert_int_equal(fake_count(fake, "GetAccountAuthorizationDetails"), 2);
    /* The global scope asks in the home region. */
    assert_int_equal(fake_count(fake, "dev us-east-1 GetResources {}"), 1);
    assert_int_equal(fake_count(fake, "dev eu-west-1 ListUserProfiles {}"), 1);
    assert_int_equal(fake_count(fake, "dev us-east-1 ListUserProfiles {}"), 1);
    for (size_t i = 0; i < fake->call_count; i++)
        assert_true(fake->calls[i].all_pages && fake->calls[i].propagation_ms == 0);

    static const char *const addresses[] = {
        "policy/dev/global/p", "policy/prod/global/p", "role/dev/global/r0",
        "role/dev/global/r1",  "role/prod/global/r0",  "role/prod/global/r1",
    };
    assert_int_equal(seen.view.live.count, 6);
    assert_int_equal(seen.view.unknown_count, 0);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(seen.view.live.items[i]->address, addresses[i]);
        assert_ptr_equal(sk_documents_find(&seen.view.live, addresses[i]), seen.view.live.items[i]);
    }
    sk_view_done(&seen.view);
    fake_free(fake);
}

/* What fails, and what is unknown then. */
static const struct {
    const char *name;
    struct fake_rule rule;
    enum sk_errc dev_policies, dev_profiles_west, dev_profiles_east, prod_roles, prod_profiles;
} unreadable[] = {
    {"denied bulk read: the kinds that ask it, in that account",
     {.account = "dev", .operation = "GetResources", .code = SK_E_DENIED},
     SK_E_DENIED,
     SK_OK,
     SK_OK,
     SK_OK,
     SK_OK},
    {"denied everywhere",
     {.operation = "ListUserProfiles", .code = SK_E_DENIED},
     SK_OK,
     SK_E_DENIED,
     SK_E_DENIED,
     SK_OK,
     SK_E_DENIED},
    {"throttled for good",
     {.account = "prod", .operation = "ListUserProfiles", .code = SK_E_THROTTLED},
     SK_OK,
     SK_OK,
     SK_OK,
     SK_OK,
     SK_E_THROTTLED},
    {"shared by a global and regional kinds",
     {.account = "dev", .operation = "GetAccountAuthorizationDetails", .code = SK_E_TIMEOUT},
     SK_E_TIMEOUT,
     SK_E_TIMEOUT,
     SK_E_TIMEOUT,
     SK_OK,
     SK_OK},
    {"a call that cannot be started",
     {.account = "dev", .operation = "GetResources", .code = SK_E_INVALID, .refuse_start = true},
     SK_E_INVALID,
     SK_OK,
     SK_OK,
     SK_OK,
     SK_OK},
    {"expired credentials: the whole account",
     {.account = "dev", .operation = "GetResources", .code = SK_E_CREDENTIALS},
     SK_E_CREDENTIALS,
     SK_E_CREDENTIALS,
     SK_E_CREDENTIALS,
     SK_OK,
     SK_OK},
    {"wrong account id: the whole account",
     {.account = "dev", .code = SK_E_REFUSED},
     SK_E_REFUSED,
     SK_E_REFUSED,
     SK_E_REFUSED,
     SK_OK,
     SK_OK},
};

static void what_cannot_be_read_is_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++) {
        struct fake *fake = fake_new();
        struct seen seen;
        fake_rule(fake, unreadable[i].rule);
        set_bulk_answers(fake);
        fake_start_engine(fake, &usual_kinds, NULL);
        observe(fake, &seen);
        const struct sk_view *view = &seen.view;
        const struct {
            enum sk_errc is, expected;
        } checks[] = {
            {unknown_code(view, &policy_kind, "dev", "global"), unreadable[i].dev_policies},
            {unknown_code(view, &profile_kind, "dev", "eu-west-1"),
             unreadable[i].dev_profiles_west},
            {unknown_code(view, &profile_kind, "dev", "us-east-1"),
             unreadable[i].dev_profiles_east},
            {unknown_code(view, &role_kind, "prod", "global"), unreadable[i].prod_roles},
            {unknown_code(view, &profile_kind, "prod", "us-east-1"), unreadable[i].prod_profiles},
        };
        for (size_t j = 0; j < sizeof(checks) / sizeof(checks[0]); j++) {
            if (checks[j].is != checks[j].expected)
                fail_msg("%s: check %zu: %s, not %s", unreadable[i].name, j,
                         sk_errc_name(checks[j].is), sk_errc_name(checks[j].expected));
        }
        /* Unknown parts show no documents, known parts show all. */
        assert_int_equal(sk_documents_find(&view->live, "policy/dev/global/p") == NULL,
                         unreadable[i].dev_policies != SK_OK);
        assert_non_null(sk_documents_find(&view->live, "policy/prod/global/p"));
        sk_view_done(&seen.view);
        fake_free(fake);
    }
}

static void failing_account_is_asked_nothing_more(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    sk_auto(sk_freep) char *listed = profiles_answer(3, 0);
    fake_rule(fake, (struct fake_rule){.account = "dev",
                                       .operation = "GetAccountAuthorizationDetails",
                                       .code = SK_E_CREDENTIALS});
    fake_rule(fake,
              (struct fake_rule){.account = "dev", .operation = "ListUserProfiles", .hold = true});
    fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .output = listed});
    fake_start_engine(fake, &usual_kinds, NULL);
    observe(fake, &seen); /* the held calls were cancelled, or this would not end */
    assert_int_equal(fake_count(fake, "dev us-east-1 DescribeUserProfile"), 0);
    assert_int_equal(fake_count(fake, "prod us-east-1 DescribeUserProfile"), 3);
    assert_int_equal(seen.view.unknown_count, 4);
    for (size_t i = 0; i < seen.view.unknown_count; i++) {
        assert_string_equal(seen.view.unknown[i].account, "dev");
        assert_string_equal(sk_err_message(&seen.view.unknown[i].err),
                            "scripted: GetAccountAuthorizationDetails credentials");
    }
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void vanished_things_are_absent_not_unknown(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    fake->account_count = 1;
    sk_auto(sk_freep) char *listed = profiles_answer(3, 0);
    fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .output = listed});
    fake_rule(fake, (struct fake_rule){
                        .operation = "DescribeUserProfile", .input = "u1", .code = SK_E_NOT_FOUND});
    fake_start_engine(fake, &usual_kinds, NULL);
    observe(fake, &seen);
    assert_int_equal(seen.view.unknown_count, 0);
    assert_non_null(sk_documents_find(&seen.view.live, "profile/dev/eu-west-1/u0"));
    assert_null(sk_documents_find(&seen.view.live, "profile/dev/eu-west-1/u1"));
    assert_non_null(sk_documents_find(&seen.view.live, "profile/dev/eu-west-1/u2"));
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void kinds_that_fail_by_themselves(void **state)
{
    static const struct sk_kind *const odd[] = {&broken_kind, &profile_kind, &stuck_kind};
    static const struct sk_kinds odd_kinds = {odd, 3};
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    fake->account_count = 1;
    fake_start_engine(fake, &odd_kinds, NULL);
    observe(fake, &seen);
    assert_int_equal(unknown_code(&seen.view, &broken_kind, "dev", "eu-west-1"), SK_E_PROTOCOL);
    assert_int_equal(unknown_code(&seen.view, &stuck_kind, "dev", "us-east-1"), SK_E_INTERNAL);
    assert_int_equal(unknown_code(&seen.view, &profile_kind, "dev", "us-east-1"), SK_OK);
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void cache_saves_what_did_not_change(void **state)
{
    static const struct {
        const char *name;
        int64_t age_s;   /* of the change when it is first seen; INT64_MAX: time unknown */
        int64_t later_s; /* change of LastModifiedTime before the second look */
        unsigned second; /* Describe calls of the second look, for one profile in one region */
    } rows[] = {
        {"settled, unchanged: not asked again", 3600, 0, 0},
        {"settled, changed since: asked", 3600, 60, 1},
        {"taken 30 s after the change: kept", 31, 0, 0},
        {"taken within 30 s of the change: not kept", 29, 0, 1},
        {"change in the future of our clock: not kept", -100, 0, 1},
        {"time of the change unknown: not kept", INT64_MAX, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake *fake = fake_new();
        struct seen seen;
        struct sk_store *store = NULL;
        struct sk_err err = {0};
        ASSERT_OK(sk_store_open(&(struct sk_store_opts){.clock = &fake->clock}, &store, NULL, &err),
                  &err);
        fake->account_count = 1;
        fake->facts[0].regions++; /* us-east-1 only */
        bool timeless = rows[i].age_s == INT64_MAX;
        int64_t modified = timeless ? -1 : fake->now_s - rows[i].age_s;
        sk_auto(sk_freep) char *first = profiles_answer(1, modified);
        sk_auto(sk_freep) char *second = profiles_answer(1, modified + rows[i].later_s);
        fake_rule(fake, (struct fake_rule){
                            .operation = "ListUserProfiles", .output = first, .only_once = 1});
        fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .output = second});
        fake_rule(fake, (struct fake_rule){.operation = "DescribeUserProfile",
                                           .output = "{\"Status\":\"InService\"}"});
        fake_start_engine(fake, &usual_kinds, store);
        for (unsigned look = 0; look < 2; look++) {
            observe(fake, &seen);
            unsigned described = fake_count(fake, "DescribeUserProfile");
            if (described != (look == 0 ? 1 : rows[i].second))
                fail_msg("%s: %u questions in look %u", rows[i].name, described, look);
            const struct sk_document *profile =
                sk_documents_find(&seen.view.live, "profile/dev/us-east-1/u0");
            assert_string_equal(sk_json_text(profile->body, "Status"), "InService");
            assert_int_equal(fake_count(fake, "ListUserProfiles"), 1);
            sk_view_done(&seen.view);
            fake_forget_calls(fake);
        }
        sk_store_close(store);
        fake_free(fake);
    }
}

static void cache_is_of_one_account(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    struct sk_store *store = NULL;
    struct sk_err err = {0};
    ASSERT_OK(sk_store_open(&(struct sk_store_opts){.clock = &fake->clock}, &store, NULL, &err),
              &err);
    sk_auto(sk_freep) char *listed = profiles_answer(300, fake->now_s - 3600);
    fake->facts[0].regions++; /* us-east-1 only, as in "prod" */
    fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .output = listed});
    fake_rule(fake, (struct fake_rule){.account = "dev",
                                       .operation = "DescribeUserProfile",
                                       .output = "{\"of\":1}"});
    fake_rule(fake, (struct fake_rule){.operation = "DescribeUserProfile", .output = "{\"of\":2}"});
    fake_start_engine(fake, &usual_kinds, store);
    observe(fake, &seen);
    assert_int_equal(fake_count(fake, "DescribeUserProfile"), 600);
    sk_view_done(&seen.view);
    fake_forget_calls(fake);
    observe(fake, &seen);
    assert_int_equal(fake_count(fake, "DescribeUserProfile"), 0);
    static const char *const addresses[] = {"profile/dev/us-east-1/u299",
                                            "profile/prod/us-east-1/u299"};
    for (int i = 0; i < 2; i++) {
        const struct sk_document *profile = sk_documents_find(&seen.view.live, addresses[i]);
        assert_int_equal(json_integer_value(json_object_get(profile->body, "of")), i + 1);
    }
    sk_view_done(&seen.view);
    sk_store_close(store);
    fake_free(fake);
}

static void many_questions_take_few_passes(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    fake->account_count = 1;
    fake->facts[0].regions++;
    sk_auto(sk_freep) char *listed = profiles_answer(1000, 0);
    fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .output = listed});
    fake_start_engine(fake, &usual_kinds, NULL);
    profile_passes = 0;
    observe(fake, &seen);
    assert_int_equal(fake_count(fake, "DescribeUserProfile"), 1000);
    assert_int_equal(fake->most_in_flight, 1000);
    assert_int_equal(profile_passes, 3);
    assert_int_equal(seen.view.live.count, 1000);
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void stop_makes_everything_unknown(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    set_bulk_answers(fake);
    fake_rule(fake, (struct fake_rule){.operation = "ListUserProfiles", .hold = true});
    fake_start_engine(fake, &usual_kinds, NULL);
    start_observing(fake, &seen);
    uv_run(&fake->loop, UV_RUN_DEFAULT); /* until only held calls are left */
    assert_int_equal(seen.times, 0);
    sk_engine_stop(fake->engine);
    sk_engine_stop(fake->engine);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(seen.times, 1);
    assert_int_equal(seen.view.live.count, 0);
    assert_int_equal(seen.view.unknown_count, 7);
    assert_int_equal(unknown_code(&seen.view, &policy_kind, "dev", "global"), SK_E_CANCELED);
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void stop_before_the_first_call(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    fake_start_engine(fake, &usual_kinds, NULL);
    start_observing(fake, &seen);
    sk_engine_stop(fake->engine);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(seen.times, 1);
    assert_int_equal(fake->call_count, 0);
    assert_int_equal(seen.view.unknown_count, 7);
    sk_view_done(&seen.view);
    fake_free(fake);
}

static void nothing_to_observe_ends_too(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct seen seen;
    struct sk_err err = {0};
    fake->account_count = 0;
    fake_start_engine(fake, &usual_kinds, NULL);
    start_observing(fake, &seen);
    assert_int_equal(sk_engine_observe(fake->engine, on_observed, &seen, &err), SK_E_INTERNAL);
    sk_err_done(&err);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(seen.times, 1);
    assert_int_equal(seen.view.live.count + seen.view.unknown_count, 0);
    sk_engine_stop(fake->engine);
    fake_free(fake);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bulk_reads_are_made_once_in_an_account),
        cmocka_unit_test(what_cannot_be_read_is_unknown),
        cmocka_unit_test(failing_account_is_asked_nothing_more),
        cmocka_unit_test(vanished_things_are_absent_not_unknown),
        cmocka_unit_test(kinds_that_fail_by_themselves),
        cmocka_unit_test(cache_saves_what_did_not_change),
        cmocka_unit_test(cache_is_of_one_account),
        cmocka_unit_test(many_questions_take_few_passes),
        cmocka_unit_test(stop_makes_everything_unknown),
        cmocka_unit_test(stop_before_the_first_call),
        cmocka_unit_test(nothing_to_observe_ends_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
