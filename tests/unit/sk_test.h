/* What all unit tests share: cmocka with its includes in the right order, and ASSERT_OK. */
#ifndef SK_TEST_H
#define SK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

/* Fails with the error's own message. */
#define ASSERT_OK(expression, err)                                                                 \
    do {                                                                                           \
        if ((expression) < 0)                                                                      \
            fail_msg("%s: %s", #expression, sk_err_message(err));                                  \
    } while (0)

#endif
