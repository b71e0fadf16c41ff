/* The program: finds the command, reads the settings, runs it, maps errors to exit codes. All
 * messages about failures are printed here, once. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "controller/command.h"
#include "controller/output.h"
#include "controller/program_clock.h"

static int finish(int code, const struct sk_settings *settings, struct sk_err *err)
{
    if (code < 0)
        code = sk_exit_of_error((enum sk_errc)code);
    if (err->code != SK_OK)
        sk_output_error(settings, err);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* Nobody reads any more: what is lost is the report, but that must not look like success.
         * Of a failure further back no reason is left. */
        fprintf(stderr, "sagekeeper: error: cannot write to standard output%s%s\n",
                errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
        code = sk_exit_graver(code, SK_EXIT_ERROR);
    }
    return code;
}

static int run_command(const struct sk_command *command, size_t argument_count,
                       const char *const *arguments)
{
    sk_auto(sk_settings_done) struct sk_settings settings = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    int code = sk_settings_load(command, argument_count, arguments, (const char *const *)environ,
                                &settings, &err);
    if (code < 0) {
        code = finish(code, &settings, &err);
        if (code == SK_EXIT_USAGE)
            fprintf(stderr, "'sagekeeper %s --help' shows how it is used\n", command->name);
        return code;
    }
    if (settings.help) {
        sk_help_command(stdout, command);
        return finish(SK_EXIT_OK, &settings, &err);
    }
    sk_log_init(stderr, settings.log_level, settings.log_format);
    int64_t offset_s = sk_program_clock_init(getenv(SK_TEST_CLOCK_VARIABLE));
    if (offset_s != 0)
        sk_log(SK_LOG_WARNING, NULL, "%s moves the date by %lld seconds: this is for tests only",
               SK_TEST_CLOCK_VARIABLE, (long long)offset_s);
    code = command->run(&settings, &err);
    return finish(code, &settings, &err);
}

/* What stands for a command without being one. */
static const char *alias_of(const char *name)
{
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return "help";
    return strcmp(name, "--version") == 0 ? "version" : name;
}

/* Whatever is opened later would take the number of a standard stream that is missing, and messages
 * would go into it: a lock, a socket. Standard output is not opened for writing: a report that goes
 * nowhere must not look like success. Returns whether there are all three now. */
static bool fill_standard_streams(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int i = 0; i < (int)(sizeof(modes) / sizeof(*modes)); i++) {
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", modes[i]) != i)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!fill_standard_streams())
        return SK_EXIT_ERROR;
    sk_alloc_init();
    /* A reader that goes away (`… | head`) must not kill an apply between a call and its journal.
     */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        sk_help_program(stderr);
        return SK_EXIT_USAGE;
    }
    const char *name = alias_of(argv[1]);
    const struct sk_command *command = sk_command_find(name);
    if (!command) {
        const struct sk_settings settings = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        int code = finish(sk_command_unknown(name, &err), &settings, &err);
        fprintf(stderr, "'sagekeeper help' lists the commands\n");
        return code;
    }
    return run_command(command, (size_t)argc - 2, (const char *const *)argv + 2);
}
