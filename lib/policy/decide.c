/* Decisions as lines of JSON, see decide.h. Unknown members are errors: a misspelt layer would
 * otherwise silently not apply. */
#include "policy/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/element.h"
#include "policy/evaluate.h"

#define MAX_LEVELS   16 /* root, five levels of organizational units, account; and some */
#define MAX_POLICIES 64 /* of one layer */

/* All sets of one question. */
struct compiled {
    struct sk_policy_set *scps[MAX_LEVELS];
    struct sk_policy_set *rcps[MAX_LEVELS];
    struct sk_policy_set *resource, *identity, *boundary, *session, *endpoint;
    struct sk_layers layers;
};

static void compiled_done(struct compiled *compiled)
{
    for (size_t i = 0; i < MAX_LEVELS; i++) {
        sk_policy_set_free(compiled->scps[i]);
        sk_policy_set_free(compiled->rcps[i]);
    }
    sk_policy_set_free(compiled->resource);
    sk_policy_set_free(compiled->identity);
    sk_policy_set_free(compiled->boundary);
    sk_policy_set_free(compiled->session);
    sk_policy_set_free(compiled->endpoint);
}

static int check_members(const json_t *object, const char *what, const char *const *names,
                         size_t count, struct sk_err *err)
{
    if (!json_is_object(object))
        return sk_err_set(err, SK_E_INVALID, "%s is no object", what);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(names[i], name) != 0)
            i++;
        if (i < count)
            continue;
        const char *near = sk_text_nearest(name, names, count);
        return sk_err_set(err, SK_E_INVALID, "%s has an unknown member '%s'%s%s", what, name,
                          near ? "; did you mean " : "", near ? near : "");
    }
    return 0;
}

/* A string member: NULL when absent or null, an error when it is something else. */
static int read_text(const json_t *object, const char *name, const char **out, struct sk_err *err)
{
    const json_t *value = json_object_get(object, name);
    *out = json_string_value(value);
    if (value && !*out && !json_is_null(value))
        return sk_err_set(err, SK_E_INVALID, "'%s' is no string", name);
    return 0;
}

static bool is_given(const json_t *value)
{
    return value && !json_is_null(value);
}

/* {"name", "document"} or a bare document. */
static struct sk_policy_source source_of(const json_t *value, const char *fallback)
{
    const json_t *document = json_object_get(value, "document");
    const char *name = document ? json_string_value(json_object_get(value, "name")) : NULL;
    return (struct sk_policy_source){name ? name : fallback, document ? document : value};
}

static int compile_list(const json_t *list, const char *what, unsigned flags,
                        struct sk_policy_set **out, struct sk_err *err)
{
    struct sk_policy_source sources[MAX_POLICIES];
    size_t count = json_array_size(list);
    if (!json_is_array(list))
        return sk_err_set(err, SK_E_INVALID, "%s is no list", what);
    if (count > MAX_POLICIES)
        return sk_err_set(err, SK_E_BOUND, "%s has more than %d policies", what, MAX_POLICIES);
    for (size_t i = 0; i < count; i++)
        sources[i] = source_of(json_array_get(list, i), what);
    return sk_policy_set_new(sources, count, flags, out, err);
}

static int compile_one(const json_t *document, const char *what, unsigned flags,
                       struct sk_policy_set **out, struct sk_err *err)
{
    if (!is_given(document))
        return 0;
    struct sk_policy_source source = source_of(document, what);
    return sk_policy_set_new(&source, 1, flags, out, err);
}

static int compile_levels(const json_t *levels, const char *what, unsigned flags,
                          struct sk_policy_set **out, size_t *count, struct sk_err *err)
{
    *count = json_array_size(levels);
    if (!is_given(levels))
        return 0;
    if (!json_is_array(levels))
        return sk_err_set(err, SK_E_INVALID, "%s is no list", what);
    if (*count > MAX_LEVELS)
        return sk_err_set(err, SK_E_BOUND, "%s has more than %d levels", what, MAX_LEVELS);
    for (size_t i = 0; i < *count; i++) {
        int result = compile_list(json_array_get(levels, i), what, flags, &out[i], err);
        if (result < 0)
            return result;
    }
    return 0;
}

