/* Whose access changes between two states: controller/access_change. Each case gives a role before
 * and after, and the lines that people are shown. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "access_change/access_change.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "plan/kind.h"

static const struct sk_kind kinds[] = {
    {.name = "iam_policy"},
    {.name = "iam_role"},
    {.name = "sagemaker_domain"},
    {.name = "sagemaker_user_profile"},
};

static const struct sk_account account_rows[] = {
    {.name = "dev", .id = "111122223333", .partition = "aws", .home_region = "us-east-1"},
};
static const struct sk_accounts accounts = {account_rows, 1};

#define DOCUMENT(rest)   "{'Version': '2012-10-17', 'Statement': [" rest "]}"
#define TEAM             "'Tags': [{'Key': 'Team', 'Value': 'fraud'}]"
#define INLINE(rest)     "{" TEAM ", 'InlinePolicies': {'own': " DOCUMENT(rest) "}}"
#define ALLOW(sid, rest) "{'Sid': '" sid "', 'Effect': 'Allow', " rest "}"
#define DENY(sid, rest)  "{'Sid': '" sid "', 'Effect': 'Deny', " rest "}"
#define STOP             "'Action': 'sagemaker:StopTrainingJob', 'Resource': '*'"
#define OWN              "'Condition': {'StringEquals': {'aws:ResourceTag/Team': '${aws:PrincipalTag/Team}'}}"

/* What both states hold besides the role. */
static const char *const world[][2] = {
    {"iam_policy/dev/global/bound",
     "{'PolicyDocument': " DOCUMENT("{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}") "}"},
    {"iam_role/dev/global/risk", "{'Tags': [{'Key': 'Team', 'Value': 'risk'}]}"},
    {"sagemaker_domain/dev/us-east-1/studio", "{'DomainId': 'd-1'}"},
    {"sagemaker_user_profile/dev/us-east-1/studio/ann-fraud",
     "{'UserSettings': {'ExecutionRole': 'arn:aws:iam::111122223333:role/fraud'}, 'Tags': [{'Key': "
     "'studiouserid', 'Value': 'ann'}, {'Key': 'Team', 'Value': 'fraud'}]}"},
    {"sagemaker_user_profile/dev/us-east-1/studio/bob-fraud",
     "{'UserSettings': {'ExecutionRole': 'arn:aws:iam::111122223333:role/fraud'}, 'Tags': [{'Key': "
     "'studiouserid', 'Value': 'bob'}, {'Key': 'Team', 'Value': 'fraud'}]}"},
};

struct change_case {
    const char *name;
    const char *before, *after; /* bodies of the role; NULL: it is not there */
    const char *lines;          /* of all sections; "" for no section */
};

