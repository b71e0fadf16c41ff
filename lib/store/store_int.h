/* Inside of the store: the connection, its prepared statements, the writer's lock. Only for the
 * files of this folder and their tests. */
#ifndef SK_STORE_STORE_INT_H
#define SK_STORE_STORE_INT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

/* X(name, SQL). Prepared when the store opens, so that a wrong schema shows at once. */
#define SK_STATEMENTS(X)                                                                           \
    X(CACHE_GET, "SELECT answer, used_at FROM cache WHERE key = ?1 AND version = ?2")              \
    X(CACHE_TOUCH, "UPDATE cache SET used_at = ?2 WHERE key = ?1")                                 \
    X(CACHE_PUT, "INSERT OR REPLACE INTO cache (key, version, used_at, answer)"                    \
                 " VALUES (?1, ?2, ?3, ?4)")                                                       \
    X(CACHE_PRUNE, "DELETE FROM cache WHERE used_at < ?1")                                         \
    X(APPLIED_PUT, "INSERT OR REPLACE INTO applied (organization, address, document, commit_id,"   \
                   " applied_at) VALUES (?1, ?2, ?3, ?4, ?5)")                                     \
    X(APPLIED_REMOVE, "DELETE FROM applied WHERE organization = ?1 AND address = ?2")              \
    X(APPLIED_LIST, "SELECT address, document, commit_id, applied_at FROM applied"                 \
                    " WHERE organization = ?1 ORDER BY address")                                   \
    X(KEPT_PUT, "INSERT OR REPLACE INTO kept (organization, address, facts, kept_at)"              \
                " VALUES (?1, ?2, ?3, ?4)")                                                        \
    X(KEPT_LIST, "SELECT address, facts, kept_at FROM kept WHERE organization = ?1"                \
                 " ORDER BY kept_at, address, facts")                                              \
    X(JOURNAL_BEGIN, "INSERT INTO journal (run, commit_id, address, action, account, region,"      \
                     " service, operation, input, began_at)"                                       \
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                          \
    X(JOURNAL_END,                                                                                 \
      "UPDATE journal SET outcome = ?2, request_id = ?3, message = ?4, captured = ?5,"             \
      " ended_at = ?6 WHERE id = ?1")                                                              \
    X(JOURNAL_CREATES, "SELECT address, operation, began_at, outcome, captured"                    \
                       " FROM journal AS made"                                                     \
                       " WHERE action = 'create' AND began_at >= ?1"                               \
                       " AND (outcome IS NULL OR outcome IN ('done', 'unknown'))"                  \
                       " AND NOT EXISTS (SELECT 1 FROM journal AS last WHERE last.id ="            \
                       "  (SELECT max(id) FROM journal WHERE address = made.address)"              \
                       "  AND last.action = 'delete' AND last.outcome = 'done')"                   \
                       " ORDER BY id")                                                             \
    X(JOURNAL_CREATES_OF, "SELECT began_at, coalesce(ended_at, began_at) FROM journal"             \
                          " WHERE address = ?1 AND action = 'create'"                              \
                          " AND (outcome IS NULL OR outcome IN ('done', 'unknown')) ORDER BY id")  \
    X(JOURNAL_LIST,                                                                                \
      "SELECT id, run, commit_id, address, action, account, region, service,"                      \
      " operation, input, began_at, ended_at, outcome, request_id, message, captured"              \
      " FROM journal ORDER BY id DESC LIMIT ?1")                                                   \
    X(JOURNAL_PRUNE, "DELETE FROM journal WHERE began_at < ?1")

enum sk_statement {
#define X(name, sql) SK_STATEMENT_##name,
    SK_STATEMENTS(X)
#undef X
        SK_STATEMENT_COUNT
};

struct sk_store {
    sqlite3 *db;
    char *path; /* owned: of the database file, for messages */
    const struct sk_clock *clock;
    int lock;          /* descriptor of the writer's lock, -1 without it */
    bool caller_locks; /* the caller has it */
    unsigned batch_depth;
    sqlite3_stmt *statements[SK_STATEMENT_COUNT];
};

/* lock.c. Takes the one-writer lock of the folder: a descriptor, or SK_E_LOCKED, SK_E_IO. The
 * kernel releases it when the process dies; the file's content only says who holds it. */
int sk_store__lock_writer(const char *folder, const char *command, const struct sk_clock *clock,
                          struct sk_err *err) SK_WARN_UNUSED;
void sk_store__unlock_writer(int lock);
/* Waits for the short lock under which a store is opened, checked, migrated or moved aside. */
int sk_store__lock_opening(const char *folder, struct sk_err *err) SK_WARN_UNUSED;

/* store.c. Makes the state folder and what is missing above it. */
int sk_store__make_folder(const char *folder, struct sk_err *err) SK_WARN_UNUSED;

/* schema.c. Opens the file (NULL: in memory), checks it, brings it to this program's version and
 * prepares the statements. SK_E_PARSE: damaged, or not ours; SK_E_REFUSED: of a newer program. */
int sk_store__connect(struct sk_store *store, const char *path, struct sk_err *err) SK_WARN_UNUSED;
/* Finishes the statements and closes the connection; can be repeated. */
void sk_store__disconnect(struct sk_store *store);

/* statement.c. The adapter for SQLite's errors: sets *err from the connection's last one. */
int sk_store__fail(const struct sk_store *store, const char *what, struct sk_err *err);
int sk_store__exec(struct sk_store *store, const char *sql, struct sk_err *err) SK_WARN_UNUSED;
/* A statement ready to be bound (parameters count from 1), or NULL with *err set. `write` opens the
 * transaction of a batch. */
sqlite3_stmt *sk_store__use(struct sk_store *store, enum sk_statement statement);
/* text NULL binds NULL. The text must live until the statement was run. */
void sk_store__bind_text(sqlite3_stmt *statement, int position, const char *text);
/* Runs a writing statement to its end and resets it. `what` completes "cannot …". */
int sk_store__run(struct sk_store *store, sqlite3_stmt *statement, const char *what,
                  struct sk_err *err) SK_WARN_UNUSED;
/* Next row of a reading statement: 1, or 0 at the end, or an error; reset in the last two cases. */
int sk_store__next(struct sk_store *store, sqlite3_stmt *statement, const char *what,
                   struct sk_err *err) SK_WARN_UNUSED;
/* Text of a column, "" for NULL; borrowed until the next row. */
const char *sk_store__column(sqlite3_stmt *statement, int column);
/* The JSON value in a column, NULL when there is none or it does not parse. New. */
json_t *sk_store__column_json(sqlite3_stmt *statement, int column);
/* The time in a column as ISO 8601. New. */
json_t *sk_store__column_time(sqlite3_stmt *statement, int column);

#endif
