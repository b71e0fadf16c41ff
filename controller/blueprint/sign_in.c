/* Sign-in principals: the roles and IAM users as which people open their own Studio profile.
 *
 * What they may do is in shipped templates: the trust policy that wants the session tag studiouserid,
 * the policy that opens profiles with the same tag, and the policy that holds the door to the
 * network. A sign-in without a network must say why. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"

/* No VPC has this name: requests through endpoints are all refused. */
#define NO_VPC "vpc-none"

/* Ways to sign in: the key that chooses one, and its templates unless others are named. */
static const struct {
    const char *key, *trust, *profile;
} ways[] = {
    {"saml", "sign-in-trust-saml@1", "own-profile-only-federated@1"},
    {"oidc", "sign-in-trust-oidc@1", "own-profile-only-federated@1"},
    {"users", NULL, "own-profile-only-user@1"},
    {"identityCenter", NULL, NULL},
};
#define WAY_COUNT       (sizeof(ways) / sizeof(*ways))
#define SAML            0
#define OIDC            1
#define USERS           2
#define IDENTITY_CENTER 3

/* Where assertions are sent, and so what they are made for (AWS General Reference, "AWS sign-in
 * endpoints"). */
static const struct {
    const char *partition, *audience;
} audiences[] = {
    {"aws-cn", "https://signin.amazonaws.cn/saml"},
    {"aws-us-gov", "https://signin.amazonaws-us-gov.com/saml"},
    {"aws", "https://signin.aws.amazon.com/saml"},
};

struct sign_in {
    struct sk_compile *compile;
    const struct sk_manifest *manifest;
    const struct sk_domain_entry *domain;
    size_t way;
    struct sk_role_request request;
    json_t *tags; /* owned */
    json_t *spec; /* owned: of the request */
};

static void fault(const struct sign_in *sign_in, const char *pointer, enum sk_diagnostic_code code,
                  const char *message)
{
    sk_manifest_fault(sign_in->manifest, pointer, sign_in->compile->diagnostics, code, "%s",
                      message);
}

/* Exactly one way; false after a fault. */
static bool take_way(struct sign_in *sign_in)
{
    size_t count = 0;
    for (size_t i = 0; i < WAY_COUNT; i++) {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/%s", ways[i].key);
        if (!sk_manifest_has(sign_in->manifest, pointer))
            continue;
        sign_in->way = i;
        count++;
    }
    if (count != 1) {
        sk_manifest_fault(sign_in->manifest, "/spec", sign_in->compile->diagnostics,
                          count ? SK_DIAGNOSTIC_CONFLICT : SK_DIAGNOSTIC_MISSING_KEY,
                          "%zu ways to sign in; expected one of 'saml', 'oidc' and 'users'", count);
        return false;
    }
    if (sign_in->way == IDENTITY_CENTER)
        fault(sign_in, "/spec/identityCenter", SK_DIAGNOSTIC_NOT_YET,
              "sign-in through IAM Identity Center is not supported by this version; expected "
              "'saml', 'oidc' or 'users'");
    return sign_in->way != IDENTITY_CENTER &&
           json_object_get(sign_in->manifest->spec, ways[sign_in->way].key);
}

/* What only one of the ways takes. */
static void check_keys(const struct sign_in *sign_in)
{
    static const char *const of_roles[] = {"role", "sessionTags"};
    for (size_t i = 0; sign_in->way == USERS && i < 2; i++) {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/%s", of_roles[i]);
        if (sk_manifest_has(sign_in->manifest, pointer))
            fault(sign_in, pointer, SK_DIAGNOSTIC_CONFLICT,
                  "IAM users sign in without a role and without session tags; expected nothing "
                  "here");
    }
    const json_t *domain = sign_in->domain ? sign_in->domain->manifest->spec : NULL;
    if (sk_text_equal(sk_json_text(domain, "authMode"), "SSO"))
        fault(sign_in, "/spec/domain", SK_DIAGNOSTIC_CONFLICT,
              "people sign in to this domain through IAM Identity Center; expected a domain whose "
              "authMode is IAM");
}

/* The template for a part ("trust", "profile", "network"); one for another way is a fault. */
static const char *template_of(const struct sign_in *sign_in, const char *part,
                               const char *otherwise)
{
    sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/templates/%s", part);
    const char *given = sk_json_text(json_object_get(sign_in->manifest->spec, "templates"), part);
    if (!given)
        return otherwise;
    size_t length = otherwise ? strcspn(otherwise, "@") : 0;
    if (otherwise && strncmp(given, otherwise, length + 1) == 0)
        return given;
    sk_manifest_fault(sign_in->manifest, pointer, sign_in->compile->diagnostics,
                      SK_DIAGNOSTIC_CONFLICT, "'%s' is not for '%s'; expected %s%.*s", given,
                      ways[sign_in->way].key, otherwise ? "a version of " : "nothing", (int)length,
                      otherwise ? otherwise : "");
    return otherwise;
}

