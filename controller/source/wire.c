/* The child's protocol, see wire.h. What is read comes from our own program, but was made from a
 * hostile repository: every length is checked against what is there. */
#include "source/wire.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/text.h"

#define AT(field) offsetof(struct sk_source_opts, field)

static const struct {
    const char *name;
    size_t offset; /* of a `const char *` */
} texts[] = {
    {"url", AT(git_url)},
    {"ref", AT(git_ref)},
    {"path", AT(git_path)},
    {"tokenFile", AT(token_file)},
    {"tokenEnv", AT(token_env)},
    {"caFile", AT(ca_file)},
    {"sshKeyFile", AT(ssh_key_file)},
    {"knownHosts", AT(known_hosts_file)},
    {"cache", AT(cache_folder)},
    {"approvals", AT(approvals_path)},
};
static const struct {
    const char *name;
    size_t offset; /* of a size_t */
} sizes[] = {
    {"maxFileBytes", AT(max_file_bytes)},
    {"maxTotalBytes", AT(max_total_bytes)},
    {"maxFiles", AT(max_files)},
    {"maxFetchBytes", AT(max_fetch_bytes)},
    {"maxFetchObjects", AT(max_fetch_objects)},
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static const char **text_at(struct sk_source_opts *opts, size_t offset)
{
    return (const char **)(void *)((char *)opts + offset);
}

static size_t *size_at(struct sk_source_opts *opts, size_t offset)
{
    return (size_t *)(void *)((char *)opts + offset);
}

static void write_frame(const json_t *header, size_t body_bytes, struct sk_buffer *out)
{
    sk_auto(sk_freep) char *text = sk_json_canonical(header);
    sk_buffer_addf(out, "%zu %zu\n", strlen(text), body_bytes);
    sk_buffer_adds(out, text);
}

struct frame {
    json_t *header; /* owned */
    const char *body;
    size_t body_bytes, used;
};

static int broken(struct sk_err *err)
{
    return sk_err_set(err, SK_E_PROTOCOL, "the process that fetches gave no proper answer");
}

static int read_frame(const char *data, size_t length, size_t most, struct frame *out,
                      struct sk_err *err)
{
    char line[64];
    *out = (struct frame){.body = data};
    const char *end = memchr(data, '\n', length < sizeof(line) ? length : sizeof(line));
    if (!end)
        return broken(err);
    memcpy(line, data, (size_t)(end - data));
    line[end - data] = '\0';
    char *rest = NULL;
    size_t header_bytes = strtoul(line, &rest, 10);
    size_t body_bytes = strtoul(rest, &rest, 10);
    size_t left = length - (size_t)(end + 1 - data);
    if (*rest || header_bytes > most || header_bytes > left || body_bytes != left - header_bytes)
        return broken(err);
    *out = (struct frame){.header = sk_json_parse(end + 1, header_bytes, "the answer", NULL),
                          .body = end + 1 + header_bytes,
                          .body_bytes = body_bytes};
    return out->header ? 0 : broken(err);
}

void sk_source_request_write(const struct sk_source_request *request, struct sk_buffer *out)
{
    struct sk_source_opts opts = request->opts;
    const char *token = opts.token;
    if (!token && !opts.token_file && opts.token_env)
        token = getenv(opts.token_env);
    json_auto_t *header =
        json_pack("{s:s*, s:s*}", "revision", request->revision, "known", request->known);
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *text = *text_at(&opts, texts[i].offset);
        if (text)
            json_object_set_new(header, texts[i].name, json_string(text));
    }
    for (size_t i = 0; i < COUNT(sizes); i++)
        json_object_set_new(header, sizes[i].name,
                            json_integer((json_int_t)*size_at(&opts, sizes[i].offset)));
    size_t length = token ? strlen(token) : 0;
    write_frame(header, length, out);
    sk_buffer_add(out, token ? token : "", length);
}

