/* See measure.h. */
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

double bench_cpu_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

long bench_peak_rss_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
size_t bench_random_below(struct bench_random *random, size_t bound)
{
    uint64_t state = random->state ? random->state : 1;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    random->state = state;
    return (size_t)((state * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % bound;
}

_Noreturn void bench_die(const char *what, const struct sk_err *err)
{
    fprintf(stderr, "bench: %s%s%s\n", what, err ? ": " : "", err ? sk_err_message(err) : "");
    exit(1);
}

void bench_expect(const char *what, size_t found, size_t expected)
{
    if (found == expected)
        return;
    fprintf(stderr, "bench: %s: %zu, expected %zu\n", what, found, expected);
    exit(1);
}

size_t bench_number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || *end || end == text || number == 0 || number > SIZE_MAX)
        bench_die("expected whole numbers above 0 as arguments", NULL);
    return (size_t)number;
}
