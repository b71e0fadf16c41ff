/* Layout of compiled sets, for the files that build and match them. */
#ifndef SK_POLICY_SET_INT_H
#define SK_POLICY_SET_INT_H

#include "base/buffer.h"
#include "policy/operator.h"
#include "policy/pattern.h"
#include "policy/set.h"
#include "policy/value.h"

/* An ARN pattern: matched part by part. */
struct sk_arn_pattern {
    struct sk_pattern whole;
    struct sk_span parts[6];
    uint8_t part_count;
    bool everything; /* "*" */
    bool plain_head; /* six parts, wildcards and variables in the last at most */
    bool ends_in_star;
};

struct sk_condition_value {
    bool valid;
    union {
        struct sk_pattern pattern;
        struct sk_arn_pattern arn;
        double number;
        bool truth;
        struct sk_address address;
        struct sk_span text; /* NUL-terminated in the pool */
    } as;
};

struct sk_condition {
    struct sk_operator operator_;
    uint32_t key;
    uint32_t first_value, value_count;
};

enum sk_principal_kind {
    SK_KIND_EVERYONE,
    SK_KIND_AWS,     /* an ARN or unique id */
    SK_KIND_ACCOUNT, /* 12 digits */
    SK_KIND_SERVICE,
    SK_KIND_FEDERATED,
    SK_KIND_OTHER, /* canonical users: never match */
};

struct sk_named_principal {
    enum sk_principal_kind kind;
    struct sk_span text;
};

struct sk_range {
    uint32_t first, count;
};

struct sk_statement {
    uint32_t policy;   /* in names */
    uint32_t position; /* in its document */
    uint32_t sid;      /* in names, or SK_NO_STATEMENT */
    bool deny;
    bool not_action, not_resource, not_principal;
    bool has_resource, has_principal;
    struct sk_range actions; /* patterns */
    struct sk_range resources;
    struct sk_range principals;
    struct sk_range conditions;
};

/* Statements that an exact action name leads to. */
struct sk_action_slot {
    uint64_t hash;
    struct sk_span name;
    struct sk_range statements; /* in statement_lists */
    bool used;
};

/* A statement with action patterns for one service. */
struct sk_service_entry {
    uint64_t service_hash;
    uint32_t statement;
    struct sk_range patterns; /* in service_patterns */
};

struct sk_policy_set {
    unsigned flags;
    struct sk_buffer pool;
    struct sk_key_table keys;

    struct sk_statement *statements;
    size_t statement_count;
    char **names;
    size_t name_count;

    struct sk_pattern *actions; /* of all statements, in order */
    size_t action_count;
    struct sk_arn_pattern *resources;
    size_t resource_count;
    struct sk_named_principal *principals;
    size_t principal_count;
    struct sk_condition *conditions;
    size_t condition_count;
    struct sk_condition_value *values;
    size_t value_count;

    /* Index: exact names, patterns by service (sorted by hash), and the statements that have to be
     * looked at for every action. */
    struct sk_action_slot *slots;
    size_t slot_count;
    uint32_t *statement_lists;
    size_t statement_list_count;
    struct sk_service_entry *service_entries;
    size_t service_entry_count;
    struct sk_pattern *service_patterns;
    size_t service_pattern_count;
    uint32_t *general;
    size_t general_count;
};

/* Room for one more in an array that grows by doubling. */
#define SK_GROW(array, count)                                                                      \
    do {                                                                                           \
        if (((count) & ((count)-1)) == 0)                                                          \
            (array) = sk_xrealloc((array), (count) ? (count)*2 : 1, sizeof((array)[0]));           \
    } while (0)

static inline const unsigned char *sk_set_bytes(const struct sk_policy_set *set,
                                                struct sk_span span)
{
    return (const unsigned char *)set->pool.data + span.offset;
}

int sk_arn_pattern_prepare(struct sk_policy_set *set, const char *text, unsigned flags,
                           struct sk_arn_pattern *out, struct sk_err *err) SK_WARN_UNUSED;
/* `completes`: parts that the pattern lacks are '*'. */
bool sk_arn_pattern_match(const struct sk_policy_set *set, const struct sk_arn_pattern *pattern,
                          struct sk_request *request, const char *text, size_t length,
                          const struct sk_arn_parts *parts, bool completes);
/* Matches a pattern whose variables are filled from the request; a variable without value matches
 * nothing. */
bool sk_set_pattern_match(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                          struct sk_request *request, const char *text, size_t length);

/* The entry of a key, or of what stands in for it; NULL when absent or without value. */
const struct sk_context_entry *sk_set_lookup(const struct sk_policy_set *set,
                                             const struct sk_request *request, uint32_t key);

int sk_condition_prepare(struct sk_policy_set *set, const json_t *condition, bool variables,
                         struct sk_range *out, struct sk_err *err) SK_WARN_UNUSED;
bool sk_condition_match(const struct sk_policy_set *set, const struct sk_condition *condition,
                        struct sk_request *request);

int sk_principals_prepare(struct sk_policy_set *set, const json_t *principal, struct sk_range *out,
                          struct sk_err *err) SK_WARN_UNUSED;
/* How the statement's Principal or NotPrincipal names the request's principal; 0: not at all. */
unsigned sk_principals_match(const struct sk_policy_set *set, const struct sk_statement *statement,
                             const struct sk_request *request);

void sk_set_index(struct sk_policy_set *set);

#endif
