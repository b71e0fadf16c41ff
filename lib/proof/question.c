/* Deciding a question, see question.h.
 *
 * For each class of resources the statements that can match it are kept; the keys that their
 * conditions mention are chosen one after the other, each through all its candidates. A statement
 * is decided as soon as all its keys are chosen; once a deny matches, or no allow is left, the rest
 * of the choice makes no difference and counts as one class. What is left is decided by the
 * evaluator itself (policy/evaluate.h), so nothing here says what a policy means a second time. */
#include "proof/question.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/decide.h"
#include "policy/element.h"
#include "proof/reach.h"
#include "proof/search.h"

static const char tag_keys[] = "aws:tagkeys";
static const char resource_tag[] = "aws:resourcetag/";

void sk_proof_answer_done(struct sk_proof_answer *answer)
{
    json_decref(answer->request);
    json_decref(answer->because);
    json_decref(answer->unless_because);
    free(answer->unknown);
    *answer = (struct sk_proof_answer){0};
}

void sk_search_doubt(struct sk_search *search, const char *format, ...)
{
    if (search->unknown)
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    search->unknown = sk_xstrdup(text);
}

/* ---- keys ---- */

static const struct sk_context_entry *entry_of(struct sk_search *search,
                                               const struct sk_request *request, const char *key)
{
    uint32_t number = sk_key_table_add(&search->table, key);
    const struct sk_key *wanted = &search->table.keys[number];
    const struct sk_context_entry *entry = sk_request_find(request, wanted->hash, wanted->text);
    if (!entry && wanted->fallback)
        entry = sk_request_find(request, wanted->fallback_hash, wanted->fallback);
    return entry;
}

void sk_search_fill_for(struct sk_search *search, const struct sk_search_statement *item)
{
    search->filling = item->other ? search->other : search->request;
}

const char *sk_search_value(struct sk_search *search, const char *key)
{
    const struct sk_context_entry *entry = entry_of(search, search->filling, key);
    return entry && entry->count == 1 ? entry->values[0] : NULL;
}

static struct sk_search_key *find_key(struct sk_search *search, const char *name)
{
    for (size_t i = 0; i < search->key_count; i++) {
        if (strcmp(search->keys[i].name, name) == 0)
            return &search->keys[i];
    }
    return NULL;
}

static void add_alias(struct sk_search_key *key, const char *alias)
{
    if (strcasecmp(key->name, alias) == 0)
        return;
    for (size_t i = 0; i < key->alias_count; i++) {
        if (strcasecmp(key->aliases[i], alias) == 0)
            return;
    }
    key->aliases = sk_xrealloc(key->aliases, key->alias_count + 1, sizeof(key->aliases[0]));
    key->aliases[key->alias_count++] = sk_xstrdup(alias);
}

/* Whether requests for the action carry the key at all, as far as the catalogue knows. */
static bool is_impossible(const char *action, const char *key)
{
    const struct sk_catalogue_action *known = sk_catalogue_find(action);
    return known && !sk_catalogue_has_key(known, key);
}

static bool is_list(const struct sk_search *search, const char *key,
                    const struct sk_operator *operator_)
{
    const char *type = sk_shelf_key_type(search->shelf, key);
    if (strcmp(key, tag_keys) == 0)
        return true;
    if (type)
        return sk_text_starts_with(type, "ArrayOf");
    return operator_ && operator_->set != SK_SET_NONE;
}

/* A key that may vary: not the principal's, which has the values that the base gives, or none. */
static bool varies(struct sk_search *search, const char *name)
{
    enum sk_provenance provenance = sk_provenance_of(name);
    if (provenance == SK_FROM_PRINCIPAL || provenance == SK_FROM_SERVICE)
        return false;
    return entry_of(search, search->request, name) == NULL;
}

