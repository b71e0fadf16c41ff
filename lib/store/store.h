/* The state on disk: one SQLite file. Everything in it can be lost without losing safety: the cache
 * is made again, ownership lives in AWS's tags; what is lost is the baseline of drift and history.
 *
 * Blocking; one thread at a time. No secret is ever written (callers scrub). Damaged files are
 * moved aside and reported, never silently used.
 *
 * Any number of processes may have the store open; who changes AWS takes the writer's lock. Beside
 * SK_E_IO, every function may return SK_E_LOCKED (another process kept the file busy for 10 s) and
 * SK_E_PARSE (the file was found damaged while in use: the next open moves it aside). */
#ifndef SK_STORE_STORE_H
#define SK_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"

struct sk_store;

struct sk_store_opts {
    const char *folder;           /* made when missing, mode 0700; NULL: in memory */
    const struct sk_clock *clock; /* borrowed */
    bool write_lock;     /* take the one-writer lock: SK_E_LOCKED names the holder (pid, host,
                        since, command); the lock of a dead process is taken over */
    bool holds_lock;     /* the caller has taken that lock already (sk_store_lock_take) */
    const char *command; /* what the lock is held for: "apply"; NULL: not said */
};
/* *recovered_out (may be NULL) gets the path a damaged file was moved to (owned by the caller),
 * else NULL. SK_E_LOCKED, SK_E_IO; SK_E_REFUSED: the file was written by a newer program. */
int sk_store_open(const struct sk_store_opts *opts, struct sk_store **out, char **recovered_out,
                  struct sk_err *err) SK_WARN_UNUSED;
/* Releases the lock. NULL is fine. */
void sk_store_close(struct sk_store *store);

/* Locks of a state folder that are held longer than a store is open. */
enum sk_store_lock_kind {
    SK_STORE_LOCK_WRITER, /* the one writer's, as `write_lock` takes it */
    SK_STORE_LOCK_LOOP,   /* of the daemon that runs on the folder, in whatever mode */
};
struct sk_store_lock;
/* SK_E_LOCKED names the holder. The kernel gives the lock back when the process ends, however it
 * ends. `command` as in sk_store_opts. *out is owned by the caller. */
int sk_store_lock_take(const char *folder, enum sk_store_lock_kind kind, const char *command,
                       const struct sk_clock *clock, struct sk_store_lock **out,
                       struct sk_err *err) SK_WARN_UNUSED;
/* NULL is fine. */
void sk_store_lock_release(struct sk_store_lock *lock);
/* Who holds, as the locks note it: {"pid","host","since","process_start","command"?}. New. */
json_t *sk_store_lock_holder(const struct sk_clock *clock, const char *command);
/* Whether that process runs on this machine, and is not a later one with the same id. On another
 * host nobody can tell: true. */
bool sk_store_lock_holder_runs(const json_t *holder);

/* Observation cache: answers under (account id, region, service, operation, input) with a change
 * marker. *out is NULL when there is none under exactly this marker. New. */
int sk_store_cache_get(struct sk_store *store, const char *key, const char *version, json_t **out,
                       struct sk_err *err) SK_WARN_UNUSED;
int sk_store_cache_put(struct sk_store *store, const char *key, const char *version,
                       const json_t *answer, struct sk_err *err) SK_WARN_UNUSED;
/* Drops entries not read or written since `before` (wall clock); uses are noted to the hour. */
int sk_store_cache_prune(struct sk_store *store, struct sk_wall before,
                         struct sk_err *err) SK_WARN_UNUSED;

/* Last applied documents: sk_document_to_json form, with the commit they came from. */
int sk_store_applied_put(struct sk_store *store, const char *organization, const char *address,
                         const json_t *document, const char *commit,
                         struct sk_err *err) SK_WARN_UNUSED;
int sk_store_applied_remove(struct sk_store *store, const char *organization, const char *address,
                            struct sk_err *err) SK_WARN_UNUSED;
/* {ADDRESS: {"document": …, "commit": …, "at": ISO 8601}}. New. */
int sk_store_applied_list(struct sk_store *store, const char *organization, json_t **out,
                          struct sk_err *err) SK_WARN_UNUSED;

/* Facts about what is deleted, for when it comes back: kept until the file is lost. */
int sk_store_kept_put(struct sk_store *store, const char *organization, const char *address,
                      const json_t *facts, struct sk_err *err) SK_WARN_UNUSED;
/* [{"address","facts","at": ISO 8601}], oldest first. New. */
int sk_store_kept_list(struct sk_store *store, const char *organization, json_t **out,
                       struct sk_err *err) SK_WARN_UNUSED;

/* Journal: a row before each call (durable before the call is sent) and its outcome after. */
struct sk_journal_entry {
    const char *run;    /* id of the run */
    const char *commit; /* may be NULL */
    const char *address, *action;
    const char *account_id, *region, *service, *operation;
    const json_t *input; /* resolved */
};
int sk_store_journal_begin(struct sk_store *store, const struct sk_journal_entry *entry,
                           int64_t *id_out, struct sk_err *err) SK_WARN_UNUSED;
/* outcome: "done", "failed", "unknown", "not-sent". `captured` may be NULL. */
int sk_store_journal_end(struct sk_store *store, int64_t id, const char *outcome,
                         const char *request_id, const char *message, const json_t *captured,
                         struct sk_err *err) SK_WARN_UNUSED;
/* Addresses of action "create" whose entries began at or after `since` and did not end "failed" or
 * "not-sent", unless the last that was done to the address was deleting it:
 * {ADDRESS: {"answered": whether AWS said yes, "at": epoch seconds, "captured"?, "sentence"}}.
 * New. */
int sk_store_journal_recent_creates(struct sk_store *store, struct sk_wall since, json_t **out,
                                    struct sk_err *err) SK_WARN_UNUSED;
/* When creates of one address were under way that may have taken effect, oldest first:
 * [{"from","to"}] in epoch seconds; without an answer, `to` is when it was sent. New. */
int sk_store_journal_creates_of(struct sk_store *store, const char *address, json_t **out,
                                struct sk_err *err) SK_WARN_UNUSED;
/* The newest `limit` entries, newest first, as objects. New. */
int sk_store_journal_list(struct sk_store *store, unsigned limit, json_t **out,
                          struct sk_err *err) SK_WARN_UNUSED;
/* Drops entries that began before `before`. */
int sk_store_journal_prune(struct sk_store *store, struct sk_wall before,
                           struct sk_err *err) SK_WARN_UNUSED;
/* Groups writes until the matching end into one transaction, for speed (not the journal's begin).
 * Other processes cannot write meanwhile: end the batch before anything that waits. */
int sk_store_batch_begin(struct sk_store *store, struct sk_err *err) SK_WARN_UNUSED;
int sk_store_batch_end(struct sk_store *store, struct sk_err *err) SK_WARN_UNUSED;

#endif
