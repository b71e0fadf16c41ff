/* The observation cache: answers of AWS under a question and a change marker. */
#include "base/json.h"
#include "store/store_int.h"

#include "base/alloc.h"

/* How old the note of an entry's last use may get before a read renews it: reading a thousand
 * entries twice in an hour then writes nothing the second time. */
#define TOUCH_AFTER_S 3600

/* Failing to renew the note is no reason to fail the read: the entry only goes earlier. */
static void touch(struct sk_store *store, const char *key, int64_t used_at, int64_t now)
{
    if (now - used_at < TOUCH_AFTER_S)
        return;
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_CACHE_TOUCH);
    sk_store__bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, now);
    (void)!sk_store__run(store, statement, "note the use of a cached answer in", NULL);
}

int sk_store_cache_get(struct sk_store *store, const char *key, const char *version, json_t **out,
                       struct sk_err *err)
{
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_CACHE_GET);
    sk_store__bind_text(statement, 1, key);
    sk_store__bind_text(statement, 2, version);
    int result = sk_store__next(store, statement, "read the cache in", err);
    if (result < 0)
        return result;
    *out = NULL;
    if (result == 0)
        return 0;
    *out = sk_store__column_json(statement, 0); /* one that does not parse counts as none */
    int64_t used_at = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    touch(store, key, used_at, sk_clock_wall(store->clock).seconds);
    return 0;
}

int sk_store_cache_put(struct sk_store *store, const char *key, const char *version,
                       const json_t *answer, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = sk_json_canonical(answer);
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_CACHE_PUT);
    sk_store__bind_text(statement, 1, key);
    sk_store__bind_text(statement, 2, version);
    sqlite3_bind_int64(statement, 3, sk_clock_wall(store->clock).seconds);
    sk_store__bind_text(statement, 4, text);
    return sk_store__run(store, statement, "write the cache in", err);
}

int sk_store_cache_prune(struct sk_store *store, struct sk_wall before, struct sk_err *err)
{
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_CACHE_PRUNE);
    sqlite3_bind_int64(statement, 1, before.seconds);
    return sk_store__run(store, statement, "prune the cache in", err);
}
