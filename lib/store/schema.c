/* Opening the database file: checks, migrations, prepared statements.
 *
 * Runs under the opening lock, so that two processes never migrate, or judge a half-made file, at
 * the same time. */
#include <string.h>

#include "store/store_int.h"

#define BUSY_TIMEOUT_MS 10000

/* Entry N brings a file from version N to N + 1; PRAGMA user_version holds the version. Entries are
 * only ever added. Addresses compare without regard to case, as AWS's names do (plan/document.h).
 */
static const char *const migrations[] = {
    "CREATE TABLE cache ("
    " key TEXT PRIMARY KEY NOT NULL, version TEXT NOT NULL,"
    " used_at INTEGER NOT NULL, answer TEXT NOT NULL);"
    "CREATE INDEX cache_by_use ON cache (used_at);"
    "CREATE TABLE applied ("
    " organization TEXT NOT NULL, address TEXT NOT NULL COLLATE NOCASE, document TEXT NOT NULL,"
    " commit_id TEXT, applied_at INTEGER NOT NULL, PRIMARY KEY (organization, address));"
    "CREATE TABLE journal ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, commit_id TEXT,"
    " address TEXT NOT NULL COLLATE NOCASE, action TEXT NOT NULL, account TEXT NOT NULL,"
    " region TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL, input TEXT NOT NULL,"
    " began_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, request_id TEXT, message TEXT,"
    " captured TEXT);"
    "CREATE INDEX journal_by_time ON journal (began_at);"
    "CREATE INDEX journal_by_address ON journal (address, id);",
    "CREATE TABLE kept ("
    " organization TEXT NOT NULL, address TEXT NOT NULL COLLATE NOCASE, facts TEXT NOT NULL,"
    " kept_at INTEGER NOT NULL, PRIMARY KEY (organization, address, facts));",
};
#define SCHEMA_VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

static const char *const statement_texts[] = {
#define X(name, sql) sql,
    SK_STATEMENTS(X)
#undef X
};

/* First column of the first row of a query as a number; negative error. */
static int read_number(struct sk_store *store, const char *sql, int *out, struct sk_err *err)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        *out = sqlite3_column_int(statement, 0);
    int result = status == SQLITE_ROW ? 0 : sk_store__fail(store, "read the state file", err);
    sqlite3_finalize(statement);
    return result;
}

/* SQLite's own look at the structure of the file. */
static int check_structure(struct sk_store *store, struct sk_err *err)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step(statement);
    int result = 0;
    if (status != SQLITE_ROW)
        result = sk_store__fail(store, "check the state file", err);
    else if (strcmp(sk_store__column(statement, 0), "ok") != 0)
        result = sk_err_set(err, SK_E_PARSE, "state file '%s' is damaged: %s", store->path,
                            sk_store__column(statement, 0));
    sqlite3_finalize(statement);
    return result;
}

static int migrate(struct sk_store *store, int version, struct sk_err *err)
{
    int result = sk_store__exec(store, "BEGIN IMMEDIATE", err);
    for (; result == 0 && version < SCHEMA_VERSION; version++)
        result = sk_store__exec(store, migrations[version], err);
    if (result == 0) {
        char *sql = sqlite3_mprintf("PRAGMA user_version = %d; COMMIT", SCHEMA_VERSION);
        result = sk_store__exec(store, sql, err);
        sqlite3_free(sql);
    }
    if (result < 0)
        (void)!sk_store__exec(store, "ROLLBACK", NULL);
    return result;
}

/* Whether the file is one of ours that this program understands; nothing is written before. */
static int check_version(struct sk_store *store, int *version, struct sk_err *err)
{
    int tables = 0;
    int result = read_number(store, "PRAGMA user_version", version, err);
    if (result == 0)
        result = read_number(store, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (result < 0)
        return result;
    if (*version > SCHEMA_VERSION)
        return sk_err_set(err, SK_E_REFUSED,
                          "state file '%s' has version %d, this program knows versions up to %d: "
                          "use the newer program, or move the file away (nothing that matters for "
                          "safety is lost)",
                          store->path, *version, SCHEMA_VERSION);
    if (*version < 0 || (*version == 0 && tables > 0))
        return sk_err_set(err, SK_E_PARSE, "state file '%s' was made by another program",
                          store->path);
    return 0;
}

static int prepare_statements(struct sk_store *store, struct sk_err *err)
{
    for (size_t i = 0; i < SK_STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) == SQLITE_OK)
            continue;
        if ((sqlite3_errcode(store->db) & 0xff) == SQLITE_ERROR) /* a table or column is missing */
            return sk_err_set(err, SK_E_PARSE, "state file '%s' lacks what its version has: %s",
                              store->path, sqlite3_errmsg(store->db));
        return sk_store__fail(store, "read the state file", err);
    }
    return 0;
}

static int set_up(struct sk_store *store, struct sk_err *err)
{
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* NORMAL loses the last transactions at a power cut, never the file; the journal's begin, which
     * must not be lost, switches to FULL (journal.c). */
    int version = 0;
    int result = check_structure(store, err);
    if (result == 0)
        result = check_version(store, &version, err);
    if (result == 0)
        result =
            sk_store__exec(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err);
    if (result == 0 && version < SCHEMA_VERSION)
        result = migrate(store, version, err);
    return result == 0 ? prepare_statements(store, err) : result;
}

int sk_store__connect(struct sk_store *store, const char *path, struct sk_err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int result;
    if (sqlite3_open_v2(path ? path : ":memory:", &store->db, flags, NULL) != SQLITE_OK)
        result = sk_store__fail(store, "open the state file", err);
    else
        result = set_up(store, err);
    if (result < 0)
        sk_store__disconnect(store);
    return result;
}

void sk_store__disconnect(struct sk_store *store)
{
    for (size_t i = 0; i < SK_STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close_v2(store->db);
    store->db = NULL;
}
