/* Files to documents, see manifest.h. The envelope (apiVersion, kind, metadata, spec) is an
 * ordinary schema row, put together for the kind that a document names. */
#include "manifest/manifest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "manifest/check_int.h"
#include "manifest/node_int.h"

/* What documents borrow from. */
struct sk_manifest_store {
    struct sk_arena arena;
};

struct loader {
    struct sk_manifests *manifests;
    const struct sk_schema *schema;
    const char **kind_names; /* ends with NULL */
    struct sk_patterns *patterns;
    struct sk_diagnostics *diagnostics;
    const char *path; /* of the file that is being read, in the arena */
    size_t documents;
};

static const struct sk_schema_field text_row = {.name = "text", .type = SK_SCHEMA_TEXT};

static bool is_manifest_path(const char *path)
{
    if (!sk_text_ends_with(path, ".yaml") && !sk_text_ends_with(path, ".yml"))
        return false;
    return path[0] != '.' && !strstr(path, "/.");
}

static struct sk_manifest *add_manifest(struct sk_manifests *manifests)
{
    if (manifests->count == manifests->capacity) {
        manifests->capacity = manifests->capacity ? 2 * manifests->capacity : 16;
        manifests->items =
            sk_xrealloc(manifests->items, manifests->capacity, sizeof(*manifests->items));
    }
    struct sk_manifest *manifest = &manifests->items[manifests->count++];
    *manifest = (struct sk_manifest){0};
    return manifest;
}

/* The whole document against its envelope. `kind` NULL: only the envelope itself is checked. */
static json_t *check_envelope(struct loader *loader, const struct sk_node *root,
                              const struct sk_schema_kind *kind)
{
    const char *const versions[] = {loader->schema->api_version, NULL};
    struct sk_schema_field name_row = kind ? *kind->name_row : text_row;
    name_row.name = "name";
    name_row.flags |= SK_SCHEMA_REQUIRED;
    const struct sk_schema_field metadata_rows[] = {
        name_row,
        {.name = "description", .type = SK_SCHEMA_TEXT},
        {.name = "labels", .type = SK_SCHEMA_MAP, .item = &text_row},
        {0},
    };
    const struct sk_schema_field rows[] = {
        {.name = "apiVersion",
         .type = SK_SCHEMA_TEXT,
         .flags = SK_SCHEMA_REQUIRED,
         .values = versions},
        {.name = "kind",
         .type = SK_SCHEMA_TEXT,
         .flags = SK_SCHEMA_REQUIRED,
         .values = loader->kind_names},
        {.name = "metadata",
         .type = SK_SCHEMA_OBJECT,
         .flags = SK_SCHEMA_REQUIRED,
         .fields = metadata_rows},
        {.name = "spec",
         .type = SK_SCHEMA_OBJECT,
         .flags = kind || !sk_node_get(root, "spec") ? SK_SCHEMA_REQUIRED : 0,
         .fields = kind ? kind->spec->fields : NULL},
        {0},
    };
    /* Without a kind nothing can be said about the spec: leave it out of what is checked. */
    struct sk_node shallow = *root;
    struct sk_node *copies = sk_xcalloc(root->count + 1, sizeof(*copies));
    const struct sk_node **tail = &shallow.children;
    size_t used = 0;
    for (const struct sk_node *child = root->children; child; child = child->next) {
        if (!kind && strcmp(child->key, "spec") == 0)
            continue;
        copies[used] = *child;
        *tail = &copies[used];
        tail = &copies[used++].next;
    }
    *tail = NULL;
    const struct sk_schema_field envelope = {
        .name = "document", .type = SK_SCHEMA_OBJECT, .fields = rows};
    json_t *value = sk_schema_check(&shallow, &envelope, loader->path, "", loader->patterns,
                                    loader->diagnostics);
    free(copies);
    return value;
}

