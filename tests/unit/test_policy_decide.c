/* lib/policy: decisions over all layers, as lines of JSON. Each table follows a page of AWS's
 * guides. For readability JSON is written with single quotes here. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "policy/decide.h"

#define ACCOUNT "111122223333"
#define OTHER   "444455556666"
#define USER    "'principal':{'arn':'arn:aws:iam::" ACCOUNT ":user/path/bob'}"
#define SESSION "'principal':{'arn':'arn:aws:sts::" ACCOUNT ":assumed-role/dev/s1'}"
#define ROOT    "'principal':{'arn':'arn:aws:iam::" ACCOUNT ":root'}"
#define QUEUE   "'action':'sqs:SendMessage','resource':{'arn':'arn:aws:sqs:eu-west-1:" ACCOUNT ":q'}"
#define THEIRS  "'action':'sqs:SendMessage','resource':{'arn':'arn:aws:sqs:eu-west-1:" OTHER ":q'}"

#define DOCUMENT(statement) "{'Version':'2012-10-17','Statement':[" statement "]}"
#define ALLOW_ALL           "{'Effect':'Allow','Action':'*','Resource':'*'}"
#define DENY_ALL            "{'Effect':'Deny','Action':'*','Resource':'*'}"
#define NOTHING             "{'Effect':'Allow','Action':'x:y','Resource':'*'}"
#define IDENTITY(statement) "'identityPolicies':[{'name':'i','document':" DOCUMENT(statement) "}]"
#define FOR(principal)      "{'Effect':'Allow','Action':'*','Resource':'*','Principal':" principal "}"
#define AGAINST(element)    "{'Effect':'Deny','Action':'*','Resource':'*'," element "}"
#define ON_RESOURCE(s)      "'resourcePolicy':" DOCUMENT(s)
#define BOUNDARY(s)         "'permissionBoundary':" DOCUMENT(s)
#define SESSION_POLICY(s)   "'sessionPolicies':[" DOCUMENT(s) "]"
#define SCPS(levels)        "'serviceControlPolicies':[" levels "]"
#define LEVEL(s)            "[{'name':'p','document':" DOCUMENT(s) "}]"

struct row {
    const char *name, *question, *decision;
};

static char *double_quoted(const char *text)
{
    char *copy = sk_xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
    return copy;
}

static json_t *ask(const char *question)
{
    sk_auto(sk_freep) char *line = double_quoted(question);
    sk_auto(sk_freep) char *answer = sk_policy_decide_line(line, strlen(line));
    json_t *value = json_loads(answer, 0, NULL);
    assert_non_null(value);
    return value;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_auto_t *answer = ask(rows[i].question);
        const char *decision = sk_json_text(answer, "decision");
        if (!decision)
            fail_msg("%s: %s", rows[i].name, sk_json_text(answer, "error"));
        if (strcmp(decision, rows[i].decision) != 0)
            fail_msg("%s: %s", rows[i].name, decision);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#define ALLOWED  "Allowed"
#define DENIED   "ImplicitlyDenied"
#define EXPLICIT "ExplicitlyDenied"

/* IAM User Guide, "Policy evaluation logic" and its table of resource policies and principals. */
static const struct row same_account[] = {
    {"nothing", "{" USER "," QUEUE "}", DENIED},
    {"identity", "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "}", ALLOWED},
    {"deny wins", "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL "," DENY_ALL) "}", EXPLICIT},
    {"boundary limits", "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(NOTHING) "}",
     DENIED},
    {"boundary alone gives nothing", "{" USER "," QUEUE "," BOUNDARY(ALLOW_ALL) "}", DENIED},
    {"boundary denies", "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(DENY_ALL) "}",
     EXPLICIT},
    {"session policy limits",
     "{" SESSION "," QUEUE "," IDENTITY(ALLOW_ALL) "," SESSION_POLICY(NOTHING) "}", DENIED},
    {"session policies add up",
     "{" SESSION "," QUEUE
     "," IDENTITY(ALLOW_ALL) ",'sessionPolicies':[" DOCUMENT(NOTHING) "," DOCUMENT(ALLOW_ALL) "]}",
     ALLOWED},
    {"no session policies", "{" SESSION "," QUEUE "," IDENTITY(ALLOW_ALL) ",'sessionPolicies':[]}",
     ALLOWED},
    {"resource policy names the user",
     "{" USER "," QUEUE "," ON_RESOURCE(
         FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":user/path/bob'}")) "," BOUNDARY(NOTHING) "}",
     ALLOWED},
    {"resource policy names the session",
     "{" SESSION "," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:sts::" ACCOUNT ":assumed-role/dev/s1'}")) "," BOUNDARY(
         NOTHING) "," SESSION_POLICY(NOTHING) "}",
     ALLOWED},
    {"resource policy names another session",
     "{" SESSION "," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:sts::" ACCOUNT ":assumed-role/dev/s2'}")) "}",
     DENIED},
    {"resource policy names the role",
     "{" SESSION "," QUEUE "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/dev'}")) "}",
     ALLOWED},
    {"role grant within the boundary",
     "{" SESSION "," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/dev'}")) "," BOUNDARY(NOTHING) "}",
     DENIED},
    {"role grant within the session policy",
     "{" SESSION "," QUEUE "," ON_RESOURCE(
         FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/dev'}")) "," SESSION_POLICY(NOTHING) "}",
     DENIED},
    {"role with a path",
     "{'principal':{'arn':'arn:aws:sts::" ACCOUNT
     ":assumed-role/dev/s1','roleArn':'arn:aws:iam::" ACCOUNT ":role/team/dev'}," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/team/dev'}")) "}",
     ALLOWED},
    {"role with another path",
     "{'principal':{'arn':'arn:aws:sts::" ACCOUNT
     ":assumed-role/dev/s1','roleArn':'arn:aws:iam::" ACCOUNT ":role/team/dev'}," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/dev'}")) "}",
     DENIED},
    {"role by unique id",
     "{" SESSION "," QUEUE ",'context':{'aws:userid':'AROAEXAMPLEID1234567:s1'}," ON_RESOURCE(
         FOR("{'AWS':'AROAEXAMPLEID1234567'}")) "}",
     ALLOWED},
    {"another unique id",
     "{" SESSION "," QUEUE ",'context':{'aws:userid':'AROAEXAMPLEID1234567:s1'}," ON_RESOURCE(
         FOR("{'AWS':'AROAEXAMPLEID7654321'}")) "}",
     DENIED},
    {"resource policy names everyone", "{" USER "," QUEUE "," ON_RESOURCE(FOR("'*'")) "}", ALLOWED},
    {"resource policy names everyone of AWS",
     "{" SESSION "," QUEUE "," ON_RESOURCE(FOR("{'AWS':'*'}")) "," SESSION_POLICY(NOTHING) "}",
     ALLOWED},
    {"the account only delegates",
     "{" USER "," QUEUE "," ON_RESOURCE(FOR("{'AWS':'" ACCOUNT "'}")) "}", DENIED},
    {"resource policy denies the account",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(
         AGAINST("'Principal':{'AWS':'arn:aws:iam::" ACCOUNT ":root'}")) "}",
     EXPLICIT},
    {"resource policy denies another account",
     "{" USER "," QUEUE
     "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(AGAINST("'Principal':{'AWS':'" OTHER "'}")) "}",
     ALLOWED},
    {"a statement without principal is for nobody",
     "{" USER "," QUEUE "," ON_RESOURCE(ALLOW_ALL) "}", DENIED},
    {"root", "{" ROOT "," QUEUE "}", ALLOWED},
    {"root is denied by the resource",
     "{" ROOT "," QUEUE "," ON_RESOURCE(AGAINST("'Principal':'*'")) "}", EXPLICIT},
    {"service without resource policy",
     "{'principal':{'arn':'sns.amazonaws.com'}," QUEUE "," IDENTITY(ALLOW_ALL) "}", DENIED},
    {"service",
     "{'principal':{'arn':'sns.amazonaws.com'}," QUEUE
     "," ON_RESOURCE(FOR("{'Service':['a.amazonaws.com','sns.amazonaws.com']}")) "}",
     ALLOWED},
    {"other service",
     "{'principal':{'arn':'sns.amazonaws.com'}," QUEUE
     "," ON_RESOURCE(FOR("{'Service':'s3.amazonaws.com'}")) "}",
     DENIED},
    {"a user is no service",
     "{" USER "," QUEUE
     "," ON_RESOURCE(FOR("{'Service':'arn:aws:iam::" ACCOUNT ":user/path/bob'}")) "}",
     DENIED},
    {"federated user without session policy",
     "{'principal':{'arn':'arn:aws:sts::" ACCOUNT ":federated-user/bob'}," QUEUE
     "," IDENTITY(ALLOW_ALL) "}",
     DENIED},
    {"federated user with session policy",
     "{'principal':{'arn':'arn:aws:sts::" ACCOUNT ":federated-user/bob'}," QUEUE
     "," IDENTITY(ALLOW_ALL) "," SESSION_POLICY(ALLOW_ALL) "}",
     ALLOWED},
    {"federated user named by the resource",
     "{'principal':{'arn':'arn:aws:sts::" ACCOUNT ":federated-user/bob'}," QUEUE
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:sts::" ACCOUNT ":federated-user/bob'}")) "}",
     ALLOWED},
    /* STS API Reference, GetCallerIdentity: "No permissions are required" */
    {"who am I", "{" USER ",'action':'sts:GetCallerIdentity'}", ALLOWED},
    {"who am I, denied",
     "{" USER ",'action':'sts:GetCallerIdentity'," IDENTITY(DENY_ALL) "," SCPS("[]") "}", ALLOWED},
    {"endpoint policy limits",
     "{" USER "," QUEUE
     "," IDENTITY(ALLOW_ALL) ",'endpointPolicy':" DOCUMENT(FOR("{'AWS':'" OTHER "'}")) "}",
     DENIED},
    {"endpoint policy allows",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) ",'endpointPolicy':" DOCUMENT(FOR("'*'")) "}",
     ALLOWED},
    {"endpoint policy denies",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) ",'endpointPolicy':" DOCUMENT(
         FOR("'*'") "," AGAINST("'Principal':'*'")) "}",
     EXPLICIT},
};

