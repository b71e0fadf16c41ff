/* lib/manifest: YAML to checked documents, positions, faults. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/text.h"
#include "manifest/manifest.h"

/* A schema of one kind that uses every type of row. */
static bool is_even(const char *text)
{
    return strlen(text) % 2 == 0;
}
static const char *const colours[] = {"red", "green", "blue", NULL};
static const struct sk_schema_field text_item = {.name = "text", .type = SK_SCHEMA_TEXT};
static const struct sk_schema_field tag_key = {
    .type = SK_SCHEMA_TEXT, .pattern = "^[a-z]+$", .expects = "lower-case letters"};
static const struct sk_schema_field part_rows[] = {
    {.name = "id", .type = SK_SCHEMA_TEXT, .flags = SK_SCHEMA_REQUIRED},
    {.name = "weight", .type = SK_SCHEMA_INTEGER},
    {0},
};
static const struct sk_schema_field part_alternatives[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT},
    {.name = "mapping", .type = SK_SCHEMA_OBJECT, .fields = part_rows},
    {0},
};
static const struct sk_schema_field part = {.type = SK_SCHEMA_UNION, .fields = part_alternatives};
static const struct sk_schema_field thing_rows[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT},
    {.name = "digits", .type = SK_SCHEMA_TEXT, .pattern = "^[0-9]+$", .expects = "digits"},
    {.name = "even", .type = SK_SCHEMA_TEXT, .check = is_even, .expects = "an even length"},
    {.name = "short", .type = SK_SCHEMA_TEXT, .min = 2, .max = 4},
    {.name = "colour", .type = SK_SCHEMA_TEXT, .values = colours},
    {.name = "number", .type = SK_SCHEMA_INTEGER, .min = 10, .max = 20},
    {.name = "any", .type = SK_SCHEMA_INTEGER, .flags = SK_SCHEMA_NULLABLE},
    {.name = "flag", .type = SK_SCHEMA_BOOLEAN},
    {.name = "list", .type = SK_SCHEMA_LIST, .item = &text_item, .max = 3},
    {.name = "set", .type = SK_SCHEMA_LIST, .flags = SK_SCHEMA_UNIQUE, .item = &text_item},
    {.name = "tags", .type = SK_SCHEMA_MAP, .key = &tag_key, .item = &text_item},
    {.name = "parts", .type = SK_SCHEMA_LIST, .item = &part},
    {.name = "inner", .type = SK_SCHEMA_OBJECT, .fields = part_rows},
    {0},
};
static const struct sk_schema_field thing_spec = {.type = SK_SCHEMA_OBJECT, .fields = thing_rows};
static const struct sk_schema_field thing_name = {.type = SK_SCHEMA_TEXT,
                                                  .pattern = "^[a-z]+$",
                                                  .expects = "lower-case letters",
                                                  .doc = "A name."};
static const struct sk_schema_kind things[] = {
    {.name = "Thing",
     .doc = "A thing.",
     .name_row = &thing_name,
     .spec = &thing_spec,
     .example = ""},
    {.name = "Other",
     .doc = "Another.",
     .name_row = &thing_name,
     .spec = &thing_spec,
     .example = ""},
};
static const struct sk_schema schema = {
    .api_version = "test/v1", .kinds = things, .count = sizeof(things) / sizeof(*things)};

struct load {
    struct sk_manifests *manifests;
    struct sk_diagnostics diagnostics;
    char *text; /* the diagnostics */
};

static void load_done(struct load *load)
{
    sk_manifests_free(load->manifests);
    sk_diagnostics_done(&load->diagnostics);
    free(load->text);
    *load = (struct load){0};
}

static void load_files(struct load *load, const struct sk_manifest_file *files, size_t count)
{
    int result = sk_manifests_load(files, count, &schema, &load->manifests, &load->diagnostics);
    assert_int_equal(result<0, load->diagnostics.errors> 0);
    sk_diagnostics_sort(&load->diagnostics);
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(&load->diagnostics, &text);
    load->text = sk_buffer_take(&text);
}