static void load_document(const struct sk_node *root, void *data)
{
    struct loader *loader = data;
    loader->documents++;
    if (root->type != SK_NODE_MAP) {
        sk_diagnostics_add(loader->diagnostics, loader->path, root->position,
                           SK_DIAGNOSTIC_NOT_A_MAPPING,
                           "the document is %s; expected a mapping with apiVersion, kind, metadata "
                           "and spec",
                           root->type == SK_NODE_LIST ? "a list" : "text");
        return;
    }
    size_t errors = loader->diagnostics->errors;
    const struct sk_node *kind_node = sk_node_get(root, "kind");
    const struct sk_schema_kind *kind =
        kind_node ? sk_schema_kind(loader->schema, kind_node->text) : NULL;
    json_auto_t *document = check_envelope(loader, root, kind);
    json_t *metadata = json_object_get(document, "metadata");
    const char *name = json_string_value(json_object_get(metadata, "name"));
    if (!kind || !name) {
        loader->manifests->incomplete = true;
        return;
    }
    struct sk_manifest *manifest = add_manifest(loader->manifests);
    json_t *spec = json_object_get(document, "spec");
    manifest->kind = kind;
    manifest->name = name;
    manifest->metadata = json_incref(metadata);
    manifest->spec = spec ? json_incref(spec) : json_object();
    manifest->path = loader->path;
    manifest->position = root->position;
    manifest->root = root;
    manifest->broken = loader->diagnostics->errors != errors;
}

static int compare_manifests(const void *left, const void *right)
{
    const struct sk_manifest *a = left;
    const struct sk_manifest *b = right;
    int order = strcmp(a->kind->name, b->kind->name);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->path, b->path);
    if (order == 0)
        order = a->position.line < b->position.line ? -1 : a->position.line > b->position.line;
    return order;
}

static void load_file(struct loader *loader, const struct sk_manifest_file *file)
{
    struct sk_arena *arena = &loader->manifests->store->arena;
    loader->path = sk_arena_copy(arena, file->path, strlen(file->path));
    if (sk_node_compose(arena, loader->path, file->data, file->length, loader->diagnostics,
                        load_document, loader) != 0)
        loader->manifests->incomplete = true;
}

int sk_manifests_load(const struct sk_manifest_file *files, size_t count,
                      const struct sk_schema *schema, struct sk_manifests **out,
                      struct sk_diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct sk_manifests *manifests = sk_xcalloc(1, sizeof(*manifests));
    manifests->store = sk_xcalloc(1, sizeof(*manifests->store));
    struct loader loader = {
        .manifests = manifests,
        .schema = schema,
        .kind_names = sk_xcalloc(schema->count + 1, sizeof(char *)),
        .patterns = sk_patterns_new(),
        .diagnostics = diagnostics,
    };
    for (size_t i = 0; i < schema->count; i++)
        loader.kind_names[i] = schema->kinds[i].name;
    for (size_t i = 0; i < count; i++) {
        if (is_manifest_path(files[i].path))
            load_file(&loader, &files[i]);
    }
    if (loader.documents == 0 && diagnostics->errors == errors)
        sk_diagnostics_add(diagnostics, NULL, (struct sk_position){0, 0}, SK_DIAGNOSTIC_EMPTY,
                           "no manifest among %zu files; expected *.yaml or *.yml with at least an "
                           "Organization",
                           count);
    if (manifests->count > 1)
        qsort(manifests->items, manifests->count, sizeof(*manifests->items), compare_manifests);
    sk_patterns_free(loader.patterns);
    free(loader.kind_names);
    *out = manifests;
    return diagnostics->errors == errors ? 0 : SK_E_INVALID;
}

void sk_manifests_free(struct sk_manifests *manifests)
{
    if (!manifests)
        return;
    for (size_t i = 0; i < manifests->count; i++) {
        json_decref(manifests->items[i].metadata);
        json_decref(manifests->items[i].spec);
    }
    free(manifests->items);
    sk_arena_done(&manifests->store->arena);
    free(manifests->store);
    free(manifests);
}

const struct sk_manifest *sk_manifests_find(const struct sk_manifests *manifests, const char *kind,
                                            const char *name)
{
    size_t low = 0;
    size_t high = manifests->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct sk_manifest *item = &manifests->items[middle];
        int order = strcmp(item->kind->name, kind);
        if (order == 0)
            order = strcmp(item->name, name);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == manifests->count || strcmp(manifests->items[low].kind->name, kind) != 0 ||
        strcmp(manifests->items[low].name, name) != 0)
        return NULL;
    return &manifests->items[low];
}

