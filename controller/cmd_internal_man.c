/* sagekeeper internal-man FOLDER: writes the manual pages that are made from tables. Hidden. */
#include "controller/command.h"

int sk_cmd_internal_man(const struct sk_settings *settings, struct sk_err *err)
{
    int code = sk_manual_write(settings->arguments[0], err);
    return code < 0 ? code : SK_EXIT_OK;
}
