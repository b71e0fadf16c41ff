/* lib/store: records, cache, journal, the writer's lock, damage, death of a process, a full disk.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store.h"

static int64_t now_s;

static struct sk_wall fake_wall(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_wall){now_s};
}
static struct sk_mono fake_mono(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_mono){now_s * 1000};
}
static const struct sk_clock fake_clock = {fake_wall, fake_mono, NULL};

/* A folder of its own for each test. */
static int make_folder(void **state)
{
    now_s = 1795380060; /* 2026-11-22T20:41:00Z */
    char *folder = sk_xstrdup("/tmp/sk_store_XXXXXX");
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int remove_folder(void **state)
{
    int result = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

static char *in_folder(const char *folder, const char *name)
{
    return sk_xasprintf("%s/%s", folder, name);
}

static struct sk_store *open_store(const char *folder, bool write_lock)
{
    struct sk_err err = {0};
    struct sk_store *store = NULL;
    char *recovered = NULL;
    struct sk_store_opts opts = {.folder = folder, .clock = &fake_clock, .write_lock = write_lock};
    ASSERT_OK(sk_store_open(&opts, &store, &recovered, &err), &err);
    assert_null(recovered);
    return store;
}

static int64_t begin(struct sk_store *store, const char *address, const char *action,
                     const char *operation)
{
    struct sk_err err = {0};
    json_auto_t *input = json_pack("{s:s}", "RoleName", "r");
    struct sk_journal_entry entry = {.run = "run-1",
                                     .address = address,
                                     .action = action,
                                     .account_id = "111111111111",
                                     .region = "global",
                                     .service = "iam",
                                     .operation = operation,
                                     .input = input};
    int64_t id = 0;
    ASSERT_OK(sk_store_journal_begin(store, &entry, &id, &err), &err);
    return id;
}

static void end(struct sk_store *store, int64_t id, const char *outcome)
{
    struct sk_err err = {0};
    ASSERT_OK(sk_store_journal_end(store, id, outcome, "req-1", NULL, NULL, &err), &err);
}

static json_t *cached(struct sk_store *store, const char *key, const char *version)
{
    struct sk_err err = {0};
    json_t *answer = NULL;
    ASSERT_OK(sk_store_cache_get(store, key, version, &answer, &err), &err);
    return answer;
}

static void put_cached(struct sk_store *store, const char *key, const char *version, int value)
{
    struct sk_err err = {0};
    json_auto_t *answer = json_pack("{s:i}", "value", value);
    ASSERT_OK(sk_store_cache_put(store, key, version, answer, &err), &err);
}

static void cache_answers_only_under_its_marker(void **state)
{
    struct sk_store *store = open_store(*state, false);
    json_auto_t *none = cached(store, "k", "1/InService");
    assert_null(none);
    put_cached(store, "k", "1/InService", 7);
    json_auto_t *found = cached(store, "k", "1/InService");
    assert_int_equal(json_integer_value(json_object_get(found, "value")), 7);
    json_auto_t *other_marker = cached(store, "k", "2/InService");
    assert_null(other_marker);
    put_cached(store, "k", "2/InService", 8);
    json_auto_t *replaced = cached(store, "k", "1/InService");
    assert_null(replaced);
    sk_store_close(store);
}

static void cache_prunes_what_nobody_used(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, false);
    int64_t start = now_s;
    put_cached(store, "read", "v", 1);
    put_cached(store, "idle", "v", 2);
    now_s = start + (int64_t)3 * 3600;
    json_auto_t *read = cached(store, "read", "v");
    assert_non_null(read);
    ASSERT_OK(sk_store_cache_prune(store, (struct sk_wall){start + 3600}, &err), &err);
    json_auto_t *kept = cached(store, "read", "v");
    assert_non_null(kept);
    json_auto_t *dropped = cached(store, "idle", "v");
    assert_null(dropped);
    sk_store_close(store);
}

static void applied_documents_survive_and_ignore_case(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    json_auto_t *first = json_pack("{s:i}", "n", 1);
    json_auto_t *second = json_pack("{s:i}", "n", 2);
    ASSERT_OK(sk_store_applied_put(store, "acme", "iam_role/a/global/X", first, "c1", &err), &err);
    ASSERT_OK(sk_store_applied_put(store, "acme", "iam_role/a/global/x", second, NULL, &err), &err);
    ASSERT_OK(sk_store_applied_put(store, "acme", "iam_role/a/global/y", first, "c2", &err), &err);
    ASSERT_OK(sk_store_applied_put(store, "other", "iam_role/a/global/y", first, "c3", &err), &err);
    ASSERT_OK(sk_store_applied_remove(store, "acme", "iam_role/a/global/Y", &err), &err);
    sk_store_close(store);

    store = open_store(*state, true);
    json_auto_t *list = NULL;
    ASSERT_OK(sk_store_applied_list(store, "acme", &list, &err), &err);
    json_auto_t *expected = json_pack("{s:{s:{s:i}, s:s}}", "iam_role/a/global/x", "document", "n",
                                      2, "at", "2026-11-22T20:41:00Z");
    assert_true(json_equal(list, expected));
    json_auto_t *others = NULL;
    ASSERT_OK(sk_store_applied_list(store, "other", &others, &err), &err);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(others, "iam_role/a/global/y"), "commit")),
                        "c3");
    sk_store_close(store);
}

