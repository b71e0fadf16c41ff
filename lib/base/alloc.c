/* Aborting allocation, see alloc.h. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static _Noreturn void out_of_memory(void)
{
    static const char message[] = "sagekeeper: out of memory\n";
    (void)!fwrite(message, 1, sizeof(message) - 1, stderr);
    abort();
}

void *sk_xmalloc(size_t size)
{
    void *pointer = malloc(size ? size : 1);
    if (!pointer)
        out_of_memory();
    return pointer;
}

void *sk_xcalloc(size_t count, size_t size)
{
    void *pointer = calloc(count ? count : 1, size ? size : 1);
    if (!pointer)
        out_of_memory();
    return pointer;
}

void *sk_xrealloc(void *pointer, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    void *grown = realloc(pointer, bytes > 0 ? bytes : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *sk_xstrdup(const char *text)
{
    return text ? sk_xstrndup(text, strlen(text)) : NULL;
}

char *sk_xstrndup(const char *text, size_t length)
{
    char *copy = sk_xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *sk_xasprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        out_of_memory();
    return text;
}

void sk_alloc_init(void)
{
    json_set_alloc_funcs(sk_xmalloc, free);
    /* A random hash seed is fixed here, before threads start, as jansson asks for. */
    json_object_seed(0);
}

void sk_freep(void *pointer_to_pointer)
{
    void **pointer = pointer_to_pointer;
    free(*pointer);
    *pointer = NULL;
}