static void load_text(struct load *load, const char *yaml)
{
    const struct sk_manifest_file file = {"a.yaml", yaml, strlen(yaml)};
    load_files(load, &file, 1);
}

/* A document with this spec in flow style. */
static char *thing_with(const char *spec)
{
    return sk_xasprintf("apiVersion: test/v1\nkind: Thing\nmetadata: {name: one}\nspec:\n%s\n",
                        spec);
}

static void the_schema_types_scalars(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *json;
    } cases[] = {
        {"  text: 012345678901", "{\"text\":\"012345678901\"}"},
        {"  text: no", "{\"text\":\"no\"}"},
        {"  text: 1e3", "{\"text\":\"1e3\"}"},
        {"  text: 0x1F", "{\"text\":\"0x1F\"}"},
        {"  text: 2027-01-31", "{\"text\":\"2027-01-31\"}"},
        {"  text: true", "{\"text\":\"true\"}"},
        {"  text: 'null'", "{\"text\":\"null\"}"},
        {"  text: \"\"", "{\"text\":\"\"}"},
        {"  text: \"a\\u00e4b\"", "{\"text\":\"aäb\"}"},
        {"  text: |\n    two\n    lines", "{\"text\":\"two\\nlines\\n\"}"},
        {"  number: 10", "{\"number\":10}"},
        {"  any: -7", "{\"any\":-7}"},
        {"  any: null", "{\"any\":null}"},
        {"  any: ~", "{\"any\":null}"},
        {"  any:", "{\"any\":null}"},
        {"  flag: true", "{\"flag\":true}"},
        {"  flag: false", "{\"flag\":false}"},
        {"  list: [a, 1, no]", "{\"list\":[\"a\",\"1\",\"no\"]}"},
        {"  tags: {a: 1, b: off}", "{\"tags\":{\"a\":\"1\",\"b\":\"off\"}}"},
        {"  parts: [x, {id: 7, weight: 7}]", "{\"parts\":[\"x\",{\"id\":\"7\",\"weight\":7}]}"},
        {"  inner: {id: &a v}\n  text: *a", "{\"inner\":{\"id\":\"v\"},\"text\":\"v\"}"},
        {"  {}", "{}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        sk_auto(sk_freep) char *yaml = thing_with(cases[i].spec);
        load_text(&load, yaml);
        if (load.diagnostics.count)
            fail_msg("%s: %s", cases[i].spec, load.text);
        assert_int_equal(load.manifests->count, 1);
        sk_auto(sk_freep) char *json = sk_json_canonical(load.manifests->items[0].spec);
        assert_string_equal(json, cases[i].json);
        assert_false(load.manifests->items[0].broken);
    }
}

