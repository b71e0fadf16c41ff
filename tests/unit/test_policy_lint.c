/* lib/policy: the lint. JSON is written with single quotes here. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "policy/lint.h"
#include "policy/template.h"

#define DOCUMENT(statements)      "{'Version':'2012-10-17','Statement':[" statements "]}"
#define ALLOW(action, rest)       "{'Effect':'Allow','Action':'" action "'," rest "}"
#define DENY(action, rest)        "{'Effect':'Deny','Action':'" action "'," rest "}"
#define ALL                       "'Resource':'*'"
#define IF(operator_, key, value) ",'Condition':{'" operator_ "':{'" key "':" value "}}"

struct row {
    const char *name;
    enum sk_policy_use use;
    const char *document;
    const char *ids; /* all findings in order, joined by blanks */
};

static const struct row rows[] = {
    {"nothing to say", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/*'")), ""},
    {"grammar", SK_POLICY_MANAGED, DOCUMENT("{'Effect':'Allow'}"), "grammar grammar"},
    {"misspelt service", SK_POLICY_MANAGED, DOCUMENT(ALLOW("sagemakr:CreateApp", ALL)),
     "unknown-service"},
    {"misspelt action", SK_POLICY_MANAGED, DOCUMENT(DENY("sagemaker:CreateDomian", ALL)),
     "unknown-action"},
    {"action of a service that is only named", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("a2c:Whatever", ALL)), ""},
    {"retired service", SK_POLICY_MANAGED, DOCUMENT(ALLOW("elastic-inference:Connect", ALL)), ""},
    {"pattern without action", SK_POLICY_MANAGED, DOCUMENT(ALLOW("sagemaker:Creat3*", ALL)),
     "empty-pattern"},
    {"A3: List on an ARN", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:ListApps", "'Resource':'arn:aws:sagemaker:*:*:app/*'")),
     "grants-nothing"},
    {"A3: List pattern on an ARN", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("ec2:DescribeSub*", "'Resource':'arn:aws:ec2:*:*:subnet/*'")),
     "grants-nothing"},
    {"A3: most of List on ARNs", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:List*", "'Resource':'arn:aws:sagemaker:*:*:*/*'")),
     "grants-nothing"},
    {"all of a service that fits", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("ec2:*", "'Resource':'arn:aws:ec2:*:*:subnet/*'" IF(
                                 "StringEquals", "aws:RequestedRegion", "'eu-west-1'"))),
     ""},
    {"half of a pattern that fits", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("kms:List*", "'Resource':'arn:aws:kms:*:*:key/*'")), ""},
    {"action on another type", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b'")), "grants-nothing"},
    {"action on its type with variables", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/${aws:username}/*'")), ""},
    {"B8: old spelling of a key", SK_POLICY_SCP,
     DOCUMENT(DENY("sagemaker:CreateEndpointConfig",
                   ALL IF("Null", "sagemaker:VolumeKmsKey", "'true'"))),
     "unknown-condition-key"},
    {"key of another action", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:DeleteModel", ALL IF("StringEquals", "aws:RequestTag/Team", "'a'"))),
     "unset-condition-key"},
    {"key of a listing", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:List*", ALL IF("StringEquals", "aws:RequestTag/Team", "'a'"))),
     "unset-condition-key"},
    {"key of some of a pattern", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:Create*Job", ALL IF("StringEquals", "aws:RequestTag/Team", "'a'"))),
     ""},
    {"key of a token", SK_POLICY_TRUST,
     DOCUMENT("{'Effect':'Allow','Principal':{'Federated':'arn:aws:iam::111122223333:oidc-provider/"
              "id.example.com'},'Action':'sts:AssumeRoleWithWebIdentity','Condition':{'"
              "StringEquals':{'id.example.com:aud':'x'}}}"),
     ""},
    {"several values without set operator", SK_POLICY_SCP,
     DOCUMENT(DENY("sagemaker:CreateApp",
                   ALL IF("StringNotLike", "sagemaker:InstanceTypes", "['system']"))),
     "missing-set-operator"},
    {"set operator on one value", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:ListBucket",
                    "'Resource':'arn:aws:s3:::b'" IF("ForAllValues:StringLike", "aws:PrincipalArn",
                                                     "'arn:aws:iam::111122223333:user/admin'"))),
     "needless-set-operator"},
    {"ForAllValues without check", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("ec2:CreateTags", ALL IF("ForAllValues:StringEquals", "aws:TagKeys", "['a']"))),
     "missing-null-check"},
    {"ForAllValues with check", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("ec2:CreateTags", ALL ",'Condition':{'ForAllValues:StringEquals':{'aws:TagKeys'"
                                          ":['a']},'Null':{'aws:TagKeys':'false'}}")),
     ""},
    {"MFA by Bool", SK_POLICY_MANAGED,
     DOCUMENT(DENY("iam:CreateUser", ALL IF("Bool", "aws:MultiFactorAuthPresent", "'false'"))),
     "missing-null-check"},
    {"B3: allow with negation", SK_POLICY_MANAGED,
     DOCUMENT(
         ALLOW("sagemaker:DescribeApp", ALL IF("StringNotEquals", "aws:PrincipalTag/x", "'y'"))),
     "negated-allow"},
    {"B2: one deny for three", SK_POLICY_SCP,
     DOCUMENT(
         DENY("sagemaker:CreateDomain",
              ALL ",'Condition':{'StringNotEquals':{'sagemaker:AppNetworkAccessType':'VpcOnly'},'"
                  "Null':{'sagemaker:VpcSubnets':'true','sagemaker:VpcSecurityGroupIds':'true'}}")),
     "joint-deny"},
    {"B2: the public spelling and no subnets", SK_POLICY_SCP,
     DOCUMENT(DENY("sagemaker:CreateDomain",
                   ALL ",'Condition':{'StringEquals':{'sagemaker:AppNetworkAccessType':'"
                       "PublicInternetOnly'},'Null':{'sagemaker:VpcSubnets':'true'}}")),
     "joint-deny"},
    {"deny with an exception", SK_POLICY_SCP,
     DOCUMENT(DENY("sagemaker:CreateDomain",
                   ALL ",'Condition':{'StringNotEquals':{'sagemaker:AppNetworkAccessType':'VpcOnly'"
                       "},'ArnNotLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/admin'}}")),
     ""},
    {"A3: tagging at will", SK_POLICY_MANAGED, DOCUMENT(ALLOW("sagemaker:AddTags", ALL)),
     "open-tagging"},
    {"A3: tagging within a pattern", SK_POLICY_MANAGED, DOCUMENT(ALLOW("sagemaker:*Tags", ALL)),
     "open-tagging open-tagging"},
    {"A3: tagging with the own tag is no check of the old one", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:AddTags",
                    ALL IF("StringEquals", "aws:RequestTag/Team", "'${aws:PrincipalTag/Team}'"))),
     "open-tagging"},
    {"tagging on creation", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:AddTags", ALL IF("Null", "sagemaker:TaggingAction", "'false'"))),
     ""},
    {"A3: tagging of what exists only", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:AddTags", ALL IF("Null", "sagemaker:TaggingAction", "'true'"))),
     "open-tagging"},
    {"A3: apps of everyone", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:DeleteApp", "'Resource':'arn:aws:sagemaker:*:*:app/*'")),
     "open-app"},
    {"A3: apps without owner are those of all profiles", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreateApp", "'Resource':'arn:aws:sagemaker:*:*:app/*'" IF(
                                               "Null", "sagemaker:OwnerUserProfileArn", "'true'"))),
     "open-app"},
    {"A4: any profile", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreatePresignedDomainUrl", ALL)), "open-app"},
    {"A4: own profile", SK_POLICY_MANAGED,
     DOCUMENT(
         ALLOW("sagemaker:CreatePresignedDomainUrl",
               ALL IF("StringEquals", "sagemaker:ResourceTag/studiouserid", "'${aws:username}'"))),
     ""},
    {"A4: any profile that is tagged", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreatePresignedDomainUrl",
                    ALL IF("StringLike", "sagemaker:ResourceTag/studiouserid", "'?*'"))),
     "open-app"},
    {"A4: any profile of the team", SK_POLICY_MANAGED,
     DOCUMENT(
         ALLOW("sagemaker:CreatePresignedDomainUrl",
               ALL IF("StringEquals", "sagemaker:ResourceTag/Team", "'${aws:PrincipalTag/Team}'"))),
     "open-app"},
    {"A4: profiles without the tag", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreatePresignedDomainUrl",
                    ALL IF("StringEqualsIfExists", "sagemaker:ResourceTag/studiouserid",
                           "'${aws:username}'"))),
     "open-app optional-owner"},
    {"A3: what carries no team's tag", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:DeleteModel", ALL IF("StringEqualsIfExists", "aws:ResourceTag/Team",
                                                    "'${aws:PrincipalTag/Team}'"))),
     "optional-owner"},
    {"A3: created without a team's tag", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreateModel", ALL IF("StringEqualsIfExists", "aws:RequestTag/Team",
                                                    "'${aws:PrincipalTag/Team}'"))),
     "missing-null-check"},
    {"created with the tag asked for by its key", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreateModel",
                    ALL ",'Condition':{'StringEqualsIfExists':{'aws:RequestTag/Team':'${aws:"
                        "PrincipalTag/Team}'},'ForAnyValue:StringEquals':{'aws:TagKeys':'Team'}}")),
     ""},
    {"A3: retagging what carries any team's tag", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:AddTags", ALL IF("StringLike", "aws:ResourceTag/Team", "'*'"))),
     "open-tagging"},
    {"B3: an allow for other images", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("sagemaker:CreateApp",
                    "'Resource':'arn:aws:sagemaker:*:*:app/*/${sagemaker:UserProfileName}/*'" IF(
                        "ForAnyValue:StringNotLike", "sagemaker:ImageArns", "['*:image/bad*']"))),
     "negated-allow"},
    {"B3: an allow for other images in one region", SK_POLICY_MANAGED,
     DOCUMENT("{'Effect':'Allow','Action':'sagemaker:CreateApp','Resource':'arn:aws:sagemaker:*:*:"
              "app/*/${sagemaker:UserProfileName}/*','Condition':{'ForAnyValue:StringNotLike':{'"
              "sagemaker:ImageArns':['*:image/bad*']},'StringEquals':{'aws:RequestedRegion':'eu-"
              "west-1'}}}"),
     "negated-allow"},
    {"one profile named", SK_POLICY_MANAGED,
     DOCUMENT(
         ALLOW("sagemaker:CreatePresignedDomainUrl",
               "'Resource':'arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-1/alice'")),
     ""},
    {"A3: any role", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("iam:PassRole",
                    ALL IF("StringEquals", "iam:PassedToService", "'sagemaker.amazonaws.com'"))),
     "wide-pass-role"},
    {"A3: any role by pattern", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("iam:PassRole",
                    "'Resource':'arn:aws:iam::*:role/*'" IF("StringEquals", "iam:PassedToService",
                                                            "'sagemaker.amazonaws.com'"))),
     "wide-pass-role"},
    {"A3: any role with a part of its name", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("iam:PassRole", "'Resource':'arn:aws:iam::111122223333:role/*SageMaker*'" IF(
                                        "StringLike", "iam:PassedToService", "'*'"))),
     "wide-pass-role pass-role-any-service"},
    {"roles of a path", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("iam:PassRole",
                    "'Resource':'arn:aws:iam::111122223333:role/teams/a/*'" IF(
                        "StringEquals", "iam:PassedToService", "'sagemaker.amazonaws.com'"))),
     ""},
    {"A3: any service", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("iam:PassRole", "'Resource':'arn:aws:iam::111122223333:role/x'")),
     "pass-role-any-service"},
    {"everyone may assume", SK_POLICY_TRUST,
     DOCUMENT("{'Effect':'Allow','Principal':{'AWS':'*'},'Action':'sts:AssumeRole'}"),
     "wildcard-principal"},
    {"everyone over TLS", SK_POLICY_RESOURCE,
     DOCUMENT(
         "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::b/"
         "*','Condition':{'Bool':{'aws:SecureTransport':'true'}}}"),
     "wildcard-principal"},
    {"everyone with a role", SK_POLICY_TRUST,
     DOCUMENT("{'Effect':'Allow','Principal':{'AWS':'*'},'Action':'sts:AssumeRole','Condition':{'"
              "ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/*'}}}"),
     "wildcard-principal"},
    {"everyone but", SK_POLICY_RESOURCE,
     DOCUMENT(
         "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::b/"
         "*','Condition':{'StringNotEquals':{'aws:PrincipalAccount':'111122223333'}}}"),
     "wildcard-principal negated-allow"},
    {"everyone through an endpoint", SK_POLICY_RESOURCE,
     DOCUMENT(
         "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::b/"
         "*','Condition':{'StringEquals':{'aws:SourceVpce':'vpce-1'}}}"),
     ""},
    {"an endpoint's policy gives nothing", SK_POLICY_ENDPOINT,
     DOCUMENT("{'Effect':'Allow','Principal':'*','Action':'sagemaker:*','Resource':'*'}"), ""},
    {"everyone of the organization", SK_POLICY_TRUST,
     DOCUMENT("{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole','Condition':{'"
              "StringEquals':{'aws:PrincipalOrgID':'o-x'}}}"),
     ""},
    {"all of a service", SK_POLICY_MANAGED, DOCUMENT(ALLOW("s3:*", ALL)), "wildcard-write"},
    {"a key's account", SK_POLICY_RESOURCE,
     DOCUMENT("{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111122223333:root'},'Action':"
              "'kms:*','Resource':'*'}"),
     ""},
    {"all of a key", SK_POLICY_RESOURCE,
     DOCUMENT("{'Effect':'Allow','Principal':{'AWS':['111122223333','arn:aws:iam::111122223333:"
              "role/x']},'Action':'kms:*','Resource':'*'}"),
     "wildcard-write"},
    {"all of SageMaker", SK_POLICY_MANAGED, DOCUMENT(ALLOW("sagemaker:*", ALL)),
     "open-tagging open-tagging open-app open-app open-app open-app open-app open-app open-app "
     "wildcard-write"},
    {"everything but", SK_POLICY_MANAGED,
     DOCUMENT("{'Effect':'Allow','NotAction':['iam:*','sagemaker:*'],'Resource':'*'}"),
     "allow-not-action"},
    {"SCPs may allow everything", SK_POLICY_SCP, DOCUMENT(ALLOW("*", ALL)), ""},
    {"taken back", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/*'") "," DENY("s3:Get*", ALL)),
     "unreachable-statement"},
    {"taken back in part", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:*Object", "'Resource':'arn:aws:s3:::b/*'") "," DENY("s3:Get*", ALL)), ""},
    {"taken back under condition", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/*'") "," DENY(
         "s3:Get*", ALL IF("Bool", "aws:SecureTransport", "'false'"))),
     ""},
    {"adds nothing", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/x/*'" IF(
                                        "Bool", "aws:SecureTransport",
                                        "'true'")) "," ALLOW("S3:getobject",
                                                             "'Resource':'arn:aws:s3:::b/*'")),
     "shadowed-allow"},
    {"twice the same", SK_POLICY_MANAGED,
     DOCUMENT(ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/*'") "," ALLOW(
         "s3:GetObject", "'Resource':'arn:aws:s3:::b/*'")),
     "shadowed-allow"},
    {"B10: RCPs are nothing to SageMaker", SK_POLICY_RCP,
     DOCUMENT("{'Effect':'Deny','Principal':'*','Action':['s3:GetObject','sagemaker:CreateApp'],'"
              "Resource':'*'}"),
     "rcp-without-effect"},
    {"boundary without allow", SK_POLICY_BOUNDARY, DOCUMENT(DENY("iam:*", ALL)), "empty-boundary"},
    {"variables in an old document", SK_POLICY_MANAGED,
     "{'Statement':[" ALLOW("s3:GetObject", "'Resource':'arn:aws:s3:::b/${aws:username}'") "]}",
     "version-without-variables"},
};

static json_t *json(const char *text)
{
    sk_auto(sk_freep) char *copy = sk_xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *value = json_loads(copy, 0, NULL);
    assert_non_null(value);
    return value;
}

static char *ids_of(const json_t *findings)
{
    struct sk_buffer ids = {0};
    size_t index;
    json_t *finding;
    json_array_foreach((json_t *)findings, index, finding)
    {
        sk_buffer_addf(&ids, "%s%s", index ? " " : "", sk_json_text(finding, "id"));
    }
    return sk_buffer_take(&ids);
}

static void findings_are_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *document = json(rows[i].document);
        json_auto_t *findings = sk_policy_lint(document, rows[i].use, "p.json");
        sk_auto(sk_freep) char *ids = ids_of(findings);
        if (strcmp(ids, rows[i].ids) != 0) {
            sk_auto(sk_freep) char *all = json_dumps(findings, 0);
            fail_msg("%s: '%s', expected '%s': %s", rows[i].name, ids, rows[i].ids, all);
        }
    }
}

/* Every rule is found by a row, apart from those about size, which have tests of their own. */
static void every_rule_has_a_row(void **state)
{
    (void)state;
    for (int rule = 0; rule < SK_LINT_RULE_COUNT; rule++) {
        const char *id = sk_lint_id((enum sk_lint_rule)rule);
        bool found = strstr(id, "size") || strcmp(id, "too-long-to-lint") == 0;
        for (size_t i = 0; !found && i < sizeof(rows) / sizeof(rows[0]); i++)
            found = strstr(rows[i].ids, id) != NULL;
        if (!found)
            fail_msg("%s is found by no row", id);
        assert_true(strlen(sk_lint_why((enum sk_lint_rule)rule)) > 10);
        assert_true(strlen(sk_lint_fix((enum sk_lint_rule)rule)) > 10);
        for (int other = 0; other < rule; other++)
            assert_string_not_equal(sk_lint_id((enum sk_lint_rule)other), id);
    }
}

static void a_finding_says_where_and_what_to_do(void **state)
{
    (void)state;
    json_auto_t *document = json(DOCUMENT(ALLOW(
        "s3:GetObject", "'Resource':'arn:aws:s3:::b/*'") ",{'Sid':'Apps','Effect':'Allow','Action':"
                                                         "'sagemaker:CreatAp','Resource':'*'}"));
    json_auto_t *findings = sk_policy_lint(document, SK_POLICY_MANAGED, "p.json");
    const json_t *finding = json_array_get(findings, 0);
    assert_string_equal(sk_json_text(finding, "severity"), "error");
    assert_string_equal(sk_json_text(finding, "origin"), "p.json");
    assert_string_equal(sk_json_text(finding, "statement"), "Apps");
    assert_string_equal(sk_json_text(finding, "pointer"), "/Statement/1/Action");
    assert_string_equal(sk_json_text(finding, "message"),
                        "'sagemaker:CreatAp' is no action; did you mean sagemaker:CreateApp");
    assert_string_equal(sk_json_text(finding, "page"), "docs/lint/unknown-action.md");
}

static json_t *with_many(const char *element, size_t count, size_t statements)
{
    json_t *list = json_array();
    for (size_t s = 0; s < statements; s++) {
        json_t *statement =
            json("{'Effect':'Allow','Action':'s3:GetObject','Resource':'arn:aws:s3:::b/*'}");
        json_t *values = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(
                values,
                json_sprintf("%s%zu", strcmp(element, "Action") == 0 ? "s3:Get" : "arn:aws:s3:::b/",
                             i));
        json_object_set_new(statement, element, values);
        json_array_append_new(list, statement);
    }
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", list);
}

static void sizes_are_told(void **state)
{
    (void)state;
    json_auto_t *near = with_many("Resource", 285, 1);
    json_auto_t *near_findings = sk_policy_lint(near, SK_POLICY_MANAGED, "p");
    sk_auto(sk_freep) char *near_ids = ids_of(near_findings);
    assert_string_equal(near_ids, "near-size");
    json_auto_t *over = with_many("Resource", 400, 1);
    json_auto_t *over_findings = sk_policy_lint(over, SK_POLICY_MANAGED, "p");
    sk_auto(sk_freep) char *over_ids = ids_of(over_findings);
    assert_string_equal(over_ids, "over-size");
}

static void long_documents_are_looked_at_in_part(void **state)
{
    (void)state;
    json_auto_t *wide = with_many("Action", 20000, 1);
    json_auto_t *wide_findings = sk_policy_lint(wide, SK_POLICY_MANAGED, "p");
    sk_auto(sk_freep) char *wide_ids = ids_of(wide_findings);
    assert_string_equal(wide_ids, "over-size too-long-to-lint");
    json_auto_t *many = with_many("Resource", 1, 10000);
    json_auto_t *many_findings = sk_policy_lint(many, SK_POLICY_MANAGED, "p");
    sk_auto(sk_freep) char *many_ids = ids_of(many_findings);
    assert_string_equal(many_ids, "over-size too-long-to-lint");
}

/* "lint-id/Sid" is accepted by the template's cases. */
static bool is_accepted(const json_t *cases, const json_t *finding)
{
    const char *sid = sk_json_text(finding, "statement");
    sk_auto(sk_freep) char *key =
        sk_xasprintf("%s/%s", sk_json_text(finding, "id"), sid ? sid : "");
    return json_object_get(json_object_get(cases, "accepts"), key) != NULL;
}

static void shipped_templates_have_no_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_template_shipped_count(); i++) {
        const char *name = sk_template_shipped_name(i);
        sk_auto(sk_err_done) struct sk_err err = {0};
        const char *text = sk_template_shipped_cases(name);
        json_auto_t *cases = sk_json_parse(text, strlen(text), name, &err);
        const char *as = sk_json_text(cases, "as");
        enum sk_policy_use use = strcmp(as, "serviceControl") == 0 ? SK_POLICY_SCP
                                 : strcmp(as, "resource") == 0     ? SK_POLICY_TRUST
                                                                   : SK_POLICY_MANAGED;
        json_t *document = NULL;
        ASSERT_OK(sk_template_render(sk_template_shipped(name, &err),
                                     json_object_get(cases, "parameters"), false, &document, &err),
                  &err);
        json_auto_t *owned = document;
        json_auto_t *findings = sk_policy_lint(owned, use, name);
        size_t index;
        json_t *finding;
        json_array_foreach(findings, index, finding)
        {
            if (!is_accepted(cases, finding))
                fail_msg("%s: %s: %s", name, sk_json_text(finding, "id"),
                         sk_json_text(finding, "message"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_as_expected),
        cmocka_unit_test(every_rule_has_a_row),
        cmocka_unit_test(a_finding_says_where_and_what_to_do),
        cmocka_unit_test(sizes_are_told),
        cmocka_unit_test(long_documents_are_looked_at_in_part),
        cmocka_unit_test(shipped_templates_have_no_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
