/* Properties of planning over random worlds. A failure names its seed; the worlds are the same on
 * every machine. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan_fixture.h"

#define WORLDS 100

static const char *const accounts[] = {"dev", "prod"};
static const char *const regions[] = {"us-east-1", "eu-west-1"};

/* What may go wrong in a world. */
enum trouble {
    TROUBLE_NONE = 0,
    TROUBLE_FOREIGN = 1 << 0,  /* live resources that are not ours */
    TROUBLE_STATES = 1 << 1,   /* busy, failed, gone */
    TROUBLE_UNREAD = 1 << 2,   /* kinds that could not be read */
    TROUBLE_DANGLING = 1 << 3, /* declared needs that nobody declares */
};

struct generator {
    struct dice dice;
    struct world *world;
    unsigned trouble;
};

static json_t *random_policy(struct dice *dice)
{
    static const char *const actions[] = {"s3:GetObject", "s3:PutObject", "kms:Decrypt"};
    json_t *chosen = json_array();
    for (size_t i = 0; i < 3; i++) {
        if (dice_chance(dice, 50))
            json_array_append_new(chosen, json_string(actions[i]));
    }
    return json_pack("{s:s, s:[{s:s, s:o, s:s}]}", "Version", "2012-10-17", "Statement", "Effect",
                     "Allow", "Action", chosen, "Resource", "*");
}

static json_t *random_list(struct dice *dice)
{
    static const char *const words[] = {"sg-1", "sg-2", "sg-3", "sg-4"};
    json_t *list = json_array();
    for (size_t i = 0; i < 4; i++) {
        if (dice_chance(dice, 40))
            json_array_append_new(list, json_string(words[i]));
    }
    return list;
}

static void maybe_set(struct dice *dice, json_t *body, const char *path, json_t *value)
{
    if (dice_chance(dice, 60))
        sk_json_put(body, path, value);
    else
        json_decref(value);
}

static json_t *random_tags(struct dice *dice)
{
    json_t *tags = json_array();
    static const char *const keys[] = {"Team", "CostCenter", "aws:createdBy", "sagemaker:arn"};
    for (size_t i = 0; i < 4; i++) {
        if (dice_chance(dice, 30))
            json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", keys[i], "Value",
                                                  dice_chance(dice, 50) ? "x" : "y"));
    }
    return tags;
}

/* Fields that can be both declared and changed. */
static json_t *random_body(struct dice *dice, const struct sk_kind *kind)
{
    json_t *body = json_object();
    json_object_set_new(body, "Tags", random_tags(dice));
    if (kind == &fake_policy)
        json_object_set_new(body, "Document", random_policy(dice));
    if (kind == &fake_role) {
        maybe_set(dice, body, "Duration", json_integer(dice_roll(dice, 3) * 3600 + 3600));
        maybe_set(dice, body, "Inline.one", random_policy(dice));
        maybe_set(dice, body, "Inline.two", random_policy(dice));
    }
    if (kind == &fake_vault) {
        maybe_set(dice, body, "Groups", random_list(dice));
        maybe_set(dice, body, "Steps", random_list(dice));
        maybe_set(dice, body, "Image", json_string(dice_chance(dice, 50) ? "a" : "b"));
        maybe_set(dice, body, "Settings.Subnets", random_list(dice));
        maybe_set(dice, body, "Settings.Deep.Leaf", json_integer(dice_roll(dice, 3)));
    }
    if (kind == &fake_member)
        maybe_set(dice, body, "Settings.Deep.Leaf", json_integer(dice_roll(dice, 3)));
    return body;
}

/* Sometimes a declared field is cleared instead. */
static void random_clears(struct dice *dice, const struct sk_kind *kind, json_t *body)
{
    if (kind == &fake_role && dice_chance(dice, 20))
        json_object_set_new(body, "Duration", json_null());
    if (kind == &fake_vault && dice_chance(dice, 20))
        json_object_set_new(body, "Image", json_null());
    if (kind == &fake_vault && dice_chance(dice, 20))
        json_object_set_new(body, "Groups", json_null());
}

static struct sk_document *declare(struct generator *g, const char *address, json_t *body)
{
    struct sk_document *document = world_want(g->world, address, "{}");
    json_auto_t *extra = body;
    json_array_extend(json_object_get(document->body, "Tags"), json_object_get(extra, "Tags"));
    json_object_del(extra, "Tags");
    json_object_update(document->body, extra);
    random_clears(&g->dice, document->kind, document->body);
    return document;
}

