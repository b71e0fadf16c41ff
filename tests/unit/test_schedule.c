/* controller/loop: when the next cycle begins, what a cycle came to, and whether a status is a healthy
 * one. All pure; time and chance are given. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "loop/schedule.h"
#include "loop/status.h"
#include "loop/verdict.h"
#include "sk_test.h"

static const struct sk_schedule_opts opts = {
    .interval_ms = 100000, .wait_ms = 1000, .retry_ms = 4000, .retry_max_ms = 20000};

static void an_interval_is_spread(void **state)
{
    (void)state;
    struct sk_schedule schedule = {0};
    assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_INTERVAL, false, 0.0), 90000);
    assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_INTERVAL, false, 0.5), 100000);
    int64_t late = sk_schedule_next(&opts, &schedule, SK_PACE_INTERVAL, false, 0.999999);
    assert_in_range(late, 109990, 110000);
}

static void retries_back_off_up_to_a_cap(void **state)
{
    (void)state;
    struct sk_schedule schedule = {0};
    static const int64_t bounds[] = {4000, 8000, 16000, 20000, 20000};
    for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
        struct sk_schedule copy = schedule;
        assert_int_equal(sk_schedule_next(&opts, &copy, SK_PACE_RETRY, false, 0.5),
                         bounds[i] / 2 + 1);
        copy = schedule;
        assert_int_equal(sk_schedule_next(&opts, &copy, SK_PACE_RETRY, false, 0.0), 1);
        schedule = copy;
    }
    /* Any other outcome ends the row of failures. */
    (void)sk_schedule_next(&opts, &schedule, SK_PACE_WAIT, false, 0.5);
    assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_RETRY, false, 0.5), 2001);
}

static void failures_for_years_do_not_overflow(void **state)
{
    (void)state;
    struct sk_schedule schedule = {.failures = 4000000000U, .waits = 4000000000U};
    assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_RETRY, false, 0.5), 10001);
    schedule.waits = 4000000000U;
    assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_WAIT, false, 0.5), 100000);
}

