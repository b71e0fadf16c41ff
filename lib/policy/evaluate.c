/* The decision over all layers, see evaluate.h. All layers are matched first, because a deny
 * anywhere wins; then the rules for allows are followed. */
#include "policy/evaluate.h"

#include <string.h>

#include "base/text.h"

/* A layer that exists, matched. */
struct layer {
    const struct sk_policy_set *set;
    struct sk_set_match match;
};

struct evaluation {
    const struct sk_layers *layers;
    struct sk_request *request;
    struct sk_verdict *verdict; /* NULL: only the decision is wanted */
    struct layer resource, identity, boundary, session, endpoint;
    struct layer blocking_scp; /* the first level that does not allow; set is NULL without one */
    size_t blocking_level;
    bool forbidden;
};

static void tell(struct evaluation *evaluation, enum sk_layer layer, size_t level,
                 const struct layer *found, uint32_t statement, bool deny)
{
    struct sk_verdict *verdict = evaluation->verdict;
    if (!verdict || verdict->reason_count == SK_REASON_MAX)
        return;
    verdict->reasons[verdict->reason_count++] =
        (struct sk_reason){layer, level, found->set, statement, deny};
}

static void match_layer(struct evaluation *evaluation, struct layer *out,
                        const struct sk_policy_set *set, enum sk_layer layer, size_t level)
{
    out->set = set;
    out->match = (struct sk_set_match){.deny = SK_NO_STATEMENT, .allow = SK_NO_STATEMENT};
    if (!set || (evaluation->forbidden && !evaluation->verdict))
        return;
    out->match = sk_policy_set_match(set, evaluation->request, evaluation->verdict == NULL);
    if (out->match.deny == SK_NO_STATEMENT)
        return;
    evaluation->forbidden = true;
    tell(evaluation, layer, level, out, out->match.deny, true);
}

static bool allows(const struct layer *layer)
{
    return layer->match.allow != SK_NO_STATEMENT;
}

/* SCPs apply to principals of member accounts, RCPs to resources of member accounts; neither to
 * service-linked roles. That the resource lies in the management account is known when it is the
 * principal's. */
static void match_organization(struct evaluation *evaluation)
{
    const struct sk_layers *layers = evaluation->layers;
    const struct sk_request *request = evaluation->request;
    bool no_account = request->principal_type == SK_PRINCIPAL_SERVICE ||
                      request->principal_type == SK_PRINCIPAL_FEDERATED;
    bool own_resource = strcmp(request->resource_account, request->principal_account) == 0 ||
                        *request->resource_account == '\0';
    bool scps = !request->management_account && !request->service_linked && !no_account;
    bool rcps = !(request->management_account && own_resource) && !request->service_linked;
    for (size_t i = 0; scps && i < layers->scp_levels; i++) {
        struct layer level;
        match_layer(evaluation, &level, layers->scps[i], SK_LAYER_SCP, i);
        if (!allows(&level) && !evaluation->blocking_scp.set) {
            evaluation->blocking_scp = level;
            evaluation->blocking_level = i;
        }
    }
    for (size_t i = 0; rcps && i < layers->rcp_levels; i++) {
        struct layer level;
        match_layer(evaluation, &level, layers->rcps[i], SK_LAYER_RCP, i);
    }
}

static void match_all(struct evaluation *evaluation)
{
    const struct sk_layers *layers = evaluation->layers;
    match_organization(evaluation);
    match_layer(evaluation, &evaluation->resource, layers->resource, SK_LAYER_RESOURCE, 0);
    match_layer(evaluation, &evaluation->identity, layers->identity, SK_LAYER_IDENTITY, 0);
    match_layer(evaluation, &evaluation->boundary, layers->boundary, SK_LAYER_BOUNDARY, 0);
    match_layer(evaluation, &evaluation->session, layers->session, SK_LAYER_SESSION, 0);
    match_layer(evaluation, &evaluation->endpoint, layers->endpoint, SK_LAYER_ENDPOINT, 0);
}

/* Role trust policies and key policies must allow: no other policy can grant without them. */
static bool resource_policy_rules(const struct sk_request *request)
{
    const struct sk_arn_parts *parts = &request->resource_parts;
    if (parts->count < 6)
        return false;
    const char *resource = request->resource + parts->start[5];
    const char *service = request->resource + parts->start[2];
    if (strncmp(service, "kms:", 4) == 0 && sk_text_starts_with(request->action, "kms:"))
        return sk_text_starts_with(resource, "key/");
    return strncmp(service, "iam:", 4) == 0 && sk_text_starts_with(request->action, "sts:") &&
           sk_text_starts_with(resource, "role/");
}

static enum sk_decision decided(struct evaluation *evaluation, bool allowed, enum sk_layer layer,
                                const struct layer *found)
{
    if (allowed)
        tell(evaluation, layer, 0, found, found->match.allow, false);
    else if (evaluation->verdict) { /* only what is missing explains a denial */
        evaluation->verdict->reason_count = 0;
        tell(evaluation, layer, 0, found, SK_NO_STATEMENT, false);
    }
    return allowed ? SK_DECISION_ALLOWED : SK_DECISION_DENIED;
}

/* Boundary and session policies, which limit what identity policies (and resource policies that
 * name the role or the account) give. A federated user's session without session policies has
 * nothing. */
