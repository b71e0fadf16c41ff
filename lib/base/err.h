/* The error value used everywhere.
 *
 * Contract: a fallible function takes `struct sk_err *err` last and returns 0 (or a documented
 * non-negative value) on success, a negative enum sk_errc value on failure. Success leaves *err
 * alone; failure sets it exactly once. `err` may be NULL when the caller does not want the reason.
 * Raising is one line: `return sk_err_set(err, SK_E_PARSE, "…");`.
 *
 * Messages: lower case, fault first, subject in quotes, no full stop, no secrets. Code branches on
 * the code or its reaction, never on the text. */
#ifndef SK_BASE_ERR_H
#define SK_BASE_ERR_H

#include <stdarg.h>

#include "base/cleanup.h"

/* What whoever drives the work should do about an error. */
enum sk_reaction {
    SK_REACT_NONE,        /* not an error */
    SK_REACT_RETRY,       /* try again after a back-off */
    SK_REACT_WAIT,        /* somebody else's work is in progress: come back later, not a failure */
    SK_REACT_CREDENTIALS, /* refresh the credentials once, then stop the account */
    SK_REACT_CLOCK,       /* learn the clock offset, sign again once */
    SK_REACT_ABSENT,      /* the thing is not there */
    SK_REACT_OBSERVE,     /* the world is not as planned: look again and plan anew */
    SK_REACT_STALL,       /* a person has to act */
    SK_REACT_STOP,        /* we were told to stop */
};

/* X(code name, text, reaction) */
#define SK_ERRORS(X)                                                                               \
    X(INVALID, "invalid", STALL)               /* input that can never be right as it is */        \
    X(PARSE, "parse", STALL)                   /* text that does not follow its grammar */         \
    X(USAGE, "usage", STALL)                   /* wrong use of the command line */                 \
    X(NOT_FOUND, "not-found", ABSENT)          /* the thing asked for does not exist */            \
    X(EXISTS, "exists", OBSERVE)               /* the name is taken */                             \
    X(BUSY, "busy", WAIT)                      /* the resource is changing just now */             \
    X(CONFLICT, "conflict", RETRY)             /* concurrent modification */                       \
    X(DEPENDENCY, "dependency", OBSERVE)       /* something else still hangs on it */              \
    X(PROPAGATING, "propagating", RETRY)       /* made moments ago, not visible everywhere yet */  \
    X(DENIED, "denied", STALL)                 /* permission missing; never means absent */        \
    X(CREDENTIALS, "credentials", CREDENTIALS) /* missing, expired or unknown credentials */       \
    X(CLOCK, "clock", CLOCK)                   /* our clock is off */                              \
    X(THROTTLED, "throttled", RETRY)           /* too many requests */                             \
    X(TRANSIENT, "transient", RETRY)           /* the other side failed, perhaps only once */      \
    X(NETWORK, "network", RETRY)               /* no (whole) answer: the outcome is unknown */     \
    X(TIMEOUT, "timeout", RETRY)               /* deadline passed: the outcome is unknown */       \
    X(QUOTA, "quota", STALL)                   /* an AWS quota is used up */                       \
    X(BOUND, "bound", STALL)                   /* past a bound of base/bounds.h */                 \
    X(PROTOCOL, "protocol", RETRY)             /* an answer that does not make sense */            \
    X(REFUSED, "refused", STALL)               /* a guard said no */                               \
    X(STALE, "stale", OBSERVE)                 /* the world moved since it was looked at */        \
    X(IO, "io", STALL)                         /* a local file or socket failed */                 \
    X(LOCKED, "locked", WAIT)                  /* another process holds it */                      \
    X(CANCELED, "canceled", STOP)              /* stopped on request */                            \
    X(MEMORY, "memory", STALL)                 /* no memory for data sized from outside */         \
    X(INTERNAL, "internal", STALL)             /* a defect of ours */

enum sk_errc {
    SK_OK = 0,
#define X(name, text, reaction) SK_ERRC_POSITION_##name,
    SK_ERRORS(X)
#undef X
        SK_ERRC_COUNT,
#define X(name, text, reaction) SK_E_##name = -SK_ERRC_POSITION_##name,
    SK_ERRORS(X)
#undef X
};

/* Zero-initialise; end with sk_err_done. */
struct sk_err {
    enum sk_errc code; /* SK_OK when unset */
    int detail;        /* HTTP status, errno or the library's own code; 0 when there is none */
    char *msg;         /* owned; one line */
    char *aws_code;    /* owned; AWS's error code, or NULL */
    char *request_id;  /* owned; AWS's request id, or NULL */
};

/* Sets *err and returns `code`. Setting an error that is set already keeps the first one. */
int sk_err_set(struct sk_err *err, enum sk_errc code, const char *format, ...) SK_PRINTF(3, 4);
int sk_err_setv(struct sk_err *err, enum sk_errc code, const char *format, va_list arguments)
    SK_PRINTF(3, 0);
/* Prefixes "<context>: " to the message of a set error and returns its code. */
int sk_err_wrap(struct sk_err *err, const char *format, ...) SK_PRINTF(2, 3);
/* From errno: "cannot <what>: <strerror>"; SK_E_NOT_FOUND for ENOENT, else SK_E_IO. Returns it. */
int sk_err_errno(struct sk_err *err, int error_number, const char *format, ...) SK_PRINTF(3, 4);
/* Moves *from into *to (which must be unset or NULL; then *from is released). Returns the code. */
int sk_err_move(struct sk_err *to, struct sk_err *from);
/* Copies; *to must be unset. */
void sk_err_copy(struct sk_err *to, const struct sk_err *from);
/* Releases the contents and makes *err unset again. */
void sk_err_done(struct sk_err *err);

/* Borrowed, static: "not-found". "ok" for SK_OK. */
const char *sk_errc_name(enum sk_errc code);
enum sk_reaction sk_errc_reaction(enum sk_errc code);
/* Borrowed from err: its message, or the code's name when there is none. */
const char *sk_err_message(const struct sk_err *err);

#endif