static void within_an_account(void **state)
{
    (void)state;
    CHECK(same_account);
}

/* IAM User Guide, "NotPrincipal". */
static const struct row not_principal[] = {
    {"allows all but one",
     "{" USER "," QUEUE
     "," ON_RESOURCE("{'Effect':'Allow','Action':'*','Resource':'*','NotPrincipal':{'AWS':'arn:aws:"
                     "iam::" ACCOUNT ":user/eve'}}") "}",
     ALLOWED},
    {"allows all but this one",
     "{" USER "," QUEUE
     "," ON_RESOURCE("{'Effect':'Allow','Action':'*','Resource':'*','NotPrincipal':{'AWS':'arn:aws:"
                     "iam::" ACCOUNT ":user/path/bob'}}") "}",
     DENIED},
    {"denies all but user and account",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(AGAINST(
         "'NotPrincipal':{'AWS':['arn:aws:iam::" ACCOUNT ":user/path/bob','" ACCOUNT "']}")) "}",
     ALLOWED},
    {"the account is missing",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(
         AGAINST("'NotPrincipal':{'AWS':'arn:aws:iam::" ACCOUNT ":user/path/bob'}")) "}",
     EXPLICIT},
    {"the user is missing",
     "{" USER "," QUEUE
     "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(AGAINST("'NotPrincipal':{'AWS':'" ACCOUNT "'}")) "}",
     EXPLICIT},
    {"role and account",
     "{" SESSION "," QUEUE "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(
         AGAINST("'NotPrincipal':{'AWS':['arn:aws:iam::" ACCOUNT ":role/dev','arn:aws:iam::" ACCOUNT
                 ":root']}")) "}",
     ALLOWED},
    {"session and account without role",
     "{" SESSION "," QUEUE
     "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(AGAINST("'NotPrincipal':{'AWS':['arn:aws:sts::" ACCOUNT
                                                     ":assumed-role/dev/s1','" ACCOUNT "']}")) "}",
     EXPLICIT},
    /* "Permissions boundaries for IAM entities": with one, the statement denies whoever it lists */
    {"a boundary lets nobody escape",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(ALLOW_ALL) "," ON_RESOURCE(AGAINST(
         "'NotPrincipal':{'AWS':['arn:aws:iam::" ACCOUNT ":user/path/bob','" ACCOUNT "']}")) "}",
     EXPLICIT},
    {"not even everyone",
     "{" SESSION "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(ALLOW_ALL) "," ON_RESOURCE(
         AGAINST("'NotPrincipal':{'AWS':'*'}")) "}",
     EXPLICIT},
    {"root has no boundary",
     "{" ROOT "," QUEUE
     "," BOUNDARY(ALLOW_ALL) "," ON_RESOURCE(AGAINST("'NotPrincipal':{'AWS':'" ACCOUNT "'}")) "}",
     ALLOWED},
    {"a boundary and an allow",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(ALLOW_ALL) "," ON_RESOURCE(
         "{'Effect':'Allow','Action':'*','Resource':'*','NotPrincipal':{'AWS':'" OTHER "'}}") "}",
     ALLOWED},
    {"service",
     "{'principal':{'arn':'sns.amazonaws.com'}," QUEUE
     "," ON_RESOURCE(FOR("'*'") "," AGAINST("'NotPrincipal':{'Service':'sns.amazonaws.com'}")) "}",
     ALLOWED},
};

