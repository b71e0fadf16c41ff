/* What the kinds refuse: the deny list of what AWS and the platform keep, and desired bodies that
 * AWS would not take. */
#include "sk_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "reconcilers/iam/denied.h"
#include "reconcilers/registry.h"

/* JSON written with ' for ". */
static json_t *js(const char *text)
{
    sk_auto(sk_freep) char *copy = sk_xstrdup(text);
    for (char *at = strchr(copy, '\''); at; at = strchr(at, '\''))
        *at = '"';
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(copy, strlen(copy), text, &err);
    if (!value)
        fail_msg("%s: %s", text, sk_err_message(&err));
    return value;
}

/* --- what is left alone -------------------------------------------------------------------- */

static void test_denied(void **state)
{
    (void)state;
    static const struct {
        const char *name, *path;
        bool role, policy;
    } cases[] = {
        {"sagekeeper-fraud", "/sagekeeper/acme/", false, false},
        {"fraud-aws", "/", false, false},
        {"my-AWSReservedSSO", "/", false, false},
        {"AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/", true, true},
        {"AWSReservedSSO_Admin_0123456789abcdef", "/", true, true},
        {"AWSServiceRoleForSageMakerNotebooks", "/aws-service-role/sagemaker.amazonaws.com/", true,
         true},
        {"anything", "/aws-service-role/sagemaker.amazonaws.com/", true, true},
        {"anything", "/AWS-reserved/x/", true, true},
        {"AWSControlTowerExecution", "/", true, true},
        {"AWSControlTowerAdmin", "/service-role/", true, true},
        {"aws-controltower-ReadOnlyExecutionRole", "/", true, true},
        {"AwsSecurityAudit", "/", true, true},
        {"stacksets-exec-0123456789abcdef", "/", true, true},
        {"OrganizationAccountAccessRole", "/", true, true},
        {"organizationaccountaccessrole", "/", true, true},
        {"OrganizationAccountAccessRole2", "/", false, false},
        {"AmazonSageMaker-ExecutionRole-20240101", "/service-role/", false, false},
        {"awesome", "/", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *role =
            json_pack("{s:s, s:s}", "RoleName", cases[i].name, "Path", cases[i].path);
        json_auto_t *policy =
            json_pack("{s:s, s:s}", "PolicyName", cases[i].name, "Path", cases[i].path);
        if (sk_iam_role_denied(role) != cases[i].role ||
            sk_iam_policy_denied(policy) != cases[i].policy)
            fail_msg("%s%s", cases[i].path, cases[i].name);
    }
    json_auto_t *managed = js("{'PolicyName': 'ReadOnlyAccess', 'Path': '/', 'Arn': "
                              "'arn:aws:iam::aws:policy/ReadOnlyAccess'}");
    assert_true(sk_iam_policy_denied(managed));
    json_auto_t *bare = json_object();
    assert_false(sk_iam_role_denied(bare) || sk_iam_policy_denied(bare));
}

/* --- checks of desired bodies -------------------------------------------------------------- */

struct check_case {
    const char *kind, *body;
    const char *complaint; /* part of it; NULL: none */
};

#define EBS   "'SpaceStorageSettings': {'DefaultEbsStorageSettings': "
#define ARN_A "arn:aws:sagemaker:us-east-1:1:studio-lifecycle-config/a"
#define ARN_B "arn:aws:sagemaker:us-east-1:1:studio-lifecycle-config/b"

static const struct check_case check_cases[] = {
    {"iam_policy", "{'PolicyName': 'a_+=,.@-9', 'Path': '/x/y/', 'Description': 'Résumé\\tß'}",
     NULL},
    {"iam_policy", "{'PolicyName': ''}", "PolicyName '': expected letters"},
    {"iam_policy", "{'PolicyName': 'a b'}", "PolicyName 'a b': expected letters"},
    {"iam_policy", "{'PolicyName': 'ä'}", "PolicyName 'ä': expected letters"},
    {"iam_policy", "{'Path': 'x/'}", "Path 'x/': expected a path"},
    {"iam_policy", "{'Path': '/x'}", "Path '/x': expected a path"},
    {"iam_policy", "{'Path': '/a b/'}", "Path '/a b/': expected a path"},
    {"iam_policy", "{'Path': '/'}", NULL},
    {"iam_policy", "{'Description': '日本'}", "Description '日本': expected characters"},
    {"iam_policy", "{'Description': 'a\\u0007'}", "expected characters of Latin-1"},
    {"iam_policy", "{'Description': null, 'Path': {'$ref': 'x', 'attr': 'y'}}", NULL},
    {"iam_policy",
     "{'PolicyDocument': {'Statement': [{'Resource': {'$ref': 'a/b', 'attr': 'X'}}]}}",
     "PolicyDocument refers to 'a/b'"},
    {"iam_policy", "{'Tags': [{'Key': 'aws:x', 'Value': ''}]}", "tag 'aws:x': keys that begin"},
    {"iam_policy", "{'Tags': [{'Key': 'AWS:x', 'Value': ''}]}", "tag 'AWS:x': keys that begin"},
    {"iam_policy", "{'Tags': [{'Key': 'a', 'Value': ''}, {'Key': 'A', 'Value': ''}]}",
     "tags 'a' and 'A' are the same"},
    {"iam_policy", "{'Tags': [{'Value': 'x'}]}", "tag 1 has no key"},
    {"iam_role", "{'MaxSessionDuration': 3600}", NULL},
    {"iam_role", "{'MaxSessionDuration': 43200}", NULL},
    {"iam_role", "{'MaxSessionDuration': 3599}", "MaxSessionDuration is 3599: expected"},
    {"iam_role", "{'MaxSessionDuration': 43201}", "from 3600 to 43200"},
    {"iam_role", "{'MaxSessionDuration': 4000.5}", "MaxSessionDuration is 4000.5"},
    {"iam_role", "{'MaxSessionDuration': null}", NULL},
    {"iam_role", "{'InlinePolicies': {'a/b': {}}}", "inline policy: name 'a/b': expected letters"},
    {"iam_role", "{'InlinePolicies': {'a b': null}}", NULL},
    {"iam_role", "{'InlinePolicies': {'a': {'x': {'$ref': 'a/b', 'attr': 'X'}}}}",
     "inline policy 'a' refers to 'a/b'"},
    {"sagemaker_domain", "{'DomainName': 'a--b-9'}", NULL},
    {"sagemaker_domain", "{'DomainName': '-a'}", "DomainName '-a': expected"},
    {"sagemaker_domain", "{'DomainName': 'a-'}", "no hyphen at the ends"},
    {"sagemaker_domain", "{'DomainName': 'a_b'}", "DomainName 'a_b'"},
    {"sagemaker_domain",
     "{'DefaultUserSettings': {" EBS "{'DefaultEbsVolumeSizeInGb': 5, "
     "'MaximumEbsVolumeSizeInGb': 9}}}}",
     NULL},
    {"sagemaker_domain", "{'DefaultUserSettings': {" EBS "{'DefaultEbsVolumeSizeInGb': 5}}}}",
     "DefaultUserSettings.SpaceStorageSettings.DefaultEbsStorageSettings: expected both"},
    {"sagemaker_domain", "{'DefaultSpaceSettings': {" EBS "{'MaximumEbsVolumeSizeInGb': 5}}}}",
     "DefaultSpaceSettings.SpaceStorageSettings"},
    {"sagemaker_domain", "{'DefaultUserSettings': {" EBS "null}}}", NULL},
    {"sagemaker_domain",
     "{'AuthMode': 'IAM', 'DomainSettings': {'AmazonQSettings': {'Status': "
     "'ENABLED'}}}",
     "AmazonQSettings needs AuthMode SSO"},
    {"sagemaker_domain",
     "{'AuthMode': 'SSO', 'DomainSettings': {'AmazonQSettings': {'Status': "
     "'ENABLED'}}}",
     NULL},
    {"sagemaker_domain",
     "{'AppNetworkAccessType': 'VpcOnly', 'AppSecurityGroupManagement': 'Customer', "
     "'DomainSettings': {'RStudioServerProDomainSettings': {'DomainExecutionRoleArn': 'x'}}}",
     "RStudio in a VpcOnly domain"},
    {"sagemaker_domain",
     "{'AppNetworkAccessType': 'VpcOnly', 'AppSecurityGroupManagement': 'Service', "
     "'DomainSettings': {'RStudioServerProDomainSettings': {'DomainExecutionRoleArn': "
     "{'$ref': 'a/b/c/d', 'attr': 'Arn'}}}}",
     NULL},
    {"sagemaker_domain", "{'DefaultUserSettings': {'AutoMountHomeEFS': 'DefaultAsDomain'}}",
     "'DefaultAsDomain' is for profiles only"},
    {"sagemaker_user_profile", "{'UserSettings': {'AutoMountHomeEFS': 'DefaultAsDomain'}}", NULL},
    {"sagemaker_user_profile", "{'UserProfileName': 'alice@example.com'}",
     "UserProfileName 'alice@example.com'"},
    {"sagemaker_user_profile", "{'UserSettings': {'CustomPosixUserConfig': {'Uid': 10001}}}",
     "expected both Uid and Gid"},
    {"sagemaker_user_profile",
     "{'UserSettings': {'CustomPosixUserConfig': {'Uid': 10001, 'Gid': null}}}",
     "expected both Uid and Gid"},
    {"sagemaker_user_profile",
     "{'UserSettings': {'CustomPosixUserConfig': {'Uid': 10001, 'Gid': 1001}}}", NULL},
    {"sagemaker_user_profile", "{'SingleSignOnUserValue': 'alice'}", "expected both or none"},
    {"sagemaker_user_profile",
     "{'SingleSignOnUserValue': 'alice', 'SingleSignOnUserIdentifier': 'UserName'}", NULL},
    {"sagemaker_user_profile",
     "{'UserSettings': {'JupyterLabAppSettings': {'LifecycleConfigArns': ['" ARN_A "'], "
     "'DefaultResourceSpec': {'LifecycleConfigArn': '" ARN_A "'}}}}",
     NULL},
    {"sagemaker_user_profile",
     "{'UserSettings': {'JupyterLabAppSettings': {'LifecycleConfigArns': ['" ARN_A "'], "
     "'DefaultResourceSpec': {'LifecycleConfigArn': '" ARN_B "'}}}}",
     "expected one of the LifecycleConfigArns beside it"},
    {"sagemaker_user_profile",
     "{'UserSettings': {'CodeEditorAppSettings': {'LifecycleConfigArns': [], "
     "'DefaultResourceSpec': {'LifecycleConfigArn': '" ARN_B "'}}}}",
     "UserSettings.CodeEditorAppSettings.DefaultResourceSpec.LifecycleConfigArn"},
    {"sagemaker_user_profile",
     "{'UserSettings': {'CodeEditorAppSettings': {'LifecycleConfigArns': [], "
     "'DefaultResourceSpec': {'LifecycleConfigArn': 'None'}}}}",
     NULL},
    {"sagemaker_user_profile",
     "{'UserSettings': {'KernelGatewayAppSettings': {'LifecycleConfigArns': [{'$ref': 'a', "
     "'attr': 'b'}], 'DefaultResourceSpec': {'LifecycleConfigArn': '" ARN_B "'}}}}",
     NULL},
    {"sagemaker_user_profile",
     "{'UserSettings': {'KernelGatewayAppSettings': {'DefaultResourceSpec': "
     "{'LifecycleConfigArn': '" ARN_B "'}}}}",
     NULL},
    {"sagemaker_user_profile",
     "{'UserSettings': {'StudioWebPortal': 'DISABLED', 'DefaultLandingUri': 'studio::'}}",
     "needs StudioWebPortal 'ENABLED'"},
    {"sagemaker_user_profile",
     "{'UserSettings': {'StudioWebPortal': 'DISABLED', 'DefaultLandingUri': "
     "'app:JupyterServer:'}}",
     NULL},
    {"sagemaker_space", "{'SpaceName': 'team_lab'}", "SpaceName 'team_lab'"},
    {"sagemaker_space",
     "{'SpaceSettings': {'AppType': 'CodeEditor', 'JupyterLabAppSettings': {'CodeRepositories': "
     "[]}}}",
     "SpaceSettings.JupyterLabAppSettings needs AppType 'JupyterLab'; it is 'CodeEditor'"},
    {"sagemaker_space",
     "{'SpaceSettings': {'AppType': 'CodeEditor', 'JupyterLabAppSettings': null, "
     "'CodeEditorAppSettings': {}}}",
     NULL},
    {"sagemaker_space", "{'SpaceSettings': {'JupyterLabAppSettings': {'CodeRepositories': []}}}",
     NULL},
    {"sagemaker_space",
     "{'SpaceSettings': {'KernelGatewayAppSettings': {'CustomImages': [1, 2, 3, 4, 5, 6]}}}",
     "expected at most 5 in a space"},
    {"sagemaker_space",
     "{'SpaceSettings': {'KernelGatewayAppSettings': {'CustomImages': [1, 2, 3, 4, 5]}}}", NULL},
};

static void check_body(const struct check_case *item, json_t *body)
{
    const struct sk_kind *kind = sk_kinds_find(sk_registry(), item->kind);
    sk_auto(sk_freep) char *address = sk_xasprintf("%s/a/b/c", item->kind);
    struct sk_document *document = sk_document_new(kind, address, body);
    sk_auto(sk_err_done) struct sk_err err = {0};
    int code = kind->check(document, &err);
    bool fits = item->complaint ? code == SK_E_INVALID && err.code == SK_E_INVALID &&
                                      strstr(sk_err_message(&err), item->complaint)
                                : code == 0 && err.code == SK_OK;
    if (!fits)
        fail_msg("%s %s: %s", item->kind, item->body, sk_err_message(&err));
    sk_document_free(document);
}

static void test_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(check_cases) / sizeof(*check_cases); i++)
        check_body(&check_cases[i], js(check_cases[i].body));
}

