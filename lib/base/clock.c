/* System clock and time text, see clock.h. */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct sk_wall system_wall(const struct sk_clock *clock)
{
    (void)clock;
    return (struct sk_wall){(int64_t)time(NULL)};
}

static struct sk_mono system_mono(const struct sk_clock *clock)
{
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct sk_mono){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

const struct sk_clock *sk_clock_system(void)
{
    static const struct sk_clock clock = {system_wall, system_mono, NULL};
    return &clock;
}

void sk_wall_format(struct sk_wall wall, char out[SK_WALL_TEXT_BYTES])
{
    time_t seconds = (time_t)wall.seconds;
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) ||
        strftime(out, SK_WALL_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(out, SK_WALL_TEXT_BYTES, "@%lld", (long long)wall.seconds);
}

int sk_wall_parse(const char *text, struct sk_wall *out)
{
    struct tm parts = {0};
    const char *end = strptime(text, "%Y-%m-%d", &parts);
    if (!end)
        return -1;
    if (*end == 'T') {
        end = strptime(end, "T%H:%M:%S", &parts);
        if (!end)
            return -1;
        if (*end == '.')
            end += 1 + strspn(end + 1, "0123456789");
        if (strcmp(end, "Z") != 0 && strcmp(end, "+00:00") != 0)
            return -1;
    } else if (*end != '\0') {
        return -1;
    }
    *out = (struct sk_wall){(int64_t)timegm(&parts)};
    return 0;
}
