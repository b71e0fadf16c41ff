/* The file locks of a state folder.
 *
 * All are flock(2) on files that are never removed: the kernel lets go of them when their process
 * ends, however it ends, so a dead holder needs no detection and cannot be mistaken for a live one
 * that got its process id. The content of a file is for people and messages only. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_int.h"

#define HOLDER_BYTES 4096

static int open_lock_file(const char *path, struct sk_err *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        sk_err_errno(err, errno, "open the lock file '%s'", path);
        if (err && err->code == SK_E_NOT_FOUND)
            err->code = SK_E_IO; /* "not found" would be read as an answer */
        return SK_E_IO;
    }
    return file;
}

/* Start of a process in clock ticks since boot, field 22 of proc(5)'s stat; 0 when unknown. Tells a
 * holder from a later process with the same id. */
static json_int_t process_start(const char *stat_path)
{
    sk_auto(sk_freep) char *stat = NULL;
    if (sk_file_read(stat_path, HOLDER_BYTES, &stat, NULL, NULL) < 0)
        return 0;
    char *field = strrchr(stat, ')'); /* the name before it may hold anything */
    for (int number = 2; field && number < 22; number++)
        field = strchr(field + 1, ' ');
    return field ? (json_int_t)strtoll(field, NULL, 10) : 0;
}

bool sk_store_lock_holder_runs(const json_t *holder)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    if (!sk_text_equal(sk_json_text(holder, "host"), host))
        return true;
    sk_auto(sk_freep) char *path = sk_xasprintf(
        "/proc/%lld/stat", (long long)json_integer_value(json_object_get(holder, "pid")));
    json_int_t start = process_start(path);
    return start != 0 && start == json_integer_value(json_object_get(holder, "process_start"));
}

json_t *sk_store_lock_holder(const struct sk_clock *clock, const char *command)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    char since[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(clock), since);
    json_t *holder =
        json_pack("{s:I, s:s, s:I, s:s*}", "pid", (json_int_t)getpid(), "since", since,
                  "process_start", process_start("/proc/self/stat"), "command", command);
    json_t *name = json_string(host); /* none when the host's name is not UTF-8 */
    if (name)
        json_object_set_new(holder, "host", name);
    return holder;
}

static void write_holder(int file, const char *command, const struct sk_clock *clock)
{
    json_auto_t *holder = sk_store_lock_holder(clock, command);
    if (!holder)
        return; /* the lock holds without its note */
    sk_auto(sk_freep) char *text = sk_json_canonical(holder);
    /* A note that cannot be written only makes a message poorer. */
    if (ftruncate(file, 0) == 0 && pwrite(file, text, strlen(text), 0) < 0)
        return;
}

static int refuse(const char *folder, const char *path, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    json_auto_t *holder = NULL;
    if (sk_file_read(path, HOLDER_BYTES, &text, &length, NULL) == 0)
        holder = sk_json_parse(text, length, path, NULL);
    const char *host = sk_json_text(holder, "host");
    const char *since = sk_json_text(holder, "since");
    const char *command = sk_json_text(holder, "command");
    if (!host || !since)
        return sk_err_set(err, SK_E_LOCKED, "state folder '%s' is in use by another process",
                          folder);
    return sk_err_set(err, SK_E_LOCKED,
                      "state folder '%s' is in use by process %lld on host '%s' since %s%s%s%s",
                      folder, (long long)json_integer_value(json_object_get(holder, "pid")), host,
                      since, command ? " (" : "", command ? command : "", command ? ")" : "");
}

static int lock_file(const char *folder, const char *name, const char *command,
                     const struct sk_clock *clock, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/%s", folder, name);
    int file = open_lock_file(path, err);
    if (file < 0)
        return file;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        write_holder(file, command, clock);
        return file;
    }
    int error_number = errno;
    close(file);
    if (error_number == EWOULDBLOCK)
        return refuse(folder, path, err);
    return sk_err_errno(err, error_number, "lock '%s'", path);
}

int sk_store__lock_writer(const char *folder, const char *command, const struct sk_clock *clock,
                          struct sk_err *err)
{
    return lock_file(folder, "writer.lock", command, clock, err);
}

void sk_store__unlock_writer(int lock)
{
    if (lock < 0)
        return;
    if (ftruncate(lock, 0) != 0) {
        /* The note stays and names a process that let go: closing is what counts. */
    }
    close(lock);
}

int sk_store__lock_opening(const char *folder, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/open.lock", folder);
    int file = open_lock_file(path, err);
    if (file < 0)
        return file;
    while (flock(file, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        sk_err_errno(err, errno, "lock '%s'", path);
        close(file);
        return SK_E_IO;
    }
    return file;
}

struct sk_store_lock {
    int file;
};

int sk_store_lock_take(const char *folder, enum sk_store_lock_kind kind, const char *command,
                       const struct sk_clock *clock, struct sk_store_lock **out, struct sk_err *err)
{
    static const char *const names[] = {"writer.lock", "loop.lock"};
    int code = sk_store__make_folder(folder, err);
    int file = code < 0 ? code : lock_file(folder, names[kind], command, clock, err);
    if (file < 0)
        return file;
    *out = sk_xcalloc(1, sizeof(**out));
    (*out)->file = file;
    return 0;
}

void sk_store_lock_release(struct sk_store_lock *lock)
{
    if (!lock)
        return;
    sk_store__unlock_writer(lock->file);
    free(lock);
}