static const char *random_status(struct generator *g)
{
    static const char *const words[] = {"Updating", "Failed", "Update_Failed", "Delete_Failed",
                                        "Deleted"};
    if (!(g->trouble & TROUBLE_STATES) || dice_chance(&g->dice, 75))
        return "InService";
    return words[dice_roll(&g->dice, 5)];
}

static struct sk_document *make_live(struct generator *g, const char *address, json_t *body)
{
    enum marks marks = MARKS_OURS;
    if ((g->trouble & TROUBLE_FOREIGN) && dice_chance(&g->dice, 25))
        marks = (enum marks)(1 + dice_roll(&g->dice, 5));
    struct sk_document *document = world_have_as(g->world, marks, address, "{}");
    json_auto_t *extra = body;
    json_array_extend(json_object_get(document->body, "Tags"), json_object_get(extra, "Tags"));
    json_object_del(extra, "Tags");
    json_object_update(document->body, extra);
    json_object_set_new(document->body, "Status", json_string(random_status(g)));
    if (document->kind == &fake_vault)
        json_object_set_new(document->body, "VaultId", json_string(address));
    json_object_set_new(document->body, "Arn", json_string(address));
    return document;
}

static bool is_declared(const struct generator *g, const char *address)
{
    return sk_documents_find(&g->world->desired, address) != NULL;
}

static bool is_live(const struct generator *g, const char *address)
{
    return sk_documents_find(&g->world->view.live, address) != NULL;
}

static void need(struct generator *g, struct sk_document *document, const char *address)
{
    bool there = document == sk_documents_find(&g->world->desired, document->address)
                     ? is_declared(g, address) || (g->trouble & TROUBLE_DANGLING)
                     : is_live(g, address);
    if (there && dice_chance(&g->dice, 60))
        sk_document_add_edge(document, address);
}

/* What a resource uses is one of its declared fields, as it is with AWS: who stops using something
 * differs in that field. */
static void show_uses(struct sk_document *document)
{
    json_t *uses = document->edges ? json_copy(document->edges) : json_array();
    sk_json_put(document->body, document->kind == &fake_role ? "Attached" : "Settings.Uses", uses);
}

/* One address: declared, live, both or neither. `needs` are NULL-terminated. */
static void populate(struct generator *g, const char *address, const char *const *needs)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(address, strcspn(address, "/"));
    const struct sk_kind *kind = sk_kinds_find(&fake_kinds, name);
    if (dice_chance(&g->dice, 65)) {
        struct sk_document *document = declare(g, address, random_body(&g->dice, kind));
        if ((g->trouble & TROUBLE_FOREIGN) && dice_chance(&g->dice, 15))
            document->flags |= SK_DOCUMENT_ADOPT;
        for (size_t i = 0; needs[i]; i++)
            need(g, document, needs[i]);
        show_uses(document);
    }
    if (dice_chance(&g->dice, 55)) {
        struct sk_document *document = make_live(g, address, random_body(&g->dice, kind));
        for (size_t i = 0; needs[i]; i++)
            need(g, document, needs[i]);
        show_uses(document);
    }
}

/* A member lies in its vault, declared and live. */
static void populate_member(struct generator *g, const char *vault, const char *address,
                            const char *role)
{
    json_auto_t *ref = sk_ref_new(vault, "VaultId");
    if ((is_declared(g, vault) || (g->trouble & TROUBLE_DANGLING)) && dice_chance(&g->dice, 65)) {
        struct sk_document *document = declare(g, address, random_body(&g->dice, &fake_member));
        json_object_set(document->body, "VaultId", ref);
        bool uses = is_declared(g, role) && dice_chance(&g->dice, 60);
        sk_json_put(document->body, "Settings.Role",
                    uses ? sk_ref_new(role, "Arn") : json_string("none"));
    }
    if (is_live(g, vault) && dice_chance(&g->dice, 55)) {
        struct sk_document *document = make_live(g, address, random_body(&g->dice, &fake_member));
        json_object_set_new(document->body, "VaultId", json_string(vault));
        sk_document_add_edge(document, vault);
        need(g, document, role);
        bool uses = json_array_size(document->edges) > 1;
        sk_json_put(document->body, "Settings.Role", json_string(uses ? role : "none"));
    }
}

