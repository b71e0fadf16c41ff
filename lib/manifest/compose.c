/* YAML to nodes over libyaml's event API. libyaml's own composer is not used: it resolves aliases
 * without a bound and knows no duplicate keys.
 *
 * Faults that leave the structure readable (a tag, a duplicate key, an unknown alias) are noted and
 * composing goes on; the others end the file. */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"
#include "manifest/node_int.h"

struct anchor {
    const char *name;
    const struct sk_node *node; /* NULL while it is being composed */
};

struct composer {
    yaml_parser_t parser;
    struct sk_arena *arena;
    const char *path;
    const char *data;
    size_t length;
    struct sk_diagnostics *diagnostics;
    struct anchor anchors[SK_BOUND_MANIFEST_ALIASES];
    size_t anchor_count; /* of this document */
    size_t alias_count;  /* of this file */
    size_t total;        /* nodes of this file, aliases written out */
};

static struct sk_position at_mark(yaml_mark_t mark)
{
    return (struct sk_position){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* Line and column of a byte offset. */
static struct sk_position at_offset(const char *data, size_t length, size_t offset)
{
    struct sk_position position = {1, 1};
    for (size_t i = 0; i < offset && i < length; i++) {
        if (data[i] == '\n') {
            position.line++;
            position.column = 1;
        } else if (((unsigned char)data[i] & 0xc0) != 0x80) {
            position.column++;
        }
    }
    return position;
}

/* The line with this number; *length_out without its end. NULL past the end. */
static const char *find_line(const struct composer *composer, unsigned line, size_t *length_out)
{
    const char *at = composer->data;
    const char *end = at + composer->length;
    for (; line > 1; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline)
            return NULL;
        at = newline + 1;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *length_out = (size_t)((newline ? newline : end) - at);
    return at;
}

/* Whether a tab stands at the column (from 1) or among the white space in front of the line. */
static bool has_tab(const char *line, size_t length, unsigned column)
{
    for (size_t i = 0; i < length && (line[i] == ' ' || line[i] == '\t'); i++) {
        if (line[i] == '\t')
            return true;
    }
    return column >= 1 && column <= length && line[column - 1] == '\t';
}

static void report_parser_fault(struct composer *composer)
{
    const yaml_parser_t *parser = &composer->parser;
    const char *problem = parser->problem ? parser->problem : "out of memory";
    struct sk_position position = at_mark(parser->problem_mark);
    if (parser->error == YAML_READER_ERROR) {
        position = at_offset(composer->data, composer->length, parser->problem_offset);
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_ENCODING,
                           "character 0x%02x: %s", (unsigned)parser->problem_value, problem);
        return;
    }
    size_t length = 0;
    const char *line = find_line(composer, position.line, &length);
    if (line && (has_tab(line, length, position.column) || strstr(problem, "tab character"))) {
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_TAB,
                           "a tab where YAML takes spaces only; expected spaces for indentation");
        return;
    }
    while (line && length > 0 && *line == ' ') {
        line++;
        length--;
    }
    sk_auto(sk_freep) char *quoted = line && length ? sk_diagnostic_quote(line, length) : NULL;
    sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_SYNTAX,
                       "not YAML: %s%s%s, at %s", problem, parser->context ? " " : "",
                       parser->context ? parser->context : "", quoted ? quoted : "the end");
}

static bool next_event(struct composer *composer, yaml_event_t *event)
{
    if (yaml_parser_parse(&composer->parser, event))
        return true;
    report_parser_fault(composer);
    return false;
}

static const struct sk_node *compose_node(struct composer *composer, yaml_event_t *event,
                                          unsigned depth);

/* Counts nodes; false (and a fault) past the bound. */
static bool count_nodes(struct composer *composer, size_t count, struct sk_position position,
                        enum sk_diagnostic_code code)
{
    if (count <= SK_BOUND_MANIFEST_NODES - composer->total) {
        composer->total += count;
        return true;
    }
    sk_diagnostics_add(composer->diagnostics, composer->path, position, code,
                       "the file holds more than %d values%s", SK_BOUND_MANIFEST_NODES,
                       code == SK_DIAGNOSTIC_ALIAS ? " once its aliases are written out" : "");
    return false;
}

static bool check_depth(struct composer *composer, unsigned depth, struct sk_position position)
{
    if (depth <= SK_BOUND_MANIFEST_DEPTH)
        return true;
    sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_TOO_DEEP,
                       "nested more than %d deep", SK_BOUND_MANIFEST_DEPTH);
    return false;
}

