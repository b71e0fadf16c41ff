/* Desired state as bytes: the manifest files of a folder, or of a commit in a Git repository, read
 * without a checkout.
 *
 * All functions block and may run on any thread; each call opens and closes its own repository.
 * A process may make several calls at once; those that fetch into the same cache wait for each
 * other.
 *
 * What is taken: regular files below the path named *.yaml, *.yml or *.json. Names that start with
 * a dot are ignored with all that is below them. A symbolic link, a submodule or another special
 * file below the path is an error, as is a name that is not printable UTF-8: nothing outside the
 * tree can be reached and no name can disturb a report.
 *
 * Remote repositories are fetched into a bare repository under `cache_folder`, one per URL; what is
 * there already is not fetched again, and a damaged cache is made anew. libgit2 1.5 knows neither
 * shallow fetches nor timeouts: whoever needs a deadline runs the call in a child process
 * (source/wire.h, loop/fetch.h). Local
 * repositories (a path, file://) are read in place; those that belong to another user are refused
 * unless safe.directory allows them, as git does.
 *
 * Errors a caller may branch on:
 *   SK_E_NOT_FOUND    no such folder, repository, reference, commit or path; a repository without
 *                     commits; not one manifest file. Never to be read as "everything was deleted"
 *   SK_E_INVALID      a symbolic link, `..`, a submodule, a bad name, options that do not fit
 *   SK_E_BOUND        a file, the tree or the fetch is over its bound
 *   SK_E_DENIED       not ours to read; SK_E_CREDENTIALS: the server wants other credentials, the
 *                     host key or certificate is not trusted
 *   SK_E_STALE        sk_source_load_commit: the folder is not as it was
 *   SK_E_NETWORK, SK_E_LOCKED, SK_E_IO */
#ifndef SK_SOURCE_SOURCE_H
#define SK_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* All texts are borrowed for the duration of a call; NULL is unset. */
struct sk_source_opts {
    const char *folder; /* either this … */
    const char *git_url; /* … or this: path, file://, https://, ssh://, user@host:path; http:// only
                            to this machine */
    const char *git_ref;  /* branch, tag, full reference or 40-digit commit id; NULL: HEAD */
    const char *git_path; /* folder inside the repository; NULL: its root */

    /* https: a token, from a file (without its last newline) or an environment variable. The user
     * name is the URL's, or "x-access-token". Never sent to another server, nor without TLS. */
    const char *token_file;
    const char *token_env;
    const char *token;   /* the token itself; the other two are not looked at then */
    const char *ca_file; /* PEM bundle instead of the system's; process-wide in libgit2 */
    /* ssh: a private key without passphrase; NULL: ssh-agent. The host's key must stand in the
     * known-hosts file (NULL: ~/.ssh/known_hosts). */
    const char *ssh_key_file;
    const char *known_hosts_file;

    const char *cache_folder;   /* needed for remote repositories; made when missing, mode 0700 */
    const char *approvals_path; /* git: inside the repository; folder: a folder. Left out of the
                                   manifests */

    size_t max_file_bytes;    /* 0: SK_BOUND_MANIFEST_FILE_BYTES */
    size_t max_total_bytes;   /* 0: SK_BOUND_SOURCE_BYTES */
    size_t max_files;         /* 0: SK_BOUND_SOURCE_FILES; counts every file below the path */
    size_t max_fetch_bytes;   /* 0: four times SK_BOUND_SOURCE_BYTES */
    size_t max_fetch_objects; /* 0: SK_BOUND_SOURCE_OBJECTS */
};

struct sk_source_file {
    char *path; /* owned; below the manifest path, '/' between names: "teams/fraud.yaml" */
    char *data; /* owned; `length` bytes and a NUL behind them */
    size_t length;
    bool executable;
};

/* Immutable; files are sorted by path (bytewise). */
struct sk_source_tree {
    char *revision; /* owned; git: the commit id, 40 hex digits; folder: 64 hex digits of SHA-256
                       over paths and contents */
    bool is_commit;
    /* owned; for people: the folder, or "URL at REF, path PATH", without credentials */
    char *origin;
    struct sk_source_file *files; /* owned */
    size_t count;
    size_t total_bytes;
};

/* The tree at the reference now. *out is owned by the caller. */
int sk_source_load(const struct sk_source_opts *opts, struct sk_source_tree **out,
                   struct sk_err *err) SK_WARN_UNUSED;
/* The tree at a revision that sk_source_load returned before, whatever the reference points to now.
 * A folder keeps no history: SK_E_STALE when its content has another digest. */
int sk_source_load_commit(const struct sk_source_opts *opts, const char *revision,
                          struct sk_source_tree **out, struct sk_err *err) SK_WARN_UNUSED;
/* NULL is fine. */
void sk_source_tree_free(struct sk_source_tree *tree);
/* Borrowed; NULL when there is none of this path. */
const struct sk_source_file *sk_source_tree_find(const struct sk_source_tree *tree,
                                                 const char *path);

/* An approval file and whether it came on its own: an approval must not arrive together with the
 * change that it approves. */
struct sk_source_approval {
    struct sk_source_file file; /* path below the approvals path */
    bool separate;    /* git: the commit of the first-parent history that brought the file's present
                         content touched nothing outside the approvals path. folder: the approvals
                         folder is not inside the manifest folder, nor the other way round */
    char *introduced; /* owned; that commit's id; NULL for folders and when history ends early */
    char *why;        /* owned; one clause when not separate, else NULL */
};
struct sk_source_approvals {
    struct sk_source_approval *items; /* owned; sorted by path */
    size_t count;
};
/* The files below opts->approvals_path at a revision. A path that does not exist, or NULL, gives
 * none. *out is filled for the caller, who ends it with sk_source_approvals_done. */
int sk_source_approvals(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source_approvals *out, struct sk_err *err) SK_WARN_UNUSED;
void sk_source_approvals_done(struct sk_source_approvals *approvals);

/* How a commit stands to one known before. */
enum sk_source_relation {
    SK_SOURCE_UNRELATED, /* nothing known before; or no history to see: a folder, a shallow clone */
    SK_SOURCE_SAME,
    SK_SOURCE_DESCENDS,
    SK_SOURCE_REWRITTEN, /* the known commit is no ancestor: the branch was reset or forced */
};
/* "unrelated", "same", "descends", "rewritten". Static. */
const char *sk_source_relation_name(enum sk_source_relation relation);

/* All that a cycle needs of the source. Zero-initialise; end with sk_source_snapshot_done. */
struct sk_source_snapshot {
    struct sk_source_tree *tree; /* owned */
    struct sk_source_approvals approvals;
    enum sk_source_relation relation; /* to the commit `known` */
};
/* Loads tree and approvals at `revision` (as sk_source_load_commit; NULL: the newest) and compares
 * with `known` (a commit, or NULL). */
int sk_source_snapshot_load(const struct sk_source_opts *opts, const char *revision,
                            const char *known, struct sk_source_snapshot *out,
                            struct sk_err *err) SK_WARN_UNUSED;
void sk_source_snapshot_done(struct sk_source_snapshot *snapshot);

/* Whether a URL carries a password: "https://user:token@host/". Such a URL would put a secret on
 * the command line, so settings refuse it. */
bool sk_source_url_has_secret(const char *url);

SK_DEFINE_CLEANUP(struct sk_source_tree, sk_source_tree_free);

#endif
