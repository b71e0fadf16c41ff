/* IAM's decision over all layers of policies that apply to a request.
 *
 * Sources, IAM User Guide: "Policy evaluation logic" (order, explicit deny, resource policies that
 * name a session or user directly), "Cross-account policy evaluation logic", "Permissions
 * boundaries for IAM entities", "Session policies"; Organizations User Guide: "SCP evaluation"
 * (every level must allow; management account and service-linked roles are exempt) and "RCP
 * evaluation" (the default policy that allows everything cannot be detached, so RCPs only deny; the
 * same exemptions); KMS Developer Guide, "Key policies" and IAM, "role trust": without an allow in
 * them nobody has access. */
#ifndef SK_POLICY_EVALUATE_H
#define SK_POLICY_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/request.h"
#include "policy/set.h"

enum sk_decision {
    SK_DECISION_ALLOWED,
    SK_DECISION_DENIED,    /* no statement allows, at a layer where one must */
    SK_DECISION_FORBIDDEN, /* a statement denies */
};

enum sk_layer {
    SK_LAYER_SCP,
    SK_LAYER_RCP,
    SK_LAYER_RESOURCE,
    SK_LAYER_IDENTITY,
    SK_LAYER_BOUNDARY,
    SK_LAYER_SESSION,
    SK_LAYER_ENDPOINT,
    SK_LAYER_COUNT,
};

/* What applies to the request; all borrowed, NULL for what does not exist. How each is compiled
 * (sk_policy_set_new flags): scps, identity, boundary with SK_SET_COMPLETE_ARNS; resource and
 * endpoint with SK_SET_PRINCIPALS; session and rcps (whose only principal is everyone) with
 * neither. */
struct sk_layers {
    /* One set a level, root first. No levels: none apply. An empty set allows nothing. */
    const struct sk_policy_set *const *scps;
    size_t scp_levels;
    const struct sk_policy_set *const *rcps;
    size_t rcp_levels;
    const struct sk_policy_set *resource; /* bucket, key, trust policy, … of the resource */
    const struct sk_policy_set *identity;
    const struct sk_policy_set *boundary;
    const struct sk_policy_set *session; /* all session policies of the session together */
    const struct sk_policy_set *endpoint;
};

/* Why: a statement that decided, or a layer without a statement that allows. */
struct sk_reason {
    enum sk_layer layer;
    size_t level;                    /* of SCPs and RCPs */
    const struct sk_policy_set *set; /* NULL: the layer has no policy */
    uint32_t statement;              /* SK_NO_STATEMENT: none allows */
    bool deny;
};

#define SK_REASON_MAX 16

struct sk_verdict {
    enum sk_decision decision;
    struct sk_reason reasons[SK_REASON_MAX];
    size_t reason_count; /* levels past SK_REASON_MAX are decided on, but not told */
};

/* Decides. Does not allocate, apart from growing the request's scratch space. */
void sk_policy_evaluate(const struct sk_layers *layers, struct sk_request *request,
                        struct sk_verdict *out);
/* The decision alone, quicker. */
enum sk_decision sk_policy_decide(const struct sk_layers *layers, struct sk_request *request);

/* "Allowed", "ImplicitlyDenied", "ExplicitlyDenied". Static. */
const char *sk_decision_name(enum sk_decision decision);
/* "identity", "serviceControl", "resourceControl", "resource", "permissionBoundary", "session",
 * "endpoint". Static. */
const char *sk_layer_name(enum sk_layer layer);

#endif
