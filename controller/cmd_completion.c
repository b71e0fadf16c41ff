/* sagekeeper completion bash|zsh|fish. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "controller/completion.h"

static const struct {
    const char *name;
    void (*write)(struct sk_buffer *out);
} shells[] = {
    {"bash", sk_completion_bash},
    {"zsh", sk_completion_zsh},
    {"fish", sk_completion_fish},
};

#define SHELL_COUNT (sizeof(shells) / sizeof(*shells))

int sk_cmd_completion(const struct sk_settings *settings, struct sk_err *err)
{
    const char *names[SHELL_COUNT];
    for (size_t i = 0; i < SHELL_COUNT; i++) {
        names[i] = shells[i].name;
        if (strcmp(shells[i].name, settings->arguments[0]) != 0)
            continue;
        sk_auto(sk_buffer_done) struct sk_buffer script = {0};
        shells[i].write(&script);
        fputs(sk_buffer_text(&script), stdout);
        return SK_EXIT_OK;
    }
    const char *nearest = sk_text_nearest(settings->arguments[0], names, SHELL_COUNT);
    return sk_err_set(err, SK_E_USAGE, "unknown shell '%s'; expected bash, zsh or fish%s%s%s",
                      settings->arguments[0], nearest ? "; did you mean '" : "",
                      nearest ? nearest : "", nearest ? "'?" : "");
}
