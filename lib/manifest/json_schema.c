/* JSON Schema (draft 2020-12) from the schema tables, for editors and other tools.
 *
 * Where the two disagree about types, the loader is followed: editors read plain `4711` as a number
 * and `true` as a boolean, the loader as text where the table says text. So a text field's schema
 * has the type string and those types of which some word would be accepted. Patterns are POSIX in
 * the tables and ECMA-262 here. */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "manifest/check_int.h"
#include "manifest/manifest.h"

struct writer {
    struct sk_patterns *patterns;
    json_t *definitions; /* {NAME: schema}: shapes, and kinds when there are several */
};

static json_t *value_schema(struct writer *writer, const struct sk_schema_field *field);

/* "[:space:]" and its like; of the POSIX classes those that ECMA-262 can say in ASCII. */
static const struct {
    const char *posix, *ecma;
} classes[] = {
    {"[:alnum:]", "A-Za-z0-9"},  {"[:alpha:]", "A-Za-z"},    {"[:digit:]", "0-9"},
    {"[:lower:]", "a-z"},        {"[:space:]", " \\t-\\r"},  {"[:upper:]", "A-Z"},
    {"[:xdigit:]", "A-Fa-f0-9"}, {"[:cntrl:]", "\\0-\\x1f"},
};

/* Writes a bracket expression; returns what stands behind it. A backslash is an ordinary character
 * in POSIX brackets, and so is ']' in first place. */
static const char *write_bracket(const char *at, struct sk_buffer *out)
{
    sk_buffer_addc(out, *at++);
    if (*at == '^')
        sk_buffer_addc(out, *at++);
    for (bool first = true; *at && (first || *at != ']'); first = false) {
        size_t i = 0;
        while (i < sizeof(classes) / sizeof(*classes) &&
               strncmp(at, classes[i].posix, strlen(classes[i].posix)) != 0)
            i++;
        if (i < sizeof(classes) / sizeof(*classes)) {
            sk_buffer_adds(out, classes[i].ecma);
            at += strlen(classes[i].posix);
            continue;
        }
        if (*at == '[' || *at == ']' || *at == '\\')
            sk_buffer_addc(out, '\\');
        sk_buffer_addc(out, *at++);
    }
    sk_buffer_addc(out, ']');
    return *at ? at + 1 : at;
}

static json_t *ecma_pattern(const char *posix)
{
    sk_auto(sk_buffer_done) struct sk_buffer out = {0};
    for (const char *at = posix; *at;) {
        if (*at == '[') {
            at = write_bracket(at, &out);
            continue;
        }
        if (*at == '\\' && at[1])
            sk_buffer_addc(&out, *at++);
        sk_buffer_addc(&out, *at++);
    }
    return json_string(sk_buffer_text(&out));
}

static bool takes(struct writer *writer, const struct sk_schema_field *field, const char *text)
{
    const struct sk_node node = {
        .type = SK_NODE_SCALAR, .plain = true, .text = text, .length = strlen(text)};
    struct sk_diagnostics diagnostics = {0};
    json_decref(sk_schema_check(&node, field, "", "", writer->patterns, &diagnostics));
    bool fits = diagnostics.errors == 0;
    sk_diagnostics_done(&diagnostics);
    return fits;
}

static bool takes_number(struct writer *writer, const struct sk_schema_field *field)
{
    static const char *const samples[] = {"1", "1.5", "-1", "1111", "111111111111"};
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        if (takes(writer, field, samples[i]))
            return true;
    }
    return false;
}

/* Bounds under the names that they have for the type. */
static void add_bounds(json_t *schema, const struct sk_schema_field *field, const char *least,
                       const char *most)
{
    if (field->min != 0 || (field->type == SK_SCHEMA_INTEGER && field->max != 0))
        json_object_set_new(schema, least, json_integer(field->min));
    if (field->max != 0)
        json_object_set_new(schema, most, json_integer(field->max));
}

static json_t *text_schema(struct writer *writer, const struct sk_schema_field *field)
{
    if (field->values) {
        json_t *words = json_array();
        for (size_t i = 0; field->values[i]; i++)
            json_array_append_new(words, json_string(field->values[i]));
        return json_pack("{s:o}", "enum", words);
    }
    json_t *types = json_pack("[s]", "string");
    if (takes_number(writer, field))
        json_array_append_new(types, json_string("number"));
    if (takes(writer, field, "true") || takes(writer, field, "false"))
        json_array_append_new(types, json_string("boolean"));
    json_t *schema = json_pack("{s:o}", "type", types);
    if (json_array_size(types) == 1)
        json_object_set(schema, "type", json_array_get(types, 0));
    add_bounds(schema, field, "minLength", "maxLength");
    if (field->pattern)
        json_object_set_new(schema, "pattern", ecma_pattern(field->pattern));
    return schema;
}