static void each_fault_names_place_text_and_expectation(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *message; /* behind "a.yaml:" */
    } cases[] = {
        {"  colurs: a", "5:3: spec: unknown key 'colurs'; did you mean 'colour'? [unknown-key]\n"},
        {"  zzz: a",
         "5:3: spec: unknown key 'zzz'; expected one of text, digits, even, short, colour, number, "
         "any, flag, list, set, tags, parts and 1 more [unknown-key]\n"},
        {"  inner: {id: a, zzz: 1}",
         "5:18: spec.inner: unknown key 'zzz'; expected one of id, weight [unknown-key]\n"},
        {"  text: a\n  text: b",
         "6:3: key 'text' is given twice, first in line 5; expected it once [duplicate-key]\n"},
        {"  inner: {weight: 1}",
         "5:10: spec.inner: the key 'id' is missing; expected text [missing-key]\n"},
        {"  text: [a]", "5:9: spec.text: a list; expected text [wrong-type]\n"},
        {"  text: {a: b}", "5:9: spec.text: a mapping; expected text [wrong-type]\n"},
        {"  text:", "5:8: spec.text: nothing (null); expected text [wrong-type]\n"},
        {"  list: a", "5:9: spec.list: the value 'a'; expected a list of at most 3 entries, each "
                      "text [wrong-type]\n"},
        {"  list: [a, b, c, d]", "5:9: spec.list: 4 entries; expected a list of at most 3 entries, "
                                 "each text [bad-value]\n"},
        {"  list: [a, [b]]", "5:13: spec.list[1]: a list; expected text [wrong-type]\n"},
        {"  set: [a, b, a]",
         "5:15: spec.set[2]: 'a' is listed twice; expected it once [duplicate-name]\n"},
        {"  inner: [a]", "5:10: spec.inner: a list; expected a mapping [wrong-type]\n"},
        {"  tags: {A: b}", "5:10: spec.tags: 'A'; expected lower-case letters [bad-value]\n"},
        {"  tags: [a]",
         "5:9: spec.tags: a list; expected a mapping of names to text [wrong-type]\n"},
        {"  parts: [[a]]",
         "5:11: spec.parts[0]: a list; expected text, or a mapping [wrong-type]\n"},
        {"  digits: 12a", "5:11: spec.digits: '12a'; expected digits [bad-value]\n"},
        {"  even: abc", "5:9: spec.even: 'abc'; expected an even length [bad-value]\n"},
        {"  short: abcde",
         "5:10: spec.short: 'abcde'; expected text of 2 to 4 characters [bad-value]\n"},
        {"  colour: gren", "5:11: spec.colour: 'gren'; expected one of red, green, blue; did you "
                           "mean 'green'? [bad-value]\n"},
        {"  number: 21",
         "5:11: spec.number: '21'; expected a whole number from 10 to 20 [bad-value]\n"},
        {"  number: '12'", "5:11: spec.number: the quoted text '12'; expected a whole number from "
                           "10 to 20 [wrong-type]\n"},
        {"  any: 1e3", "5:8: spec.any: the value '1e3'; expected a whole number, or null "
                       "[wrong-type]\n"},
        {"  any: 012", "5:8: spec.any: the value '012'; expected a whole number, or null "
                       "[wrong-type]\n"},
        {"  any: 99999999999999999999", "5:8: spec.any: the value '99999999999999999999'; expected "
                                        "a whole number, or null [wrong-type]\n"},
        {"  flag: yes", "5:9: spec.flag: the value 'yes'; expected true or false [wrong-type]\n"},
        {"  flag: 'true'",
         "5:9: spec.flag: the quoted text 'true'; expected true or false [wrong-type]\n"},
        {"  text: !!str 1", "5:9: tag 'tag:yaml.org,2002:str': tags are not accepted, the schema "
                            "decides about types [tag]\n"},
        {"  <<: {text: a}", "5:3: merge key '<<': not accepted, write the keys out [merge-key]\n"},
        {"  text: *nowhere",
         "5:9: alias '*nowhere' has no anchor of that name in front of it [alias]\n"},
        {"  list: &l [a, *l]", "5:16: alias '*l' stands inside its own anchor [alias]\n"},
        {"  ? [a]\n  : b", "5:5: a list as a key; expected text [syntax]\n"},
        {"  text: \"a\\0b\"", "5:9: text with a NUL character in it [encoding]\n"},
        {"\ttext: a",
         "5:1: a tab where YAML takes spaces only; expected spaces for indentation [tab]\n"},
        {"  text: a\n \tflag: true",
         "6:2: a tab where YAML takes spaces only; expected spaces for indentation [tab]\n"},
        {"  text: 'a", "6:1: not YAML: found unexpected end of stream while scanning a quoted "
                       "scalar, at the end [syntax]\n"},
        {"  text: a: b",
         "5:10: not YAML: mapping values are not allowed in this context, at 'text: a: b' "
         "[syntax]\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        sk_auto(sk_freep) char *yaml = thing_with(cases[i].spec);
        load_text(&load, yaml);
        sk_auto(sk_freep) char *expected = sk_xasprintf("a.yaml:%s", cases[i].message);
        if (strcmp(load.text, expected) != 0)
            fail_msg("%s\nexpected %sgot      %s", cases[i].spec, expected, load.text);
    }
}

