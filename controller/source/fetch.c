/* Fetching a remote repository into its bare cache, one folder per URL, under a file lock. The
 * remote is asked for its references first; when the commit is there already nothing is downloaded.
 * Our own references under refs/sagekeeper/ tell the next fetch what we have. A cache that cannot
 * be used (a process died in the middle, the disk lied), or has grown too large, is set aside and
 * made once more.
 *
 * Trust: https by the certificate, ssh by the host key, both always checked. Redirects to another
 * host or port are refused (stream.c), so credentials reach the named server only. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/text.h"
#include "source/source_int.h"

#define LOCK_TRIES          300 /* of 100 ms */
#define TOKEN_MAX_BYTES     ((size_t)64 * 1024)
#define KNOWN_HOSTS_BYTES   ((size_t)16 * 1024 * 1024)
#define MOST_PACKS          200
#define CREDENTIAL_ATTEMPTS 3 /* user name, then the key or token; one more is a refusal */

/* What the callbacks of one fetch share. */
struct fetch {
    const struct sk_source_opts *opts;
    const char *revision; /* may be NULL */
    enum sk_source__transport transport;
    char *shown; /* owned; the URL for messages */
    char *host;  /* owned; may be NULL */
    struct sk_secret token;
    int attempts;
    struct sk_err refusal; /* what a callback objected to */
};

static void fetch_done(struct fetch *fetch)
{
    free(fetch->shown);
    free(fetch->host);
    sk_secret_done(&fetch->token);
    sk_err_done(&fetch->refusal);
}

static int load_token(struct fetch *fetch, struct sk_err *err)
{
    const struct sk_source_opts *opts = fetch->opts;
    if (opts->token) {
        sk_secret_set(&fetch->token, opts->token, strlen(opts->token));
    } else if (opts->token_file) {
        char *text = NULL;
        size_t length;
        int code = sk_file_read(opts->token_file, TOKEN_MAX_BYTES, &text, &length, err);
        if (code < 0) {
            (void)sk_err_wrap(err, "the Git token");
            return code;
        }
        size_t end = strcspn(text, "\r\n");
        sk_secret_set(&fetch->token, text, end);
        explicit_bzero(text, length);
        free(text);
    } else if (opts->token_env) {
        const char *text = getenv(opts->token_env);
        if (!text || !text[0])
            return sk_err_set(
                err, SK_E_CREDENTIALS,
                "environment variable '%s', which should hold the Git token, is not set",
                opts->token_env);
        sk_secret_set(&fetch->token, text, strlen(text));
    }
    return 0;
}

static int give_token(struct fetch *fetch, git_credential **out, const char *url)
{
    sk_auto(sk_freep) char *host = sk_source__url_host(url);
    bool is_tls = sk_source__url_transport(url) == SK_SOURCE_HTTPS;
    if (!host || !sk_text_equal(host, fetch->host) ||
        (!is_tls && !sk_source__host_is_loopback(host))) {
        sk_err_set(&fetch->refusal, SK_E_CREDENTIALS,
                   "the token is not sent to a host other than that of '%s', nor without TLS",
                   fetch->shown);
        return GIT_EUSER;
    }
    sk_auto(sk_freep) char *user = sk_source__url_user(fetch->opts->git_url, "x-access-token");
    return git_credential_userpass_plaintext_new(out, user, fetch->token.data);
}

static int give_key(struct fetch *fetch, git_credential **out, const char *user_from_url)
{
    sk_auto(sk_freep) char *user = user_from_url ? sk_xstrdup(user_from_url) : sk_xstrdup("git");
    const char *file = fetch->opts->ssh_key_file;
    if (!file)
        return git_credential_ssh_key_from_agent(out, user);
    if (access(file, R_OK) != 0) {
        sk_err_errno(&fetch->refusal, errno, "read the ssh key '%s'", file);
        return GIT_EUSER;
    }
    return git_credential_ssh_key_new(out, user, NULL, file, NULL);
}