int sk_source_request_read(const char *data, size_t length, struct sk_source_request *out,
                           struct sk_err *err)
{
    struct frame frame;
    int code = read_frame(data, length, SK_BOUND_FETCH_REQUEST_BYTES, &frame, err);
    if (code < 0)
        return code;
    struct sk_source_request request = {.header = frame.header,
                                        .revision = sk_json_text(frame.header, "revision"),
                                        .known = sk_json_text(frame.header, "known")};
    for (size_t i = 0; i < COUNT(texts); i++)
        *text_at(&request.opts, texts[i].offset) = sk_json_text(frame.header, texts[i].name);
    for (size_t i = 0; i < COUNT(sizes); i++)
        *size_at(&request.opts, sizes[i].offset) =
            (size_t)json_integer_value(json_object_get(frame.header, sizes[i].name));
    if (frame.body_bytes > 0) {
        sk_secret_set(&request.token, frame.body, frame.body_bytes);
        request.opts.token = request.token.data;
    }
    *out = request;
    return 0;
}

void sk_source_request_done(struct sk_source_request *request)
{
    json_decref(request->header);
    sk_secret_done(&request->token);
    *request = (struct sk_source_request){0};
}

static void write_error(int code, const struct sk_err *err, struct sk_buffer *out)
{
    json_auto_t *header = json_pack("{s:{s:s, s:i, s:s%}}", "error", "code",
                                    sk_errc_name((enum sk_errc)code), "detail", err->detail,
                                    "message", sk_err_message(err), strlen(sk_err_message(err)));
    json_auto_t *plain =
        header ? NULL
               : json_pack("{s:{s:s, s:s}}", "error", "code", sk_errc_name((enum sk_errc)code),
                           "message", "the message is not UTF-8");
    write_frame(header ? header : plain, 0, out);
}

static json_t *file_entry(const struct sk_source_file *file)
{
    return json_pack("{s:s, s:I, s:b}", "path", file->path, "length", (json_int_t)file->length,
                     "executable", file->executable);
}

void sk_source_answer_write(int code, const struct sk_source_snapshot *snapshot,
                            const struct sk_err *err, struct sk_buffer *out)
{
    if (code < 0) {
        write_error(code, err, out);
        return;
    }
    const struct sk_source_tree *tree = snapshot->tree;
    json_t *files = json_array();
    json_t *approvals = json_array();
    size_t bytes = 0;
    for (size_t i = 0; i < tree->count; i++) {
        json_array_append_new(files, file_entry(&tree->files[i]));
        bytes += tree->files[i].length;
    }
    for (size_t i = 0; i < snapshot->approvals.count; i++) {
        const struct sk_source_approval *approval = &snapshot->approvals.items[i];
        json_t *entry = file_entry(&approval->file);
        json_object_set_new(entry, "separate", json_boolean(approval->separate));
        if (approval->introduced)
            json_object_set_new(entry, "introduced", json_string(approval->introduced));
        if (approval->why)
            json_object_set_new(entry, "why", json_string(approval->why));
        json_array_append_new(approvals, entry);
        bytes += approval->file.length;
    }
    json_auto_t *header =
        json_pack("{s:s, s:b, s:s, s:i, s:o, s:o}", "revision", tree->revision, "commit",
                  tree->is_commit, "origin", tree->origin, "relation", (int)snapshot->relation,
                  "files", files, "approvals", approvals);
    if (!header) {
        const struct sk_err strange = {.code = SK_E_INVALID, .msg = NULL};
        write_error(SK_E_INVALID, &strange, out);
        return;
    }
    write_frame(header, bytes, out);
    for (size_t i = 0; i < tree->count; i++)
        sk_buffer_add(out, tree->files[i].data, tree->files[i].length);
    for (size_t i = 0; i < snapshot->approvals.count; i++)
        sk_buffer_add(out, snapshot->approvals.items[i].file.data,
                      snapshot->approvals.items[i].file.length);
}

static enum sk_errc code_named(const char *name)
{
    for (int i = 1; i < SK_ERRC_COUNT; i++) {
        if (name && strcmp(sk_errc_name((enum sk_errc) - i), name) == 0)
            return (enum sk_errc) - i;
    }
    return SK_E_PROTOCOL;
}