static void refuse_tag(struct composer *composer, const yaml_char_t *tag,
                       struct sk_position position)
{
    if (!tag)
        return;
    sk_auto(sk_freep) char *quoted =
        sk_diagnostic_quote((const char *)tag, strlen((const char *)tag));
    sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_TAG,
                       "tag %s: tags are not accepted, the schema decides about types", quoted);
}

/* The slot of a new anchor, open until the node is complete; NULL without an anchor. *ok is false
 * past the bound. */
static struct anchor *open_anchor(struct composer *composer, const yaml_char_t *name,
                                  struct sk_position position, bool *ok)
{
    *ok = true;
    if (!name)
        return NULL;
    if (composer->anchor_count == SK_BOUND_MANIFEST_ALIASES) {
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_ALIAS,
                           "more than %d anchors in one document", SK_BOUND_MANIFEST_ALIASES);
        *ok = false;
        return NULL;
    }
    struct anchor *anchor = &composer->anchors[composer->anchor_count++];
    anchor->name = sk_arena_copy(composer->arena, name, strlen((const char *)name));
    anchor->node = NULL;
    return anchor;
}

/* The last anchor of a name counts, as in YAML. */
static const struct anchor *find_anchor(const struct composer *composer, const char *name)
{
    for (size_t i = composer->anchor_count; i > 0; i--) {
        if (strcmp(composer->anchors[i - 1].name, name) == 0)
            return &composer->anchors[i - 1];
    }
    return NULL;
}

static struct sk_node *new_node(struct composer *composer, enum sk_node_type type,
                                struct sk_position position)
{
    struct sk_node *node = sk_arena_alloc(composer->arena, sizeof(*node));
    *node = (struct sk_node){.type = type, .position = position, .text = "", .weight = 1};
    return node;
}

static const struct sk_node *compose_alias(struct composer *composer, const yaml_event_t *event,
                                           unsigned depth)
{
    struct sk_position position = at_mark(event->start_mark);
    const char *name = (const char *)event->data.alias.anchor;
    if (++composer->alias_count > SK_BOUND_MANIFEST_ALIASES) {
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_ALIAS,
                           "alias '*%s': more than %d aliases in one file", name,
                           SK_BOUND_MANIFEST_ALIASES);
        return NULL;
    }
    const struct anchor *anchor = find_anchor(composer, name);
    if (!anchor || !anchor->node) {
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_ALIAS,
                           "alias '*%s' %s", name,
                           anchor ? "stands inside its own anchor"
                                  : "has no anchor of that name in front of it");
        return NULL;
    }
    if (!check_depth(composer, depth + anchor->node->height, position) ||
        !count_nodes(composer, anchor->node->weight, position, SK_DIAGNOSTIC_ALIAS))
        return NULL;
    struct sk_node *node = sk_arena_alloc(composer->arena, sizeof(*node));
    *node = *anchor->node;
    node->position = position;
    node->next = NULL;
    node->key = NULL;
    return node;
}

static const struct sk_node *compose_scalar(struct composer *composer, const yaml_event_t *event)
{
    struct sk_position position = at_mark(event->start_mark);
    bool ok;
    struct anchor *anchor = open_anchor(composer, event->data.scalar.anchor, position, &ok);
    if (!ok || !count_nodes(composer, 1, position, SK_DIAGNOSTIC_TOO_LONG))
        return NULL;
    refuse_tag(composer, event->data.scalar.tag, position);
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (memchr(value, '\0', length)) {
        sk_diagnostics_add(composer->diagnostics, composer->path, position, SK_DIAGNOSTIC_ENCODING,
                           "text with a NUL character in it");
        length = 0;
    }
    struct sk_node *node = new_node(composer, SK_NODE_SCALAR, position);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = sk_arena_copy(composer->arena, value, length);
    node->length = length;
    if (anchor)
        anchor->node = node;
    return node;
}

static void note_child(struct sk_node *parent, const struct sk_node *child)
{
    parent->weight += child->weight;
    if (child->height + 1 > parent->height)
        parent->height = child->height + 1;
}