static int compile(const json_t *question, struct compiled *out, struct sk_err *err)
{
    struct sk_layers *layers = &out->layers;
    int result = 0;
    const json_t *identity = json_object_get(question, "identityPolicies");
    const json_t *session = json_object_get(question, "sessionPolicies");
    if (is_given(identity))
        result =
            compile_list(identity, "identityPolicies", SK_SET_COMPLETE_ARNS, &out->identity, err);
    if (result == 0 && is_given(session) &&
        (!json_is_array(session) || json_array_size(session) > 0))
        result = compile_list(session, "sessionPolicies", 0, &out->session, err);
    if (result == 0)
        result = compile_one(json_object_get(question, "permissionBoundary"), "permissionBoundary",
                             SK_SET_COMPLETE_ARNS, &out->boundary, err);
    if (result == 0)
        result = compile_one(json_object_get(question, "resourcePolicy"), "resourcePolicy",
                             SK_SET_PRINCIPALS, &out->resource, err);
    if (result == 0)
        result = compile_one(json_object_get(question, "endpointPolicy"), "endpointPolicy",
                             SK_SET_PRINCIPALS, &out->endpoint, err);
    if (result == 0)
        result = compile_levels(json_object_get(question, "serviceControlPolicies"),
                                "serviceControlPolicies", SK_SET_COMPLETE_ARNS, out->scps,
                                &layers->scp_levels, err);
    if (result == 0)
        result = compile_levels(json_object_get(question, "resourceControlPolicies"),
                                "resourceControlPolicies", 0, out->rcps, &layers->rcp_levels, err);
    layers->scps = (const struct sk_policy_set *const *)out->scps;
    layers->rcps = (const struct sk_policy_set *const *)out->rcps;
    layers->identity = out->identity;
    layers->session = out->session;
    layers->boundary = out->boundary;
    layers->resource = out->resource;
    layers->endpoint = out->endpoint;
    return result;
}

static int read_tags(const json_t *tags, struct sk_request *request, enum sk_tag_owner owner,
                     struct sk_err *err)
{
    if (!is_given(tags))
        return 0;
    if (!json_is_object(tags))
        return sk_err_set(err, SK_E_INVALID, "'tags' is no object");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)tags, name, value)
    {
        sk_auto(sk_freep) char *text = sk_element_scalar_text(value);
        if (!text)
            return sk_err_set(err, SK_E_INVALID, "tag '%s' has no text as value", name);
        sk_request_put_tag(request, owner, name, text);
    }
    return 0;
}

static int read_type(const json_t *principal, enum sk_principal_type *out, struct sk_err *err)
{
    static const char *const names[] = {"role", "user", "session", "root", "service", "federated"};
    static const enum sk_principal_type types[] = {
        SK_PRINCIPAL_ROLE, SK_PRINCIPAL_USER,    SK_PRINCIPAL_SESSION,
        SK_PRINCIPAL_ROOT, SK_PRINCIPAL_SERVICE, SK_PRINCIPAL_FEDERATED,
    };
    const char *type = NULL;
    int result = read_text(principal, "type", &type, err);
    *out = SK_PRINCIPAL_AUTO;
    if (result < 0 || !type)
        return result;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(type, names[i]) == 0) {
            *out = types[i];
            return 0;
        }
    }
    return sk_err_set(
        err, SK_E_INVALID,
        "principal type '%s' is none of role, user, session, root, service, federated", type);
}

static int read_principal(const json_t *principal, struct sk_request *request, struct sk_err *err)
{
    static const char *const members[] = {"type",     "arn",  "account",          "roleArn",
                                          "userName", "tags", "managementAccount"};
    struct sk_principal read = {0};
    const json_t *management = json_object_get(principal, "managementAccount");
    int result = check_members(principal, "principal", members, 7, err);
    if (result == 0 && is_given(management) && !json_is_boolean(management))
        return sk_err_set(err, SK_E_INVALID, "'managementAccount' is no boolean");
    read.management_account = json_is_true(management);
    if (result == 0)
        result = read_type(principal, &read.type, err);
    if (result == 0)
        result = read_text(principal, "arn", &read.arn, err);
    if (result == 0)
        result = read_text(principal, "account", &read.account, err);
    if (result == 0)
        result = read_text(principal, "roleArn", &read.role_arn, err);
    if (result == 0)
        result = read_text(principal, "userName", &read.user_name, err);
    if (result == 0)
        result = sk_request_set_principal(request, &read, err);
    if (result == 0)
        result = read_tags(json_object_get(principal, "tags"), request, SK_TAG_PRINCIPAL, err);
    return result;
}

static int read_resource(const json_t *resource, struct sk_request *request, struct sk_err *err)
{
    static const char *const members[] = {"arn", "account", "tags"};
    const char *arn = json_string_value(resource);
    const char *account = NULL;
    if (!is_given(resource) || arn) {
        sk_request_set_resource(request, arn ? arn : "*", NULL);
        return 0;
    }
    int result = check_members(resource, "resource", members, 3, err);
    if (result == 0)
        result = read_text(resource, "arn", &arn, err);
    if (result == 0)
        result = read_text(resource, "account", &account, err);
    if (result < 0)
        return result;
    sk_request_set_resource(request, arn ? arn : "*", account);
    return read_tags(json_object_get(resource, "tags"), request, SK_TAG_RESOURCE, err);
}

static int read_context(const json_t *context, struct sk_request *request, struct sk_err *err)
{
    if (!is_given(context))
        return 0;
    if (!json_is_object(context))
        return sk_err_set(err, SK_E_INVALID, "'context' is no object");
    const char *key;
    json_t *values;
    json_object_foreach((json_t *)context, key, values)
    {
        size_t count = json_is_null(values) ? 0 : sk_element_count(values);
        char **texts = sk_xcalloc(count + 1, sizeof(char *));
        bool good = true;
        for (size_t i = 0; i < count; i++) {
            texts[i] = sk_element_scalar_text(sk_element_at(values, i));
            good &= texts[i] != NULL;
        }
        if (good)
            sk_request_put(request, key, (const char *const *)texts, count);
        for (size_t i = 0; i < count; i++)
            free(texts[i]);
        free(texts);
        if (!good)
            return sk_err_set(err, SK_E_INVALID, "context key '%s' has a value that is no scalar",
                              key);
    }
    return 0;
}