static int on_credentials(git_credential **out, const char *url, const char *user_from_url,
                          unsigned int allowed, void *payload)
{
    struct fetch *fetch = payload;
    if (++fetch->attempts > CREDENTIAL_ATTEMPTS ||
        (fetch->attempts > 1 && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT))) {
        sk_err_set(&fetch->refusal, SK_E_CREDENTIALS, "'%s' refused the credentials", fetch->shown);
        return GIT_EUSER;
    }
    if (allowed & GIT_CREDENTIAL_SSH_KEY)
        return give_key(fetch, out, user_from_url);
    if (allowed & GIT_CREDENTIAL_USERNAME) {
        sk_auto(sk_freep) char *user = sk_source__url_user(fetch->opts->git_url, "git");
        return git_credential_username_new(out, user);
    }
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && sk_secret_is_set(&fetch->token))
        return give_token(fetch, out, url);
    sk_err_set(&fetch->refusal, SK_E_CREDENTIALS,
               "'%s' wants credentials: give --git-token-file, --git-token-env or --ssh-key-file",
               fetch->shown);
    return GIT_EUSER;
}

static const char *host_objection(enum sk_source__host_verdict verdict)
{
    switch (verdict) {
    case SK_SOURCE_HOST_UNKNOWN:
        return "is not in the known-hosts file";
    case SK_SOURCE_HOST_HASHED:
        return "is not in the known-hosts file in plain text (add the output of ssh-keyscan), file";
    case SK_SOURCE_HOST_CHANGED:
        return "differs from that in the known-hosts file";
    case SK_SOURCE_HOST_REVOKED:
        return "is revoked in the known-hosts file";
    case SK_SOURCE_HOST_TRUSTED:
        break;
    }
    return NULL;
}

static int check_host_key(struct fetch *fetch, const git_cert_hostkey *key, int valid)
{
    const char *file = fetch->opts->known_hosts_file;
    enum sk_source__host_verdict verdict = valid ? SK_SOURCE_HOST_TRUSTED : SK_SOURCE_HOST_UNKNOWN;
    if (file) {
        sk_auto(sk_freep) char *text = NULL;
        size_t length;
        if (sk_file_read(file, KNOWN_HOSTS_BYTES, &text, &length, &fetch->refusal) < 0)
            return GIT_EUSER;
        if (!(key->type & GIT_CERT_SSH_RAW))
            return GIT_ECERTIFICATE;
        verdict = sk_source__known_host(text, fetch->host ? fetch->host : "",
                                        sk_source__url_port(fetch->opts->git_url), key->hostkey,
                                        key->hostkey_len);
    }
    const char *objection = host_objection(verdict);
    if (!objection)
        return 0;
    sk_err_set(&fetch->refusal, SK_E_CREDENTIALS, "the ssh host key of '%s' %s '%s'",
               fetch->host ? fetch->host : "", objection, file ? file : "~/.ssh/known_hosts");
    return GIT_EUSER;
}

static int on_certificate(git_cert *certificate, int valid, const char *host, void *payload)
{
    struct fetch *fetch = payload;
    if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
        return check_host_key(fetch, (const git_cert_hostkey *)certificate, valid);
    if (valid)
        return 0;
    sk_err_set(&fetch->refusal, SK_E_CREDENTIALS, "the certificate of '%s' is not trusted", host);
    return GIT_EUSER;
}

static size_t max_fetch_bytes(const struct sk_source_opts *opts)
{
    return sk_source__or(opts->max_fetch_bytes, 4 * SK_BOUND_SOURCE_BYTES);
}

static int on_progress(const git_indexer_progress *progress, void *payload)
{
    struct fetch *fetch = payload;
    size_t bytes = max_fetch_bytes(fetch->opts);
    size_t objects = sk_source__or(fetch->opts->max_fetch_objects, SK_BOUND_SOURCE_OBJECTS);
    if (progress->received_bytes > bytes)
        sk_err_set(&fetch->refusal, SK_E_BOUND, "fetching '%s' takes more than %zu bytes",
                   fetch->shown, bytes);
    else if (progress->total_objects > objects)
        sk_err_set(&fetch->refusal, SK_E_BOUND, "fetching '%s' takes more than %zu objects",
                   fetch->shown, objects);
    else
        return 0;
    return GIT_EUSER;
}

