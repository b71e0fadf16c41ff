/* Execution roles: trust, policies, boundary. Teams and the default roles of domains are made
 * alike; what differs is in struct sk_role_request. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/grammar.h"
#include "blueprint/names.h"
#include "policy/document.h"
#include "policy/template.h"

/* Longest names (IAM API reference, CreateRole and CreatePolicy). */
#define ROLE_NAME_MAX    64
#define POLICY_NAME_MAX  128
/* Most managed policies of one role, with the quota raised (aws-api.md 17.1). */
#define ATTACHED_MAX     25
#define DEFAULT_BOUNDARY "/spec/defaults/permissionsBoundary"

struct role {
    struct sk_compile *compile;
    const struct sk_role_request *request;
    const struct sk_account *account;
    bool checking;    /* the domain is not known: look for faults, make nothing */
    const char *path; /* borrowed */
    char *arn;        /* owned */
    json_t *fixed;    /* owned: parameters that cannot be given */
    json_t *values;   /* owned: parameters, implicit ones included */
    json_t *known;    /* owned: {parameter: true} that some template knows */
    json_t *attached; /* owned: [ARN] */
    json_t *edges;    /* owned: [address] */
    json_t *trust;    /* owned */
};

static char *place(const struct role *role, const char *rest)
{
    return sk_xasprintf("%s/%s", role->request->pointer, rest);
}

static const json_t *spec_of(const struct role *role, const char *key)
{
    return json_object_get(role->request->spec, key);
}

/* What the organization's defaults say when the role does not. */
static const json_t *spec_or_default(const struct role *role, const char *key)
{
    const json_t *value = spec_of(role, key);
    return value ? value : json_object_get(role->compile->defaults, key);
}

/* Parameters that are always there and cannot be given. */
static json_t *fixed_parameters(const struct role *role)
{
    const struct sk_role_request *request = role->request;
    const struct sk_blueprint *blueprint = role->compile->blueprint;
    json_t *values =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "organization",
                  blueprint->organization, "accountName", role->account->name, "account",
                  role->account->id, "partition", role->account->partition, "region",
                  request->domain->region, "domain", request->domain->name, "roleName",
                  request->name, "roleArn", role->arn, "iamPath", blueprint->iam_path);
    if (request->team)
        json_object_set_new(values, "team", json_string(request->team));
    return values;
}

/* Parameters that hold unless others are given: a team may pass the roles it has declared. New. */
static json_t *default_parameters(const struct role *role)
{
    json_t *defaults =
        role->request->defaults ? json_copy((json_t *)role->request->defaults) : json_object();
    if (role->request->team && !json_object_get(defaults, "passRoles"))
        json_object_set_new(defaults, "passRoles", json_pack("[s]", role->arn));
    return defaults;
}

static void take_parameters(struct role *role)
{
    role->fixed = fixed_parameters(role);
    json_auto_t *defaults = default_parameters(role);
    role->values = sk_compile_parameters(role->compile, role->request, role->fixed, defaults);
}

static const char *policy_description(const struct role *role, const char *policy)
{
    if (!sk_grammar_template(policy))
        return NULL;
    const struct sk_template *template_ = role->compile->opts->find_template
                                              ? role->compile->opts->find_template(policy, NULL)
                                              : sk_template_shipped(policy, NULL);
    return template_ ? sk_template_description(template_) : NULL;
}

/* Names are made from names that are each short enough: together they may not be. */
static void check_name(const struct role *role, const char *noun, const char *name, size_t max,
                       const char *pointer)
{
    if (strlen(name) > max)
        sk_manifest_fault(role->request->manifest, pointer, role->compile->diagnostics,
                          SK_DIAGNOSTIC_TOO_LARGE,
                          "the %s name '%s' has %zu characters; expected at most %zu", noun, name,
                          strlen(name), max);
}

static void emit_policy(struct role *role, const char *policy, const char *pointer,
                        json_t *document)
{
    sk_auto(sk_freep) char *name = sk_policy_name(role->request->owner, policy);
    const char *path = role->compile->blueprint->iam_path;
    check_name(role, "policy", name, POLICY_NAME_MAX, pointer);
    if (role->checking) {
        json_decref(document);
        return;
    }
    json_t *body =
        json_pack("{s:s, s:s, s:s*, s:o}", "PolicyName", name, "Path", path, "Description",
                  policy_description(role, policy), "PolicyDocument", document);
    const struct sk_emit emit = {
        .kind = "iam_policy",
        .account = role->account,
        .name = name,
        .manifest = role->request->manifest,
        .pointer = pointer,
        .tags = role->request->tags,
    };
    const struct sk_document *emitted = sk_compile_emit(role->compile, &emit, body);
    if (!emitted)
        return;
    sk_auto(sk_freep) char *arn = sk_compile_arn(role->account, "policy", path, name);
    json_array_append_new(role->attached, json_string(arn));
    json_array_append_new(role->edges, json_string(emitted->address));
    sk_compile_policy_source(role->compile, role->request, policy, pointer, emitted->address);
}