static void each_fault_of_the_envelope(void **state)
{
    (void)state;
    static const struct {
        const char *name, *yaml, *text;
        size_t documents;
    } cases[] = {
        {"unknown kind", "apiVersion: test/v1\nkind: Thin\nmetadata: {name: a}\nspec: {x: 1}\n",
         "a.yaml:2:7: kind: 'Thin'; expected one of Thing, Other; did you mean 'Thing'? "
         "[bad-value]\n",
         0},
        {"version", "apiVersion: v2\nkind: Thing\nmetadata: {name: a}\nspec: {}\n",
         "a.yaml:1:13: apiVersion: 'v2'; expected test/v1 [bad-value]\n", 1},
        {"several at once", "kind: Thing\nmetadata: {name: A, nam: b}\nspecs: {}\n",
         "a.yaml:1:1: the key 'apiVersion' is missing; expected test/v1 [missing-key]\n"
         "a.yaml:1:1: the key 'spec' is missing; expected a mapping [missing-key]\n"
         "a.yaml:2:18: metadata.name: 'A'; expected lower-case letters [bad-value]\n"
         "a.yaml:2:21: metadata: unknown key 'nam'; did you mean 'name'? [unknown-key]\n"
         "a.yaml:3:1: unknown key 'specs'; did you mean 'spec'? [unknown-key]\n",
         0},
        {"byte order mark and CRLF",
         "\xef\xbb\xbf"
         "apiVersion: test/v1\r\nkind: Thing\r\nmetadata: {name: a}\r\nspec: {}\r\n",
         "", 1},
        {"fault behind a byte order mark",
         "\xef\xbb\xbf"
         "apiVersion: v2\nkind: Thing\nmetadata: {name: a}\nspec: {}\n",
         "a.yaml:1:13: apiVersion: 'v2'; expected test/v1 [bad-value]\n", 1},
        {"list", "- a\n",
         "a.yaml:1:1: the document is a list; expected a mapping with apiVersion, "
         "kind, metadata and spec [not-a-mapping]\n",
         0},
        {"text", "hello\n",
         "a.yaml:1:1: the document is text; expected a mapping with apiVersion, kind, metadata and "
         "spec [not-a-mapping]\n",
         0},
        {"labels",
         "apiVersion: test/v1\nkind: Thing\nmetadata: {name: a, labels: {b: [c]}}\nspec: {}\n",
         "a.yaml:3:33: metadata.labels.b: a list; expected text [wrong-type]\n", 1},
        {"directive",
         "%TAG !x! tag:x,2000:\n---\napiVersion: test/v1\nkind: Thing\nmetadata: {name: a}\nspec: "
         "{}\n",
         "a.yaml:1:1: a %TAG directive: tags are not accepted [tag]\n", 1},
        {"empty", "",
         "no manifest among 1 files; expected *.yaml or *.yml with at least an "
         "Organization [empty]\n",
         0},
        {"only empty documents", "---\n---\n# nothing\n",
         "no manifest among 1 files; expected *.yaml or *.yml with at least an Organization "
         "[empty]\n",
         0},
        {"second document after a good one",
         "apiVersion: test/v1\nkind: Thing\nmetadata: {name: a}\nspec: {}\n---\nx: [\n",
         "a.yaml:7:1: not YAML: did not find expected node content while parsing a flow node, at "
         "the end [syntax]\n",
         1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        load_text(&load, cases[i].yaml);
        if (strcmp(load.text, cases[i].text) != 0)
            fail_msg("%s: expected\n%sgot\n%s", cases[i].name, cases[i].text, load.text);
        assert_int_equal(load.manifests->count, cases[i].documents);
    }
}

static void bytes_must_be_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name, *data, *text;
        size_t length;
    } cases[] = {
        {"latin 1", "a: b\nc: \xe4\n", "a.yaml:2:4: byte 0xe4; expected UTF-8 text [encoding]\n",
         10},
        {"UTF-16",
         "\xff\xfe"
         "a\0",
         "a.yaml:1:1: byte 0xff; expected UTF-8 text [encoding]\n", 4},
        {"NUL", "a: b\0", "a.yaml:1:5: byte 0x00; expected UTF-8 text [encoding]\n", 5},
        {"control character", "a: \xc3\xa4\x01\n",
         "a.yaml:1:5: character 0x01: control characters are not allowed [encoding]\n", 7},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        const struct sk_manifest_file file = {"a.yaml", cases[i].data, cases[i].length};
        load_files(&load, &file, 1);
        if (strcmp(load.text, cases[i].text) != 0)
            fail_msg("%s: %s", cases[i].name, load.text);
        assert_true(load.manifests->incomplete);
    }
}

