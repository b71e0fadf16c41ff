/* Inside of the engine: the seam to the AWS client, and what its files share. Only for this folder
 * and its tests. */
#ifndef SK_ENGINE_ENGINE_INT_H
#define SK_ENGINE_ENGINE_INT_H

#include <stdbool.h>

#include "aws/aws.h"
#include "base/err.h"
#include "engine/engine.h"

/* Who carries calls out. Filled with sk_aws_call_start and sk_aws_call_cancel; tests put a scripted
 * one in its place, with the same promises (aws/aws.h). */
struct sk_engine_transport {
    int (*start)(void *data, struct sk_aws_call *call, struct sk_err *err);
    void (*cancel)(void *data, struct sk_aws_call *call);
    void *data;
};

struct sk_observe;
struct sk_apply;

struct sk_engine {
    struct sk_engine_opts opts;
    struct sk_engine_transport transport;
    struct sk_observe *observe; /* NULL: none is running */
    struct sk_apply *apply;     /* NULL: none is running */
};

/* Replaces the AWS client; before any work. */
void sk_engine__use_transport(struct sk_engine *engine,
                              const struct sk_engine_transport *transport);
int sk_engine__start_call(struct sk_engine *engine, struct sk_aws_call *call,
                          struct sk_err *err) SK_WARN_UNUSED;
/* Runs `function` once on the loop's next turn, so that completions never come from inside the
 * function that starts the work, nor from inside a callback of the client. */
void sk_engine__defer(struct sk_engine *engine, void (*function)(void *data), void *data);
/* Whether an error means that the account as a whole cannot be worked with: its credentials fail,
 * or they belong to another account (the client's identity check says SK_E_REFUSED). */
bool sk_engine__account_failed(const struct sk_err *err);

/* For sk_engine_stop. */
void sk_engine__stop_observe(struct sk_observe *observe);
void sk_engine__stop_apply(struct sk_apply *apply);

#endif
