/* Every bound on data that comes from outside, in one place. A value past its bound is an error
 * that names the bound; nothing is cut silently. */
#ifndef SK_BASE_BOUNDS_H
#define SK_BASE_BOUNDS_H

#include <stddef.h>

/* Manifests */
#define SK_BOUND_MANIFEST_FILE_BYTES ((size_t)1024 * 1024) /* one YAML file or policy JSON */
#define SK_BOUND_MANIFEST_DEPTH      64                    /* nesting of one document */
#define SK_BOUND_MANIFEST_ALIASES    32                    /* alias uses in one file */
#define SK_BOUND_MANIFEST_NODES      200000                /* nodes of one file, aliases expanded */
#define SK_BOUND_SOURCE_FILES        20000                 /* files under the manifest path */
#define SK_BOUND_SOURCE_BYTES        ((size_t)256 * 1024 * 1024)
#define SK_BOUND_SOURCE_OBJECTS      1000000 /* Git objects of one fetch */
/* What a fetch in a child process is asked, and the table of contents of its answer */
#define SK_BOUND_FETCH_REQUEST_BYTES ((size_t)1024 * 1024)
#define SK_BOUND_FETCH_HEADER_BYTES  ((size_t)64 * 1024 * 1024)
/* HTTP */
#define SK_BOUND_RESPONSE_BYTES      ((size_t)64 * 1024 * 1024)
#define SK_BOUND_HEADER_BYTES        ((size_t)64 * 1024)
/* AWS paging: a listing may legally contain empty pages, but not for ever. */
#define SK_BOUND_EMPTY_PAGES         50
#define SK_BOUND_PAGES               20000
/* An answer with credentials, what a credential_process prints, a token file: a few KB each */
#define SK_BOUND_CREDENTIALS_BYTES   ((size_t)64 * 1024)
/* Plan files read back by `apply` */
#define SK_BOUND_PLAN_FILE_BYTES     ((size_t)256 * 1024 * 1024)
#define SK_BOUND_CONFIG_FILE_BYTES   ((size_t)1024 * 1024)
/* Policy documents */
#define SK_BOUND_POLICY_BYTES        ((size_t)1024 * 1024)
#define SK_BOUND_POLICY_STATEMENTS   10000

#endif