static void populate_region(struct generator *g, const char *account, const char *region)
{
    for (unsigned i = 0; i < 2; i++) {
        sk_auto(sk_freep) char *vault = sk_xasprintf("vault/%s/%s/v%u", account, region, i);
        sk_auto(sk_freep) char *role = sk_xasprintf("role/%s/global/r%u", account, i);
        populate(g, vault, (const char *const[]){role, NULL});
        for (unsigned j = 0; j < 3; j++) {
            sk_auto(sk_freep) char *member =
                sk_xasprintf("member/%s/%s/v%u/m%u", account, region, i, j);
            sk_auto(sk_freep) char *own = sk_xasprintf("role/%s/global/r%u", account, j);
            populate_member(g, vault, member, own);
        }
        if ((g->trouble & TROUBLE_UNREAD) && dice_chance(&g->dice, 15)) {
            sk_auto(sk_freep) char *part =
                sk_xasprintf("%s/%s/%s", i ? "member" : "vault", account, region);
            world_hide(g->world, part);
        }
    }
}

static void generate(struct world *world, uint64_t seed, unsigned trouble)
{
    struct generator g = {
        .dice = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1}, .world = world, .trouble = trouble};
    for (size_t a = 0; a < 2; a++) {
        for (unsigned i = 0; i < 3; i++) {
            sk_auto(sk_freep) char *policy = sk_xasprintf("policy/%s/global/p%u", accounts[a], i);
            populate(&g, policy, (const char *const[]){NULL});
        }
        for (unsigned i = 0; i < 3; i++) {
            sk_auto(sk_freep) char *role = sk_xasprintf("role/%s/global/r%u", accounts[a], i);
            sk_auto(sk_freep) char *one = sk_xasprintf("policy/%s/global/p0", accounts[a]);
            sk_auto(sk_freep) char *two = sk_xasprintf("policy/%s/global/p%u", accounts[a], i);
            populate(&g, role, (const char *const[]){one, two, NULL});
        }
        for (size_t r = 0; r < 2; r++)
            populate_region(&g, accounts[a], regions[r]);
        if ((trouble & TROUBLE_UNREAD) && dice_chance(&g.dice, 10)) {
            sk_auto(sk_freep) char *part = sk_xasprintf("role/%s/global", accounts[a]);
            world_hide(world, part);
        }
    }
}

/* Worlds of every mix of troubles; odd ones have none. */
static unsigned trouble_of(uint64_t seed)
{
    return seed % 2 ? TROUBLE_NONE : (unsigned)(seed / 2) % 16;
}

static char *plan_text(const struct sk_plan *plan)
{
    json_auto_t *json = sk_plan_to_json(plan);
    return sk_json_canonical(json);
}

static void same_input_in_any_order_same_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, trouble_of(seed));
        struct sk_plan *plan = world_plan(&world);
        sk_auto(sk_freep) char *before = plan_text(plan);
        sk_plan_free(plan);
        struct dice dice = {seed};
        dice_shuffle(&dice, &world.desired);
        dice_shuffle(&dice, &world.view.live);
        plan = world_plan(&world);
        sk_auto(sk_freep) char *after = plan_text(plan);
        if (strcmp(before, after) != 0)
            fail_msg("seed %u:\n%s\n%s", (unsigned)seed, before, after);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static size_t position_of(const struct sk_plan *plan, const char *address)
{
    const struct sk_change *change = sk_plan_find(plan, address);
    return change ? (size_t)(change - plan->items) : SIZE_MAX;
}

/* The references of a change's calls are live or made by an earlier change. */
static void check_references(uint64_t seed, const struct sk_plan *plan, size_t position)
{
    const struct sk_change *change = &plan->items[position];
    json_auto_t *references = json_array();
    for (size_t i = 0; i < change->calls.count; i++)
        sk_ref_collect(change->calls.items[i].input, references);
    size_t index;
    json_t *reference;
    json_array_foreach(references, index, reference)
    {
        const char *address = json_string_value(reference);
        const struct sk_document *live = sk_documents_find(&plan->view->live, address);
        bool there = live && !sk_text_equal(sk_json_text(live->body, "Status"), "Deleted");
        if (!there && position_of(plan, address) >= position)
            fail_msg("seed %u: '%s' uses '%s' before it is there", (unsigned)seed, change->address,
                     address);
    }
}