/* What a server says that no retry heals, else SK_E_NETWORK. libgit2 has the status of HTTP in its
 * message only; and over ssh it is at the end of what it reads (GIT_EEOF) when the other side says
 * on its standard error that there is nothing to read. */
static enum sk_errc refusal_of(int result)
{
    static const struct {
        const char *words;
        enum sk_errc code;
    } refusals[] = {
        {"status code: 401", SK_E_CREDENTIALS},
        {"status code: 403", SK_E_DENIED},
        {"status code: 404", SK_E_NOT_FOUND},
        {"status code: 410", SK_E_NOT_FOUND},
        {"redirect", SK_E_INVALID},
    };
    const git_error *last = git_error_last();
    if (last && last->klass == GIT_ERROR_SSH && result == GIT_EEOF)
        return SK_E_NOT_FOUND;
    for (size_t i = 0; last && i < sizeof(refusals) / sizeof(*refusals); i++) {
        if (strstr(last->message, refusals[i].words))
            return refusals[i].code;
    }
    return SK_E_NETWORK;
}

/* The error of a failed libgit2 call: what a callback objected to, or libgit2's own. */
static int failed(struct fetch *fetch, int result, const char *what, struct sk_err *err)
{
    if (fetch->refusal.code != SK_OK) {
        git_error_clear();
        return sk_err_move(err, &fetch->refusal);
    }
    enum sk_errc refusal = refusal_of(result);
    int code = sk_source__git_error(result, err, "%s '%s'", what, fetch->shown);
    return sk_source__recode(code, SK_E_NETWORK, refusal, err);
}

static void set_callbacks(struct fetch *fetch, git_remote_callbacks *callbacks)
{
    callbacks->credentials = on_credentials;
    callbacks->certificate_check = on_certificate;
    callbacks->transfer_progress = on_progress;
    callbacks->payload = fetch;
}

static const git_remote_head *head_named(const git_remote_head *const *heads, size_t count,
                                         const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(heads[i]->name, name) == 0)
            return heads[i];
    }
    return NULL;
}

/* The remote's reference for opts->git_ref, by the same rules as in a local repository. */
static const git_remote_head *find_head(const git_remote_head *const *heads, size_t count,
                                        const char *name)
{
    if (!name)
        return head_named(heads, count, "HEAD");
    if (sk_text_starts_with(name, "refs/"))
        return head_named(heads, count, name);
    sk_auto(sk_freep) char *branch = sk_xasprintf("refs/heads/%s", name);
    sk_auto(sk_freep) char *tag = sk_xasprintf("refs/tags/%s", name);
    const git_remote_head *found = head_named(heads, count, branch);
    return found ? found : head_named(heads, count, tag);
}

static bool has_commit(git_repository *repository, const git_oid *id)
{
    sk_auto(git_object_freep) git_object *object = NULL;
    bool found = git_object_lookup(&object, repository, id, GIT_OBJECT_ANY) == 0;
    git_error_clear();
    return found;
}

static int download(struct fetch *fetch, git_remote *remote, char **specs, size_t count,
                    struct sk_err *err)
{
    git_fetch_options options;
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    set_callbacks(fetch, &options.callbacks);
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.update_fetchhead = 0;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    git_strarray refspecs = {specs, count};
    int result = git_remote_download(remote, &refspecs, &options);
    return result == 0 ? 0 : failed(fetch, result, "fetch", err);
}

/* Our own reference to what was fetched. Tags of trees and the like are left out. */
static void remember(git_repository *repository, const git_remote_head *head)
{
    sk_auto(sk_freep) char *name = sk_xasprintf(
        "refs/sagekeeper/%s",
        sk_text_starts_with(head->name, "refs/") ? head->name + strlen("refs/") : head->name);
    sk_auto(git_reference_freep) git_reference *reference = NULL;
    /* Only a hint for the next fetch: failing to write it costs time, not truth. */
    (void)git_reference_create(&reference, repository, name, &head->oid, 1, NULL);
    git_error_clear();
}

