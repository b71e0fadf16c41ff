/* Facts about what is deleted, kept for those who come back. */
#include "base/alloc.h"
#include "base/json.h"
#include "store/store_int.h"

int sk_store_kept_put(struct sk_store *store, const char *organization, const char *address,
                      const json_t *facts, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = sk_json_canonical(facts);
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_KEPT_PUT);
    sk_store__bind_text(statement, 1, organization);
    sk_store__bind_text(statement, 2, address);
    sk_store__bind_text(statement, 3, text);
    sqlite3_bind_int64(statement, 4, sk_clock_wall(store->clock).seconds);
    return sk_store__run(store, statement, "keep facts in", err);
}

int sk_store_kept_list(struct sk_store *store, const char *organization, json_t **out,
                       struct sk_err *err)
{
    json_auto_t *list = json_array();
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_KEPT_LIST);
    sk_store__bind_text(statement, 1, organization);
    int result;
    while ((result = sk_store__next(store, statement, "list the facts kept in", err)) > 0) {
        json_t *facts = sk_store__column_json(statement, 1);
        if (facts) /* what does not parse any more is of no use to anybody */
            json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "address",
                                                  sk_store__column(statement, 0), "facts", facts,
                                                  "at", sk_store__column_time(statement, 2)));
    }
    if (result == 0)
        *out = json_incref(list);
    return result;
}
