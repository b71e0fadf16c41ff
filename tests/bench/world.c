/* See world.h. Manifests are written as text, so that loading them is measured as it is for users.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"

#define TEAM_FIXED   4 /* role and policies */
#define TEAM_MEMBERS (BENCH_TEAM_RESOURCES - TEAM_FIXED)

static const char base[] =
    "apiVersion: sagekeeper/v1\n"
    "kind: Organization\n"
    "metadata: {name: acme}\n"
    "spec:\n"
    "  accounts: [{name: ml-dev, id: \"123456789012\", regions: [us-east-1]}]\n"
    "  defaults: {tags: {Owner: ml-platform}}\n"
    "---\n"
    "apiVersion: sagekeeper/v1\n"
    "kind: Domain\n"
    "metadata: {name: research}\n"
    "spec:\n"
    "  account: ml-dev\n"
    "  region: us-east-1\n"
    "  appNetworkAccessType: VpcOnly\n"
    "  vpcId: vpc-0123456789abcdef0\n"
    "  subnetIds: [subnet-0123456789abcdef0]\n"
    "  securityGroupIds: [sg-0123456789abcdef0]\n"
    "  defaultUserSettings: {StudioWebPortal: ENABLED}\n";

static void write_team(size_t number, size_t members, struct sk_buffer *out)
{
    sk_buffer_addf(out,
                   "apiVersion: sagekeeper/v1\n"
                   "kind: Team\n"
                   "metadata: {name: team%05zu}\n"
                   "spec:\n"
                   "  domain: research\n"
                   "  executionRole:\n"
                   "    policies: [studio-read-only@1, studio-developer@1, "
                   "studio-denied-services@1]\n"
                   "  userSettings:\n"
                   "    JupyterLabAppSettings:\n"
                   "      DefaultResourceSpec: {InstanceType: ml.t3.medium}\n"
                   "  tags: {CostCenter: \"%zu\"}\n"
                   "  members:\n",
                   number, 4000 + number);
    for (size_t i = 0; i < members; i++)
        sk_buffer_addf(out, "    - user%zu@example.com\n", number * TEAM_MEMBERS + i);
}

static void add_file(struct bench_files *files, const char *path, struct sk_buffer *text)
{
    size_t length = text->length;
    files->items[files->count++] =
        (struct sk_manifest_file){.path = path, .data = sk_buffer_take(text), .length = length};
}

void bench_files_make(size_t resources, struct bench_files *out)
{
    if (resources < BENCH_LEAST_RESOURCES)
        bench_die("too few resources", NULL);
    size_t left = resources - BENCH_BASE_RESOURCES;
    *out = (struct bench_files){
        .items = sk_xcalloc(left / BENCH_TEAM_RESOURCES + 3, sizeof(*out->items))};
    struct sk_buffer text = {0};
    sk_buffer_adds(&text, base);
    add_file(out, sk_xstrdup("organization.yaml"), &text);
    for (size_t number = 0; left > 0; number++) {
        size_t share = left < BENCH_TEAM_RESOURCES ? left : BENCH_TEAM_RESOURCES;
        /* The rest must be enough for a team, too. */
        if (left > share && left - share <= TEAM_FIXED)
            share -= TEAM_FIXED + 1;
        write_team(number, share - TEAM_FIXED, &text);
        add_file(out, sk_xasprintf("teams/team%05zu.yaml", number), &text);
        left -= share;
    }
}

void bench_files_done(struct bench_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free((char *)files->items[i].path);
        free((char *)files->items[i].data);
    }
    free(files->items);
    *files = (struct bench_files){0};
}

static const json_t *domain_id(const char *address, const char *attr, void *data)
{
    (void)address;
    return strcmp(attr, "DomainId") == 0 ? data : NULL;
}

void bench_live_make(const struct sk_documents *desired, struct sk_view *view)
{
    json_auto_t *id = json_string("d-abcdef123456");
    *view = (struct sk_view){0};
    for (size_t i = 0; i < desired->count; i++) {
        const struct sk_document *from = desired->items[i];
        size_t unresolved = 0;
        json_t *body = sk_ref_resolve(from->body, domain_id, id, &unresolved);
        bench_expect("references that were not replaced", unresolved, 0);
        if (json_object_get(body, "DomainName") || json_object_get(body, "UserProfileName"))
            json_object_set_new(body, "Status", json_string("InService"));
        if (json_object_get(body, "DomainName"))
            json_object_set(body, "DomainId", id);
        struct sk_document *document = sk_document_new(from->kind, from->address, body);
        struct sk_err err = {0};
        if (sk_documents_add(&view->live, document, &err) < 0)
            bench_die("live document", &err);
    }
    sk_documents_sort(&view->live);
}

/* Somebody gives it to another cost center, or renames its owner. */
static void change_tag(struct sk_document *document, struct bench_random *random)
{
    json_t *tags = json_object_get(document->body, "Tags");
    for (size_t i = json_array_size(tags); i > 0; i--) {
        json_t *tag = json_array_get(tags, i - 1);
        const char *key = sk_json_text(tag, "Key");
        if (strcmp(key, "CostCenter") != 0 && strcmp(key, "Owner") != 0)
            continue;
        json_object_set_new(tag, "Value", json_sprintf("other-%zu", bench_random_below(random, 9)));
        return;
    }
    bench_die("a document has no tag to change", NULL);
}

void bench_live_change(struct sk_view *view, size_t count, struct bench_random *random)
{
    size_t stride = view->live.count / count;
    for (size_t i = 0; i < count; i++) {
        struct sk_document *document =
            view->live.items[i * stride + bench_random_below(random, stride)];
        json_t *settings = json_object_get(document->body, "UserSettings");
        if (settings && bench_random_below(random, 2) == 0)
            json_object_set_new(settings, "ExecutionRole",
                                json_string("arn:aws:iam::123456789012:role/another"));
        else
            change_tag(document, random);
    }
}