static int fetch_reference(struct fetch *fetch, git_repository *repository, git_remote *remote,
                           const git_remote_head *head, struct sk_err *err)
{
    if (has_commit(repository, &head->oid))
        return 0;
    sk_auto(sk_freep) char *spec = sk_xasprintf("+%s:refs/sagekeeper/fetched", head->name);
    char *specs[] = {spec};
    int code = download(fetch, remote, specs, 1, err);
    if (code < 0)
        return code;
    if (!has_commit(repository, &head->oid))
        return sk_err_set(err, SK_E_IO, "the Git cache of '%s' is damaged", fetch->shown);
    remember(repository, head);
    return 0;
}

/* A commit named by its id may be on any branch or tag. */
static int fetch_all(struct fetch *fetch, git_repository *repository, git_remote *remote,
                     const git_remote_head *const *heads, size_t count, struct sk_err *err)
{
    char branches[] = "+refs/heads/*:refs/sagekeeper/heads/*";
    char tags[] = "+refs/tags/*:refs/sagekeeper/tags/*";
    char *specs[] = {branches, tags};
    int code = download(fetch, remote, specs, 2, err);
    for (size_t i = 0; code == 0 && i < count; i++) {
        bool is_wanted = sk_text_starts_with(heads[i]->name, "refs/heads/") ||
                         sk_text_starts_with(heads[i]->name, "refs/tags/");
        if (is_wanted && !sk_text_ends_with(heads[i]->name, "^{}"))
            remember(repository, heads[i]);
    }
    return code;
}

static void remote_close(git_remote **remote)
{
    if (*remote && git_remote_connected(*remote))
        git_remote_disconnect(*remote);
    git_remote_free(*remote);
}

static int connect_remote(struct fetch *fetch, git_repository *repository, git_remote **out,
                          struct sk_err *err)
{
    git_remote_create_options creation;
    git_remote_create_options_init(&creation, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    creation.repository = repository;
    /* A rewritten URL would lead the credentials somewhere else. */
    creation.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    int result = git_remote_create_with_opts(out, fetch->opts->git_url, &creation);
    if (result < 0)
        return failed(fetch, result, "use", err);
    git_remote_connect_options options;
    git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    set_callbacks(fetch, &options.callbacks);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    result = git_remote_connect_ext(*out, GIT_DIRECTION_FETCH, &options);
    if (result == 0)
        return 0;
    /* libgit2 reports sockets as the operating system's; the cache has no part in it. */
    return sk_source__recode(failed(fetch, result, "connect to", err), SK_E_IO, SK_E_NETWORK, err);
}

/* What the server needs of us, and we of it. What is in the cache needs neither. */
static int prepare(struct fetch *fetch, struct sk_err *err)
{
    const char *ca_file = fetch->opts->ca_file;
    int code = fetch->transport == SK_SOURCE_SSH ? 0 : load_token(fetch, err);
    if (code < 0 || !ca_file)
        return code;
    int result = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_file, NULL);
    if (result == 0)
        return 0;
    /* For libgit2 a matter of TLS, which could pass. */
    code = sk_source__git_error(result, err, "use the certificates in '%s'", ca_file);
    return sk_source__recode(code, (enum sk_errc)code, SK_E_INVALID, err);
}