static void kept_facts_survive_each_once(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    json_auto_t *first = json_pack("{s:s}", "uid", "200005");
    json_auto_t *second = json_pack("{s:s}", "uid", "200010");
    ASSERT_OK(sk_store_kept_put(store, "acme", "profile/a/r/X", first, &err), &err);
    now_s += 5;
    ASSERT_OK(sk_store_kept_put(store, "acme", "profile/a/r/x", second, &err), &err);
    ASSERT_OK(sk_store_kept_put(store, "acme", "profile/a/r/x", second, &err), &err);
    ASSERT_OK(sk_store_kept_put(store, "other", "profile/a/r/x", first, &err), &err);
    sk_store_close(store);

    store = open_store(*state, true);
    json_auto_t *list = NULL;
    ASSERT_OK(sk_store_kept_list(store, "acme", &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(sk_json_text(json_array_get(list, 0), "facts.uid"), "200005");
    assert_string_equal(sk_json_text(json_array_get(list, 1), "facts.uid"), "200010");
    assert_string_equal(sk_json_text(json_array_get(list, 1), "at"), "2026-11-22T20:41:05Z");
    sk_store_close(store);
}

static void journal_lists_newest_first(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    int64_t first = begin(store, "iam_role/a/global/x", "create", "CreateRole");
    now_s += 5;
    json_auto_t *captured = json_pack("{s:s}", "RoleId", "AROA1");
    ASSERT_OK(sk_store_journal_end(store, first, "done", "req-9", "fine", captured, &err), &err);
    begin(store, "iam_role/a/global/x", "create", "PutRolePolicy");
    begin(store, "iam_role/a/global/y", "delete", "DeleteRole");

    json_auto_t *list = NULL;
    ASSERT_OK(sk_store_journal_list(store, 2, &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(sk_json_text(json_array_get(list, 0), "operation"), "DeleteRole");
    assert_null(sk_json_at(json_array_get(list, 0), "outcome"));
    json_decref(list);
    ASSERT_OK(sk_store_journal_list(store, 10, &list, &err), &err);
    json_auto_t *expected = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "id",
        1, "run", "run-1", "address", "iam_role/a/global/x", "action", "create", "account",
        "111111111111", "region", "global", "service", "iam", "operation", "CreateRole", "input",
        "RoleName", "r", "began_at", "2026-11-22T20:41:00Z", "ended_at", "2026-11-22T20:41:05Z",
        "outcome", "done", "request_id", "req-9", "message", "fine", "captured", "RoleId", "AROA1");
    assert_true(json_equal(json_array_get(list, 2), expected));

    now_s += 100;
    begin(store, "iam_role/a/global/z", "delete", "DeleteRole");
    ASSERT_OK(sk_store_journal_prune(store, (struct sk_wall){now_s}, &err), &err);
    json_decref(list);
    ASSERT_OK(sk_store_journal_list(store, 10, &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    sk_store_close(store);
}

static void journal_knows_recent_creates(void **state)
{
    static const struct {
        const char *address, *action, *outcome;
        int age_s;
        bool listed;
    } rows[] = {
        {"k/a/r/done", "create", "done", 10, true},
        {"k/a/r/unanswered", "create", NULL, 10, true},
        {"k/a/r/unknown", "create", "unknown", 10, true},
        {"k/a/r/failed", "create", "failed", 10, false},
        {"k/a/r/not-sent", "create", "not-sent", 10, false},
        {"k/a/r/updated", "update", "done", 10, false},
        {"k/a/r/old", "create", "done", 200, false},
        {"k/a/r/gone", "create", "done", 20, false},
        {"k/a/r/gone", "delete", "done", 10, false},
        {"k/a/r/still-there", "create", "done", 20, true},
        {"k/a/r/still-there", "delete", "failed", 10, true},
        {"k/a/r/half-gone", "create", "done", 20, true},
        {"k/a/r/half-gone", "delete", "done", 15, true},
        {"k/a/r/half-gone", "delete", "failed", 10, true},
        {"k/a/r/half", "create", "done", 20, true},
        {"k/a/r/half", "create", "failed", 10, true},
    };
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    int64_t now = now_s;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        now_s = now - rows[i].age_s;
        int64_t id = begin(store, rows[i].address, rows[i].action, "CreateIt");
        if (rows[i].outcome)
            end(store, id, rows[i].outcome);
    }
    json_auto_t *recent = NULL;
    ASSERT_OK(sk_store_journal_recent_creates(store, (struct sk_wall){now - 120}, &recent, &err),
              &err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((json_object_get(recent, rows[i].address) != NULL) != rows[i].listed)
            fail_msg("%s: listed is not %d", rows[i].address, rows[i].listed);
    }
    const json_t *unanswered = json_object_get(recent, "k/a/r/unanswered");
    assert_string_equal(sk_json_text(unanswered, "sentence"),
                        "CreateIt was sent at 2026-11-22T20:40:50Z and its outcome is not known");
    assert_true(json_is_false(json_object_get(unanswered, "answered")));
    assert_true(json_is_true(json_object_get(json_object_get(recent, "k/a/r/done"), "answered")));
    sk_store_close(store);
}

static void journal_knows_when_creates_were_under_way(void **state)
{
    static const struct {
        const char *address, *action, *outcome;
    } rows[] = {
        {"k/a/r/x", "create", "done"},   {"k/a/r/X", "create", "unknown"},
        {"k/a/r/x", "create", "failed"}, {"k/a/r/x", "create", "not-sent"},
        {"k/a/r/x", "delete", "done"},   {"k/a/r/other", "create", "done"},
        {"k/a/r/x", "create", NULL},
    };
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    int64_t start = now_s;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        now_s = start + (int64_t)i * 100;
        int64_t id = begin(store, rows[i].address, rows[i].action, "CreateIt");
        now_s += 7;
        if (rows[i].outcome)
            end(store, id, rows[i].outcome);
    }
    json_auto_t *creates = NULL;
    ASSERT_OK(sk_store_journal_creates_of(store, "k/a/r/x", &creates, &err), &err);
    json_auto_t *expected = json_pack(
        "[{s:I, s:I}, {s:I, s:I}, {s:I, s:I}]", "from", (json_int_t)start, "to",
        (json_int_t)start + 7, "from", (json_int_t)start + 100, "to", (json_int_t)start + 107,
        "from", (json_int_t)start + 600, "to", (json_int_t)start + 600);
    assert_true(json_equal(creates, expected));
    sk_store_close(store);
}

static void memory_store_needs_no_folder(void **state)
{
    (void)state;
    struct sk_store *store = open_store(NULL, true);
    put_cached(store, "k", "v", 3);
    json_auto_t *found = cached(store, "k", "v");
    assert_non_null(found);
    sk_store_close(store);
    sk_store_close(NULL);
}

static void files_are_private(void **state)
{
    sk_auto(sk_freep) char *folder = in_folder(*state, "deep/er");
    mode_t mask = umask(0);
    struct sk_store *store = open_store(folder, true);
    put_cached(store, "k", "v", 3);
    umask(mask);
    static const char *const names[] = {"state.db", "state.db-wal", "writer.lock", "open.lock"};
    struct stat status;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sk_auto(sk_freep) char *path = in_folder(folder, names[i]);
        assert_int_equal(stat(path, &status), 0);
        if ((status.st_mode & 0777) != 0600)
            fail_msg("%s has mode %o", names[i], status.st_mode & 0777);
    }
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    sk_store_close(store);
    sk_auto(sk_freep) char *database = in_folder(folder, "state.db");
    assert_int_equal(chmod(database, 0644), 0);
    sk_store_close(open_store(folder, false));
    assert_int_equal(stat(database, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void journal_rows_are_there_before_the_batch_ends(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_store *store = open_store(*state, true);
    struct sk_store *reader = open_store(*state, false);
    ASSERT_OK(sk_store_batch_begin(store, &err), &err);
    put_cached(store, "early", "v", 1);
    json_auto_t *hidden = cached(reader, "early", "v");
    assert_null(hidden);
    begin(store, "k/a/r/n", "create", "CreateIt");
    json_auto_t *list = NULL;
    ASSERT_OK(sk_store_journal_list(reader, 5, &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    put_cached(store, "late", "v", 1);
    hidden = cached(reader, "late", "v");
    assert_null(hidden);
    ASSERT_OK(sk_store_batch_end(store, &err), &err);
    json_auto_t *shown = cached(reader, "late", "v");
    assert_non_null(shown);
    assert_int_equal(sk_store_batch_end(store, &err), SK_E_INTERNAL);
    sk_store_close(reader);
    sk_store_close(store);
}

/* Runs `body` in a process of its own that ends without the test's exit handlers. */
static pid_t in_child(void (*body)(const char *folder, int pipe), const char *folder, int *reading)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        body(folder, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    *reading = ends[0];
    return child;
}

static void hold_the_lock(const char *folder, int pipe)
{
    struct sk_store_opts opts = {.folder = folder, .clock = &fake_clock, .write_lock = true};
    struct sk_store *store = NULL;
    if (sk_store_open(&opts, &store, NULL, NULL) == 0 && write(pipe, "x", 1) == 1)
        pause();
    _exit(1);
}

static void kill_child(pid_t child)
{
    int status = 0;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void writer_lock_names_its_holder_and_dies_with_it(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    int reading = -1;
    pid_t child = in_child(hold_the_lock, *state, &reading);
    char byte = 0;
    assert_int_equal(read(reading, &byte, 1), 1);
    close(reading);

    struct sk_store *store = NULL;
    struct sk_store_opts opts = {.folder = *state, .clock = &fake_clock, .write_lock = true};
    assert_int_equal(sk_store_open(&opts, &store, NULL, &err), SK_E_LOCKED);
    sk_auto(sk_freep) char *holder = sk_xasprintf("in use by process %d on host '", (int)child);
    assert_non_null(strstr(err.msg, holder));
    assert_non_null(strstr(err.msg, "' since 2026-11-22T20:41:00Z"));
    assert_int_equal(sk_errc_reaction(err.code), SK_REACT_WAIT);

    /* Who only reads, or fills the cache, works beside it. */
    struct sk_store *reader = open_store(*state, false);
    put_cached(reader, "k", "v", 1);
    sk_store_close(reader);

    kill_child(child);
    store = open_store(*state, true);
    sk_err_done(&err);
    struct sk_store *second = NULL;
    assert_int_equal(sk_store_open(&opts, &second, NULL, &err), SK_E_LOCKED);
    sk_store_close(store);
    sk_store_close(open_store(*state, true));
}

/* Journals for ever; says after each row that it is safe. */
static void journal_until_killed(const char *folder, int pipe)
{
    struct sk_store_opts opts = {.folder = folder, .clock = &fake_clock, .write_lock = true};
    struct sk_store *store = NULL;
    if (sk_store_open(&opts, &store, NULL, NULL) < 0)
        _exit(1);
    json_t *input = json_object();
    struct sk_journal_entry entry = {"run", NULL,  "k/a/r/n",  "create", "1",
                                     "r",   "iam", "CreateIt", input};
    for (;;) {
        int64_t id = 0;
        if (sk_store_batch_begin(store, NULL) < 0 ||
            sk_store_cache_put(store, "k", "v", input, NULL) < 0 ||
            sk_store_journal_begin(store, &entry, &id, NULL) < 0 ||
            write(pipe, &id, sizeof(id)) != sizeof(id) ||
            sk_store_journal_end(store, id, "done", NULL, NULL, NULL, NULL) < 0 ||
            sk_store_batch_end(store, NULL) < 0)
            _exit(1);
    }
}

static void kill_in_the_middle_loses_no_begun_row(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    int64_t seen = 0;
    for (int round = 0; round < 5; round++) {
        int reading = -1;
        pid_t child = in_child(journal_until_killed, *state, &reading);
        int64_t stop_at = seen + 3 + round;
        int64_t id = 0;
        while (seen < stop_at) {
            assert_int_equal(read(reading, &id, sizeof(id)), sizeof(id));
            seen = id;
        }
        kill_child(child);
        while (read(reading, &id, sizeof(id)) == sizeof(id))
            seen = id;
        close(reading);
        struct sk_store *store = open_store(*state, true);
        json_auto_t *list = NULL;
        ASSERT_OK(sk_store_journal_list(store, 1000000, &list, &err), &err);
        assert_true((int64_t)json_array_size(list) >= seen);
        seen = (int64_t)json_array_size(list);
        sk_store_close(store);
    }
}

static void write_cached_until_told(const char *folder, int pipe)
{
    struct sk_store_opts opts = {.folder = folder, .clock = &fake_clock, .write_lock = false};
    struct sk_store *store = NULL;
    if (sk_store_open(&opts, &store, NULL, NULL) < 0)
        _exit(1);
    json_t *answer = json_object();
    for (int i = 0; i < 200; i++) {
        sk_auto(sk_freep) char *key = sk_xasprintf("%d-%d", (int)getpid(), i);
        if (sk_store_cache_put(store, key, "v", answer, NULL) < 0)
            _exit(1);
    }
    if (write(pipe, "x", 1) != 1)
        _exit(1);
    sk_store_close(store);
}

static void processes_open_and_write_together(void **state)
{
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    int reading[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        children[i] = in_child(write_cached_until_told, *state, &reading[i]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        close(reading[i]);
    }
    struct sk_store *store = open_store(*state, false);
    for (int i = 0; i < PROCESSES; i++) {
        sk_auto(sk_freep) char *key = sk_xasprintf("%d-199", (int)children[i]);
        json_auto_t *answer = cached(store, key, "v");
        assert_non_null(answer);
    }
    sk_store_close(store);
}

static void fill_store(const char *folder)
{
    struct sk_store *store = open_store(folder, true);
    for (int i = 0; i < 300; i++) {
        sk_auto(sk_freep) char *key = sk_xasprintf("a rather long key to fill pages with %d", i);
        put_cached(store, key, "v", i);
    }
    begin(store, "k/a/r/n", "create", "CreateIt");
    sk_store_close(store);
}

static void damage(const char *path, const char *how)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    if (strcmp(how, "cut") == 0) {
        assert_int_equal(ftruncate(fileno(file), status.st_size / 2), 0);
    } else if (strcmp(how, "text") == 0) {
        assert_int_equal(ftruncate(fileno(file), 0), 0);
        assert_true(fputs("this is no database, however long the text may get to be\n", file) > 0);
    } else {
        /* Noise over everything behind the first page. */
        assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
        for (long at = 4096; at < status.st_size; at++)
            assert_true(fputc((int)(at * 37 % 251), file) >= 0);
    }
    assert_int_equal(fclose(file), 0);
}

static void damaged_files_are_moved_aside(void **state)
{
    static const char *const ways[] = {"cut", "text", "noise"};
    sk_auto(sk_freep) char *path = in_folder(*state, "state.db");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        fill_store(*state);
        damage(path, ways[i]);
        sk_auto(sk_freep) char *moved = NULL;
        struct sk_store *store = NULL;
        struct sk_store_opts opts = {
            .folder = *state, .clock = &fake_clock, .write_lock = i % 2 == 0};
        ASSERT_OK(sk_store_open(&opts, &store, &moved, &err), &err);
        if (!moved)
            fail_msg("%s: not noticed", ways[i]);
        sk_auto(sk_freep) char *prefix = in_folder(*state, "state.db.damaged-2026-11-22T20:41:00Z");
        assert_true(sk_text_starts_with(moved, prefix));
        assert_int_equal(access(moved, F_OK), 0);
        json_auto_t *list = NULL;
        ASSERT_OK(sk_store_journal_list(store, 10, &list, &err), &err);
        assert_int_equal(json_array_size(list), 0);
        begin(store, "k/a/r/n", "create", "CreateIt");
        sk_store_close(store);
    }
}

static void damage_under_a_live_writer_is_only_reported(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    fill_store(*state);
    int reading = -1;
    pid_t child = in_child(hold_the_lock, *state, &reading);
    char byte = 0;
    assert_int_equal(read(reading, &byte, 1), 1);
    close(reading);
    sk_auto(sk_freep) char *path = in_folder(*state, "state.db");
    damage(path, "text");
    struct sk_store *store = NULL;
    struct sk_store_opts opts = {.folder = *state, .clock = &fake_clock, .write_lock = false};
    assert_int_equal(sk_store_open(&opts, &store, NULL, &err), SK_E_IO);
    assert_non_null(strstr(err.msg, "is damaged and cannot be set aside"));
    assert_int_equal(access(path, F_OK), 0);
    kill_child(child);
}

/* Changes the header of the file: user_version is the 32-bit number at offset 60 of SQLite's file
 * format. */
static void set_version(const char *path, unsigned char version)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 63, SEEK_SET), 0);
    assert_int_equal(fputc(version, file), version);
    assert_int_equal(fclose(file), 0);
}

static void newer_and_foreign_files(void **state)
{
    static const struct {
        const char *name;
        unsigned char version;
        int code;
        bool moved;
    } rows[] = {
        {"of a newer program: refused, kept", 99, SK_E_REFUSED, false},
        {"tables without a version: of another program", 0, 0, true},
    };
    sk_auto(sk_freep) char *path = in_folder(*state, "state.db");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        if (access(path, F_OK) != 0)
            fill_store(*state);
        set_version(path, rows[i].version);
        sk_auto(sk_freep) char *moved = NULL;
        struct sk_store *store = NULL;
        struct sk_store_opts opts = {.folder = *state, .clock = &fake_clock, .write_lock = true};
        int result = sk_store_open(&opts, &store, &moved, &err);
        if (result != rows[i].code || (moved != NULL) != rows[i].moved)
            fail_msg("%s: %d %s", rows[i].name, result, sk_err_message(&err));
        if (result == SK_E_REFUSED)
            assert_non_null(strstr(err.msg, "has version 99"));
        sk_store_close(store);
    }
}

static void folders_that_cannot_be(void **state)
{
    sk_auto(sk_freep) char *file = in_folder(*state, "file");
    assert_int_equal(mknod(file, S_IFREG | 0600, 0), 0);
    sk_auto(sk_freep) char *below_file = in_folder(file, "folder");
    sk_auto(sk_freep) char *linked = in_folder(*state, "linked");
    assert_int_equal(mkdir(linked, 0700), 0);
    sk_auto(sk_freep) char *link = in_folder(linked, "state.db");
    assert_int_equal(symlink(file, link), 0);
    const char *const folders[] = {file, below_file, linked};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        struct sk_store *store = NULL;
        struct sk_store_opts opts = {
            .folder = folders[i], .clock = &fake_clock, .write_lock = true};
        if (sk_store_open(&opts, &store, NULL, &err) != SK_E_IO || err.code != SK_E_IO)
            fail_msg("%s: %s", folders[i], sk_err_message(&err));
    }
}

/* A full disk, made with the limit on file sizes; says what begin returned. */
static void journal_on_a_full_disk(const char *folder, int pipe)
{
    struct sk_store_opts opts = {.folder = folder, .clock = &fake_clock, .write_lock = true};
    struct sk_store *store = NULL;
    struct sk_err err = {0};
    if (sk_store_open(&opts, &store, NULL, NULL) < 0)
        _exit(1);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {100, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    json_t *input = json_object();
    struct sk_journal_entry entry = {"run", NULL,  "k/a/r/full", "create", "1",
                                     "r",   "iam", "CreateIt",   input};
    int64_t id = 0;
    int result = sk_store_journal_begin(store, &entry, &id, &err);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    entry.address = "k/a/r/later";
    int later = sk_store_journal_begin(store, &entry, &id, NULL);
    int results[2] = {result, later};
    if (write(pipe, results, sizeof(results)) != sizeof(results))
        _exit(1);
}

static void full_disk_is_an_error_and_passes(void **state)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    int reading = -1;
    pid_t child = in_child(journal_on_a_full_disk, *state, &reading);
    int results[2] = {0, -1};
    assert_int_equal(read(reading, results, sizeof(results)), sizeof(results));
    close(reading);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(results[0], SK_E_IO);
    assert_int_equal(results[1], 0);
    struct sk_store *store = open_store(*state, true);
    json_auto_t *list = NULL;
    ASSERT_OK(sk_store_journal_list(store, 10, &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(sk_json_text(json_array_get(list, 0), "address"), "k/a/r/later");
    sk_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        TEST(cache_answers_only_under_its_marker),
        TEST(cache_prunes_what_nobody_used),
        TEST(applied_documents_survive_and_ignore_case),
        TEST(kept_facts_survive_each_once),
        TEST(journal_lists_newest_first),
        TEST(journal_knows_recent_creates),
        TEST(journal_knows_when_creates_were_under_way),
        TEST(memory_store_needs_no_folder),
        TEST(files_are_private),
        TEST(journal_rows_are_there_before_the_batch_ends),
        TEST(writer_lock_names_its_holder_and_dies_with_it),
        TEST(kill_in_the_middle_loses_no_begun_row),
        TEST(processes_open_and_write_together),
        TEST(damaged_files_are_moved_aside),
        TEST(damage_under_a_live_writer_is_only_reported),
        TEST(newer_and_foreign_files),
        TEST(folders_that_cannot_be),
        TEST(full_disk_is_an_error_and_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
