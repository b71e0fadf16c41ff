/* sagekeeper internal-fetch: the child process in which Git is fetched (loop/fetch.h). */
#include "controller/command.h"
#include "loop/fetch.h"

int sk_cmd_internal_fetch(const struct sk_settings *settings, struct sk_err *err)
{
    (void)settings;
    return sk_fetch_serve(err);
}
