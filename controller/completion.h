/* Completion scripts of shells, made from the tables of commands and settings. */
#ifndef SK_CONTROLLER_COMPLETION_H
#define SK_CONTROLLER_COMPLETION_H

#include "base/buffer.h"
#include "controller/command.h"

/* What may stand somewhere on the command line. */
enum sk_hint_type {
    SK_HINT_FREE,    /* anything: nothing is offered */
    SK_HINT_NONE,    /* no value at all: a flag that is set or not */
    SK_HINT_FILES,   /* files and folders */
    SK_HINT_FOLDERS, /* folders */
    SK_HINT_WORDS,   /* one of some words */
};
struct sk_hint {
    enum sk_hint_type type;
    struct sk_buffer words; /* owned: separated by spaces; for WORDS */
};
void sk_hint_done(struct sk_hint *hint);
/* The value of a flag, with this command. Ended by the caller. */
void sk_hint_of_setting(const struct sk_command *command, const struct sk_setting *setting,
                        struct sk_hint *out);
/* The arguments of a command: what the first one may be. Ended by the caller. */
void sk_hint_of_arguments(const struct sk_command *command, struct sk_hint *out);

/* Whether the command takes the setting. */
bool sk_command_takes(const struct sk_command *command, const struct sk_setting *setting);

/* The whole script. */
void sk_completion_bash(struct sk_buffer *out);
void sk_completion_zsh(struct sk_buffer *out);
void sk_completion_fish(struct sk_buffer *out);

#endif