int sk_policy_decide_request(const json_t *question, struct sk_request *request, struct sk_err *err)
{
    static const char *const members[] = {
        "id",
        "principal",
        "action",
        "resource",
        "context",
        "identityPolicies",
        "permissionBoundary",
        "sessionPolicies",
        "serviceControlPolicies",
        "resourceControlPolicies",
        "resourcePolicy",
        "endpointPolicy",
    };
    const char *action = NULL;
    int result =
        check_members(question, "the question", members, sizeof(members) / sizeof(members[0]), err);
    if (result == 0)
        result = read_text(question, "action", &action, err);
    if (result < 0)
        return result;
    const char *colon = action ? strchr(action, ':') : NULL;
    if (!colon || colon == action || colon[1] == '\0')
        return sk_err_set(err, SK_E_INVALID, "'action' is not of the form service:Action");
    sk_request_set_action(request, action);
    result = read_principal(json_object_get(question, "principal"), request, err);
    if (result == 0)
        result = read_resource(json_object_get(question, "resource"), request, err);
    if (result == 0)
        result = read_context(json_object_get(question, "context"), request, err);
    return result;
}

static json_t *reason_json(const struct sk_reason *reason)
{
    json_t *out = json_object();
    bool none = reason->statement == SK_NO_STATEMENT || !reason->set;
    json_object_set_new(out, "layer", json_string(sk_layer_name(reason->layer)));
    if (reason->layer == SK_LAYER_SCP || reason->layer == SK_LAYER_RCP)
        json_object_set_new(out, "level", json_integer((json_int_t)reason->level));
    json_t *policy = json_null();
    json_t *statement = json_null();
    if (!none) {
        const char *sid = sk_policy_set_sid(reason->set, reason->statement);
        policy = json_string(sk_policy_set_policy(reason->set, reason->statement));
        statement =
            sid ? json_string(sid)
                : json_integer((json_int_t)sk_policy_set_position(reason->set, reason->statement));
    }
    json_object_set_new(out, "policy", policy);
    json_object_set_new(out, "statement", statement);
    json_object_set_new(out, "effect",
                        json_string(none           ? "None"
                                    : reason->deny ? "Deny"
                                                   : "Allow"));
    return out;
}

json_t *sk_policy_decide_reasons(const struct sk_verdict *verdict)
{
    json_t *because = json_array();
    for (size_t i = 0; i < verdict->reason_count; i++)
        json_array_append_new(because, reason_json(&verdict->reasons[i]));
    return because;
}

static json_t *answer(const json_t *question, const struct sk_verdict *verdict)
{
    json_t *out = json_object();
    json_t *id = json_object_get(question, "id");
    if (id)
        json_object_set(out, "id", id);
    json_object_set_new(out, "decision", json_string(sk_decision_name(verdict->decision)));
    json_object_set_new(out, "because", sk_policy_decide_reasons(verdict));
    return out;
}

json_t *sk_policy_decide_json(const json_t *question, struct sk_err *err)
{
    struct sk_request *request = sk_request_new();
    struct compiled compiled = {0};
    json_t *out = NULL;
    int result = sk_policy_decide_request(question, request, err);
    if (result == 0)
        result = compile(question, &compiled, err);
    if (result == 0) {
        struct sk_verdict verdict;
        sk_policy_evaluate(&compiled.layers, request, &verdict);
        out = answer(question, &verdict);
    }
    compiled_done(&compiled);
    sk_request_free(request);
    return out;
}

/* The id of a line that is refused for a fault deep inside it (a name that appears twice, \u0000,
 * text after the object), so that whoever asked can tell which answer this is. New; null when there
 * is none. */
static json_t *id_of(const json_t *question, const char *line, size_t length)
{
    json_auto_t *lenient =
        question || length > SK_BOUND_DECIDE_BYTES
            ? NULL
            : json_loadb(line, length, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, NULL);
    json_t *id = json_object_get(question ? question : lenient, "id");
    return id ? json_incref(id) : json_null();
}

char *sk_policy_decide_line(const char *line, size_t length)
{
    struct sk_err err = {0};
    json_auto_t *question = NULL;
    json_t *out = NULL;
    if (length > SK_BOUND_DECIDE_BYTES)
        sk_err_set(&err, SK_E_BOUND, "a line of more than %zu bytes", SK_BOUND_DECIDE_BYTES);
    else
        question = sk_json_parse(line, length, "line", &err);
    if (question)
        out = sk_policy_decide_json(question, &err);
    if (!out) {
        out = json_object();
        json_object_set_new(out, "id", id_of(question, line, length));
        json_t *message = json_string(sk_err_message(&err));
        if (!message) /* it quotes a character that it cut in two */
            message = json_string("the line is no JSON");
        json_object_set_new(out, "error", message);
    }
    sk_err_done(&err);
    char *text = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    return text;
}
