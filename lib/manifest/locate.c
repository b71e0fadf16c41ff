/* Finding a row by a path such as "Team.spec.members.until", see schema.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "manifest/schema.h"

/* The envelope's part that has rows besides the spec; the row of the name is the kind's own. */
static const struct sk_schema_field label_row = {.name = "text", .type = SK_SCHEMA_TEXT};
static const struct sk_schema_field metadata_rows[] = {
    {.name = "name",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .doc = "Unique among the documents of its kind, without regard to case."},
    {.name = "description", .type = SK_SCHEMA_TEXT, .doc = "What it is for."},
    {.name = "labels", .type = SK_SCHEMA_MAP, .item = &label_row, .doc = "For people."},
    {0},
};
static const struct sk_schema_field envelope_rows[] = {
    {.name = "metadata",
     .type = SK_SCHEMA_OBJECT,
     .flags = SK_SCHEMA_REQUIRED,
     .fields = metadata_rows,
     .doc = "The name of the document, and what people want to say about it."},
    {.name = "spec",
     .type = SK_SCHEMA_OBJECT,
     .flags = SK_SCHEMA_REQUIRED,
     .doc = "What is wanted."},
    {0},
};

/* Of alternatives the one that has rows of its own; there is at most one. */
static const struct sk_schema_field *structured(const struct sk_schema_field *alternatives)
{
    for (; alternatives->name; alternatives++) {
        if (alternatives->type == SK_SCHEMA_OBJECT || alternatives->type == SK_SCHEMA_LIST ||
            alternatives->type == SK_SCHEMA_MAP)
            return alternatives;
    }
    return NULL;
}

/* The rows of the mapping that a row is or holds. What stands between them is added to `marks`:
 * "[]" for an entry of a list, ".*" for one of a mapping of names. NULL when there are none. */
static const struct sk_schema_field *rows_below(const struct sk_schema_field *field,
                                                struct sk_buffer *marks)
{
    while (field && field->type != SK_SCHEMA_OBJECT) {
        if (field->type == SK_SCHEMA_LIST || field->type == SK_SCHEMA_MAP) {
            sk_buffer_adds(marks, field->type == SK_SCHEMA_LIST ? "[]" : ".*");
            field = field->item;
        } else {
            field = field->type == SK_SCHEMA_UNION ? structured(field->fields) : NULL;
        }
    }
    return field ? field->fields : NULL;
}

static int fault_kind(const struct sk_schema *schema, const char *name, struct sk_err *err)
{
    const char **names = sk_xcalloc(schema->count + 1, sizeof(char *));
    sk_auto(sk_buffer_done) struct sk_buffer all = {0};
    for (size_t i = 0; i < schema->count; i++) {
        names[i] = schema->kinds[i].name;
        sk_buffer_addf(&all, "%s%s", i ? ", " : "expected one of ", names[i]);
    }
    const char *nearest = sk_text_nearest(name, names, schema->count);
    free(names);
    if (nearest)
        return sk_err_set(err, SK_E_USAGE, "unknown kind '%.100s'; did you mean '%s'?", name,
                          nearest);
    return sk_err_set(err, SK_E_USAGE, "unknown kind '%.100s'; %s", name, sk_buffer_text(&all));
}

static int fault_field(const struct sk_schema_place *at, const char *name, struct sk_err *err)
{
    const char *place = sk_buffer_text(&at->place);
    if (!at->fields)
        return sk_err_set(err, SK_E_USAGE, "'%s' has no fields, and so no '%.100s'", place, name);
    size_t count = 0;
    while (at->fields[count].name)
        count++;
    const char **names = sk_xcalloc(count + 1, sizeof(char *));
    sk_auto(sk_buffer_done) struct sk_buffer all = {0};
    for (size_t i = 0; i < count; i++) {
        names[i] = at->fields[i].name;
        sk_buffer_addf(&all, "%s%s", i ? ", " : "expected one of ", names[i]);
    }
    const char *nearest = sk_text_nearest(name, names, count);
    free(names);
    if (nearest)
        return sk_err_set(err, SK_E_USAGE, "'%s' has no field '%.100s'; did you mean '%s'?", place,
                          name, nearest);
    return sk_err_set(err, SK_E_USAGE, "'%s' has no field '%.100s'; %s", place, name,
                      sk_buffer_text(&all));
}

/* Goes to a row: writes its name, keeps what is below it. */
static void enter(struct sk_schema_place *at, const struct sk_schema_field *field)
{
    sk_auto(sk_buffer_done) struct sk_buffer marks = {0};
    sk_buffer_addf(&at->place, ".%s", field->name);
    at->field = field;
    at->required = field->flags & SK_SCHEMA_REQUIRED;
    at->fields = rows_below(field, &marks);
    sk_buffer_clear(&at->marks);
    sk_buffer_adds(&at->marks, sk_buffer_text(&marks));
}

static void enter_envelope(struct sk_schema_place *at, const struct sk_schema_field *part)
{
    enter(at, part);
    if (!part->fields)
        at->fields = at->kind->spec->fields;
}

static int step(struct sk_schema_place *at, const char *name, struct sk_err *err)
{
    const struct sk_schema_field *part = at->field ? NULL : sk_schema_find(envelope_rows, name);
    if (part) {
        enter_envelope(at, part);
        return 0;
    }
    const struct sk_schema_field *row = at->fields ? sk_schema_find(at->fields, name) : NULL;
    if (!row)
        return fault_field(at, name, err);
    if (!at->field)
        enter_envelope(at, &envelope_rows[1]);
    sk_buffer_adds(&at->place, sk_buffer_text(&at->marks));
    bool is_name = at->fields == metadata_rows && row == metadata_rows;
    enter(at, row);
    if (is_name) {
        at->field = at->kind->name_row;
        at->required = true;
    }
    return 0;
}

int sk_schema_locate(const struct sk_schema *schema, const char *path, struct sk_schema_place *out,
                     struct sk_err *err)
{
    *out = (struct sk_schema_place){0};
    size_t length = strcspn(path, ".");
    sk_auto(sk_freep) char *kind = sk_xstrndup(path, length);
    out->kind = sk_schema_kind(schema, kind);
    if (!out->kind)
        return fault_kind(schema, kind, err);
    out->fields = out->kind->spec->fields;
    sk_buffer_adds(&out->place, kind);
    for (const char *at = path + length; *at;) {
        at++;
        length = strcspn(at, ".");
        sk_auto(sk_freep) char *name = sk_xstrndup(at, length);
        size_t used = length;
        while (used >= 2 && name[used - 2] == '[' && name[used - 1] == ']')
            name[used -= 2] = '\0';
        at += length;
        if (used > 0 && strcmp(name, "*") == 0)
            continue;
        int code = step(out, name, err);
        if (code < 0)
            return code;
    }
    return 0;
}

void sk_schema_place_done(struct sk_schema_place *place)
{
    sk_buffer_done(&place->place);
    sk_buffer_done(&place->marks);
}
