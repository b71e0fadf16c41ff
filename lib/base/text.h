/* Small string helpers shared by all folders. */
#ifndef SK_BASE_TEXT_H
#define SK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

bool sk_text_equal(const char *a, const char *b); /* NULL equals NULL only */
bool sk_text_starts_with(const char *text, const char *prefix);
bool sk_text_ends_with(const char *text, const char *suffix);
/* Turns ASCII letters into lower case where they stand; returns `text`. */
char *sk_text_lower(char *text);
/* Code points of a UTF-8 text. */
size_t sk_text_characters(const char *text);

/* The candidate nearest to `word` by edit distance (case ignored), or NULL when none is near enough
 * to be worth offering (more than a third of the word's length, at least 1, at most 4 edits).
 * Borrowed from `candidates`. */
const char *sk_text_nearest(const char *word, const char *const *candidates, size_t count);

/* Whether the bytes are valid UTF-8 without NUL; on failure *bad_offset is the first bad byte. */
bool sk_text_is_utf8(const char *data, size_t length, size_t *bad_offset);

/* A copy without what must not be shown: credentials in URLs and before hosts, URL queries, access
 * key ids with their secrets or tokens, Authorization values, X-Amz-* signatures and tokens. Owned
 * by the caller. */
char *sk_text_scrub(const char *text) SK_WARN_UNUSED;

/* Reads a whole regular file of at most `max_bytes`; see base/err.h. *out is owned by the caller
 * and NUL-terminated. SK_E_NOT_FOUND, SK_E_BOUND, SK_E_IO. */
struct sk_err;
int sk_file_read(const char *path, size_t max_bytes, char **out, size_t *length_out,
                 struct sk_err *err) SK_WARN_UNUSED;
/* Writes through a temporary file in the same folder, fsync, rename and fsync of the folder, so
 * that readers see the old or the new content, never a part. Mode 0600. A symbolic link stays: what
 * it leads to is written. A device or a pipe is written to, not replaced. */
int sk_file_write(const char *path, const char *data, size_t length,
                  struct sk_err *err) SK_WARN_UNUSED;

#endif
