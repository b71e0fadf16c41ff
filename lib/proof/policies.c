/* Taking documents apart, see policies.h. */
#include "proof/policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "proof/search.h"

static unsigned set_flags(enum sk_layer layer)
{
    switch (layer) {
    case SK_LAYER_SCP:
    case SK_LAYER_IDENTITY:
    case SK_LAYER_BOUNDARY:
        return SK_SET_COMPLETE_ARNS;
    case SK_LAYER_RESOURCE:
    case SK_LAYER_ENDPOINT:
        return SK_SET_PRINCIPALS;
    case SK_LAYER_RCP:
    case SK_LAYER_SESSION:
    case SK_LAYER_COUNT:
        break;
    }
    return 0;
}

static char *normal_key(const char *written)
{
    char *key = sk_text_lower(sk_xstrdup(written));
    const char *tag = sk_catalogue_resource_tag(key);
    if (!tag)
        return key;
    char *global = sk_xasprintf("aws:resourcetag/%s", tag);
    free(key);
    return global;
}

static void add_conditions(struct sk_proof_statement *statement)
{
    const json_t *condition = sk_element_get(statement->json, "Condition");
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)condition, name, keys)
    {
        const char *key;
        json_t *values;
        json_object_foreach(keys, key, values)
        {
            size_t at = statement->condition_count++;
            statement->conditions =
                sk_xrealloc(statement->conditions, at + 1, sizeof(statement->conditions[0]));
            struct sk_proof_condition *added = &statement->conditions[at];
            *added = (struct sk_proof_condition){
                .key = normal_key(key), .spelling = sk_xstrdup(key), .values = values};
            added->known = sk_operator_parse(name, &added->operator_);
        }
    }
}

static int add_statement(struct sk_proof_policies *policies, struct sk_proof_shelf *shelf,
                         const struct sk_proof_document *document, const json_t *json,
                         struct sk_err *err)
{
    const char *version = json_string_value(sk_element_get(document->document, "Version"));
    const char *effect = json_string_value(sk_element_get(json, "Effect"));
    json_auto_t *alone = json_pack("{s:[O]}", "Statement", (json_t *)json);
    if (version)
        json_object_set_new(alone, "Version", json_string(version));
    struct sk_policy_source source = {document->name, alone};
    struct sk_policy_set *set = NULL;
    int result = sk_policy_set_new(&source, 1, set_flags(document->layer), &set, err);
    if (result < 0)
        return result;
    const json_t *resources = sk_element_get(json, "Resource");
    const json_t *not_resources = sk_element_get(json, "NotResource");
    struct sk_proof_statement statement = {
        .layer = document->layer,
        .level = document->level,
        .deny = effect && strcmp(effect, "Deny") == 0,
        .variables = version && strcmp(version, "2012-10-17") == 0,
        .json = json,
        .resources = resources ? resources : not_resources,
        .not_resource = !resources && not_resources,
        .alone = set,
        .actions = sk_shelf_actions(shelf, json),
    };
    add_conditions(&statement);
    policies->statements = sk_xrealloc(policies->statements, policies->statement_count + 1,
                                       sizeof(policies->statements[0]));
    policies->statements[policies->statement_count++] = statement;
    return 0;
}

