/* A growing byte buffer with a hard maximum, always NUL-terminated behind its content. */
#ifndef SK_BASE_BUFFER_H
#define SK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Zero-initialise for an unbounded buffer of internal data, or SK_BUFFER_BOUNDED(n) for data from
 * outside. `data` is never NULL once something was appended. */
struct sk_buffer {
    char *data;    /* owned */
    size_t length; /* without the NUL */
    size_t capacity;
    size_t max_bytes; /* 0: no bound */
    bool overflowed;  /* an append was refused; sticky */
};

#define SK_BUFFER_BOUNDED(max)                                                                     \
    {                                                                                              \
        .max_bytes = (max)                                                                         \
    }

/* Appending to a bounded buffer past its bound drops the addition and sets `overflowed`; the
 * functions return false then. */
bool sk_buffer_add(struct sk_buffer *buffer, const void *data, size_t length);
bool sk_buffer_adds(struct sk_buffer *buffer, const char *text);
bool sk_buffer_addc(struct sk_buffer *buffer, char character);
bool sk_buffer_addf(struct sk_buffer *buffer, const char *format, ...) SK_PRINTF(2, 3);
/* Empties the buffer, keeps the memory. */
void sk_buffer_clear(struct sk_buffer *buffer);
/* The content as a NUL-terminated string owned by the caller; the buffer is empty afterwards. */
char *sk_buffer_take(struct sk_buffer *buffer) SK_WARN_UNUSED;
/* Borrowed, "" when nothing was appended. */
const char *sk_buffer_text(const struct sk_buffer *buffer);
void sk_buffer_done(struct sk_buffer *buffer);

#endif
