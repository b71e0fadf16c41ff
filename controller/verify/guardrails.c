/* Property 10: each guardrail denies what it says.
 *
 * What a statement says is read from its conditions: each thing that one of them is about (subnets,
 * security groups, images, tags, where the request comes from) is to be enough for the denial. A
 * deny that holds only when several are wrong at once lets each of them through alone; an allow with
 * a negated condition denies nothing. The question is asked of somebody who is allowed everything
 * that the guardrail leaves, because a guardrail is to hold whatever other policies allow.
 *
 * Where a row has "says", that is the document which is read, and "document" the one that is in force. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "proof/provenance.h"
#include "verify/ask.h"

struct guard {
    struct sk_verification *verification;
    const json_t *row; /* of the blueprint's guardrails */
    enum sk_layer layer;
    const json_t *statement;
    bool with_others; /* guardrails of the same type count too */
};

/* ---- conditions by what they are about ---- */

static char *lower(const char *text)
{
    char *copy = sk_xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    return copy;
}

/* Where a request comes from is one thing, however many keys tell it; otherwise each key is one.
 * Keys of the principal say for whom the statement is: NULL. Owned by the caller. */
static char *topic_of(const char *key)
{
    char *name = lower(key);
    enum sk_provenance provenance = sk_provenance_of(name);
    if (provenance != SK_FROM_PRINCIPAL && provenance != SK_FROM_SERVICE &&
        provenance != SK_FROM_NETWORK)
        return name;
    free(name);
    return provenance == SK_FROM_NETWORK ? sk_xstrdup("network") : NULL;
}

/* {topic: the conditions on it}; those on the principal stand under "". New. */
static json_t *topics_of(const json_t *statement)
{
    json_t *topics = json_object();
    const char *operator_;
    const char *key;
    json_t *keys;
    json_t *values;
    json_object_foreach(sk_element_get(statement, "Condition"), operator_, keys)
    {
        json_object_foreach(keys, key, values)
        {
            sk_auto(sk_freep) char *topic = topic_of(key);
            const char *path[] = {topic ? topic : "", operator_};
            json_t *here = topics;
            for (size_t i = 0; i < SK_COUNT(path); i++) {
                if (!json_object_get(here, path[i]))
                    json_object_set_new(here, path[i], json_object());
                here = json_object_get(here, path[i]);
            }
            json_object_set(here, key, values);
        }
    }
    return topics;
}

/* The conditions on one topic (NULL: on none) and those on the principal. New. */
static json_t *conditions_on(const json_t *topics, const char *topic)
{
    json_t *scope = json_object_get(topics, "");
    json_t *out = scope ? json_deep_copy(scope) : json_object();
    if (topic)
        json_object_update_recursive(out, json_object_get(topics, topic));
    return out;
}

/* ---- asking ---- */

/* The statement's actions and resources with another effect and other conditions, as a document.
 * New. */
static json_t *document_of(const struct guard *guard, const char *effect, const char *sid,
                           json_t *condition)
{
    static const char *const parts[] = {"Action", "NotAction", "Resource", "NotResource"};
    json_t *statement =
        json_pack("{s:s, s:s, s:o}", "Sid", sid, "Effect", effect, "Condition", condition);
    for (size_t i = 0; i < SK_COUNT(parts); i++) {
        json_t *part = sk_element_get(guard->statement, parts[i]);
        if (part)
            json_object_set(statement, parts[i], part);
    }
    return json_pack("{s:s, s:[o]}", "Version", "2012-10-17", "Statement", statement);
}

/* Control policies only limit: next to them AWS attaches one that allows everything. */
static json_t *everything(void)
{
    return json_pack("{s:s, s:[{s:s, s:s, s:s, s:s}]}", "Version", "2012-10-17", "Statement",
                     "Effect", "Allow", "Principal", "*", "Action", "*", "Resource", "*");
}

/* Keys and roles that leave it to the identity policies of their account. */
static json_t *left_to_account(const struct sk_account *account)
{
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:s}]}", "Version", "2012-10-17", "Statement",
                     "Effect", "Allow", "Principal", "AWS", account->id, "Action", "*", "Resource",
                     "*");
}

/* Shown with what is found only where it plays a part. */
static bool needs_resource_policy(const char *action)
{
    return sk_text_starts_with(action, "kms:") || sk_text_starts_with(action, "sts:");
}