/* Whether a rendered document fits; sizes depend on account and region through its parameters. */
static bool check_size(const struct role *role, const char *what, const char *pointer, size_t size,
                       enum sk_policy_use use)
{
    if (size <= sk_policy_size_limit(use))
        return true;
    sk_manifest_fault(
        role->request->manifest, pointer, role->compile->diagnostics, SK_DIAGNOSTIC_TOO_LARGE,
        "%s: %zu characters as rendered for account '%s' in %s; expected at most %zu", what, size,
        role->account->name, role->request->domain->region, sk_policy_size_limit(use));
    return false;
}

static void make_policies(struct role *role)
{
    sk_auto(sk_freep) char *list = place(role, "policies");
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)role->request->policies, index, entry)
    {
        const char *policy = json_string_value(entry);
        sk_auto(sk_freep) char *pointer = sk_xasprintf("%s/%zu", list, index);
        const struct sk_policy_entry described = {
            .policy = policy, .pointer = pointer, .use = SK_POLICY_MANAGED};
        json_t *document = policy ? sk_compile_policy(role->compile, role->request, &described,
                                                      role->values, role->known)
                                  : NULL;
        if (!document)
            continue;
        sk_auto(sk_freep) char *what = sk_xasprintf("policy '%s'", policy);
        if (check_size(role, what, pointer, sk_policy_size(document, SK_POLICY_MANAGED),
                       SK_POLICY_MANAGED))
            emit_policy(role, policy, pointer, document);
        else
            json_decref(document);
    }
}

/* Whether the policy is AWS's own or the account's, of the right partition. */
static bool check_policy_arn(const struct role *role, const char *arn, const char *pointer)
{
    sk_auto(sk_freep) char *own =
        sk_xasprintf("arn:%s:iam::%s:policy/", role->account->partition, role->account->id);
    sk_auto(sk_freep) char *aws = sk_xasprintf("arn:%s:iam::aws:policy/", role->account->partition);
    if (sk_text_starts_with(arn, own) || sk_text_starts_with(arn, aws))
        return true;
    sk_manifest_fault(role->request->manifest, pointer, role->compile->diagnostics,
                      SK_DIAGNOSTIC_CONFLICT,
                      "'%s' cannot be used in account '%s'; expected an ARN that starts with '%s' "
                      "or '%s'",
                      arn, role->account->name, own, aws);
    return false;
}

static void take_managed_arns(struct role *role)
{
    sk_auto(sk_freep) char *list = place(role, "managedPolicyArns");
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)spec_of(role, "managedPolicyArns"), index, entry)
    {
        const char *arn = json_string_value(entry);
        if (!arn || role->checking)
            continue;
        sk_auto(sk_freep) char *pointer = sk_xasprintf("%s/%zu", list, index);
        /* It opens every profile and every bucket named "sagemaker": nothing else would hold. */
        if (sk_text_ends_with(arn, ":aws:policy/AmazonSageMakerFullAccess"))
            sk_manifest_fault(role->request->manifest, pointer, role->compile->diagnostics,
                              SK_DIAGNOSTIC_RESERVED,
                              "AmazonSageMakerFullAccess undoes the isolation of teams; expected "
                              "the studio templates");
        else if (check_policy_arn(role, arn, pointer))
            json_array_append(role->attached, entry);
    }
    if (json_array_size(role->attached) > ATTACHED_MAX)
        sk_manifest_fault(role->request->manifest, role->request->pointer,
                          role->compile->diagnostics, SK_DIAGNOSTIC_TOO_LARGE,
                          "%zu managed policies; expected at most %d",
                          json_array_size(role->attached), ATTACHED_MAX);
}