static struct sk_search_key *add_key(struct sk_search *search, const char *name,
                                     const char *spelling)
{
    struct sk_search_key *key = find_key(search, name);
    if (key)
        return key;
    search->keys = sk_xrealloc(search->keys, search->key_count + 1, sizeof(search->keys[0]));
    key = &search->keys[search->key_count++];
    *key = (struct sk_search_key){
        .name = sk_xstrdup(name),
        .spelling = sk_xstrdup(spelling),
        .is_list = is_list(search, name, NULL),
    };
    return key;
}

static void add_given_keys(struct sk_search *search)
{
    const struct sk_proof_question *question = search->question;
    for (size_t i = 0; i < question->given_count; i++) {
        sk_auto(sk_freep) char *name = sk_text_lower(sk_xstrdup(question->givens[i].key));
        struct sk_search_key *key = add_key(search, name, question->givens[i].key);
        key->given = &question->givens[i];
    }
}

static void add_condition_keys(struct sk_search *search)
{
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_proof_statement *statement = search->statements[i].statement;
        for (size_t j = 0; j < statement->condition_count; j++) {
            const struct sk_proof_condition *condition = &statement->conditions[j];
            struct sk_search_key *key = find_key(search, condition->key);
            if (!key && !varies(search, condition->key))
                continue;
            if (!key)
                key = add_key(search, condition->key, condition->spelling);
            add_alias(key, condition->spelling);
            key->is_list |= is_list(search, key->name, &condition->operator_);
        }
    }
}

struct reference {
    struct sk_search *search;
    struct sk_search_key *holder; /* NULL: a resource pattern */
};

/* A variable within a pattern. One that varies has to be chosen before what holds it. */
static void note_variable(void *context, const char *name, bool whole)
{
    struct reference *reference = context;
    struct sk_search *search = reference->search;
    const char *tag = sk_catalogue_resource_tag(name);
    sk_auto(sk_freep) char *normal =
        tag ? sk_xasprintf("%s%s", resource_tag, tag) : sk_xstrdup(name);
    struct sk_search_key *key = find_key(search, normal);
    if (!key && !varies(search, normal))
        return;
    size_t holder = reference->holder ? (size_t)(reference->holder - search->keys) : 0;
    if (!key)
        key = add_key(search, normal, name);
    add_alias(key, name);
    key->is_variable = true;
    if (reference->holder) {
        reference->holder = &search->keys[holder]; /* adding may have moved it */
        reference->holder->has_variables = true;
    }
    if (!whole || !reference->holder)
        sk_search_doubt(search, "a pattern holds ${%s}, which whoever asks decides about", name);
}

static void note_variables(struct sk_search *search)
{
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_proof_statement *statement = search->statements[i].statement;
        for (size_t j = 0; statement->variables && j < statement->condition_count; j++) {
            const struct sk_proof_condition *condition = &statement->conditions[j];
            struct sk_search_key *holder = find_key(search, condition->key);
            for (size_t k = 0; holder && k < sk_element_count(condition->values); k++) {
                const char *text = json_string_value(sk_element_at(condition->values, k));
                struct reference reference = {search, holder};
                if (text && sk_operator_has_variables(&condition->operator_))
                    sk_variables_each(text, note_variable, &reference);
                holder = find_key(search, condition->key);
            }
        }
    }
}

/* Variables first, then what needs nothing, then what holds variables; aws:TagKeys follows from all
 * others. */
static int rank(const struct sk_search_key *key)
{
    if (strcmp(key->name, tag_keys) == 0)
        return 3;
    return key->has_variables ? 2 : key->is_variable ? 0 : 1;
}

static int compare_keys(const void *a, const void *b)
{
    const struct sk_search_key *left = a;
    const struct sk_search_key *right = b;
    int difference = rank(left) - rank(right);
    return difference ? difference : strcmp(left->name, right->name);
}

