/* Resource documents and sets of them, see document.h. */
#include "plan/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "plan/kind.h"

char *sk_address_format(const char *kind, const char *account, const char *region, const char *name)
{
    return sk_xasprintf("%s/%s/%s/%s", kind, account, region ? region : "global", name);
}

/* Copies the part of `address` behind slash number `part` (0: the beginning) up to the next one. */
static char *address_part(const char *address, unsigned part)
{
    while (part > 0 && address) {
        address = strchr(address, '/');
        address = address ? address + 1 : NULL;
        part--;
    }
    return address ? sk_xstrndup(address, strcspn(address, "/")) : sk_xstrdup("");
}

struct sk_document *sk_document_new(const struct sk_kind *kind, const char *address, json_t *body)
{
    struct sk_document *document = sk_xcalloc(1, sizeof(*document));
    document->kind = kind;
    document->address = sk_xstrdup(address);
    document->account = address_part(address, 1);
    document->region = address_part(address, 2);
    document->body = body;
    return document;
}

void sk_document_free(struct sk_document *document)
{
    if (!document)
        return;
    free(document->address);
    free(document->account);
    free(document->region);
    free(document->origin);
    free(document->obstacle);
    json_decref(document->body);
    json_decref(document->edges);
    free(document);
}

static bool array_has(const json_t *array, const char *text)
{
    size_t index;
    json_t *item;
    json_array_foreach(array, index, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

void sk_document_add_edge(struct sk_document *document, const char *address)
{
    if (!document->edges)
        document->edges = json_array();
    if (!array_has(document->edges, address))
        json_array_append_new(document->edges, json_string(address));
}

const char *sk_document_name(const struct sk_document *document)
{
    const char *name = document->address;
    for (unsigned slashes = 0; slashes < 3; slashes++) {
        name = strchr(name, '/');
        if (!name)
            return "";
        name++;
    }
    return name;
}

char *sk_address_fold(const char *address)
{
    return sk_text_lower(sk_xstrdup(address));
}

int sk_documents_add(struct sk_documents *set, struct sk_document *document, struct sk_err *err)
{
    if (!set->index)
        set->index = json_object();
    sk_auto(sk_freep) char *folded = sk_address_fold(document->address);
    if (json_object_get(set->index, folded)) {
        int code = sk_err_set(err, SK_E_EXISTS, "'%s' is there twice", document->address);
        sk_document_free(document);
        return code;
    }
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 16;
        set->items = sk_xrealloc(set->items, set->capacity, sizeof(struct sk_document *));
    }
    json_object_set_new(set->index, folded, json_integer((json_int_t)set->count));
    set->items[set->count++] = document;
    return 0;
}

struct sk_document *sk_documents_find(const struct sk_documents *set, const char *address)
{
    sk_auto(sk_freep) char *folded = sk_address_fold(address);
    const json_t *position = json_object_get(set->index, folded);
    return position ? set->items[json_integer_value(position)] : NULL;
}

static int by_address(const void *a, const void *b)
{
    const struct sk_document *const *left = a;
    const struct sk_document *const *right = b;
    return strcmp((*left)->address, (*right)->address);
}

bool sk_documents_any(const struct sk_documents *set, unsigned flags)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->flags & flags)
            return true;
    }
    return false;
}

void sk_documents_sort(struct sk_documents *set)
{
    if (set->count == 0)
        return;
    qsort(set->items, set->count, sizeof(struct sk_document *), by_address);
    for (size_t i = 0; i < set->count; i++) {
        sk_auto(sk_freep) char *folded = sk_address_fold(set->items[i]->address);
        json_object_set_new(set->index, folded, json_integer((json_int_t)i));
    }
}

void sk_documents_done(struct sk_documents *set)
{
    for (size_t i = 0; i < set->count; i++)
        sk_document_free(set->items[i]);
    free(set->items);
    json_decref(set->index);
    *set = (struct sk_documents){0};
}

json_t *sk_document_to_json(const struct sk_document *document)
{
    json_t *value = json_pack("{s:s, s:s, s:O}", "address", document->address, "kind",
                              document->kind->name, "body", document->body);
    if (document->edges)
        json_object_set(value, "edges", document->edges);
    if (document->origin)
        json_object_set_new(value, "origin", json_string(document->origin));
    if (document->flags)
        json_object_set_new(value, "flags", json_integer(document->flags));
    return value;
}