static void not_principal_names_exceptions(void **state)
{
    (void)state;
    CHECK(not_principal);
}

/* IAM User Guide, "Cross-account policy evaluation logic". */
static const struct row cross_account[] = {
    {"identity alone", "{" USER "," THEIRS "," IDENTITY(ALLOW_ALL) "}", DENIED},
    {"resource alone",
     "{" USER "," THEIRS
     "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":user/path/bob'}")) "}",
     DENIED},
    {"both",
     "{" USER "," THEIRS "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(
         FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":user/path/bob'}")) "}",
     ALLOWED},
    {"both, for the account",
     "{" USER "," THEIRS "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(FOR("{'AWS':'" ACCOUNT "'}")) "}",
     ALLOWED},
    {"everyone is not enough", "{" USER "," THEIRS "," ON_RESOURCE(FOR("'*'")) "}", DENIED},
    {"the boundary limits",
     "{" USER "," THEIRS
     "," IDENTITY(ALLOW_ALL) "," BOUNDARY(NOTHING) "," ON_RESOURCE(FOR("'*'")) "}",
     DENIED},
    {"the session policy limits",
     "{" SESSION "," THEIRS "," IDENTITY(ALLOW_ALL) "," SESSION_POLICY(NOTHING) "," ON_RESOURCE(
         FOR("{'AWS':'arn:aws:sts::" ACCOUNT ":assumed-role/dev/s1'}")) "}",
     DENIED},
    {"the account of the resource as given",
     "{" USER ",'action':'s3:GetObject','resource':{'arn':'arn:aws:s3:::b/k','account':'" OTHER
     "'}," IDENTITY(ALLOW_ALL) "}",
     DENIED},
    {"without account it is the same",
     "{" USER
     ",'action':'s3:GetObject','resource':{'arn':'arn:aws:s3:::b/k'}," IDENTITY(ALLOW_ALL) "}",
     ALLOWED},
    {"root needs the resource policy", "{" ROOT "," THEIRS "}", DENIED},
    {"root with the resource policy",
     "{" ROOT "," THEIRS "," ON_RESOURCE(FOR("{'AWS':'" ACCOUNT "'}")) "}", ALLOWED},
};

