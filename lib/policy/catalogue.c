/* Look-up in the generated tables, see catalogue.h. */
#include "policy/catalogue.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/catalogue_data.h"
#include "policy/pattern.h"

#define ACTION_NAME_MAX 128 /* longer names than any service has are unknown */

const char *sk_catalogue_version(void)
{
    return sk_catalogue_source;
}

const struct sk_catalogue_action *sk_catalogue_find(const char *action)
{
    char folded[ACTION_NAME_MAX];
    size_t length = 0;
    for (; action[length]; length++) {
        if (length == sizeof(folded))
            return NULL;
        folded[length] = (char)tolower((unsigned char)action[length]);
    }
    size_t slot = sk_key_hash(folded, length) % SK_CATALOGUE_SLOTS;
    for (; sk_catalogue_slots[slot] != SK_CATALOGUE_EMPTY; slot = (slot + 1) % SK_CATALOGUE_SLOTS) {
        const struct sk_catalogue_action *found = &sk_catalogue_actions[sk_catalogue_slots[slot]];
        if (strcasecmp(found->name, action) == 0)
            return found;
    }
    return NULL;
}

static int compare_prefix(const char *prefix, size_t length, const char *other)
{
    int order = strncasecmp(prefix, other, length);
    return order == 0 && other[length] != '\0' ? -1 : order;
}

