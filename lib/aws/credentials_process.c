/* credential_process: a program that prints credentials. It gets no terminal and no shell, has a
 * deadline, and what it prints has a bound; it leads a process group of its own, so that with it
 * goes what it started. Its first line on standard error may be shown (AWS forbids secrets there),
 * what it prints never. Source: "Process credential provider" in AWS's SDK reference guide. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"

#define TIMEOUT_MS      60000
#define MAX_WORDS_BYTES 200

enum ending { ENDED, NOT_STARTED, TOO_LATE, TOO_LONG, CANCELED };
enum { OUT, ERR, STREAMS };

struct run {
    struct sk_aws__wait wait; /* first: the chain knows the run by it */
    struct sk_aws_chain *chain;
    char **words;
    uv_process_t process;
    uv_timer_t deadline;
    struct stream {
        uv_pipe_t pipe;
        struct run *run;
        struct sk_buffer text;
        char chunk[4096];
        bool open;
    } streams[STREAMS];
    unsigned open_handles;
    bool started, exited, closing;
    enum ending ending;
    int start_error, signal;
    int64_t code;
    unsigned timeout_ms;
};

/* One word up to a blank, quotes resolved in place: never longer than it was. */
static char *read_word(char **cursor, bool *open_quote)
{
    char *from = *cursor;
    char *word = from;
    char *to = from;
    char quote = '\0';
    while (*from && (quote || !strchr(" \t\r\n", *from))) {
        bool escapes =
            *from == '\\' && (quote == '\0' || (quote == '"' && strchr("\"\\", from[1])));
        if (*from == quote) {
            quote = '\0';
            from++;
        } else if (!quote && strchr("'\"", *from)) {
            quote = *from++;
        } else {
            if (escapes && from[1])
                from++;
            *to++ = *from++;
        }
    }
    *open_quote = quote != '\0';
    *cursor = *from ? from + 1 : from;
    *to = '\0';
    return word;
}

char **sk_aws_words_split(const char *text, struct sk_err *err)
{
    size_t length = strlen(text) + 1;
    size_t most = length / 2 + 2;
    /* One block: the pointers, and behind them the text that they point into. */
    char **words = sk_xcalloc(1, most * sizeof(*words) + length);
    char *cursor = (char *)(words + most);
    memcpy(cursor, text, length);
    size_t count = 0;
    for (;;) {
        bool open_quote = false;
        cursor += strspn(cursor, " \t\r\n");
        if (!*cursor)
            break;
        words[count++] = read_word(&cursor, &open_quote);
        if (open_quote) {
            free(words);
            sk_err_set(err, SK_E_CREDENTIALS, "credential_process has a quote that is not closed");
            return NULL;
        }
    }
    if (count > 0 && *words[0])
        return words;
    free(words);
    sk_err_set(err, SK_E_CREDENTIALS, "credential_process names no program");
    return NULL;
}

static int read_output(struct run *run, struct sk_err *err)
{
    static const struct sk_aws__members members = {
        .access_key_id = "AccessKeyId",
        .secret_key = "SecretAccessKey",
        .session_token = "SessionToken",
        .expiration = "Expiration",
        .optional = true,
    };
    const struct sk_buffer *text = &run->streams[OUT].text;
    sk_auto(sk_freep) char *origin = sk_xasprintf("what \"%s\" printed", run->words[0]);
    json_t *output = sk_aws__secret_json(sk_buffer_text(text), text->length, origin, err);
    int result = SK_E_CREDENTIALS;
    if (output && json_integer_value(json_object_get(output, "Version")) != 1)
        sk_err_set(err, SK_E_CREDENTIALS, "%s is not of Version 1", origin);
    else if (output)
        result = sk_aws__credentials_read(output, &members, origin, &run->chain->credentials, err);
    sk_aws_json_wipe(output);
    return result < 0 ? result : SK_AWS_PROVIDED;
}

/* ": " and the first line of standard error, or "". Owned by the caller. */
static char *complaint(const struct run *run)
{
    const char *text = sk_buffer_text(&run->streams[ERR].text);
    text += strspn(text, " \t\r\n");
    sk_auto(sk_freep) char *line = sk_xstrndup(text, strcspn(text, "\r\n"));
    size_t bad;
    if (!*line || !sk_text_is_utf8(line, strlen(line), &bad))
        return sk_xstrdup("");
    sk_auto(sk_freep) char *clean = sk_text_scrub(line);
    size_t length = strlen(clean);
    if (length > MAX_WORDS_BYTES) {
        length = MAX_WORDS_BYTES;
        while (length > 0 && ((unsigned char)clean[length] & 0xC0) == 0x80)
            length--; /* not inside of a UTF-8 sequence */
    }
    for (char *at = clean; *at; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' ';
    }
    return sk_xasprintf(": %.*s", (int)length, clean);
}

static int result_of(struct run *run, struct sk_err *err)
{
    const char *program = run->words[0];
    sk_auto(sk_freep) char *words = complaint(run);
    switch (run->ending) {
    case CANCELED:
        return sk_err_set(err, SK_E_CANCELED, "canceled");
    case NOT_STARTED:
        return sk_err_set(err, SK_E_CREDENTIALS, "cannot start \"%s\": %s", program,
                          uv_strerror(run->start_error));
    case TOO_LATE:
        return sk_err_set(err, SK_E_CREDENTIALS, "\"%s\" did not end within %u ms%s", program,
                          run->timeout_ms, words);
    case TOO_LONG:
        return sk_err_set(err, SK_E_CREDENTIALS, "\"%s\" printed more than %zu bytes", program,
                          SK_BOUND_CREDENTIALS_BYTES);
    case ENDED:
        break;
    }
    if (run->signal != 0)
        return sk_err_set(err, SK_E_CREDENTIALS, "\"%s\" was ended by signal %d%s", program,
                          run->signal, words);
    if (run->code != 0)
        return sk_err_set(err, SK_E_CREDENTIALS, "\"%s\" ended with exit code %d%s", program,
                          (int)run->code, words);
    return read_output(run, err);
}

