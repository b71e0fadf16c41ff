/* sagekeeper help [COMMAND]. */
#include "controller/command.h"

int sk_cmd_help(const struct sk_settings *settings, struct sk_err *err)
{
    const char *name = settings->arguments[0];
    if (!name) {
        sk_help_program(stdout);
        return SK_EXIT_OK;
    }
    const struct sk_command *command = sk_command_find(name);
    if (!command)
        return sk_command_unknown(name, err);
    sk_help_command(stdout, command);
    return SK_EXIT_OK;
}