/* Network */

/* Whether the door is to be held; faults when it is said neither from where nor why not. */
static bool check_network(const struct sign_in *sign_in)
{
    const json_t *network = json_object_get(sign_in->manifest->spec, "network");
    bool anywhere = sk_manifest_has(sign_in->manifest, "/spec/network/anywhere");
    bool vpcs = sk_manifest_has(sign_in->manifest, "/spec/network/vpcs");
    bool ranges = sk_manifest_has(sign_in->manifest, "/spec/network/publicRanges");
    bool inside = json_object_get(network, "vpcRanges") || json_object_get(network, "endpoints");
    if (anywhere && json_object_size(network) > 1)
        fault(sign_in, "/spec/network/anywhere", SK_DIAGNOSTIC_CONFLICT,
              "'anywhere' beside the places that it makes pointless; expected it alone");
    else if (!anywhere && !vpcs && !ranges && network)
        fault(sign_in, "/spec/network", SK_DIAGNOSTIC_MISSING_KEY,
              "it is not said from where people may open Studio; expected 'publicRanges', 'vpcs' "
              "or 'anywhere' with a reason");
    else if (inside && !vpcs)
        fault(sign_in, "/spec/network", SK_DIAGNOSTIC_MISSING_KEY,
              "'vpcRanges' and 'endpoints' lie in VPCs; expected the key 'vpcs'");
    const char *reason = sk_json_text(network, "anywhere.reason");
    if (reason)
        sk_manifest_warn(sign_in->manifest, "/spec/network/anywhere", sign_in->compile->diagnostics,
                         SK_DIAGNOSTIC_UNRESTRICTED,
                         "Studio may be opened from any address. Accepted: %s", reason);
    return !anywhere && (vpcs || ranges);
}

static json_t *network_parameters(const struct sign_in *sign_in)
{
    json_t *values = json_copy(json_object_get(sign_in->manifest->spec, "network"));
    if (!json_object_get(values, "vpcs"))
        json_object_set_new(values, "vpcs", json_pack("[s]", NO_VPC));
    return values;
}

/* Trust */

static const char *partition_of(const struct sign_in *sign_in)
{
    return sign_in->domain ? sign_in->domain->account->partition : "aws";
}

static const char *default_audience(const struct sign_in *sign_in)
{
    size_t i = 0;
    const size_t last = sizeof(audiences) / sizeof(*audiences) - 1;
    while (i < last && strcmp(audiences[i].partition, partition_of(sign_in)) != 0)
        i++;
    return audiences[i].audience;
}

/* The provider's ARN in the account of the domain; one of another account is a fault. Owned. */
static char *provider_arn(const struct sign_in *sign_in, const char *sort, const char *name)
{
    const char *account = sign_in->domain ? sign_in->domain->account->id : "000000000000";
    sk_auto(sk_freep) char *prefix =
        sk_xasprintf("arn:%s:iam::%s:%s/", partition_of(sign_in), account, sort);
    if (!sk_text_starts_with(name, "arn:"))
        return sk_xasprintf("%s%s", prefix, name);
    if (sign_in->domain && !sk_text_starts_with(name, prefix))
        sk_manifest_fault(sign_in->manifest, "/spec/saml/provider", sign_in->compile->diagnostics,
                          SK_DIAGNOSTIC_CONFLICT,
                          "'%s' is no provider of account '%s'; expected an ARN that starts with "
                          "'%s'",
                          name, sign_in->domain->account->name, prefix);
    return sk_xstrdup(name);
}

static json_t *trust_parameters(const struct sign_in *sign_in)
{
    const json_t *spec = json_object_get(sign_in->manifest->spec, ways[sign_in->way].key);
    const json_t *tags = json_object_get(sign_in->manifest->spec, "sessionTags");
    const char *provider = sk_json_text(spec, sign_in->way == SAML ? "provider" : "issuer");
    const char *audience = sk_json_text(spec, "audience");
    if (!audience && sign_in->way == SAML)
        audience = default_audience(sign_in);
    if (!provider || !audience)
        return NULL; /* refused by the schema */
    sk_auto(sk_freep) char *arn =
        provider_arn(sign_in, sign_in->way == SAML ? "saml-provider" : "oidc-provider", provider);
    return json_pack("{s:s, s:s, s:s*, s:O*}", "provider", arn, "audience", audience, "issuer",
                     sign_in->way == OIDC ? provider : NULL, "tags", tags);
}