static const struct sk_catalogue_service *find_service(const char *prefix, size_t length)
{
    size_t low = 0;
    size_t high = sk_catalogue_service_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_prefix(prefix, length, sk_catalogue_services[middle].prefix);
        if (order == 0)
            return &sk_catalogue_services[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

enum sk_service_knowledge sk_catalogue_service(const char *prefix, size_t length)
{
    const struct sk_catalogue_service *service = find_service(prefix, length);
    if (!service)
        return SK_SERVICE_UNKNOWN;
    return service->action_count > 0 ? SK_SERVICE_WHOLE : SK_SERVICE_NAMED;
}

const struct sk_catalogue_action *sk_catalogue_at(size_t position)
{
    return position < sk_catalogue_action_count ? &sk_catalogue_actions[position] : NULL;
}

bool sk_catalogue_range(const char *prefix, size_t length, size_t *first, size_t *past)
{
    const struct sk_catalogue_service *service = find_service(prefix, length);
    if (!service || service->action_count == 0)
        return false;
    *first = service->first_action;
    *past = (size_t)service->first_action + service->action_count;
    return true;
}

static const char *nearest_service(const char *action, size_t length)
{
    sk_auto(sk_freep) char *prefix = sk_xstrndup(action, length);
    const char **names = sk_xcalloc(sk_catalogue_service_count, sizeof(names[0]));
    for (size_t i = 0; i < sk_catalogue_service_count; i++)
        names[i] = sk_catalogue_services[i].prefix;
    const char *near = sk_text_nearest(prefix, names, sk_catalogue_service_count);
    free(names);
    return near;
}

const char *sk_catalogue_nearest(const char *action)
{
    size_t length = strcspn(action, ":");
    size_t first;
    size_t past;
    if (!find_service(action, length))
        return nearest_service(action, length);
    if (!sk_catalogue_range(action, length, &first, &past))
        return NULL;
    const char **names = sk_xcalloc(past - first, sizeof(names[0]));
    for (size_t i = first; i < past; i++)
        names[i - first] = sk_catalogue_actions[i].name;
    const char *near = sk_text_nearest(action, names, past - first);
    free(names);
    return near;
}

const char *sk_catalogue_name(const struct sk_catalogue_action *action)
{
    return action->name;
}

enum sk_access sk_catalogue_access(const struct sk_catalogue_action *action)
{
    return (enum sk_access)action->access;
}

const char *sk_catalogue_access_name(enum sk_access access)
{
    static const char *const names[] = {
        [SK_ACCESS_READ] = "read",
        [SK_ACCESS_LIST] = "list",
        [SK_ACCESS_WRITE] = "write",
        [SK_ACCESS_TAGGING] = "tagging",
        [SK_ACCESS_PERMISSIONS] = "permissions",
    };
    return names[access];
}

size_t sk_catalogue_resource_types(const struct sk_catalogue_action *action)
{
    return action->resource_count;
}

static uint16_t resource_number(const struct sk_catalogue_action *action, size_t position)
{
    return sk_catalogue_resource_lists[action->first_resource + position];
}

static const struct sk_catalogue_resource *resource_at(const struct sk_catalogue_action *action,
                                                       size_t position)
{
    return &sk_catalogue_resources[resource_number(action, position) & ~SK_CATALOGUE_REQUIRED];
}

const char *sk_catalogue_resource_type(const struct sk_catalogue_action *action, size_t position)
{
    return resource_at(action, position)->name;
}

const char *sk_catalogue_resource_arn(const struct sk_catalogue_action *action, size_t position)
{
    return resource_at(action, position)->arn;
}

bool sk_catalogue_resource_required(const struct sk_catalogue_action *action, size_t position)
{
    return (resource_number(action, position) & SK_CATALOGUE_REQUIRED) != 0;
}

const char *sk_catalogue_condition_key(const struct sk_catalogue_action *action, size_t position)
{
    if (position >= action->key_count)
        return NULL;
    return sk_catalogue_keys[sk_catalogue_key_lists[action->first_key + position]].name;
}

/* Compares with a catalogue's name, in which one '*' stands for what varies; case does not count.
 */
static bool is_key(const char *name, const char *key)
{
    if (tolower((unsigned char)*name) != tolower((unsigned char)*key))
        return false; /* nearly all of a thousand */
    const char *star = strchr(name, '*');
    if (!star)
        return strcasecmp(name, key) == 0;
    size_t head = (size_t)(star - name);
    size_t tail = strlen(star + 1);
    size_t length = strlen(key);
    return length > head + tail && strncasecmp(name, key, head) == 0 &&
           strcasecmp(star + 1, key + length - tail) == 0;
}

static bool list_has(size_t first, size_t count, const char *key)
{
    for (size_t i = first; i < first + count; i++) {
        if (is_key(sk_catalogue_keys[sk_catalogue_key_lists[i]].name, key))
            return true;
    }
    return false;
}

/* Global keys that only some actions carry: the request's and the resource's tags. */
static bool is_tag_key(const char *key)
{
    return strncasecmp(key, "aws:RequestTag/", 15) == 0 ||
           strncasecmp(key, "aws:ResourceTag/", 16) == 0 || strcasecmp(key, "aws:TagKeys") == 0;
}

bool sk_catalogue_has_key(const struct sk_catalogue_action *action, const char *key)
{
    if (list_has(action->first_key, action->key_count, key))
        return true;
    for (size_t i = 0; i < action->resource_count; i++) {
        const struct sk_catalogue_resource *resource = resource_at(action, i);
        if (list_has(resource->first_key, resource->key_count, key))
            return true;
    }
    if (is_tag_key(key))
        return false;
    for (size_t i = 0; i < sk_catalogue_global_key_count; i++) {
        if (is_key(sk_catalogue_keys[i].name, key))
            return true;
    }
    return false;
}

static const struct sk_catalogue_key *find_key(const char *key)
{
    for (size_t i = 0; i < sk_catalogue_key_count; i++) {
        if (is_key(sk_catalogue_keys[i].name, key))
            return &sk_catalogue_keys[i];
    }
    return NULL;
}

bool sk_catalogue_knows_key(const char *key)
{
    size_t length = strcspn(key, ":");
    bool global = length == 3 && strncasecmp(key, "aws", 3) == 0;
    if (!global && sk_catalogue_service(key, length) != SK_SERVICE_WHOLE)
        return true;
    return find_key(key) != NULL;
}

const char *sk_catalogue_key_type(const char *key)
{
    const struct sk_catalogue_key *found = find_key(key);
    return found ? found->type : NULL;
}

const char *sk_catalogue_resource_tag(const char *key)
{
    const char *slash = strchr(key, '/');
    if (!slash)
        return NULL;
    size_t length = (size_t)(slash - key) + 1;
    for (size_t i = 0; i < sk_catalogue_tag_alias_count; i++) {
        const char *alias = sk_catalogue_tag_aliases[i];
        if (strncmp(alias, key, length) == 0 && alias[length] == '\0')
            return slash + 1;
    }
    return NULL;
}

size_t sk_catalogue_bytes(void)
{
    size_t bytes = sk_catalogue_service_count * sizeof(struct sk_catalogue_service) +
                   sk_catalogue_action_count * sizeof(struct sk_catalogue_action) +
                   sk_catalogue_resource_count * sizeof(struct sk_catalogue_resource) +
                   sk_catalogue_key_count * sizeof(struct sk_catalogue_key) +
                   SK_CATALOGUE_SLOTS * sizeof(uint16_t);
    for (size_t i = 0; i < sk_catalogue_action_count; i++)
        bytes += strlen(sk_catalogue_actions[i].name) + 1;
    for (size_t i = 0; i < sk_catalogue_resource_count; i++)
        bytes += strlen(sk_catalogue_resources[i].name) + strlen(sk_catalogue_resources[i].arn) + 2;
    for (size_t i = 0; i < sk_catalogue_key_count; i++)
        bytes += strlen(sk_catalogue_keys[i].name) + 1;
    return bytes;
}