static char *repeat(const char *text, size_t count)
{
    struct sk_buffer out = {0};
    for (size_t i = 0; i < count; i++)
        sk_buffer_adds(&out, text);
    return sk_buffer_take(&out);
}

static void bounds_are_errors(void **state)
{
    (void)state;
    sk_auto(sk_freep) char *long_text =
        repeat("# comment\n", SK_BOUND_MANIFEST_FILE_BYTES / 10 + 1);
    sk_auto(sk_freep) char *open = repeat("[", SK_BOUND_MANIFEST_DEPTH);
    sk_auto(sk_freep) char *close = repeat("]", SK_BOUND_MANIFEST_DEPTH);
    sk_auto(sk_freep) char *deepest = sk_xasprintf("%s%s\n", open, close);
    sk_auto(sk_freep) char *too_deep = sk_xasprintf("[%s%s]\n", open, close);
    sk_auto(sk_freep) char *very_deep = repeat("[", 1000000);
    sk_auto(sk_freep) char *aliases = repeat("*a,", SK_BOUND_MANIFEST_ALIASES + 1);
    sk_auto(sk_freep) char *many_aliases = sk_xasprintf("[&a x,%s]\n", aliases);
    sk_auto(sk_freep) char *anchors = repeat("&a x,", SK_BOUND_MANIFEST_ALIASES + 1);
    sk_auto(sk_freep) char *many_anchors = sk_xasprintf("[%s]\n", anchors);
    sk_auto(sk_freep) char *flat = repeat("a,", SK_BOUND_MANIFEST_NODES);
    sk_auto(sk_freep) char *many_nodes = sk_xasprintf("[%s]\n", flat);
    const struct {
        const char *name, *yaml, *text;
    } cases[] = {
        {"deepest", deepest, "a.yaml:1:1: the document is a list"},
        {"too deep", too_deep, "a.yaml:1:65: nested more than 64 deep [too-deep]"},
        {"very deep", very_deep, "a.yaml:1:65: nested more than 64 deep [too-deep]"},
        {"too long", long_text, "a.yaml:1:1: the file is 1048580 bytes long; expected at most"},
        {"many aliases", many_aliases, "a.yaml:1:103: alias '*a': more than 32 aliases in one"},
        {"many anchors", many_anchors, "a.yaml:1:162: more than 32 anchors in one document"},
        {"many nodes", many_nodes, "a.yaml:1:400000: the file holds more than 200000 values"},
        {"billion laughs",
         "a: &a [l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l,l]\nb: &b "
         "[*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\n"
         "d: &d [*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e]\n",
         "a.yaml:6:14: the file holds more than 200000 values once its aliases are written out"},
        {"deep by aliases",
         "a: &a [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\n"
         "b: &b [[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]\n"
         "c: [[[[[[[[[[[[[[[[[[[[[[[*b]]]]]]]]]]]]]]]]]]]]]]]\n",
         "a.yaml:3:27: nested more than 64 deep [too-deep]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        load_text(&load, cases[i].yaml);
        if (!sk_text_starts_with(load.text, cases[i].text))
            fail_msg("%s: %s", cases[i].name, load.text);
        assert_int_equal(load.diagnostics.count, 1);
    }
}

#define ONE   "apiVersion: test/v1\nkind: Thing\nmetadata: {name: one}\nspec: {text: a}\n"
#define TWO   "apiVersion: test/v1\nkind: Thing\nmetadata: {name: two}\nspec: {text: b}\n"
#define OTHER "apiVersion: test/v1\nkind: Other\nmetadata: {name: one}\nspec: {text: c}\n"

static char *all_specs(const struct sk_manifests *manifests)
{
    struct sk_buffer out = {0};
    for (size_t i = 0; i < manifests->count; i++) {
        sk_auto(sk_freep) char *spec = sk_json_canonical(manifests->items[i].spec);
        sk_buffer_addf(&out, "%s/%s %s\n", manifests->items[i].kind->name, manifests->items[i].name,
                       spec);
    }
    return sk_buffer_take(&out);
}

static void layout_of_files_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct sk_manifest_file files[4];
        size_t count;
    } cases[] = {
        {"three files",
         {{"a.yaml", ONE, sizeof(ONE) - 1},
          {"b.yml", TWO, sizeof(TWO) - 1},
          {"c/d.yaml", OTHER, sizeof(OTHER) - 1}},
         3},
        {"other order and names",
         {{"z/y.yaml", OTHER, sizeof(OTHER) - 1},
          {"x.yaml", TWO, sizeof(TWO) - 1},
          {"w.yaml", ONE, sizeof(ONE) - 1}},
         3},
        {"one file",
         {{"a.yaml", OTHER "---\n" TWO "---\n" ONE "---\n",
           sizeof(OTHER "---\n" TWO "---\n" ONE "---\n") - 1}},
         1},
        {"files that are none",
         {{"a.yaml", ONE "---\n" TWO, sizeof(ONE "---\n" TWO) - 1},
          {"b.yaml", OTHER, sizeof(OTHER) - 1},
          {".github/workflows/ci.yaml", "x", 1},
          {"policies/a.json", "{}", 2}},
         4},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(load_done) struct load load = {0};
        load_files(&load, cases[i].files, cases[i].count);
        assert_string_equal(load.text, "");
        sk_auto(sk_freep) char *specs = all_specs(load.manifests);
        assert_string_equal(specs, "Other/one {\"text\":\"c\"}\nThing/one {\"text\":\"a\"}\n"
                                   "Thing/two {\"text\":\"b\"}\n");
    }
}