static int add_document(struct sk_proof_policies *policies, struct sk_proof_shelf *shelf,
                        const struct sk_proof_document *document, struct sk_err *err)
{
    json_array_append(policies->documents, (json_t *)document->document);
    const json_t *statements = sk_element_get(document->document, "Statement");
    for (size_t i = 0; i < sk_element_count(statements); i++) {
        int result = add_statement(policies, shelf, document, sk_element_at(statements, i), err);
        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- layers ---- */

static int compile(const struct sk_proof_document *documents, size_t count, enum sk_layer layer,
                   size_t level, bool always, struct sk_policy_set **out, struct sk_err *err)
{
    struct sk_policy_source *sources = sk_xcalloc(count + 1, sizeof(sources[0]));
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (documents[i].layer == layer && documents[i].level == level)
            sources[found++] = (struct sk_policy_source){documents[i].name, documents[i].document};
    }
    int result = 0;
    if (found > 0 || always)
        result = sk_policy_set_new(sources, found, set_flags(layer), out, err);
    free(sources);
    return result;
}

static int compile_levels(const struct sk_proof_document *documents, size_t count,
                          enum sk_layer layer, struct sk_policy_set ***out, size_t *levels,
                          struct sk_err *err)
{
    *levels = 0;
    for (size_t i = 0; i < count; i++) {
        if (documents[i].layer == layer && documents[i].level >= *levels)
            *levels = documents[i].level + 1;
    }
    *out = sk_xcalloc(*levels + 1, sizeof((*out)[0]));
    for (size_t i = 0; i < *levels; i++) {
        int result = compile(documents, count, layer, i, true, &(*out)[i], err);
        if (result < 0)
            return result;
    }
    return 0;
}

static int compile_all(struct sk_proof_policies *policies,
                       const struct sk_proof_document *documents, size_t count, struct sk_err *err)
{
    static const enum sk_layer single[] = {SK_LAYER_RESOURCE, SK_LAYER_IDENTITY, SK_LAYER_BOUNDARY,
                                           SK_LAYER_SESSION, SK_LAYER_ENDPOINT};
    struct sk_layers *layers = &policies->layers;
    int result =
        compile_levels(documents, count, SK_LAYER_SCP, &policies->scps, &layers->scp_levels, err);
    if (result == 0)
        result = compile_levels(documents, count, SK_LAYER_RCP, &policies->rcps,
                                &layers->rcp_levels, err);
    for (size_t i = 0; result == 0 && i < sizeof(single) / sizeof(single[0]); i++)
        result = compile(documents, count, single[i], 0, false, &policies->sets[single[i]], err);
    layers->scps = (const struct sk_policy_set *const *)policies->scps;
    layers->rcps = (const struct sk_policy_set *const *)policies->rcps;
    layers->resource = policies->sets[SK_LAYER_RESOURCE];
    layers->identity = policies->sets[SK_LAYER_IDENTITY];
    layers->boundary = policies->sets[SK_LAYER_BOUNDARY];
    layers->session = policies->sets[SK_LAYER_SESSION];
    layers->endpoint = policies->sets[SK_LAYER_ENDPOINT];
    return result;
}

int sk_proof_policies_new(struct sk_proof_shelf *shelf, const struct sk_proof_document *documents,
                          size_t count, struct sk_proof_policies **out, struct sk_err *err)
{
    struct sk_proof_policies *policies = sk_xcalloc(1, sizeof(*policies));
    policies->documents = json_array();
    int result = compile_all(policies, documents, count, err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = add_document(policies, shelf, &documents[i], err);
    if (result < 0) {
        sk_proof_policies_free(policies);
        return result;
    }
    *out = policies;
    return 0;
}

struct sk_proof_policies *sk_proof_policies_join(const struct sk_proof_policies *policies,
                                                 const struct sk_proof_policies *resource)
{
    struct sk_proof_policies *joined = sk_xcalloc(1, sizeof(*joined));
    const struct sk_proof_policies *parts[] = {policies, resource};
    joined->joined = true;
    joined->layers = policies->layers;
    joined->layers.resource = resource->layers.resource;
    joined->statements = sk_xcalloc(policies->statement_count + resource->statement_count + 1,
                                    sizeof(joined->statements[0]));
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < parts[i]->statement_count; j++)
            joined->statements[joined->statement_count++] = parts[i]->statements[j];
    }
    return joined;
}

static void statement_done(struct sk_proof_statement *statement)
{
    for (size_t i = 0; i < statement->condition_count; i++) {
        free(statement->conditions[i].key);
        free(statement->conditions[i].spelling);
    }
    free(statement->conditions);
    sk_policy_set_free(statement->alone);
}

void sk_proof_policies_free(struct sk_proof_policies *policies)
{
    if (!policies)
        return;
    for (size_t i = 0; !policies->joined && i < policies->statement_count; i++)
        statement_done(&policies->statements[i]);
    free(policies->statements);
    for (size_t i = 0; i < SK_LAYER_COUNT; i++)
        sk_policy_set_free(policies->sets[i]);
    for (size_t i = 0; policies->scps && i < policies->layers.scp_levels; i++)
        sk_policy_set_free(policies->scps[i]);
    for (size_t i = 0; policies->rcps && i < policies->layers.rcp_levels; i++)
        sk_policy_set_free(policies->rcps[i]);
    free(policies->scps);
    free(policies->rcps);
    json_decref(policies->documents);
    free(policies);
}
