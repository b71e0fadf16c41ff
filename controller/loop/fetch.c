/* A fetch in a child process, see fetch.h. Handles live in one object that is waited for until all
 * of them are closed, so it can be on the caller's stack. */
#include "loop/fetch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/text.h"
#include "source/wire.h"

enum ending { ENDED, NOT_STARTED, TOO_LATE, TOO_LONG, CANCELED };

struct child {
    const struct sk_fetch_opts *opts;
    uv_process_t process;
    uv_timer_t deadline;
    uv_pipe_t in, out;
    uv_write_t write;
    struct sk_buffer request, answer;
    char chunk[16384];
    bool exited, in_open, out_open, closing;
    bool running; /* not all handles are closed */
    unsigned open_handles;
    enum ending ending;
    int start_error, signal;
    int64_t code;
};

/* What a fetch may need to know of its surroundings. Nothing of AWS, no token. */
static const char *const passed[] = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "XDG_CONFIG_HOME",
    /* of builds for tests */
    "ASAN_OPTIONS",
    "LSAN_OPTIONS",
    "UBSAN_OPTIONS",
};

/* NULL-terminated; the texts and the array are the caller's. */
static char **make_environment(void)
{
    char **environment = sk_xcalloc(sizeof(passed) / sizeof(*passed) + 1, sizeof(*environment));
    size_t count = 0;
    for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++) {
        const char *value = getenv(passed[i]);
        if (value)
            environment[count++] = sk_xasprintf("%s=%s", passed[i], value);
    }
    return environment;
}

static void free_environment(char **environment)
{
    for (char **at = environment; *at; at++)
        free(*at);
    free(environment);
}

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->open_handles == 0) {
        child->running = false;
        sk_events_break(child->opts->events);
    }
}

static void close_pipe(struct child *child, uv_pipe_t *pipe, bool *open)
{
    if (*open)
        uv_close((uv_handle_t *)pipe, on_closed);
    *open = false;
    (void)child;
}

/* Closes what is over. What somebody else in the group holds open is not waited for. */
static void settle(struct child *child)
{
    bool over = child->exited && (!child->out_open || child->ending != ENDED);
    if (child->closing || !over)
        return;
    child->closing = true;
    close_pipe(child, &child->in, &child->in_open);
    close_pipe(child, &child->out, &child->out_open);
    uv_close((uv_handle_t *)&child->deadline, on_closed);
    uv_close((uv_handle_t *)&child->process, on_closed);
}

static void end(struct child *child, enum ending ending)
{
    if (child->ending == ENDED)
        child->ending = ending;
    if (!child->exited)
        uv_kill(-child->process.pid, SIGKILL);
    settle(child);
}

static void on_exit_of(uv_process_t *process, int64_t code, int signal)
{
    struct child *child = process->data;
    child->exited = true;
    child->code = code;
    child->signal = signal;
    settle(child);
}

static void on_deadline(uv_timer_t *timer)
{
    end(timer->data, TOO_LATE);
}

static void on_stop(void *data)
{
    end(data, CANCELED);
}

static void on_written(uv_write_t *write, int status)
{
    struct child *child = write->data;
    (void)status; /* a child that does not listen will say so by ending */
    close_pipe(child, &child->in, &child->in_open);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct child *child = handle->data;
    (void)suggested;
    *out = uv_buf_init(child->chunk, sizeof(child->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    if (length < 0) {
        close_pipe(child, &child->out, &child->out_open);
        settle(child);
    } else if (!sk_buffer_add(&child->answer, buffer->base, (size_t)length)) {
        end(child, TOO_LONG);
    }
}

static void init_handles(struct child *child)
{
    uv_loop_t *loop = sk_events_loop(child->opts->events);
    uv_timer_init(loop, &child->deadline);
    uv_pipe_init(loop, &child->in, 0);
    uv_pipe_init(loop, &child->out, 0);
    child->process.data = child->deadline.data = child->in.data = child->out.data = child;
    child->write.data = child;
    child->in_open = child->out_open = child->running = true;
    child->open_handles = 4;
}

static void start(struct child *child)
{
    char program[] = "sagekeeper";
    char command[] = "internal-fetch";
    char *arguments[] = {program, command, NULL};
    char **environment = make_environment();
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&child->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->out},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = child->opts->program,
                                          .args = arguments,
                                          .env = environment,
                                          .flags = UV_PROCESS_DETACHED,
                                          .stdio_count = 3,
                                          .stdio = stdio};
    child->start_error = uv_spawn(sk_events_loop(child->opts->events), &child->process, &options);
    child->process.data = child;
    free_environment(environment);
    if (child->start_error != 0) {
        child->exited = true;
        end(child, NOT_STARTED);
        return;
    }
    if (child->opts->timeout_ms > 0)
        uv_timer_start(&child->deadline, on_deadline, (uint64_t)child->opts->timeout_ms, 0);
    uv_read_start((uv_stream_t *)&child->out, on_alloc, on_read);
    const uv_buf_t buffer = uv_buf_init(child->request.data, (unsigned)child->request.length);
    uv_write(&child->write, (uv_stream_t *)&child->in, &buffer, 1, on_written);
}

