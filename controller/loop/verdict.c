/* The finaliser, see verdict.h. The first row that holds gives condition and reason; the strongest
 * pace of all rows that hold gives the next run. */
#include "loop/verdict.h"

const char *sk_condition_name(enum sk_condition condition)
{
    static const char *const names[] = {"ready", "reconciling", "stalled", "stopped"};
    return names[condition];
}

bool sk_verdict_passes(enum sk_errc code)
{
    enum sk_reaction reaction = sk_errc_reaction(code);
    return reaction == SK_REACT_RETRY || reaction == SK_REACT_WAIT ||
           reaction == SK_REACT_OBSERVE || reaction == SK_REACT_CLOCK;
}

static bool stays(enum sk_errc code)
{
    return code != SK_OK && code != SK_E_CANCELED && !sk_verdict_passes(code);
}

static bool stopped(const struct sk_facts *facts)
{
    return facts->stopped;
}

static bool source_rejected(const struct sk_facts *facts)
{
    return stays(facts->source);
}

static bool invalid(const struct sk_facts *facts)
{
    return facts->invalid;
}

static bool broken(const struct sk_facts *facts)
{
    return stays(facts->failure);
}

static bool refused(const struct sk_facts *facts)
{
    return facts->refused > 0;
}

static bool failed(const struct sk_facts *facts)
{
    return facts->failed > 0;
}

static bool unread(const struct sk_facts *facts)
{
    return facts->unread > 0;
}

static bool blocked(const struct sk_facts *facts)
{
    return facts->blocked > 0;
}

static bool unapplied(const struct sk_facts *facts)
{
    return facts->unapplied > 0;
}

static bool source_down(const struct sk_facts *facts)
{
    return sk_verdict_passes(facts->source);
}

static bool interrupted(const struct sk_facts *facts)
{
    return sk_verdict_passes(facts->failure);
}

static bool unsure(const struct sk_facts *facts)
{
    return facts->unsure > 0;
}

static bool missing(const struct sk_facts *facts)
{
    return facts->missing > 0;
}

static bool applied(const struct sk_facts *facts)
{
    return facts->done > 0;
}

static bool waiting(const struct sk_facts *facts)
{
    return facts->waiting > 0;
}

static bool pending(const struct sk_facts *facts)
{
    return facts->pending > 0;
}

static bool differs(const struct sk_facts *facts)
{
    return !facts->enforces && facts->changes > 0;
}

static bool always(const struct sk_facts *facts)
{
    (void)facts;
    return true;
}

static const struct sk_verdict_row rows[] = {
    {"stopped", "the controller was asked to end and did", stopped, SK_CONDITION_STOPPED,
     SK_PACE_INTERVAL},
    {"source-rejected", "the source cannot be read until somebody repairs it or its settings",
     source_rejected, SK_CONDITION_STALLED, SK_PACE_INTERVAL},
    {"invalid-manifests", "the newest commit does not validate; the last good one is kept", invalid,
     SK_CONDITION_STALLED, SK_PACE_INTERVAL},
    {"failed", "a cycle cannot be carried out until somebody acts", broken, SK_CONDITION_STALLED,
     SK_PACE_INTERVAL},
    {"guard-refused", "the guard refuses changes; approve them or change the manifests", refused,
     SK_CONDITION_STALLED, SK_PACE_INTERVAL},
    {"change-failed", "AWS rejected changes", failed, SK_CONDITION_STALLED, SK_PACE_INTERVAL},
    {"unreadable", "parts of AWS may not be read", unread, SK_CONDITION_STALLED, SK_PACE_INTERVAL},
    {"blocked", "changes are not possible on what is there", blocked, SK_CONDITION_STALLED,
     SK_PACE_INTERVAL},
    {"not-applied", "AWS accepted changes and did not apply them", unapplied, SK_CONDITION_STALLED,
     SK_PACE_INTERVAL},
    {"source-down", "the source does not answer; the last good commit is kept", source_down,
     SK_CONDITION_RECONCILING, SK_PACE_RETRY},
    {"retrying", "a cycle failed in a way that may pass", interrupted, SK_CONDITION_RECONCILING,
     SK_PACE_RETRY},
    {"retrying-changes", "changes failed in a way that may pass", unsure, SK_CONDITION_RECONCILING,
     SK_PACE_RETRY},
    {"retrying-reads", "parts of AWS could not be read, in a way that may pass", missing,
     SK_CONDITION_RECONCILING, SK_PACE_RETRY},
    {"waiting", "AWS is still busy with something", waiting, SK_CONDITION_RECONCILING,
     SK_PACE_WAIT},
    {"applied", "changes were applied and are looked at again", applied, SK_CONDITION_RECONCILING,
     SK_PACE_WAIT},
    {"pending", "what is left needs something that others make", pending, SK_CONDITION_READY,
     SK_PACE_INTERVAL},
    {"differences", "there are differences, which this mode only reports", differs,
     SK_CONDITION_READY, SK_PACE_INTERVAL},
    {"in-sync", "what is there is what is declared", always, SK_CONDITION_READY, SK_PACE_INTERVAL},
};

#define ROW_COUNT (sizeof(rows) / sizeof(*rows))

const struct sk_verdict_row *sk_verdict_table(size_t *count_out)
{
    *count_out = ROW_COUNT;
    return rows;
}

struct sk_verdict sk_verdict(const struct sk_facts *facts)
{
    struct sk_verdict verdict = {0};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct sk_verdict_row *row = &rows[i];
        if (!row->holds(facts))
            continue;
        if (!verdict.reason)
            verdict = (struct sk_verdict){row->condition, row->reason, row->means, row->pace};
        if (row->pace > verdict.pace)
            verdict.pace = row->pace;
    }
    return verdict;
}