static void positions_follow_pointers(void **state)
{
    (void)state;
    sk_auto(load_done) struct load load = {0};
    load_text(&load, "# comment\napiVersion: test/v1\nkind: Thing\nmetadata:\n  name: one\nspec:\n"
                     "  list:\n    - ä\n    - b\n  tags: {a: b, c: d}\n  parts: [x, {id: y}]\n");
    assert_string_equal(load.text, "");
    const struct sk_manifest *manifest = sk_manifests_find(load.manifests, "Thing", "one");
    assert_non_null(manifest);
    assert_null(sk_manifests_find(load.manifests, "Thing", "two"));
    assert_null(sk_manifests_find(load.manifests, "Other", "one"));
    static const struct {
        const char *pointer;
        bool of_key;
        unsigned line, column;
    } cases[] = {
        {"", false, 2, 1},
        {"/metadata/name", false, 5, 9},
        {"/metadata/name", true, 5, 3},
        {"/spec/list/0", false, 8, 7},
        {"/spec/list/1", false, 9, 7},
        {"/spec/list/2", false, 8, 5},
        {"/spec/list/x", false, 8, 5},
        {"/spec/tags/c", false, 10, 19},
        {"/spec/tags/c", true, 10, 16},
        {"/spec/parts/1/id", false, 11, 19},
        {"/spec/nowhere/at/all", false, 7, 3},
        {"/spec/tags/a~1b", false, 10, 9},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_position position =
            sk_manifest_position(manifest, cases[i].pointer, cases[i].of_key);
        if (position.line != cases[i].line || position.column != cases[i].column)
            fail_msg("%s: %u:%u", cases[i].pointer, position.line, position.column);
    }
    sk_manifest_fault(manifest, "/spec/list/1", &load.diagnostics, SK_DIAGNOSTIC_CONFLICT, "%s",
                      "no");
    sk_manifest_warn(manifest, "/spec", &load.diagnostics, SK_DIAGNOSTIC_ENDED, "%s", "well");
    assert_int_equal(load.diagnostics.errors, 1);
    sk_diagnostics_sort(&load.diagnostics);
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(&load.diagnostics, &text);
    assert_string_equal(sk_buffer_text(&text),
                        "a.yaml:7:3: warning: well [ended]\na.yaml:9:7: no [conflict]\n");
    sk_buffer_done(&text);
}

