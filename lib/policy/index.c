/* The index of a compiled set, and matching through it. An action is compared only with what may
 * match it: statements found by its exact name in a hash table, patterns of its own service, and
 * the few statements that concern every service ("*", NotAction). */
#include "policy/set_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* An action pattern and the statement it is in, while the index is built. */
struct pair {
    uint64_t hash; /* of the exact name, or of the service */
    struct sk_pattern pattern;
    uint32_t statement;
};

struct pairs {
    struct pair *rows;
    size_t count;
};

static void add_pair(struct pairs *pairs, uint64_t hash, const struct sk_pattern *pattern,
                     uint32_t statement)
{
    SK_GROW(pairs->rows, pairs->count);
    pairs->rows[pairs->count++] = (struct pair){hash, *pattern, statement};
}

static bool same_text(const struct sk_policy_set *set, struct sk_span a, struct sk_span b)
{
    return a.length == b.length &&
           memcmp(sk_set_bytes(set, a), sk_set_bytes(set, b), a.length) == 0;
}

/* By hash, then (for exact names, whose hashes could be made to collide) by text, then by
 * statement. */
static int compare_exact(const void *a, const void *b, void *set)
{
    const struct pair *left = a;
    const struct pair *right = b;
    struct sk_span l = left->pattern.bytes;
    struct sk_span r = right->pattern.bytes;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    if (l.length != r.length)
        return l.length < r.length ? -1 : 1;
    int order = memcmp(sk_set_bytes(set, l), sk_set_bytes(set, r), l.length);
    if (order != 0)
        return order;
    return left->statement < right->statement ? -1 : left->statement > right->statement;
}

static int compare_services(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->statement < right->statement ? -1 : left->statement > right->statement;
}

/* Length of the literal service name before the colon, 0 when it is a pattern itself. */
static size_t service_length(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == ':')
            return i;
        if (bytes[i] == SK_PATTERN_STAR || bytes[i] == SK_PATTERN_QUESTION)
            return 0;
    }
    return 0;
}

static void sort_pattern(struct sk_policy_set *set, uint32_t statement,
                         const struct sk_pattern *pattern, struct pairs *exact,
                         struct pairs *by_service)
{
    const unsigned char *bytes = sk_set_bytes(set, pattern->bytes);
    size_t service = service_length(bytes, pattern->bytes.length);
    if (!pattern->has_star && !pattern->has_question) {
        add_pair(exact, sk_key_hash((const char *)bytes, pattern->bytes.length), pattern,
                 statement);
    } else if (service > 0) {
        add_pair(by_service, sk_key_hash((const char *)bytes, service), pattern, statement);
    } else if (set->general_count == 0 || set->general[set->general_count - 1] != statement) {
        SK_GROW(set->general, set->general_count);
        set->general[set->general_count++] = statement;
    }
}

/* One slot a name, with the ascending list of its statements. */
static void build_slots(struct sk_policy_set *set, const struct pairs *exact)
{
    set->slot_count = 1;
    while (set->slot_count < exact->count * 2 + 1)
        set->slot_count *= 2;
    set->slots = sk_xcalloc(set->slot_count, sizeof(set->slots[0]));
    for (size_t i = 0; i < exact->count;) {
        uint64_t hash = exact->rows[i].hash;
        struct sk_action_slot slot = {
            .hash = hash, .used = true, .name = exact->rows[i].pattern.bytes};
        slot.statements.first = (uint32_t)set->statement_list_count;
        for (; i < exact->count && same_text(set, exact->rows[i].pattern.bytes, slot.name); i++) {
            size_t count = set->statement_list_count;
            uint32_t statement = exact->rows[i].statement;
            if (count > slot.statements.first && set->statement_lists[count - 1] == statement)
                continue;
            SK_GROW(set->statement_lists, set->statement_list_count);
            set->statement_lists[set->statement_list_count++] = statement;
        }
        slot.statements.count = (uint32_t)set->statement_list_count - slot.statements.first;
        size_t at = hash & (set->slot_count - 1);
        while (set->slots[at].used)
            at = (at + 1) & (set->slot_count - 1);
        set->slots[at] = slot;
    }
}

static void build_services(struct sk_policy_set *set, const struct pairs *by_service)
{
    for (size_t i = 0; i < by_service->count; i++) {
        const struct pair *pair = &by_service->rows[i];
        SK_GROW(set->service_patterns, set->service_pattern_count);
        set->service_patterns[set->service_pattern_count++] = pair->pattern;
        size_t last = set->service_entry_count;
        if (last > 0 && set->service_entries[last - 1].service_hash == pair->hash &&
            set->service_entries[last - 1].statement == pair->statement) {
            set->service_entries[last - 1].patterns.count++;
            continue;
        }
        SK_GROW(set->service_entries, set->service_entry_count);
        set->service_entries[set->service_entry_count++] = (struct sk_service_entry){
            pair->hash, pair->statement, {(uint32_t)set->service_pattern_count - 1, 1}};
    }
}