/* Reads items until the end event. Children are copied heads, so that `next` can be set. */
static bool compose_items(struct composer *composer, struct sk_node *list, unsigned depth)
{
    const struct sk_node **tail = &list->children;
    for (;;) {
        yaml_event_t event;
        if (!next_event(composer, &event))
            return false;
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        const struct sk_node *item = end ? NULL : compose_node(composer, &event, depth + 1);
        yaml_event_delete(&event);
        if (end)
            return true;
        if (!item)
            return false;
        struct sk_node *child = sk_arena_alloc(composer->arena, sizeof(*child));
        *child = *item;
        child->next = NULL;
        *tail = child;
        tail = &child->next;
        list->count++;
        note_child(list, item);
    }
}

/* Whether a node can be a key; a fault otherwise. */
static bool check_key(struct composer *composer, const struct sk_node *key)
{
    if (key->type != SK_NODE_SCALAR || sk_node_is_null(key)) {
        sk_diagnostics_add(composer->diagnostics, composer->path, key->position,
                           SK_DIAGNOSTIC_SYNTAX, "%s as a key; expected text", sk_node_noun(key));
        return false;
    }
    if (key->plain && strcmp(key->text, "<<") == 0) {
        sk_diagnostics_add(composer->diagnostics, composer->path, key->position,
                           SK_DIAGNOSTIC_MERGE_KEY,
                           "merge key '<<': not accepted, write the keys out");
        return false;
    }
    return true;
}

/* One key and its value. Returns false when the file cannot be read on; *out is NULL for an entry
 * whose key was refused. */
static bool compose_entry(struct composer *composer, yaml_event_t *key_event, unsigned depth,
                          struct sk_node **out)
{
    *out = NULL;
    const struct sk_node *key = compose_node(composer, key_event, depth + 1);
    if (!key)
        return false;
    yaml_event_t event;
    if (!next_event(composer, &event))
        return false;
    const struct sk_node *value = compose_node(composer, &event, depth + 1);
    yaml_event_delete(&event);
    if (!value)
        return false;
    if (!check_key(composer, key))
        return true;
    struct sk_node *child = sk_arena_alloc(composer->arena, sizeof(*child));
    *child = *value;
    child->next = NULL;
    child->key = key->text;
    child->key_position = key->position;
    *out = child;
    return true;
}

static int compare_keys(const void *left, const void *right)
{
    const struct sk_node *a = *(const struct sk_node *const *)left;
    const struct sk_node *b = *(const struct sk_node *const *)right;
    int order = strcmp(a->key, b->key);
    if (order)
        return order;
    if (a->key_position.line != b->key_position.line)
        return a->key_position.line < b->key_position.line ? -1 : 1;
    return (a->key_position.column > b->key_position.column) -
           (a->key_position.column < b->key_position.column);
}

/* Notes keys that are given twice and clears the key of the later ones. */
static void mark_duplicates(struct composer *composer, struct sk_node **entries, size_t count)
{
    struct sk_node **sorted = sk_xcalloc(count, sizeof(struct sk_node *));
    memcpy(sorted, entries, count * sizeof(struct sk_node *));
    qsort(sorted, count, sizeof(struct sk_node *), compare_keys);
    const struct sk_node *first = sorted[0];
    for (size_t i = 1; i < count; i++) {
        struct sk_node *entry = sorted[i];
        if (strcmp(first->key, entry->key) != 0) {
            first = entry;
            continue;
        }
        sk_auto(sk_freep) char *quoted = sk_diagnostic_quote(entry->key, strlen(entry->key));
        sk_diagnostics_add(composer->diagnostics, composer->path, entry->key_position,
                           SK_DIAGNOSTIC_DUPLICATE_KEY,
                           "key %s is given twice, first in line %u; expected it once", quoted,
                           first->key_position.line);
        entry->key = NULL;
    }
    free(sorted);
}

static bool compose_entries(struct composer *composer, struct sk_node *map, unsigned depth)
{
    struct sk_node **entries = NULL;
    size_t count = 0;
    size_t capacity = 0;
    bool ok = true;
    while (ok) {
        yaml_event_t event;
        struct sk_node *entry = NULL;
        ok = next_event(composer, &event);
        if (!ok)
            break;
        bool end = event.type == YAML_MAPPING_END_EVENT;
        if (!end)
            ok = compose_entry(composer, &event, depth, &entry);
        yaml_event_delete(&event);
        if (end)
            break;
        if (!entry)
            continue;
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            entries = sk_xrealloc(entries, capacity, sizeof(struct sk_node *));
        }
        entries[count++] = entry;
    }
    if (ok && count > 1)
        mark_duplicates(composer, entries, count);
    const struct sk_node **tail = &map->children;
    for (size_t i = 0; ok && i < count; i++) {
        if (!entries[i]->key)
            continue;
        *tail = entries[i];
        tail = &entries[i]->next;
        map->count++;
        note_child(map, entries[i]);
    }
    free(entries);
    return ok;
}