static void changes_stand_behind_what_they_depend_on(void **state)
{
    (void)state;
    size_t dependencies = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, trouble_of(seed));
        struct sk_plan *plan = world_plan(&world);
        for (size_t i = 0; i < plan->count; i++) {
            size_t index;
            json_t *address;
            json_array_foreach(plan->items[i].depends, index, address)
            {
                dependencies++;
                if (position_of(plan, json_string_value(address)) >= i)
                    fail_msg("seed %u: '%s' stands before '%s'", (unsigned)seed,
                             plan->items[i].address, json_string_value(address));
            }
            check_references(seed, plan, i);
        }
        sk_plan_free(plan);
        world_done(&world);
    }
    assert_true(dependencies > WORLDS);
}

static void nothing_is_touched_that_is_not_ours(void **state)
{
    (void)state;
    size_t deletes = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, trouble_of(seed));
        struct sk_plan *plan = world_plan(&world);
        for (size_t i = 0; i < plan->count; i++) {
            const struct sk_change *change = &plan->items[i];
            bool writes = change->action == SK_ACTION_UPDATE || change->action == SK_ACTION_DELETE;
            if (writes && sk_ownership_of(change->live, WORLD_OWNER) != SK_OWNED)
                fail_msg("seed %u: %s of '%s', which is not ours", (unsigned)seed,
                         sk_action_name(change->action), change->address);
            if (change->action == SK_ACTION_ADOPT)
                assert_true(change->desired->flags & SK_DOCUMENT_ADOPT);
            if (change->action != SK_ACTION_DELETE)
                continue;
            deletes++;
            if (sk_view_unknown_in_account(&world.view, change->account))
                fail_msg("seed %u: '%s' is deleted on a partial view", (unsigned)seed,
                         change->address);
        }
        sk_plan_free(plan);
        world_done(&world);
    }
    assert_true(deletes > WORLDS);
}

static void what_is_not_read_is_blocked(void **state)
{
    (void)state;
    size_t blocked = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, TROUBLE_UNREAD);
        struct sk_plan *plan = world_plan(&world);
        for (size_t i = 0; i < world.desired.count; i++) {
            const struct sk_document *desired = world.desired.items[i];
            if (!sk_view_unknown(&world.view, desired->kind, desired->account, desired->region))
                continue;
            const struct sk_change *change = sk_plan_find(plan, desired->address);
            assert_non_null(change);
            assert_int_equal(change->action, SK_ACTION_BLOCKED);
            assert_true(change->partial);
            blocked++;
        }
        sk_plan_free(plan);
        world_done(&world);
    }
    assert_true(blocked > WORLDS);
}

/* Applies cycle after cycle until there is no work. */
static struct sk_plan *converge(struct world *world, uint64_t seed)
{
    for (unsigned cycle = 0; cycle < 12; cycle++) {
        struct sk_plan *plan = world_plan(world);
        if (!sk_plan_has_work(plan) && plan->counts[SK_ACTION_WAIT] == 0)
            return plan;
        world_apply(world, plan);
        sk_plan_free(plan);
    }
    fail_msg("seed %u does not come to rest", (unsigned)seed);
    return NULL;
}

static void second_plan_is_empty(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, TROUBLE_NONE);
        struct sk_plan *plan = world_plan(&world);
        world_apply(&world, plan);
        sk_plan_free(plan);
        plan = world_plan(&world);
        if (plan->count > 0) {
            json_auto_t *json = sk_change_to_json(&plan->items[0]);
            sk_auto(sk_freep) char *text = sk_json_canonical(json);
            fail_msg("seed %u: %s", (unsigned)seed, text);
        }
        assert_int_equal(plan->in_sync, world.desired.count);
        assert_int_equal(world.view.live.count, world.desired.count);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static void troubled_worlds_come_to_rest(void **state)
{
    (void)state;
    for (uint64_t seed = 2; seed <= 2L * WORLDS; seed += 2) {
        struct world world = {0};
        generate(&world, seed, trouble_of(seed));
        struct sk_plan *plan = converge(&world, seed);
        for (size_t i = 0; i < plan->count; i++)
            assert_int_equal(plan->items[i].action, SK_ACTION_BLOCKED);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static void plan_files_have_the_digest_of_their_plan(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, trouble_of(seed));
        struct sk_plan *plan = world_plan(&world);
        sk_auto(sk_freep) char *text = plan_text(plan);
        json_auto_t *file = sk_json_parse(text, strlen(text), "plan file", NULL);
        char digest[SK_SHA256_HEX_BYTES];
        sk_plan_json_digest(json_object_get(file, "changes"), digest);
        assert_string_equal(digest, plan->digest);
        sk_auto(sk_freep) char *shown = sk_xasprintf("sha256:%s", plan->digest);
        assert_string_equal(sk_json_text(file, "digest"), shown);
        sk_plan_free(plan);
        world_done(&world);
    }
}