static int result_of(const struct child *child, struct sk_source_snapshot *out, struct sk_err *err)
{
    sk_auto(sk_freep) char *shown = sk_text_scrub(child->opts->source->git_url);
    switch (child->ending) {
    case NOT_STARTED:
        return sk_err_set(err, SK_E_IO, "cannot start a process to fetch '%s': %s", shown,
                          uv_strerror(child->start_error));
    case TOO_LATE:
        return sk_err_set(err, SK_E_TIMEOUT,
                          "fetching '%s' did not end within %lld ms and was killed", shown,
                          (long long)child->opts->timeout_ms);
    case TOO_LONG:
        return sk_err_set(err, SK_E_BOUND, "what was fetched from '%s' is over %zu bytes", shown,
                          child->answer.max_bytes);
    case CANCELED:
        return sk_err_set(err, SK_E_CANCELED, "stopped by a signal");
    case ENDED:
        break;
    }
    if (child->signal != 0)
        return sk_err_set(err, SK_E_TRANSIENT,
                          "the process that fetched '%s' was ended by signal %d", shown,
                          child->signal);
    if (child->code != 0)
        return sk_err_set(err, SK_E_TRANSIENT,
                          "the process that fetched '%s' ended with exit code %lld", shown,
                          (long long)child->code);
    return sk_source_answer_read(sk_buffer_text(&child->answer), child->answer.length, out, err);
}

static void wipe(struct sk_buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->length);
    sk_buffer_done(buffer);
}

int sk_fetch_snapshot(const struct sk_fetch_opts *opts, struct sk_source_snapshot *out,
                      struct sk_err *err)
{
    if (!opts->program || !opts->source->git_url)
        return sk_source_snapshot_load(opts->source, opts->revision, opts->known, out, err);
    if (sk_events_stopped(opts->events))
        return sk_err_set(err, SK_E_CANCELED, "stopped by a signal");
    struct child *child = sk_xcalloc(1, sizeof(*child));
    child->opts = opts;
    /* Tree and approvals each have their own bound in the child. */
    child->answer.max_bytes = 2 * SK_BOUND_SOURCE_BYTES + SK_BOUND_FETCH_HEADER_BYTES;
    const struct sk_source_request request = {
        .opts = *opts->source, .revision = opts->revision, .known = opts->known};
    sk_source_request_write(&request, &child->request);
    init_handles(child);
    sk_events_set_worker(opts->events, on_stop, child);
    start(child);
    sk_events_wait(opts->events, &child->running);
    sk_events_set_worker(opts->events, NULL, NULL);
    int code = result_of(child, out, err);
    wipe(&child->request);
    sk_buffer_done(&child->answer);
    free(child);
    return code;
}

/* The child ends with its parent, makes no core file of what it was told, and no file may grow past
 * what a fetch may take. */
static void confine(size_t max_fetch_bytes)
{
    size_t most = max_fetch_bytes ? max_fetch_bytes : 4 * SK_BOUND_SOURCE_BYTES;
    const struct rlimit none = {0, 0};
    const struct rlimit file = {2 * most, 2 * most};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)setrlimit(RLIMIT_FSIZE, &file);
    signal(SIGXFSZ, SIG_IGN); /* the write fails instead */
}

static int read_request(struct sk_buffer *out, struct sk_err *err)
{
    char chunk[4096];
    size_t length;
    while ((length = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        sk_buffer_add(out, chunk, length);
    explicit_bzero(chunk, sizeof(chunk));
    return ferror(stdin) || out->overflowed ? sk_err_set(err, SK_E_IO, "cannot read the request")
                                            : 0;
}

int sk_fetch_serve(struct sk_err *err)
{
    pid_t parent = getppid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it went before it could be watched */
        return sk_err_set(err, SK_E_CANCELED, "nobody waits for what is fetched");
    struct sk_buffer text = {.max_bytes = SK_BOUND_FETCH_REQUEST_BYTES};
    struct sk_source_request request = {0};
    int code = read_request(&text, err);
    if (code == 0)
        code = sk_source_request_read(sk_buffer_text(&text), text.length, &request, err);
    wipe(&text);
    if (code < 0)
        return code;
    confine(request.opts.max_fetch_bytes);
    struct sk_source_snapshot snapshot = {0};
    sk_auto(sk_err_done) struct sk_err failure = {0};
    code = sk_source_snapshot_load(&request.opts, request.revision, request.known, &snapshot,
                                   &failure);
    struct sk_buffer answer = {0};
    sk_source_answer_write(code, &snapshot, &failure, &answer);
    bool written = fwrite(sk_buffer_text(&answer), 1, answer.length, stdout) == answer.length &&
                   fflush(stdout) == 0;
    sk_buffer_done(&answer);
    sk_source_snapshot_done(&snapshot);
    sk_source_request_done(&request);
    return written ? 0 : sk_err_set(err, SK_E_IO, "cannot hand over what was fetched");
}
