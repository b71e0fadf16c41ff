/* Each statement of the shipped templates is there for a property of `verify`: widened or taken away,
 * some property turns violated or unknown. What may go unnoticed is in verify_redundant.json, with the
 * reason; what is listed there and noticed after all is an error too.
 *
 * Mutants of an Allow, which somebody of a team holds and nothing else: each condition dropped
 * ("Sid/Operator/Key"), the resources widened to all ("Sid/Resource"), the actions to all of their
 * services ("Sid/Action"). Mutants of a Deny, as a guardrail that still says what the template says:
 * the statement taken away ("Sid"), and each negated condition met by requests without the key only
 * ("Sid/Operator/Key").
 *
 * SK_EVERY in the environment: of so many mutants one is tried, 1 for all (script/soak). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/operator.h"
#include "policy/template.h"
#include "verify_fixture.h"

#define DEFAULT_EVERY 5

/* ---- where a template is used ---- */

enum use {
    USE_TEAM,    /* a role of a team, in Studio and by itself */
    USE_SIGN_IN, /* the policy of a role that people sign in with */
    USE_USERS,   /* the policy of IAM users */
    USE_TRUST,   /* the trust policy of such a role */
    USE_NONE,    /* of nobody whom the properties are about */
};

static const struct {
    const char *prefix;
    enum use use;
} uses[] = {
    {"own-profile-only-federated", USE_SIGN_IN},
    {"own-profile-only-user", USE_USERS},
    {"persona-data-scientist", USE_SIGN_IN},
    {"persona-ml-engineer", USE_SIGN_IN},
    {"persona-ml-admin", USE_NONE}, /* administrators set Studio up */
    {"sign-in-trust", USE_TRUST},
};

static enum use use_of(const char *name)
{
    for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
        if (sk_text_starts_with(name, uses[i].prefix))
            return uses[i].use;
    }
    return USE_TEAM;
}

/* A version with a later one is no longer offered. */
static bool is_superseded(const char *name)
{
    size_t length = strcspn(name, "@") + 1;
    for (size_t i = 0; sk_template_shipped_name(i); i++) {
        const char *other = sk_template_shipped_name(i);
        if (strncmp(other, name, length) == 0 && atoi(other + length) > atoi(name + length))
            return true;
    }
    return false;
}

static json_t *rendered(const char *name)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const char *text = sk_template_shipped_cases(name);
    json_auto_t *cases = sk_json_parse(text, strlen(text), name, &err);
    json_t *document = NULL;
    ASSERT_OK(sk_template_render(sk_template_shipped(name, &err),
                                 json_object_get(cases, "parameters"), false, &document, &err),
              &err);
    return document;
}

/* ---- worlds ---- */

static json_t *sign_in_trust(void)
{
    return estate_policy(
        estate_json("[{'Effect': 'Allow', 'Principal': {'Federated': 'arn:aws:iam::" ESTATE_ACCOUNT
                    ":saml-provider/idp'}, 'Action': ['sts:AssumeRoleWithSAML', 'sts:TagSession'], "
                    "'Condition': {'StringLike': {'aws:RequestTag/studiouserid': '?*'}}}]"));
}

/* Tagged as a person, so that a session without a name is somebody. */
static void add_sign_in(json_t *world, const char *team, json_t *policy, json_t *trust)
{
    json_t *role = estate_role(team, policy, NULL);
    json_object_set_new(role, "AssumeRolePolicyDocument", trust);
    json_array_append_new(json_object_get(role, "Tags"),
                          estate_json("{'Key': 'studiouserid', 'Value': 'alice'}"));
    estate_add(world, "iam_role/dev/global/sign-in", role);
}

static void add_team(json_t *world, json_t *policy)
{
    json_t *role = estate_role("fraud", policy, NULL);
    json_array_append_new(json_object_get(role, "Tags"),
                          estate_json("{'Key': 'Project', 'Value': 'cards'}"));
    estate_add(world, "iam_role/dev/global/fraud-training", role);
    estate_add(world, "iam_role/dev/global/fraud", estate_role("fraud", NULL, NULL));
    estate_add(world, "sagemaker_domain/dev/us-east-1/Studio", json_object());
    estate_add(world, "sagemaker_user_profile/dev/us-east-1/Studio/alice-fraud",
               estate_json("{'UserSettings': {'ExecutionRole': '" ESTATE_ROLE "fraud-training'}}"));
}