static const struct sk_node *compose_collection(struct composer *composer,
                                                const yaml_event_t *event, unsigned depth)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    struct sk_position position = at_mark(event->start_mark);
    bool ok;
    struct anchor *anchor = open_anchor(
        composer, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
        position, &ok);
    if (!ok || !check_depth(composer, depth, position) ||
        !count_nodes(composer, 1, position, SK_DIAGNOSTIC_TOO_LONG))
        return NULL;
    refuse_tag(composer, is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag,
               position);
    struct sk_node *node = new_node(composer, is_map ? SK_NODE_MAP : SK_NODE_LIST, position);
    ok = is_map ? compose_entries(composer, node, depth) : compose_items(composer, node, depth);
    if (!ok)
        return NULL;
    if (anchor)
        anchor->node = node;
    return node;
}

/* The node that starts with `event` (the caller's to delete); NULL when the file cannot be read on.
 * `depth` is that of the node itself, 1 for a root. */
static const struct sk_node *compose_node(struct composer *composer, yaml_event_t *event,
                                          unsigned depth)
{
    if (event->type == YAML_ALIAS_EVENT)
        return compose_alias(composer, event, depth);
    if (event->type == YAML_SCALAR_EVENT)
        return compose_scalar(composer, event);
    return compose_collection(composer, event, depth);
}

static void check_directives(struct composer *composer, const yaml_event_t *event)
{
    if (event->data.document_start.tag_directives.start !=
        event->data.document_start.tag_directives.end)
        sk_diagnostics_add(composer->diagnostics, composer->path, at_mark(event->start_mark),
                           SK_DIAGNOSTIC_TAG, "a %%TAG directive: tags are not accepted");
}

static bool is_empty(const struct sk_node *node)
{
    return node->type == SK_NODE_SCALAR && node->plain && node->length == 0;
}

static int compose_documents(struct composer *composer, sk_document_fn document, void *data)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(composer, &event))
            return -1;
        bool end = event.type == YAML_STREAM_END_EVENT;
        bool inside = event.type != YAML_STREAM_START_EVENT &&
                      event.type != YAML_DOCUMENT_START_EVENT &&
                      event.type != YAML_DOCUMENT_END_EVENT && !end;
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            check_directives(composer, &event);
            composer->anchor_count = 0;
        }
        const struct sk_node *root = inside ? compose_node(composer, &event, 1) : NULL;
        yaml_event_delete(&event);
        if (end)
            return 0;
        if (inside && !root)
            return -1;
        if (root && !is_empty(root))
            document(root, data);
    }
}

int sk_node_compose(struct sk_arena *arena, const char *path, const char *data, size_t length,
                    struct sk_diagnostics *diagnostics, sk_document_fn document,
                    void *document_data)
{
    const struct sk_position start = {1, 1};
    if (length > SK_BOUND_MANIFEST_FILE_BYTES) {
        sk_diagnostics_add(diagnostics, path, start, SK_DIAGNOSTIC_TOO_LONG,
                           "the file is %zu bytes long; expected at most %zu", length,
                           SK_BOUND_MANIFEST_FILE_BYTES);
        return -1;
    }
    size_t bad = 0;
    if (!sk_text_is_utf8(data, length, &bad)) {
        sk_diagnostics_add(diagnostics, path, at_offset(data, length, bad), SK_DIAGNOSTIC_ENCODING,
                           "byte 0x%02x; expected UTF-8 text", (unsigned)(unsigned char)data[bad]);
        return -1;
    }
    /* A byte order mark, which some editors write, is no text: left there, libyaml takes the first
     * key to be indented. */
    if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        length -= 3;
    }
    struct composer *composer = sk_xcalloc(1, sizeof(*composer));
    composer->arena = arena;
    composer->path = path;
    composer->data = data;
    composer->length = length;
    composer->diagnostics = diagnostics;
    if (!yaml_parser_initialize(&composer->parser))
        abort(); /* only out of memory */
    yaml_parser_set_encoding(&composer->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&composer->parser, (const unsigned char *)data, length);
    int result = compose_documents(composer, document, document_data);
    yaml_parser_delete(&composer->parser);
    free(composer);
    return result;
}