static json_t *make_inline_policies(struct role *role)
{
    sk_auto(sk_freep) char *map = place(role, "inlinePolicies");
    json_t *documents = json_object();
    size_t size = 0;
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)spec_of(role, "inlinePolicies"), name, entry)
    {
        sk_auto(sk_freep) char *pointer = sk_pointer_join(map, name);
        const struct sk_policy_entry described = {
            .policy = json_string_value(entry), .pointer = pointer, .use = SK_POLICY_INLINE};
        json_t *document =
            sk_compile_policy(role->compile, role->request, &described, role->values, role->known);
        if (!document)
            continue;
        size += sk_policy_size(document, SK_POLICY_INLINE);
        json_object_set_new(documents, name, document);
        if (role->checking)
            continue;
        sk_auto(sk_freep) char *address =
            sk_address_format("iam_role", role->account->name, NULL, role->request->name);
        sk_auto(sk_freep) char *key = sk_xasprintf("%s#%s", address, name);
        sk_compile_policy_source(role->compile, role->request, json_string_value(entry), pointer,
                                 key);
    }
    /* Said once: the kind's own check would say it again. */
    if (!check_size(role, "the inline policies together", map, size, SK_POLICY_INLINE))
        json_object_clear(documents);
    return documents;
}

/* Who may become the role: SageMaker, for this account only. */
static json_t *make_trust(const struct role *role)
{
    if (role->request->trust)
        return json_incref((json_t *)role->request->trust);
    json_t *actions = json_pack("[s]", "sts:AssumeRole");
    if (role->request->domain->source_identity)
        json_array_append_new(actions, json_string("sts:SetSourceIdentity"));
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:o, s:{s:{s:s}}}]}", "Version", "2012-10-17",
                     "Statement", "Effect", "Allow", "Principal", "Service",
                     "sagemaker.amazonaws.com", "Action", actions, "Condition", "StringEquals",
                     "aws:SourceAccount", role->account->id);
}

/* The trust policy, linted (one that was given is linted already) and measured. New. */
static json_t *checked_trust(const struct role *role)
{
    const struct sk_policy_source source = {.name = "trust policy",
                                            .pointer = role->request->pointer};
    json_t *trust = make_trust(role);
    if (!role->request->trust)
        sk_compile_lint(role->compile, role->request, &source, trust, SK_POLICY_TRUST);
    (void)check_size(role, "the trust policy", role->request->pointer,
                     sk_policy_size(trust, SK_POLICY_TRUST), SK_POLICY_TRUST);
    return trust;
}

/* The policy of the guardrail that the role names; the role comes after it. New. */
static json_t *guardrail_boundary(const struct role *role, const char *name)
{
    bool own = spec_of(role, "permissionsBoundary") != NULL;
    sk_auto(sk_freep) char *pointer =
        own ? place(role, "permissionsBoundary") : sk_xstrdup(DEFAULT_BOUNDARY);
    const struct sk_boundary_reference reference = {
        .manifest = own ? role->request->manifest : role->compile->organization,
        .pointer = pointer,
        .name = name,
        .account = role->account,
    };
    sk_auto(sk_freep) char *address = NULL;
    sk_auto(sk_freep) char *arn =
        name ? sk_compile_boundary(role->compile, &reference, &address) : NULL;
    if (!arn)
        return NULL;
    json_array_append_new(role->edges, json_string(address));
    return json_string(arn);
}

/* The boundary as an ARN, JSON null to remove it, NULL when it is not ours. New. */
static json_t *make_boundary(const struct role *role)
{
    const json_t *value = spec_or_default(role, "permissionsBoundary");
    if (!value)
        return NULL;
    if (json_is_null(value))
        return json_null();
    const char *text = json_string_value(value);
    if (!text)
        return guardrail_boundary(role, sk_json_text(value, "guardrail"));
    if (sk_text_starts_with(text, "arn:")) {
        sk_auto(sk_freep) char *pointer = place(role, "permissionsBoundary");
        return check_policy_arn(role, text, pointer) ? json_string(text) : NULL;
    }
    sk_auto(sk_freep) char *arn = sk_compile_arn(role->account, "policy", "/", text);
    return json_string(arn);
}

static void check_path(const struct role *role)
{
    const char *iam_path = role->compile->blueprint->iam_path;
    if (sk_text_starts_with(role->path, iam_path))
        return;
    sk_auto(sk_freep) char *pointer = place(role, "path");
    sk_manifest_fault(role->request->manifest, pointer, role->compile->diagnostics,
                      SK_DIAGNOSTIC_CONFLICT,
                      "'%s' lies outside of the organization's IAM path; expected a path that "
                      "starts with '%s'",
                      role->path, iam_path);
}

