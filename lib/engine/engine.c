/* Making and stopping the engine, and what observe and apply share. See engine.h. */
#include <stdlib.h>

#include <uv.h>

#include "base/alloc.h"
#include "engine/engine_int.h"

static int start_call(void *data, struct sk_aws_call *call, struct sk_err *err)
{
    return sk_aws_call_start(data, call, err);
}

static void cancel_call(void *data, struct sk_aws_call *call)
{
    (void)data;
    sk_aws_call_cancel(call);
}

int sk_engine_new(const struct sk_engine_opts *opts, struct sk_engine **out, struct sk_err *err)
{
    if (!opts->loop)
        return sk_err_set(err, SK_E_INTERNAL, "the engine was made without a loop");
    struct sk_engine *engine = sk_xcalloc(1, sizeof(*engine));
    engine->opts = *opts;
    engine->transport = (struct sk_engine_transport){start_call, cancel_call, opts->aws};
    *out = engine;
    return 0;
}

void sk_engine_free(struct sk_engine *engine)
{
    free(engine);
}

void sk_engine_stop(struct sk_engine *engine)
{
    if (engine->observe)
        sk_engine__stop_observe(engine->observe);
    if (engine->apply)
        sk_engine__stop_apply(engine->apply);
}

void sk_engine__use_transport(struct sk_engine *engine, const struct sk_engine_transport *transport)
{
    engine->transport = *transport;
}

int sk_engine__start_call(struct sk_engine *engine, struct sk_aws_call *call, struct sk_err *err)
{
    return engine->transport.start(engine->transport.data, call, err);
}

bool sk_engine__account_failed(const struct sk_err *err)
{
    return err->code == SK_E_CREDENTIALS || err->code == SK_E_REFUSED;
}

struct deferral {
    uv_timer_t timer;
    void (*function)(void *data);
    void *data;
};

static void free_deferral(uv_handle_t *handle)
{
    free(handle->data);
}

static void run_deferral(uv_timer_t *timer)
{
    struct deferral *deferral = timer->data;
    uv_close((uv_handle_t *)timer, free_deferral);
    deferral->function(deferral->data);
}

void sk_engine__defer(struct sk_engine *engine, void (*function)(void *data), void *data)
{
    struct deferral *deferral = sk_xcalloc(1, sizeof(*deferral));
    deferral->function = function;
    deferral->data = data;
    uv_timer_init(engine->opts.loop, &deferral->timer);
    deferral->timer.data = deferral;
    uv_timer_start(&deferral->timer, run_deferral, 0, 0);
}