static void across_accounts(void **state)
{
    (void)state;
    CHECK(cross_account);
}

#define SERVICE_LINKED                                                                             \
    "'principal':{'arn':'arn:aws:sts::" ACCOUNT                                                    \
    ":assumed-role/AWSServiceRoleForX/s','roleArn':'arn:aws:iam::" ACCOUNT                         \
    ":role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX'}"

/* Organizations User Guide, "SCP evaluation" and "Resource control policies". */
static const struct row organization[] = {
    {"no SCPs", "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) ",'serviceControlPolicies':[]}",
     ALLOWED},
    {"an empty level",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(ALLOW_ALL) ",[]") "}", DENIED},
    {"every level allows",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(ALLOW_ALL) "," LEVEL(ALLOW_ALL)) "}",
     ALLOWED},
    {"one level does not",
     "{" USER "," QUEUE
     "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(ALLOW_ALL) "," LEVEL(NOTHING) "," LEVEL(ALLOW_ALL)) "}",
     DENIED},
    {"one level denies",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(ALLOW_ALL "," DENY_ALL)) "}",
     EXPLICIT},
    {"SCPs give nothing", "{" USER "," QUEUE "," SCPS(LEVEL(ALLOW_ALL)) "}", DENIED},
    {"SCPs limit resource policies",
     "{" USER "," QUEUE "," ON_RESOURCE(FOR("'*'")) "," SCPS(LEVEL(NOTHING)) "}", DENIED},
    {"SCPs limit root", "{" ROOT "," QUEUE "," SCPS(LEVEL(NOTHING)) "}", DENIED},
    {"not the management account",
     "{'principal':{'arn':'arn:aws:iam::" ACCOUNT ":user/bob','managementAccount':true}," QUEUE
     "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(DENY_ALL)) "}",
     ALLOWED},
    {"not service-linked roles",
     "{" SERVICE_LINKED "," QUEUE "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(DENY_ALL)) "}", ALLOWED},
    {"not services",
     "{'principal':{'arn':'sns.amazonaws.com'}," QUEUE
     "," ON_RESOURCE(FOR("'*'")) "," SCPS(LEVEL(DENY_ALL)) "}",
     ALLOWED},
    {"RCP denies",
     "{" USER "," QUEUE
     "," IDENTITY(ALLOW_ALL) ",'resourceControlPolicies':[" LEVEL(AGAINST("'Principal':'*'")) "]}",
     EXPLICIT},
    {"RCPs need not allow",
     "{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) ",'resourceControlPolicies':[" LEVEL(
         "{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}") "]}",
     ALLOWED},
    {"RCP denies outsiders",
     "{'principal':{'arn':'arn:aws:iam::" OTHER ":user/eve'}," QUEUE
     "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(FOR("'*'")) ",'resourceControlPolicies':[" LEVEL(
         "{'Effect':'Deny','Principal':'*','Action':'sqs:*','Resource':'*','Condition':{'"
         "StringNotEquals':{'aws:PrincipalAccount':'" ACCOUNT "'}}}") "]}",
     EXPLICIT},
    {"RCPs spare service-linked roles",
     "{" SERVICE_LINKED "," QUEUE
     "," IDENTITY(ALLOW_ALL) ",'resourceControlPolicies':[" LEVEL(AGAINST("'Principal':'*'")) "]}",
     ALLOWED},
    {"RCPs spare the management account's resources",
     "{'principal':{'arn':'arn:aws:iam::" ACCOUNT ":user/bob','managementAccount':true}," QUEUE
     "," IDENTITY(ALLOW_ALL) ",'resourceControlPolicies':[" LEVEL(AGAINST("'Principal':'*'")) "]}",
     ALLOWED},
};

