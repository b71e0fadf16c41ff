/* Questions about schema tables, see schema.h. */
#include "manifest/schema.h"

#include <string.h>

const struct sk_schema_field *sk_schema_find(const struct sk_schema_field *fields, const char *name)
{
    for (; fields->name; fields++) {
        if (strcmp(fields->name, name) == 0)
            return fields;
    }
    return NULL;
}

const struct sk_schema_kind *sk_schema_kind(const struct sk_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (strcmp(schema->kinds[i].name, name) == 0)
            return &schema->kinds[i];
    }
    return NULL;
}

/* " from 1 to 5", " of at most 5 characters" … */
static void describe_bounds(const struct sk_schema_field *field, const char *before,
                            const char *after, struct sk_buffer *out)
{
    if (field->min == 0 && field->max == 0)
        return;
    if (field->max == 0)
        sk_buffer_addf(out, "%sat least %lld%s", before, field->min, after);
    else if (field->min == 0 && field->type != SK_SCHEMA_INTEGER)
        sk_buffer_addf(out, "%sat most %lld%s", before, field->max, after);
    else
        sk_buffer_addf(out, "%s%lld to %lld%s", before, field->min, field->max, after);
}

static void describe_text(const struct sk_schema_field *field, bool markdown, struct sk_buffer *out)
{
    const char *quote = markdown ? "`" : "";
    if (field->values) {
        sk_buffer_adds(out, field->values[1] ? "one of " : "");
        for (size_t i = 0; field->values[i]; i++)
            sk_buffer_addf(out, "%s%s%s%s", i ? ", " : "", quote, field->values[i], quote);
        return;
    }
    sk_buffer_adds(out, field->expects ? field->expects : "text");
    describe_bounds(field, field->expects ? ", " : " of ", " characters", out);
}

static void describe_union(const struct sk_schema_field *field, bool markdown,
                           struct sk_buffer *out)
{
    for (const struct sk_schema_field *row = field->fields; row->name; row++) {
        if (row != field->fields)
            sk_buffer_adds(out, ", or ");
        sk_schema_describe(row, markdown, out);
    }
}

static void describe_object(const struct sk_schema_field *field, bool markdown,
                            struct sk_buffer *out)
{
    if (markdown && field->shape)
        sk_buffer_addf(out, "[%s](#%s)", field->shape, field->shape);
    else
        sk_buffer_adds(out, "a mapping");
}

static void describe_collection(const struct sk_schema_field *field, bool markdown,
                                struct sk_buffer *out)
{
    sk_buffer_adds(out, field->type == SK_SCHEMA_LIST ? "a list" : "a mapping of names");
    describe_bounds(field, " of ", field->max == 1 ? " entry" : " entries", out);
    sk_buffer_adds(out, field->type == SK_SCHEMA_LIST ? ", each " : " to ");
    sk_schema_describe(field->item, markdown, out);
}

void sk_schema_describe(const struct sk_schema_field *field, bool markdown, struct sk_buffer *out)
{
    switch (field->type) {
    case SK_SCHEMA_TEXT:
        describe_text(field, markdown, out);
        break;
    case SK_SCHEMA_INTEGER:
        sk_buffer_adds(out, "a whole number");
        describe_bounds(field, " from ", "", out);
        break;
    case SK_SCHEMA_BOOLEAN:
        sk_buffer_adds(out, markdown ? "`true` or `false`" : "true or false");
        break;
    case SK_SCHEMA_OBJECT:
        describe_object(field, markdown, out);
        break;
    case SK_SCHEMA_LIST:
    case SK_SCHEMA_MAP:
        describe_collection(field, markdown, out);
        break;
    case SK_SCHEMA_UNION:
        describe_union(field, markdown, out);
        break;
    }
    if (field->flags & SK_SCHEMA_NULLABLE)
        sk_buffer_adds(out, markdown ? ", or `null`" : ", or null");
}