static void prepare_keys(struct sk_search *search)
{
    add_given_keys(search);
    add_condition_keys(search);
    note_variables(search);
    if (search->key_count > 1)
        qsort(search->keys, search->key_count, sizeof(search->keys[0]), compare_keys);
    for (size_t i = 0; i < search->key_count; i++) {
        struct sk_search_key *key = &search->keys[i];
        key->impossible = is_impossible(search->question->action, key->name);
        if (key->has_variables && key->is_variable)
            sk_search_doubt(search, "%s holds variables and is one", key->spelling);
    }
    for (size_t i = 0; i < search->key_count; i++) {
        struct sk_search_key *key = &search->keys[i];
        if (rank(key) == 2 || rank(key) == 3)
            continue; /* depends on what is chosen before */
        sk_candidates_of(search, key, &key->candidates);
        key->cached = true;
    }
}

/* ---- statements ---- */

static bool takes_action(const struct sk_proof_statement *statement, const char *action,
                         size_t position)
{
    if (position == SIZE_MAX)
        return sk_proof_takes_action(statement, action);
    return (statement->actions[position / 64] >> (position % 64) & 1) != 0;
}

/* The action's position in the catalogue, or SIZE_MAX. */
static size_t position_of(const char *action)
{
    const struct sk_catalogue_action *known = sk_catalogue_find(action);
    if (!known)
        return SIZE_MAX;
    size_t first;
    size_t past;
    if (!sk_catalogue_range(action, strcspn(action, ":"), &first, &past))
        return SIZE_MAX;
    for (size_t i = first; i < past; i++) {
        if (sk_catalogue_at(i) == known)
            return i;
    }
    return SIZE_MAX;
}

/* Whether a statement with the same text makes the same classes already. */
static bool is_repeated(const struct sk_search *search, const struct sk_proof_statement *statement)
{
    if (!json_equal(search->question->base, search->question->unless_base))
        return false; /* variables may stand for something else */
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_proof_statement *known = search->statements[i].statement;
        if (known->layer == statement->layer && known->variables == statement->variables &&
            json_equal(known->json, statement->json))
            return true;
    }
    return false;
}

static void pick_statements(struct sk_search *search)
{
    const struct sk_proof_question *question = search->question;
    const struct sk_proof_policies *sides[] = {search->policies, question->unless};
    size_t position = position_of(question->action);
    size_t room = search->policies->statement_count +
                  (question->unless ? question->unless->statement_count : 0);
    search->statements = sk_xcalloc(room + 1, sizeof(search->statements[0]));
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; sides[side] && i < sides[side]->statement_count; i++) {
            const struct sk_proof_statement *statement = &sides[side]->statements[i];
            if (!takes_action(statement, question->action, position) ||
                !sk_reach_may_take(statement, question->resource) ||
                !sk_reach_may_name(statement, side > 0 ? search->other : search->request) ||
                (side > 0 && is_repeated(search, statement)))
                continue;
            struct sk_search_statement *item = &search->statements[search->statement_count++];
            *item = (struct sk_search_statement){
                .statement = statement, .active = true, .other = side > 0, .depth = SIZE_MAX};
            if (side == 0 && statement == question->through)
                search->through = item;
        }
    }
}

/* Whether an allow is there for each layer that has to allow. Only what is certain is said no to:
 * the evaluator decides the rest. `depth`: how many keys are chosen; a statement decided by then
 * counts only when it matches. */
static bool may_be_allowed(struct sk_search *search, size_t depth)
{
    bool grant = search->request->principal_type == SK_PRINCIPAL_ROOT;
    bool scps[64] = {false};
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_search_statement *item = &search->statements[i];
        const struct sk_proof_statement *statement = item->statement;
        bool matters = statement->layer == SK_LAYER_IDENTITY ||
                       statement->layer == SK_LAYER_RESOURCE || statement->layer == SK_LAYER_SCP;
        if (!matters || statement->deny || item->other || !item->active)
            continue;
        if (item->depth <= depth &&
            sk_policy_set_match(statement->alone, search->request, true).allow == SK_NO_STATEMENT)
            continue;
        if (statement->layer == SK_LAYER_SCP && statement->level < 64)
            scps[statement->level] = true;
        grant |= statement->layer != SK_LAYER_SCP;
    }
    bool exempt = search->request->management_account || search->request->service_linked ||
                  search->request->principal_type == SK_PRINCIPAL_SERVICE ||
                  search->request->principal_type == SK_PRINCIPAL_FEDERATED;
    for (size_t i = 0; !exempt && grant && i < search->policies->layers.scp_levels && i < 64; i++)
        grant &= scps[i];
    return grant;
}

