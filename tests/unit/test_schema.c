/* lib/manifest: JSON Schema from the tables, and finding rows by path. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "blueprint/schema.h"
#include "manifest/schema.h"

static bool is_upper(const char *text)
{
    return strcmp(text, "no") != 0 && strpbrk(text, "abcdefghijklmnopqrstuvwxyz") == NULL;
}
static const char *const colours[] = {"red", "green", NULL};
static const struct sk_schema_field part_rows[] = {
    {.name = "id", .type = SK_SCHEMA_TEXT, .flags = SK_SCHEMA_REQUIRED},
    {0},
};
static const struct sk_schema_field alternatives[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT, .pattern = "^[a-z]+$"},
    {.name = "mapping", .type = SK_SCHEMA_OBJECT, .fields = part_rows},
    {0},
};
static const struct sk_schema_field any_text = {.name = "text", .type = SK_SCHEMA_TEXT};
static const struct sk_schema_field part = {.type = SK_SCHEMA_UNION, .fields = alternatives};
static const struct sk_schema_field letters = {.type = SK_SCHEMA_TEXT, .pattern = "^[a-z]+$"};
static const struct sk_schema_field shared = {
    .type = SK_SCHEMA_OBJECT, .shape = "Shared", .fields = part_rows};

/* The schema of one field, and what it must be. */
static const struct {
    const char *name;
    struct sk_schema_field field;
    const char *expected;
} values[] = {
    {"any text", {.type = SK_SCHEMA_TEXT}, "{'type':['string','number','boolean']}"},
    {"text that no number is",
     {.type = SK_SCHEMA_TEXT, .pattern = "^[a-z]+$"},
     "{'pattern':'^[a-z]+$','type':['string','boolean']}"},
    {"text that no boolean is",
     {.type = SK_SCHEMA_TEXT, .pattern = "^[0-9]{12}$"},
     "{'pattern':'^[0-9]{12}$','type':['string','number']}"},
    {"text that neither is",
     {.type = SK_SCHEMA_TEXT, .pattern = "^sg-[0-9]+$", .min = 1, .max = 9},
     "{'maxLength':9,'minLength':1,'pattern':'^sg-[0-9]+$','type':'string'}"},
    {"a function decides about booleans",
     {.type = SK_SCHEMA_TEXT, .check = is_upper},
     "{'type':['string','number']}"},
    {"classes and literal brackets",
     {.type = SK_SCHEMA_TEXT, .pattern = "^[^@[:space:]]+x[]a[\\]y\\.$"},
     "{'pattern':'^[^@ \\\\t-\\\\r]+x[\\\\]a\\\\[\\\\\\\\]y\\\\.$','type':'string'}"},
    {"words", {.type = SK_SCHEMA_TEXT, .values = colours}, "{'enum':['red','green']}"},
    {"words or null",
     {.type = SK_SCHEMA_TEXT, .values = colours, .flags = SK_SCHEMA_NULLABLE},
     "{'enum':['red','green',null]}"},
    {"number",
     {.type = SK_SCHEMA_INTEGER, .min = 1, .max = 5},
     "{'maximum':5,'minimum':1,'type':'integer'}"},
    {"number from zero",
     {.type = SK_SCHEMA_INTEGER, .max = 5},
     "{'maximum':5,'minimum':0,'type':'integer'}"},
    {"number without bounds", {.type = SK_SCHEMA_INTEGER}, "{'type':'integer'}"},
    {"number or null",
     {.type = SK_SCHEMA_INTEGER, .flags = SK_SCHEMA_NULLABLE},
     "{'type':['integer','null']}"},
    {"boolean with a default",
     {.type = SK_SCHEMA_BOOLEAN, .doc = "On.", .fallback = "`false`"},
     "{'default':false,'description':'On. Without it: `false`.','type':'boolean'}"},
    {"a default in words",
     {.type = SK_SCHEMA_BOOLEAN, .doc = "On.", .fallback = "what the team says"},
     "{'description':'On. Without it: what the team says.','type':'boolean'}"},
    {"a list with an example",
     {.type = SK_SCHEMA_LIST,
      .flags = SK_SCHEMA_UNIQUE,
      .item = &letters,
      .max = 3,
      .doc = "Some.",
      .example = "[a, b]"},
     "{'description':'Some.','examples':[['a','b']],'items':{'pattern':'^[a-z]+$','type':['string',"
     "'boolean']},'maxItems':3,'type':'array','uniqueItems':true}"},
    {"a mapping of names",
     {.type = SK_SCHEMA_MAP, .key = &letters, .item = &any_text, .max = 2},
     "{'additionalProperties':{'type':['string','number','boolean']},'maxProperties':2,"
     "'propertyNames':{'pattern':'^[a-z]+$','type':['string','boolean']},'type':'object'}"},
    {"alternatives",
     {.type = SK_SCHEMA_UNION, .fields = alternatives, .flags = SK_SCHEMA_NULLABLE},
     "{'anyOf':[{'pattern':'^[a-z]+$','type':['string','boolean']},{'additionalProperties':false,"
     "'properties':{'id':{'type':['string','number','boolean']}},'required':['id'],"
     "'type':'object'},{'type':'null'}]}"},
    {"a shape",
     {.type = SK_SCHEMA_OBJECT, .shape = "Shared", .fields = part_rows},
     "{'$ref':'#/$defs/Shared'}"},
    {"a shape or null",
     {.type = SK_SCHEMA_OBJECT,
      .shape = "Shared",
      .fields = part_rows,
      .flags = SK_SCHEMA_NULLABLE},
     "{'anyOf':[{'$ref':'#/$defs/Shared'},{'type':'null'}]}"},
};

