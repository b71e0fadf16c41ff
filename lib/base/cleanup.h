/* Scope cleanup: `sk_auto(sk_err_done) struct sk_err err = {0};` runs `sk_err_done(&err)` at the
 * end of the scope. Never use it on something with a live uv handle or curl transfer: those end
 * through their close callbacks. */
#ifndef SK_BASE_CLEANUP_H
#define SK_BASE_CLEANUP_H

/* `function` takes a pointer to the variable. */
#define sk_auto(function) __attribute__((cleanup(function)))

/* Defines `function##p`, which frees the pointer that its argument points to (NULL is fine). */
#define SK_DEFINE_CLEANUP(type, function)                                                          \
    static inline void function##p(type **pointer)                                                 \
    {                                                                                              \
        function(*pointer);                                                                        \
    }                                                                                              \
    struct sk_require_semicolon

#define SK_WARN_UNUSED             __attribute__((warn_unused_result))
#define SK_PRINTF(position, first) __attribute__((format(printf, position, first)))

#endif