static bool is_denied(struct sk_search *search, size_t depth)
{
    bool exempt = search->request->management_account || search->request->service_linked;
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_search_statement *item = &search->statements[i];
        const struct sk_proof_statement *statement = item->statement;
        bool organization = statement->layer == SK_LAYER_SCP || statement->layer == SK_LAYER_RCP;
        if (!statement->deny || item->other || !item->active || item->depth != depth ||
            (exempt && organization))
            continue;
        if (sk_policy_set_match(statement->alone, search->request, true).deny != SK_NO_STATEMENT)
            return true;
    }
    return false;
}

static void set_depths(struct sk_search *search)
{
    for (size_t i = 0; i < search->statement_count; i++) {
        struct sk_search_statement *item = &search->statements[i];
        item->depth = 0;
        for (size_t j = 0; j < item->statement->condition_count; j++) {
            const struct sk_search_key *key = find_key(search, item->statement->conditions[j].key);
            size_t depth = key ? (size_t)(key - search->keys) + 1 : 0;
            if (depth > item->depth)
                item->depth = depth;
        }
    }
}

/* ---- choosing ---- */

/* The request at hand, as `policy decide` takes it. New. */
static json_t *request_json(const struct sk_search *search)
{
    json_t *out = json_deep_copy(search->question->base);
    json_t *context = json_object_get(out, "context");
    json_t *resource = json_object();
    json_t *tags = json_object();
    if (!context)
        json_object_set_new(out, "context", context = json_object());
    json_object_set_new(out, "action", json_string(search->question->action));
    json_object_set_new(out, "resource", resource);
    json_object_set_new(resource, "arn", json_string(search->request->resource));
    if (search->question->resource_account)
        json_object_set_new(resource, "account", json_string(search->question->resource_account));
    for (size_t i = 0; i < search->key_count; i++) {
        const struct sk_search_key *key = &search->keys[i];
        const struct sk_candidate *chosen = &key->in_force->items[key->chosen];
        const char *name = strchr(key->spelling, '/');
        if (chosen->count == 0)
            continue;
        if (name && sk_text_starts_with(key->name, resource_tag)) {
            json_object_set_new(tags, name + 1, json_string(chosen->values[0]));
            continue;
        }
        json_t *values = json_array();
        for (size_t j = 0; j < chosen->count; j++)
            json_array_append_new(values, json_string(chosen->values[j]));
        json_object_set_new(context, key->spelling,
                            key->is_list ? json_incref(values)
                                         : json_incref(json_array_get(values, 0)));
        json_decref(values);
    }
    if (json_object_size(tags) > 0)
        json_object_set(resource, "tags", tags);
    json_decref(tags);
    return out;
}

static json_t *reasons(const struct sk_layers *layers, struct sk_request *request)
{
    struct sk_verdict verdict;
    sk_policy_evaluate(layers, request, &verdict);
    return sk_policy_decide_reasons(&verdict);
}

/* Decides the class whose keys are all chosen; true when it is allowed, and not left out by what
 * is asked. */
static bool decide(struct sk_search *search)
{
    const struct sk_proof_policies *unless = search->question->unless;
    const struct sk_layers *layers = &search->policies->layers;
    search->answer->classes++;
    if (sk_policy_decide(layers, search->request) != SK_DECISION_ALLOWED ||
        (search->through &&
         sk_policy_set_match(search->through->statement->alone, search->request, false).allow ==
             SK_NO_STATEMENT) ||
        (unless && sk_policy_decide(&unless->layers, search->other) == SK_DECISION_ALLOWED))
        return false;
    search->answer->request = request_json(search);
    search->answer->because = reasons(layers, search->request);
    if (unless)
        search->answer->unless_because = reasons(&unless->layers, search->other);
    return true;
}

