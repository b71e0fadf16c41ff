/* The tables of commands and exit codes, see command.h. */
#include "controller/command.h"

#include <string.h>

#include "base/text.h"

#define TEXT     (1U << SK_OUTPUT_TEXT)
#define JSON     (1U << SK_OUTPUT_JSON)
#define MARKDOWN (1U << SK_OUTPUT_MARKDOWN)

#define SOURCE (SK_GROUP_SOURCE | SK_GROUP_STATE | SK_GROUP_NETWORK)
#define CYCLE  (SOURCE | SK_GROUP_AWS | SK_GROUP_ACCOUNT | SK_GROUP_OUTPUT)

#define ACCESS (CYCLE | SK_GROUP_ACCESS | SK_GROUP_LIVE)
#define VERIFY (CYCLE | SK_GROUP_LIVE)

#define FOLDER_ARGUMENT                                                                            \
    {                                                                                              \
        "FOLDER", SK_ARGUMENT_FOLDER, false, "the folder with the manifests, as with --manifests"  \
    }

static const struct sk_command commands[] = {
    {
        .name = "validate",
        .summary = "check manifests and show every error",
        .description =
            "Loads the desired state, checks each document and what they say together, and shows "
            "all errors with file, line and column. Besides Git nothing on the network is touched.",
        .flags = SK_COMMAND_NEEDS_SOURCE,
        .groups = SOURCE | SK_GROUP_OUTPUT,
        .formats = TEXT | JSON,
        .arguments = {FOLDER_ARGUMENT},
        .run = sk_cmd_validate,
    },
    {
        .name = "plan",
        .summary = "show what apply would change, call by call",
        .description =
            "Compares the desired state with live AWS and shows each change field by field, "
            "with the exact API calls. Changes nothing, takes no lock and needs read permissions "
            "only.",
        .flags = SK_COMMAND_NEEDS_SOURCE | SK_COMMAND_NEEDS_AWS,
        .groups = CYCLE | SK_GROUP_PLAN | SK_GROUP_GUARD,
        .formats = TEXT | JSON | MARKDOWN,
        .arguments = {FOLDER_ARGUMENT},
        .run = sk_cmd_plan,
    },
    {
        .name = "apply",
        .summary = "plan, show, ask, apply and repeat until settled",
        .description =
            "Plans, shows the plan, asks, applies it, and repeats until AWS has settled. Later "
            "cycles do only what the approved plan contains. With a plan file it plans again from "
            "the recorded revision and goes on only when that gives the same plan; no call is ever "
            "taken from the file.",
        .flags = SK_COMMAND_NEEDS_SOURCE | SK_COMMAND_NEEDS_AWS,
        .groups = CYCLE | SK_GROUP_PLAN | SK_GROUP_GUARD | SK_GROUP_APPLY,
        .formats = TEXT | JSON,
        .arguments = {{"PLANFILE", SK_ARGUMENT_PLAN, false,
                       "a plan saved with plan --out, or a folder"}},
        .run = sk_cmd_apply,
    },
    {
        .name = "drift",
        .summary = "show what was changed outside of Git",
        .description =
            "Compares live AWS with the documents that were applied last, resource by resource and "
            "field by field, with the severity and what the controller will do about it.",
        .flags = SK_COMMAND_NEEDS_SOURCE | SK_COMMAND_NEEDS_AWS,
        .groups = CYCLE,
        .formats = TEXT | JSON,
        .arguments = {FOLDER_ARGUMENT},
        .run = sk_cmd_drift,
    },
    {
        .name = "run",
        .summary = "run the controller; with --once, one whole cycle",
        .description =
            "Fetches the desired state, plans, and with --mode enforce applies what the guard lets "
            "through; again and again until SIGTERM. SIGUSR1 runs a cycle now, SIGHUP reads the "
            "configuration file again. What goes on is in the log (JSON lines when standard error "
            "is no terminal) and in `sagekeeper status`. Exits with 0 when it was asked to end and "
            "did so in good order, with 4 when calls in flight had to be left.",
        .flags = SK_COMMAND_NEEDS_SOURCE | SK_COMMAND_NEEDS_AWS,
        .groups = CYCLE | SK_GROUP_PLAN | SK_GROUP_GUARD | SK_GROUP_APPLY | SK_GROUP_RUN,
        .formats = TEXT | JSON,
        .arguments = {FOLDER_ARGUMENT},
        .run = sk_cmd_run,
    },
    {
        .name = "status",
        .summary = "show what the controller is doing",
        .description =
            "Shows the status that `sagekeeper run` keeps in the state folder: what it is doing, "
            "which commit was seen and which one holds, what failed, when it looks again. With "
            "--healthy it exits with 0 when the controller is alive and at work, else with 1; "
            "being stalled until a person acts is no reason to restart it.",
        .groups = SK_GROUP_STATE | SK_GROUP_OUTPUT | SK_GROUP_STATUS,
        .formats = TEXT | JSON,
        .run = sk_cmd_status,
    },
    {
        .name = "get",
        .summary = "list what is there and what is ours",
        .description = "Lists the live resources of all kinds, or of one, and who owns them.",
        .flags = SK_COMMAND_NEEDS_SOURCE | SK_COMMAND_NEEDS_AWS,
        .groups = CYCLE,
        .formats = TEXT | JSON,
        .arguments = {{"KIND", SK_ARGUMENT_TEXT, false, "only resources of this kind"},
                      {"NAME", SK_ARGUMENT_TEXT, false, "only the one of this name or address"}},
        .run = sk_cmd_get,
    },
    {
        .name = "explain",
        .summary = "explain a kind of manifest or one of its fields",
        .description =
            "Shows what a field is for, what it accepts, whether it is required, what holds "
            "without it, and what is below it.",
        .formats = TEXT,
        .arguments = {{"KIND[.FIELD…]", SK_ARGUMENT_TEXT, false,
                       "such as Team or Team.spec.members.until; 'spec' may be left out; without "
                       "it the kinds are listed"}},
        .run = sk_cmd_explain,
    },
    {
        .name = "schema",
        .summary = "print the JSON Schema of the manifests for editors",
        .description =
            "Prints a JSON Schema (draft 2020-12) of all kinds or of one. It knows the form of "
            "each document; references between documents and what policies say are checked by "
            "validate.",
        .formats = TEXT,
        .arguments = {{"KIND", SK_ARGUMENT_TEXT, false, "only this kind"}},
        .run = sk_cmd_schema,
    },
    {
        .name = "policy",
        .summary = "look actions up, decide requests, lint policies, test templates",
        .description =
            "actions [PATTERN] lists the actions of the catalogue that a pattern such as "
            "'sagemaker:Create*' matches. decide [FILE] reads requests with their policies, one "
            "JSON "
            "object a line, and writes one decision a line. lint FILE|FOLDER says what does not do "
            "what it seems to say; lint --live says it of all policies and roles in AWS, whoever "
            "made "
            "them, and only reads: the accounts are those of an Organization among the manifests. "
            "test [TEMPLATE] runs the cases of the shipped policy templates.",
        .groups = VERIFY,
        .formats = TEXT | JSON,
        .arguments = {{"VERB", SK_ARGUMENT_TEXT, true, "actions, decide, lint or test"},
                      {"ARGUMENT", SK_ARGUMENT_TEXT, false, "of the verb"}},
        .run = sk_cmd_policy,
    },
    {
        .name = "permissions",
        .summary = "print the IAM policies that sagekeeper itself needs",
        .description =
            "Prints one IAM policy document for each account: what planning needs (--read) or "
            "applying (--write), and nothing else. It follows from the kinds that this version "
            "knows and from what the manifests name: the organization, its IAM path, accounts, "
            "regions and permissions boundary, and policies, roles and keys outside of the path. "
            "As text only the documents go to standard output.",
        .flags = SK_COMMAND_NEEDS_SOURCE,
        .groups = SOURCE | SK_GROUP_ACCOUNT | SK_GROUP_PERMISSIONS | SK_GROUP_OUTPUT,
        .formats = TEXT | JSON,
        .arguments = {FOLDER_ARGUMENT},
        .run = sk_cmd_permissions,
    },
    {
        .name = "can",
        .summary = "say whether somebody may do something, and which statement decides",
        .description =
            "Decides one request with all policies that apply to the principal: in the desired "
            "state, or with --live as AWS has them now (which is only read). PRINCIPAL is "
            "USER@TEAM "
            "(the user's Studio in that team), Team/TEAM (the team's role by itself), the address "
            "of a user profile, or a role's ARN or address. RESOURCE is an ARN or an address. "
            "Condition keys that the request carries are given with --context. Exits with 0 for "
            "yes, 2 for no, and 4 when a policy that matters could not be read.",
        .flags = SK_COMMAND_NEEDS_SOURCE,
        .groups = ACCESS,
        .formats = TEXT | JSON,
        .arguments = {{"PRINCIPAL", SK_ARGUMENT_TEXT, true, "who, such as alice@fraud"},
                      {"ACTION", SK_ARGUMENT_TEXT, true, "what, such as sagemaker:CreateApp"},
                      {"RESOURCE", SK_ARGUMENT_TEXT, false, "an ARN or an address; '*' without"}},
        .run = sk_cmd_can,
    },
    {
        .name = "who-can",
        .summary = "list who may do something, and under which conditions",
        .description =
            "Asks the question of `can` for every role and for everyone who works in Studio as one "
            "of them. What hangs on condition keys that are not known is listed with these "
            "conditions. Exits with 0 when somebody may, 2 when nobody may, and 4 when a policy "
            "that matters could not be read.",
        .flags = SK_COMMAND_NEEDS_SOURCE,
        .groups = ACCESS,
        .formats = TEXT | JSON,
        .arguments = {{"ACTION", SK_ARGUMENT_TEXT, true, "what, such as sagemaker:DeleteApp"},
                      {"RESOURCE", SK_ARGUMENT_TEXT, false, "an ARN or an address; '*' without"}},
        .run = sk_cmd_who_can,
    },
    {
        .name = "verify",
        .summary = "prove that people and teams are kept apart, or show the request that breaks it",
        .description =
            "Goes through all classes of requests that people can make in Studio and when they "
            "sign in, and says for each property of isolation that it is proved, or shows a "
            "request that breaks it, with the statement that allows it. Works on the desired "
            "state, or with --live on AWS as it is (which is only read). Exits with 0 when all is "
            "proved, 3 when a property is violated, and 4 when one is unknown.",
        .flags = SK_COMMAND_NEEDS_SOURCE,
        .groups = VERIFY,
        .formats = TEXT | JSON,
        .run = sk_cmd_verify,
    },
    {
        .name = "completion",
        .summary = "print the completion script of a shell",
        .description = "Prints a script that lets the shell complete commands, flags, their values "
                       "and kinds.",
        .formats = TEXT,
        .arguments = {{"SHELL", SK_ARGUMENT_TEXT, true, "bash, zsh or fish"}},
        .run = sk_cmd_completion,
    },
    {
        .name = "version",
        .summary = "show versions of sagekeeper and its libraries",
        .description = "Shows the version, the commit and type of the build, and the libraries.",
        .groups = SK_GROUP_OUTPUT,
        .formats = TEXT | JSON,
        .run = sk_cmd_version,
    },
    {
        .name = "help",
        .summary = "show help on a command",
        .description = "Shows the list of commands, or the help of one command.",
        .formats = TEXT,
        .arguments = {{"COMMAND", SK_ARGUMENT_TEXT, false, "the command to explain"}},
        .run = sk_cmd_help,
    },
    {
        .name = "internal-fetch",
        .summary = "fetch for another process",
        .description = "Reads a request from standard input and answers on standard output. Run by "
                       "commands that fetch from Git.",
        .flags = SK_COMMAND_HIDDEN,
        .formats = TEXT,
        .run = sk_cmd_internal_fetch,
    },
    {
        .name = "internal-docs",
        .summary = "write the generated reference pages",
        .description =
            "Writes the pages of the reference that are made from the program's tables into a "
            "folder. For the project itself.",
        .flags = SK_COMMAND_HIDDEN,
        .formats = TEXT,
        .arguments = {{"FOLDER", SK_ARGUMENT_TEXT, true, "where the pages go"}},
        .run = sk_cmd_internal_docs,
    },
    {
        .name = "internal-man",
        .summary = "write the generated manual pages",
        .description = "Writes the manual pages, which are made from the program's tables, into a "
                       "folder. For the project itself.",
        .flags = SK_COMMAND_HIDDEN,
        .formats = TEXT,
        .arguments = {{"FOLDER", SK_ARGUMENT_TEXT, true, "where the pages go"}},
        .run = sk_cmd_internal_man,
    },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

const struct sk_command *sk_command_table(size_t *count_out)
{
    *count_out = COMMAND_COUNT;
    return commands;
}

const struct sk_command *sk_command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

int sk_command_unknown(const char *name, struct sk_err *err)
{
    const char *names[COMMAND_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!(commands[i].flags & SK_COMMAND_HIDDEN))
            names[count++] = commands[i].name;
    }
    const char *nearest = sk_text_nearest(name, names, count);
    return sk_err_set(err, SK_E_USAGE, "unknown command '%s'%s%s%s", name,
                      nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

static const struct sk_exit_text exits[] = {
    {SK_EXIT_USAGE, "usage", "The command line or the environment is wrong; nothing was done."},
    {SK_EXIT_ERROR, "error",
     "Something failed: the manifests are invalid, nothing can be said about AWS, or a change "
     "failed."},
    {SK_EXIT_REFUSED, "refused", "A guard refused the plan or a part of it."},
    {SK_EXIT_PARTIAL, "partial",
     "The plan was made on a partial view of AWS, or was applied in part; can and who-can: a "
     "policy "
     "that matters could not be read."},
    {SK_EXIT_CHANGES, "changes",
     "plan and drift: there are differences; changes that are blocked count. can: no; who-can: "
     "nobody."},
    {SK_EXIT_OK, "ok",
     "There was nothing to do, or all of it was done. can: yes; who-can: somebody."},
};

const struct sk_exit_text *sk_exit_table(size_t *count_out)
{
    *count_out = sizeof(exits) / sizeof(*exits);
    return exits;
}

int sk_exit_graver(int a, int b)
{
    for (size_t i = 0; i < sizeof(exits) / sizeof(*exits); i++) {
        if ((int)exits[i].code == a || (int)exits[i].code == b)
            return (int)exits[i].code;
    }
    return SK_EXIT_ERROR;
}

int sk_exit_of_error(enum sk_errc code)
{
    if (code == SK_E_USAGE)
        return SK_EXIT_USAGE;
    return code == SK_E_REFUSED ? SK_EXIT_REFUSED : SK_EXIT_ERROR;
}
