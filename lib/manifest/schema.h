/* Schema tables: what a YAML value may be. Written as constant C tables; validation, the reference
 * page and whatever else describes manifests read the same rows.
 *
 * The schema types scalars, not YAML: a plain `012345678901`, `no` or `1e3` in a text field is that
 * text; a number field takes plain decimal integers only; a boolean field takes true and false
 * only. */
#ifndef SK_MANIFEST_SCHEMA_H
#define SK_MANIFEST_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/err.h"
#include "manifest/diagnostics.h"

enum sk_schema_type {
    SK_SCHEMA_TEXT,    /* JSON string */
    SK_SCHEMA_INTEGER, /* JSON integer */
    SK_SCHEMA_BOOLEAN, /* JSON true or false */
    SK_SCHEMA_OBJECT,  /* mapping with the keys in `fields` */
    SK_SCHEMA_LIST,    /* list of `item` */
    SK_SCHEMA_MAP,     /* mapping of free keys (each checked by `key`) to `item` */
    SK_SCHEMA_UNION,   /* the first of `fields` (names are not used) whose YAML shape fits: at most
                          one   each of scalar, list and mapping */
};

enum sk_schema_flags {
    SK_SCHEMA_REQUIRED = 1 << 0,
    SK_SCHEMA_NULLABLE = 1 << 1, /* `null` is kept as JSON null: "clear it" */
    SK_SCHEMA_UNIQUE = 1 << 2,   /* list: the same text twice is a fault */
};

/* Whether the text is acceptable. Pure. */
typedef bool (*sk_schema_check_fn)(const char *text);

/* One row. All pointers are static. A table of fields ends with a row without name. */
struct sk_schema_field {
    const char *name;
    enum sk_schema_type type;
    unsigned flags;
    const char *const *values; /* TEXT: the words accepted, ends with NULL; NULL: any */
    const char *pattern;       /* TEXT: POSIX extended regular expression, anchored by its author */
    sk_schema_check_fn check;  /* TEXT: further condition */
    const char *expects;       /* TEXT: `pattern` and `check` in words: "12 digits" */
    long long min, max;        /* INTEGER: bounds of the value. TEXT: of the length in characters;
                                  LIST, MAP: of the count. max 0 without min: no bounds */
    const struct sk_schema_field *fields; /* OBJECT, UNION */
    const struct sk_schema_field *item;   /* LIST, MAP */
    const struct sk_schema_field *key;    /* MAP: a TEXT row; NULL: any text */
    const char *shape; /* OBJECT: name of a mapping used in several places; it is described once */
    const char *doc;   /* one or two sentences, Markdown */
    const char *fallback; /* what holds when it is absent, in words; NULL: nothing */
    const char *example;  /* YAML on one line */
};

/* One kind of manifest. */
struct sk_schema_kind {
    const char *name;                       /* "Team" */
    const char *doc;                        /* Markdown paragraph */
    const struct sk_schema_field *name_row; /* what metadata.name may be: a TEXT row */
    const struct sk_schema_field *spec;     /* an OBJECT row */
    const char *example;                    /* a whole document */
};

struct sk_schema {
    const char *api_version; /* "sagekeeper/v1" */
    const struct sk_schema_kind *kinds;
    size_t count;
};

/* The row of an object (or union) by name; NULL when absent. */
const struct sk_schema_field *sk_schema_find(const struct sk_schema_field *fields,
                                             const char *name);
/* NULL when unknown. */
const struct sk_schema_kind *sk_schema_kind(const struct sk_schema *schema, const char *name);
/* "text, 12 digits", "one of `IAM`, `SSO`", "a list of text (1 to 16)": what a row accepts, in
 * words, as in messages; with `markdown`, words are set in backquotes. */
void sk_schema_describe(const struct sk_schema_field *field, bool markdown, struct sk_buffer *out);

/* A JSON Schema (draft 2020-12) for editors: of one kind, or with `kind` NULL of all, told apart by
 * `kind`. It accepts whatever the loader accepts; conditions that only C functions check, and those
 * between values, are not in it. Text fields accept the numbers and booleans that YAML makes of
 * plain words, wherever such a word is a text that the field takes. New. */
json_t *sk_schema_to_json_schema(const struct sk_schema *schema, const struct sk_schema_kind *kind);

/* What `KIND[.field…]` names. "Team.spec.members.until" and "Team.members[].until" are the same:
 * `spec` may be left out, lists and alternatives are looked through, `[]` and `*` stand for their
 * entries. All static, but for what `place` holds. */
struct sk_schema_place {
    const struct sk_schema_kind *kind;
    const struct sk_schema_field *field;  /* NULL: the kind itself */
    const struct sk_schema_field *fields; /* rows of the mapping that it is or holds; NULL: none */
    bool required;
    struct sk_buffer place; /* owned: "Team.spec.members[].until" */
    struct sk_buffer marks; /* owned: what stands between `place` and `fields`: "[]", ".*" */
};
/* SK_E_USAGE with the nearest word when there is none. *out is ended with sk_schema_place_done,
 * also then. */
int sk_schema_locate(const struct sk_schema *schema, const char *path, struct sk_schema_place *out,
                     struct sk_err *err) SK_WARN_UNUSED;
void sk_schema_place_done(struct sk_schema_place *place);

/* Writes the reference of all kinds as Markdown: the page docs/reference/manifests.md. */
void sk_schema_reference(const struct sk_schema *schema, struct sk_buffer *out);

#endif
