/* Signals on a libuv loop, see events.h. Own handles are not referenced, so that the loop is alive
 * exactly as long as somebody else works on it. */
#include "loop/events.h"

#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"

#define SIGNALS 4

struct sk_events {
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
    size_t signal_count;
    uv_timer_t pause, deadline;
    struct sk_events_opts opts;
    bool stopped;
    unsigned wishes;
    void (*stop)(void *data);
    void *worker;
};

static void on_deadline(uv_timer_t *timer)
{
    const struct sk_events *events = timer->data;
    if (events->opts.overdue)
        events->opts.overdue(events->opts.data);
}

static void ask_for_end(struct sk_events *events)
{
    if (events->stopped && events->opts.overdue)
        events->opts.overdue(events->opts.data);
    if (!events->stopped && events->opts.stop_timeout_ms > 0)
        uv_timer_start(&events->deadline, on_deadline, (uint64_t)events->opts.stop_timeout_ms, 0);
    events->stopped = true;
    void (*stop)(void *data) = events->stop;
    events->stop = NULL;
    if (stop)
        stop(events->worker);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct sk_events *events = handle->data;
    if (number == SIGHUP)
        events->wishes |= SK_WISH_RELOAD;
    else if (number == SIGUSR1)
        events->wishes |= SK_WISH_NOW;
    else
        ask_for_end(events);
    uv_stop(&events->loop);
}

static void on_pause(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void start_signals(struct sk_events *events)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    events->signal_count = events->opts.daemon ? SIGNALS : 2;
    for (size_t i = 0; i < events->signal_count; i++) {
        uv_signal_init(&events->loop, &events->signals[i]);
        events->signals[i].data = events;
        uv_signal_start(&events->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&events->signals[i]);
    }
}

int sk_events_open(const struct sk_events_opts *opts, struct sk_events **out, struct sk_err *err)
{
    struct sk_events *events = sk_xcalloc(1, sizeof(*events));
    events->opts = *opts;
    int code = uv_loop_init(&events->loop);
    if (code != 0) {
        free(events);
        return sk_err_set(err, SK_E_IO, "cannot start the event loop: %s", uv_strerror(code));
    }
    uv_timer_init(&events->loop, &events->pause);
    uv_timer_init(&events->loop, &events->deadline);
    events->deadline.data = events;
    uv_unref((uv_handle_t *)&events->deadline);
    start_signals(events);
    *out = events;
    return 0;
}

void sk_events_close(struct sk_events *events)
{
    if (!events)
        return;
    for (size_t i = 0; i < events->signal_count; i++)
        uv_close((uv_handle_t *)&events->signals[i], NULL);
    uv_close((uv_handle_t *)&events->pause, NULL);
    uv_close((uv_handle_t *)&events->deadline, NULL);
    sk_events_drain(events);
    uv_loop_close(&events->loop);
    free(events);
}

uv_loop_t *sk_events_loop(struct sk_events *events)
{
    return &events->loop;
}

bool sk_events_stopped(const struct sk_events *events)
{
    return events->stopped;
}

unsigned sk_events_take(struct sk_events *events)
{
    unsigned wishes = events->wishes;
    events->wishes = 0;
    return wishes;
}

void sk_events_set_stop_timeout(struct sk_events *events, int64_t ms)
{
    events->opts.stop_timeout_ms = ms;
}

void sk_events_set_worker(struct sk_events *events, void (*stop)(void *data), void *data)
{
    events->stop = stop;
    events->worker = data;
}

void sk_events_wait(struct sk_events *events, const bool *waiting)
{
    while (*waiting)
        uv_run(&events->loop, UV_RUN_DEFAULT);
}

void sk_events_break(struct sk_events *events)
{
    uv_stop(&events->loop);
}

void sk_events_drain(struct sk_events *events)
{
    while (uv_loop_alive(&events->loop))
        uv_run(&events->loop, UV_RUN_DEFAULT);
}

void sk_events_poll(struct sk_events *events)
{
    sk_events_sleep(events, 0);
}

void sk_events_sleep(struct sk_events *events, int64_t ms)
{
    if (events->stopped || events->wishes)
        return;
    uv_timer_start(&events->pause, on_pause, ms > 0 ? (uint64_t)ms : 0, 0);
    while (uv_is_active((uv_handle_t *)&events->pause) && !events->stopped && !events->wishes)
        uv_run(&events->loop, UV_RUN_DEFAULT);
    uv_timer_stop(&events->pause);
}
