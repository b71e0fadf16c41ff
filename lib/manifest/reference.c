/* The reference page of the manifests, from the schema tables. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "manifest/schema.h"

/* Mappings that several fields share, in the order in which they were met. */
struct shapes {
    const struct sk_schema_field **items;
    size_t count, capacity;
};

static void add_shape(struct shapes *shapes, const struct sk_schema_field *field)
{
    for (size_t i = 0; i < shapes->count; i++) {
        if (strcmp(shapes->items[i]->shape, field->shape) == 0)
            return;
    }
    if (shapes->count == shapes->capacity) {
        shapes->capacity = shapes->capacity ? 2 * shapes->capacity : 8;
        shapes->items =
            sk_xrealloc(shapes->items, shapes->capacity, sizeof(struct sk_schema_field *));
    }
    shapes->items[shapes->count++] = field;
}

static void write_row(const struct sk_schema_field *field, const char *place, struct sk_buffer *out)
{
    sk_buffer_addf(out, "| `%s` | ", place);
    sk_schema_describe(field, true, out);
    sk_buffer_adds(out, " | ");
    if (field->flags & SK_SCHEMA_REQUIRED)
        sk_buffer_adds(out, "**Required.** ");
    sk_buffer_adds(out, field->doc ? field->doc : "");
    if (field->fallback)
        sk_buffer_addf(out, " Without it: %s.", field->fallback);
    if (field->example)
        sk_buffer_addf(out, " Example: `%s`.", field->example);
    sk_buffer_adds(out, " |\n");
}

static void write_fields(const struct sk_schema_field *fields, const char *place,
                         struct shapes *shapes, struct sk_buffer *out);

/* The rows below one field: of the mapping it is, or of those it holds. */
static void write_below(const struct sk_schema_field *field, const char *place,
                        struct shapes *shapes, struct sk_buffer *out)
{
    if (field->type == SK_SCHEMA_OBJECT) {
        if (field->shape)
            add_shape(shapes, field);
        else
            write_fields(field->fields, place, shapes, out);
    } else if (field->type == SK_SCHEMA_UNION) {
        for (const struct sk_schema_field *row = field->fields; row->name; row++)
            write_below(row, place, shapes, out);
    } else if (field->type == SK_SCHEMA_LIST || field->type == SK_SCHEMA_MAP) {
        sk_auto(sk_freep) char *inner =
            sk_xasprintf("%s%s", place, field->type == SK_SCHEMA_LIST ? "[]" : ".*");
        write_below(field->item, inner, shapes, out);
    }
}

static void write_fields(const struct sk_schema_field *fields, const char *place,
                         struct shapes *shapes, struct sk_buffer *out)
{
    for (; fields->name; fields++) {
        sk_auto(sk_freep) char *inner =
            sk_xasprintf("%s%s%s", place, *place ? "." : "", fields->name);
        write_row(fields, inner, out);
        write_below(fields, inner, shapes, out);
    }
}

static const char table_head[] = "| Field | Value | Meaning |\n| --- | --- | --- |\n";

static void write_kind(const struct sk_schema_kind *kind, struct shapes *shapes,
                       struct sk_buffer *out)
{
    sk_buffer_addf(out, "\n## %s\n\n%s\n\n```yaml\n%s```\n\n`metadata.name`: ", kind->name,
                   kind->doc, kind->example);
    sk_schema_describe(kind->name_row, true, out);
    sk_buffer_addf(out, ". %s\n\nFields of `spec`:\n\n%s", kind->name_row->doc, table_head);
    write_fields(kind->spec->fields, "", shapes, out);
}

static void write_rules(const struct sk_schema *schema, struct sk_buffer *out)
{
    sk_buffer_addf(
        out,
        "# Manifests\n\n"
        "Generated from the schema tables in `controller/blueprint/`; do not edit.\n\n"
        "The desired state is a folder of YAML files (`*.yaml`, `*.yml`), each with one or "
        "several\n"
        "documents. How documents are spread over files and folders does not matter. Files and\n"
        "folders whose name starts with a dot are not read. A document is\n\n"
        "```yaml\napiVersion: %s\nkind: Team        # one of the kinds below\n"
        "metadata:\n  name: fraud      # unique among the documents of its kind, without regard to "
        "case\n  description: What it is for.   # optional\n  labels: {any: text}             # "
        "optional, for people\nspec: {}\n```\n\n",
        schema->api_version);
    sk_buffer_addf(
        out,
        "- The schema decides about types, not YAML: in a text field `012345678901`, `no` and "
        "`1e3`\n"
        "  are text as written; numbers are plain decimal; booleans are `true` and `false` only.\n"
        "- A field that is absent is neither compared nor sent. `null`, where it is accepted, "
        "means\n"
        "  \"clear it\".\n"
        "- Unknown and duplicate keys, tags (`!…`), merge keys (`<<`) and tabs are errors; so are\n"
        "  files over %zu bytes, nesting over %d, and more than %d anchors or aliases in a file.\n"
        "- All errors of a run are reported, each as `file:line:column: message [code]`.\n",
        SK_BOUND_MANIFEST_FILE_BYTES, SK_BOUND_MANIFEST_DEPTH, SK_BOUND_MANIFEST_ALIASES);
}

static void write_codes(struct sk_buffer *out)
{
    sk_buffer_adds(out, "\n## Error codes\n\n| Code | Meaning |\n| --- | --- |\n");
    for (int code = 0; code < SK_DIAGNOSTIC_CODE_COUNT; code++)
        sk_buffer_addf(out, "| `%s` | %s |\n",
                       sk_diagnostic_code_name((enum sk_diagnostic_code)code),
                       sk_diagnostic_code_meaning((enum sk_diagnostic_code)code));
}

void sk_schema_reference(const struct sk_schema *schema, struct sk_buffer *out)
{
    struct shapes shapes = {0};
    write_rules(schema, out);
    for (size_t i = 0; i < schema->count; i++)
        write_kind(&schema->kinds[i], &shapes, out);
    sk_buffer_adds(out, "\n## Settings shared by several fields\n\n"
                        "These are members of the AWS API, spelt as there.\n");
    /* Shapes may hold further shapes: the list grows while it is written. */
    for (size_t i = 0; i < shapes.count; i++) {
        sk_buffer_addf(out, "\n<a id=\"%s\"></a>\n\n### %s\n\n%s", shapes.items[i]->shape,
                       shapes.items[i]->shape, table_head);
        write_fields(shapes.items[i]->fields, "", &shapes, out);
    }
    write_codes(out);
    free(shapes.items);
}