/* It does not come to rest on strings with macros between them. */
/* clang-format off */
static const struct change_case cases[] = {
    {"nothing changes", INLINE(ALLOW("A", STOP)), INLINE(ALLOW("A", STOP)), ""},
    {"another order of statements and actions",
     INLINE(ALLOW("A", "'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': '*'") "," ALLOW("B", STOP)),
     INLINE(ALLOW("B", STOP) "," ALLOW("A", "'Action': ['S3:PUTOBJECT', 's3:GetObject'], 'Resource': ['*']")), ""},
    {"moved into another policy", INLINE(ALLOW("A", STOP)),
     "{" TEAM ", 'InlinePolicies': {'own': " DOCUMENT("") ", 'other': " DOCUMENT(ALLOW("A", STOP)) "}}", ""},
    {"covered by a wildcard already", INLINE(ALLOW("A", "'Action': 's3:Get*', 'Resource': '*'")),
     INLINE(ALLOW("A", "'Action': 's3:Get*', 'Resource': '*'") "," ALLOW("B", "'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::x/*'")), ""},
    {"one action more", INLINE(ALLOW("A", STOP "," OWN)),
     INLINE(ALLOW("A", "'Action': ['sagemaker:StopTrainingJob', 'sagemaker:StopProcessingJob'], 'Resource': '*'," OWN)),
     "+ write: sagemaker:StopProcessingJob on *, if aws:ResourceTag/Team StringEquals ${aws:PrincipalTag/Team}, by A of own\n"},
    {"one resource more", INLINE(ALLOW("A", "'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::x/*'")),
     INLINE(ALLOW("A", "'Action': 's3:GetObject', 'Resource': ['arn:aws:s3:::x/*', 'arn:aws:s3:::y/*']")),
     "+ read: s3:GetObject on arn:aws:s3:::y/*, by A of own\n"},
    {"all but one resource", INLINE(""),
     INLINE(ALLOW("A", "'Action': 's3:GetObject', 'NotResource': 'arn:aws:s3:::x/*'")),
     "+ cross-team: s3:GetObject on everything but arn:aws:s3:::x/*, reaching risk, by A of own\n"},
    {"a resource that the action does not take", INLINE(""),
     INLINE(ALLOW("A", "'Action': 's3:ListAllMyBuckets', 'Resource': 'arn:aws:s3:::x'")), ""},
    {"a condition that goes", INLINE(ALLOW("A", STOP "," OWN)), INLINE(ALLOW("A", STOP)),
     "+ cross-team: sagemaker:StopTrainingJob on *, reaching other teams, by A of own\n"},
    {"a deny that comes", INLINE(ALLOW("A", STOP "," OWN)), INLINE(ALLOW("A", STOP "," OWN) "," DENY("No", STOP)),
     "- write: sagemaker:StopTrainingJob on *, if aws:ResourceTag/Team StringEquals ${aws:PrincipalTag/Team}, by A of own; now kept from it by No of 'own'\n"},
    {"a deny that goes", INLINE(ALLOW("A", STOP "," OWN) "," DENY("No", STOP)), INLINE(ALLOW("A", STOP "," OWN)),
     "+ write: sagemaker:StopTrainingJob on *, if aws:ResourceTag/Team StringEquals ${aws:PrincipalTag/Team}, by A of own; kept from it until now by No of 'own'\n"},
    {"a boundary that comes", INLINE(ALLOW("A", "'Action': ['glue:GetTable', 's3:GetBucketPolicy'], 'Resource': '*'")),
     "{" TEAM ", 'PermissionsBoundary': 'arn:aws:iam::111122223333:policy/bound', 'InlinePolicies': {'own': "
     DOCUMENT(ALLOW("A", "'Action': ['glue:GetTable', 's3:GetBucketPolicy'], 'Resource': '*'")) "}}",
     "- read: glue:GetTable on *, by A of own; now kept from it by the layer 'permissionBoundary', which does not allow it\n"},
    {"another team's bucket and role", INLINE(""),
     INLINE(ALLOW("A", "'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::acme-*'") ","
            ALLOW("B", "'Action': 'iam:PassRole', 'Resource': 'arn:aws:iam::111122223333:role/*'")),
     "+ cross-team: iam:PassRole on arn:aws:iam::111122223333:role/*, reaching risk, by B of own\n"
     "+ cross-team: s3:GetObject on arn:aws:s3:::acme-*, reaching risk, by A of own\n"},
    {"retagging what is another's", INLINE(""), INLINE(ALLOW("A", "'Action': 'sagemaker:AddTags', 'Resource': '*'")),
     "+ cross-team: sagemaker:AddTags on *, reaching other teams, by A of own\n"},
    {"tagging on creation", INLINE(""), INLINE(ALLOW("A", "'Action': 'sagemaker:AddTags', 'Resource': '*', 'Condition': {'StringLike': {'sagemaker:TaggingAction': 'Create*'}}")),
     "+ tagging: sagemaker:AddTags on *, if sagemaker:TaggingAction StringLike Create*, by A of own\n"},
    {"keys and roles of other accounts are theirs to give", INLINE(""),
     INLINE(ALLOW("A", "'Action': 'kms:Decrypt', 'Resource': 'arn:aws:kms:us-east-1:999988887777:key/*'") ","
            ALLOW("B", "'Action': 'sts:AssumeRole', 'Resource': 'arn:aws:iam::999988887777:role/data'")),
     "+ assume-role: sts:AssumeRole on arn:aws:iam::999988887777:role/data, by B of own\n"
     "+ write: kms:Decrypt on arn:aws:kms:us-east-1:999988887777:key/*, by A of own\n"},
    {"a policy that was not read", INLINE(""),
     "{" TEAM ", 'AttachedManagedPolicies': ['arn:aws:iam::aws:policy/PowerUserAccess'], 'InlinePolicies': {'own': " DOCUMENT("") "}}",
     "+ unread: whatever arn:aws:iam::aws:policy/PowerUserAccess allows, which was not read\n"},
    {"the own team's tag changes", INLINE(ALLOW("A", STOP "," OWN)),
     "{'Tags': [{'Key': 'Team', 'Value': 'loans'}], 'InlinePolicies': {'own': " DOCUMENT(ALLOW("A", STOP "," OWN)) "}}",
     "+ write: sagemaker:StopTrainingJob on *, if aws:ResourceTag/Team StringEquals ${aws:PrincipalTag/Team}, by A of own\n"
     "- write: sagemaker:StopTrainingJob on *, if aws:ResourceTag/Team StringEquals ${aws:PrincipalTag/Team}, by A of own\n"},
    {"one person only", INLINE(""),
     INLINE(ALLOW("A", STOP ", 'Condition': {'StringEquals': {'sagemaker:UserProfileName': 'ann-fraud', 'aws:ResourceTag/Team': 'fraud'}}")),
     "+ write: sagemaker:StopTrainingJob on *, if sagemaker:UserProfileName StringEquals ann-fraud and aws:ResourceTag/Team StringEquals fraud, by A of own; only ann@fraud\n"},
    {"in Studio only", INLINE(""),
     INLINE(ALLOW("A", STOP ", 'Condition': {'Null': {'sagemaker:UserProfileName': 'false'}, 'StringEquals': {'aws:ResourceTag/Team': 'fraud'}}")),
     "+ write: sagemaker:StopTrainingJob on *, if sagemaker:UserProfileName Null false and aws:ResourceTag/Team StringEquals fraud, by A of own; in Studio only\n"},
    {"a role that comes", NULL, INLINE(ALLOW("A", "'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::x/*'")),
     "+ membership: ann@fraud works in sagemaker_user_profile/dev/us-east-1/studio/ann-fraud, from this change on until 2027-01-31\n"
     "+ membership: bob@fraud works in sagemaker_user_profile/dev/us-east-1/studio/bob-fraud, from this change on\n"
     "+ read: s3:GetObject on arn:aws:s3:::x/*, by A of own\n"},
    {"a role that goes", INLINE(ALLOW("A", "'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::x/*'")), NULL,
     "- membership: ann@fraud does not work any more in sagemaker_user_profile/dev/us-east-1/studio/ann-fraud\n"
     "- membership: bob@fraud does not work any more in sagemaker_user_profile/dev/us-east-1/studio/bob-fraud\n"
     "- read: s3:GetObject on arn:aws:s3:::x/*, by A of own\n"},
};
/* clang-format on */

