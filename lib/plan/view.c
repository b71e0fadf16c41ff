/* What was seen and what could not be seen, see view.h. */
#include "plan/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "plan/kind.h"
#include "plan/plan_int.h"

const struct sk_account *sk_accounts_find(const struct sk_accounts *accounts, const char *name)
{
    for (size_t i = 0; i < accounts->count; i++) {
        if (strcmp(accounts->items[i].name, name) == 0)
            return &accounts->items[i];
    }
    return NULL;
}

/* Names hold no line breaks, so these texts cannot be mistaken for each other. */
static char *part_key(const struct sk_kind *kind, const char *account, const char *region)
{
    return sk_xasprintf("%s\n%s\n%s", kind->name, account, region);
}

static const struct sk_unknown *find_unknown(const struct sk_view *view, const char *key)
{
    const json_t *position = json_object_get(view->unknown_index, key);
    return position ? &view->unknown[json_integer_value(position)] : NULL;
}

static void index_unknown(struct sk_view *view, const char *key, size_t position)
{
    if (!json_object_get(view->unknown_index, key))
        json_object_set_new(view->unknown_index, key, json_integer((json_int_t)position));
}

void sk_view_add_unknown(struct sk_view *view, const struct sk_kind *kind, const char *account,
                         const char *region, const struct sk_err *err)
{
    if (view->unknown_count == view->unknown_capacity) {
        view->unknown_capacity = view->unknown_capacity ? view->unknown_capacity * 2 : 8;
        view->unknown =
            sk_xrealloc(view->unknown, view->unknown_capacity, sizeof(struct sk_unknown));
    }
    if (!view->unknown_index)
        view->unknown_index = json_object();
    sk_auto(sk_freep) char *key = part_key(kind, account, region);
    index_unknown(view, key, view->unknown_count);
    index_unknown(view, account, view->unknown_count);
    struct sk_unknown *unknown = &view->unknown[view->unknown_count++];
    *unknown = (struct sk_unknown){
        .kind = kind, .account = sk_xstrdup(account), .region = sk_xstrdup(region)};
    sk_err_copy(&unknown->err, err);
}

const struct sk_unknown *sk_view_unknown(const struct sk_view *view, const struct sk_kind *kind,
                                         const char *account, const char *region)
{
    if (view->unknown_count == 0)
        return NULL;
    sk_auto(sk_freep) char *key = part_key(kind, account, region);
    return find_unknown(view, key);
}

const struct sk_unknown *sk_view_unknown_in_account(const struct sk_view *view, const char *account)
{
    return find_unknown(view, account);
}

const struct sk_unknown *sk_view_unknown_around(const struct sk_view *view,
                                                const struct sk_kinds *kinds, const char *address)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(address, strcspn(address, "/"));
    const struct sk_kind *kind = sk_kinds_find(kinds, name);
    if (!kind || view->unknown_count == 0)
        return NULL;
    struct sk_document *document = sk_document_new(kind, address, NULL);
    const struct sk_unknown *unknown =
        sk_view_unknown(view, kind, document->account, document->region);
    sk_document_free(document);
    return unknown;
}

void sk_view_done(struct sk_view *view)
{
    sk_documents_done(&view->live);
    for (size_t i = 0; i < view->unknown_count; i++) {
        free(view->unknown[i].account);
        free(view->unknown[i].region);
        sk_err_done(&view->unknown[i].err);
    }
    free(view->unknown);
    json_decref(view->unknown_index);
    json_decref(view->made);
    *view = (struct sk_view){0};
}