/* The report on a world in which `document` is used as the template is. */
static json_t *ask_allows(const char *name, json_t *document)
{
    json_auto_t *world = json_object();
    json_auto_t *teams = estate_json("[{'name': 'pricing', 'buckets': ['pricing-data'], "
                                     "'bucketPolicies': {'pricing-data': null}}]");
    json_auto_t *users =
        estate_json("[{'name': 'staff', 'type': 'users', 'account': 'dev', 'policies': "
                    "['arn:aws:iam::" ESTATE_ACCOUNT ":policy/staff']}]");
    enum use use = use_of(name);
    estate_add(world, "iam_role/dev/global/pricing", estate_role("pricing", NULL, NULL));
    json_incref(document);
    if (use == USE_TEAM)
        add_team(world, document);
    else if (use == USE_SIGN_IN)
        add_sign_in(world, sk_text_starts_with(name, "persona-") ? "fraud" : NULL, document,
                    sign_in_trust());
    else if (use == USE_TRUST)
        add_sign_in(world, NULL, rendered("own-profile-only-federated@1"), document);
    else
        estate_add(world, "iam_policy/dev/global/staff",
                   json_pack("{s:s, s:o}", "Path", "/", "PolicyDocument", document));
    return estate_verify(world, &(struct sk_verify_opts){
                                    .teams = teams, .sign_ins = use == USE_USERS ? users : NULL});
}

static json_t *ask_denies(const json_t *says, json_t *document)
{
    json_auto_t *world = json_object();
    json_auto_t *rows = json_pack("[{s:s, s:s, s:O, s:O}]", "name", "template", "type", "scp",
                                  "document", document, "says", says);
    add_team(world, NULL);
    return estate_verify(world, &(struct sk_verify_opts){.guardrails = rows});
}

static bool is_noticed(const json_t *report)
{
    for (int i = 1; i < SK_PROPERTY_COUNT; i++) {
        const char *outcome = sk_json_text(estate_property(report, (enum sk_property)i), "outcome");
        if (strcmp(outcome, "violated") == 0 || strcmp(outcome, "unknown") == 0)
            return true;
    }
    return false;
}

/* ---- mutants ---- */

struct run {
    const char *name;
    const json_t *original;  /* the rendered template */
    const json_t *redundant; /* {PART: reason}; may be NULL */
    json_t *listed;          /* owned: the parts of `redundant` that exist */
    struct sk_buffer wrong;
    unsigned every, number, tried;
};

/* Takes the document. */
static void try_mutant(struct run *run, const char *part, bool allows, json_t *document)
{
    bool redundant = json_object_get(run->redundant, part) != NULL;
    if (redundant)
        json_object_set_new(run->listed, part, json_true());
    if (run->number++ % run->every == 0) {
        json_auto_t *report =
            allows ? ask_allows(run->name, document) : ask_denies(run->original, document);
        bool noticed = is_noticed(report);
        run->tried++;
        if (noticed == redundant)
            sk_buffer_addf(&run->wrong, "%s: '%s' %s\n", run->name, part,
                           redundant ? "is listed as redundant, and is noticed" : "is not noticed");
    }
    json_decref(document);
}

static json_t *statements_of(json_t *document)
{
    return json_object_get(document, "Statement");
}

static json_t *copy_of(const struct run *run, size_t number, json_t **statement)
{
    json_t *copy = json_deep_copy(run->original);
    *statement = json_array_get(statements_of(copy), number);
    return copy;
}

static void drop_condition(struct run *run, size_t number, const char *part, const char *operator_,
                           const char *key)
{
    json_t *statement;
    json_t *copy = copy_of(run, number, &statement);
    json_t *condition = json_object_get(statement, "Condition");
    json_object_del(json_object_get(condition, operator_), key);
    if (json_object_size(json_object_get(condition, operator_)) == 0)
        json_object_del(condition, operator_);
    try_mutant(run, part, true, copy);
}

static void want_key(struct run *run, size_t number, const char *part, const char *operator_,
                     const char *key)
{
    struct sk_operator read;
    json_t *statement;
    if (!sk_operator_parse(operator_, &read) || !read.negated ||
        strcasecmp(key, "aws:PrincipalArn") == 0) /* says for whom, and is always there */
        return;
    json_t *copy = copy_of(run, number, &statement);
    json_t *condition = json_object_get(statement, "Condition");
    if (!json_object_get(condition, "Null"))
        json_object_set_new(condition, "Null", json_object());
    json_object_set_new(json_object_get(condition, "Null"), key, json_string("false"));
    try_mutant(run, part, false, copy);
}

