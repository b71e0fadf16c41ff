/* See program_clock.h. Only the date is moved: durations are measured as ever. */
#include "controller/program_clock.h"

#include <stdlib.h>

static int64_t offset_s;

static struct sk_wall moved_wall(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_wall){sk_clock_wall(sk_clock_system()).seconds + offset_s};
}

static struct sk_mono same_mono(const struct sk_clock *clock)
{
    (void)clock;
    return sk_clock_mono(sk_clock_system());
}

int64_t sk_program_clock_init(const char *offset)
{
    char *end = NULL;
    long long seconds = offset ? strtoll(offset, &end, 10) : 0;
    offset_s = offset && *end == '\0' ? seconds : 0;
    return offset_s;
}

const struct sk_clock *sk_program_clock(void)
{
    static const struct sk_clock moved = {moved_wall, same_mono, NULL};
    return offset_s != 0 ? &moved : sk_clock_system();
}