static void faulty_documents_stay_findable(void **state)
{
    (void)state;
    sk_auto(load_done) struct load load = {0};
    load_text(&load, "apiVersion: test/v1\nkind: Thing\nmetadata: {name: one}\n"
                     "spec: {number: x, text: a}\n---\n" TWO);
    assert_int_equal(load.diagnostics.errors, 1);
    const struct sk_manifest *one = sk_manifests_find(load.manifests, "Thing", "one");
    assert_non_null(one);
    assert_true(one->broken);
    assert_string_equal(sk_json_text(one->spec, "text"), "a");
    assert_false(sk_manifests_find(load.manifests, "Thing", "two")->broken);
    assert_false(load.manifests->incomplete);
}

static void diagnostics_as_values(void **state)
{
    (void)state;
    struct sk_diagnostics diagnostics = {0};
    const struct sk_position at = {3, 4};
    sk_diagnostics_add(&diagnostics, "b\n.yaml", at, SK_DIAGNOSTIC_TAG, "second\xff %d", 1);
    sk_diagnostics_add(&diagnostics, "a.yaml", at, SK_DIAGNOSTIC_SYNTAX, "first");
    sk_diagnostics_add(&diagnostics, "a.yaml", at, SK_DIAGNOSTIC_SYNTAX, "first");
    assert_int_equal(diagnostics.errors, 3);
    sk_diagnostics_sort(&diagnostics);
    assert_int_equal(diagnostics.errors, 2);
    json_auto_t *json = sk_diagnostics_to_json(&diagnostics);
    sk_auto(sk_freep) char *text = sk_json_canonical(json);
    assert_string_equal(
        text, "[{\"code\":\"syntax\",\"column\":4,\"line\":3,\"message\":\"first\",\"path\":"
              "\"a.yaml\",\"severity\":\"error\"},{\"code\":\"tag\",\"column\":4,\"line\":3,"
              "\"message\":\"second? 1\",\"path\":\"b?.yaml\",\"severity\":\"error\"}]");
    for (size_t i = 0; i < SK_DIAGNOSTICS_KEPT; i++)
        sk_diagnostics_add(&diagnostics, NULL, at, SK_DIAGNOSTIC_EMPTY, "%zu", i);
    assert_int_equal(diagnostics.count, SK_DIAGNOSTICS_KEPT);
    assert_int_equal(diagnostics.suppressed, 2);
    assert_int_equal(diagnostics.errors, SK_DIAGNOSTICS_KEPT + 2);
    struct sk_buffer out = {0};
    sk_diagnostics_to_text(&diagnostics, &out);
    assert_true(sk_text_ends_with(sk_buffer_text(&out), "and 2 more\n"));
    sk_buffer_done(&out);
    sk_diagnostics_done(&diagnostics);
}

