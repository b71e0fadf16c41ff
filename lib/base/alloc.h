/* Allocation for small internal data: out of memory ends the process (the journal survives SIGKILL,
 * so this loses nothing; docs/adr/0002). Data whose size comes from outside goes through
 * struct sk_buffer or a bound from base/bounds.h instead. */
#ifndef SK_BASE_ALLOC_H
#define SK_BASE_ALLOC_H

#include <stddef.h>

#include "base/cleanup.h"

void *sk_xmalloc(size_t size) SK_WARN_UNUSED;
/* Zeroed. */
void *sk_xcalloc(size_t count, size_t size) SK_WARN_UNUSED;
/* Grows or shrinks; `count * size` is checked for overflow. */
void *sk_xrealloc(void *pointer, size_t count, size_t size) SK_WARN_UNUSED;
/* A copy owned by the caller; NULL stays NULL. */
char *sk_xstrdup(const char *text) SK_WARN_UNUSED;
char *sk_xstrndup(const char *text, size_t length) SK_WARN_UNUSED;
/* printf into a new string owned by the caller. */
char *sk_xasprintf(const char *format, ...) SK_PRINTF(1, 2) SK_WARN_UNUSED;

/* Makes jansson allocate through the functions above. Call once, first thing in main and in tests
 * that use JSON heavily; harmless when repeated. */
void sk_alloc_init(void);

/* For `sk_auto(sk_freep) char *text = …`. */
void sk_freep(void *pointer_to_pointer);

#endif
