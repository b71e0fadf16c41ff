/* The total order of changes: dependencies, access, addresses, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "plan/plan_int.h"
#include "plan_fixture.h"

struct item {
    const char *address, *depends; /* depends: separated by spaces */
    int access;
};
struct order_case {
    const char *name;
    struct item items[8];
    const char *expected;
};

static const struct order_case cases[] = {
    {"one", {{"a", "", 0}}, "a"},
    {"by address", {{"c", "", 0}, {"a", "", 0}, {"b", "", 0}}, "a b c"},
    {"dependency before address", {{"a", "b", 0}, {"b", "c", 0}, {"c", "", 0}}, "c b a"},
    {"taken away first, granted last",
     {{"a", "", 1}, {"b", "", 0}, {"c", "", -1}, {"d", "", 1}, {"e", "", -1}},
     "c e b a d"},
    {"dependency before access", {{"a", "b", -1}, {"b", "", 1}, {"c", "", 0}}, "c b a"},
    {"what became free competes at once", {{"a", "z", 0}, {"b", "", 0}, {"z", "", 0}}, "b z a"},
    {"diamond", {{"a", "b c", 0}, {"b", "d", 0}, {"c", "d", 0}, {"d", "", 0}}, "d b c a"},
    {"many behind one",
     {{"a", "", 0}, {"f", "a", 0}, {"e", "a", -1}, {"d", "a", 0}, {"c", "a", 1}, {"b", "a", 0}},
     "a e b d f c"},
    {"repeated dependency", {{"a", "b b b", 0}, {"b", "", 0}}, "b a"},
    {"dependency that is no change", {{"a", "x", 0}, {"b", "", 0}}, "a b"},
};

static struct sk_plan *build(const struct item *items)
{
    struct sk_plan *plan = sk_xcalloc(1, sizeof(*plan));
    plan->items = sk_xcalloc(8, sizeof(struct sk_change));
    for (; items->address; items++) {
        struct sk_change *change = &plan->items[plan->count++];
        change->address = sk_xstrdup(items->address);
        change->access = items->access;
        change->depends = json_array();
        for (const char *at = items->depends; *at; at += *at == ' ') {
            size_t length = strcspn(at, " ");
            json_array_append_new(change->depends, json_stringn(at, length));
            at += length;
        }
    }
    return plan;
}

static char *addresses_of(const struct sk_plan *plan)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < plan->count; i++)
        sk_buffer_addf(&text, "%s%s", i ? " " : "", plan->items[i].address);
    return sk_buffer_take(&text);
}

/* Every case in the order written, reversed, and shuffled: always the same. */
static void run_case(void **state)
{
    const struct order_case *order = *state;
    struct dice dice = {7};
    for (unsigned round = 0; round < 20; round++) {
        struct sk_plan *plan = build(order->items);
        for (size_t i = plan->count; round > 0 && i > 1; i--) {
            size_t other = dice_roll(&dice, (unsigned)i);
            struct sk_change kept = plan->items[i - 1];
            plan->items[i - 1] = plan->items[other];
            plan->items[other] = kept;
        }
        sk_auto(sk_err_done) struct sk_err err = {0};
        ASSERT_OK(sk_plan_order(plan, &err), &err);
        sk_auto(sk_freep) char *addresses = addresses_of(plan);
        assert_string_equal(addresses, order->expected);
        sk_plan_free(plan);
    }
}

static void no_changes(void **state)
{
    (void)state;
    struct sk_plan plan = {0};
    assert_int_equal(sk_plan_order(&plan, NULL), 0);
    assert_int_equal(plan.count, 0);
}

static void circles_are_refused(void **state)
{
    (void)state;
    static const struct item items[] = {
        {"a", "", 0}, {"b", "c", 0}, {"c", "b", 0}, {NULL, NULL, 0}};
    struct sk_plan *plan = build(items);
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_plan_order(plan, &err), SK_E_INTERNAL);
    assert_string_equal(err.msg, "'b' depends on itself");
    sk_auto(sk_freep) char *addresses = addresses_of(plan);
    assert_string_equal(addresses, "a b c");
    sk_plan_free(plan);
}

#define CASE_COUNT (sizeof(cases) / sizeof(*cases))

int main(void)
{
    sk_alloc_init();
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(no_changes),
        cmocka_unit_test(circles_are_refused),
    };
    static struct CMUnitTest tests[CASE_COUNT + sizeof(others) / sizeof(*others)];
    for (size_t i = 0; i < CASE_COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = run_case, .initial_state = (void *)&cases[i]};
    memcpy(tests + CASE_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
