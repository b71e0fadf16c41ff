/* What a kind's `read` function works on: questions to AWS, the answers there are so far, and the
 * live documents that follow from them.
 *
 * `read` is pure and re-entrant: it asks for what it needs with sk_observe; an answer that is not
 * there yet returns NULL and is queued; `read` then goes on as far as it can and returns 0. The
 * engine fetches what is queued and calls `read` again, until a pass queues nothing: the documents
 * of that last pass are the result. One observation serves one account and region (region "global"
 * for account-scoped kinds); answers are shared by all kinds that ask the same question.
 *
 *     const json_t *profiles = sk_observe(o, "sagemaker", "ListUserProfiles", json_object());
 *     const json_t *tags = sk_observe(o, "tagging", "GetResources", json_pack(…));
 *     if (!profiles || !tags)
 *         return 0;
 */
#ifndef SK_PLAN_OBSERVATION_H
#define SK_PLAN_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "plan/document.h"

struct sk_kind;

enum sk_answer_state {
    SK_ANSWER_PENDING,
    SK_ANSWER_THERE,
    SK_ANSWER_ABSENT, /* AWS said that the thing asked about does not exist */
    SK_ANSWER_FAILED, /* unknown: never to be read as empty */
};

/* What makes things worth reading where reading all of them costs too much: what is declared, and
 * what the record says was made. */
struct sk_interest {
    const struct sk_documents *desired; /* borrowed; NULL: none */
    const json_t *made;                 /* borrowed, as in struct sk_view; NULL: none */
    bool ceded;                         /* as in struct sk_view */
};

/* One question and its answer. */
struct sk_query {
    char *key;                          /* owned: canonical text of the question */
    char *service, *operation, *region; /* owned; region as AWS spells it ("us-east-1") */
    json_t *input;                      /* owned */
    char *version; /* owned, may be NULL: a change marker; an answer cached under the same marker
                      may be used instead of asking (DESIGN.md 7) */
    double
        version_time_s; /* when `version` says the thing last changed, epoch seconds; 0: unknown */
    enum sk_answer_state state;
    bool started;      /* the engine's */
    json_t *answer;    /* owned: all pages joined; NULL unless THERE */
    struct sk_err err; /* why it FAILED */
};

struct sk_observation {
    const char *account;                /* borrowed: name in the manifests */
    const char *account_id;             /* borrowed: 12 digits */
    const char *partition;              /* borrowed: "aws", "aws-cn", "aws-us-gov" */
    const char *region;                 /* borrowed: "global" for account-scoped kinds */
    const struct sk_interest *interest; /* borrowed; NULL: none */
    const char *home_region;    /* borrowed: where the tagging API answers for global services */
    const struct sk_kind *kind; /* whose read is running */
    struct sk_query **queries;  /* owned */
    size_t query_count, query_capacity;
    json_t *index;                      /* private: key -> position */
    size_t next_unstarted;              /* private: sk_observation_next goes on here */
    size_t pass_pending;                /* questions of this pass without an answer */
    const struct sk_query *pass_failed; /* first failed question of this pass, or NULL */
    struct sk_documents documents;      /* what this pass emitted; empty unless it was COMPLETE */
};

void sk_observation_done(struct sk_observation *observation);

/* Asks. `input` is stolen. Returns the answer (borrowed from the observation), or NULL when it is
 * pending, absent or failed; a failed question makes the kind's whole scope unknown. */
const json_t *sk_observe(struct sk_observation *observation, const char *service,
                         const char *operation, json_t *input);
/* The same with a change marker, for Describe calls: `version` such as "1763843000.5/InService",
 * `version_time_s` the LastModifiedTime. */
const json_t *sk_observe_versioned(struct sk_observation *observation, const char *service,
                                   const char *operation, json_t *input, const char *version,
                                   double version_time_s);
/* The same, asked in another region than the observation's (the tagging API for IAM). */
const json_t *sk_observe_in(struct sk_observation *observation, const char *region,
                            const char *service, const char *operation, json_t *input);

/* The next desired document of a kind in this account and region, from *position (0 at first) on,
 * which is moved behind it. Borrowed; NULL when there is none. */
const struct sk_document *sk_observation_wanted(const struct sk_observation *observation,
                                                const char *kind, size_t *position);
/* Whether a desired document of a kind, but for one that is only declared as existing, has this name
 * (the part behind the region) here. */
bool sk_observation_wants(const struct sk_observation *observation, const char *kind,
                          const char *name);
/* {id: name behind the region} of what the record says was made of a kind in this account and
 * region. New. */
json_t *sk_observation_made(const struct sk_observation *observation, const char *kind);

/* Adds a live document; `name` is the part behind the region. Returns it (borrowed) so that edges
 * can be added, or NULL when the address was emitted already in this pass. `body` is stolen. */
struct sk_document *sk_observation_emit(struct sk_observation *observation, const char *name,
                                        json_t *body);

enum sk_pass {
    SK_PASS_COMPLETE, /* documents hold all there is */
    SK_PASS_PENDING,  /* fetch what is queued, run again */
    SK_PASS_UNKNOWN,  /* some question failed: the kind is unknown in this account and region */
};
/* Runs one pass of kind->read. An error of `read` itself (an answer that makes no sense) makes the
 * kind unknown: it is returned with SK_PASS_UNKNOWN in *out. */
int sk_observation_run(struct sk_observation *observation, const struct sk_kind *kind,
                       enum sk_pass *out, struct sk_err *err) SK_WARN_UNUSED;
/* The next question that was not handed out yet, marked started; NULL when there is none. */
struct sk_query *sk_observation_next(struct sk_observation *observation);
/* Answers (answer stolen, err NULL), or fails (answer NULL, err copied; SK_E_NOT_FOUND makes it
 * ABSENT). A second answer replaces the first. */
void sk_query_answer(struct sk_query *query, json_t *answer, const struct sk_err *err);

#endif
