/* Shared by `can` and `who-can`, see access_view.h. */
#include "controller/access_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/output.h"
#include "policy/catalogue.h"
#include "reconcilers/registry.h"

static int check_action(const char *action, struct sk_err *err)
{
    const char *colon = strchr(action, ':');
    if (!colon || colon == action || !colon[1] || strpbrk(action, "*?"))
        return sk_err_set(err, SK_E_USAGE, "'%s' is no action; expected one, as service:Action",
                          action);
    size_t length = (size_t)(colon - action);
    if (sk_catalogue_find(action) || sk_catalogue_service(action, length) == SK_SERVICE_NAMED)
        return 0;
    const char *nearest = sk_catalogue_nearest(action);
    return sk_err_set(err, SK_E_USAGE, "unknown action '%s'%s%s%s", action,
                      nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

/* Whoever is missing in what was read may be able to do anything. */
static void tell_unknown(struct sk_access_view *view)
{
    const struct sk_view *live = &view->run.cycle.view;
    for (size_t i = 0; i < live->unknown_count; i++) {
        const struct sk_unknown *part = &live->unknown[i];
        bool matters = sk_text_starts_with(part->kind->name, "iam_") ||
                       sk_text_starts_with(part->kind->name, "sagemaker_");
        if (!matters)
            continue;
        sk_auto(sk_freep) char *message = sk_text_scrub(sk_err_message(&part->err));
        fprintf(stderr, "unknown: %s in %s/%s: %s\n", part->kind->name, part->account, part->region,
                message);
        /* What AWS's policies say is missing in the answers that it matters to, and only there. */
        bool missing = strcmp(part->kind->name, "iam_aws_policy") != 0;
        view->partial |= missing;
        if (missing)
            json_array_append_new(view->unread,
                                  json_sprintf("%s in %s/%s could not be read", part->kind->name,
                                               part->account, part->region));
    }
}

/* Observes only what principals and their policies are made of, and resources that people ask about.
 */
static void choose_kinds(struct sk_access_view *view)
{
    static const char *const names[SK_ACCESS_KINDS] = {"iam_aws_policy",  "iam_policy",
                                                       "iam_role",        "sagemaker_domain",
                                                       "sagemaker_space", "sagemaker_user_profile"};
    for (size_t i = 0; i < SK_ACCESS_KINDS; i++)
        view->kinds[i] = sk_kinds_find(sk_registry_readable(), names[i]);
    view->observed = (struct sk_kinds){view->kinds, SK_ACCESS_KINDS};
    view->run.cycle.opts.kinds = &view->observed;
}

static void add_control(struct sk_access_view *view, const struct sk_access_control *control)
{
    view->controls = sk_xrealloc(view->controls, view->control_count + 1, sizeof(*view->controls));
    view->controls[view->control_count++] = *control;
}

/* A guardrail at one of its targets: the root, or an account. Which accounts are in an
 * organizational unit is not known. */
static void add_guardrail(struct sk_access_view *view, const json_t *guardrail,
                          const json_t *target)
{
    const char *name = sk_json_text(guardrail, "name");
    const char *account = sk_json_text(target, "account");
    const struct sk_manifest *manifest =
        sk_manifests_find(view->run.cycle.manifests, "Guardrail", name);
    if (!account && !json_is_true(json_object_get(target, "root")))
        return;
    json_t *source = json_pack("{s:o, s:s*, s:I}", "from", json_sprintf("Guardrail/%s", name),
                               "path", manifest ? manifest->path : NULL, "line",
                               manifest ? (json_int_t)manifest->position.line : 0);
    json_array_append_new(view->control_sources, source);
    add_control(view, &(struct sk_access_control){
                          .account = account,
                          .level = account ? 1 : 0,
                          .name = name,
                          .document = json_object_get(guardrail, "document"),
                          .source = source,
                      });
}

/* The declared service control policies, and FullAWSAccess beside them at each level. */
static void take_guardrails(struct sk_access_view *view)
{
    view->control_sources = json_array();
    view->full_access = json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "Version", "2012-10-17",
                                  "Statement", "Effect", "Allow", "Action", "*", "Resource", "*");
    size_t index;
    json_t *guardrail;
    json_array_foreach(view->run.cycle.blueprint->guardrails, index, guardrail)
    {
        size_t position;
        json_t *target;
        if (!sk_text_equal(sk_json_text(guardrail, "type"), "scp"))
            continue;
        json_array_foreach(json_object_get(guardrail, "targets"), position, target)
            add_guardrail(view, guardrail, target);
    }
    for (size_t level = 0; view->control_count > 0 && level < 2; level++)
        add_control(view, &(struct sk_access_control){.level = level,
                                                      .name = "FullAWSAccess",
                                                      .document = view->full_access});
}

static int open_state(struct sk_access_view *view, const struct sk_settings *settings,
                      bool with_guardrails, struct sk_err *err)
{
    struct sk_cycle *cycle = &view->run.cycle;
    int code =
        sk_runner_stages(&view->run, settings->live ? SK_STAGE_OBSERVE : SK_STAGE_COMPILE, err);
    if (code < 0)
        return code;
    if (with_guardrails && !settings->live)
        take_guardrails(view);
    const struct sk_access_opts opts = {
        .controls = view->controls,
        .control_count = view->control_count,
        .documents = settings->live ? &cycle->view.live : &cycle->desired,
        .accounts = &cycle->blueprint->accounts,
        .sources = settings->live ? NULL : cycle->blueprint->policy_sources,
    };
    if (settings->live)
        tell_unknown(view);
    view->state = sk_access_state_new(&opts);
    return 0;
}

int sk_access_view_open(struct sk_access_view *view, const struct sk_settings *settings,
                        const char *action, const char *resource, struct sk_err *err)
{
    *view = (struct sk_access_view){.unread = json_array()};
    sk_runner_init(&view->run, settings, false);
    choose_kinds(view);
    int code = action ? check_action(action, err) : 0;
    if (code == 0)
        code = sk_access_context_read((const char *const *)settings->context.items,
                                      settings->context.count, &view->context, err);
    if (code == 0)
        code = open_state(view, settings, action != NULL, err);
    if (code == 0 && action)
        code = sk_access_resource_read(view->state, action, resource, &view->resource, err);
    view->question = (struct sk_access_question){
        .action = action, .resource = &view->resource, .context = view->context};
    return code;
}

void sk_access_view_close(struct sk_access_view *view)
{
    sk_access_resource_done(&view->resource);
    sk_access_state_free(view->state);
    free(view->controls);
    json_decref(view->full_access);
    json_decref(view->unread);
    json_decref(view->control_sources);
    json_decref(view->context);
    sk_runner_done(&view->run);
}

json_t *sk_access_view_question(const struct sk_access_view *view)
{
    const struct sk_access_resource *resource = &view->resource;
    const char *address = resource->document ? resource->document->address : NULL;
    json_t *about = json_pack("{s:s, s:s*, s:O*, s:O}", "arn", resource->arn, "address", address,
                              "tags", resource->tags, "keys", resource->keys);
    return json_pack("{s:s, s:o, s:O, s:s}", "action", view->question.action, "resource", about,
                     "context", view->context, "state",
                     view->run.settings->live ? "live" : "desired");
}

json_t *sk_access_view_principal(const struct sk_access_principal *principal)
{
    static const char *const situations[] = {
        [SK_SITUATION_PROFILE] = "profile",
        [SK_SITUATION_SPACE] = "space",
        [SK_SITUATION_SIGN_IN] = "sign-in",
        [SK_SITUATION_ROLE] = "role",
    };
    return json_pack("{s:s, s:s, s:s, s:s, s:O, s:O, s:s*, s:s*, s:s*}", "name", principal->name,
                     "situation", situations[principal->situation], "role", principal->role->arn,
                     "session", principal->session_arn, "tags", principal->tags, "keys",
                     principal->keys, "place", principal->place ? principal->place->address : NULL,
                     "user", principal->user, "team", principal->team);
}

char *sk_access_view_list(const json_t *sentences)
{
    struct sk_buffer out = {0};
    size_t index;
    json_t *sentence;
    json_array_foreach(sentences, index, sentence)
    {
        sk_buffer_addf(&out, "%s%s", index > 0 ? "; " : "", json_string_value(sentence));
    }
    sk_buffer_adds(&out, "");
    return sk_buffer_take(&out);
}

const char *sk_access_view_may(enum sk_access_may may)
{
    static const char *const words[] = {
        [SK_ACCESS_NO] = "no",
        [SK_ACCESS_DEPENDS] = "depends",
        [SK_ACCESS_YES] = "yes",
        [SK_ACCESS_UNKNOWN] = "unknown",
    };
    return words[may];
}