static json_t *integer_schema(struct writer *writer, const struct sk_schema_field *field)
{
    (void)writer;
    json_t *schema = json_pack("{s:s}", "type", "integer");
    add_bounds(schema, field, "minimum", "maximum");
    return schema;
}

static json_t *boolean_schema(struct writer *writer, const struct sk_schema_field *field)
{
    (void)writer;
    (void)field;
    return json_pack("{s:s}", "type", "boolean");
}

static json_t *fields_schema(struct writer *writer, const struct sk_schema_field *fields)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (; fields->name; fields++) {
        json_object_set_new(properties, fields->name, value_schema(writer, fields));
        if (fields->flags & SK_SCHEMA_REQUIRED)
            json_array_append_new(required, json_string(fields->name));
    }
    json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *object_schema(struct writer *writer, const struct sk_schema_field *field)
{
    if (!field->shape)
        return fields_schema(writer, field->fields);
    if (!json_object_get(writer->definitions, field->shape)) {
        /* Holds the place while its own members are written. */
        json_object_set_new(writer->definitions, field->shape, json_object());
        json_object_set_new(writer->definitions, field->shape,
                            fields_schema(writer, field->fields));
    }
    sk_auto(sk_freep) char *pointer = sk_xasprintf("#/$defs/%s", field->shape);
    return json_pack("{s:s}", "$ref", pointer);
}

static json_t *list_schema(struct writer *writer, const struct sk_schema_field *field)
{
    json_t *schema =
        json_pack("{s:s, s:o}", "type", "array", "items", value_schema(writer, field->item));
    add_bounds(schema, field, "minItems", "maxItems");
    if (field->flags & SK_SCHEMA_UNIQUE)
        json_object_set_new(schema, "uniqueItems", json_true());
    return schema;
}

static json_t *map_schema(struct writer *writer, const struct sk_schema_field *field)
{
    json_t *schema = json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                               value_schema(writer, field->item));
    add_bounds(schema, field, "minProperties", "maxProperties");
    if (field->key)
        json_object_set_new(schema, "propertyNames", value_schema(writer, field->key));
    return schema;
}

static json_t *union_schema(struct writer *writer, const struct sk_schema_field *field)
{
    json_t *alternatives = json_array();
    for (const struct sk_schema_field *row = field->fields; row->name; row++)
        json_array_append_new(alternatives, value_schema(writer, row));
    return json_pack("{s:o}", "anyOf", alternatives);
}

/* Adds null to what a schema accepts. */
static json_t *nullable(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");
    json_t *words = json_object_get(schema, "enum");
    json_t *alternatives = json_object_get(schema, "anyOf");
    if (json_is_string(type))
        json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
    else if (type)
        json_array_append_new(type, json_string("null"));
    else if (words)
        json_array_append_new(words, json_null());
    else if (alternatives)
        json_array_append_new(alternatives, json_pack("{s:s}", "type", "null"));
    else
        return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    return schema;
}

/* The value that YAML on one line means for a row; NULL when the row does not take it. New. */
static json_t *value_of(const struct sk_schema_field *field, const char *yaml)
{
    struct sk_schema_field rows[] = {*field, {0}};
    rows[0].name = "value";
    const struct sk_schema_field wrapper = {.type = SK_SCHEMA_OBJECT, .fields = rows};
    sk_auto(sk_freep) char *text = sk_xasprintf("value: %s\n", yaml);
    const struct sk_manifest_file file = {"example.yaml", text, strlen(text)};
    struct sk_diagnostics diagnostics = {0};
    json_auto_t *object = NULL;
    int code = sk_manifest_load_object(&file, &wrapper, &object, &diagnostics);
    sk_diagnostics_done(&diagnostics);
    return code == 0 ? json_incref(json_object_get(object, "value")) : NULL;
}

/* A default is in words; "`word`" is a value when the row takes it. Not those with a placeholder.
 */
static json_t *default_of(const struct sk_schema_field *field)
{
    size_t length = field->fallback ? strlen(field->fallback) : 0;
    bool fixed = field->values || field->type == SK_SCHEMA_BOOLEAN ||
                 field->type == SK_SCHEMA_INTEGER || field->type == SK_SCHEMA_LIST;
    if (!fixed || length < 3 || field->fallback[0] != '`' ||
        strchr(field->fallback + 1, '`') != field->fallback + length - 1)
        return NULL;
    sk_auto(sk_freep) char *word = sk_xstrndup(field->fallback + 1, length - 2);
    return value_of(field, word);
}

