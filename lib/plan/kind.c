/* Look-ups in the tables of kinds and attributes, see kind.h. */
#include "plan/kind.h"

#include <string.h>

const struct sk_attr *sk_kind_attr(const struct sk_kind *kind, const char *path)
{
    const struct sk_attr *best = NULL;
    size_t best_length = 0;
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        size_t length = strlen(attr->path);
        bool covers =
            strncmp(path, attr->path, length) == 0 && (path[length] == '\0' || path[length] == '.');
        if (covers && length > best_length) {
            best = attr;
            best_length = length;
        }
    }
    return best;
}

enum sk_state sk_kind_state(const struct sk_kind *kind, const json_t *body, const char **reason)
{
    const char *ignored = NULL;
    return kind->state ? kind->state(body, reason ? reason : &ignored) : SK_STATE_READY;
}

const struct sk_kind *sk_kinds_find(const struct sk_kinds *kinds, const char *name)
{
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->items[i]->name, name) == 0)
            return kinds->items[i];
    }
    return NULL;
}
