/* What the files of this folder share; git2.h stays inside it. */
#ifndef SK_SOURCE_SOURCE_INT_H
#define SK_SOURCE_SOURCE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include <git2.h>

#include "base/err.h"
#include "source/source.h"

#define SK_SOURCE_DEPTH     64 /* folders below the manifest path */
#define SK_SOURCE_HEX_BYTES (GIT_OID_HEXSZ + 1)

/* Gathers files under the bounds; the tree is the result. */
struct sk_source__gather {
    const struct sk_source_opts *opts;
    struct sk_source_tree *tree; /* owned until taken */
    size_t capacity;
    size_t seen; /* files of any kind */
};

static inline size_t sk_source__or(size_t value, size_t otherwise)
{
    return value ? value : otherwise;
}

/* source.c */
size_t sk_source__max_file_bytes(const struct sk_source_opts *opts);
bool sk_source__is_manifest(const char *name);
/* Refuses what no honest tree contains: "", ".", "..", '/', control characters, invalid UTF-8. */
int sk_source__check_name(const char *folder, const char *name, struct sk_err *err);
/* Gives a failure with the code `from` the code `to`, in *err too; passes every other on. */
int sk_source__recode(int code, enum sk_errc from, enum sk_errc to, struct sk_err *err);
int sk_source__count_file(struct sk_source__gather *gather, struct sk_err *err);
/* `data` (NUL behind it) is stolen, also on failure. */
int sk_source__add(struct sk_source__gather *gather, const char *path, char *data, size_t length,
                   bool executable, struct sk_err *err);
/* Sorts, refuses a path that occurs twice. */
int sk_source__finish(struct sk_source__gather *gather, struct sk_err *err);

/* folder.c */
int sk_source__folder_load(const struct sk_source_opts *opts, struct sk_source_tree **out,
                           struct sk_err *err);
int sk_source__folder_approvals(const struct sk_source_opts *opts, struct sk_source_approvals *out,
                                struct sk_err *err);

/* url.c */
enum sk_source__transport {
    SK_SOURCE_LOCAL,
    SK_SOURCE_HTTPS,
    SK_SOURCE_HTTP,
    SK_SOURCE_SSH,
    SK_SOURCE_UNSUPPORTED,
};
enum sk_source__transport sk_source__url_transport(const char *url);
/* The local path of a LOCAL url. Borrowed. */
const char *sk_source__url_path(const char *url);
/* Host without port and brackets; NULL when there is none. Owned by the caller. */
char *sk_source__url_host(const char *url);
/* That of the scheme unless given. */
int sk_source__url_port(const char *url);
/* User name of the URL, or `otherwise`. Owned by the caller. */
char *sk_source__url_user(const char *url, const char *otherwise);
bool sk_source__host_is_loopback(const char *host);

/* known_hosts.c. The verdict over one key. */
enum sk_source__host_verdict {
    SK_SOURCE_HOST_TRUSTED,
    SK_SOURCE_HOST_UNKNOWN, /* no line for this host */
    SK_SOURCE_HOST_HASHED,  /* no line, but hashed ones that cannot be compared */
    SK_SOURCE_HOST_CHANGED, /* lines for this host, none with this key */
    SK_SOURCE_HOST_REVOKED,
};
/* `text` is a known-hosts file (sshd(8)), `key` the raw public key. */
enum sk_source__host_verdict sk_source__known_host(const char *text, const char *host, int port,
                                                   const void *key, size_t key_length);

/* repository.c */
struct sk_source__git {
    git_repository *repository; /* owned */
    git_commit *commit;         /* owned */
    char hex[SK_SOURCE_HEX_BYTES];
};
void sk_source__git_done(struct sk_source__git *git);
/* Opens (and fetches), finds the commit: `revision` when given, else the reference. libgit2 must be
 * initialised. */
int sk_source__git_open(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source__git *out, struct sk_err *err);
int sk_source__git_load(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source_tree **out, struct sk_err *err);
/* How the commit `revision`, which is there, stands to `known`, which may be gone. */
int sk_source__git_relate(const struct sk_source_opts *opts, const char *revision,
                          const char *known, enum sk_source_relation *out, struct sk_err *err);
/* Files below `path` at the commit; `skip` is a path to leave out, or NULL. */
int sk_source__git_read(const struct sk_source__git *git, const char *path, const char *skip,
                        struct sk_source__gather *gather, struct sk_err *err);
/* Whether the commit has the path, as a folder. 1, 0 or an error. */
int sk_source__git_has_folder(const struct sk_source__git *git, const char *path,
                              struct sk_err *err);
/* A copy of a repository path without "./", doubled and closing slashes; "" is the root.
 * SK_E_INVALID for absolute paths and "..". Owned by the caller. */
int sk_source__clean_path(const char *path, char **out, struct sk_err *err);
/* "<what>: <libgit2's message>" with the code that fits. Call right after the failure: libgit2
 * keeps one message a thread. Never SK_E_NOT_FOUND: whether an absence is one is the caller's to
 * say. */
int sk_source__git_error(int result, struct sk_err *err, const char *format, ...) SK_PRINTF(3, 4);

/* fetch.c */
/* Opens the cache repository of opts->git_url and brings the commit into it. */
int sk_source__fetch(const struct sk_source_opts *opts, const char *revision,
                     git_repository **repository_out, git_oid *commit_out, struct sk_err *err);
/* Whether the cache of opts->git_url has grown past what one repository may take, or into very many
 * packs. */
bool sk_source__cache_is_overgrown(const struct sk_source_opts *opts);
/* Puts the cache away, so that the next fetch makes a new one. */
void sk_source__cache_set_aside(const struct sk_source_opts *opts);
/* Puts what was set aside, if anything was, in the place of the cache. */
void sk_source__cache_restore(const struct sk_source_opts *opts);
/* Removes what was set aside. */
void sk_source__cache_forget(const struct sk_source_opts *opts);

/* stream.c. From begin to end libgit2's connections reach the server of an http(s) URL only, and
 * what goes elsewhere, which is a redirect, is refused and said in *refusal. They are all the
 * process makes, so one fetch at a time, and none over ssh, whose connections libgit2 knows from
 * inside. begin returns libgit2's result. */
int sk_source__streams_begin(const char *url, struct sk_err *refusal);
void sk_source__streams_end(void);

/* approvals.c */
int sk_source__git_approvals(const struct sk_source_opts *opts, const char *revision,
                             struct sk_source_approvals *out, struct sk_err *err);

SK_DEFINE_CLEANUP(git_tree, git_tree_free);
SK_DEFINE_CLEANUP(git_commit, git_commit_free);
SK_DEFINE_CLEANUP(git_object, git_object_free);
SK_DEFINE_CLEANUP(git_reference, git_reference_free);
SK_DEFINE_CLEANUP(git_repository, git_repository_free);
SK_DEFINE_CLEANUP(git_remote, git_remote_free);
SK_DEFINE_CLEANUP(git_odb, git_odb_free);
SK_DEFINE_CLEANUP(git_odb_object, git_odb_object_free);
SK_DEFINE_CLEANUP(git_tree_entry, git_tree_entry_free);

#endif
