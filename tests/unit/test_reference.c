/* Documents, sets of them, references between them, and views. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan/document.h"
#include "plan/view.h"
#include "plan_fixture.h"

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address, *account, *region, *name;
    } cases[] = {
        {"vault/dev/us-east-1/v", "dev", "us-east-1", "v"},
        {"member/dev/us-east-1/v/m", "dev", "us-east-1", "v/m"},
        {"role/dev/global/a b", "dev", "global", "a b"},
        {"role/dev", "dev", "", ""},
        {"role", "", "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_document *document = sk_document_new(&fake_role, cases[i].address, json_object());
        assert_string_equal(document->account, cases[i].account);
        assert_string_equal(document->region, cases[i].region);
        assert_string_equal(sk_document_name(document), cases[i].name);
        sk_document_free(document);
    }
    sk_auto(sk_freep) char *regional = sk_address_format("vault", "dev", "us-east-1", "v");
    assert_string_equal(regional, "vault/dev/us-east-1/v");
    sk_auto(sk_freep) char *global = sk_address_format("role", "dev", NULL, "r");
    assert_string_equal(global, "role/dev/global/r");
}

static void sets_find_without_case_and_sort_with_it(void **state)
{
    (void)state;
    struct world world = {0};
    assert_null(sk_documents_find(&world.desired, "role/dev/global/b"));
    sk_documents_sort(&world.desired);
    world_want(&world, "role/dev/global/b", "{}");
    world_want(&world, "role/dev/global/C", "{}");
    world_want(&world, "role/dev/global/a", "{}");
    assert_string_equal(sk_documents_find(&world.desired, "ROLE/DEV/GLOBAL/c")->address,
                        "role/dev/global/C");
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_document *twin = sk_document_new(&fake_role, "role/dev/global/A", json_object());
    assert_int_equal(sk_documents_add(&world.desired, twin, &err), SK_E_EXISTS);
    assert_string_equal(err.msg, "'role/dev/global/A' is there twice");
    sk_documents_sort(&world.desired);
    static const char *const order[] = {"role/dev/global/C", "role/dev/global/a",
                                        "role/dev/global/b"};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(world.desired.items[i]->address, order[i]);
        assert_ptr_equal(sk_documents_find(&world.desired, order[i]), world.desired.items[i]);
    }
    world_done(&world);
}

static void documents_as_json(void **state)
{
    (void)state;
    struct sk_document *document = sk_document_new(&fake_role, "role/dev/global/r", js("{'a': 1}"));
    json_auto_t *plain = sk_document_to_json(document);
    sk_auto(sk_freep) char *text = sk_json_canonical(plain);
    assert_string_equal(text,
                        "{\"address\":\"role/dev/global/r\",\"body\":{\"a\":1},\"kind\":\"role\"}");
    sk_document_add_edge(document, "policy/dev/global/p");
    sk_document_add_edge(document, "policy/dev/global/p");
    document->origin = sk_xstrdup("teams/fraud.yaml:3");
    document->flags = SK_DOCUMENT_ADOPT;
    json_auto_t *full = sk_document_to_json(document);
    assert_int_equal(json_array_size(json_object_get(full, "edges")), 1);
    assert_string_equal(sk_json_text(full, "origin"), "teams/fraud.yaml:3");
    assert_int_equal(json_integer_value(json_object_get(full, "flags")), SK_DOCUMENT_ADOPT);
    sk_document_free(document);
    sk_document_free(NULL);
}

static void what_is_a_reference(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_reference;
    } cases[] = {
        {"{'$ref': 'a', 'attr': 'b'}", true},
        {"{'$ref': 'a'}", false},
        {"{'attr': 'b'}", false},
        {"{'$ref': 1, 'attr': 'b'}", false},
        {"{'$ref': 'a', 'attr': {}}", false},
        {"'$ref'", false},
        {"['$ref', 'attr']", false},
        {"null", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *value = js(cases[i].value);
        const char *address = NULL;
        const char *attr = NULL;
        if (sk_ref_parse(value, &address, &attr) != cases[i].is_reference)
            fail_msg("%s", cases[i].value);
        assert_int_equal(sk_ref_any(value), cases[i].is_reference);
    }
    assert_false(sk_ref_any(NULL));
    json_auto_t *made = sk_ref_new("vault/dev/us-east-1/v", "VaultId");
    const char *address = NULL;
    const char *attr = NULL;
    assert_true(sk_ref_parse(made, &address, &attr));
    assert_string_equal(address, "vault/dev/us-east-1/v");
    assert_string_equal(attr, "VaultId");
}

static const json_t *look_up(const char *address, const char *attr, void *data)
{
    return sk_json_at(json_object_get(data, address), attr);
}

static void resolving(void **state)
{
    (void)state;
    json_auto_t *known = js("{'x': {'Id': 'x-1', 'Deep': {'Arn': ['arn']}}}");
    json_auto_t *value =
        js("{'A': {'$ref': 'x', 'attr': 'Id'}, 'B': [{'C': {'$ref': 'x', 'attr': 'Deep.Arn'}}, "
           "{'$ref': 'y', 'attr': 'Id'}], 'D': {'$ref': 'x', 'attr': 'None'}, 'E': 1}");
    size_t unresolved = 0;
    json_auto_t *resolved = sk_ref_resolve(value, look_up, known, &unresolved);
    json_auto_t *expected =
        js("{'A': 'x-1', 'B': [{'C': ['arn']}, {'$ref': 'y', 'attr': 'Id'}], 'D': {'$ref': 'x', "
           "'attr': 'None'}, 'E': 1}");
    assert_true(json_equal(resolved, expected));
    assert_int_equal(unresolved, 2);
    /* The result is a copy: neither the value nor what was looked up changes with it. */
    json_object_set_new(json_array_get(json_object_get(resolved, "B"), 0), "C", json_null());
    assert_string_equal(sk_json_text(json_array_get(json_object_get(value, "B"), 0), "C.$ref"),
                        "x");
    assert_true(sk_ref_any(value));
    json_auto_t *addresses_of = json_array();
    sk_ref_collect(value, addresses_of);
    sk_ref_collect(value, addresses_of);
    json_auto_t *both = js("['x', 'y']");
    assert_true(json_equal(addresses_of, both));
    json_auto_t *unchanged = sk_ref_resolve(known, look_up, known, NULL);
    assert_true(json_equal(unchanged, known));
}

