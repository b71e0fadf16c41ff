/* What the composer makes of YAML: a tree of nodes that know where they stand. Private to this
 * folder.
 *
 * Nodes live in the arena of their file and are never changed once composed. An alias becomes a
 * copy of the anchored node's head that shares the children, so the tree is a graph without cycles;
 * `weight` counts it as if everything were written out. */
#ifndef SK_MANIFEST_NODE_INT_H
#define SK_MANIFEST_NODE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "manifest/diagnostics.h"

struct sk_arena_block;

/* Memory that is released all at once. Zero-initialise. */
struct sk_arena {
    struct sk_arena_block *blocks; /* owned */
};
void *sk_arena_alloc(struct sk_arena *arena, size_t size) SK_WARN_UNUSED;
/* Copies `length` bytes and adds a NUL. */
char *sk_arena_copy(struct sk_arena *arena, const void *data, size_t length) SK_WARN_UNUSED;
void sk_arena_done(struct sk_arena *arena);

enum sk_node_type { SK_NODE_SCALAR, SK_NODE_LIST, SK_NODE_MAP };

struct sk_node {
    enum sk_node_type type;
    bool plain;                  /* scalar without quotes: may be null, a number, true or false */
    struct sk_position position; /* of the value */
    const char *text;            /* scalar, NUL-terminated and without NUL inside; "" otherwise */
    size_t length;
    size_t count;                   /* children */
    const struct sk_node *children; /* first child of a list or map; further ones through `next` */
    const struct sk_node *next;
    const char *key; /* in a map; NULL otherwise */
    struct sk_position key_position;
    unsigned height; /* of the tree below, 0 for scalars */
    size_t weight;   /* nodes below and this one, aliases written out */
};

/* Plain `null`, `~` or nothing. */
bool sk_node_is_null(const struct sk_node *node);
/* "a list", "a mapping", "nothing (null)", "the value", "the quoted text": for messages. */
const char *sk_node_noun(const struct sk_node *node);
/* The child under `key` of a map; NULL when absent or no map. */
const struct sk_node *sk_node_get(const struct sk_node *node, const char *key);

/* Called for each document of a file, in order. `root` lives as long as the arena. */
typedef void (*sk_document_fn)(const struct sk_node *root, void *data);

/* Composes all documents of one file. Faults are added to `diagnostics`; documents before a fault
 * of syntax are still handed out, empty ones are not. Returns 0, or -1 when the file could not be
 * read to its end. */
int sk_node_compose(struct sk_arena *arena, const char *path, const char *data, size_t length,
                    struct sk_diagnostics *diagnostics, sk_document_fn document,
                    void *document_data) SK_WARN_UNUSED;

#endif
