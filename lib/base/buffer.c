/* The growing byte buffer, see buffer.h. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static bool reserve(struct sk_buffer *buffer, size_t extra)
{
    size_t needed = buffer->length + extra;
    if (buffer->overflowed || needed < extra ||
        (buffer->max_bytes != 0 && needed > buffer->max_bytes)) {
        buffer->overflowed = true;
        return false;
    }
    if (needed + 1 > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : 64;
        while (capacity < needed + 1)
            capacity *= 2;
        buffer->data = sk_xrealloc(buffer->data, capacity, 1);
        buffer->capacity = capacity;
    }
    return true;
}

bool sk_buffer_add(struct sk_buffer *buffer, const void *data, size_t length)
{
    if (!reserve(buffer, length))
        return false;
    if (length)
        memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
    return true;
}

bool sk_buffer_adds(struct sk_buffer *buffer, const char *text)
{
    return sk_buffer_add(buffer, text, strlen(text));
}

bool sk_buffer_addc(struct sk_buffer *buffer, char character)
{
    return sk_buffer_add(buffer, &character, 1);
}

bool sk_buffer_addf(struct sk_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    bool added = sk_buffer_add(buffer, text, (size_t)length);
    free(text);
    return added;
}

void sk_buffer_clear(struct sk_buffer *buffer)
{
    buffer->length = 0;
    buffer->overflowed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

char *sk_buffer_take(struct sk_buffer *buffer)
{
    char *data = buffer->data ? buffer->data : sk_xstrdup("");
    size_t max_bytes = buffer->max_bytes;
    *buffer = (struct sk_buffer){.max_bytes = max_bytes};
    return data;
}

const char *sk_buffer_text(const struct sk_buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

void sk_buffer_done(struct sk_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct sk_buffer){.max_bytes = buffer->max_bytes};
}