static int fetch_into(struct fetch *fetch, git_repository *repository, git_oid *out,
                      struct sk_err *err)
{
    const char *ref = fetch->revision ? fetch->revision : fetch->opts->git_ref;
    bool by_id = ref && strlen(ref) == GIT_OID_HEXSZ && git_oid_fromstr(out, ref) == 0;
    if (by_id && has_commit(repository, out))
        return 0;
    sk_auto(remote_close) git_remote *remote = NULL;
    int code = prepare(fetch, err);
    if (code == 0)
        code = connect_remote(fetch, repository, &remote, err);
    if (code < 0)
        return code;
    const git_remote_head **heads = NULL;
    size_t count = 0;
    int result = git_remote_ls(&heads, &count, remote);
    if (result < 0)
        return failed(fetch, result, "list", err);
    if (count == 0)
        return sk_err_set(err, SK_E_NOT_FOUND, "repository '%s' has no commits", fetch->shown);
    if (by_id)
        return fetch_all(fetch, repository, remote, heads, count, err);
    const git_remote_head *head = find_head(heads, count, ref);
    if (!head)
        return sk_err_set(err, SK_E_NOT_FOUND, "no branch or tag '%s' in repository '%s'",
                          ref ? ref : "HEAD", fetch->shown);
    *out = head->oid;
    return fetch_reference(fetch, repository, remote, head, err);
}

static int make_folder(const char *path, struct sk_err *err)
{
    sk_auto(sk_freep) char *part = sk_xstrdup(path);
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char end = *at;
        *at = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return sk_err_errno(err, errno, "make folder '%s'", part);
        if (end == '\0')
            return 0;
        *at = end;
    }
}

