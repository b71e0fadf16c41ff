/* sagekeeper internal-docs FOLDER: writes the reference pages that are made from tables. Hidden. */
#include "controller/command.h"

int sk_cmd_internal_docs(const struct sk_settings *settings, struct sk_err *err)
{
    int code = sk_reference_write(settings->arguments[0], err);
    return code < 0 ? code : SK_EXIT_OK;
}