static enum sk_decision limit(struct evaluation *evaluation)
{
    const struct sk_request *request = evaluation->request;
    if (evaluation->boundary.set && decided(evaluation, allows(&evaluation->boundary),
                                            SK_LAYER_BOUNDARY, &evaluation->boundary))
        return SK_DECISION_DENIED;
    if (!evaluation->session.set && !request->federated_user)
        return SK_DECISION_ALLOWED;
    return decided(evaluation, allows(&evaluation->session), SK_LAYER_SESSION,
                   &evaluation->session);
}

static enum sk_decision decide_identity(struct evaluation *evaluation)
{
    if (evaluation->request->principal_type == SK_PRINCIPAL_ROOT)
        return SK_DECISION_ALLOWED; /* "has full access": no policy gives it, none takes it away */
    if (decided(evaluation, allows(&evaluation->identity), SK_LAYER_IDENTITY,
                &evaluation->identity))
        return SK_DECISION_DENIED;
    return limit(evaluation);
}

static enum sk_decision decide_same_account(struct evaluation *evaluation)
{
    bool must_allow = resource_policy_rules(evaluation->request);
    unsigned named = evaluation->resource.match.named;
    if (must_allow && decided(evaluation, named != 0, SK_LAYER_RESOURCE, &evaluation->resource))
        return SK_DECISION_DENIED;
    /* named by itself, or with everyone: nothing else has to allow, nothing limits */
    if (named & (SK_NAMED_DIRECTLY | SK_NAMED_EVERYONE))
        return must_allow ? SK_DECISION_ALLOWED
                          : decided(evaluation, true, SK_LAYER_RESOURCE, &evaluation->resource);
    if (named & SK_NAMED_ROLE) {
        if (!must_allow)
            (void)decided(evaluation, true, SK_LAYER_RESOURCE, &evaluation->resource);
        return limit(evaluation);
    }
    return decide_identity(evaluation);
}

/* Both accounts must allow: the principal's as if there were no resource policy, the resource's by
 * its resource policy. */
static enum sk_decision decide_cross_account(struct evaluation *evaluation)
{
    if (decided(evaluation, evaluation->resource.match.named != 0, SK_LAYER_RESOURCE,
                &evaluation->resource))
        return SK_DECISION_DENIED;
    return decide_identity(evaluation);
}

static enum sk_decision decide_allows(struct evaluation *evaluation)
{
    const struct sk_request *request = evaluation->request;
    if (evaluation->blocking_scp.set) {
        tell(evaluation, SK_LAYER_SCP, evaluation->blocking_level, &evaluation->blocking_scp,
             SK_NO_STATEMENT, false);
        return SK_DECISION_DENIED;
    }
    if (evaluation->endpoint.set && decided(evaluation, allows(&evaluation->endpoint),
                                            SK_LAYER_ENDPOINT, &evaluation->endpoint))
        return SK_DECISION_DENIED;
    bool root = request->principal_type == SK_PRINCIPAL_ROOT;
    if (root && strcmp(request->action, "sts:assumerole") == 0)
        return decided(evaluation, false, SK_LAYER_IDENTITY, &evaluation->identity);
    if (request->principal_type == SK_PRINCIPAL_SERVICE ||
        request->principal_type == SK_PRINCIPAL_FEDERATED)
        return decided(evaluation, evaluation->resource.match.named != 0, SK_LAYER_RESOURCE,
                       &evaluation->resource);
    bool same = *request->resource_account == '\0' ||
                strcmp(request->resource_account, request->principal_account) == 0;
    return same ? decide_same_account(evaluation) : decide_cross_account(evaluation);
}

/* "No permissions are required to perform this operation", and no policy can deny it (STS API
 * Reference, GetCallerIdentity). */
static bool needs_no_permission(const struct sk_request *request)
{
    return strcmp(request->action, "sts:getcalleridentity") == 0;
}

static enum sk_decision evaluate(struct evaluation *evaluation)
{
    if (needs_no_permission(evaluation->request))
        return SK_DECISION_ALLOWED;
    evaluation->request->bounded = evaluation->layers->boundary != NULL;
    match_all(evaluation);
    if (evaluation->forbidden)
        return SK_DECISION_FORBIDDEN;
    return decide_allows(evaluation);
}

void sk_policy_evaluate(const struct sk_layers *layers, struct sk_request *request,
                        struct sk_verdict *out)
{
    struct evaluation evaluation = {.layers = layers, .request = request, .verdict = out};
    out->reason_count = 0;
    out->decision = evaluate(&evaluation);
}

enum sk_decision sk_policy_decide(const struct sk_layers *layers, struct sk_request *request)
{
    struct evaluation evaluation = {.layers = layers, .request = request};
    return evaluate(&evaluation);
}

const char *sk_decision_name(enum sk_decision decision)
{
    static const char *const names[] = {
        [SK_DECISION_ALLOWED] = "Allowed",
        [SK_DECISION_DENIED] = "ImplicitlyDenied",
        [SK_DECISION_FORBIDDEN] = "ExplicitlyDenied",
    };
    return names[decision];
}

const char *sk_layer_name(enum sk_layer layer)
{
    static const char *const names[] = {
        [SK_LAYER_SCP] = "serviceControl",          [SK_LAYER_RCP] = "resourceControl",
        [SK_LAYER_RESOURCE] = "resource",           [SK_LAYER_IDENTITY] = "identity",
        [SK_LAYER_BOUNDARY] = "permissionBoundary", [SK_LAYER_SESSION] = "session",
        [SK_LAYER_ENDPOINT] = "endpoint",
    };
    return names[layer];
}