static void waits_grow_until_something_moves(void **state)
{
    (void)state;
    struct sk_schedule schedule = {0};
    static const struct {
        bool progress;
        int64_t pause;
    } steps[] = {{false, 1000}, {false, 2000}, {false, 4000}, {true, 1000}, {false, 2000}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        assert_int_equal(sk_schedule_next(&opts, &schedule, SK_PACE_WAIT, steps[i].progress, 0.9),
                         steps[i].pause);
    for (int i = 0; i < 20; i++)
        assert_true(sk_schedule_next(&opts, &schedule, SK_PACE_WAIT, false, 0.9) <=
                    opts.interval_ms);
}

static void a_small_cap_bounds_the_first_retry(void **state)
{
    (void)state;
    const struct sk_schedule_opts tight = {
        .interval_ms = 1000, .wait_ms = 5000, .retry_ms = 5000, .retry_max_ms = 100};
    struct sk_schedule schedule = {0};
    assert_in_range(sk_schedule_next(&tight, &schedule, SK_PACE_RETRY, false, 0.999), 1, 100);
    assert_int_equal(sk_schedule_next(&tight, &schedule, SK_PACE_WAIT, false, 0.5), 1000);
}

static const struct {
    const char *name;
    struct sk_facts facts;
    enum sk_condition condition;
    const char *reason;
    enum sk_pace pace;
} verdicts[] = {
    {"nothing to say", {.enforces = true}, SK_CONDITION_READY, "in-sync", SK_PACE_INTERVAL},
    {"observe, nothing to say", {0}, SK_CONDITION_READY, "in-sync", SK_PACE_INTERVAL},
    {"observe, differences", {.changes = 3}, SK_CONDITION_READY, "differences", SK_PACE_INTERVAL},
    {"changes made",
     {.enforces = true, .changes = 3, .done = 3},
     SK_CONDITION_RECONCILING,
     "applied",
     SK_PACE_WAIT},
    {"something settles",
     {.enforces = true, .changes = 1, .waiting = 1},
     SK_CONDITION_RECONCILING,
     "waiting",
     SK_PACE_WAIT},
    {"a member whom the directory does not have yet",
     {.enforces = true, .changes = 1, .pending = 1},
     SK_CONDITION_READY,
     "pending",
     SK_PACE_INTERVAL},
    {"source down",
     {.enforces = true, .source = SK_E_NETWORK},
     SK_CONDITION_RECONCILING,
     "source-down",
     SK_PACE_RETRY},
    {"source too slow",
     {.enforces = true, .source = SK_E_TIMEOUT},
     SK_CONDITION_RECONCILING,
     "source-down",
     SK_PACE_RETRY},
    {"source wants other credentials",
     {.enforces = true, .source = SK_E_CREDENTIALS},
     SK_CONDITION_STALLED,
     "source-rejected",
     SK_PACE_INTERVAL},
    {"branch gone",
     {.enforces = true, .source = SK_E_NOT_FOUND},
     SK_CONDITION_STALLED,
     "source-rejected",
     SK_PACE_INTERVAL},
    {"repository too large",
     {.enforces = true, .source = SK_E_BOUND},
     SK_CONDITION_STALLED,
     "source-rejected",
     SK_PACE_INTERVAL},
    {"invalid commit",
     {.enforces = true, .invalid = true},
     SK_CONDITION_STALLED,
     "invalid-manifests",
     SK_PACE_INTERVAL},
    {"invalid commit, and drift put right meanwhile",
     {.enforces = true, .invalid = true, .changes = 1, .done = 1},
     SK_CONDITION_STALLED,
     "invalid-manifests",
     SK_PACE_WAIT},
    {"guard",
     {.enforces = true, .changes = 9, .refused = 9},
     SK_CONDITION_STALLED,
     "guard-refused",
     SK_PACE_INTERVAL},
    {"rejected by AWS",
     {.enforces = true, .changes = 1, .failed = 1},
     SK_CONDITION_STALLED,
     "change-failed",
     SK_PACE_INTERVAL},
    {"one rejected, one to be tried again: a person is needed, and still it is tried",
     {.enforces = true, .changes = 2, .failed = 1, .unsure = 1},
     SK_CONDITION_STALLED,
     "change-failed",
     SK_PACE_RETRY},
    {"throttled changes",
     {.enforces = true, .changes = 1, .unsure = 1},
     SK_CONDITION_RECONCILING,
     "retrying-changes",
     SK_PACE_RETRY},
    {"throttled reads",
     {.enforces = true, .missing = 1},
     SK_CONDITION_RECONCILING,
     "retrying-reads",
     SK_PACE_RETRY},
    {"denied reads",
     {.enforces = true, .unread = 1},
     SK_CONDITION_STALLED,
     "unreadable",
     SK_PACE_INTERVAL},
    {"blocked",
     {.enforces = true, .changes = 1, .blocked = 1},
     SK_CONDITION_STALLED,
     "blocked",
     SK_PACE_INTERVAL},
    {"accepted but not applied",
     {.enforces = true, .changes = 1, .unapplied = 1},
     SK_CONDITION_STALLED,
     "not-applied",
     SK_PACE_INTERVAL},
    {"network lost in a cycle",
     {.enforces = true, .failure = SK_E_NETWORK},
     SK_CONDITION_RECONCILING,
     "retrying",
     SK_PACE_RETRY},
    {"store busy",
     {.enforces = true, .failure = SK_E_LOCKED},
     SK_CONDITION_RECONCILING,
     "retrying",
     SK_PACE_RETRY},
    {"disk full",
     {.enforces = true, .failure = SK_E_IO},
     SK_CONDITION_STALLED,
     "failed",
     SK_PACE_INTERVAL},
    {"asked to end",
     {.enforces = true, .stopped = true, .failure = SK_E_CANCELED, .changes = 3, .failed = 1},
     SK_CONDITION_STOPPED,
     "stopped",
     SK_PACE_INTERVAL},
};

static void verdicts_follow_from_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
        struct sk_verdict verdict = sk_verdict(&verdicts[i].facts);
        if (verdict.condition != verdicts[i].condition ||
            strcmp(verdict.reason, verdicts[i].reason) != 0 || verdict.pace != verdicts[i].pace)
            fail_msg("%s: %s (%s), pace %d", verdicts[i].name, sk_condition_name(verdict.condition),
                     verdict.reason, (int)verdict.pace);
    }
}

static void every_reason_is_reached_by_a_case(void **state)
{
    (void)state;
    size_t count;
    const struct sk_verdict_row *rows = sk_verdict_table(&count);
    for (size_t i = 0; i < count; i++) {
        bool reached = false;
        for (size_t c = 0; c < sizeof(verdicts) / sizeof(*verdicts); c++)
            reached = reached || strcmp(verdicts[c].reason, rows[i].reason) == 0;
        if (!reached)
            fail_msg("no case ends with '%s'", rows[i].reason);
        assert_true(rows[i].means[0] != '\0');
    }
}