static void try_conditions(struct run *run, size_t number, const char *sid, bool allows)
{
    const json_t *statement = json_array_get(json_object_get(run->original, "Statement"), number);
    const char *operator_;
    const char *key;
    json_t *keys;
    json_t *values;
    json_object_foreach(json_object_get(statement, "Condition"), operator_, keys)
    {
        json_object_foreach(keys, key, values)
        {
            sk_auto(sk_freep) char *part = sk_xasprintf("%s/%s/%s", sid, operator_, key);
            if (allows)
                drop_condition(run, number, part, operator_, key);
            else
                want_key(run, number, part, operator_, key);
        }
    }
}

/* Each action becomes all of its service. */
static json_t *whole_services(const json_t *actions)
{
    json_auto_t *list = json_is_array(actions) ? json_incref((json_t *)actions)
                                               : json_pack("[O]", (json_t *)actions);
    json_t *out = json_array();
    size_t index;
    json_t *action;
    json_array_foreach(list, index, action)
    {
        const char *text = json_string_value(action);
        json_array_append_new(out, json_sprintf("%.*s:*", (int)strcspn(text, ":"), text));
    }
    return out;
}

static void try_statement(struct run *run, size_t number)
{
    json_t *statement = json_array_get(json_object_get(run->original, "Statement"), number);
    const char *sid = sk_json_text(statement, "Sid");
    bool allows = strcmp(sk_json_text(statement, "Effect"), "Allow") == 0;
    try_conditions(run, number, sid, allows);
    if (!allows) {
        json_t *copy = json_deep_copy(run->original);
        json_array_remove(statements_of(copy), number);
        try_mutant(run, sid, false, copy);
        return;
    }
    const json_t *resource = json_object_get(statement, "Resource");
    json_t *mutant;
    if (resource && !sk_text_equal(json_string_value(resource), "*")) {
        sk_auto(sk_freep) char *part = sk_xasprintf("%s/Resource", sid);
        json_t *copy = copy_of(run, number, &mutant);
        json_object_set_new(mutant, "Resource", json_string("*"));
        try_mutant(run, part, true, copy);
    }
    sk_auto(sk_freep) char *part = sk_xasprintf("%s/Action", sid);
    json_t *copy = copy_of(run, number, &mutant);
    json_object_set_new(mutant, "Action", whole_services(json_object_get(statement, "Action")));
    try_mutant(run, part, true, copy);
}

/* ---- the run ---- */

static void check_unchanged(struct run *run, json_t *document)
{
    json_auto_t *allows = ask_allows(run->name, document);
    json_auto_t *denies = ask_denies(document, document);
    if (is_noticed(allows) || is_noticed(denies))
        sk_buffer_addf(&run->wrong, "%s: as it is, a property does not hold\n", run->name);
}

/* Each entry of the list is about a mutant that exists. */
static void check_list(struct run *run)
{
    const char *part;
    json_t *reason;
    json_object_foreach((json_t *)run->redundant, part, reason)
    {
        if (!json_object_get(run->listed, part) || !*json_string_value(reason))
            sk_buffer_addf(&run->wrong, "%s: '%s' is listed, and there is no such part\n",
                           run->name, part);
    }
}

static void try_template(struct run *run)
{
    json_auto_t *document = rendered(run->name);
    run->original = document;
    run->listed = json_object();
    if (run->every == 1 || run->number % run->every == 0)
        check_unchanged(run, document);
    for (size_t i = 0; i < json_array_size(statements_of(document)); i++)
        try_statement(run, i);
    check_list(run);
    json_decref(run->listed);
}

static void test_each_part_is_noticed(void **state)
{
    (void)state;
    const char *every = getenv("SK_EVERY");
    struct run run = {.every = every ? (unsigned)strtoul(every, NULL, 10) : DEFAULT_EVERY};
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    ASSERT_OK(sk_file_read(SK_SOURCE_DIR "/tests/unit/verify_redundant.json", 65536, &text, &length,
                           &err),
              &err);
    json_auto_t *redundant = sk_json_parse(text, length, "verify_redundant.json", &err);
    assert_non_null(redundant);
    for (size_t i = 0; sk_template_shipped_name(i); i++) {
        run.name = sk_template_shipped_name(i);
        run.redundant = json_object_get(redundant, run.name);
        if (!is_superseded(run.name) && use_of(run.name) != USE_NONE)
            try_template(&run);
        else if (run.redundant)
            sk_buffer_addf(&run.wrong, "%s is listed, and not tried\n", run.name);
    }
    printf("mutants: %u, tried: %u\n", run.number, run.tried);
    assert_true(run.tried > 0);
    if (run.wrong.length > 0) {
        printf("%s", sk_buffer_text(&run.wrong)); /* a message of cmocka's is cut off */
        sk_buffer_done(&run.wrong);
        fail_msg("not as the list says");
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_part_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
