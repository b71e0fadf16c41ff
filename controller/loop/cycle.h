/* One cycle of the controller: the stages that plan, apply, drift and the daemon are made of.
 *
 *     fetch -> load -> compile -> connect -> observe -> plan -> guard -> apply -> record
 *
 * Each stage has one signature and leaves its result in the cycle; a caller runs the stages it
 * needs. sk_cycle_again goes back to observe, so that `apply` and the daemon look again with the
 * same desired state. Everything blocks; the work inside is concurrent (loop/session.h). */
#ifndef SK_LOOP_CYCLE_H
#define SK_LOOP_CYCLE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "blueprint/blueprint.h"
#include "engine/engine.h"
#include "loop/attempts.h"
#include "loop/events.h"
#include "loop/isolation.h"
#include "loop/session.h"
#include "manifest/diagnostics.h"
#include "manifest/manifest.h"
#include "plan/guard.h"
#include "plan/plan.h"
#include "source/source.h"
#include "store/store.h"

enum sk_stage {
    SK_STAGE_FETCH,   /* desired state as bytes */
    SK_STAGE_LOAD,    /* manifests; needs no network */
    SK_STAGE_COMPILE, /* desired documents */
    SK_STAGE_CONNECT, /* store, client, accounts */
    SK_STAGE_OBSERVE, /* live documents */
    SK_STAGE_PLAN,    /* changes */
    SK_STAGE_GUARD,   /* refusals */
    SK_STAGE_APPLY,   /* calls */
    SK_STAGE_RECORD,  /* last applied documents */
    SK_STAGE_COUNT,
};
/* "fetch". Static. */
const char *sk_stage_name(enum sk_stage stage);

/* Tells a command what is going on; either `stage` began (change NULL) or a change began (result
 * NULL) or ended. */
struct sk_cycle_event {
    enum sk_stage stage;
    const struct sk_change *change;
    const struct sk_result *result;
    size_t requests; /* HTTP attempts of this run so far */
};
typedef void (*sk_cycle_event_fn)(const struct sk_cycle_event *event, void *data);

/* All borrowed for the life of the cycle. */
struct sk_cycle_opts {
    struct sk_source_opts source;
    const char *revision; /* the desired state of this revision; NULL: the newest */
    /* What was fetched already: then the stage fetch does nothing. NULL: it fetches. */
    const struct sk_source_snapshot *snapshot;
    const char *program;            /* as sk_fetch_opts has it */
    int64_t fetch_timeout_ms;       /* 0: none */
    struct sk_events *events;       /* NULL: the cycle makes its own … */
    void (*on_overdue)(void *data); /* … with this, see sk_events_opts; may be NULL */
    const char *state_folder;       /* NULL: no store: no cache, no journal */
    const char *command;            /* for the note in the lock: "apply" */
    size_t number;              /* of this cycle in its process, for the run's id; 0: the only */
    bool holds_lock;            /* the caller holds the one-writer lock: none is taken */
    bool write;                 /* take the one-writer lock; needed for apply and record */
    struct sk_guard_opts guard; /* without approvals: they are read from the source */
    enum sk_isolation_when isolation;
    bool access_changes;         /* say whose access the plan alters */
    const char *const *accounts; /* only these, by name */
    size_t account_count;        /* 0: all */
    /* What is observed; NULL: all of the registry, which plans need. */
    const struct sk_kinds *kinds;
    const char *profile, *ca_file;
    unsigned max_in_flight;
    unsigned rate_factor;
    const struct sk_clock *clock;
    sk_cycle_event_fn on_event; /* may be NULL */
    void *on_event_data;
    sk_aws_event_fn on_request; /* each HTTP attempt; may be NULL */
    void *on_request_data;
};

struct sk_cycle {
    struct sk_cycle_opts opts;
    enum sk_stage next; /* the first stage that has not run */
    char *run;          /* owned: id of this run */

    struct sk_events *events;                         /* fetch, connect: borrowed, or own_events */
    struct sk_events *own_events;                     /* owned */
    struct sk_source_snapshot fetched;                /* fetch: owned; empty when one was given */
    const struct sk_source_tree *tree;                /* fetch: borrowed from the snapshot */
    const struct sk_source_approvals *approval_files; /* fetch: likewise */
    struct sk_manifests *manifests;                   /* load */
    struct sk_diagnostics diagnostics;                /* load, compile: faults and warnings */
    struct sk_blueprint *blueprint;                   /* compile */
    struct sk_documents desired;                      /* compile: of the chosen accounts */
    struct sk_interest interest;         /* what reading is guided by; `made` is owned */
    json_t *approvals;                   /* compile: as sk_guard_opts takes them */
    struct sk_session_account *accounts; /* connect: owned array */
    size_t account_count;
    struct sk_store *store;      /* connect */
    char *recovered;             /* connect: where a damaged store was moved, or NULL */
    struct sk_session *session;  /* connect */
    struct sk_view view;         /* observe */
    struct sk_plan *plan;        /* plan */
    struct sk_findings findings; /* guard */
    json_t *isolation;           /* guard: what sk_isolation_check says */
    json_t *access_changes;      /* guard: sk_loop_access_changes; NULL when it was not asked for */
    struct sk_results results;   /* apply */
    struct sk_attempts attempts; /* over all cycles of the run */
    size_t requests;             /* HTTP attempts so far */
    size_t retries;              /* those that followed a failed one */
};

void sk_cycle_init(struct sk_cycle *cycle, const struct sk_cycle_opts *opts);
/* Releases the store's lock and everything else. */
void sk_cycle_done(struct sk_cycle *cycle);

/* Runs the stages up to and including `last`. On failure `next` is the stage that failed; faults of
 * manifests are in `diagnostics` (then the code is SK_E_INVALID). */
int sk_cycle_run(struct sk_cycle *cycle, enum sk_stage last, struct sk_err *err) SK_WARN_UNUSED;
/* Forgets what was observed and planned; the next run begins with observe, and does not say again whose
 * access changes. */
void sk_cycle_again(struct sk_cycle *cycle);

#endif
