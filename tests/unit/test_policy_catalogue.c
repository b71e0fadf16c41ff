/* lib/policy: the catalogue of actions. */
#include <string.h>

#include "sk_test.h"

#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/catalogue_data.h"

static void actions_are_found_in_any_case(void **state)
{
    (void)state;
    const struct sk_catalogue_action *action = sk_catalogue_find("SageMaker:createapp");
    assert_non_null(action);
    assert_string_equal(sk_catalogue_name(action), "sagemaker:CreateApp");
    assert_int_equal(sk_catalogue_access(action), SK_ACCESS_WRITE);
    assert_int_equal(sk_catalogue_resource_types(action), 1);
    assert_string_equal(sk_catalogue_resource_type(action, 0), "app");
    assert_string_equal(sk_catalogue_resource_arn(action, 0), "arn:*:sagemaker:*:*:app/*/*/*/*");
    assert_true(sk_catalogue_resource_required(action, 0));
    assert_null(sk_catalogue_find("sagemaker:CreateAp"));
    assert_null(sk_catalogue_find(""));
    assert_int_equal(sk_catalogue_access(sk_catalogue_find("sagemaker:AddTags")),
                     SK_ACCESS_TAGGING);
}

static void every_action_is_found(void **state)
{
    (void)state;
    size_t count = 0;
    const struct sk_catalogue_action *action;
    while ((action = sk_catalogue_at(count)) != NULL) {
        if (sk_catalogue_find(sk_catalogue_name(action)) != action)
            fail_msg("%s is not found", sk_catalogue_name(action));
        count++;
    }
    assert_true(count > 5000);
}

static void services_are_sorted_and_whole(void **state)
{
    (void)state;
    for (size_t i = 1; i < sk_catalogue_service_count; i++)
        assert_true(strcmp(sk_catalogue_services[i - 1].prefix, sk_catalogue_services[i].prefix) <
                    0);
    static const char *const needed[] = {
        "sagemaker",
        "iam",
        "sts",
        "s3",
        "ecr",
        "kms",
        "logs",
        "cloudwatch",
        "ec2",
        "elasticfilesystem",
        "glue",
        "athena",
        "lakeformation",
        "codecommit",
        "codebuild",
        "codepipeline",
        "servicecatalog",
        "events",
        "lambda",
        "states",
        "secretsmanager",
        "ssm",
        "bedrock",
        "organizations",
        "sso",
        "identitystore",
    };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (sk_catalogue_service(needed[i], strlen(needed[i])) != SK_SERVICE_WHOLE)
            fail_msg("%s is missing", needed[i]);
    }
    assert_int_equal(sk_catalogue_service("S3", 2), SK_SERVICE_WHOLE);
    assert_int_equal(sk_catalogue_service("a2c", 3), SK_SERVICE_NAMED);
    assert_int_equal(sk_catalogue_service("nosuch", 6), SK_SERVICE_UNKNOWN);
    size_t first;
    size_t past;
    assert_true(sk_catalogue_range("iam", 3, &first, &past));
    assert_true(sk_text_starts_with(sk_catalogue_name(sk_catalogue_at(first)), "iam:"));
    assert_true(sk_text_starts_with(sk_catalogue_name(sk_catalogue_at(past - 1)), "iam:"));
}

static void misspelt_actions_get_an_offer(void **state)
{
    (void)state;
    assert_string_equal(sk_catalogue_nearest("sagemaker:CreateAp"), "sagemaker:CreateApp");
    assert_string_equal(sk_catalogue_nearest("sagmaker:CreateApp"), "sagemaker");
    assert_null(sk_catalogue_nearest("sagemaker:Zzzzzzzzzzzzz"));
}

static void condition_keys_belong_to_actions(void **state)
{
    (void)state;
    const struct sk_catalogue_action *create_app = sk_catalogue_find("sagemaker:CreateApp");
    const struct sk_catalogue_action *list_apps = sk_catalogue_find("sagemaker:ListApps");
    const struct sk_catalogue_action *delete_model = sk_catalogue_find("sagemaker:DeleteModel");
    assert_true(sk_catalogue_has_key(create_app, "sagemaker:InstanceTypes"));
    assert_true(sk_catalogue_has_key(create_app, "aws:RequestTag/Team"));
    assert_true(sk_catalogue_has_key(create_app, "aws:SourceIp"));
    assert_true(sk_catalogue_has_key(delete_model, "aws:ResourceTag/Team"));
    assert_true(sk_catalogue_has_key(delete_model, "sagemaker:resourcetag/Team"));
    assert_false(sk_catalogue_has_key(delete_model, "aws:RequestTag/Team"));
    assert_false(sk_catalogue_has_key(list_apps, "aws:ResourceTag/Team"));
    assert_false(sk_catalogue_has_key(create_app, "sagemaker:AppNetworkAccessType"));
    assert_true(
        sk_catalogue_has_key(sk_catalogue_find("sagemaker:AddTags"), "sagemaker:TaggingAction"));
    assert_true(sk_catalogue_knows_key("sagemaker:VolumeKmsKeyArn"));
    assert_false(sk_catalogue_knows_key("sagemaker:VolumeKmsKey"));
    assert_true(sk_catalogue_knows_key("aws:PrincipalTag/anything"));
    assert_false(sk_catalogue_knows_key("aws:NoSuchKey"));
    assert_true(sk_catalogue_knows_key("saml:aud"));
    assert_string_equal(sk_catalogue_key_type("sagemaker:InstanceTypes"), "ArrayOfString");
    assert_null(sk_catalogue_key_type("nosuch:key"));
}

static void tags_of_resources_have_aliases(void **state)
{
    (void)state;
    assert_string_equal(sk_catalogue_resource_tag("sagemaker:resourcetag/team"), "team");
    assert_string_equal(sk_catalogue_resource_tag("aws:resourcetag/a/b"), "a/b");
    assert_null(sk_catalogue_resource_tag("aws:requesttag/team"));
    assert_null(sk_catalogue_resource_tag("nosuch:resourcetag/team"));
    assert_null(sk_catalogue_resource_tag("aws:username"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_are_found_in_any_case),
        cmocka_unit_test(every_action_is_found),
        cmocka_unit_test(services_are_sorted_and_whole),
        cmocka_unit_test(misspelt_actions_get_an_offer),
        cmocka_unit_test(condition_keys_belong_to_actions),
        cmocka_unit_test(tags_of_resources_have_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
