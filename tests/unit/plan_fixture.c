/* The fake world, see plan_fixture.h. */
#include "plan_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* Kinds */

static json_t *without_nulls(const json_t *value)
{
    if (!json_is_object(value))
        return json_deep_copy(value);
    json_t *copy = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (!json_is_null(member))
            json_object_set_new(copy, key, without_nulls(member));
    }
    return copy;
}

static int fake_create(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    if (sk_json_text(input->desired->body, "Broken"))
        return sk_err_set(err, SK_E_INVALID, "broken body");
    struct sk_call *call = sk_calls_add(calls, "fake", "Create",
                                        json_pack("{s:s, s:o}", "Address", input->desired->address,
                                                  "Body", without_nulls(input->desired->body)));
    call->capture = json_pack("{s:s}", "Id", "Id");
    return 0;
}

/* Everything that differs, at its path; "Inert" is what no call can change. */
static int fake_update(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    json_t *request = json_object();
    for (size_t i = 0; i < input->fields->count; i++) {
        const struct sk_field *field = &input->fields->items[i];
        if (sk_text_starts_with(field->path, "Tags.") || strcmp(field->path, "Inert") == 0)
            continue;
        json_t *value = sk_fields_value(input->fields, field->path);
        json_object_set_new(request, field->path, value ? value : json_null());
    }
    json_t *remove = sk_fields_tags_to_remove(input->fields);
    if (remove)
        sk_calls_add(calls, "fake", "Untag",
                     json_pack("{s:s, s:o}", "Address", input->live->address, "TagKeys", remove));
    json_t *set = sk_fields_tags_to_set(input->fields);
    if (set)
        sk_calls_add(calls, "fake", "Tag",
                     json_pack("{s:s, s:o}", "Address", input->live->address, "Tags", set));
    if (json_object_size(request) == 0) {
        json_decref(request);
        return 0;
    }
    sk_calls_add(calls, "fake", "Update",
                 json_pack("{s:s, s:o}", "Address", input->live->address, "Set", request));
    return 0;
}

static int fake_remove(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    struct sk_call *check = sk_calls_add(calls, "fake", "ListTags",
                                         json_pack("{s:s}", "Address", input->live->address));
    check->check = SK_CHECK_OWNED;
    struct sk_call *call =
        sk_calls_add(calls, "fake", "Delete", json_pack("{s:s}", "Address", input->live->address));
    call->absent_ok = true;
    return 0;
}

static int fake_read(struct sk_observation *observation, struct sk_err *err)
{
    (void)observation;
    (void)err;
    return 0;
}

static enum sk_state fake_state(const json_t *body, const char **reason)
{
    static const struct {
        const char *status;
        enum sk_state state;
    } words[] = {{"Updating", SK_STATE_BUSY},
                 {"Failed", SK_STATE_FAILED_CREATE},
                 {"Update_Failed", SK_STATE_FAILED_UPDATE},
                 {"Delete_Failed", SK_STATE_FAILED_DELETE},
                 {"Deleted", SK_STATE_GONE}};
    const char *status = sk_json_text(body, "Status");
    *reason = sk_json_text(body, "FailureReason");
    for (size_t i = 0; status && i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i].status, status) == 0)
            return words[i].state;
    }
    return SK_STATE_READY;
}

static char *fake_obstacle(const struct sk_change_input *input)
{
    const char *held = sk_json_text(input->live->body, "HeldBy");
    return held ? sk_xasprintf("'%s' is in the way of this %s", held,
                               input->desired ? "update" : "delete")
                : NULL;
}

static bool fake_denied(const json_t *body)
{
    const char *name = sk_json_text(body, "Name");
    return name && sk_text_starts_with(name, "aws");
}

#define COMMON_ROWS                                                                                \
    {.path = "Arn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},     \
        {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Status."},   \
    {                                                                                              \
        .path = NULL                                                                               \
    }

