/* Third pass of planning: the topological order of the changes: Kahn's algorithm with a heap, so
 * that among the changes that may come next the one that takes access away, then the smaller
 * address, comes first. The order is a function of the set of changes alone. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "plan/plan_int.h"

struct node {
    size_t waits_for;  /* changes not placed yet */
    size_t *followers; /* owned: positions of the changes that wait for this one */
    size_t count, capacity;
};

struct heap {
    const struct sk_change *items;
    size_t *positions; /* owned */
    size_t count;
};

static bool comes_first(const struct heap *heap, size_t a, size_t b)
{
    const struct sk_change *left = &heap->items[a];
    const struct sk_change *right = &heap->items[b];
    if (left->access != right->access)
        return left->access < right->access;
    return strcmp(left->address, right->address) < 0;
}

static void heap_push(struct heap *heap, size_t position)
{
    size_t at = heap->count++;
    while (at > 0 && comes_first(heap, position, heap->positions[(at - 1) / 2])) {
        heap->positions[at] = heap->positions[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->positions[at] = position;
}

static size_t heap_pop(struct heap *heap)
{
    size_t top = heap->positions[0];
    size_t last = heap->positions[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            comes_first(heap, heap->positions[child + 1], heap->positions[child]))
            child++;
        if (!comes_first(heap, heap->positions[child], last))
            break;
        heap->positions[at] = heap->positions[child];
        at = child;
    }
    heap->positions[at] = last;
    return top;
}

static void follow(struct node *node, size_t follower)
{
    if (node->count == node->capacity) {
        node->capacity = node->capacity ? node->capacity * 2 : 4;
        node->followers = sk_xrealloc(node->followers, node->capacity, sizeof(size_t));
    }
    node->followers[node->count++] = follower;
}

/* One node for each change, with its followers. New. */
static struct node *build_nodes(const struct sk_plan *plan)
{
    json_auto_t *positions = json_object();
    for (size_t i = 0; i < plan->count; i++)
        json_object_set_new(positions, plan->items[i].address, json_integer((json_int_t)i));
    struct node *nodes = sk_xcalloc(plan->count, sizeof(struct node));
    for (size_t i = 0; i < plan->count; i++) {
        size_t index;
        json_t *address;
        json_array_foreach(plan->items[i].depends, index, address)
        {
            const json_t *position = json_object_get(positions, json_string_value(address));
            if (position) {
                follow(&nodes[json_integer_value(position)], i);
                nodes[i].waits_for++;
            }
        }
    }
    return nodes;
}

int sk_plan_order(struct sk_plan *plan, struct sk_err *err)
{
    struct node *nodes = build_nodes(plan);
    struct heap heap = {.items = plan->items, .positions = sk_xcalloc(plan->count, sizeof(size_t))};
    for (size_t i = 0; i < plan->count; i++) {
        if (nodes[i].waits_for == 0)
            heap_push(&heap, i);
    }
    struct sk_change *ordered = sk_xcalloc(plan->count, sizeof(struct sk_change));
    size_t placed = 0;
    while (heap.count > 0) {
        size_t position = heap_pop(&heap);
        ordered[placed++] = plan->items[position];
        for (size_t i = 0; i < nodes[position].count; i++) {
            size_t follower = nodes[position].followers[i];
            if (--nodes[follower].waits_for == 0)
                heap_push(&heap, follower);
        }
    }
    int code = 0;
    if (placed == plan->count) {
        if (plan->count > 0)
            memcpy(plan->items, ordered, plan->count * sizeof(struct sk_change));
    } else {
        for (size_t i = 0; i < plan->count && code == 0; i++) {
            if (nodes[i].waits_for > 0)
                code = sk_err_set(err, SK_E_INTERNAL, "'%s' depends on itself",
                                  plan->items[i].address);
        }
    }
    for (size_t i = 0; i < plan->count; i++)
        free(nodes[i].followers);
    free(nodes);
    free(heap.positions);
    free(ordered);
    return code;
}
