/* What the bench programs measure with, and how they give up. */
#ifndef SK_BENCH_MEASURE_H
#define SK_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Seconds of processor time that this process has used: what others run at the same time hardly
 * shows in it, unlike in wall time. */
double bench_cpu_s(void);
/* The most memory this process has had resident so far, in KiB. */
long bench_peak_rss_kib(void);

/* Deterministic numbers: the same on every machine for the same seed. */
struct bench_random {
    uint64_t state;
};
/* Below `bound`, which is above 0. */
size_t bench_random_below(struct bench_random *random, size_t bound);

/* Ends the program with code 1 after "PROGRAM: WHAT: <message of err>"; err may be NULL. */
_Noreturn void bench_die(const char *what, const struct sk_err *err);
/* Ends the program unless both are equal: a figure about wrong work is worth nothing. */
void bench_expect(const char *what, size_t found, size_t expected);
/* A whole number above 0 from the command line. */
size_t bench_number(const char *text);

#endif
