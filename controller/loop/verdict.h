/* What a cycle came to: the one place that says Ready, Reconciling or Stalled, and how soon the next
 * cycle is wanted. Stages report facts and never judge. Pure.
 *
 *   ready        what is there is what is declared (mode observe: and was reported)
 *   reconciling  it is not, but it will be without anybody's help: changes are under way, something
 *                settles, or a failure is of the kind that passes (throttles, network, source down)
 *   stalled      it will not be until a person acts or a new commit comes: invalid manifests, a
 *                refusal of the guard, a missing permission. The loop goes on looking all the same
 *   stopped      the daemon has ended */
#ifndef SK_LOOP_VERDICT_H
#define SK_LOOP_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "loop/schedule.h"

enum sk_condition {
    SK_CONDITION_READY,
    SK_CONDITION_RECONCILING,
    SK_CONDITION_STALLED,
    SK_CONDITION_STOPPED,
};
/* "ready", … Static. */
const char *sk_condition_name(enum sk_condition condition);

/* What the stages of one cycle reported. Zero-initialise. */
struct sk_facts {
    bool stopped;         /* an end was asked for */
    bool enforces;        /* mode */
    enum sk_errc source;  /* SK_OK, or why the source could not be read */
    bool invalid;         /* the commit seen does not validate */
    enum sk_errc failure; /* SK_OK, or why the cycle broke off */

    size_t changes;         /* the plan has */
    size_t done;            /* applied */
    size_t refused;         /* by the guard */
    size_t blocked;         /* cannot be changed */
    size_t waiting;         /* settle */
    size_t pending;         /* wait for what others make, nobody knows when */
    size_t failed, unsure;  /* failed for good; failed in a way that may pass */
    size_t unapplied;       /* accepted but not applied */
    size_t unread, missing; /* parts of the world not read: for good; in a way that may pass */
};

struct sk_verdict {
    enum sk_condition condition;
    const char *reason; /* static, a stable word: "guard-refused" */
    const char *means;  /* static, a sentence for people */
    enum sk_pace pace;
};

/* Whether an error passes by itself, so that trying again makes sense. */
bool sk_verdict_passes(enum sk_errc code);
struct sk_verdict sk_verdict(const struct sk_facts *facts);

/* The table of reasons, for the documentation and tests. */
struct sk_verdict_row {
    const char *reason, *means;
    bool (*holds)(const struct sk_facts *facts);
    enum sk_condition condition;
    enum sk_pace pace;
};
const struct sk_verdict_row *sk_verdict_table(size_t *count_out);

#endif
