/* Opening and closing the store, and its batches. See store.h.
 *
 * Files of a state folder: state.db (with SQLite's -wal and -shm beside it), writer.lock, loop.lock,
 * open.lock, and state.db.damaged-TIME for what was moved aside. All have mode 0600. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/store_int.h"

/* Makes the folder and what is missing above it. */
int sk_store__make_folder(const char *folder, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = sk_xstrdup(folder);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return sk_err_errno(err, errno, "make the folder '%s'", path);
        *slash = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return sk_err_errno(err, errno, "make the state folder '%s'", path);
    return 0;
}

/* SQLite would make the file as the umask says; its companions take over the mode of the file. */
static int make_private_file(const char *path, struct sk_err *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return sk_err_errno(err, errno, "open the state file '%s'", path);
    struct stat status;
    int result = 0;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        result = sk_err_set(err, SK_E_IO, "state file '%s' is not a regular file", path);
    else if ((status.st_mode & 077) != 0 && fchmod(file, 0600) != 0)
        result = sk_err_errno(err, errno, "make the state file '%s' private", path);
    close(file);
    return result;
}

/* Renames the database and what SQLite keeps beside it: a write-ahead log left behind would be
 * taken for the next file's. */
static int move_aside(const struct sk_store *store, char **moved, struct sk_err *err)
{
    char now[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(store->clock), now);
    sk_auto(sk_freep) char *target = sk_xasprintf("%s.damaged-%s", store->path, now);
    for (int again = 2; access(target, F_OK) == 0; again++) {
        free(target);
        target = sk_xasprintf("%s.damaged-%s-%d", store->path, now, again);
    }
    static const char *const companions[] = {"-wal", "-shm", ""};
    for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
        sk_auto(sk_freep) char *from = sk_xasprintf("%s%s", store->path, companions[i]);
        sk_auto(sk_freep) char *to = sk_xasprintf("%s%s", target, companions[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return sk_err_errno(err, errno, "move the damaged state file '%s' aside", from);
    }
    *moved = sk_xstrdup(target);
    return 0;
}

/* Starts anew after damage. Only under the writer's lock: a live writer would go on with the moved
 * file and lose its journal. */
static int recover(struct sk_store *store, const char *folder, char **moved, struct sk_err *err)
{
    int lock = -1;
    if (store->lock < 0 && !store->caller_locks) {
        struct sk_err refused = {0};
        lock = sk_store__lock_writer(folder, "recovery", store->clock, &refused);
        if (lock < 0) {
            sk_err_set(err, SK_E_IO, "state file '%s' is damaged and cannot be set aside: %s",
                       store->path, sk_err_message(&refused));
            sk_err_done(&refused);
            return SK_E_IO;
        }
    }
    int result = move_aside(store, moved, err);
    if (result == 0)
        result = make_private_file(store->path, err);
    if (result == 0)
        result = sk_store__connect(store, store->path, err);
    sk_store__unlock_writer(lock);
    return result;
}

static int open_file(struct sk_store *store, const char *folder, char **moved, struct sk_err *err)
{
    int opening = sk_store__lock_opening(folder, err);
    if (opening < 0)
        return opening;
    struct sk_err problem = {0};
    int result = make_private_file(store->path, &problem);
    if (result == 0)
        result = sk_store__connect(store, store->path, &problem);
    if (result == SK_E_PARSE) {
        sk_err_done(&problem);
        result = recover(store, folder, moved, &problem);
    }
    close(opening);
    if (result < 0)
        sk_err_move(err, &problem);
    return result;
}

static int open_in(struct sk_store *store, const struct sk_store_opts *opts, char **moved,
                   struct sk_err *err)
{
    if (!opts->folder)
        return sk_store__connect(store, NULL, err);
    int result = sk_store__make_folder(opts->folder, err);
    if (result < 0)
        return result;
    store->path = sk_xasprintf("%s/state.db", opts->folder);
    if (opts->write_lock) {
        store->lock = sk_store__lock_writer(opts->folder, opts->command, opts->clock, err);
        if (store->lock < 0)
            return store->lock;
    }
    return open_file(store, opts->folder, moved, err);
}

int sk_store_open(const struct sk_store_opts *opts, struct sk_store **out, char **recovered_out,
                  struct sk_err *err)
{
    struct sk_store *store = sk_xcalloc(1, sizeof(*store));
    store->clock = opts->clock;
    store->lock = -1;
    store->caller_locks = opts->holds_lock;
    sk_auto(sk_freep) char *moved = NULL;
    int result = open_in(store, opts, &moved, err);
    if (result < 0) {
        sk_store_close(store);
        return result;
    }
    *out = store;
    if (recovered_out) {
        *recovered_out = moved;
        moved = NULL;
    }
    return 0;
}

void sk_store_close(struct sk_store *store)
{
    if (!store)
        return;
    if (store->db && !sqlite3_get_autocommit(store->db))
        (void)!sk_store__exec(store, "COMMIT", NULL);
    sk_store__disconnect(store);
    sk_store__unlock_writer(store->lock);
    free(store->path);
    free(store);
}

int sk_store_batch_begin(struct sk_store *store, struct sk_err *err)
{
    (void)err; /* the transaction opens with the first write */
    store->batch_depth++;
    return 0;
}

int sk_store_batch_end(struct sk_store *store, struct sk_err *err)
{
    if (store->batch_depth == 0)
        return sk_err_set(err, SK_E_INTERNAL, "a batch ends that never began");
    if (--store->batch_depth > 0 || sqlite3_get_autocommit(store->db))
        return 0;
    int result = sk_store__exec(store, "COMMIT", err);
    if (result < 0)
        (void)!sk_store__exec(store, "ROLLBACK", NULL);
    return result;
}
