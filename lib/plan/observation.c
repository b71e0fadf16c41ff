/* Questions, answers and the documents that follow, see observation.h.
 *
 * A question is found again by its canonical text; asking twice is asking once. A pass starts with
 * an empty set of documents, so that only the last, complete pass counts. */
#include "plan/observation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/kind.h"

static void query_free(struct sk_query *query)
{
    free(query->key);
    free(query->service);
    free(query->operation);
    free(query->region);
    free(query->version);
    json_decref(query->input);
    json_decref(query->answer);
    sk_err_done(&query->err);
    free(query);
}

void sk_observation_done(struct sk_observation *observation)
{
    for (size_t i = 0; i < observation->query_count; i++)
        query_free(observation->queries[i]);
    free(observation->queries);
    json_decref(observation->index);
    sk_documents_done(&observation->documents);
    *observation = (struct sk_observation){0};
}

static char *query_key(const char *region, const char *service, const char *operation,
                       const json_t *input)
{
    sk_auto(sk_freep) char *text = sk_json_canonical(input);
    return sk_xasprintf("%s %s %s %s", region, service, operation, text);
}

/* Finds the question or adds it. `input` is stolen, `key` too. */
static struct sk_query *query_intern(struct sk_observation *observation, char *key,
                                     const char *region, const char *service, const char *operation,
                                     json_t *input)
{
    if (!observation->index)
        observation->index = json_object();
    const json_t *position = json_object_get(observation->index, key);
    if (position) {
        free(key);
        json_decref(input);
        return observation->queries[json_integer_value(position)];
    }
    if (observation->query_count == observation->query_capacity) {
        observation->query_capacity =
            observation->query_capacity ? observation->query_capacity * 2 : 16;
        observation->queries = sk_xrealloc(observation->queries, observation->query_capacity,
                                           sizeof(struct sk_query *));
    }
    struct sk_query *query = sk_xcalloc(1, sizeof(*query));
    *query = (struct sk_query){.key = key,
                               .service = sk_xstrdup(service),
                               .operation = sk_xstrdup(operation),
                               .region = sk_xstrdup(region),
                               .input = input};
    json_object_set_new(observation->index, key,
                        json_integer((json_int_t)observation->query_count));
    observation->queries[observation->query_count++] = query;
    return query;
}

static const json_t *take_answer(struct sk_observation *observation, const struct sk_query *query)
{
    switch (query->state) {
    case SK_ANSWER_THERE:
        return query->answer;
    case SK_ANSWER_PENDING:
        observation->pass_pending++;
        return NULL;
    case SK_ANSWER_FAILED:
        if (!observation->pass_failed)
            observation->pass_failed = query;
        return NULL;
    case SK_ANSWER_ABSENT:
        break;
    }
    return NULL;
}

static const char *default_region(const struct sk_observation *observation)
{
    return strcmp(observation->region, "global") == 0 ? observation->home_region
                                                      : observation->region;
}

const json_t *sk_observe_in(struct sk_observation *observation, const char *region,
                            const char *service, const char *operation, json_t *input)
{
    char *key = query_key(region, service, operation, input);
    return take_answer(observation,
                       query_intern(observation, key, region, service, operation, input));
}

const json_t *sk_observe(struct sk_observation *observation, const char *service,
                         const char *operation, json_t *input)
{
    return sk_observe_in(observation, default_region(observation), service, operation, input);
}

const json_t *sk_observe_versioned(struct sk_observation *observation, const char *service,
                                   const char *operation, json_t *input, const char *version,
                                   double version_time_s)
{
    const char *region = default_region(observation);
    char *key = query_key(region, service, operation, input);
    struct sk_query *query = query_intern(observation, key, region, service, operation, input);
    if (!query->version) {
        query->version = sk_xstrdup(version);
        query->version_time_s = version_time_s;
    }
    return take_answer(observation, query);
}

const struct sk_document *sk_observation_wanted(const struct sk_observation *observation,
                                                const char *kind, size_t *position)
{
    const struct sk_documents *desired =
        observation->interest ? observation->interest->desired : NULL;
    while (desired && *position < desired->count) {
        const struct sk_document *document = desired->items[(*position)++];
        if (strcmp(document->kind->name, kind) == 0 &&
            strcmp(document->account, observation->account) == 0 &&
            strcmp(document->region, observation->region) == 0)
            return document;
    }
    return NULL;
}

bool sk_observation_wants(const struct sk_observation *observation, const char *kind,
                          const char *name)
{
    if (!observation->interest || !observation->interest->desired)
        return false;
    sk_auto(sk_freep) char *address =
        sk_address_format(kind, observation->account, observation->region, name);
    const struct sk_document *desired = sk_documents_find(observation->interest->desired, address);
    return desired && !(desired->flags & SK_DOCUMENT_EXISTING);
}

json_t *sk_observation_made(const struct sk_observation *observation, const char *kind)
{
    json_t *names = json_object();
    sk_auto(sk_freep) char *place =
        sk_address_format(kind, observation->account, observation->region, "");
    const char *folded;
    json_t *entry;
    json_object_foreach(observation->interest ? (json_t *)observation->interest->made : NULL,
                        folded, entry)
    {
        const char *address = sk_json_text(entry, "address");
        const char *id = sk_json_text(entry, "id");
        if (address && id && strncmp(address, place, strlen(place)) == 0)
            json_object_set_new(names, id, json_string(address + strlen(place)));
    }
    return names;
}

struct sk_document *sk_observation_emit(struct sk_observation *observation, const char *name,
                                        json_t *body)
{
    sk_auto(sk_freep) char *address =
        sk_address_format(observation->kind->name, observation->account, observation->region, name);
    struct sk_document *document = sk_document_new(observation->kind, address, body);
    return sk_documents_add(&observation->documents, document, NULL) == 0 ? document : NULL;
}

int sk_observation_run(struct sk_observation *observation, const struct sk_kind *kind,
                       enum sk_pass *out, struct sk_err *err)
{
    sk_documents_done(&observation->documents);
    observation->kind = kind;
    observation->pass_pending = 0;
    observation->pass_failed = NULL;
    int code = kind->read(observation, err);
    if (code < 0) {
        sk_documents_done(&observation->documents);
        *out = SK_PASS_UNKNOWN;
        return code;
    }
    *out = observation->pass_failed    ? SK_PASS_UNKNOWN
           : observation->pass_pending ? SK_PASS_PENDING
                                       : SK_PASS_COMPLETE;
    /* Half a listing must not be taken for a whole one. */
    if (*out != SK_PASS_COMPLETE)
        sk_documents_done(&observation->documents);
    return 0;
}

struct sk_query *sk_observation_next(struct sk_observation *observation)
{
    for (size_t i = observation->next_unstarted; i < observation->query_count; i++) {
        struct sk_query *query = observation->queries[i];
        observation->next_unstarted = i + 1;
        if (!query->started && query->state == SK_ANSWER_PENDING) {
            query->started = true;
            return query;
        }
    }
    return NULL;
}

void sk_query_answer(struct sk_query *query, json_t *answer, const struct sk_err *err)
{
    json_decref(query->answer);
    query->answer = NULL;
    sk_err_done(&query->err);
    if (answer) {
        query->answer = answer;
        query->state = SK_ANSWER_THERE;
    } else if (err->code == SK_E_NOT_FOUND) {
        query->state = SK_ANSWER_ABSENT;
    } else {
        query->state = SK_ANSWER_FAILED;
        sk_err_copy(&query->err, err);
    }
}
