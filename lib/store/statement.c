/* Running prepared statements, and the adapter from SQLite's result codes to struct sk_err. */
#include <string.h>

#include "base/json.h"
#include "store/store_int.h"

int sk_store__fail(const struct sk_store *store, const char *what, struct sk_err *err)
{
    int detail = store->db ? sqlite3_extended_errcode(store->db) : SQLITE_NOMEM;
    const char *text = store->db ? sqlite3_errmsg(store->db) : "out of memory";
    enum sk_errc code = SK_E_IO;
    switch (detail & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        code = SK_E_LOCKED;
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        code = SK_E_PARSE;
        break;
    default:
        break;
    }
    bool fresh = err && err->code == SK_OK;
    sk_err_set(err, code, "cannot %s '%s': %s", what, store->path ? store->path : "in memory",
               text);
    if (fresh)
        err->detail = detail;
    return code;
}

int sk_store__exec(struct sk_store *store, const char *sql, struct sk_err *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sk_store__fail(store, "use the state file", err);
    return 0;
}

sqlite3_stmt *sk_store__use(struct sk_store *store, enum sk_statement statement)
{
    sqlite3_stmt *prepared = store->statements[statement];
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    return prepared;
}

void sk_store__bind_text(sqlite3_stmt *statement, int position, const char *text)
{
    sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
}

int sk_store__run(struct sk_store *store, sqlite3_stmt *statement, const char *what,
                  struct sk_err *err)
{
    /* The transaction of a batch opens with its first write: one that only reads blocks nobody. */
    if (store->batch_depth > 0 && sqlite3_get_autocommit(store->db)) {
        int result = sk_store__exec(store, "BEGIN IMMEDIATE", err);
        if (result < 0)
            return result;
    }
    int result = 0;
    if (sqlite3_step(statement) != SQLITE_DONE)
        result = sk_store__fail(store, what, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

int sk_store__next(struct sk_store *store, sqlite3_stmt *statement, const char *what,
                   struct sk_err *err)
{
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        return 1;
    int result = status == SQLITE_DONE ? 0 : sk_store__fail(store, what, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

const char *sk_store__column(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? (const char *)text : "";
}

json_t *sk_store__column_json(sqlite3_stmt *statement, int column)
{
    const char *text = sk_store__column(statement, column);
    return sk_json_parse(text, strlen(text), "state file", NULL);
}

json_t *sk_store__column_time(sqlite3_stmt *statement, int column)
{
    char text[SK_WALL_TEXT_BYTES];
    sk_wall_format((struct sk_wall){sqlite3_column_int64(statement, column)}, text);
    return json_string(text);
}
