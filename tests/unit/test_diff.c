/* The comparison of bodies, and the patches made from it: "What differs" of
 * docs/design/plan-cases.md. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "plan/fields.h"
#include "plan/set.h"
#include "plan_fixture.h"

#define VAULT "vault/dev/us-east-1/v"

/* Compares two bodies of a kind; `live_set` may be NULL. */
static struct sk_fields diff(const struct sk_kind *kind, const char *desired, const char *live,
                             const struct sk_documents *live_set)
{
    static const struct sk_documents nothing;
    struct sk_fields fields = {0};
    json_auto_t *left = js(desired);
    json_auto_t *right = js(live);
    sk_diff(kind, left, right, live_set ? live_set : &nothing, &fields);
    return fields;
}

/* "Path:from>to Path:from>to", absent as "-". Owned by the caller. */
static char *fields_text(const struct sk_fields *fields)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        sk_auto(sk_freep) char *from = field->from ? sk_json_canonical(field->from) : NULL;
        sk_auto(sk_freep) char *to = field->to ? sk_json_canonical(field->to) : NULL;
        sk_buffer_addf(&text, "%s%s:%s>%s", i ? " " : "", field->path, from ? from : "-",
                       to ? to : "-");
    }
    for (char *at = text.data; at && *at; at++)
        *at = (char)(*at == '"' ? '\'' : *at);
    return sk_buffer_take(&text);
}

struct comparison {
    const char *name;
    const struct sk_kind *kind;
    const char *desired, *live;
    const char *fields; /* as fields_text */
};