static json_t *text_of_length(size_t length)
{
    sk_auto(sk_freep) char *text = sk_xmalloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    return json_string(text);
}

/* A policy document whose text has exactly `size` characters. */
static json_t *document_of_size(size_t size)
{
    return json_pack("{s:o}", "Id", text_of_length(size - strlen("{\"Id\":\"\"}")));
}

static json_t *tags_of_count(size_t count)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            tags, json_pack("{s:o, s:s}", "Key", json_sprintf("k%zu", i), "Value", "v"));
    return tags;
}

static void check_limit(const char *kind, json_t *fits, json_t *too_much, const char *complaint)
{
    check_body(&(struct check_case){kind, "at the limit", NULL}, fits);
    check_body(&(struct check_case){kind, "over the limit", complaint}, too_much);
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *member;
        size_t max;
    } texts[] = {
        {"iam_policy", "PolicyName", 128},      {"iam_policy", "Description", 1000},
        {"iam_role", "RoleName", 64},           {"iam_role", "Description", 1000},
        {"sagemaker_domain", "DomainName", 63}, {"sagemaker_user_profile", "UserProfileName", 63},
        {"sagemaker_space", "SpaceName", 63},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        sk_auto(sk_freep) char *complaint =
            sk_xasprintf("%s has %zu characters: expected at most %zu", texts[i].member,
                         texts[i].max + 1, texts[i].max);
        check_limit(
            texts[i].kind, json_pack("{s:o}", texts[i].member, text_of_length(texts[i].max)),
            json_pack("{s:o}", texts[i].member, text_of_length(texts[i].max + 1)), complaint);
    }
    check_limit("iam_policy", json_pack("{s:o}", "PolicyDocument", document_of_size(6144)),
                json_pack("{s:o}", "PolicyDocument", document_of_size(6145)),
                "PolicyDocument has 6145 characters");
    check_limit("iam_role", json_pack("{s:o}", "AssumeRolePolicyDocument", document_of_size(8192)),
                json_pack("{s:o}", "AssumeRolePolicyDocument", document_of_size(8193)),
                "AssumeRolePolicyDocument has 8193 characters");
    check_limit("iam_role",
                json_pack("{s:{s:o, s:o}}", "InlinePolicies", "a", document_of_size(5120), "b",
                          document_of_size(5120)),
                json_pack("{s:{s:o, s:o}}", "InlinePolicies", "a", document_of_size(5120), "b",
                          document_of_size(5121)),
                "the inline policies have 10241 characters together");
    check_limit("sagemaker_user_profile", json_pack("{s:o}", "Tags", tags_of_count(50)),
                json_pack("{s:o}", "Tags", tags_of_count(51)), "51 tags");
    check_limit("sagemaker_domain",
                json_pack("{s:[{s:o, s:o}]}", "Tags", "Key", text_of_length(128), "Value",
                          text_of_length(256)),
                json_pack("{s:[{s:o, s:o}]}", "Tags", "Key", text_of_length(128), "Value",
                          text_of_length(257)),
                "at most 128 characters in the key and 256 in the value");
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