static void put(struct sk_search *search, const struct sk_search_key *key,
                const struct sk_candidate *candidate)
{
    const char *const *values = (const char *const *)candidate->values;
    struct sk_request *requests[] = {search->request, search->other};
    for (size_t r = 0; r < 2 && requests[r]; r++) {
        sk_request_put(requests[r], key->name, values, candidate->count);
        for (size_t i = 0; i < key->alias_count; i++)
            sk_request_put(requests[r], key->aliases[i], values, candidate->count);
    }
}

/* Goes through the classes that are left once `depth` keys are chosen; true when one is allowed. */
static bool choose(struct sk_search *search, size_t depth)
{
    if (search->answer->classes >= SK_PROOF_MAX_CLASSES) {
        sk_search_doubt(search, "more than %u classes of requests", SK_PROOF_MAX_CLASSES);
        return false;
    }
    if (is_denied(search, depth) || !may_be_allowed(search, depth)) {
        search->answer->classes++;
        return false;
    }
    if (depth == search->key_count)
        return decide(search);
    struct sk_search_key *key = &search->keys[depth];
    struct sk_candidates fresh = {0};
    if (!key->cached)
        sk_candidates_of(search, key, &fresh);
    key->in_force = key->cached ? &key->candidates : &fresh;
    bool found = false;
    for (size_t i = 0; !found && i < key->in_force->count; i++) {
        key->chosen = i;
        put(search, key, &key->in_force->items[i]);
        found = choose(search, depth + 1);
    }
    static const struct sk_candidate absent;
    put(search, key, &absent);
    key->in_force = NULL;
    sk_candidates_done(&fresh);
    return found;
}

/* ---- resources ---- */

struct resources {
    struct sk_word *words;
    size_t count;
    size_t except_count; /* the first of them */
};

static void add_resource_words(struct sk_search *search, struct resources *resources)
{
    const struct sk_proof_question *question = search->question;
    for (size_t i = 0; i < question->except_count; i++) {
        resources->words =
            sk_xrealloc(resources->words, resources->count + 1, sizeof(resources->words[0]));
        resources->words[resources->count++] = sk_word_of_glob(question->except[i]);
    }
    resources->except_count = resources->count;
    for (size_t i = 0; i < search->statement_count; i++) {
        struct sk_search_statement *item = &search->statements[i];
        const json_t *list = item->statement->resources;
        item->first_resource = resources->count;
        sk_search_fill_for(search, item);
        unsigned flags =
            SK_WORD_WILDCARDS | SK_WORD_ARN | (item->statement->variables ? SK_WORD_VARIABLES : 0);
        if (item->statement->layer == SK_LAYER_SCP || item->statement->layer == SK_LAYER_IDENTITY ||
            item->statement->layer == SK_LAYER_BOUNDARY)
            flags |= SK_WORD_COMPLETE;
        for (size_t j = 0; j < sk_element_count(list); j++) {
            const char *text = json_string_value(sk_element_at(list, j));
            struct reference reference = {search, NULL};
            if (text && item->statement->variables)
                sk_variables_each(text, note_variable, &reference);
            struct sk_word word;
            if (!text || !sk_search_word(search, text, flags, &word))
                continue;
            if (item == search->through && j == search->question->through_resource)
                search->through_word = resources->count;
            resources->words =
                sk_xrealloc(resources->words, resources->count + 1, sizeof(resources->words[0]));
            resources->words[resources->count++] = word;
        }
        item->resource_count = resources->count - item->first_resource;
    }
}

