/* A place to look for credentials from: a home folder, an environment, a scripted server, a loop.
 * In values of variables and in files "{url}" stands for the server, "{home}" for the home. */
#ifndef SK_CREDENTIALS_PLACE_H
#define SK_CREDENTIALS_PLACE_H

#include <sys/stat.h>

#include "aws/credentials.h"
#include "base/text.h"
#include "sk_http_script.h"

#define PLACE_NOW 1795380060 /* 2026-11-22T20:41:00Z */

struct place {
    uv_loop_t loop;
    struct script script;
    struct sk_http *http;
    char home[64], url[64];
    json_t *environment;
    struct sk_aws_settings settings;
    json_t *files;
    struct sk_aws_chain chain;
    int result;
    struct sk_err err;
    unsigned ended;
};

static inline const char *place_look_up(const char *name, void *data)
{
    const struct place *place = data;
    return json_string_value(json_object_get(place->environment, name));
}

/* New. */
static inline char *place_expand(const struct place *place, const char *text)
{
    static const char *const marks[] = {"{url}", "{home}"};
    const char *const values[] = {place->url, place->home};
    struct sk_buffer out = {0};
    while (*text) {
        size_t i = 0;
        while (i < 2 && !sk_text_starts_with(text, marks[i]))
            i++;
        if (i < 2)
            sk_buffer_adds(&out, values[i]);
        else
            sk_buffer_addc(&out, *text);
        text += i < 2 ? strlen(marks[i]) : 1;
    }
    return sk_buffer_take(&out);
}

static inline void place_set(struct place *place, const char *name, const char *value)
{
    sk_auto(sk_freep) char *text = place_expand(place, value);
    json_object_set_new(place->environment, name, json_string(text));
}

/* Writes below the home; NULL: nothing. */
static inline void place_write(const struct place *place, const char *name, const char *text)
{
    if (!text)
        return;
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/%s", place->home, name);
    sk_auto(sk_freep) char *expanded = place_expand(place, text);
    for (char *slash = strchr(path + strlen(place->home) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    assert_int_equal(sk_file_write(path, expanded, strlen(expanded), NULL), 0);
}

static inline void place_begin(struct place *place, const struct script_exchange *exchanges,
                               size_t count)
{
    *place = (struct place){.environment = json_object()};
    assert_int_equal(uv_loop_init(&place->loop), 0);
    script_start(&place->script, &place->loop, exchanges, count);
    snprintf(place->url, sizeof(place->url), "http://127.0.0.1:%d", place->script.port);
    snprintf(place->home, sizeof(place->home), "/tmp/sk_test_credentials.XXXXXX");
    assert_non_null(mkdtemp(place->home));
    place_set(place, "HOME", "{home}");
    place_set(place, "AWS_EC2_METADATA_DISABLED", "true");
    place->settings.environment = place_look_up;
    place->settings.environment_data = place;
    const struct sk_http_opts opts = {.loop = &place->loop};
    ASSERT_OK(sk_http_new(&opts, &place->http, &place->err), &place->err);
}

static inline void place_ended(struct sk_aws_chain *chain, int result, const struct sk_err *err)
{
    struct place *place = chain->data;
    place->ended++;
    place->result = result;
    if (result < 0)
        sk_err_copy(&place->err, err);
}

/* Starts the chain; what the caller set in place->chain stays. */
static inline void place_start(struct place *place)
{
    place->files = sk_aws_files_load(&place->settings, &place->err);
    if (!place->files)
        fail_msg("%s", sk_err_message(&place->err));
    place->chain.settings = &place->settings;
    place->chain.files = place->files;
    place->chain.loop = &place->loop;
    place->chain.http = place->http;
    place->chain.now = (struct sk_wall){PLACE_NOW};
    place->chain.user_agent = "sagekeeper/test";
    if (place->chain.retry_pause_ms == 0)
        place->chain.retry_pause_ms = 1;
    place->chain.done = place_ended;
    place->chain.data = place;
    place->result = sk_aws_chain_run(&place->chain, &place->err);
    if (place->result != SK_AWS_PROVIDING)
        place->ended++;
}

static inline void place_wait(struct place *place)
{
    while (place->ended == 0)
        uv_run(&place->loop, UV_RUN_ONCE);
    assert_int_equal(place->ended, 1);
}

/* The key id, the role's ARN, or the message. Borrowed. */
static inline const char *place_outcome(const struct place *place)
{
    if (place->result < 0)
        return sk_err_message(&place->err);
    return place->result == SK_AWS_PROVIDED_ROLE ? place->chain.role.arn
                                                 : place->chain.credentials.access_key_id.data;
}

static inline void place_end(struct place *place)
{
    sk_auto(sk_freep) char *command = sk_xasprintf("rm -r %s", place->home);
    sk_aws_chain_done(&place->chain);
    sk_http_close(place->http);
    script_end(&place->script);
    uv_run(&place->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&place->loop), 0);
    assert_int_equal(system(command), 0);
    json_decref(place->files);
    json_decref(place->environment);
    sk_err_done(&place->err);
}

#endif