static void organizations_limit(void **state)
{
    (void)state;
    CHECK(organization);
}

#define ROLE "'action':'sts:AssumeRole','resource':{'arn':'arn:aws:iam::" ACCOUNT ":role/dev'}"
#define TAG  "'action':'sts:TagSession','resource':{'arn':'arn:aws:iam::" ACCOUNT ":role/dev'}"
#define KEY  "'action':'kms:Decrypt','resource':{'arn':'arn:aws:kms:eu-west-1:" ACCOUNT ":key/k'}"
#define TRUST(principal)                                                                           \
    "'resourcePolicy':" DOCUMENT(                                                                  \
        "{'Effect':'Allow','Action':'sts:AssumeRole','Principal':" principal "}")

/* IAM User Guide, "Role trust policies"; KMS Developer Guide, "Key policies". */
static const struct row must_allow[] = {
    {"role without trust", "{" USER "," ROLE "," IDENTITY(ALLOW_ALL) "}", DENIED},
    {"role trusts the account",
     "{" USER "," ROLE "," IDENTITY(ALLOW_ALL) "," TRUST("{'AWS':'" ACCOUNT "'}") "}", ALLOWED},
    {"role trusts the account, user has nothing",
     "{" USER "," ROLE "," TRUST("{'AWS':'" ACCOUNT "'}") "}", DENIED},
    {"role trusts the user",
     "{" USER "," ROLE "," TRUST("{'AWS':'arn:aws:iam::" ACCOUNT ":user/path/bob'}") "}", ALLOWED},
    {"role trusts someone else",
     "{" USER "," ROLE
     "," IDENTITY(ALLOW_ALL) "," TRUST("{'AWS':'arn:aws:iam::" ACCOUNT ":user/eve'}") "}",
     DENIED},
    {"role trusts a service",
     "{'principal':{'arn':'sagemaker.amazonaws.com'}," ROLE
     "," TRUST("{'Service':'sagemaker.amazonaws.com'}") "}",
     ALLOWED},
    {"tags need their own trust",
     "{" USER "," TAG "," IDENTITY(ALLOW_ALL) "," TRUST("{'AWS':'" ACCOUNT "'}") "}", DENIED},
    {"tags trusted",
     "{" USER "," TAG "," IDENTITY(ALLOW_ALL) ",'resourcePolicy':" DOCUMENT(
         "{'Effect':'Allow','Action':['sts:AssumeRole','sts:TagSession'],'Principal':{'AWS':"
         "'" ACCOUNT "'}}") "}",
     ALLOWED},
    {"provider",
     "{'principal':{'arn':'arn:aws:iam::" ACCOUNT
     ":saml-provider/idp'},'action':'sts:AssumeRoleWithSAML','resource':'arn:aws:iam::" ACCOUNT
     ":role/dev','resourcePolicy':" DOCUMENT(
         "{'Effect':'Allow','Action':'sts:AssumeRoleWithSAML','Principal':{'Federated':'arn:aws:"
         "iam::" ACCOUNT
         ":saml-provider/idp'},'Condition':{'StringEquals':{'SAML:aud':'x'}}}") ",'context':{'saml:"
                                                                                "aud':'x'}}",
     ALLOWED},
    {"another provider",
     "{'principal':{'arn':'arn:aws:iam::" ACCOUNT
     ":saml-provider/evil'},'action':'sts:AssumeRoleWithSAML','resource':'arn:aws:iam::" ACCOUNT
     ":role/dev','resourcePolicy':" DOCUMENT("{'Effect':'Allow','Action':'sts:AssumeRoleWithSAML','"
                                             "Principal':{'Federated':'arn:aws:iam::" ACCOUNT
                                             ":saml-provider/idp'}}") "}",
     DENIED},
    /* IAM User Guide, "AWS JSON policy elements: Principal", "OIDC federated principals" */
    {"provider with a domain name",
     "{'principal':{'arn':'cognito-identity.amazonaws.com'},'action':'sts:"
     "AssumeRoleWithWebIdentity',"
     "'resource':'arn:aws:iam::" ACCOUNT ":role/dev','resourcePolicy':" DOCUMENT(
         "{'Effect':'Allow','Action':'sts:AssumeRoleWithWebIdentity','Principal':{'Federated':"
         "'cognito-identity.amazonaws.com'}}") "}",
     ALLOWED},
    {"root assumes no role", "{" ROOT "," ROLE "," TRUST("{'AWS':'" ACCOUNT "'}") "}", DENIED},
    {"across accounts both",
     "{'principal':{'arn':'arn:aws:iam::" OTHER ":user/bob'}," ROLE
     "," IDENTITY(ALLOW_ALL) "," TRUST("{'AWS':'" OTHER "'}") "}",
     ALLOWED},
    {"key without policy", "{" USER "," KEY "," IDENTITY(ALLOW_ALL) ",'resourcePolicy':null}",
     DENIED},
    {"key for the account and identity",
     "{" USER "," KEY "," IDENTITY(ALLOW_ALL) "," ON_RESOURCE(FOR("{'AWS':'" ACCOUNT "'}")) "}",
     ALLOWED},
    {"key for the account only", "{" USER "," KEY "," ON_RESOURCE(FOR("{'AWS':'" ACCOUNT "'}")) "}",
     DENIED},
    {"key for the role",
     "{" SESSION "," KEY "," ON_RESOURCE(FOR("{'AWS':'arn:aws:iam::" ACCOUNT ":role/dev'}")) "}",
     ALLOWED},
    {"key not for root", "{" ROOT "," KEY "}", DENIED},
    {"listing keys has no key policy", "{" USER ",'action':'kms:ListKeys'," IDENTITY(ALLOW_ALL) "}",
     ALLOWED},
};