static const struct sk_schema_field thing_name = {
    .name = "name", .type = SK_SCHEMA_TEXT, .pattern = "^[a-z]+$", .doc = "A name."};

/* A schema of one kind whose spec has the one field. */
struct one {
    struct sk_schema_field rows[2], spec;
    struct sk_schema_kind kind;
    struct sk_schema schema;
};
static void one_of(struct one *one, const struct sk_schema_field *field)
{
    *one = (struct one){.rows = {*field}, .spec = {.type = SK_SCHEMA_OBJECT}};
    one->rows[0].name = "value";
    one->spec.fields = one->rows;
    one->kind = (struct sk_schema_kind){.name = "Thing",
                                        .doc = "A thing.",
                                        .name_row = &thing_name,
                                        .spec = &one->spec,
                                        .example = ""};
    one->schema = (struct sk_schema){.api_version = "test/v1", .kinds = &one->kind, .count = 1};
}

static void values_have_their_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct one one;
        one_of(&one, &values[i].field);
        json_auto_t *schema = sk_schema_to_json_schema(&one.schema, &one.kind);
        json_auto_t *got = json_incref(sk_json_at(schema, "properties.spec.properties.value"));
        sk_auto(sk_freep) char *text = sk_json_canonical(got);
        sk_auto(sk_freep) char *expected = sk_xstrdup(values[i].expected);
        for (char *at = expected; *at; at++)
            *at = (char)(*at == '\'' ? '"' : *at);
        if (strcmp(text, expected) != 0)
            fail_msg("%s: %s, not %s", values[i].name, text, expected);
    }
}

static void shapes_stand_once(void **state)
{
    (void)state;
    struct one one;
    one_of(&one, &shared);
    json_auto_t *alone = sk_schema_to_json_schema(&one.schema, &one.kind);
    assert_non_null(sk_json_at(alone, "$defs.Shared.properties.id"));
    assert_null(sk_json_at(alone, "$defs.Thing"));
    json_auto_t *all = sk_schema_to_json_schema(&one.schema, NULL);
    assert_non_null(sk_json_at(all, "$defs.Shared.properties.id"));
    assert_non_null(sk_json_at(all, "$defs.Thing.properties.spec"));
    assert_string_equal(sk_json_text(json_array_get(json_object_get(all, "oneOf"), 0), "$ref"),
                        "#/$defs/Thing");
}

static void names_of_kinds_and_shapes_differ(void **state)
{
    (void)state;
    const struct sk_schema *schema = sk_blueprint_schema();
    for (size_t i = 0; i < schema->count; i++) {
        json_auto_t *alone = sk_schema_to_json_schema(schema, &schema->kinds[i]);
        const char *shape;
        json_t *value;
        json_object_foreach(json_object_get(alone, "$defs"), shape, value)
        {
            if (sk_schema_kind(schema, shape))
                fail_msg("'%s' is a kind and a shape", shape);
        }
    }
}

static const struct sk_schema_field place_rows[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT},
    {.name = "inner", .type = SK_SCHEMA_OBJECT, .fields = part_rows, .flags = SK_SCHEMA_REQUIRED},
    {.name = "parts", .type = SK_SCHEMA_LIST, .item = &part},
    {.name = "named", .type = SK_SCHEMA_MAP, .item = &part},
    {.name = "tags", .type = SK_SCHEMA_MAP, .item = &any_text},
    {0},
};
static const struct sk_schema_field place_spec = {.type = SK_SCHEMA_OBJECT, .fields = place_rows};
static const struct sk_schema_kind place_kinds[] = {
    {.name = "Thing", .doc = "", .name_row = &thing_name, .spec = &place_spec, .example = ""},
};
static const struct sk_schema place_schema = {
    .api_version = "test/v1", .kinds = place_kinds, .count = 1};