static const struct sk_attr policy_attrs[] = {
    {.path = "Document",
     .type = SK_ATTR_POLICY,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Policy."},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    COMMON_ROWS,
};

static const struct sk_attr role_attrs[] = {
    {.path = "Path",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_NAMES,
     .severity = SK_SEVERITY_HIGH,
     .road = "declare another role",
     .doc = "Path."},
    {.path = "Description",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_VALUE,
     .clear_value = "",
     .server_default = "",
     .severity = SK_SEVERITY_LOW,
     .doc = "Free text."},
    {.path = "Duration",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_BY_KIND,
     .server_default = "3600",
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Seconds."},
    {.path = "Boundary",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_GRANTS | SK_ATTR_RESTRICTS,
     .clear = SK_CLEAR_BY_KIND,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Boundary."},
    {.path = "Attached",
     .type = SK_ATTR_SET,
     .flags = SK_ATTR_GRANTS,
     .clear = SK_CLEAR_EMPTY_LIST,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Attachments."},
    {.path = "Inline",
     .type = SK_ATTR_POLICY_MAP,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Inline policies."},
    {.path = "Secret",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_SENSITIVE,
     .clear = SK_CLEAR_BY_KIND,
     .doc = "Secret."},
    {.path = "Inert", .type = SK_ATTR_VALUE, .doc = "Not changed by any call."},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_HIGH, .doc = "Tags."},
    COMMON_ROWS,
};

static const struct sk_attr vault_attrs[] = {
    {.path = "Name", .type = SK_ATTR_VALUE, .flags = SK_ATTR_IMMUTABLE, .doc = "Name."},
    {.path = "Mode",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .road = "declare a second vault",
     .doc = "Mode."},
    {.path = "Groups",
     .type = SK_ATTR_SET,
     .clear = SK_CLEAR_EMPTY_LIST,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Groups."},
    {.path = "Steps",
     .type = SK_ATTR_LIST,
     .clear = SK_CLEAR_EMPTY_LIST,
     .severity = SK_SEVERITY_LOW,
     .doc = "In order."},
    {.path = "Image",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_VALUE,
     .clear_value = "None",
     .severity = SK_SEVERITY_LOW,
     .doc = "Image."},
    {.path = "Home",
     .type = SK_ATTR_VALUE,
     .changes_only_to = "Enabled",
     .severity = SK_SEVERITY_LOW,
     .doc = "Never back."},
    {.path = "Sso", .type = SK_ATTR_VALUE, .severity = SK_SEVERITY_MEDIUM, .doc = "Not clearable."},
    {.path = "Settings",
     .type = SK_ATTR_TREE,
     .severity = SK_SEVERITY_MEDIUM,
     .clear = SK_CLEAR_BY_KIND,
     .doc = "Tree."},
    {.path = "Settings.Subnets",
     .type = SK_ATTR_SET,
     .severity = SK_SEVERITY_HIGH,
     .clear = SK_CLEAR_EMPTY_LIST,
     .doc = "Subnets."},
    {.path = "Settings.Alias",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_CASELESS,
     .severity = SK_SEVERITY_LOW,
     .doc = "Alias."},
    {.path = "Settings.Token",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_SENSITIVE,
     .clear = SK_CLEAR_BY_KIND,
     .doc = "Token."},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    {.path = "VaultId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    COMMON_ROWS,
};

static const struct sk_attr member_attrs[] = {
    {.path = "VaultId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .road = "a member cannot move",
     .doc = "The vault."},
    {.path = "Settings", .type = SK_ATTR_TREE, .severity = SK_SEVERITY_MEDIUM, .doc = "Tree."},
    {.path = "Settings.Role", .type = SK_ATTR_VALUE, .severity = SK_SEVERITY_HIGH, .doc = "Role."},
    {.path = "Tags",
     .type = SK_ATTR_TAGS,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Tags."},
    COMMON_ROWS,
};

static const struct sk_attr seal_attrs[] = {
    {.path = "Name", .type = SK_ATTR_VALUE, .flags = SK_ATTR_IMMUTABLE, .doc = "Name."},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_LOW, .doc = "Tags."},
    COMMON_ROWS,
};

/* "Open": there is something to close; "Due": seconds of WORLD_NOW_S's clock. */
static int fake_retire(const struct sk_change_input *input, struct sk_wall *due,
                       struct sk_calls *calls, struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    due->seconds = json_integer_value(json_object_get(live, "Due"));
    if (!json_object_get(live, "Open"))
        return 0;
    struct sk_call *check = sk_calls_add(calls, "fake", "ListTags",
                                         json_pack("{s:s}", "Address", input->live->address));
    check->check = SK_CHECK_OWNED;
    sk_calls_add(calls, "fake", "Close", json_pack("{s:s}", "Address", input->live->address));
    return 0;
}

#define FAKE_KIND(title, nouns, place, marks, rows, change)                                        \
    {                                                                                              \
        .name = title, .service = "fake", .doc = "Fake.", .noun = nouns, .scope = place,           \
        .flags = marks, .attrs = rows, .read = fake_read, .create = fake_create, .update = change, \
        .remove = fake_remove, .obstacle = fake_obstacle, .state = fake_state,                     \
        .denied = fake_denied                                                                      \
    }

const struct sk_kind fake_policy =
    FAKE_KIND("policy", "policy", SK_SCOPE_ACCOUNT, 0, policy_attrs, fake_update);
const struct sk_kind fake_role =
    FAKE_KIND("role", "role", SK_SCOPE_ACCOUNT, 0, role_attrs, fake_update);
const struct sk_kind fake_vault = {.name = "vault",
                                   .service = "fake",
                                   .doc = "Fake.",
                                   .noun = "vault",
                                   .scope = SK_SCOPE_REGION,
                                   .flags =
                                       SK_KIND_PROTECTED | SK_KIND_SETTLES | SK_KIND_NO_NATURAL_KEY,
                                   .attrs = vault_attrs,
                                   .id_member = "VaultId",
                                   .made_member = "Made",
                                   .read = fake_read,
                                   .create = fake_create,
                                   .update = fake_update,
                                   .remove = fake_remove,
                                   .obstacle = fake_obstacle,
                                   .state = fake_state,
                                   .denied = fake_denied};
const struct sk_kind fake_member = {.name = "member",
                                    .service = "fake",
                                    .doc = "Fake.",
                                    .noun = "member",
                                    .scope = SK_SCOPE_REGION,
                                    .flags = SK_KIND_SETTLES,
                                    .attrs = member_attrs,
                                    .read = fake_read,
                                    .create = fake_create,
                                    .update = fake_update,
                                    .remove = fake_remove,
                                    .retire = fake_retire,
                                    .obstacle = fake_obstacle,
                                    .state = fake_state,
                                    .denied = fake_denied};
const struct sk_kind fake_seal =
    FAKE_KIND("seal", "seal", SK_SCOPE_ACCOUNT, SK_KIND_HOLDS_DATA, seal_attrs, NULL);

static const struct sk_kind *const kind_list[] = {&fake_policy, &fake_role, &fake_vault,
                                                  &fake_member, &fake_seal};
const struct sk_kinds fake_kinds = {.items = kind_list,
                                    .count = sizeof(kind_list) / sizeof(kind_list[0])};

static const char *const regions[] = {"us-east-1", "eu-west-1", NULL};
static const struct sk_account account_list[] = {{.name = "dev",
                                                  .id = "111111111111",
                                                  .partition = "aws",
                                                  .home_region = "us-east-1",
                                                  .regions = regions,
                                                  .own_role = "role/dev/global/controller"},
                                                 {.name = "prod",
                                                  .id = "222222222222",
                                                  .partition = "aws",
                                                  .home_region = "us-east-1",
                                                  .regions = regions}};
const struct sk_accounts fake_accounts = {.items = account_list, .count = 2};

/* Building worlds */

void world_done(struct world *world)
{
    sk_documents_done(&world->desired);
    sk_view_done(&world->view);
    json_decref(world->recent);
    json_decref(world->young);
    json_decref(world->own_creates);
    *world = (struct world){0};
}

json_t *js(const char *text)
{
    sk_auto(sk_freep) char *copy = sk_xstrdup(text);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '\'' ? '"' : *at);
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(copy, strlen(copy), text, &err);
    if (!value)
        fail_msg("%s", sk_err_message(&err));
    return value;
}

static const struct sk_kind *kind_of(const char *address)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(address, strcspn(address, "/"));
    const struct sk_kind *kind = sk_kinds_find(&fake_kinds, name);
    if (!kind)
        fail_msg("no kind '%s'", name);
    return kind;
}

static void append_tag(json_t *tags, const char *key, const char *value)
{
    json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", key, "Value", value));
}

static void add_marks(json_t *body, enum marks marks, const char *address)
{
    static const struct {
        const char *owner, *address; /* "": the resource's own */
    } tags_of[] = {
        [MARKS_OURS] = {WORLD_OWNER, ""},
        [MARKS_NONE] = {NULL, NULL},
        [MARKS_OTHER_OWNER] = {"globex", ""},
        [MARKS_OTHER_OWNER_ADDRESS] = {"globex", "role/elsewhere/global/x"},
        [MARKS_COPIED] = {WORLD_OWNER, "role/dev/global/original"},
        [MARKS_OWNER_ONLY] = {WORLD_OWNER, NULL},
        [MARKS_OF_VAULT] = {WORLD_OWNER, "vault/dev/us-east-1/v"},
    };
    json_t *tags = json_object_get(body, "Tags");
    if (!tags) {
        tags = json_array();
        json_object_set_new(body, "Tags", tags);
    }
    if (tags_of[marks].owner)
        append_tag(tags, SK_TAG_OWNER, tags_of[marks].owner);
    if (tags_of[marks].address)
        append_tag(tags, SK_TAG_ADDRESS,
                   tags_of[marks].address[0] ? tags_of[marks].address : address);
}

static struct sk_document *add(struct sk_documents *set, enum marks marks, const char *address,
                               const char *body)
{
    json_t *value = js(body);
    add_marks(value, marks, address);
    struct sk_document *document = sk_document_new(kind_of(address), address, value);
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_documents_add(set, document, &err), &err);
    return document;
}

struct sk_document *world_want(struct world *world, const char *address, const char *body)
{
    return add(&world->desired, MARKS_OURS, address, body);
}

struct sk_document *world_have(struct world *world, const char *address, const char *body)
{
    return add(&world->view.live, MARKS_OURS, address, body);
}

struct sk_document *world_have_as(struct world *world, enum marks marks, const char *address,
                                  const char *body)
{
    return add(&world->view.live, marks, address, body);
}

void world_hide(struct world *world, const char *part)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_err_set(&err, SK_E_DENIED, "access denied");
    sk_auto(sk_freep) char *address = sk_xasprintf("%s/x", part);
    struct sk_document *document = sk_document_new(kind_of(address), address, NULL);
    sk_view_add_unknown(&world->view, document->kind, document->account, document->region, &err);
    sk_document_free(document);
}

static struct sk_plan_input input_of(const struct world *world)
{
    return (struct sk_plan_input){.kinds = &fake_kinds,
                                  .accounts = &fake_accounts,
                                  .owner = WORLD_OWNER,
                                  .desired = &world->desired,
                                  .view = &world->view,
                                  .now = {WORLD_NOW_S},
                                  .recent_creates = world->recent,
                                  .young = world->young,
                                  .own_creates = world->own_creates};
}

struct sk_plan *world_plan(const struct world *world)
{
    const struct sk_plan_input input = input_of(world);
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_plan *plan = NULL;
    ASSERT_OK(sk_plan_make(&input, &plan, &err), &err);
    return plan;
}

char *world_plan_error(const struct world *world, enum sk_errc *code)
{
    const struct sk_plan_input input = input_of(world);
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_plan *plan = NULL;
    *code = (enum sk_errc)sk_plan_make(&input, &plan, &err);
    assert_true(*code < 0);
    assert_null(plan);
    assert_int_equal(err.code, *code);
    return sk_xstrdup(sk_err_message(&err));
}

/* The simulator */

static const json_t *live_value(const char *address, const char *attr, void *data)
{
    const struct sk_document *live = sk_documents_find(data, address);
    return live ? sk_json_at(live->body, attr) : NULL;
}

static json_t *resolved(const struct world *world, const json_t *value, const char *address)
{
    size_t unresolved = 0;
    json_t *copy = sk_ref_resolve(value, live_value, (void *)&world->view.live, &unresolved);
    if (unresolved > 0)
        fail_msg("a call of '%s' refers to what is not there", address);
    return copy;
}

/* A live document hangs on what its declaration refers to. */
static void set_edges(struct sk_document *live, const struct sk_document *desired)
{
    json_decref(live->edges);
    live->edges = json_array();
    sk_ref_collect(desired->body, live->edges);
    if (desired->edges)
        json_array_extend(live->edges, desired->edges);
}

static void simulate_create(struct world *world, const struct sk_change *change,
                            const struct sk_call *call)
{
    json_t *body = resolved(world, json_object_get(call->input, "Body"), change->address);
    struct sk_document *old = sk_documents_find(&world->view.live, change->address);
    if (old && !sk_text_equal(sk_json_text(old->body, "Status"), "Deleted"))
        fail_msg("'%s' is created twice", change->address);
    sk_auto(sk_freep) char *id = sk_xasprintf("id-%u", ++world->ids);
    if (change->kind == &fake_vault)
        json_object_set_new(body, "VaultId", json_string(id));
    json_object_set_new(body, "Arn", json_string(id));
    json_object_set_new(body, "Status", json_string("InService"));
    if (old) {
        json_decref(old->body);
        old->body = body;
        set_edges(old, change->desired);
        return;
    }
    struct sk_document *live = sk_document_new(change->kind, change->address, body);
    set_edges(live, change->desired);
    assert_int_equal(sk_documents_add(&world->view.live, live, NULL), 0);
}

static void simulate_update(struct world *world, const struct sk_change *change,
                            const struct sk_call *call, struct sk_document *live)
{
    json_auto_t *set = resolved(world, json_object_get(call->input, "Set"), change->address);
    const char *path;
    json_t *value;
    json_object_foreach(set, path, value)
    {
        if (json_is_null(value))
            sk_json_remove(live->body, path);
        else
            sk_json_put(live->body, path, json_deep_copy(value));
    }
}

static void untag(json_t *tags, const char *key)
{
    for (size_t i = json_array_size(tags); i > 0; i--) {
        if (sk_text_equal(sk_json_text(json_array_get(tags, i - 1), "Key"), key))
            json_array_remove(tags, i - 1);
    }
}

static void simulate_tags(const struct sk_call *call, struct sk_document *live)
{
    json_t *tags = json_object_get(live->body, "Tags");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(call->input, "TagKeys"), index, item)
    {
        untag(tags, json_string_value(item));
    }
    json_array_foreach(json_object_get(call->input, "Tags"), index, item)
    {
        untag(tags, sk_json_text(item, "Key"));
        json_array_append_new(tags, json_deep_copy(item));
    }
}

/* Deleted documents stay in the set as gone until the cycle ends: positions are borrowed. */
static void simulate_delete(struct world *world, const struct sk_change *change,
                            struct sk_document *live)
{
    assert_int_equal(sk_ownership_of(live, WORLD_OWNER), SK_OWNED);
    for (size_t i = 0; i < world->view.live.count; i++) {
        const struct sk_document *other = world->view.live.items[i];
        if (sk_text_equal(sk_json_text(other->body, "Status"), "Deleted"))
            continue;
        size_t index;
        json_t *edge;
        json_array_foreach(other->edges, index, edge)
        {
            if (strcasecmp(json_string_value(edge), change->address) == 0)
                fail_msg("'%s' is deleted while '%s' uses it", change->address, other->address);
        }
    }
    json_object_set_new(live->body, "Status", json_string("Deleted"));
}

static void simulate_call(struct world *world, const struct sk_change *change,
                          const struct sk_call *call)
{
    if (strcmp(call->operation, "Create") == 0) {
        simulate_create(world, change, call);
        return;
    }
    struct sk_document *live = sk_documents_find(&world->view.live, change->address);
    assert_non_null(live);
    if (strcmp(call->operation, "Update") == 0)
        simulate_update(world, change, call, live);
    else if (strcmp(call->operation, "Delete") == 0)
        simulate_delete(world, change, live);
    else
        simulate_tags(call, live);
}

/* What is gone disappears, what was busy comes to rest. */
static void settle(struct world *world)
{
    struct sk_documents before = world->view.live;
    world->view.live = (struct sk_documents){0};
    for (size_t i = 0; i < before.count; i++) {
        struct sk_document *live = before.items[i];
        const char *status = sk_json_text(live->body, "Status");
        if (sk_text_equal(status, "Deleted")) {
            sk_document_free(live);
            continue;
        }
        if (sk_text_equal(status, "Updating"))
            json_object_set_new(live->body, "Status", json_string("InService"));
        assert_int_equal(sk_documents_add(&world->view.live, live, NULL), 0);
    }
    free(before.items);
    json_decref(before.index);
}

size_t world_apply(struct world *world, const struct sk_plan *plan)
{
    size_t applied = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        bool acts = change->action != SK_ACTION_BLOCKED && change->action != SK_ACTION_WAIT;
        if (!acts || change->refused)
            continue;
        for (size_t j = 0; j < change->calls.count; j++)
            simulate_call(world, change, &change->calls.items[j]);
        struct sk_document *live = sk_documents_find(&world->view.live, change->address);
        if (change->action == SK_ACTION_UPDATE || change->action == SK_ACTION_ADOPT)
            set_edges(live, change->desired);
        applied++;
    }
    settle(world);
    return applied;
}

