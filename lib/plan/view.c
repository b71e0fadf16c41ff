/* What was seen and what could not be seen, see view.h. */
#include "plan/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct sk_account *sk_accounts_find(const struct sk_accounts *accounts, const char *name)
{
    for (size_t i = 0; i < accounts->count; i++) {
        if (strcmp(accounts->items[i].name, name) == 0)
            return &accounts->items[i];
    }
    return NULL;
}

void sk_view_add_unknown(struct sk_view *view, const struct sk_kind *kind, const char *account,
                         const char *region, const struct sk_err *err)
{
    if (view->unknown_count == view->unknown_capacity) {
        view->unknown_capacity = view->unknown_capacity ? view->unknown_capacity * 2 : 8;
        view->unknown =
            sk_xrealloc(view->unknown, view->unknown_capacity, sizeof(struct sk_unknown));
    }
    struct sk_unknown *unknown = &view->unknown[view->unknown_count++];
    *unknown = (struct sk_unknown){
        .kind = kind, .account = sk_xstrdup(account), .region = sk_xstrdup(region)};
    sk_err_copy(&unknown->err, err);
}

const struct sk_unknown *sk_view_unknown(const struct sk_view *view, const struct sk_kind *kind,
                                         const char *account, const char *region)
{
    for (size_t i = 0; i < view->unknown_count; i++) {
        const struct sk_unknown *unknown = &view->unknown[i];
        if (unknown->kind == kind && strcmp(unknown->account, account) == 0 &&
            strcmp(unknown->region, region) == 0)
            return unknown;
    }
    return NULL;
}

const struct sk_unknown *sk_view_unknown_in_account(const struct sk_view *view, const char *account)
{
    for (size_t i = 0; i < view->unknown_count; i++) {
        if (strcmp(view->unknown[i].account, account) == 0)
            return &view->unknown[i];
    }
    return NULL;
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
    *view = (struct sk_view){0};
}
