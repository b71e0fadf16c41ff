/* Nodes against schema rows. One function a type; each adds what it finds and goes on, so that one
 * run shows all faults. The place in the document ("spec.members[2].until") is built on the way
 * down. */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "manifest/check_int.h"

/* Tables of fields are longer than this only for AWS's own settings; then not all are listed. */
#define LISTED_NAMES 12

struct compiled {
    const char *pattern; /* static, compared by address */
    regex_t regex;
};
struct sk_patterns {
    struct compiled *items;
    size_t count, capacity;
};

struct check {
    const char *path;
    struct sk_buffer where;
    struct sk_patterns *patterns;
    struct sk_diagnostics *diagnostics;
};

struct sk_patterns *sk_patterns_new(void)
{
    return sk_xcalloc(1, sizeof(struct sk_patterns));
}

void sk_patterns_free(struct sk_patterns *patterns)
{
    if (!patterns)
        return;
    for (size_t i = 0; i < patterns->count; i++)
        regfree(&patterns->items[i].regex);
    free(patterns->items);
    free(patterns);
}

static bool pattern_fits(struct sk_patterns *patterns, const char *pattern, const char *text)
{
    size_t i = 0;
    while (i < patterns->count && patterns->items[i].pattern != pattern)
        i++;
    if (i == patterns->count) {
        if (patterns->count == patterns->capacity) {
            patterns->capacity = patterns->capacity ? 2 * patterns->capacity : 16;
            patterns->items =
                sk_xrealloc(patterns->items, patterns->capacity, sizeof(*patterns->items));
        }
        patterns->items[i].pattern = pattern;
        if (regcomp(&patterns->items[i].regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
            abort(); /* a defect of the table: a test walks all patterns */
        patterns->count++;
    }
    return regexec(&patterns->items[i].regex, text, 0, NULL, 0) == 0;
}

/* Goes one step down; the result restores the place with leave(). */
static size_t enter_key(struct check *check, const char *key)
{
    size_t length = check->where.length;
    sk_buffer_addf(&check->where, "%s%.60s", length ? "." : "", key);
    return length;
}

static size_t enter_item(struct check *check, size_t index)
{
    size_t length = check->where.length;
    sk_buffer_addf(&check->where, "[%zu]", index);
    return length;
}

static void leave(struct check *check, size_t length)
{
    check->where.length = length;
    if (check->where.data)
        check->where.data[length] = '\0';
}

/* "spec.domain: " or nothing for the whole document, then the message. */
static void fault(struct check *check, struct sk_position position, enum sk_diagnostic_code code,
                  const char *format, ...) SK_PRINTF(4, 5);
static void fault(struct check *check, struct sk_position position, enum sk_diagnostic_code code,
                  const char *format, ...)
{
    struct sk_buffer text = {0};
    if (check->where.length)
        sk_buffer_addf(&text, "%s: ", sk_buffer_text(&check->where));
    va_list arguments;
    va_start(arguments, format);
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0)
        abort(); /* no memory for one line */
    va_end(arguments);
    sk_buffer_adds(&text, message);
    free(message);
    sk_diagnostics_add(check->diagnostics, check->path, position, code, "%s",
                       sk_buffer_text(&text));
    sk_buffer_done(&text);
}

static json_t *check_value(struct check *check, const struct sk_node *node,
                           const struct sk_schema_field *field);

static void fault_type(struct check *check, const struct sk_node *node,
                       const struct sk_schema_field *field)
{
    struct sk_buffer expected = {0};
    sk_schema_describe(field, false, &expected);
    sk_auto(sk_freep) char *quoted = node->type == SK_NODE_SCALAR && !sk_node_is_null(node)
                                         ? sk_diagnostic_quote(node->text, node->length)
                                         : sk_xstrdup("");
    fault(check, node->position, SK_DIAGNOSTIC_WRONG_TYPE, "%s%s%s; expected %s",
          sk_node_noun(node), *quoted ? " " : "", quoted, sk_buffer_text(&expected));
    sk_buffer_done(&expected);
}

/* The value is of the right type, but not acceptable. `nearest` may be NULL. */
static void fault_value(struct check *check, const struct sk_node *node,
                        const struct sk_schema_field *field, const char *nearest)
{
    struct sk_buffer expected = {0};
    sk_schema_describe(field, false, &expected);
    sk_auto(sk_freep) char *quoted = sk_diagnostic_quote(node->text, node->length);
    fault(check, node->position, SK_DIAGNOSTIC_BAD_VALUE, "%s; expected %s%s%s%s", quoted,
          sk_buffer_text(&expected), nearest ? "; did you mean '" : "", nearest ? nearest : "",
          nearest ? "'?" : "");
    sk_buffer_done(&expected);
}

static bool in_bounds(const struct sk_schema_field *field, long long value)
{
    if (field->min == 0 && field->max == 0)
        return true;
    return value >= field->min && (field->max == 0 || value <= field->max);
}

static json_t *check_words(struct check *check, const struct sk_node *node,
                           const struct sk_schema_field *field)
{
    size_t count = 0;
    for (; field->values[count]; count++) {
        if (strcmp(field->values[count], node->text) == 0)
            return json_string(node->text);
    }
    fault_value(check, node, field, sk_text_nearest(node->text, field->values, count));
    return NULL;
}

static json_t *check_text(struct check *check, const struct sk_node *node,
                          const struct sk_schema_field *field)
{
    if (node->type != SK_NODE_SCALAR || sk_node_is_null(node)) {
        fault_type(check, node, field);
        return NULL;
    }
    if (field->values)
        return check_words(check, node, field);
    if (!in_bounds(field, (long long)sk_text_characters(node->text)) ||
        (field->pattern && !pattern_fits(check->patterns, field->pattern, node->text)) ||
        (field->check && !field->check(node->text))) {
        fault_value(check, node, field, NULL);
        return NULL;
    }
    return json_stringn(node->text, node->length);
}

/* Plain decimal: no plus, no leading zero, no exponent, no underscore, no other base. */
static bool parse_integer(const char *text, long long *out)
{
    const char *digits = *text == '-' ? text + 1 : text;
    size_t length = strlen(digits);
    if (length == 0 || strspn(digits, "0123456789") != length || (length > 1 && *digits == '0'))
        return false;
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == 0;
}

static json_t *check_integer(struct check *check, const struct sk_node *node,
                             const struct sk_schema_field *field)
{
    long long value;
    if (node->type != SK_NODE_SCALAR || !node->plain || !parse_integer(node->text, &value)) {
        fault_type(check, node, field);
        return NULL;
    }
    if (!in_bounds(field, value)) {
        fault_value(check, node, field, NULL);
        return NULL;
    }
    return json_integer(value);
}

static json_t *check_boolean(struct check *check, const struct sk_node *node,
                             const struct sk_schema_field *field)
{
    bool is_true = strcmp(node->text, "true") == 0;
    if (node->type != SK_NODE_SCALAR || !node->plain ||
        (!is_true && strcmp(node->text, "false") != 0)) {
        fault_type(check, node, field);
        return NULL;
    }
    return json_boolean(is_true);
}

static void check_count(struct check *check, const struct sk_node *node,
                        const struct sk_schema_field *field)
{
    if (in_bounds(field, (long long)node->count))
        return;
    struct sk_buffer expected = {0};
    sk_schema_describe(field, false, &expected);
    fault(check, node->position, SK_DIAGNOSTIC_BAD_VALUE, "%zu %s; expected %s", node->count,
          node->count == 1 ? "entry" : "entries", sk_buffer_text(&expected));
    sk_buffer_done(&expected);
}

static json_t *check_list(struct check *check, const struct sk_node *node,
                          const struct sk_schema_field *field)
{
    if (node->type != SK_NODE_LIST) {
        fault_type(check, node, field);
        return NULL;
    }
    check_count(check, node, field);
    json_t *list = json_array();
    json_auto_t *seen = json_object();
    size_t index = 0;
    for (const struct sk_node *item = node->children; item; item = item->next) {
        size_t length = enter_item(check, index++);
        json_t *value = check_value(check, item, field->item);
        const char *text = field->flags & SK_SCHEMA_UNIQUE ? json_string_value(value) : NULL;
        if (text && json_object_get(seen, text))
            fault(check, item->position, SK_DIAGNOSTIC_DUPLICATE_NAME,
                  "'%s' is listed twice; expected it once", text);
        else if (text)
            json_object_set_new(seen, text, json_true());
        /* A faulty item keeps its place, so that positions by index stay right. */
        json_array_append_new(list, value ? value : json_null());
        leave(check, length);
    }
    return list;
}

static void check_map_key(struct check *check, const struct sk_node *entry,
                          const struct sk_schema_field *field)
{
    struct sk_node key = {.type = SK_NODE_SCALAR,
                          .position = entry->key_position,
                          .text = entry->key,
                          .length = strlen(entry->key)};
    json_decref(check_value(check, &key, field));
}

static json_t *check_map(struct check *check, const struct sk_node *node,
                         const struct sk_schema_field *field)
{
    if (node->type != SK_NODE_MAP) {
        fault_type(check, node, field);
        return NULL;
    }
    check_count(check, node, field);
    json_t *map = json_object();
    for (const struct sk_node *entry = node->children; entry; entry = entry->next) {
        if (field->key)
            check_map_key(check, entry, field->key);
        size_t length = enter_key(check, entry->key);
        json_t *value = check_value(check, entry, field->item);
        if (value)
            json_object_set_new(map, entry->key, value);
        leave(check, length);
    }
    return map;
}

static void fault_unknown_key(struct check *check, const struct sk_node *entry,
                              const struct sk_schema_field *fields)
{
    if (check->diagnostics->count >= SK_DIAGNOSTICS_KEPT) {
        fault(check, entry->key_position, SK_DIAGNOSTIC_UNKNOWN_KEY, "unknown key");
        return; /* not kept anyway: spare the search */
    }
    size_t count = 0;
    while (fields[count].name)
        count++;
    const char **names = sk_xcalloc(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    const char *nearest = sk_text_nearest(entry->key, names, count);
    struct sk_buffer text = {0};
    if (nearest)
        sk_buffer_addf(&text, "did you mean '%s'?", nearest);
    for (size_t i = 0; !nearest && i < count && i < LISTED_NAMES; i++)
        sk_buffer_addf(&text, "%s%s", i ? ", " : "expected one of ", names[i]);
    if (!nearest && count > LISTED_NAMES)
        sk_buffer_addf(&text, " and %zu more", count - LISTED_NAMES);
    sk_auto(sk_freep) char *quoted = sk_diagnostic_quote(entry->key, strlen(entry->key));
    fault(check, entry->key_position, SK_DIAGNOSTIC_UNKNOWN_KEY, "unknown key %s; %s", quoted,
          sk_buffer_text(&text));
    sk_buffer_done(&text);
    free(names);
}

static json_t *check_object(struct check *check, const struct sk_node *node,
                            const struct sk_schema_field *field)
{
    if (node->type != SK_NODE_MAP) {
        fault_type(check, node, field);
        return NULL;
    }
    json_t *object = json_object();
    for (const struct sk_node *entry = node->children; entry; entry = entry->next) {
        const struct sk_schema_field *row = sk_schema_find(field->fields, entry->key);
        if (!row) {
            fault_unknown_key(check, entry, field->fields);
            continue;
        }
        size_t length = enter_key(check, entry->key);
        json_t *value = check_value(check, entry, row);
        if (value)
            json_object_set_new(object, entry->key, value);
        leave(check, length);
    }
    for (const struct sk_schema_field *row = field->fields; row->name; row++) {
        if (!(row->flags & SK_SCHEMA_REQUIRED) || sk_node_get(node, row->name))
            continue;
        struct sk_buffer expected = {0};
        sk_schema_describe(row, false, &expected);
        fault(check, node->position, SK_DIAGNOSTIC_MISSING_KEY,
              "the key '%s' is missing; expected %s", row->name, sk_buffer_text(&expected));
        sk_buffer_done(&expected);
    }
    return object;
}

static bool shape_fits(const struct sk_node *node, enum sk_schema_type type)
{
    if (node->type == SK_NODE_LIST)
        return type == SK_SCHEMA_LIST;
    if (node->type == SK_NODE_MAP)
        return type == SK_SCHEMA_OBJECT || type == SK_SCHEMA_MAP;
    return type == SK_SCHEMA_TEXT || type == SK_SCHEMA_INTEGER || type == SK_SCHEMA_BOOLEAN;
}

static json_t *check_union(struct check *check, const struct sk_node *node,
                           const struct sk_schema_field *field)
{
    for (const struct sk_schema_field *row = field->fields; row->name; row++) {
        if (!sk_node_is_null(node) && shape_fits(node, row->type))
            return check_value(check, node, row);
    }
    fault_type(check, node, field);
    return NULL;
}

static json_t *check_value(struct check *check, const struct sk_node *node,
                           const struct sk_schema_field *field)
{
    static json_t *(*const functions[])(struct check *, const struct sk_node *,
                                        const struct sk_schema_field *) = {
        [SK_SCHEMA_TEXT] = check_text,       [SK_SCHEMA_INTEGER] = check_integer,
        [SK_SCHEMA_BOOLEAN] = check_boolean, [SK_SCHEMA_OBJECT] = check_object,
        [SK_SCHEMA_LIST] = check_list,       [SK_SCHEMA_MAP] = check_map,
        [SK_SCHEMA_UNION] = check_union,
    };
    if ((field->flags & SK_SCHEMA_NULLABLE) && sk_node_is_null(node))
        return json_null();
    return functions[field->type](check, node, field);
}

json_t *sk_schema_check(const struct sk_node *node, const struct sk_schema_field *field,
                        const char *path, const char *where, struct sk_patterns *patterns,
                        struct sk_diagnostics *diagnostics)
{
    struct check check = {.path = path, .patterns = patterns, .diagnostics = diagnostics};
    sk_buffer_adds(&check.where, where);
    json_t *value = check_value(&check, node, field);
    sk_buffer_done(&check.where);
    return value;
}
