/* Last applied documents: the baseline of drift. */
#include "base/alloc.h"
#include "base/json.h"
#include "store/store_int.h"

int sk_store_applied_put(struct sk_store *store, const char *organization, const char *address,
                         const json_t *document, const char *commit, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = sk_json_canonical(document);
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_APPLIED_PUT);
    sk_store__bind_text(statement, 1, organization);
    sk_store__bind_text(statement, 2, address);
    sk_store__bind_text(statement, 3, text);
    sk_store__bind_text(statement, 4, commit);
    sqlite3_bind_int64(statement, 5, sk_clock_wall(store->clock).seconds);
    return sk_store__run(store, statement, "record an applied document in", err);
}

int sk_store_applied_remove(struct sk_store *store, const char *organization, const char *address,
                            struct sk_err *err)
{
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_APPLIED_REMOVE);
    sk_store__bind_text(statement, 1, organization);
    sk_store__bind_text(statement, 2, address);
    return sk_store__run(store, statement, "forget an applied document in", err);
}

int sk_store_applied_list(struct sk_store *store, const char *organization, json_t **out,
                          struct sk_err *err)
{
    json_auto_t *list = json_object();
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_APPLIED_LIST);
    sk_store__bind_text(statement, 1, organization);
    int result;
    while ((result = sk_store__next(store, statement, "list the applied documents in", err)) > 0) {
        const char *address = sk_store__column(statement, 0);
        json_t *document = sk_store__column_json(statement, 1);
        if (!document) {
            sk_err_set(err, SK_E_PARSE, "state file '%s' holds a damaged document of '%s'",
                       store->path, address);
            sqlite3_reset(statement);
            return SK_E_PARSE;
        }
        json_t *entry = json_pack("{s:o, s:o}", "document", document, "at",
                                  sk_store__column_time(statement, 3));
        if (sqlite3_column_type(statement, 2) != SQLITE_NULL)
            json_object_set_new(entry, "commit", json_string(sk_store__column(statement, 2)));
        json_object_set_new(list, address, entry);
    }
    if (result == 0)
        *out = json_incref(list);
    return result;
}
