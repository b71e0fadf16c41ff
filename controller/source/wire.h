/* What goes between a process and the child that fetches for it: a request into the child's
 * standard input, an answer out of its standard output. Pure.
 *
 * Both begin with a line "HEADER-BYTES BODY-BYTES\n", followed by a header (JSON) and a body (bytes
 * as they are): of a request the body is the Git token, so that it is in no JSON value; of an answer
 * the contents of the files one after the other. An answer is a snapshot or an error:
 *
 *   {"url","ref"?,"path"?,…: as struct sk_source_opts, "revision"?, "known"?}
 *   {"revision","commit","origin","relation","files": [{"path","length","executable"}],
 *    "approvals": [{"path","length","separate","introduced"?,"why"?}]}
 *   {"error": {"code","detail","message"}} */
#ifndef SK_SOURCE_WIRE_H
#define SK_SOURCE_WIRE_H

#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/err.h"
#include "base/secret.h"
#include "source/source.h"

/* What is to be fetched. */
struct sk_source_request {
    struct sk_source_opts opts; /* a Git source; `folder` is not sent */
    const char *revision;       /* NULL: the newest */
    const char *known;          /* NULL: none */
    json_t *header;             /* private: holds the texts of one that was read */
    struct sk_secret token;     /* private: likewise */
};

/* The token of opts.token_env is looked up here and sent itself. */
void sk_source_request_write(const struct sk_source_request *request, struct sk_buffer *out);
/* Fills *out, which the caller ends with sk_source_request_done. SK_E_PROTOCOL. */
int sk_source_request_read(const char *data, size_t length, struct sk_source_request *out,
                           struct sk_err *err) SK_WARN_UNUSED;
void sk_source_request_done(struct sk_source_request *request);

/* The answer to a request that came out as `code` (0: with the snapshot; else with *err). */
void sk_source_answer_write(int code, const struct sk_source_snapshot *snapshot,
                            const struct sk_err *err, struct sk_buffer *out);
/* Fills *out, or fails with the error that was sent; SK_E_PROTOCOL for what is no answer. */
int sk_source_answer_read(const char *data, size_t length, struct sk_source_snapshot *out,
                          struct sk_err *err) SK_WARN_UNUSED;

#endif