/* What depends on a refused change is refused, and the simulator never misses what was left out. */
static void guarded_plans_can_be_applied(void **state)
{
    (void)state;
    size_t refused = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world = {0};
        generate(&world, seed, TROUBLE_FOREIGN);
        struct sk_plan *plan = world_plan(&world);
        struct sk_findings findings = {0};
        const struct sk_guard_opts opts = {.delete_limit = 100, .delete_percent = 100};
        sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
        for (size_t i = 0; i < plan->count; i++) {
            refused += plan->items[i].refused;
            size_t index;
            json_t *address;
            json_array_foreach(plan->items[i].depends, index, address)
            {
                const struct sk_change *needed = sk_plan_find(plan, json_string_value(address));
                assert_true(!needed->refused || plan->items[i].refused);
            }
        }
        world_apply(&world, plan);
        sk_findings_done(&findings);
        sk_plan_free(plan);
        world_done(&world);
    }
    assert_true(refused > 50);
}

/* Sizes at which a quadratic step would take minutes. */
static void many_changes(void **state)
{
    (void)state;
    struct world world = {0};
    const unsigned count = 20000;
    world_want(&world, "vault/dev/us-east-1/v", "{}");
    world_have(&world, "vault/dev/us-east-1/w", "{'VaultId': 'w'}");
    for (unsigned i = 0; i < count; i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("member/dev/us-east-1/v/m%u", i);
        world_want(&world, address,
                   "{'VaultId': {'$ref': 'vault/dev/us-east-1/v', 'attr': 'VaultId'}}");
        sk_auto(sk_freep) char *old = sk_xasprintf("member/dev/us-east-1/w/m%u", i);
        sk_document_add_edge(world_have(&world, old, "{'VaultId': 'w'}"), "vault/dev/us-east-1/w");
    }
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(plan->counts[SK_ACTION_CREATE], count + 1);
    assert_int_equal(plan->counts[SK_ACTION_DELETE], count + 1);
    const struct sk_change *old = sk_plan_find(plan, "vault/dev/us-east-1/w");
    assert_int_equal(json_array_size(old->depends), count);
    struct sk_findings findings = {0};
    const struct sk_guard_opts opts = {.delete_limit = 10, .delete_percent = 10};
    sk_guard_check(plan, WORLD_OWNER, &opts, &findings);
    assert_int_equal(findings.count, 3);
    assert_false(sk_plan_has_work(plan));
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

/* The longest chain there can be, in the order that suits it least. */
static void long_chains(void **state)
{
    (void)state;
    struct world world = {0};
    const unsigned count = 10000;
    for (unsigned i = 0; i < count; i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("role/dev/global/r%05u", i);
        sk_auto(sk_freep) char *next = sk_xasprintf("role/dev/global/r%05u", i + 1);
        sk_document_add_edge(world_want(&world, address, "{}"), next);
        sk_auto(sk_freep) char *old = sk_xasprintf("role/prod/global/r%05u", i);
        sk_auto(sk_freep) char *used = sk_xasprintf("role/prod/global/r%05u", i + 1);
        sk_document_add_edge(world_have(&world, old, i == 0 ? "{'Status': 'Updating'}" : "{}"),
                             used);
    }
    sk_auto(sk_freep) char *last = sk_xasprintf("role/dev/global/r%05u", count);
    world_want(&world, last, "{}")->flags = SK_DOCUMENT_EXISTING;
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(plan->counts[SK_ACTION_BLOCKED], count + 1);
    assert_int_equal(plan->counts[SK_ACTION_WAIT], count);
    sk_plan_free(plan);
    world_done(&world);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_input_in_any_order_same_bytes),
        cmocka_unit_test(changes_stand_behind_what_they_depend_on),
        cmocka_unit_test(nothing_is_touched_that_is_not_ours),
        cmocka_unit_test(what_is_not_read_is_blocked),
        cmocka_unit_test(second_plan_is_empty),
        cmocka_unit_test(troubled_worlds_come_to_rest),
        cmocka_unit_test(plan_files_have_the_digest_of_their_plan),
        cmocka_unit_test(guarded_plans_can_be_applied),
        cmocka_unit_test(many_changes),
        cmocka_unit_test(long_chains),
    };
    return cmocka_run_group_tests_name("plan_random", tests, NULL, NULL);
}