static json_t *parse(const char *text)
{
    sk_auto(sk_freep) char *json = sk_xstrdup(text);
    for (char *at = json; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(json, strlen(json), "test", &err);
    if (!value)
        fail_msg("%s in %s", sk_err_message(&err), json);
    return value;
}

static void add(struct sk_documents *documents, const char *address, const char *body)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_kind *kind = kinds;
    while (strncmp(kind->name, address, strlen(kind->name)) != 0)
        kind++;
    struct sk_document *document = sk_document_new(kind, address, parse(body));
    assert_int_equal(sk_documents_add(documents, document, &err), 0);
}

static struct sk_access_state *state_of(struct sk_documents *documents, const char *role)
{
    for (size_t i = 0; i < sizeof(world) / sizeof(*world); i++)
        add(documents, world[i][0], world[i][1]);
    if (role)
        add(documents, "iam_role/dev/global/fraud", role);
    const struct sk_access_opts opts = {.documents = documents, .accounts = &accounts};
    return sk_access_state_new(&opts);
}

static json_t *sections_of(const struct change_case *item)
{
    sk_auto(sk_documents_done) struct sk_documents before = {0};
    sk_auto(sk_documents_done) struct sk_documents after = {0};
    sk_auto(sk_access_state_freep) struct sk_access_state *from = state_of(&before, item->before);
    sk_auto(sk_access_state_freep) struct sk_access_state *to = state_of(&after, item->after);
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *teams = parse("[{'name': 'fraud', 'buckets': ['acme-fraud']},"
                               "{'name': 'risk', 'buckets': ['acme-risk']}]");
    json_auto_t *members =
        parse("[{'address': 'sagemaker_user_profile/dev/us-east-1/studio/ann-fraud', "
              "'until': '2027-01-31'}]");
    const struct sk_access_change_opts opts = {
        .before = from, .after = to, .teams = teams, .members = members};
    json_t *sections = sk_access_changes(&opts, &err);
    if (!sections)
        fail_msg("%s: %s", item->name, sk_err_message(&err));
    return sections;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_auto_t *sections = sections_of(&cases[i]);
        struct sk_buffer lines = {0};
        size_t index;
        json_t *section;
        json_array_foreach(sections, index, section)
        {
            json_auto_t *text = sk_access_change_text(section);
            size_t position;
            json_t *line;
            json_array_foreach(json_object_get(text, "lines"), position, line)
            {
                sk_buffer_addf(&lines, "%s\n", json_string_value(line));
            }
            assert_int_equal(json_array_size(json_object_get(section, "unknown")), 0);
        }
        if (strcmp(sk_buffer_text(&lines), cases[i].lines) != 0)
            fail_msg("%s:\n%s--- instead of\n%s", cases[i].name, sk_buffer_text(&lines),
                     cases[i].lines);
        sk_buffer_done(&lines);
    }
}

/* What gives anything in one direction takes it in the other. */
static void test_both_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct change_case back = {cases[i].name, cases[i].after, cases[i].before, NULL};
        json_auto_t *there = sections_of(&cases[i]);
        json_auto_t *again = sections_of(&back);
        assert_int_equal(json_array_size(there), json_array_size(again));
        for (size_t j = 0; j < json_array_size(there); j++) {
            const json_t *rows = json_object_get(json_array_get(there, j), "rows");
            const json_t *turned = json_object_get(json_array_get(again, j), "rows");
            if (json_array_size(rows) != json_array_size(turned))
                fail_msg("%s: %zu rows, and %zu back", cases[i].name, json_array_size(rows),
                         json_array_size(turned));
        }
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_both_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