/* Keeps the statements whose resources match the class. False when the class is not asked about. */
static bool enter_class(struct sk_search *search, const struct resources *resources,
                        const struct sk_word_class *item)
{
    for (size_t i = 0; i < resources->except_count; i++) {
        if (sk_word_class_has(item, i))
            return false;
    }
    if (search->through_word != SIZE_MAX && !sk_word_class_has(item, search->through_word))
        return false;
    for (size_t i = 0; i < search->statement_count; i++) {
        struct sk_search_statement *statement = &search->statements[i];
        bool any = false;
        for (size_t j = 0; j < statement->resource_count; j++)
            any |= sk_word_class_has(item, statement->first_resource + j);
        if (statement->statement->resources)
            statement->active = any != statement->statement->not_resource;
        else
            statement->active = true;
    }
    return !search->through || search->through->active;
}

static bool go_through(struct sk_search *search, const struct resources *resources)
{
    const struct sk_proof_question *question = search->question;
    struct sk_word universe = strcmp(question->resource, "*") == 0
                                  ? sk_word_of_text("*", 1, false)
                                  : sk_word_of_resource_type(question->resource);
    const struct sk_word_classes *classes =
        sk_shelf_classes(search->shelf, &universe, resources->words, resources->count);
    sk_word_done(&universe);
    if (!classes->whole)
        sk_search_doubt(search, "there are too many classes of resources");
    bool found = false;
    if (question->through && (!search->through || (question->through_resource != SIZE_MAX &&
                                                   search->through_word == SIZE_MAX)))
        return false; /* it takes another action, or its pattern holds a variable without value */
    for (size_t i = 0; !found && i < classes->count; i++) {
        if (!enter_class(search, resources, &classes->items[i]))
            continue;
        const char *example = classes->items[i].example;
        sk_request_set_resource(search->request, example, question->resource_account);
        if (search->other)
            sk_request_set_resource(search->other, example, question->resource_account);
        found = choose(search, 0);
    }
    return found;
}

/* ---- the whole ---- */

static void search_done(struct sk_search *search)
{
    for (size_t i = 0; i < search->key_count; i++) {
        struct sk_search_key *key = &search->keys[i];
        for (size_t j = 0; j < key->alias_count; j++)
            free(key->aliases[j]);
        free(key->aliases);
        free(key->name);
        free(key->spelling);
        sk_candidates_done(&key->candidates);
    }
    free(search->keys);
    free(search->statements);
    free(search->unknown);
    sk_key_table_done(&search->table);
    sk_request_free(search->request);
    sk_request_free(search->other);
}

static int read_base(const struct sk_search *search, const json_t *given, struct sk_request *out,
                     struct sk_err *err)
{
    json_auto_t *base = json_copy((json_t *)given);
    json_object_set_new(base, "action", json_string(search->question->action));
    return sk_policy_decide_request(base, out, err);
}

int sk_proof_ask(struct sk_proof_shelf *shelf, const struct sk_proof_policies *policies,
                 const struct sk_proof_question *question, struct sk_proof_answer *answer,
                 struct sk_err *err)
{
    struct sk_search search = {
        .shelf = shelf,
        .policies = policies,
        .question = question,
        .answer = answer,
        .request = sk_request_new(),
        .other = question->unless ? sk_request_new() : NULL,
        .through_word = SIZE_MAX,
    };
    struct resources resources = {0};
    bool found = false;
    search.filling = search.request;
    int result = read_base(&search, question->base, search.request, err);
    if (result == 0 && search.other)
        result = read_base(&search, question->unless_base, search.other, err);
    if (result == 0)
        pick_statements(&search);
    if (result == 0 && may_be_allowed(&search, 0)) { /* so far nothing is decided */
        prepare_keys(&search);
        add_resource_words(&search, &resources);
        set_depths(&search);
        found = go_through(&search, &resources);
    } else if (result == 0) {
        answer->classes++;
    }
    answer->outcome = found            ? SK_PROOF_POSSIBLE
                      : search.unknown ? SK_PROOF_UNKNOWN
                                       : SK_PROOF_NEVER;
    if (answer->outcome == SK_PROOF_UNKNOWN)
        answer->unknown = sk_xstrdup(search.unknown);
    for (size_t i = 0; i < resources.count; i++)
        sk_word_done(&resources.words[i]);
    free(resources.words);
    search_done(&search);
    return result;
}
