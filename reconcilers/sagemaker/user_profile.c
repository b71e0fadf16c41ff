/* sagemaker_user_profile: one Studio profile for each user and team.
 *
 * All profiles of a region are listed without domain filter; DescribeUserProfile is asked only for
 * those whose LastModifiedTime or Status moved. Tags are read through the tagging API, because
 * their changes do not move LastModifiedTime (aws-api.md 2). */
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/leaving.h"
#include "reconcilers/sagemaker/settings.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/sagemaker/tags.h"
#include "reconcilers/tags.h"

#define SIGN_IN_TAG "studiouserid"

static const struct sk_attr attrs[] = {
    {.path = "DomainId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "The domain.",
     .road = "a profile cannot move: its home directory belongs to the domain"},
    {.path = "UserProfileName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_CASELESS,
     .doc = "Name, unique in the domain without regard to case."},
    {.path = "SingleSignOnUserIdentifier",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "UserName, for SSO domains."},
    {.path = "SingleSignOnUserValue",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "The user, for SSO domains.",
     .road = "a profile belongs to one user; declare another profile"},
    SK_ROWS_USER_SETTINGS("UserSettings", "DefaultAsDomain"),
    {.path = "UserSettings.RStudioServerProAppSettings",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Access to RStudio and its group; fixed at creation.",
     .road = "AWS fixes a profile's access to RStudio when the profile is made"},
    {.path = "Tags",
     .type = SK_ATTR_TAGS,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Tags; sign-in policies open a profile by its studiouserid."},
    {.path = "UserProfileArn",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Made by AWS."},
    {.path = "HomeEfsFileSystemUid",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Owner of the home directory on the domain's file system."},
    {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = NULL},
};

/* The described profile with what the list says of it. New. */
static json_t *profile_body(const struct sk_observation *observation, const json_t *described,
                            const json_t *listed)
{
    static const char *const members[] = {"DomainId", "UserProfileName", "Status", NULL};
    json_t *body = json_copy((json_t *)described);
    sk_body_fill(body, listed, members);
    if (!sk_json_text(body, "UserProfileArn")) {
        sk_auto(sk_freep) char *arn =
            sk_xasprintf("arn:%s:sagemaker:%s:%s:user-profile/%s/%s", observation->partition,
                         observation->region, observation->account_id,
                         sk_json_text(body, "DomainId"), sk_json_text(body, "UserProfileName"));
        json_object_set_new(body, "UserProfileArn", json_string(arn));
    }
    return body;
}

/* `body` is stolen. */
static void emit_profile(struct sk_observation *observation, const char *domain, json_t *body,
                         json_t *tags, unsigned *asked)
{
    const char *arn = sk_json_text(body, "UserProfileArn");
    sk_auto(sk_freep) char *name =
        sk_xasprintf("%s/%s", domain, sk_json_text(body, "UserProfileName"));
    if (sk_observation_wants(observation, "sagemaker_user_profile", name))
        sk_sagemaker_complete_tags(observation, tags, arn, asked);
    json_object_set_new(body, "Tags", sk_tags_of(tags, arn));
    struct sk_document *document = sk_observation_emit(observation, name, body);
    if (!document)
        return;
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_domain", observation->account, observation->region, domain);
    sk_document_add_edge(document, address);
    sk_iam_add_edges(document, observation, json_object_get(document->body, "UserSettings"));
}

static int read_profiles(struct sk_observation *observation, struct sk_err *err)
{
    json_auto_t *domains = sk_sagemaker_domain_names(observation);
    json_auto_t *tags = sk_tags_read(observation, NULL, "sagemaker:user-profile");
    const json_t *list = sk_observe(observation, "sagemaker", "ListUserProfiles", json_object());
    if (!domains || !tags || !list)
        return sk_body_wait(observation, err);
    unsigned asked = 0;
    size_t index;
    json_t *listed;
    json_array_foreach(json_object_get(list, "UserProfiles"), index, listed)
    {
        const char *id = sk_json_text(listed, "DomainId");
        const char *name = sk_json_text(listed, "UserProfileName");
        if (!id || !name)
            return sk_err_set(err, SK_E_PROTOCOL, "a profile without domain or name was answered");
        /* A domain that is not listed (any more) is addressed by its id. */
        const char *domain = sk_json_text(domains, id);
        const json_t *described = sk_sagemaker_describe(
            observation, "DescribeUserProfile",
            json_pack("{s:s, s:s}", "DomainId", id, "UserProfileName", name), listed);
        if (described)
            emit_profile(observation, domain ? domain : id,
                         profile_body(observation, described, listed), tags, &asked);
    }
    return 0;
}

static int create_profile(const struct sk_change_input *input, struct sk_calls *calls,
                          struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"DomainId",
                                          "UserProfileName",
                                          "SingleSignOnUserIdentifier",
                                          "SingleSignOnUserValue",
                                          "UserSettings",
                                          "Tags",
                                          NULL};
    json_t *request = sk_body_pick(input->desired->body, members);
    sk_settings_complete(json_object_get(request, "UserSettings"), NULL, NULL);
    struct sk_call *call = sk_calls_add(calls, "sagemaker", "CreateUserProfile", request);
    call->capture = json_pack("{s:s}", "UserProfileArn", "UserProfileArn");
    return 0;
}

/* Whether a tag had one value and gets another. */
static bool passes_on(const struct sk_fields *fields, const char *path)
{
    const struct sk_field *field = sk_fields_find(fields, path);
    const char *from = field ? json_string_value(field->from) : NULL;
    const char *to = field ? json_string_value(field->to) : NULL;
    return from && to && strcasecmp(from, to) != 0;
}

static int update_profile(const struct sk_change_input *input, struct sk_calls *calls,
                          struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    sk_sagemaker_tag_calls(input, calls, sk_json_text(live, "UserProfileArn"));
    json_t *settings = sk_settings_patch(input, "UserSettings");
    bool again = sk_fields_find(input->fields, "Status") != NULL;
    if (settings || again)
        sk_calls_add(calls, "sagemaker", "UpdateUserProfile",
                     json_pack("{s:O, s:O, s:o*}", "DomainId", json_object_get(live, "DomainId"),
                               "UserProfileName", json_object_get(live, "UserProfileName"),
                               "UserSettings", settings));
    /* What runs goes on as the old role, and as the old user, until it is started anew. */
    if (passes_on(input->fields, "Tags." SIGN_IN_TAG) || passes_on(input->fields, "Tags.Team"))
        sk_sagemaker_drain_apps_of_profile(input, calls);
    return 0;
}

/* Somebody else gets in, or got in last: the home directory and the private spaces are still theirs. */
static char *profile_handover(const struct sk_change_input *input, bool *certain)
{
    const json_t *tags = json_object_get(input->live->body, "Tags");
    const char *was = sk_json_tag(tags, SIGN_IN_TAG);
    if (!was)
        was = sk_json_tag(tags, SK_TAG_LEAVER);
    const char *becomes = sk_json_tag(json_object_get(input->desired->body, "Tags"), SIGN_IN_TAG);
    if (!was || !becomes || strcasecmp(was, becomes) == 0)
        return NULL;
    *certain = sk_json_tag(tags, SIGN_IN_TAG) == NULL;
    return sk_xasprintf(
        "it passes from '%s' to '%s', with the home directory and the private spaces", was,
        becomes);
}

/* A grace time that cannot be read is no reason to delete what it was to keep. */
static char *profile_obstacle(const struct sk_change_input *input)
{
    const char *grace = sk_json_tag(json_object_get(input->live->body, "Tags"), SK_TAG_GRACE);
    if (input->desired || !grace || sk_text_equal(grace, "0") || sk_sagemaker_grace_s(grace) > 0)
        return NULL;
    return sk_xasprintf(
        "its tag %s is '%s', which is no time such as 7d or 36h; write one, or remove "
        "the tag to have it deleted",
        SK_TAG_GRACE, grace);
}

/* Sign-in policies open a profile by this tag: without it nobody gets in any more. A profile that
 * could not be made was never open. */
static bool is_open(const json_t *live)
{
    return sk_json_tag(json_object_get(live, "Tags"), SIGN_IN_TAG) &&
           !sk_text_equal(sk_json_text(live, "Status"), "Failed");
}

static void close_profile(const json_t *live, struct sk_calls *calls)
{
    if (is_open(live))
        sk_calls_add(calls, "sagemaker", "DeleteTags",
                     json_pack("{s:O, s:[s]}", "ResourceArn",
                               json_object_get(live, "UserProfileArn"), "TagKeys", SIGN_IN_TAG));
}

/* Whose it was, and since when it is not. The time is what the clock says when the call is made: a
 * plan's digest knows no time. */
static void note_leaving(const json_t *live, bool with_time, struct sk_calls *calls)
{
    json_t *tags = json_array();
    const char *user = sk_json_tag(json_object_get(live, "Tags"), SIGN_IN_TAG);
    if (is_open(live))
        json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", SK_TAG_LEAVER, "Value", user));
    if (with_time)
        json_array_append_new(tags, json_pack("{s:s, s:o}", "Key", SK_TAG_LEFT, "Value",
                                              sk_ref_new(SK_REF_CLOCK, "now")));
    if (json_array_size(tags) > 0)
        sk_calls_add(calls, "sagemaker", "AddTags",
                     json_pack("{s:O, s:O}", "ResourceArn", json_object_get(live, "UserProfileArn"),
                               "Tags", tags));
    json_decref(tags);
}

/* Access and apps go at once, the rest after the grace time. */
static int retire_profile(const struct sk_change_input *input, struct sk_wall *due,
                          struct sk_calls *calls, struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    const json_t *tags = json_object_get(live, "Tags");
    int64_t grace_s = sk_sagemaker_grace_s(sk_json_tag(tags, SK_TAG_GRACE));
    const char *noted = sk_json_tag(tags, SK_TAG_LEFT);
    struct sk_wall left = input->now;
    bool is_noted = noted && sk_wall_parse(noted, &left) == 0;
    bool to_note = grace_s > 0 && !is_noted;
    *due = (struct sk_wall){grace_s > 0 ? left.seconds + grace_s : 0};
    if (!is_open(live) && !to_note && !sk_sagemaker_apps_run(input))
        return 0;
    sk_sagemaker_check_owned(calls, sk_json_text(live, "UserProfileArn"));
    close_profile(live, calls);
    note_leaving(live, to_note, calls);
    sk_sagemaker_drain_apps_of_profile(input, calls);
    return 0;
}

static int remove_profile(const struct sk_change_input *input, struct sk_calls *calls,
                          struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    sk_sagemaker_check_owned(calls, sk_json_text(live, "UserProfileArn"));
    close_profile(live, calls);
    sk_sagemaker_drain_apps_of_profile(input, calls);
    sk_sagemaker_drain_private_spaces(calls, sk_json_text(live, "DomainId"),
                                      sk_json_text(live, "UserProfileName"));
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "DeleteUserProfile",
                     json_pack("{s:O, s:O}", "DomainId", json_object_get(live, "DomainId"),
                               "UserProfileName", json_object_get(live, "UserProfileName")));
    call->absent_ok = true;
    return 0;
}

static int check_profile(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "UserProfileName", .max = 63, .allowed = SK_CHECK_SAGEMAKER_NAME},
        {.path = NULL},
    };
    const json_t *body = desired->body;
    int code = sk_check_texts(body, texts, err);
    if (code == 0)
        code = sk_check_tags(desired, err);
    if (code == 0)
        code = sk_settings_check(body, "UserSettings", err);
    if (code == 0 && sk_body_absent(json_object_get(body, "SingleSignOnUserIdentifier")) !=
                         sk_body_absent(json_object_get(body, "SingleSignOnUserValue")))
        code = sk_err_set(err, SK_E_INVALID,
                          "SingleSignOnUserIdentifier and SingleSignOnUserValue: expected both or "
                          "none");
    return code;
}

const struct sk_kind sk_kind_sagemaker_user_profile = {
    .name = "sagemaker_user_profile",
    .service = "sagemaker",
    .noun = "user profile",
    .doc = "A Studio user profile: one user in one team.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_SETTLES,
    .attrs = attrs,
    .read = read_profiles,
    .create = create_profile,
    .update = update_profile,
    .remove = remove_profile,
    .retire = retire_profile,
    .obstacle = profile_obstacle,
    .handover = profile_handover,
    .state = sk_sagemaker_state,
    .check = check_profile,
};