static const struct comparison comparisons[] = {
    /* 1: three values */
    {"absent_is_not_ours", &fake_vault, "{}", "{'Image': 'x', 'Groups': ['a']}", ""},
    {"absent_below_a_tree_is_not_ours", &fake_vault, "{'Settings': {'A': 1}}",
     "{'Settings': {'A': 1, 'B': 2, 'Subnets': ['s']}}", ""},
    {"empty_tree_declares_nothing", &fake_vault, "{'Settings': {}}", "{'Settings': {'A': 1}}", ""},
    {"set_where_absent", &fake_vault, "{'Image': 'x'}", "{}", "Image:->'x'"},
    {"changed", &fake_vault, "{'Image': 'x'}", "{'Image': 'y'}", "Image:'y'>'x'"},
    {"live_null_is_absent", &fake_vault, "{'Groups': []}", "{'Groups': null}", ""},
    {"read_only_is_never_compared", &fake_vault, "{'VaultId': 'x'}", "{'VaultId': 'y'}", ""},
    {"unlisted_is_compared_whole", &fake_vault, "{'Other': {'a': 1}}",
     "{'Other': {'a': 1, 'b': 2}}", "Other:{'a':1,'b':2}>{'a':1}"},
    {"sorted_by_path", &fake_vault, "{'Steps': ['a'], 'Image': 'x', 'Groups': ['g']}", "{}",
     "Groups:->['g'] Image:->'x' Steps:->['a']"},
    /* 2: null clears */
    {"null_clears", &fake_vault, "{'Image': null}", "{'Image': 'x'}", "Image:'x'>null"},
    {"null_and_absent", &fake_vault, "{'Image': null}", "{}", ""},
    {"null_and_clear_value", &fake_vault, "{'Image': null}", "{'Image': 'None'}", ""},
    {"null_and_empty_list", &fake_vault, "{'Groups': null}", "{'Groups': []}", ""},
    {"null_and_list", &fake_vault, "{'Groups': null}", "{'Groups': ['a']}", "Groups:['a']>null"},
    {"null_and_empty_object", &fake_vault, "{'Settings': null}", "{'Settings': {}}", ""},
    {"null_and_tree", &fake_vault, "{'Settings': null}", "{'Settings': {'A': 1}}",
     "Settings:{'A':1}>null"},
    {"null_and_server_default", &fake_role, "{'Duration': null}", "{'Duration': 3600}", ""},
    {"null_and_other_value", &fake_role, "{'Duration': null}", "{'Duration': 3601}",
     "Duration:3601>null"},
    {"null_and_empty_text_default", &fake_role, "{'Description': null}", "{'Description': ''}", ""},
    {"null_below_absent_tree", &fake_vault, "{'Settings': {'Subnets': null}}", "{}", ""},
    {"null_tags_are_no_tags", &fake_vault, "{'Tags': null}",
     "{'Tags': [{'Key': 'a', 'Value': 'b'}]}", "Tags.a:'b'>-"},
    {"null_policies_are_no_policies", &fake_role, "{'Inline': null}",
     "{'Inline': {'x': {'Statement': []}}}", "Inline.x:{'Statement':[]}>-"},
    /* 3: absent live values */
    {"empty_list_and_absent", &fake_vault, "{'Steps': []}", "{}", ""},
    {"empty_set_and_absent", &fake_vault, "{'Groups': []}", "{}", ""},
    {"empty_list_below_a_tree", &fake_vault, "{'Settings': {'Deep': {'List': []}}}", "{}", ""},
    {"empty_object_and_absent", &fake_role, "{'Inert': {}}", "{}", ""},
    {"server_default_and_absent", &fake_role, "{'Duration': 3600, 'Description': ''}", "{}", ""},
    {"other_than_default_and_absent", &fake_role, "{'Duration': 3601}", "{}", "Duration:->3601"},
    {"declared_default_and_other", &fake_role, "{'Duration': 3600}", "{'Duration': 7200}",
     "Duration:7200>3600"},
    {"empty_list_and_filled", &fake_vault, "{'Steps': []}", "{'Steps': ['a']}", "Steps:['a']>[]"},
    /* 4: numbers, case, sets, lists */
    {"integer_and_real", &fake_role, "{'Duration': 3600}", "{'Duration': 3600.0}", ""},
    {"large_integers", &fake_role, "{'Duration': 9007199254740993}",
     "{'Duration': 9007199254740992}", "Duration:9007199254740992>9007199254740993"},
    {"number_and_text", &fake_role, "{'Duration': '3600'}", "{'Duration': 3600}",
     "Duration:3600>'3600'"},
    {"case_matters", &fake_vault, "{'Image': 'X'}", "{'Image': 'x'}", "Image:'x'>'X'"},
    {"caseless", &fake_vault, "{'Settings': {'Alias': 'ABC'}}", "{'Settings': {'Alias': 'abc'}}",
     ""},
    {"caseless_but_other", &fake_vault, "{'Settings': {'Alias': 'ABC'}}",
     "{'Settings': {'Alias': 'abd'}}", "Settings.Alias:'abd'>'ABC'"},
    {"set_order", &fake_vault, "{'Groups': ['a', 'b']}", "{'Groups': ['b', 'a']}", ""},
    {"set_repetition", &fake_vault, "{'Groups': ['a', 'a', 'b']}", "{'Groups': ['b', 'a', 'b']}",
     ""},
    {"set_of_objects", &fake_vault, "{'Groups': [{'x': 1, 'y': 2}]}",
     "{'Groups': [{'y': 2, 'x': 1}]}", ""},
    {"set_misses_one", &fake_vault, "{'Groups': ['a', 'b']}", "{'Groups': ['a']}",
     "Groups:['a']>['a','b']"},
    {"set_below_a_tree", &fake_vault, "{'Settings': {'Subnets': ['a', 'b']}}",
     "{'Settings': {'Subnets': ['b', 'a']}}", ""},
    {"list_order", &fake_vault, "{'Steps': ['a', 'b']}", "{'Steps': ['b', 'a']}",
     "Steps:['b','a']>['a','b']"},
    {"leaf_of_a_tree", &fake_vault, "{'Settings': {'A': {'B': 1, 'C': 2}}}",
     "{'Settings': {'A': {'B': 1, 'C': 3}}}", "Settings.A.C:3>2"},
    {"tree_where_a_scalar_is_live", &fake_vault, "{'Settings': {'A': {'B': 1}}}",
     "{'Settings': {'A': 'x'}}", "Settings.A.B:->1"},
    /* 5: tags */
    {"tags_order", &fake_vault,
     "{'Tags': [{'Key': 'a', 'Value': '1'}, {'Key': 'b', 'Value': '2'}]}",
     "{'Tags': [{'Key': 'b', 'Value': '2'}, {'Key': 'a', 'Value': '1'}]}", ""},
    {"tag_added", &fake_vault, "{'Tags': [{'Key': 'a', 'Value': '1'}]}", "{}", "Tags.a:->'1'"},
    {"tag_changed", &fake_vault, "{'Tags': [{'Key': 'a', 'Value': '1'}]}",
     "{'Tags': [{'Key': 'a', 'Value': '2'}]}", "Tags.a:'2'>'1'"},
    {"extra_tag_goes", &fake_vault, "{'Tags': []}", "{'Tags': [{'Key': 'a', 'Value': '1'}]}",
     "Tags.a:'1'>-"},
    {"tags_not_declared", &fake_vault, "{}", "{'Tags': [{'Key': 'a', 'Value': '1'}]}", ""},
    {"reserved_tags_are_ignored", &fake_vault, "{'Tags': []}",
     "{'Tags': [{'Key': 'aws:x', 'Value': '1'}, {'Key': 'sagemaker:domain-arn', 'Value': '2'}]}",
     ""},
    {"tags_like_reserved_ones_are_not", &fake_vault, "{'Tags': []}",
     "{'Tags': [{'Key': 'awsome', 'Value': '1'}, {'Key': 'sagekeeper:old', 'Value': '2'}]}",
     "Tags.awsome:'1'>- Tags.sagekeeper:old:'2'>-"},
    {"tag_keys_know_case", &fake_vault, "{'Tags': [{'Key': 'team', 'Value': '1'}]}",
     "{'Tags': [{'Key': 'Team', 'Value': '1'}]}", "Tags.Team:'1'>- Tags.team:->'1'"},
    {"tag_of_null_goes", &fake_vault, "{'Tags': [{'Key': 'a', 'Value': null}]}",
     "{'Tags': [{'Key': 'a', 'Value': '1'}]}", "Tags.a:'1'>-"},
    {"tag_of_null_is_absent", &fake_vault, "{'Tags': [{'Key': 'a', 'Value': null}]}", "{}", ""},
    {"tag_key_with_dots", &fake_vault, "{'Tags': [{'Key': 'cost.center', 'Value': '1'}]}", "{}",
     "Tags.cost.center:->'1'"},
    {"empty_tag_value", &fake_vault, "{'Tags': [{'Key': 'a', 'Value': ''}]}",
     "{'Tags': [{'Key': 'a', 'Value': 'x'}]}", "Tags.a:'x'>''"},
    /* 6: policies */
    {"policies_by_meaning", &fake_policy,
     "{'Document': {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': "
     "['S3:GetObject'], 'Resource': ['*']}]}}",
     "{'Document': {'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': "
     "'s3:getobject', 'Resource': '*'}}}",
     ""},
    {"policy_where_absent", &fake_policy, "{'Document': {'Statement': []}}", "{}",
     "Document:->{'Statement':[]}"},
    {"policy_map_is_all_ours", &fake_role, "{'Inline': {'a': {'Statement': []}}}",
     "{'Inline': {'a': {'Statement': []}, 'b': {'Statement': []}}}", "Inline.b:{'Statement':[]}>-"},
    {"policy_map_not_declared", &fake_role, "{}", "{'Inline': {'b': {'Statement': []}}}", ""},
    {"policy_map_names_know_case", &fake_role, "{'Inline': {'A': {'Statement': []}}}",
     "{'Inline': {'a': {'Statement': []}}}",
     "Inline.A:->{'Statement':[]} Inline.a:{'Statement':[]}>-"},
    {"policy_of_null_goes", &fake_role, "{'Inline': {'a': null}}",
     "{'Inline': {'a': {'Statement': []}}}", "Inline.a:{'Statement':[]}>-"},
};