static void trust_and_keys_must_allow(void **state)
{
    (void)state;
    CHECK(must_allow);
}

/* Keys that follow from the principal and resource, "AWS global condition context keys". */
#define IF(operator_, key, value)                                                                  \
    IDENTITY("{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'" operator_ "':{'" key   \
             "':'" value "'}}}")

static const struct row derived[] = {
    {"user name", "{" USER "," QUEUE "," IF("StringEquals", "aws:username", "bob") "}", ALLOWED},
    {"user name as given",
     "{'principal':{'type':'user','arn':'arn:aws:iam::" ACCOUNT ":user/x','userName':'y'}," QUEUE
     "," IF("StringEquals", "aws:username", "y") "}",
     ALLOWED},
    {"sessions have no user name", "{" SESSION "," QUEUE "," IF("Null", "aws:username", "true") "}",
     ALLOWED},
    {"principal of a session is the role",
     "{" SESSION "," QUEUE
     "," IF("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::" ACCOUNT ":role/dev") "}",
     ALLOWED},
    {"principal account",
     "{" SESSION "," QUEUE "," IF("StringEquals", "aws:principalaccount", ACCOUNT) "}", ALLOWED},
    {"resource account",
     "{" SESSION "," QUEUE "," IF("StringEquals", "aws:ResourceAccount", ACCOUNT) "}", ALLOWED},
    {"resource account unknown",
     "{" USER ",'action':'s3:GetObject','resource':'arn:aws:s3:::b/k'," IF(
         "Null", "aws:ResourceAccount", "true") "}",
     ALLOWED},
    {"the context wins",
     "{" USER "," QUEUE
     ",'context':{'AWS:UserName':'eve'}," IF("StringEquals", "aws:username", "eve") "}",
     ALLOWED},
    {"root's user id",
     "{" ROOT "," QUEUE
     "," ON_RESOURCE("{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':{'"
                     "StringEquals':{'aws:userid':'" ACCOUNT "'}}}") "}",
     EXPLICIT},
    {"principal tags",
     "{'principal':{'arn':'arn:aws:iam::" ACCOUNT ":user/x','tags':{'Team':'a'}}," QUEUE
     "," IF("StringEquals", "aws:PrincipalTag/TEAM", "a") "}",
     ALLOWED},
    {"resource tags",
     "{" USER
     ",'action':'sagemaker:DeleteModel','resource':{'arn':'arn:aws:sagemaker:eu-west-1:" ACCOUNT
     ":model/m','tags':{'team':'a'}}," IF("StringEquals", "aws:ResourceTag/Team", "a") "}",
     ALLOWED},
    {"resource tags by the service's name",
     "{" USER
     ",'action':'sagemaker:DeleteModel','resource':{'arn':'arn:aws:sagemaker:eu-west-1:" ACCOUNT
     ":model/m','tags':{'Team':'a'}}," IF("StringEquals", "sagemaker:ResourceTag/Team", "a") "}",
     ALLOWED},
    {"resource tags are not request tags",
     "{" USER
     ",'action':'sagemaker:DeleteModel','resource':{'arn':'arn:aws:sagemaker:eu-west-1:" ACCOUNT
     ":model/m','tags':{'Team':'a'}}," IF("StringEquals", "aws:RequestTag/Team", "a") "}",
     DENIED},
    {"nothing else follows", "{" SESSION "," QUEUE "," IF("Null", "aws:PrincipalType", "true") "}",
     ALLOWED},
};