static void close_one(struct run *run)
{
    if (--run->open_handles > 0)
        return;
    struct sk_aws_chain *chain = run->chain;
    sk_auto(sk_err_done) struct sk_err err = {0};
    chain->wait = NULL;
    int result = result_of(run, &err);
    for (size_t i = 0; i < STREAMS; i++) {
        struct stream *stream = &run->streams[i];
        if (stream->text.data)
            explicit_bzero(stream->text.data, stream->text.length);
        sk_buffer_done(&stream->text);
    }
    free(run->words);
    free(run);
    sk_aws__chain_go_on(chain, result, &err);
}

static void on_closed(uv_handle_t *handle)
{
    close_one(handle->data);
}

static void on_stream_closed(uv_handle_t *handle)
{
    const struct stream *stream = handle->data;
    close_one(stream->run);
}

static void close_stream(struct stream *stream)
{
    if (stream->open)
        uv_close((uv_handle_t *)&stream->pipe, on_stream_closed);
    stream->open = false;
}

/* Closes what is over. A process that was killed is waited for; what it left behind in its pipes is
 * not. */
static void settle(struct run *run)
{
    bool quiet = !run->streams[OUT].open && !run->streams[ERR].open;
    if (run->closing || (run->started && !run->exited) || (run->ending == ENDED && !quiet))
        return;
    run->closing = true;
    for (size_t i = 0; i < STREAMS; i++)
        close_stream(&run->streams[i]);
    uv_close((uv_handle_t *)&run->deadline, on_closed);
    uv_close((uv_handle_t *)&run->process, on_closed);
}

static void stop(struct run *run, enum ending ending)
{
    if (run->ending == ENDED)
        run->ending = ending;
    if (run->started && !run->closing)
        uv_kill(-run->process.pid, SIGKILL);
    settle(run);
}

static void on_exit_of(uv_process_t *process, int64_t code, int signal)
{
    struct run *run = process->data;
    run->exited = true;
    run->code = code;
    run->signal = signal;
    settle(run);
}

static void on_deadline(uv_timer_t *timer)
{
    stop(timer->data, TOO_LATE);
}

static void cancel(struct sk_aws__wait *wait)
{
    struct run *run = (struct run *)(void *)wait;
    run->ending = CANCELED;
    stop(run, CANCELED);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct stream *stream = handle->data;
    (void)suggested;
    *out = uv_buf_init(stream->chunk, sizeof(stream->chunk));
}

static void on_read(uv_stream_t *handle, ssize_t length, const uv_buf_t *buffer)
{
    struct stream *stream = handle->data;
    struct run *run = stream->run;
    if (length < 0) {
        close_stream(stream);
        settle(run);
        return;
    }
    bool fits = sk_buffer_add(&stream->text, buffer->base, (size_t)length);
    explicit_bzero(buffer->base, (size_t)length);
    if (!fits && stream == &run->streams[OUT])
        stop(run, TOO_LONG);
}

static void spawn(struct run *run)
{
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
    for (size_t i = 0; i < STREAMS; i++) {
        stdio[i + 1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[i + 1].data.stream = (uv_stream_t *)&run->streams[i].pipe;
    }
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = run->words[0],
                                          .args = run->words,
                                          .flags = UV_PROCESS_DETACHED,
                                          .stdio_count = 3,
                                          .stdio = stdio};
    run->start_error = uv_spawn(run->chain->loop, &run->process, &options);
    run->process.data = run;
    run->started = run->start_error == 0;
    if (!run->started) {
        stop(run, NOT_STARTED);
        return;
    }
    for (size_t i = 0; i < STREAMS; i++)
        uv_read_start((uv_stream_t *)&run->streams[i].pipe, on_alloc, on_read);
    uv_timer_start(&run->deadline, on_deadline, run->timeout_ms, 0);
}

int sk_aws_provide_process(struct sk_aws_chain *chain, struct sk_err *err)
{
    const char *line = sk_aws__profile_value(chain, "credential_process");
    if (!line) {
        sk_aws_chain_note(chain, "profile \"%s\" has no credential_process",
                          sk_aws_chain_profile(chain));
        return SK_AWS_NOT_CONFIGURED;
    }
    char **words = sk_aws_words_split(line, err);
    if (!words)
        return SK_E_CREDENTIALS;
    struct run *run = sk_xcalloc(1, sizeof(*run));
    run->wait.cancel = cancel;
    run->chain = chain;
    run->words = words;
    run->timeout_ms = chain->process_timeout_ms ? chain->process_timeout_ms : TIMEOUT_MS;
    run->open_handles = STREAMS + 2;
    for (size_t i = 0; i < STREAMS; i++) {
        struct stream *stream = &run->streams[i];
        stream->run = run;
        stream->open = true;
        stream->text.max_bytes = SK_BOUND_CREDENTIALS_BYTES;
        uv_pipe_init(chain->loop, &stream->pipe, 0);
        stream->pipe.data = stream;
    }
    uv_timer_init(chain->loop, &run->deadline);
    run->deadline.data = run;
    chain->wait = &run->wait;
    spawn(run);
    return SK_AWS_PROVIDING;
}