static void run_comparison(void **state)
{
    const struct comparison *c = *state;
    struct sk_fields fields = diff(c->kind, c->desired, c->live, NULL);
    sk_auto(sk_freep) char *text = fields_text(&fields);
    assert_string_equal(text, c->fields);
    sk_fields_done(&fields);
}

/* 7: references */

static void references_are_resolved_from_the_live_set(void **state)
{
    (void)state;
    struct world world = {0};
    world_have(&world, VAULT, "{'VaultId': 'v-1', 'Empty': null, 'Deep': {'Id': 7}}");
    world_have(&world, "vault/dev/us-east-1/gone", "{'VaultId': 'v-2', 'Status': 'Deleted'}");
    static const struct {
        const char *name, *desired, *live;
        size_t count;
        bool unknown;
    } cases[] = {
        {"equal", "{'VaultId': {'$ref': '" VAULT "', 'attr': 'VaultId'}}", "{'VaultId': 'v-1'}", 0,
         false},
        {"other case of the address",
         "{'VaultId': {'$ref': 'vault/dev/us-east-1/V', 'attr': 'VaultId'}}", "{'VaultId': 'v-1'}",
         0, false},
        {"dotted attribute", "{'VaultId': {'$ref': '" VAULT "', 'attr': 'Deep.Id'}}",
         "{'VaultId': 7}", 0, false},
        {"different", "{'VaultId': {'$ref': '" VAULT "', 'attr': 'VaultId'}}", "{'VaultId': 'v-9'}",
         1, false},
        {"not there", "{'VaultId': {'$ref': 'vault/dev/us-east-1/w', 'attr': 'VaultId'}}",
         "{'VaultId': 'v-1'}", 1, true},
        {"gone", "{'VaultId': {'$ref': 'vault/dev/us-east-1/gone', 'attr': 'VaultId'}}",
         "{'VaultId': 'v-2'}", 1, true},
        {"no such attribute", "{'VaultId': {'$ref': '" VAULT "', 'attr': 'Nope'}}",
         "{'VaultId': 'v-1'}", 1, true},
        {"null attribute is not known yet, never a clear",
         "{'VaultId': {'$ref': '" VAULT "', 'attr': 'Empty'}}", "{'VaultId': 'v-1'}", 1, true},
        {"below a tree", "{'Settings': {'Role': {'$ref': '" VAULT "', 'attr': 'VaultId'}}}",
         "{'Settings': {'Role': 'v-1'}}", 0, false},
        {"inside a list", "{'Settings': {'L': ['a', {'$ref': '" VAULT "', 'attr': 'VaultId'}]}}",
         "{'Settings': {'L': ['a', 'v-1']}}", 0, false},
        {"unknown inside a list", "{'Settings': {'L': [{'$ref': 'vault/x/y/z', 'attr': 'a'}]}}",
         "{'Settings': {'L': []}}", 1, true},
        {"in a tag", "{'Tags': [{'Key': 'v', 'Value': {'$ref': '" VAULT "', 'attr': 'VaultId'}}]}",
         "{'Tags': [{'Key': 'v', 'Value': 'v-1'}]}", 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_fields fields =
            diff(&fake_member, cases[i].desired, cases[i].live, &world.view.live);
        bool unknown = fields.count > 0 && fields.items[0].unknown;
        if (fields.count != cases[i].count || unknown != cases[i].unknown)
            fail_msg("%s: %zu fields, unknown %d", cases[i].name, fields.count, unknown);
        sk_fields_done(&fields);
    }
    world_done(&world);
}

static void reference_in_place_of_a_whole_set(void **state)
{
    (void)state;
    struct sk_fields fields =
        diff(&fake_vault, "{'Groups': {'$ref': 'vault/x/y/z', 'attr': 'Groups'}}", "{}", NULL);
    assert_int_equal(fields.count, 1);
    assert_true(fields.items[0].unknown);
    sk_fields_done(&fields);
}

static void calls_keep_references_where_values_are_shown(void **state)
{
    (void)state;
    struct world world = {0};
    world_have(&world, VAULT, "{'VaultId': 'v-1'}");
    struct sk_fields fields = diff(&fake_member,
                                   "{'Settings': {'Role': {'$ref': '" VAULT
                                   "', 'attr': 'VaultId'}}, 'Tags': [{'Key': 'v', 'Value': "
                                   "{'$ref': '" VAULT "', 'attr': 'VaultId'}}]}",
                                   "{}", &world.view.live);
    const struct sk_field *role = sk_fields_find(&fields, "Settings.Role");
    assert_string_equal(json_string_value(role->to), "v-1");
    assert_true(json_is_object(role->raw));
    assert_false(role->unknown);
    json_auto_t *patch = sk_fields_patch(&fields, "Settings");
    assert_string_equal(sk_json_text(patch, "Role.$ref"), VAULT);
    json_auto_t *tags = sk_fields_tags_to_set(&fields);
    assert_string_equal(sk_json_text(json_array_get(tags, 0), "Value.$ref"), VAULT);
    sk_fields_done(&fields);
    world_done(&world);
}

static void policies_say_what_changes(void **state)
{
    (void)state;
    struct sk_fields fields = diff(
        &fake_policy,
        "{'Document': {'Statement': [{'Sid': 'A', 'Effect': 'Allow', 'Action': ['s3:GetObject', "
        "'s3:PutObject'], 'Resource': '*'}]}}",
        "{'Document': {'Statement': [{'Sid': 'A', 'Effect': 'Allow', 'Action': 's3:GetObject', "
        "'Resource': '*'}]}}",
        NULL);
    assert_int_equal(fields.count, 1);
    assert_int_equal(json_array_size(fields.items[0].detail), 1);
    json_auto_t *json = sk_fields_to_json(&fields);
    const json_t *row = json_array_get(json, 0);
    assert_string_equal(sk_json_text(row, "path"), "Document");
    assert_string_equal(sk_json_text(row, "severity"), "high");
    assert_non_null(strstr(json_string_value(json_array_get(json_object_get(row, "detail"), 0)),
                           "s3:PutObject"));
    sk_fields_done(&fields);
}

/* Patches */

static void patches_hold_changed_leaves_only(void **state)
{
    (void)state;
    struct sk_fields fields = diff(
        &fake_vault,
        "{'Image': null, 'Groups': null, 'Sso': null, 'Steps': ['a'], 'Settings': {'A': {'B': 1, "
        "'C': 2}, 'Subnets': null, 'Alias': 'x', 'Token': null}}",
        "{'Image': 'i', 'Groups': ['g'], 'Sso': 's', 'Settings': {'A': {'B': 1, 'C': 3}, "
        "'Subnets': ['s'], 'Alias': 'X', 'Token': 't'}}",
        NULL);
    json_auto_t *patch = sk_fields_patch(&fields, "Settings");
    sk_auto(sk_freep) char *text = sk_json_canonical(patch);
    assert_string_equal(text, "{\"A\":{\"C\":2},\"Subnets\":[]}");
    assert_null(sk_fields_patch(&fields, "Sett"));
    assert_null(sk_fields_patch(&fields, "Tags"));
    static const struct {
        const char *path, *value; /* NULL: nothing to send */
    } values[] = {
        {"Image", "\"None\""}, {"Groups", "[]"},   {"Sso", NULL},
        {"Steps", "[\"a\"]"},  {"Settings", NULL}, {"Settings.A.C", "2"},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        json_auto_t *value = sk_fields_value(&fields, values[i].path);
        sk_auto(sk_freep) char *dumped = value ? sk_json_canonical(value) : NULL;
        if (!values[i].value)
            assert_null(dumped);
        else
            assert_string_equal(dumped, values[i].value);
    }
    sk_fields_done(&fields);
}

static void look_ups_by_path(void **state)
{
    (void)state;
    struct sk_fields fields =
        diff(&fake_vault, "{'Settings': {'A': {'B': 1}}, 'Image': 'x'}", "{}", NULL);
    assert_non_null(sk_fields_find(&fields, "Settings.A.B"));
    assert_null(sk_fields_find(&fields, "Settings.A"));
    assert_true(sk_fields_touch(&fields, "Settings"));
    assert_true(sk_fields_touch(&fields, "Settings.A"));
    assert_true(sk_fields_touch(&fields, "Settings.A.B"));
    assert_false(sk_fields_touch(&fields, "Settings.A.B.C"));
    assert_false(sk_fields_touch(&fields, "Settings.A.BC"));
    assert_false(sk_fields_touch(&fields, "Sett"));
    assert_true(sk_fields_touch(&fields, "Image"));
    sk_fields_done(&fields);
}

static void tags_to_set_and_to_remove(void **state)
{
    (void)state;
    struct sk_fields fields =
        diff(&fake_vault,
             "{'Tags': [{'Key': 'a', 'Value': '1'}, {'Key': 'b.c', 'Value': ''}, {'Key': 'd', "
             "'Value': null}]}",
             "{'Tags': [{'Key': 'd', 'Value': '4'}, {'Key': 'e', 'Value': '5'}, {'Key': "
             "'aws:f', 'Value': '6'}]}",
             NULL);
    json_auto_t *set = sk_fields_tags_to_set(&fields);
    sk_auto(sk_freep) char *set_text = sk_json_canonical(set);
    assert_string_equal(set_text,
                        "[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b.c\",\"Value\":\"\"}]");
    json_auto_t *removed = sk_fields_tags_to_remove(&fields);
    sk_auto(sk_freep) char *removed_text = sk_json_canonical(removed);
    assert_string_equal(removed_text, "[\"d\",\"e\"]");
    sk_fields_done(&fields);
    fields = diff(&fake_vault, "{'Image': 'x'}", "{}", NULL);
    assert_null(sk_fields_tags_to_set(&fields));
    assert_null(sk_fields_tags_to_remove(&fields));
    sk_fields_done(&fields);
}

/* Sets, attributes, masks */

static void sets(void **state)
{
    (void)state;
    static const struct {
        const char *name, *from, *to;
        bool caseless;
        const char *added, *removed;
    } cases[] = {
        {"both empty", "[]", "[]", false, "[]", "[]"},
        {"absent", "null", "['a']", false, "['a']", "[]"},
        {"order and repetition", "['b', 'a', 'a']", "['a', 'b', 'b']", false, "[]", "[]"},
        {"both ways", "['a', 'b', 'c']", "['d', 'b', 'a2']", false, "['a2','d']", "['a','c']"},
        {"numbers and texts", "[1, '1']", "['1', 2]", false, "[2]", "[1]"},
        {"case matters", "['A']", "['a']", false, "['a']", "['A']"},
        {"case does not", "['A', 'B']", "['a', 'b']", true, "[]", "[]"},
        {"objects", "[{'a': 1, 'b': 2}]", "[{'b': 2, 'a': 1}, {'c': 3}]", false, "[{'c':3}]", "[]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *from = js(cases[i].from);
        json_auto_t *to = js(cases[i].to);
        json_auto_t *added = NULL;
        json_auto_t *removed = NULL;
        sk_set_compare(from, to, cases[i].caseless, &added, &removed);
        json_auto_t *more = js(cases[i].added);
        json_auto_t *less = js(cases[i].removed);
        if (!json_equal(added, more) || !json_equal(removed, less))
            fail_msg("%s", cases[i].name);
        bool equal = json_array_size(more) == 0 && json_array_size(less) == 0;
        assert_int_equal(sk_set_equal(from, to, cases[i].caseless), equal);
        assert_int_equal(sk_set_equal(to, from, cases[i].caseless), equal);
    }
}

static void rows_decide_for_what_is_below_them(void **state)
{
    (void)state;
    static const struct {
        const char *path, *row;
    } cases[] = {
        {"Settings", "Settings"},
        {"Settings.Deep.Leaf", "Settings"},
        {"Settings.Subnets", "Settings.Subnets"},
        {"Settings.Subnets.x", "Settings.Subnets"},
        {"Settings.SubnetsMore", "Settings"},
        {"Setting", NULL},
        {"SettingsMore", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct sk_attr *attr = sk_kind_attr(&fake_vault, cases[i].path);
        if (cases[i].row)
            assert_string_equal(attr->path, cases[i].row);
        else
            assert_null(attr);
    }
}

static void masks(void **state)
{
    (void)state;
    json_auto_t *body =
        js("{'Image': 'x', 'Settings': {'Token': {'deep': 'secret'}, 'A': [1, {'B': 2}]}}");
    json_auto_t *masked = sk_kind_mask(&fake_vault, NULL, body);
    json_auto_t *expected =
        js("{'Image': 'x', 'Settings': {'Token': '(sensitive)', 'A': [1, {'B': 2}]}}");
    assert_true(json_equal(masked, expected));
    assert_string_equal(sk_json_text(body, "Settings.Token.deep"), "secret");
    json_auto_t *part = sk_kind_mask(&fake_vault, "Settings", json_object_get(body, "Settings"));
    assert_string_equal(sk_json_text(part, "Token"), "(sensitive)");
    json_auto_t *listed = js("[{'Token': 'secret'}]");
    json_auto_t *inside = sk_kind_mask(&fake_vault, "Settings", listed);
    assert_string_equal(sk_json_text(json_array_get(inside, 0), "Token"), "(sensitive)");
    json_auto_t *same = sk_kind_mask(&fake_member, NULL, body);
    assert_ptr_equal(same, body);
}

static void nouns(void **state)
{
    (void)state;
    sk_auto(sk_freep) char *policies = sk_kind_plural(&fake_policy);
    assert_string_equal(policies, "policies");
    sk_auto(sk_freep) char *vaults = sk_kind_plural(&fake_vault);
    assert_string_equal(vaults, "vaults");
}

#define COMPARISON_COUNT (sizeof(comparisons) / sizeof(*comparisons))

int main(void)
{
    sk_alloc_init();
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(references_are_resolved_from_the_live_set),
        cmocka_unit_test(reference_in_place_of_a_whole_set),
        cmocka_unit_test(calls_keep_references_where_values_are_shown),
        cmocka_unit_test(policies_say_what_changes),
        cmocka_unit_test(patches_hold_changed_leaves_only),
        cmocka_unit_test(look_ups_by_path),
        cmocka_unit_test(tags_to_set_and_to_remove),
        cmocka_unit_test(sets),
        cmocka_unit_test(rows_decide_for_what_is_below_them),
        cmocka_unit_test(masks),
        cmocka_unit_test(nouns),
    };
    static struct CMUnitTest tests[COMPARISON_COUNT + sizeof(others) / sizeof(*others)];
    for (size_t i = 0; i < COMPARISON_COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = comparisons[i].name,
                                       .test_func = run_comparison,
                                       .initial_state = (void *)&comparisons[i]};
    memcpy(tests + COMPARISON_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