static void quotes_are_short_and_whole(void **state)
{
    (void)state;
    sk_auto(sk_freep) char *plain = sk_diagnostic_quote("a\nb", 3);
    assert_string_equal(plain, "'a\\x0ab'");
    sk_auto(sk_freep) char *umlauts = repeat("ä", 40);
    sk_auto(sk_freep) char *cut = sk_diagnostic_quote(umlauts, strlen(umlauts));
    size_t bad;
    assert_true(sk_text_is_utf8(cut, strlen(cut), &bad));
    assert_true(sk_text_ends_with(cut, "ä…'"));
    assert_int_equal(strlen(cut), 60 + 2 + strlen("…"));
}

static void one_plain_mapping(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *json, *text;
    } cases[] = {
        {"text: a\nflag: true\n", "{\"flag\":true,\"text\":\"a\"}", ""},
        {"", "{}", ""},
        {"txt: a\n", "{}", "s.yaml:1:1: unknown key 'txt'; did you mean 'text'? [unknown-key]\n"},
        {"- a\n", NULL, "s.yaml:1:1: a list; expected a mapping [wrong-type]\n"},
        {"text: a\n---\ntext: b\n", "{\"text\":\"a\"}",
         "s.yaml:3:1: a second document; expected one [syntax]\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_diagnostics diagnostics = {0};
        const struct sk_manifest_file file = {"s.yaml", cases[i].yaml, strlen(cases[i].yaml)};
        json_t *value = NULL;
        int result = sk_manifest_load_object(&file, &thing_spec, &value, &diagnostics);
        assert_int_equal(result < 0, *cases[i].text != '\0');
        struct sk_buffer text = {0};
        sk_diagnostics_to_text(&diagnostics, &text);
        assert_string_equal(sk_buffer_text(&text), cases[i].text);
        sk_auto(sk_freep) char *json = value ? sk_json_canonical(value) : NULL;
        assert_true(sk_text_equal(json, cases[i].json));
        json_decref(value);
        sk_buffer_done(&text);
        sk_diagnostics_done(&diagnostics);
    }
}

static void reference_names_every_field(void **state)
{
    (void)state;
    struct sk_buffer page = {0};
    sk_schema_reference(&schema, &page);
    for (const struct sk_schema_field *row = thing_rows; row->name; row++) {
        sk_auto(sk_freep) char *cell = sk_xasprintf("\n| `%s` | ", row->name);
        if (!strstr(sk_buffer_text(&page), cell))
            fail_msg("no row of %s", row->name);
    }
    assert_non_null(strstr(sk_buffer_text(&page), "| `parts[].weight` | a whole number |"));
    assert_non_null(strstr(sk_buffer_text(&page), "| `inner.id` | text | **Required.**"));
    assert_non_null(strstr(sk_buffer_text(&page), "| one of `red`, `green`, `blue` |"));
    sk_buffer_done(&page);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_types_scalars),
        cmocka_unit_test(each_fault_names_place_text_and_expectation),
        cmocka_unit_test(each_fault_of_the_envelope),
        cmocka_unit_test(bytes_must_be_utf8),
        cmocka_unit_test(bounds_are_errors),
        cmocka_unit_test(layout_of_files_does_not_matter),
        cmocka_unit_test(positions_follow_pointers),
        cmocka_unit_test(faulty_documents_stay_findable),
        cmocka_unit_test(diagnostics_as_values),
        cmocka_unit_test(quotes_are_short_and_whole),
        cmocka_unit_test(one_plain_mapping),
        cmocka_unit_test(reference_names_every_field),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
