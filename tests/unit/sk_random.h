/* Numbers from a seed (splitmix64), the same on every machine; and which seed. */
#ifndef SK_RANDOM_H
#define SK_RANDOM_H

#include <stdint.h>
#include <stdlib.h>

/* A number in [0, bound), and the next seed. */
static inline unsigned sk_random_below(uint64_t *seed, unsigned bound)
{
    *seed += 0x9e3779b97f4a7c15U;
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (unsigned)((z ^ (z >> 31)) % bound);
}

/* A number that the environment may choose: SK_SEED, SK_COUNT. */
static inline uint64_t sk_random_setting(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : fallback;
}

#endif