static int read_error(const json_t *error, struct sk_err *err)
{
    const char *message = sk_json_text(error, "message");
    int code = sk_err_set(err, code_named(sk_json_text(error, "code")), "%s",
                          message ? message : "the fetch failed");
    if (err)
        err->detail = (int)json_integer_value(json_object_get(error, "detail"));
    return code;
}

/* One file; its bytes are the next of the body. */
static int read_file(struct frame *frame, const json_t *entry, struct sk_source_file *out,
                     struct sk_err *err)
{
    const char *path = sk_json_text(entry, "path");
    json_int_t length = json_integer_value(json_object_get(entry, "length"));
    if (!path || length < 0 || (size_t)length > frame->body_bytes - frame->used)
        return broken(err);
    *out =
        (struct sk_source_file){.path = sk_xstrdup(path),
                                .data = sk_xmalloc((size_t)length + 1),
                                .length = (size_t)length,
                                .executable = json_is_true(json_object_get(entry, "executable"))};
    memcpy(out->data, frame->body + frame->used, (size_t)length);
    out->data[length] = '\0';
    frame->used += (size_t)length;
    return 0;
}

static int read_tree(struct frame *frame, struct sk_source_tree *tree, struct sk_err *err)
{
    const char *revision = sk_json_text(frame->header, "revision");
    const char *origin = sk_json_text(frame->header, "origin");
    const json_t *files = json_object_get(frame->header, "files");
    if (!revision || !origin || json_array_size(files) == 0)
        return broken(err);
    tree->revision = sk_xstrdup(revision);
    tree->origin = sk_xstrdup(origin);
    tree->is_commit = json_is_true(json_object_get(frame->header, "commit"));
    tree->files = sk_xcalloc(json_array_size(files), sizeof(*tree->files));
    for (size_t i = 0; i < json_array_size(files); i++) {
        int code = read_file(frame, json_array_get(files, i), &tree->files[i], err);
        if (code < 0)
            return code;
        tree->count = i + 1;
        tree->total_bytes += tree->files[i].length;
    }
    return 0;
}

static int read_approvals(struct frame *frame, struct sk_source_approvals *out, struct sk_err *err)
{
    const json_t *entries = json_object_get(frame->header, "approvals");
    out->items = sk_xcalloc(json_array_size(entries) + 1, sizeof(*out->items));
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        struct sk_source_approval *approval = &out->items[i];
        int code = read_file(frame, entry, &approval->file, err);
        if (code < 0)
            return code;
        approval->separate = json_is_true(json_object_get(entry, "separate"));
        approval->introduced = sk_xstrdup(sk_json_text(entry, "introduced"));
        approval->why = sk_xstrdup(sk_json_text(entry, "why"));
        out->count = i + 1;
    }
    return 0;
}

int sk_source_answer_read(const char *data, size_t length, struct sk_source_snapshot *out,
                          struct sk_err *err)
{
    struct frame frame;
    int code = read_frame(data, length, SK_BOUND_FETCH_HEADER_BYTES, &frame, err);
    if (code < 0)
        return code;
    json_auto_t *header = frame.header;
    const json_t *error = json_object_get(header, "error");
    if (error)
        return read_error(error, err);
    sk_auto(sk_source_snapshot_done) struct sk_source_snapshot snapshot = {
        .tree = sk_xcalloc(1, sizeof(*snapshot.tree))};
    json_int_t relation = json_integer_value(json_object_get(header, "relation"));
    if (relation >= SK_SOURCE_UNRELATED && relation <= SK_SOURCE_REWRITTEN)
        snapshot.relation = (enum sk_source_relation)relation;
    code = read_tree(&frame, snapshot.tree, err);
    if (code == 0)
        code = read_approvals(&frame, &snapshot.approvals, err);
    if (code == 0 && frame.used != frame.body_bytes)
        code = broken(err);
    if (code < 0)
        return code;
    *out = snapshot;
    memset(&snapshot, 0, sizeof(snapshot));
    return 0;
}
