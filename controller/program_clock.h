/* The clock of the program: the system's, unless a test moves it. */
#ifndef SK_CONTROLLER_PROGRAM_CLOCK_H
#define SK_CONTROLLER_PROGRAM_CLOCK_H

#include "base/clock.h"

/* For tests: seconds, with a sign, by which the date is moved, so that a grace time or the end of a
 * membership can be reached without waiting. Read once, by main. */
#define SK_TEST_CLOCK_VARIABLE "SAGEKEEPER_TEST_CLOCK_OFFSET"

/* Takes the value of the variable; NULL, or what is no number, is the system's clock. Returns the
 * offset in seconds. */
int64_t sk_program_clock_init(const char *offset);
/* Static. */
const struct sk_clock *sk_program_clock(void);

#endif