static void unlock(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

/* The lock goes with the descriptor, so a killed process leaves none. */
static int lock_cache(const char *path, int *out, struct sk_err *err)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return sk_err_errno(err, errno, "open '%s'", path);
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            *out = descriptor;
            return 0;
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    close(descriptor);
    return sk_err_set(err, SK_E_LOCKED, "another process is fetching into '%s'", path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int open_cache(const char *path, git_repository **out, struct sk_err *err)
{
    git_repository_init_options options;
    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags =
        GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_DOTGIT_DIR;
    options.mode = 0700;
    int result = git_repository_init_ext(out, path, &options);
    return result == 0 ? 0 : sk_source__git_error(result, err, "open the Git cache '%s'", path);
}

/* Where the cache of a URL, which names it, and what belongs to it are. Owned. */
struct place {
    char *path, *lock;
    char *aside; /* the old cache, while a new one is made */
};

static void place_done(struct place *place)
{
    free(place->path);
    free(place->lock);
    free(place->aside);
}

static struct place place_of(const struct sk_source_opts *opts)
{
    char hex[SK_SHA256_HEX_BYTES];
    sk_sha256_hex(opts->git_url, strlen(opts->git_url), hex);
    return (struct place){
        .path = sk_xasprintf("%s/%.16s.git", opts->cache_folder, hex),
        .lock = sk_xasprintf("%s/%.16s.lock", opts->cache_folder, hex),
        .aside = sk_xasprintf("%s/%.16s.old", opts->cache_folder, hex),
    };
}

static void remove_folder(const char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* What the objects of a cache take. */
struct usage {
    size_t bytes;
    size_t packs;
};

static bool is_temporary(const char *name)
{
    return strstr(name, "_git2_") != NULL; /* as libgit2 names what it has not finished */
}

static DIR *open_packs(const char *cache)
{
    sk_auto(sk_freep) char *folder = sk_xasprintf("%s/objects/pack", cache);
    return opendir(folder);
}

/* Each fetch leaves a pack. */
static struct usage usage_of(const char *cache)
{
    struct usage usage = {0};
    DIR *packs = open_packs(cache);
    const struct dirent *entry;
    while (packs && (entry = readdir(packs)) != NULL) {
        struct stat status;
        if (!is_temporary(entry->d_name) &&
            fstatat(dirfd(packs), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode))
            usage.bytes += (size_t)status.st_size;
        usage.packs += sk_text_ends_with(entry->d_name, ".pack");
    }
    if (packs)
        closedir(packs);
    return usage;
}

/* What processes that were killed left behind. Called under the lock, so nobody is writing. */
static void remove_unfinished(const char *cache)
{
    DIR *packs = open_packs(cache);
    const struct dirent *entry;
    while (packs && (entry = readdir(packs)) != NULL) {
        if (is_temporary(entry->d_name))
            (void)unlinkat(dirfd(packs), entry->d_name, 0);
    }
    if (packs)
        closedir(packs);
}

static int fetch_locked(struct fetch *fetch, git_repository **repository_out, git_oid *out,
                        struct sk_err *err)
{
    sk_auto(place_done) struct place place = place_of(fetch->opts);
    sk_auto(unlock) int descriptor = -1;
    int code = make_folder(fetch->opts->cache_folder, err);
    if (code == 0)
        code = lock_cache(place.lock, &descriptor, err);
    if (code < 0)
        return code;
    remove_unfinished(place.path);
    sk_auto(git_repository_freep) git_repository *repository = NULL;
    code = open_cache(place.path, &repository, err);
    if (code == 0)
        code = fetch_into(fetch, repository, out, err);
    if (code < 0)
        return code;
    *repository_out = repository;
    repository = NULL;
    return 0;
}

bool sk_source__cache_is_overgrown(const struct sk_source_opts *opts)
{
    if (!opts->cache_folder)
        return false;
    sk_auto(place_done) struct place place = place_of(opts);
    struct usage usage = usage_of(place.path);
    return usage.bytes > 2 * max_fetch_bytes(opts) || usage.packs > MOST_PACKS;
}

/* Removes `to`, then gives its name to `from` if there is one. */
static void replace_folder(const struct place *place, const char *from, const char *to)
{
    sk_auto(unlock) int descriptor = -1;
    if (lock_cache(place->lock, &descriptor, NULL) < 0)
        return;
    remove_folder(to);
    if (from)
        (void)rename(from, to);
}

void sk_source__cache_set_aside(const struct sk_source_opts *opts)
{
    sk_auto(place_done) struct place place = place_of(opts);
    replace_folder(&place, place.path, place.aside);
}

void sk_source__cache_restore(const struct sk_source_opts *opts)
{
    if (!opts->cache_folder)
        return;
    sk_auto(place_done) struct place place = place_of(opts);
    if (access(place.aside, F_OK) == 0)
        replace_folder(&place, place.aside, place.path);
}

void sk_source__cache_forget(const struct sk_source_opts *opts)
{
    sk_auto(place_done) struct place place = place_of(opts);
    if (access(place.aside, F_OK) == 0)
        replace_folder(&place, NULL, place.aside);
}

static int check_transport(const struct fetch *fetch, struct sk_err *err)
{
    if (fetch->transport == SK_SOURCE_UNSUPPORTED)
        return sk_err_set(err, SK_E_INVALID,
                          "'%s' has an unsupported scheme; expected https, ssh or file",
                          fetch->shown);
    if (fetch->transport == SK_SOURCE_HTTP &&
        (!fetch->host || !sk_source__host_is_loopback(fetch->host)))
        return sk_err_set(err, SK_E_INVALID, "'%s' is not encrypted; use https", fetch->shown);
    if (!fetch->opts->cache_folder)
        return sk_err_set(err, SK_E_INVALID, "a remote repository needs a cache folder");
    return 0;
}

int sk_source__fetch(const struct sk_source_opts *opts, const char *revision,
                     git_repository **repository_out, git_oid *commit_out, struct sk_err *err)
{
    sk_auto(fetch_done) struct fetch fetch = {
        .opts = opts,
        .revision = revision,
        .transport = sk_source__url_transport(opts->git_url),
        .shown = sk_text_scrub(opts->git_url),
        .host = sk_source__url_host(opts->git_url),
    };
    int code = check_transport(&fetch, err);
    if (code < 0)
        return code;
    if (fetch.transport == SK_SOURCE_SSH)
        return fetch_locked(&fetch, repository_out, commit_out, err);
    int result = sk_source__streams_begin(opts->git_url, &fetch.refusal);
    code = result < 0 ? sk_source__git_error(result, err, "prepare connections")
                      : fetch_locked(&fetch, repository_out, commit_out, err);
    sk_source__streams_end();
    return code;
}