/* The controller must not manage the role it works as. */
static void check_own_role(const struct role *role, const char *pointer)
{
    const struct sk_blueprint *blueprint = role->compile->blueprint;
    const struct sk_blueprint_access *access =
        &blueprint->access[role->account - blueprint->accounts.items];
    const char *slash = access->role_arn ? strrchr(access->role_arn, '/') : NULL;
    if (slash && strcasecmp(slash + 1, role->request->name) == 0)
        sk_manifest_fault(role->request->manifest, pointer, role->compile->diagnostics,
                          SK_DIAGNOSTIC_RESERVED,
                          "'%s' is the role that sagekeeper itself assumes in account '%s'; "
                          "expected another name",
                          role->request->name, role->account->name);
}

static int compare_arns(const void *left, const void *right)
{
    return strcmp(json_string_value(*(json_t *const *)left),
                  json_string_value(*(json_t *const *)right));
}

/* A sorted copy: the order of declaration means nothing to AWS. New. */
static json_t *sorted_texts(const json_t *texts)
{
    size_t count = json_array_size(texts);
    json_t **items = sk_xcalloc(count + 1, sizeof(json_t *));
    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(texts, i);
    qsort(items, count, sizeof(json_t *), compare_arns);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted, items[i]);
    free(items);
    return sorted;
}

static void emit_role(struct role *role, json_t *inline_policies)
{
    const struct sk_role_request *request = role->request;
    if (role->checking || request->policies_only) {
        json_decref(inline_policies);
        return;
    }
    sk_auto(sk_freep) char *name_place = place(role, "name");
    check_name(role, "role", request->name, ROLE_NAME_MAX, name_place);
    check_own_role(role, name_place);
    json_t *body = json_pack(
        "{s:s, s:s, s:O*, s:O*, s:o, s:o*, s:o, s:o}", "RoleName", request->name, "Path",
        role->path, "Description", spec_of(role, "description"), "MaxSessionDuration",
        spec_or_default(role, "sessionDuration"), "AssumeRolePolicyDocument",
        json_incref(role->trust), "PermissionsBoundary", make_boundary(role),
        "AttachedManagedPolicies", sorted_texts(role->attached), "InlinePolicies", inline_policies);
    const struct sk_emit emit = {
        .kind = "iam_role",
        .account = role->account,
        .name = request->name,
        .manifest = request->manifest,
        .pointer = name_place,
        .tags = request->tags,
        .flags = json_is_true(spec_of(role, "adopt")) ? SK_DOCUMENT_ADOPT : 0,
    };
    struct sk_document *document = sk_compile_emit(role->compile, &emit, body);
    json_auto_t *edges = sorted_texts(role->edges);
    size_t index;
    json_t *edge;
    json_array_foreach(edges, index, edge)
    {
        if (document)
            sk_document_add_edge(document, json_string_value(edge));
    }
}

/* Stands in for the account of a domain that is not known. */
static const struct sk_account nowhere = {
    .name = "?", .id = "000000000000", .partition = "aws", .home_region = "us-east-1"};

char *sk_compile_role(struct sk_compile *compile, const struct sk_role_request *request,
                      char **address)
{
    struct role role = {
        .compile = compile,
        .request = request,
        .account = request->domain->account ? request->domain->account : &nowhere,
        .checking = !request->domain->account,
        .known = json_object(),
        .attached = json_array(),
        .edges = json_array(),
    };
    const char *path = json_string_value(spec_of(&role, "path"));
    role.path = path ? path : compile->blueprint->iam_path;
    role.arn = sk_compile_arn(role.account, "role", role.path, request->name);
    check_path(&role);
    take_parameters(&role);
    make_policies(&role);
    if (request->arns)
        json_array_extend(request->arns, role.attached);
    take_managed_arns(&role);
    if (!request->policies_only)
        role.trust = checked_trust(&role);
    json_t *inline_policies = make_inline_policies(&role);
    sk_compile_check_unused(compile, request, role.fixed, role.known);
    sk_compile_check_accepts(compile, request);
    emit_role(&role, inline_policies);
    *address = sk_address_format("iam_role", role.account->name, NULL, request->name);
    json_decref(role.fixed);
    json_decref(role.values);
    json_decref(role.known);
    json_decref(role.attached);
    json_decref(role.edges);
    json_decref(role.trust);
    return role.arn;
}