static void ownership(void **state)
{
    (void)state;
    static const struct {
        const char *name, *tags;
        enum sk_ownership ownership;
    } cases[] = {
        {"no tags", "null", SK_NOT_OURS},
        {"both fit",
         "[{'Key': 'sagekeeper:owner', 'Value': 'acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/dev/global/r'}]",
         SK_OWNED},
        {"case of the address does not matter",
         "[{'Key': 'sagekeeper:owner', 'Value': 'acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/dev/global/R'}]",
         SK_OWNED},
        {"case of the owner does",
         "[{'Key': 'sagekeeper:owner', 'Value': 'Acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/dev/global/r'}]",
         SK_OTHER_OWNER},
        {"address as a beginning",
         "[{'Key': 'sagekeeper:owner', 'Value': 'acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/dev/global/r2'}]",
         SK_NOT_OURS},
        {"another region",
         "[{'Key': 'sagekeeper:owner', 'Value': 'acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/prod/global/r'}]",
         SK_NOT_OURS},
        {"owner alone", "[{'Key': 'sagekeeper:owner', 'Value': 'acme'}]", SK_NOT_OURS},
        {"address alone", "[{'Key': 'sagekeeper:address', 'Value': 'role/dev/global/r'}]",
         SK_NOT_OURS},
        {"case of the keys",
         "[{'Key': 'Sagekeeper:Owner', 'Value': 'acme'}, {'Key': 'sagekeeper:address', 'Value': "
         "'role/dev/global/r'}]",
         SK_NOT_OURS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *body = json_pack("{s:o}", "Tags", js(cases[i].tags));
        struct sk_document *live = sk_document_new(&fake_role, "role/dev/global/r", body);
        if (sk_ownership_of(live, "acme") != cases[i].ownership)
            fail_msg("%s", cases[i].name);
        sk_document_free(live);
    }
}

static void views_know_what_was_not_read(void **state)
{
    (void)state;
    struct sk_view view = {0};
    assert_null(sk_view_unknown(&view, &fake_role, "dev", "global"));
    assert_null(sk_view_unknown_in_account(&view, "dev"));
    for (unsigned i = 0; i < 20; i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_err_set(&err, SK_E_DENIED, "reason %u", i);
        sk_auto(sk_freep) char *account = sk_xasprintf("account-%u", i / 2);
        sk_view_add_unknown(&view, i % 2 ? &fake_vault : &fake_role, account,
                            i % 2 ? "us-east-1" : "global", &err);
        sk_view_add_unknown(&view, i % 2 ? &fake_vault : &fake_role, account,
                            i % 2 ? "us-east-1" : "global", &err);
    }
    assert_int_equal(view.unknown_count, 40);
    const struct sk_unknown *part = sk_view_unknown(&view, &fake_vault, "account-3", "us-east-1");
    assert_string_equal(part->err.msg, "reason 7");
    assert_ptr_equal(part->kind, &fake_vault);
    assert_null(sk_view_unknown(&view, &fake_vault, "account-3", "eu-west-1"));
    assert_null(sk_view_unknown(&view, &fake_vault, "account-33", "us-east-1"));
    assert_null(sk_view_unknown(&view, &fake_seal, "account-3", "global"));
    assert_string_equal(sk_view_unknown_in_account(&view, "account-4")->err.msg, "reason 8");
    assert_null(sk_view_unknown_in_account(&view, "account"));
    sk_view_done(&view);
    assert_null(sk_view_unknown_in_account(&view, "account-4"));
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(sets_find_without_case_and_sort_with_it),
        cmocka_unit_test(documents_as_json),
        cmocka_unit_test(what_is_a_reference),
        cmocka_unit_test(resolving),
        cmocka_unit_test(ownership),
        cmocka_unit_test(views_know_what_was_not_read),
    };
    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