static int ask_actions(const struct guard *guard, const struct sk_proof_policies *policies,
                       const json_t *left, const char *what, struct sk_err *err)
{
    struct sk_verification *verification = guard->verification;
    const struct sk_proof_statement *asked = &policies->statements[0];
    int code = 0;
    for (size_t i = 0; code == 0 && sk_catalogue_at(i); i++) {
        const struct sk_catalogue_action *action = sk_catalogue_at(i);
        size_t types = sk_catalogue_resource_types(action);
        if (!(asked->actions[i / 64] >> (i % 64) & 1))
            continue;
        for (size_t j = 0; code == 0 && j < (types > 0 ? types : 1); j++) {
            sk_auto(sk_freep) char *resource = sk_ask_resource(
                verification, types > 0 ? sk_catalogue_resource_arn(action, j) : "*");
            const struct sk_forbidden forbidden = {
                .action = sk_catalogue_name(action),
                .resource = resource,
                .resource_account = verification->subject->principal->role->account->id,
                .resource_policy = needs_resource_policy(sk_catalogue_name(action)) ? left : NULL,
                .what = what};
            code = sk_verification_forbid_with(verification, policies, &forbidden, err);
        }
    }
    return code;
}

static bool layer_of(const json_t *row, enum sk_layer *out)
{
    static const struct {
        const char *type;
        enum sk_layer layer;
    } layers[] = {
        {"scp", SK_LAYER_SCP},
        {"rcp", SK_LAYER_RCP},
        {"boundary", SK_LAYER_BOUNDARY},
        {"endpoint", SK_LAYER_ENDPOINT},
    };
    const char *type = sk_json_text(row, "type");
    for (size_t i = 0; i < SK_COUNT(layers); i++) {
        *out = layers[i].layer;
        if (sk_text_equal(type, layers[i].type))
            return true;
    }
    return false;
}

/* The other guardrails of the same type. */
static void add_others(const struct guard *guard, struct sk_proof_document *documents,
                       size_t *count)
{
    size_t index;
    json_t *row;
    json_array_foreach(guard->verification->opts->guardrails, index, row)
    {
        enum sk_layer layer;
        if (row != guard->row && layer_of(row, &layer) && layer == guard->layer)
            documents[(*count)++] = (struct sk_proof_document){layer, 0, sk_json_text(row, "name"),
                                                               json_object_get(row, "document")};
    }
}

/* Whether a request gets through that `asked` describes. `refused` (may be NULL) is denied besides. */
static int ask(const struct guard *guard, json_t *asked, json_t *refused, const char *what,
               struct sk_err *err)
{
    const char *name = sk_json_text(guard->row, "name");
    const struct sk_verification *verification = guard->verification;
    json_auto_t *all = everything();
    json_auto_t *left = left_to_account(verification->subject->principal->role->account);
    size_t rows = json_array_size(verification->opts->guardrails);
    struct sk_proof_document *documents = sk_xcalloc(rows + 5, sizeof(documents[0]));
    size_t count = 0;
    struct sk_proof_policies *policies = NULL;
    documents[count++] =
        (struct sk_proof_document){SK_LAYER_IDENTITY, 0, "what it is about", asked};
    documents[count++] =
        (struct sk_proof_document){guard->layer, 0, name, json_object_get(guard->row, "document")};
    documents[count++] = (struct sk_proof_document){SK_LAYER_RESOURCE, 0, "left to IAM", left};
    if (guard->layer == SK_LAYER_SCP || guard->layer == SK_LAYER_RCP)
        documents[count++] = (struct sk_proof_document){guard->layer, 0, "FullAWSAccess", all};
    if (refused)
        documents[count++] = (struct sk_proof_document){SK_LAYER_IDENTITY, 0, "not meant", refused};
    if (guard->with_others)
        add_others(guard, documents, &count);
    int code =
        sk_proof_policies_new(verification->subjects.shelf, documents, count, &policies, err);
    if (code == 0)
        code = ask_actions(guard, policies, left, what, err);
    sk_proof_policies_free(policies);
    free(documents);
    json_decref(asked);
    json_decref(refused);
    return code;
}

/* What is denied as long as nobody makes it so later, by another call. */
static const struct {
    const char *action, *key, *later, *value;
} ways_around[] = {
    {"sagemaker:CreateDomain", "sagemaker:AppNetworkAccessType", "sagemaker:UpdateDomain",
     "PublicInternetOnly"},
};

