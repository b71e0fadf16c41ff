/* Manifests of any size, and the live world that they describe, all in memory. */
#ifndef SK_BENCH_WORLD_H
#define SK_BENCH_WORLD_H

#include <stddef.h>

#include "manifest/manifest.h"
#include "measure.h"
#include "plan/view.h"

/* Teams of one domain: each has a role, three policies and up to 96 members. */
#define BENCH_TEAM_RESOURCES  100
/* The domain, and its default role with a policy. */
#define BENCH_BASE_RESOURCES  3
/* The smallest world: the base, and a team with one member. */
#define BENCH_LEAST_RESOURCES 8

struct bench_files {
    struct sk_manifest_file *items; /* owned, and so are path and data of each */
    size_t count;
};

/* Files that compile to exactly `resources` (at least BENCH_LEAST_RESOURCES) documents. */
void bench_files_make(size_t resources, struct bench_files *out);
void bench_files_done(struct bench_files *files);

/* A live world that is exactly as desired: a copy with references replaced by ids. */
void bench_live_make(const struct sk_documents *desired, struct sk_view *view);
/* Changes one thing in each of `count` live documents, spread evenly and picked by the seed. */
void bench_live_change(struct sk_view *view, size_t count, struct bench_random *random);

#endif
