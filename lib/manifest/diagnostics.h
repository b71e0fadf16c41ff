/* Faults of the desired state as values: where, what kind, in words. Loading and compiling collect
 * them, so that one run shows all of them. */
#ifndef SK_MANIFEST_DIAGNOSTICS_H
#define SK_MANIFEST_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/* More than this many are counted, not kept. */
#define SK_DIAGNOSTICS_KEPT 10000

/* X(constant, name in output, what it means) */
#define SK_DIAGNOSTIC_CODES(X)                                                                     \
    X(SYNTAX, "syntax", "The text is not YAML.")                                                   \
    X(TAB, "tab", "A tab stands where YAML takes spaces only.")                                    \
    X(ENCODING, "encoding", "The bytes are not UTF-8 text.")                                       \
    X(TOO_LONG, "too-long", "A file is longer than the bound.")                                    \
    X(TOO_DEEP, "too-deep", "Values are nested deeper than the bound.")                            \
    X(ALIAS, "alias", "Anchors or aliases are undefined, circular or more than the bound.")        \
    X(TAG, "tag", "YAML tags are not accepted: the schema decides about types.")                   \
    X(MERGE_KEY, "merge-key", "Merge keys (`<<`) are not accepted.")                               \
    X(EMPTY, "empty", "There is no document at all.")                                              \
    X(NOT_A_MAPPING, "not-a-mapping", "A document is no mapping.")                                 \
    X(UNKNOWN_KEY, "unknown-key", "A key that the schema does not know.")                          \
    X(DUPLICATE_KEY, "duplicate-key", "A key is given twice in one mapping.")                      \
    X(MISSING_KEY, "missing-key", "A required key is not there.")                                  \
    X(WRONG_TYPE, "wrong-type", "A value is of another type than the schema says.")                \
    X(BAD_VALUE, "bad-value", "A value is outside of what the schema or AWS accepts.")             \
    X(DUPLICATE_NAME, "duplicate-name", "Two documents or objects have the same name.")            \
    X(DANGLING, "dangling", "A name refers to something that is not there.")                       \
    X(CONFLICT, "conflict", "Two declarations contradict each other.")                             \
    X(RESERVED, "reserved", "A name, tag or parameter that sagekeeper or AWS keeps for itself.")   \
    X(PARAMETER, "parameter", "A template parameter is missing, not used or of the wrong type.")   \
    X(POLICY, "policy", "A policy document is faulty or cannot be read.")                          \
    X(TOO_LARGE, "too-large", "Past a size that AWS accepts.")                                     \
    X(NOT_YET, "not-yet", "Accepted by AWS, but not supported by this version of sagekeeper.")     \
    X(ISOLATION, "isolation", "Teams are not kept apart, and no exception says so.")               \
    X(UNNEEDED, "unneeded", "Something is declared that has no effect.")                           \
    X(ENDED, "ended", "A date has passed.")                                                        \
    X(UNRESTRICTED, "unrestricted", "A limit that is left out on purpose.")                        \
    X(LINT, "lint",                                                                                \
      "A policy opens a hole or does not do what it says: `rule` and `page` say "                  \
      "more.")

enum sk_diagnostic_code {
#define X(constant, name, meaning) SK_DIAGNOSTIC_##constant,
    SK_DIAGNOSTIC_CODES(X)
#undef X
        SK_DIAGNOSTIC_CODE_COUNT
};

/* Line and column count from 1, columns in characters; 0: unknown. */
struct sk_position {
    unsigned line, column;
};

struct sk_diagnostic {
    char *path; /* owned; "" when the fault belongs to no file */
    struct sk_position position;
    enum sk_diagnostic_code code;
    bool warning;  /* shown, but no reason to refuse */
    bool notice;   /* a warning that is worth a look only */
    char *message; /* owned; one line */
    char *rule;    /* owned: the rule that found it ("open-tagging"); NULL for all other faults */
    char *page;    /* owned: where that rule is explained; NULL without a rule */
};

/* A rule that found something. All borrowed. */
struct sk_diagnostic_rule {
    const char *id;
    const char *severity; /* "error", "warning" or "notice" */
    const char *page;
};

/* Zero-initialise; end with sk_diagnostics_done. */
struct sk_diagnostics {
    struct sk_diagnostic *items; /* owned */
    size_t count, capacity;
    size_t errors;     /* all of them but warnings, also those that were not kept */
    size_t suppressed; /* not kept */
};

/* Adds an error. `path` may be NULL. */
void sk_diagnostics_add(struct sk_diagnostics *diagnostics, const char *path,
                        struct sk_position position, enum sk_diagnostic_code code,
                        const char *format, ...) SK_PRINTF(5, 6);
void sk_diagnostics_addv(struct sk_diagnostics *diagnostics, bool warning, const char *path,
                         struct sk_position position, enum sk_diagnostic_code code,
                         const char *format, va_list arguments) SK_PRINTF(6, 0);

/* Adds what a rule found (code SK_DIAGNOSTIC_LINT). */
void sk_diagnostics_add_rule(struct sk_diagnostics *diagnostics,
                             const struct sk_diagnostic_rule *rule, const char *path,
                             struct sk_position position, const char *format, ...) SK_PRINTF(5, 6);

/* Orders by path, line, column, code and message, and drops repetitions: the same faults give the
 * same list whatever the order of the files was. */
void sk_diagnostics_sort(struct sk_diagnostics *diagnostics);

/* One line each: "teams/fraud.yaml:7:3: unknown key 'domian' … [unknown-key]"; warnings say so;
 * "policies/x.json:4:16: … [open-tagging, docs/lint/open-tagging.md]" for a rule's. */
void sk_diagnostics_to_text(const struct sk_diagnostics *diagnostics, struct sk_buffer *out);
/* [{"path","line","column","code","severity": "error"|"warning"|"notice","message","rule"?,
 * "page"?}]. New. */
json_t *sk_diagnostics_to_json(const struct sk_diagnostics *diagnostics);

/* "unknown-key". Static. */
const char *sk_diagnostic_code_name(enum sk_diagnostic_code code);
/* What it means, one sentence. Static. */
const char *sk_diagnostic_code_meaning(enum sk_diagnostic_code code);

/* `text` between single quotes, control characters replaced, cut after about 60 bytes at a
 * character's border. Owned by the caller. */
char *sk_diagnostic_quote(const char *text, size_t length) SK_WARN_UNUSED;

void sk_diagnostics_done(struct sk_diagnostics *diagnostics);

#endif
