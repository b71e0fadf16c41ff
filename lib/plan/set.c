/* Arrays as sets, see set.h: both sides as sorted canonical text, walked in step. */
#include "plan/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

struct element {
    char *text;    /* owned: canonical, folded when case does not matter */
    json_t *value; /* borrowed */
};
struct elements {
    struct element *items; /* owned, sorted by text, each text once */
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct element *)a)->text, ((const struct element *)b)->text);
}

static void fold_ascii(char *text)
{
    for (; *text; text++)
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
}

static struct elements elements_of(const json_t *array, bool caseless)
{
    struct elements set = {.items = sk_xcalloc(json_array_size(array), sizeof(struct element))};
    size_t index;
    json_t *value;
    json_array_foreach(array, index, value)
    {
        struct element *element = &set.items[set.count++];
        *element = (struct element){.text = sk_json_canonical(value), .value = value};
        if (caseless)
            fold_ascii(element->text);
    }
    qsort(set.items, set.count, sizeof(struct element), by_text);
    size_t kept = 0;
    for (size_t i = 0; i < set.count; i++) {
        if (kept > 0 && strcmp(set.items[kept - 1].text, set.items[i].text) == 0)
            free(set.items[i].text);
        else
            set.items[kept++] = set.items[i];
    }
    set.count = kept;
    return set;
}

static void elements_done(struct elements *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->items[i].text);
    free(set->items);
}

void sk_set_compare(const json_t *from, const json_t *to, bool caseless, json_t **added,
                    json_t **removed)
{
    sk_auto(elements_done) struct elements left = elements_of(from, caseless);
    sk_auto(elements_done) struct elements right = elements_of(to, caseless);
    *added = json_array();
    *removed = json_array();
    size_t i = 0;
    size_t j = 0;
    while (i < left.count || j < right.count) {
        int order = i == left.count    ? 1
                    : j == right.count ? -1
                                       : strcmp(left.items[i].text, right.items[j].text);
        if (order < 0)
            json_array_append(*removed, left.items[i].value);
        if (order > 0)
            json_array_append(*added, right.items[j].value);
        i += order <= 0;
        j += order >= 0;
    }
}

bool sk_set_equal(const json_t *a, const json_t *b, bool caseless)
{
    json_t *added;
    json_t *removed;
    sk_set_compare(a, b, caseless, &added, &removed);
    bool equal = json_array_size(added) == 0 && json_array_size(removed) == 0;
    json_decref(added);
    json_decref(removed);
    return equal;
}