static void keys_follow_from_principal_and_resource(void **state)
{
    (void)state;
    CHECK(derived);
}

static void the_deciding_statements_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *question, *because;
    } rows[] = {
        {"{'id':'x'," USER "," QUEUE
         "," IDENTITY(NOTHING ",{'Sid':'S','Effect':'Allow','Action':'sqs:*','Resource':'*'}") "}",
         "[{'layer':'identity','policy':'i','statement':'S','effect':'Allow'}]"},
        {"{" USER "," QUEUE "," IDENTITY(NOTHING "," ALLOW_ALL) "," BOUNDARY(ALLOW_ALL) "}",
         "[{'layer':'identity','policy':'i','statement':1,'effect':'Allow'},{'layer':'"
         "permissionBoundary','policy':'permissionBoundary','statement':0,'effect':'Allow'}]"},
        {"{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," BOUNDARY(NOTHING) "}",
         "[{'layer':'permissionBoundary','policy':null,'statement':null,'effect':'None'}]"},
        {"{" USER "," QUEUE
         "," IDENTITY(DENY_ALL) "," SCPS(LEVEL(ALLOW_ALL) "," LEVEL(DENY_ALL)) "}",
         "[{'layer':'serviceControl','level':1,'policy':'p','statement':0,'effect':'Deny'},{'layer'"
         ":'identity','policy':'i','statement':0,'effect':'Deny'}]"},
        {"{" USER "," QUEUE "," IDENTITY(ALLOW_ALL) "," SCPS(LEVEL(ALLOW_ALL) ",[]") "}",
         "[{'layer':'serviceControl','level':1,'policy':null,'statement':null,'effect':'None'}]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *answer = ask(rows[i].question);
        sk_auto(sk_freep) char *expected_text = double_quoted(rows[i].because);
        json_auto_t *expected = json_loads(expected_text, 0, NULL);
        if (!json_equal(json_object_get(answer, "because"), expected)) {
            sk_auto(sk_freep) char *got = json_dumps(answer, JSON_COMPACT);
            fail_msg("%zu: %s", i, got);
        }
    }
}

