/* Time, injected. Wall-clock seconds and monotonic milliseconds are different types so that they
 * cannot be mixed up. Library code takes a `const struct sk_clock *`; only main makes a real one.
 */
#ifndef SK_BASE_CLOCK_H
#define SK_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct sk_wall {
    int64_t seconds; /* since 1970-01-01T00:00:00Z */
};
struct sk_mono {
    int64_t ms; /* since an arbitrary start */
};

struct sk_clock {
    struct sk_wall (*wall)(const struct sk_clock *clock);
    struct sk_mono (*mono)(const struct sk_clock *clock);
    void *data; /* a fake clock's own */
};

/* The system's clock; static. It cannot be moved from outside: tests inject another one, and the
 * program's own is controller/program_clock.h. */
const struct sk_clock *sk_clock_system(void);

static inline struct sk_wall sk_clock_wall(const struct sk_clock *clock)
{
    return clock->wall(clock);
}
static inline struct sk_mono sk_clock_mono(const struct sk_clock *clock)
{
    return clock->mono(clock);
}

/* ISO 8601 in UTC, "2026-11-22T20:41:00Z", into `out` of at least 21 bytes. */
#define SK_WALL_TEXT_BYTES 32
void sk_wall_format(struct sk_wall wall, char out[SK_WALL_TEXT_BYTES]);
/* Parses ISO 8601 UTC times as AWS writes them ("…Z", optional fraction) and plain dates
 * ("2027-01-31", midnight UTC). Returns 0 or -1. */
int sk_wall_parse(const char *text, struct sk_wall *out);

#endif
