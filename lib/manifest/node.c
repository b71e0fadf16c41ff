/* Arena and the small questions about nodes, see node_int.h. */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "manifest/node_int.h"

#define BLOCK_BYTES ((size_t)16 * 1024)

struct sk_arena_block {
    struct sk_arena_block *next;
    size_t used, capacity;
    alignas(max_align_t) unsigned char data[];
};

void *sk_arena_alloc(struct sk_arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    size = (size + step - 1) / step * step;
    struct sk_arena_block *block = arena->blocks;
    if (!block || block->capacity - block->used < size) {
        size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = sk_xmalloc(sizeof(*block) + capacity);
        block->used = 0;
        block->capacity = capacity;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *out = block->data + block->used;
    block->used += size;
    return out;
}

char *sk_arena_copy(struct sk_arena *arena, const void *data, size_t length)
{
    char *out = sk_arena_alloc(arena, length + 1);
    if (length)
        memcpy(out, data, length);
    out[length] = '\0';
    return out;
}

void sk_arena_done(struct sk_arena *arena)
{
    while (arena->blocks) {
        struct sk_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

bool sk_node_is_null(const struct sk_node *node)
{
    static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};
    if (node->type != SK_NODE_SCALAR || !node->plain)
        return false;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
        if (strcmp(node->text, spellings[i]) == 0)
            return true;
    }
    return false;
}

const char *sk_node_noun(const struct sk_node *node)
{
    if (node->type == SK_NODE_LIST)
        return "a list";
    if (node->type == SK_NODE_MAP)
        return "a mapping";
    if (sk_node_is_null(node))
        return "nothing (null)";
    return node->plain ? "the value" : "the quoted text";
}

const struct sk_node *sk_node_get(const struct sk_node *node, const char *key)
{
    if (node->type != SK_NODE_MAP)
        return NULL;
    for (const struct sk_node *child = node->children; child; child = child->next) {
        if (strcmp(child->key, key) == 0)
            return child;
    }
    return NULL;
}
