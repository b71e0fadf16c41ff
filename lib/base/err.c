/* The error value, see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct {
    const char *name;
    enum sk_reaction reaction;
} codes[] = {{"ok", SK_REACT_NONE},
#define X(name, text, reaction) {text, SK_REACT_##reaction},
             SK_ERRORS(X)
#undef X
};

const char *sk_errc_name(enum sk_errc code)
{
    int position = -(int)code;
    return position >= 0 && position < SK_ERRC_COUNT ? codes[position].name : "unknown";
}

enum sk_reaction sk_errc_reaction(enum sk_errc code)
{
    int position = -(int)code;
    return position >= 0 && position < SK_ERRC_COUNT ? codes[position].reaction : SK_REACT_STALL;
}

int sk_err_setv(struct sk_err *err, enum sk_errc code, const char *format, va_list arguments)
{
    if (!err || err->code != SK_OK)
        return code;
    err->code = code;
    if (vasprintf(&err->msg, format, arguments) < 0)
        err->msg = NULL; /* the code's name stands in for the text */
    return code;
}

int sk_err_set(struct sk_err *err, enum sk_errc code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(err, code, format, arguments);
    va_end(arguments);
    return code;
}

int sk_err_wrap(struct sk_err *err, const char *format, ...)
{
    if (!err)
        return SK_E_INTERNAL;
    va_list arguments;
    va_start(arguments, format);
    char *context = NULL;
    int length = vasprintf(&context, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        char *joined = sk_xasprintf("%s: %s", context, sk_err_message(err));
        free(err->msg);
        err->msg = joined;
        free(context);
    }
    return err->code;
}

int sk_err_errno(struct sk_err *err, int error_number, const char *format, ...)
{
    enum sk_errc code = error_number == ENOENT ? SK_E_NOT_FOUND : SK_E_IO;
    if (!err || err->code != SK_OK)
        return code;
    va_list arguments;
    va_start(arguments, format);
    sk_auto(sk_freep) char *what = NULL;
    int length = vasprintf(&what, format, arguments);
    va_end(arguments);
    char buffer[128];
    const char *reason = strerror_r(error_number, buffer, sizeof(buffer));
    sk_err_set(err, code, "cannot %s: %s", length >= 0 ? what : "continue", reason);
    err->detail = error_number;
    return code;
}

int sk_err_move(struct sk_err *to, struct sk_err *from)
{
    enum sk_errc code = from->code;
    if (to && to->code == SK_OK) {
        *to = *from;
        *from = (struct sk_err){0};
    } else {
        sk_err_done(from);
    }
    return code;
}

void sk_err_copy(struct sk_err *to, const struct sk_err *from)
{
    to->code = from->code;
    to->detail = from->detail;
    to->msg = sk_xstrdup(from->msg);
    to->aws_code = sk_xstrdup(from->aws_code);
    to->request_id = sk_xstrdup(from->request_id);
}

void sk_err_done(struct sk_err *err)
{
    if (!err)
        return;
    free(err->msg);
    free(err->aws_code);
    free(err->request_id);
    *err = (struct sk_err){0};
}

const char *sk_err_message(const struct sk_err *err)
{
    return err->msg ? err->msg : sk_errc_name(err->code);
}