/* Dice: xorshift64*, Vigna 2016. */

unsigned dice_roll(struct dice *dice, unsigned sides)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return (unsigned)((dice->state * UINT64_C(2685821657736338717)) >> 33) % sides;
}

bool dice_chance(struct dice *dice, unsigned percent)
{
    return dice_roll(dice, 100) < percent;
}

static void swap_items(json_t *array, size_t a, size_t b)
{
    json_t *left = json_incref(json_array_get(array, a));
    json_array_set(array, a, json_array_get(array, b));
    json_array_set_new(array, b, left);
}

void dice_shuffle(struct dice *dice, struct sk_documents *set)
{
    for (size_t i = set->count; i > 1; i--) {
        size_t other = dice_roll(dice, (unsigned)i);
        struct sk_document *kept = set->items[i - 1];
        set->items[i - 1] = set->items[other];
        set->items[other] = kept;
    }
    for (size_t i = 0; i < set->count; i++) {
        sk_auto(sk_freep) char *folded = sk_address_fold(set->items[i]->address);
        json_object_set_new(set->index, folded, json_integer((json_int_t)i));
        json_t *edges = set->items[i]->edges;
        for (size_t j = json_array_size(edges); j > 1; j--)
            swap_items(edges, j - 1, dice_roll(dice, (unsigned)j));
    }
}