#define REFUSED(element) "{'Effect':'Deny','Action':'*','Resource':'*'," element "}"

static void broken_lines_are_answered(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } rows[] = {
        {"", "line:1:"},
        {"{", "line:1:"},
        {"[]", "the question is no object"},
        {"{'id':7}", "'action' is not of the form"},
        {"{'action':'nocolon'," USER "}", "'action' is not of the form"},
        {"{'action':'a:b'}", "principal is no object"},
        {"{'action':'a:b','principal':{'arn':'x'}}", "'x' does not say what kind"},
        {"{'action':'a:b','principal':{'type':'robot','arn':'x'}}", "principal type 'robot'"},
        {"{'action':'a:b'," USER ",'identityPolicys':[]}", "did you mean identityPolicies"},
        {"{'action':'a:b'," USER ",'identityPolicies':{}}", "identityPolicies is no list"},
        {"{'action':'a:b'," USER ",'identityPolicies':[{'name':'n','document':{}}]}",
         "policy 'n' is no policy document"},
        {"{'action':'a:b'," USER
         ",'identityPolicies':[{'name':'n','document':{'Statement':[{'Effect':'Maybe'}]}}]}",
         "policy 'n', statement 1: Effect is neither"},
        {"{'action':'a:b'," USER "," IDENTITY(REFUSED("'Conditions':{}")) "}",
         "statement 1: unknown element 'Conditions'; did you mean Condition"},
        {"{'action':'a:b'," USER "," IDENTITY(REFUSED("'NotAction':'*'")) "}",
         "Action and NotAction together"},
        {"{'action':'a:b'," USER "," IDENTITY(REFUSED("'notresource':'*'")) "}",
         "Resource and NotResource together"},
        {"{'action':'a:b'," USER "," ON_RESOURCE(REFUSED("'Principal':'*','NotPrincipal':'*'")) "}",
         "Principal and NotPrincipal together"},
        {"{'action':'a:b'," USER
         "," IDENTITY(REFUSED("'Condition':{'StringAlmostEquals':{'a:k':'x'}}")) "}",
         "unknown condition operator 'StringAlmostEquals'"},
        {"{'action':'a:b'," USER
         "," IDENTITY(REFUSED("'Condition':{'NullIfExists':{'a:k':'true'}}")) "}",
         "unknown condition operator 'NullIfExists'"},
        {"{'action':'a:b'," USER ",'context':{'k':{}}}", "context key 'k'"},
        {"{'action':'a:b'," USER
         ",'serviceControlPolicies':[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}",
         "more than 16 levels"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *answer = ask(rows[i].line);
        const char *error = sk_json_text(answer, "error");
        if (!error || !strstr(error, rows[i].error))
            fail_msg("%s: %s", rows[i].line, error ? error : "decided");
        assert_true(json_object_get(answer, "id") != NULL);
    }
    static const struct {
        const char *line, *id;
    } ids[] = {
        {"{'id':'x','id2':1,'id2':2}", "x"},
        {"{'id':'x','action':'a\\u0000b'}", "x"},
        {"{'id':'x'} and more", "x"},
        {"{'id':'x','action':", NULL},
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        json_auto_t *answer = ask(ids[i].line);
        const char *id = sk_json_text(answer, "id");
        if (ids[i].id ? !id || strcmp(id, ids[i].id) != 0 : !!id)
            fail_msg("%s: id %s", ids[i].line, id ? id : "null");
        assert_non_null(json_object_get(answer, "error"));
    }
    sk_auto(sk_freep) char *bytes = sk_policy_decide_line("{\"id\":\"\xff\"}", 10);
    assert_non_null(strstr(bytes, "error"));
    size_t size = SK_BOUND_DECIDE_BYTES + 1;
    sk_auto(sk_freep) char *big = sk_xmalloc(size);
    memset(big, ' ', size);
    sk_auto(sk_freep) char *answer = sk_policy_decide_line(big, size);
    assert_non_null(strstr(answer, "a line of more than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_an_account),
        cmocka_unit_test(not_principal_names_exceptions),
        cmocka_unit_test(across_accounts),
        cmocka_unit_test(organizations_limit),
        cmocka_unit_test(trust_and_keys_must_allow),
        cmocka_unit_test(keys_follow_from_principal_and_resource),
        cmocka_unit_test(the_deciding_statements_are_named),
        cmocka_unit_test(broken_lines_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
