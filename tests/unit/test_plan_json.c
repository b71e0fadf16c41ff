/* Plan files: their form, and what their digest pins. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan_fixture.h"

#define ROLE  "role/dev/global/r"
#define VAULT "vault/dev/us-east-1/v"

static void sample_world(struct world *world)
{
    world_want(world, ROLE, "{'Duration': 7200, 'Secret': 'hush'}");
    world_have(world, ROLE, "{'Duration': 3600, 'Secret': 'hush'}");
    world_want(world, "member/dev/us-east-1/v/m",
               "{'VaultId': {'$ref': '" VAULT "', 'attr': 'VaultId'}}");
    world_want(world, VAULT, "{'Image': 'x'}");
    world_have(world, "seal/dev/global/s", "{}");
}

static json_t *plan_file(void)
{
    struct world world = {0};
    sample_world(&world);
    struct sk_plan *plan = world_plan(&world);
    json_t *json = sk_plan_to_json(plan);
    sk_plan_free(plan);
    world_done(&world);
    return json;
}

static void form(void **state)
{
    (void)state;
    json_auto_t *plan = plan_file();
    json_auto_t *summary = js("{'create': 2, 'update': 1, 'delete': 1, 'adopt': 0, 'blocked': 0, "
                              "'wait': 0, 'inSync': 0}");
    assert_true(json_equal(json_object_get(plan, "summary"), summary));
    const json_t *changes = json_object_get(plan, "changes");
    assert_int_equal(json_array_size(changes), 4);
    json_t *update = json_array_get(changes, 0);
    assert_string_equal(sk_json_text(update, "address"), ROLE);
    assert_int_equal(strlen(sk_json_text(update, "fingerprint")), 64);
    json_object_del(update, "fingerprint");
    json_auto_t *expected =
        js("{'address': '" ROLE "', 'kind': 'role', 'action': 'update', 'severity': 'medium', "
           "'fields': [{'path': 'Duration', 'severity': 'medium', 'from': 3600, 'to': 7200}], "
           "'calls': [{'service': 'fake', 'operation': 'Update', 'account': 'dev', 'region': "
           "'global', 'input': {'Address': '" ROLE "', 'Set': {'Duration': 7200}}}], 'depends': "
           "[]}");
    sk_auto(sk_freep) char *seen = sk_json_canonical(update);
    sk_auto(sk_freep) char *wanted = sk_json_canonical(expected);
    assert_string_equal(seen, wanted);
    const json_t *member = json_array_get(changes, 3);
    assert_string_equal(json_string_value(json_array_get(json_object_get(member, "depends"), 0)),
                        VAULT);
    assert_null(json_object_get(member, "fingerprint"));
    const json_t *remove = json_array_get(changes, 1);
    assert_string_equal(sk_json_text(json_array_get(json_object_get(remove, "calls"), 0), "check"),
                        "owned");
}

static void digest_of(const json_t *plan, char out[SK_SHA256_HEX_BYTES])
{
    sk_plan_json_digest(json_object_get(plan, "changes"), out);
}

/* Edits of a plan file by hand: which of them the digest notices. */
static void what_the_digest_pins(void **state)
{
    (void)state;
    static const struct {
        const char *name, *path, *value; /* in the first change; value NULL: removed */
        bool noticed;
    } edits[] = {
        {"address", "address", "'role/dev/global/x'", true},
        {"action", "action", "'delete'", true},
        {"calls removed", "calls", NULL, true},
        {"calls emptied", "calls", "[]", true},
        {"address removed", "address", NULL, true},
        {"reason", "reason", "'because'", false},
        {"fingerprint", "fingerprint", "'0'", false},
        {"severity", "severity", "'info'", false},
        {"fields", "fields", "[]", false},
        {"new member", "extra", "1", false},
    };
    for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
        json_auto_t *plan = plan_file();
        char before[SK_SHA256_HEX_BYTES];
        digest_of(plan, before);
        json_t *change = json_array_get(json_object_get(plan, "changes"), 0);
        if (edits[i].value)
            sk_json_put(change, edits[i].path, js(edits[i].value));
        else
            sk_json_remove(change, edits[i].path);
        char after[SK_SHA256_HEX_BYTES];
        digest_of(plan, after);
        if ((strcmp(before, after) != 0) != edits[i].noticed)
            fail_msg("%s", edits[i].name);
    }
}