static void annotate(json_t *schema, const struct sk_schema_field *field)
{
    if (!field->doc)
        return;
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_buffer_adds(&text, field->doc);
    if (field->type == SK_SCHEMA_TEXT && field->expects) {
        sk_buffer_adds(&text, " Expected: ");
        sk_schema_describe(field, true, &text);
        sk_buffer_addc(&text, '.');
    }
    if (field->fallback)
        sk_buffer_addf(&text, " Without it: %s.", field->fallback);
    json_object_set_new(schema, "description", json_string(sk_buffer_text(&text)));
    json_t *initial = default_of(field);
    if (initial)
        json_object_set_new(schema, "default", initial);
    json_t *example = field->example ? value_of(field, field->example) : NULL;
    if (example)
        json_object_set_new(schema, "examples", json_pack("[o]", example));
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *value_schema(struct writer *writer, const struct sk_schema_field *field)
{
    static json_t *(*const functions[])(struct writer *, const struct sk_schema_field *) = {
        [SK_SCHEMA_TEXT] = text_schema,       [SK_SCHEMA_INTEGER] = integer_schema,
        [SK_SCHEMA_BOOLEAN] = boolean_schema, [SK_SCHEMA_OBJECT] = object_schema,
        [SK_SCHEMA_LIST] = list_schema,       [SK_SCHEMA_MAP] = map_schema,
        [SK_SCHEMA_UNION] = union_schema,
    };
    json_t *schema = functions[field->type](writer, field);
    if (field->flags & SK_SCHEMA_NULLABLE)
        schema = nullable(schema);
    annotate(schema, field);
    return schema;
}

static json_t *document_schema(struct writer *writer, const struct sk_schema *schema,
                               const struct sk_schema_kind *kind)
{
    static const struct sk_schema_field text_row = {.name = "text", .type = SK_SCHEMA_TEXT};
    struct sk_schema_field name_row = *kind->name_row;
    name_row.name = "name";
    name_row.flags |= SK_SCHEMA_REQUIRED;
    const struct sk_schema_field metadata[] = {
        name_row,
        {.name = "description", .type = SK_SCHEMA_TEXT, .doc = "What it is for."},
        {.name = "labels", .type = SK_SCHEMA_MAP, .item = &text_row, .doc = "For people."},
        {0},
    };
    return json_pack("{s:s, s:s, s:[s, s, s, s], s:b, s:{s:{s:s}, s:{s:s}, s:o, s:o}}",
                     "description", kind->doc, "type", "object", "required", "apiVersion", "kind",
                     "metadata", "spec", "additionalProperties", 0, "properties", "apiVersion",
                     "const", schema->api_version, "kind", "const", kind->name, "metadata",
                     fields_schema(writer, metadata), "spec",
                     fields_schema(writer, kind->spec->fields));
}

/* Told apart by `kind`, so that an editor speaks of the kind that is meant. */
static json_t *any_kind_schema(struct writer *writer, const struct sk_schema *schema)
{
    json_t *names = json_array();
    json_t *alternatives = json_array();
    for (size_t i = 0; i < schema->count; i++) {
        const struct sk_schema_kind *kind = &schema->kinds[i];
        json_object_set_new(writer->definitions, kind->name, document_schema(writer, schema, kind));
        sk_auto(sk_freep) char *pointer = sk_xasprintf("#/$defs/%s", kind->name);
        json_array_append_new(names, json_string(kind->name));
        json_array_append_new(alternatives, json_pack("{s:s}", "$ref", pointer));
    }
    return json_pack("{s:s, s:[s, s], s:{s:{s:o}}, s:o}", "type", "object", "required",
                     "apiVersion", "kind", "properties", "kind", "enum", names, "oneOf",
                     alternatives);
}

json_t *sk_schema_to_json_schema(const struct sk_schema *schema, const struct sk_schema_kind *kind)
{
    struct writer writer = {.patterns = sk_patterns_new(), .definitions = json_object()};
    json_t *result =
        kind ? document_schema(&writer, schema, kind) : any_kind_schema(&writer, schema);
    json_object_set_new(result, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(result, "title",
                        json_sprintf("%s %s", schema->api_version, kind ? kind->name : "manifest"));
    json_object_set_new(result, "$defs", writer.definitions);
    sk_patterns_free(writer.patterns);
    return result;
}
