/* The journal: what was sent to AWS, and what became of it. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "store/store_int.h"

static int insert_entry(struct sk_store *store, const struct sk_journal_entry *entry,
                        struct sk_err *err)
{
    sk_auto(sk_freep) char *input = sk_json_canonical(entry->input);
    const char *const texts[] = {entry->run,     entry->commit,     entry->address,
                                 entry->action,  entry->account_id, entry->region,
                                 entry->service, entry->operation,  input};
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_BEGIN);
    int position = 1;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        sk_store__bind_text(statement, position++, texts[i]);
    sqlite3_bind_int64(statement, position, sk_clock_wall(store->clock).seconds);
    return sk_store__run(store, statement, "write the journal in", err);
}

int sk_store_journal_begin(struct sk_store *store, const struct sk_journal_entry *entry,
                           int64_t *id_out, struct sk_err *err)
{
    /* A batch in progress is committed first and goes on afterwards: this row must be on the disk
     * when the call goes out, not when the batch ends. */
    unsigned batch_depth = store->batch_depth;
    store->batch_depth = 0;
    int result = 0;
    if (!sqlite3_get_autocommit(store->db))
        result = sk_store__exec(store, "COMMIT", err);
    if (result == 0)
        result = sk_store__exec(store, "PRAGMA synchronous = FULL", err);
    if (result == 0)
        result = insert_entry(store, entry, err);
    if (result == 0)
        *id_out = sqlite3_last_insert_rowid(store->db);
    (void)!sk_store__exec(store, "PRAGMA synchronous = NORMAL", NULL);
    store->batch_depth = batch_depth;
    return result;
}

int sk_store_journal_end(struct sk_store *store, int64_t id, const char *outcome,
                         const char *request_id, const char *message, const json_t *captured,
                         struct sk_err *err)
{
    sk_auto(sk_freep) char *text = captured ? sk_json_canonical(captured) : NULL;
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_END);
    sqlite3_bind_int64(statement, 1, id);
    sk_store__bind_text(statement, 2, outcome);
    sk_store__bind_text(statement, 3, request_id);
    sk_store__bind_text(statement, 4, message);
    sk_store__bind_text(statement, 5, text);
    sqlite3_bind_int64(statement, 6, sk_clock_wall(store->clock).seconds);
    return sk_store__run(store, statement, "write the journal in", err);
}

int sk_store_journal_recent_creates(struct sk_store *store, struct sk_wall since, json_t **out,
                                    struct sk_err *err)
{
    json_auto_t *list = json_object();
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_CREATES);
    sqlite3_bind_int64(statement, 1, since.seconds);
    int result;
    while ((result = sk_store__next(store, statement, "read the journal in", err)) > 0) {
        char at[SK_WALL_TEXT_BYTES];
        sk_wall_format((struct sk_wall){sqlite3_column_int64(statement, 2)}, at);
        bool answered = strcmp(sk_store__column(statement, 3), "done") == 0;
        json_t *sentence = json_sprintf("%s was sent at %s%s", sk_store__column(statement, 1), at,
                                        answered ? "" : " and its outcome is not known");
        json_t *captured = sqlite3_column_type(statement, 4) == SQLITE_NULL
                               ? NULL
                               : sk_store__column_json(statement, 4);
        json_object_set_new(list, sk_store__column(statement, 0),
                            json_pack("{s:b, s:I, s:o*, s:o}", "answered", answered, "at",
                                      (json_int_t)sqlite3_column_int64(statement, 2), "captured",
                                      captured, "sentence", sentence));
    }
    if (result == 0)
        *out = json_incref(list);
    return result;
}

int sk_store_journal_creates_of(struct sk_store *store, const char *address, json_t **out,
                                struct sk_err *err)
{
    json_auto_t *list = json_array();
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_CREATES_OF);
    sk_store__bind_text(statement, 1, address);
    int result;
    while ((result = sk_store__next(store, statement, "read the journal in", err)) > 0)
        json_array_append_new(list, json_pack("{s:I, s:I}", "from",
                                              (json_int_t)sqlite3_column_int64(statement, 0), "to",
                                              (json_int_t)sqlite3_column_int64(statement, 1)));
    if (result == 0)
        *out = json_incref(list);
    return result;
}

/* Members of a listed entry, in the order of the statement's columns. */
static const struct {
    const char *member;
    enum { TEXT, NUMBER, TIME, JSON } type;
} columns[] = {
    {"id", NUMBER},      {"run", TEXT},        {"commit", TEXT},   {"address", TEXT},
    {"action", TEXT},    {"account", TEXT},    {"region", TEXT},   {"service", TEXT},
    {"operation", TEXT}, {"input", JSON},      {"began_at", TIME}, {"ended_at", TIME},
    {"outcome", TEXT},   {"request_id", TEXT}, {"message", TEXT},  {"captured", JSON},
};

static json_t *entry_to_json(sqlite3_stmt *statement)
{
    json_t *entry = json_object();
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        int column = (int)i;
        if (sqlite3_column_type(statement, column) == SQLITE_NULL)
            continue;
        json_t *value = NULL;
        switch (columns[i].type) {
        case TEXT:
            value = json_string(sk_store__column(statement, column));
            break;
        case NUMBER:
            value = json_integer(sqlite3_column_int64(statement, column));
            break;
        case TIME:
            value = sk_store__column_time(statement, column);
            break;
        case JSON:
            value = sk_store__column_json(statement, column);
            break;
        }
        json_object_set_new(entry, columns[i].member, value);
    }
    return entry;
}

int sk_store_journal_list(struct sk_store *store, unsigned limit, json_t **out, struct sk_err *err)
{
    json_auto_t *list = json_array();
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_LIST);
    sqlite3_bind_int64(statement, 1, limit);
    int result;
    while ((result = sk_store__next(store, statement, "read the journal in", err)) > 0)
        json_array_append_new(list, entry_to_json(statement));
    if (result == 0)
        *out = json_incref(list);
    return result;
}

int sk_store_journal_prune(struct sk_store *store, struct sk_wall before, struct sk_err *err)
{
    sqlite3_stmt *statement = sk_store__use(store, SK_STATEMENT_JOURNAL_PRUNE);
    sqlite3_bind_int64(statement, 1, before.seconds);
    return sk_store__run(store, statement, "prune the journal in", err);
}