void sk_set_index(struct sk_policy_set *set)
{
    struct pairs exact = {0};
    struct pairs by_service = {0};
    for (uint32_t s = 0; s < set->statement_count; s++) {
        const struct sk_statement *statement = &set->statements[s];
        if (statement->not_action) {
            SK_GROW(set->general, set->general_count);
            set->general[set->general_count++] = s;
            continue;
        }
        for (uint32_t i = 0; i < statement->actions.count; i++)
            sort_pattern(set, s, &set->actions[statement->actions.first + i], &exact, &by_service);
    }
    if (exact.count > 1)
        qsort_r(exact.rows, exact.count, sizeof(exact.rows[0]), compare_exact, set);
    if (by_service.count > 1)
        qsort(by_service.rows, by_service.count, sizeof(by_service.rows[0]), compare_services);
    build_slots(set, &exact);
    build_services(set, &by_service);
    free(exact.rows);
    free(by_service.rows);
}

static bool action_is(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                      const struct sk_request *request)
{
    return sk_pattern_match(sk_set_bytes(set, pattern->bytes), pattern->bytes.length,
                            request->action, request->action_length);
}

static bool any_action(const struct sk_policy_set *set, const struct sk_statement *statement,
                       const struct sk_request *request)
{
    for (uint32_t i = 0; i < statement->actions.count; i++) {
        if (action_is(set, &set->actions[statement->actions.first + i], request))
            return true;
    }
    return false;
}

static bool resource_matches(const struct sk_policy_set *set, const struct sk_statement *statement,
                             struct sk_request *request)
{
    if (!statement->has_resource)
        return true;
    for (uint32_t i = 0; i < statement->resources.count; i++) {
        const struct sk_arn_pattern *pattern = &set->resources[statement->resources.first + i];
        if (sk_arn_pattern_match(set, pattern, request, request->resource, request->resource_length,
                                 &request->resource_parts,
                                 (set->flags & SK_SET_COMPLETE_ARNS) != 0))
            return !statement->not_resource;
    }
    return statement->not_resource;
}

static bool conditions_match(const struct sk_policy_set *set, const struct sk_statement *statement,
                             struct sk_request *request)
{
    for (uint32_t i = 0; i < statement->conditions.count; i++) {
        if (!sk_condition_match(set, &set->conditions[statement->conditions.first + i], request))
            return false;
    }
    return true;
}

struct search {
    const struct sk_policy_set *set;
    struct sk_request *request;
    struct sk_set_match found;
    bool first_deny_wins;
};

/* Looks at a statement whose action matches. */
static void look_at(struct search *search, uint32_t number)
{
    const struct sk_policy_set *set = search->set;
    const struct sk_statement *statement = &set->statements[number];
    struct sk_set_match *found = &search->found;
    bool principals = (set->flags & SK_SET_PRINCIPALS) != 0;
    if (statement->deny ? number >= found->deny : !principals && number >= found->allow)
        return; /* an earlier statement says the same already */
    unsigned named = SK_NAMED_EVERYONE;
    if (principals)
        named = sk_principals_match(set, statement, search->request);
    if (named == 0 || !resource_matches(set, statement, search->request) ||
        !conditions_match(set, statement, search->request))
        return;
    if (statement->deny) {
        found->deny = number;
        return;
    }
    if (number < found->allow)
        found->allow = number;
    found->named |= named;
}

static bool is_settled(const struct search *search)
{
    return search->first_deny_wins && search->found.deny != SK_NO_STATEMENT;
}

static void look_at_exact(struct search *search)
{
    const struct sk_policy_set *set = search->set;
    const struct sk_request *request = search->request;
    size_t mask = set->slot_count - 1;
    size_t at = request->action_hash & mask;
    for (; set->slots[at].used; at = (at + 1) & mask) {
        const struct sk_action_slot *slot = &set->slots[at];
        if (slot->hash != request->action_hash || slot->name.length != request->action_length ||
            memcmp(sk_set_bytes(set, slot->name), request->action, request->action_length) != 0)
            continue;
        for (uint32_t i = 0; i < slot->statements.count && !is_settled(search); i++)
            look_at(search, set->statement_lists[slot->statements.first + i]);
        return;
    }
}

static void look_at_service(struct search *search)
{
    const struct sk_policy_set *set = search->set;
    const struct sk_request *request = search->request;
    size_t low = 0;
    size_t high = set->service_entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->service_entries[middle].service_hash < request->service_hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < set->service_entry_count && !is_settled(search); low++) {
        const struct sk_service_entry *entry = &set->service_entries[low];
        if (entry->service_hash != request->service_hash)
            return;
        for (uint32_t i = 0; i < entry->patterns.count; i++) {
            if (action_is(set, &set->service_patterns[entry->patterns.first + i], request)) {
                look_at(search, entry->statement);
                break;
            }
        }
    }
}

static void look_at_general(struct search *search)
{
    const struct sk_policy_set *set = search->set;
    for (size_t i = 0; i < set->general_count && !is_settled(search); i++) {
        const struct sk_statement *statement = &set->statements[set->general[i]];
        if (any_action(set, statement, search->request) != statement->not_action)
            look_at(search, set->general[i]);
    }
}

struct sk_set_match sk_policy_set_match(const struct sk_policy_set *set, struct sk_request *request,
                                        bool first_deny_wins)
{
    struct search search = {
        .set = set,
        .request = request,
        .found = {.deny = SK_NO_STATEMENT, .allow = SK_NO_STATEMENT},
        .first_deny_wins = first_deny_wins,
    };
    look_at_exact(&search);
    if (!is_settled(&search))
        look_at_service(&search);
    if (!is_settled(&search))
        look_at_general(&search);
    return search.found;
}