static int visit_ways_around(const struct guard *guard, const json_t *topics, struct sk_err *err)
{
    const struct sk_proof_statement read = {.json = guard->statement};
    struct guard later = *guard;
    int code = 0;
    later.with_others = true;
    for (size_t i = 0; code == 0 && i < SK_COUNT(ways_around); i++) {
        sk_auto(sk_freep) char *topic = topic_of(ways_around[i].key);
        if (!topic || !json_object_get(topics, topic) ||
            !sk_proof_takes_action(&read, ways_around[i].action))
            continue;
        json_t *condition = conditions_on(topics, NULL);
        json_t *equals = json_pack("{s:s}", ways_around[i].key, ways_around[i].value);
        if (json_object_get(condition, "StringEquals"))
            json_object_update_new(json_object_get(condition, "StringEquals"), equals);
        else
            json_object_set_new(condition, "StringEquals", equals);
        json_auto_t *statement =
            json_pack("{s:s, s:s}", "Action", ways_around[i].later, "Resource", "*");
        later.statement = statement;
        sk_auto(sk_freep) char *what =
            sk_xasprintf("gets past guardrail %s, which forbids it to %s only",
                         sk_json_text(guard->row, "name"), ways_around[i].action);
        code = ask(&later, document_of(&later, "Allow", "Asked", condition), NULL, what, err);
    }
    return code;
}

static int visit_deny(const struct guard *guard, struct sk_err *err)
{
    json_auto_t *topics = topics_of(guard->statement);
    const char *topic;
    json_t *unused;
    int code = 0;
    bool any = false;
    json_object_foreach(topics, topic, unused)
    {
        if (code < 0 || *topic == '\0')
            continue;
        sk_auto(sk_freep) char *what = sk_xasprintf("gets past guardrail %s with the wrong %s",
                                                    sk_json_text(guard->row, "name"), topic);
        any = true;
        code = ask(guard, document_of(guard, "Allow", "Asked", conditions_on(topics, topic)), NULL,
                   what, err);
    }
    if (code == 0)
        code = visit_ways_around(guard, topics, err);
    if (any || code < 0)
        return code;
    return ask(guard, document_of(guard, "Allow", "Asked", conditions_on(topics, NULL)), NULL,
               "gets past a guardrail that denies it", err);
}

/* "Allow unless" is meant to deny the rest. */
static bool is_negated(const json_t *statement)
{
    const char *operator_;
    json_t *keys;
    json_object_foreach(sk_element_get(statement, "Condition"), operator_, keys)
    {
        struct sk_operator read;
        if (sk_operator_parse(operator_, &read) && read.negated)
            return true;
    }
    return false;
}

static int visit_allow(const struct guard *guard, struct sk_err *err)
{
    json_t *meant = sk_element_get(guard->statement, "Condition");
    if (!is_negated(guard->statement))
        return 0;
    return ask(guard, document_of(guard, "Allow", "Asked", json_object()),
               document_of(guard, "Deny", "Meant", json_incref(meant)),
               "gets past a guardrail that allows instead of denying", err);
}

/* ---- which guardrails, for whom ---- */

static bool is_in_scope(const struct sk_subject *subject, const json_t *row)
{
    const char *account = sk_json_text(row, "account");
    return !account || sk_text_equal(account, subject->principal->role->account->name);
}

/* Principals matter only to guardrails that name them. */
static bool names_principals(const json_t *document)
{
    sk_auto(sk_freep) char *text = json_dumps(document, JSON_COMPACT);
    sk_auto(sk_freep) char *folded = lower(text);
    return strstr(folded, "aws:principal") || strstr(folded, "aws:username") ||
           strstr(folded, "aws:userid") || strstr(folded, "sagemaker:domainid") ||
           strstr(folded, "sagemaker:userprofilename");
}

static int visit_guardrail(struct sk_verification *verification, const json_t *row,
                           struct sk_err *err)
{
    struct guard guard = {.verification = verification, .row = row};
    const json_t *says = json_object_get(row, "says");
    const json_t *statements =
        sk_element_get(says ? says : json_object_get(row, "document"), "Statement");
    int code = 0;
    if (!layer_of(row, &guard.layer))
        return 0;
    for (size_t i = 0; code == 0 && i < sk_element_count(statements); i++) {
        guard.statement = sk_element_at(statements, i);
        const char *effect = json_string_value(sk_element_get(guard.statement, "Effect"));
        code = sk_text_equal(effect, "Deny") ? visit_deny(&guard, err) : visit_allow(&guard, err);
    }
    return code;
}

int sk_verify_guardrails(struct sk_verification *verification, struct sk_err *err)
{
    size_t index;
    json_t *row;
    int code = 0;
    if (verification->origin)
        return 0; /* steps change nothing about what a guardrail says */
    json_array_foreach(verification->opts->guardrails, index, row)
    {
        bool first = !(verification->guarded[index / 64] >> (index % 64) & 1);
        if (code < 0 || !is_in_scope(verification->subject, row) ||
            (!first && !names_principals(json_object_get(row, "document"))))
            continue;
        verification->guarded[index / 64] |= UINT64_C(1) << (index % 64);
        code = visit_guardrail(verification, row, err);
    }
    return code;
}