static void every_member_of_a_call_is_pinned(void **state)
{
    (void)state;
    static const char *const members[] = {"service", "operation", "account", "region", "input"};
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_auto_t *plan = plan_file();
        char before[SK_SHA256_HEX_BYTES];
        digest_of(plan, before);
        json_t *change = json_array_get(json_object_get(plan, "changes"), 0);
        json_t *call = json_array_get(json_object_get(change, "calls"), 0);
        json_object_set_new(call, members[i], json_string("edited"));
        char after[SK_SHA256_HEX_BYTES];
        digest_of(plan, after);
        assert_string_not_equal(before, after);
    }
}

static void order_of_changes_is_pinned(void **state)
{
    (void)state;
    json_auto_t *plan = plan_file();
    char before[SK_SHA256_HEX_BYTES];
    digest_of(plan, before);
    json_t *changes = json_object_get(plan, "changes");
    json_t *first = json_incref(json_array_get(changes, 0));
    json_array_remove(changes, 0);
    json_array_append_new(changes, first);
    char after[SK_SHA256_HEX_BYTES];
    digest_of(plan, after);
    assert_string_not_equal(before, after);
}

static void digest_of_no_changes(void **state)
{
    (void)state;
    char digest[SK_SHA256_HEX_BYTES];
    sk_plan_json_digest(NULL, digest);
    /* printf '[]' | sha256sum */
    assert_string_equal(digest, "4f53cda18c2baa0c0354bb5f9a3ecbe5"
                                "ed12ab4d8e11ba873c2f11161202b945");
}

/* The digest is over the canonical array of {action, address, calls}. */
static void digest_is_over_canonical_json(void **state)
{
    (void)state;
    json_auto_t *plan = plan_file();
    json_auto_t *pinned = json_array();
    size_t index;
    json_t *change;
    json_array_foreach(json_object_get(plan, "changes"), index, change)
    {
        json_array_append_new(pinned, json_pack("{s:O, s:O, s:O}", "action",
                                                json_object_get(change, "action"), "address",
                                                json_object_get(change, "address"), "calls",
                                                json_object_get(change, "calls")));
    }
    char expected[SK_SHA256_HEX_BYTES];
    sk_json_digest(pinned, expected);
    char digest[SK_SHA256_HEX_BYTES];
    digest_of(plan, digest);
    assert_string_equal(digest, expected);
}

static void resolved_ids_are_not_pinned(void **state)
{
    (void)state;
    char digests[2][SK_SHA256_HEX_BYTES];
    for (size_t i = 0; i < 2; i++) {
        struct world world = {0};
        world_want(&world, VAULT, "{}");
        world_have(&world, VAULT, i ? "{'VaultId': 'v-2'}" : "{'VaultId': 'v-1'}");
        world_want(&world, "member/dev/us-east-1/v/m",
                   "{'VaultId': {'$ref': '" VAULT "', 'attr': 'VaultId'}}");
        struct sk_plan *plan = world_plan(&world);
        memcpy(digests[i], plan->digest, sizeof(digests[i]));
        sk_plan_free(plan);
        world_done(&world);
    }
    assert_string_equal(digests[0], digests[1]);
}

static void messages_that_are_not_text_are_noted(void **state)
{
    (void)state;
    struct world world = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_err_set(&err, SK_E_DENIED, "bytes \xff\xfe");
    sk_view_add_unknown(&world.view, &fake_role, "dev", "global", &err);
    world_want(&world, ROLE, "{}");
    struct sk_plan *plan = world_plan(&world);
    json_auto_t *json = sk_plan_to_json(plan);
    const json_t *part = json_array_get(json_object_get(json, "unknown"), 0);
    assert_string_equal(sk_json_text(part, "message"), "(not valid UTF-8)");
    assert_string_equal(sk_json_text(part, "code"), "denied");
    const json_t *change = json_array_get(json_object_get(json, "changes"), 0);
    assert_string_equal(sk_json_text(change, "reason"), "(not valid UTF-8)");
    assert_true(json_is_true(json_object_get(change, "partial")));
    sk_plan_free(plan);
    world_done(&world);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form),
        cmocka_unit_test(what_the_digest_pins),
        cmocka_unit_test(every_member_of_a_call_is_pinned),
        cmocka_unit_test(order_of_changes_is_pinned),
        cmocka_unit_test(digest_of_no_changes),
        cmocka_unit_test(digest_is_over_canonical_json),
        cmocka_unit_test(resolved_ids_are_not_pinned),
        cmocka_unit_test(messages_that_are_not_text_are_noted),
    };
    return cmocka_run_group_tests_name("plan_json", tests, NULL, NULL);
}