static void paths_lead_to_rows(void **state)
{
    (void)state;
    static const struct {
        const char *path, *place, *marks, *first; /* of the fields below; NULL: none */
        bool required;
    } cases[] = {
        {"Thing", "Thing", "", "text", false},
        {"Thing.spec", "Thing.spec", "", "text", true},
        {"Thing.metadata", "Thing.metadata", "", "name", true},
        {"Thing.metadata.name", "Thing.metadata.name", "", NULL, true},
        {"Thing.metadata.labels", "Thing.metadata.labels", ".*", NULL, false},
        {"Thing.text", "Thing.spec.text", "", NULL, false},
        {"Thing.spec.inner", "Thing.spec.inner", "", "id", true},
        {"Thing.spec.inner.id", "Thing.spec.inner.id", "", NULL, true},
        {"Thing.parts", "Thing.spec.parts", "[]", "id", false},
        {"Thing.spec.parts.id", "Thing.spec.parts[].id", "", NULL, true},
        {"Thing.spec.parts[].id", "Thing.spec.parts[].id", "", NULL, true},
        {"Thing.named.*.id", "Thing.spec.named.*.id", "", NULL, true},
        {"Thing.tags", "Thing.spec.tags", ".*", NULL, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_auto(sk_schema_place_done) struct sk_schema_place place;
        ASSERT_OK(sk_schema_locate(&place_schema, cases[i].path, &place, &err), &err);
        assert_string_equal(sk_buffer_text(&place.place), cases[i].place);
        assert_int_equal(place.required, cases[i].required);
        if (cases[i].first)
            assert_string_equal(place.fields[0].name, cases[i].first);
        else
            assert_null(place.fields);
        if (place.fields)
            assert_string_equal(sk_buffer_text(&place.marks), cases[i].marks);
    }
}

static void misses_name_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"thing", "unknown kind 'thing'; did you mean 'Thing'?"},
        {"Xyz", "unknown kind 'Xyz'; expected one of Thing"},
        {"", "unknown kind ''; expected one of Thing"},
        {"Thing.iner", "'Thing' has no field 'iner'; did you mean 'inner'?"},
        {"Thing.", "'Thing' has no field ''; expected one of text, inner, parts, named, tags"},
        {"Thing.spec.zzzzzz",
         "'Thing.spec' has no field 'zzzzzz'; expected one of text, inner, parts, named, tags"},
        {"Thing.parts.ib", "'Thing.spec.parts' has no field 'ib'; did you mean 'id'?"},
        {"Thing.text.x", "'Thing.spec.text' has no fields, and so no 'x'"},
        {"Thing.inner.metadata", "'Thing.spec.inner' has no field 'metadata'; expected one of id"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_auto(sk_schema_place_done) struct sk_schema_place place;
        assert_int_equal(sk_schema_locate(&place_schema, cases[i].path, &place, &err), SK_E_USAGE);
        assert_string_equal(sk_err_message(&err), cases[i].message);
    }
}

/* Every row of the real tables is found under the path that its own place says. */
static void walk(const char *path)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_auto(sk_schema_place_done) struct sk_schema_place place;
    ASSERT_OK(sk_schema_locate(sk_blueprint_schema(), path, &place, &err), &err);
    if (place.field)
        assert_string_equal(sk_buffer_text(&place.place), path);
    for (const struct sk_schema_field *row = place.fields; row && row->name; row++) {
        sk_auto(sk_freep) char *inner = sk_xasprintf(
            "%s%s%s.%s", path, sk_buffer_text(&place.marks), place.field ? "" : ".spec", row->name);
        walk(inner);
    }
}

static void every_row_is_found(void **state)
{
    (void)state;
    const struct sk_schema *schema = sk_blueprint_schema();
    for (size_t i = 0; i < schema->count; i++)
        walk(schema->kinds[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_their_schema),         cmocka_unit_test(shapes_stand_once),
        cmocka_unit_test(names_of_kinds_and_shapes_differ), cmocka_unit_test(paths_lead_to_rows),
        cmocka_unit_test(misses_name_the_nearest),          cmocka_unit_test(every_row_is_found),
    };
    sk_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