static void a_status_is_healthy_or_says_why_not(void **state)
{
    (void)state;
    static const struct {
        const char *name, *state;
        bool runs;
        int64_t age_s, max_age_ms;
        const char *illness; /* a part of it; NULL: healthy */
    } cases[] = {
        {"fresh", "ready", true, 0, 0, NULL},
        {"stalled is no illness", "stalled", true, 10, 0, NULL},
        {"as old as may be", "ready", true, 1200, 0, NULL},
        {"twice the interval and ten minutes", "ready", true, 1201, 0, "too old"},
        {"a bound of one's own", "ready", true, 61, 60000, "too old"},
        {"within it", "ready", true, 60, 60000, NULL},
        {"the clock was set right", "ready", true, -60, 60000, NULL},
        {"the clock went back", "ready", true, -61, 60000, "future"},
        {"ended", "stopped", true, 0, 0, "ended"},
        {"killed", "ready", false, 0, 0, "gone"},
    };
    struct sk_wall written;
    assert_int_equal(sk_wall_parse("2026-11-22T20:41:00Z", &written), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *status = json_pack("{s:s, s:i, s:s}", "updatedAt", "2026-11-22T20:41:00Z",
                                        "intervalMs", 300000, "state", cases[i].state);
        const struct sk_wall now = {written.seconds + cases[i].age_s};
        const char *illness = sk_status_illness(status, cases[i].runs, now, cases[i].max_age_ms);
        if (!illness != !cases[i].illness || (illness && !strstr(illness, cases[i].illness)))
            fail_msg("%s: %s", cases[i].name, illness ? illness : "healthy");
    }
    json_auto_t *empty = json_object();
    assert_non_null(sk_status_illness(empty, true, written, 0));
}

/* What the status itself says of the time until the next one. */
static void a_silence_that_was_announced_is_no_illness(void **state)
{
    (void)state;
    static const struct {
        const char *name, *members;
        int64_t healthy_s; /* so old it may be, and no older */
    } cases[] = {
        {"nothing", "", 600},
        {"an interval", ", \"intervalMs\": 300000", 1200},
        {"a back-off", ", \"intervalMs\": 1000, \"nextRunAt\": \"2026-11-22T21:41:00Z\"", 4200},
        {"a cycle sooner than the interval",
         ", \"intervalMs\": 300000, \"nextRunAt\": \"2026-11-22T20:41:05Z\"", 1200},
        {"a cycle in the past", ", \"nextRunAt\": \"2020-01-01T00:00:00Z\"", 600},
        {"no time", ", \"nextRunAt\": \"soon\"", 600},
        {"a fetch", ", \"fetchTimeoutMs\": 60000, \"running\": {\"stage\": \"fetch\"}", 720},
        {"after the fetch", ", \"fetchTimeoutMs\": 60000, \"running\": {\"stage\": \"load\"}", 600},
        {"an interval below nothing", ", \"intervalMs\": -9223372036854775807", 600},
        {"an interval past all bounds", ", \"intervalMs\": 9223372036854775807",
         (int64_t)2 * 10 * 365 * 24 * 3600 + 600},
    };
    struct sk_wall written;
    assert_int_equal(sk_wall_parse("2026-11-22T20:41:00Z", &written), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *text =
            sk_xasprintf("{\"updatedAt\": \"2026-11-22T20:41:00Z\"%s}", cases[i].members);
        json_auto_t *status = sk_json_parse(text, strlen(text), "status", NULL);
        assert_non_null(status);
        const struct sk_wall last = {written.seconds + cases[i].healthy_s};
        const struct sk_wall late = {last.seconds + 1};
        if (sk_status_illness(status, true, last, 0) || !sk_status_illness(status, true, late, 0))
            fail_msg("%s", cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_is_spread),
        cmocka_unit_test(retries_back_off_up_to_a_cap),
        cmocka_unit_test(failures_for_years_do_not_overflow),
        cmocka_unit_test(waits_grow_until_something_moves),
        cmocka_unit_test(a_small_cap_bounds_the_first_retry),
        cmocka_unit_test(verdicts_follow_from_facts),
        cmocka_unit_test(every_reason_is_reached_by_a_case),
        cmocka_unit_test(a_status_is_healthy_or_says_why_not),
        cmocka_unit_test(a_silence_that_was_announced_is_no_illness),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