static json_t *make_trust(const struct sign_in *sign_in)
{
    json_auto_t *values = trust_parameters(sign_in);
    json_auto_t *known = json_object();
    const char *trust = template_of(sign_in, "trust", ways[sign_in->way].trust);
    if (!values || !trust)
        return NULL;
    sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/%s", ways[sign_in->way].key);
    const struct sk_policy_entry entry = {
        .policy = trust, .pointer = pointer, .use = SK_POLICY_TRUST};
    return sk_compile_policy(sign_in->compile, &sign_in->request, &entry, values, known);
}

/* Users */

/* A user opens the profiles that carry the same name: it must be spelt as the teams spell it. */
static void check_users(const struct sign_in *sign_in)
{
    struct sk_compile *compile = sign_in->compile;
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(sign_in->manifest->spec, "users"), index, entry)
    {
        const char *name = json_string_value(entry);
        if (!name)
            continue;
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/users/%zu", index);
        sk_auto(sk_freep) char *folded = sk_fold(name);
        const char *member = json_string_value(json_object_get(compile->users, folded));
        if (!member)
            sk_manifest_warn(sign_in->manifest, pointer, compile->diagnostics,
                             SK_DIAGNOSTIC_DANGLING,
                             "'%s' is a member of no team: there is no profile to open", name);
        else if (strcmp(member, name) != 0)
            sk_manifest_fault(
                sign_in->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                "'%s' is a member of teams as '%s'; expected the same spelling", name, member);
    }
    sk_manifest_warn(sign_in->manifest, "/spec/users", compile->diagnostics, SK_DIAGNOSTIC_NOT_YET,
                     "the policies of SignIn '%s' are made; this version does not attach them to "
                     "IAM users, which is left to you",
                     sign_in->manifest->name);
}

/* What is made */

static void emit(struct sign_in *sign_in)
{
    const char *profile = template_of(sign_in, "profile", ways[sign_in->way].profile);
    const char *network = template_of(sign_in, "network", "presign-from-network@1");
    json_auto_t *policies = json_pack("[s]", profile);
    if (check_network(sign_in)) {
        json_array_append_new(policies, json_string(network));
        json_object_set_new(sign_in->spec, "parameters", network_parameters(sign_in));
    }
    json_auto_t *trust = sign_in->way == USERS ? NULL : make_trust(sign_in);
    sign_in->request.policies = policies;
    sign_in->request.trust = trust;
    sign_in->request.policies_only = !trust;
    json_t *arns = json_array();
    sign_in->request.arns = arns;
    sk_auto(sk_freep) char *address = NULL;
    free(sk_compile_role(sign_in->compile, &sign_in->request, &address));
    json_array_append_new(
        sign_in->compile->blueprint->sign_ins,
        json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:o, s:O*}", "name", sign_in->manifest->name,
                  "type", ways[sign_in->way].key, "domain",
                  sign_in->domain ? sign_in->domain->manifest->name : NULL, "account",
                  sign_in->domain ? sign_in->domain->account->name : NULL, "role",
                  trust ? address : NULL, "policies", arns, "users",
                  json_object_get(sign_in->manifest->spec, "users")));
}

/* Stands in for a domain that is not there, so that the faults of the rest are still found. */
static const struct sk_domain_entry no_domain = {.region = "us-east-1", .name = "?"};

static void compile_sign_in(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    struct sign_in sign_in = {
        .compile = compile,
        .manifest = manifest,
        .domain = sk_compile_find_domain(compile, manifest),
        .tags = json_object(),
    };
    const json_t *role = json_object_get(manifest->spec, "role");
    const char *declared = sk_json_text(role, "name");
    sk_auto(sk_freep) char *name =
        declared ? sk_xstrdup(declared) : sk_sign_in_role_name(manifest->name);
    sign_in.spec = role ? json_copy((json_t *)role) : json_object();
    if (compile->organization)
        sk_tags_merge(compile, sign_in.tags, compile->organization, "/spec/defaults/tags",
                      json_object_get(compile->defaults, "tags"));
    sk_tags_merge(compile, sign_in.tags, manifest, "/spec/tags",
                  json_object_get(manifest->spec, "tags"));
    sign_in.request = (struct sk_role_request){
        .manifest = manifest,
        .domain = sign_in.domain ? sign_in.domain : &no_domain,
        .spec = sign_in.spec,
        .pointer = "/spec/role",
        .name = name,
        .owner = manifest->name,
        .tags = sign_in.tags,
    };
    if (take_way(&sign_in)) {
        check_keys(&sign_in);
        if (sign_in.way == USERS)
            check_users(&sign_in);
        emit(&sign_in);
    }
    json_decref(sign_in.tags);
    json_decref(sign_in.spec);
}

void sk_compile_sign_ins(struct sk_compile *compile)
{
    const struct sk_manifests *manifests = compile->manifests;
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "SignIn") == 0 && sk_compile_counts(compile, manifest))
            compile_sign_in(compile, manifest);
    }
}
