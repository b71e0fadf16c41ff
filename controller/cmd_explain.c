/* sagekeeper explain [KIND[.field…]]: the schema tables in words. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "blueprint/schema.h"
#include "controller/command.h"
#include "controller/output.h"

#define INDENT 2
#define COLUMN 14

static void print_fact(const char *name, const char *text)
{
    printf("%*s%-*s", INDENT, "", COLUMN - INDENT, name);
    sk_output_wrapped(stdout, text, COLUMN, COLUMN);
}

static void print_doc(const char *doc)
{
    printf("%*s", INDENT, "");
    sk_output_wrapped(stdout, doc, INDENT, INDENT);
}

/* What a row accepts, with the words that are allowed. */
static void describe(const struct sk_schema_field *field, struct sk_buffer *out)
{
    sk_buffer_clear(out);
    sk_schema_describe(field, false, out);
}

static void print_row(const struct sk_schema_field *row, size_t width)
{
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_buffer_addf(&text, "%s%s", row->flags & SK_SCHEMA_REQUIRED ? "(required) " : "",
                   row->doc ? row->doc : "");
    if (!row->doc)
        describe(row, &text);
    printf("%*s%-*s", 2 * INDENT, "", (int)width + 2, row->name);
    size_t column = (size_t)2 * INDENT + width + 2;
    sk_output_wrapped(stdout, sk_buffer_text(&text), column, column);
}

static void print_rows(const struct sk_schema_field *rows, const char *title)
{
    size_t width = 0;
    for (const struct sk_schema_field *row = rows; row->name; row++) {
        if (strlen(row->name) > width)
            width = strlen(row->name);
    }
    printf("\n%*s%s\n", INDENT, "", title);
    for (const struct sk_schema_field *row = rows; row->name; row++)
        print_row(row, width);
}

static void print_kinds(const struct sk_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        printf("%s%s\n", i ? "\n" : "", schema->kinds[i].name);
        print_doc(schema->kinds[i].doc);
    }
}

static void print_kind(const struct sk_schema *schema, const struct sk_schema_kind *kind)
{
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    printf("%s\n", kind->name);
    print_doc(kind->doc);
    puts("");
    print_fact("apiVersion:", schema->api_version);
    describe(kind->name_row, &text);
    print_fact("name:", sk_buffer_text(&text));
    print_rows(kind->spec->fields, "fields of spec:");
    printf("\n%*sexample:\n", INDENT, "");
    for (const char *line = kind->example; *line;) {
        size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", 2 * INDENT, "", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void print_field(const struct sk_schema_place *place)
{
    const struct sk_schema_field *field = place->field;
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    printf("%s\n", sk_buffer_text(&place->place));
    if (field->doc)
        print_doc(field->doc);
    puts("");
    describe(field, &text);
    print_fact("value:", sk_buffer_text(&text));
    if (field->type == SK_SCHEMA_MAP && field->key) {
        describe(field->key, &text);
        print_fact("names:", sk_buffer_text(&text));
    }
    print_fact("required:", place->required ? "yes" : "no");
    if (!place->required)
        print_fact("without it:", field->fallback ? field->fallback : "nothing is set");
    if (field->example)
        print_fact("example:", field->example);
    if (place->fields) {
        sk_buffer_clear(&text);
        sk_buffer_addf(&text, "fields of %s%s:", sk_buffer_text(&place->place),
                       sk_buffer_text(&place->marks));
        print_rows(place->fields, sk_buffer_text(&text));
    }
}

int sk_cmd_explain(const struct sk_settings *settings, struct sk_err *err)
{
    const struct sk_schema *schema = sk_blueprint_schema();
    if (!settings->arguments[0]) {
        print_kinds(schema);
        return SK_EXIT_OK;
    }
    sk_auto(sk_schema_place_done) struct sk_schema_place place;
    int code = sk_schema_locate(schema, settings->arguments[0], &place, err);
    if (code < 0)
        return code;
    if (place.field)
        print_field(&place);
    else
        print_kind(schema, place.kind);
    return SK_EXIT_OK;
}
