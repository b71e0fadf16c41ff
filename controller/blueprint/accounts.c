/* The accounts of the organization: their partition, their uniqueness, their ARNs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"

/* Which partition a region belongs to, and where the tagging API of that partition answers for IAM.
 * The last row is for all others. Source: the partitions of botocore's endpoint rules. */
static const struct {
    const char *prefix, *partition, *home_region;
} partitions[] = {
    {"cn-", "aws-cn", "cn-north-1"},
    {"us-gov-", "aws-us-gov", "us-gov-west-1"},
    {"us-isob-", "aws-iso-b", "us-isob-east-1"},
    {"us-iso-", "aws-iso", "us-iso-east-1"},
    {"eusc-", "aws-eusc", "eusc-de-east-1"},
    {"", "aws", "us-east-1"},
};

static size_t partition_of_region(const char *region)
{
    size_t i = 0;
    while (!sk_text_starts_with(region, partitions[i].prefix))
        i++;
    return i;
}

static size_t partition_by_name(const char *name)
{
    const size_t last = sizeof(partitions) / sizeof(*partitions) - 1;
    for (size_t i = 0; i < last; i++) {
        if (strcmp(partitions[i].partition, name) == 0)
            return i;
    }
    return last;
}

char *sk_compile_arn(const struct sk_account *account, const char *resource, const char *path,
                     const char *name)
{
    return sk_xasprintf("arn:%s:iam::%s:%s%s%s", account->partition, account->id, resource, path,
                        name);
}

const struct sk_account *sk_compile_find_account(struct sk_compile *compile,
                                                 const struct sk_manifest *manifest,
                                                 const char *pointer, const char *name)
{
    const struct sk_accounts *accounts = &compile->blueprint->accounts;
    const struct sk_account *account = name ? sk_accounts_find(accounts, name) : NULL;
    if (account || !name || compile->accounts_incomplete)
        return account;
    const char **names = sk_xcalloc(accounts->count, sizeof(char *));
    for (size_t i = 0; i < accounts->count; i++)
        names[i] = accounts->items[i].name;
    const char *nearest = sk_text_nearest(name, names, accounts->count);
    sk_manifest_fault(manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s': the organization has no account of this name; %s%s%s", name,
                      nearest ? "did you mean '" : "expected one of its accounts",
                      nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return NULL;
}

static void check_role(struct sk_compile *compile, const struct sk_account *account,
                       const char *role_arn, size_t index)
{
    sk_auto(sk_freep) char *prefix =
        sk_xasprintf("arn:%s:iam::%s:role/", account->partition, account->id);
    if (!role_arn || sk_text_starts_with(role_arn, prefix))
        return;
    sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/accounts/%zu/roleArn", index);
    sk_manifest_fault(compile->organization, pointer, compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                      "'%s' is not a role of account %s; expected an ARN that starts with '%s'",
                      role_arn, account->id, prefix);
}

/* Reports a name or id that an earlier account has. `index`: in the manifest. */
static void check_unique(struct sk_compile *compile, const struct sk_account *accounts,
                         size_t count, size_t index)
{
    const struct sk_account *account = &accounts[count];
    for (size_t i = 0; i < count; i++) {
        bool same_name = strcasecmp(accounts[i].name, account->name) == 0;
        if (!same_name && strcmp(accounts[i].id, account->id) != 0)
            continue;
        sk_auto(sk_freep) char *pointer =
            sk_xasprintf("/spec/accounts/%zu/%s", index, same_name ? "name" : "id");
        sk_manifest_fault(
            compile->organization, pointer, compile->diagnostics, SK_DIAGNOSTIC_DUPLICATE_NAME,
            "'%s' is also the %s of account '%s'; expected another one",
            same_name ? account->name : account->id, same_name ? "name" : "id", accounts[i].name);
        return;
    }
}

/* All regions of one account belong to one partition. */
static void check_regions(struct sk_compile *compile, const struct sk_account *account,
                          size_t index)
{
    for (size_t i = 1; account->regions[i]; i++) {
        if (partition_of_region(account->regions[i]) == partition_of_region(account->regions[0]))
            continue;
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/accounts/%zu/regions/%zu", index, i);
        sk_manifest_fault(compile->organization, pointer, compile->diagnostics,
                          SK_DIAGNOSTIC_CONFLICT,
                          "'%s' and '%s' lie in different partitions; expected regions of one",
                          account->regions[i], account->regions[0]);
    }
}

/* Whether an entry has all that is needed; what is missing was reported when it was loaded. */
static bool is_whole(const json_t *entry)
{
    size_t index;
    json_t *region;
    json_array_foreach(json_object_get(entry, "regions"), index, region)
    {
        if (!json_is_string(region))
            return false;
    }
    return sk_json_text(entry, "name") && sk_json_text(entry, "id") && index > 0;
}

/* Fills the account in; its regions are written from `regions` on. Returns where they end. */
static const char **take_account(const struct sk_compile *compile, const json_t *entry,
                                 const char **regions, struct sk_account *account)
{
    account->name = sk_json_text(entry, "name");
    account->id = sk_json_text(entry, "id");
    account->regions = regions;
    size_t index;
    json_t *region;
    json_array_foreach(json_object_get(entry, "regions"), index, region) *regions++ =
        json_string_value(region);
    *regions++ = NULL;
    size_t partition = compile->opts->partition ? partition_by_name(compile->opts->partition)
                                                : partition_of_region(account->regions[0]);
    account->partition = partitions[partition].partition;
    account->home_region = partitions[partition].home_region;
    return regions;
}

struct row {
    struct sk_account account;
    struct sk_blueprint_access access;
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    return strcmp(a->account.name, b->account.name);
}

void sk_compile_accounts(struct sk_compile *compile)
{
    if (!compile->organization) {
        compile->accounts_incomplete = true;
        return;
    }
    struct sk_blueprint *blueprint = compile->blueprint;
    const json_t *list = json_object_get(compile->organization->spec, "accounts");
    json_array_append(blueprint->private_->keep, (json_t *)list);
    size_t count = 0;
    size_t region_count = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) region_count +=
        json_array_size(json_object_get(entry, "regions")) + 1;
    const char **regions = sk_xcalloc(region_count + 1, sizeof(char *));
    struct row *rows = sk_xcalloc(json_array_size(list) + 1, sizeof(*rows));
    struct sk_account *written = sk_xcalloc(json_array_size(list) + 1, sizeof(*written));
    blueprint->private_->regions = regions;
    json_array_foreach(list, index, entry)
    {
        if (!is_whole(entry)) {
            compile->accounts_incomplete = true;
            continue;
        }
        struct sk_account *account = &written[count];
        regions = take_account(compile, entry, regions, account);
        rows[count].account = *account;
        rows[count].access.role_arn = sk_json_text(entry, "roleArn");
        rows[count].access.external_id = sk_json_text(entry, "externalId");
        check_role(compile, account, rows[count].access.role_arn, index);
        check_unique(compile, written, count++, index);
        check_regions(compile, account, index);
    }
    qsort(rows, count, sizeof(*rows), compare_rows);
    blueprint->access = sk_xcalloc(count + 1, sizeof(*blueprint->access));
    for (size_t i = 0; i < count; i++) {
        written[i] = rows[i].account;
        blueprint->access[i] = rows[i].access;
    }
    free(rows);
    blueprint->private_->accounts = written;
    blueprint->accounts = (struct sk_accounts){written, count};
}