/* One reference token of a JSON pointer (RFC 6901), unescaped; *pointer moves behind it. */
static char *next_token(const char **pointer)
{
    struct sk_buffer token = {0};
    const char *at = *pointer + 1;
    for (; *at && *at != '/'; at++) {
        if (at[0] == '~' && (at[1] == '0' || at[1] == '1'))
            sk_buffer_addc(&token, *++at == '0' ? '~' : '/');
        else
            sk_buffer_addc(&token, *at);
    }
    *pointer = at;
    return sk_buffer_take(&token);
}

static const struct sk_node *child_of(const struct sk_node *node, const char *token)
{
    if (node->type == SK_NODE_MAP)
        return sk_node_get(node, token);
    if (node->type != SK_NODE_LIST)
        return NULL;
    char *end = NULL;
    unsigned long index = strtoul(token, &end, 10);
    if (*token < '0' || *token > '9' || *end)
        return NULL;
    const struct sk_node *child = node->children;
    while (child && index-- > 0)
        child = child->next;
    return child;
}

/* The node at a pointer, or the nearest above it; *found says which. */
static const struct sk_node *walk(const struct sk_manifest *manifest, const char *pointer,
                                  bool *found)
{
    const struct sk_node *node = manifest->root;
    *found = true;
    while (*pointer == '/') {
        sk_auto(sk_freep) char *token = next_token(&pointer);
        const struct sk_node *child = child_of(node, token);
        *found = child != NULL;
        if (!child)
            break;
        node = child;
    }
    return node;
}

struct sk_position sk_manifest_position(const struct sk_manifest *manifest, const char *pointer,
                                        bool of_key)
{
    bool found;
    const struct sk_node *node = walk(manifest, pointer, &found);
    return of_key && node->key ? node->key_position : node->position;
}

bool sk_manifest_has(const struct sk_manifest *manifest, const char *pointer)
{
    bool found;
    walk(manifest, pointer, &found);
    return found;
}

void sk_manifest_fault(const struct sk_manifest *manifest, const char *pointer,
                       struct sk_diagnostics *diagnostics, enum sk_diagnostic_code code,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sk_diagnostics_addv(diagnostics, false, manifest->path,
                        sk_manifest_position(manifest, pointer, false), code, format, arguments);
    va_end(arguments);
}

void sk_manifest_warn(const struct sk_manifest *manifest, const char *pointer,
                      struct sk_diagnostics *diagnostics, enum sk_diagnostic_code code,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sk_diagnostics_addv(diagnostics, true, manifest->path,
                        sk_manifest_position(manifest, pointer, false), code, format, arguments);
    va_end(arguments);
}

/* sk_manifest_load_object: the only document of the file. */
struct single {
    const struct sk_schema_field *field;
    const char *path;
    struct sk_patterns *patterns;
    struct sk_diagnostics *diagnostics;
    size_t documents;
    json_t *value;
};

static void load_single(const struct sk_node *root, void *data)
{
    struct single *single = data;
    if (++single->documents > 1) {
        sk_diagnostics_add(single->diagnostics, single->path, root->position, SK_DIAGNOSTIC_SYNTAX,
                           "a second document; expected one");
        return;
    }
    single->value = sk_schema_check(root, single->field, single->path, "", single->patterns,
                                    single->diagnostics);
}

int sk_manifest_load_object(const struct sk_manifest_file *file,
                            const struct sk_schema_field *field, json_t **out,
                            struct sk_diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct sk_arena arena = {0};
    struct single single = {
        .field = field,
        .path = file->path,
        .patterns = sk_patterns_new(),
        .diagnostics = diagnostics,
    };
    int result = sk_node_compose(&arena, file->path, file->data, file->length, diagnostics,
                                 load_single, &single);
    if (result == 0 && single.documents == 0)
        single.value = json_object();
    sk_patterns_free(single.patterns);
    sk_arena_done(&arena);
    *out = single.value;
    return diagnostics->errors == errors ? 0 : SK_E_INVALID;
}
