/* The validator: a node against a schema row. Private to this folder. */
#ifndef SK_MANIFEST_CHECK_INT_H
#define SK_MANIFEST_CHECK_INT_H

#include <jansson.h>

#include "manifest/diagnostics.h"
#include "manifest/node_int.h"
#include "manifest/schema.h"

/* Compiled patterns, kept over the files of one load. */
struct sk_patterns;
struct sk_patterns *sk_patterns_new(void);
void sk_patterns_free(struct sk_patterns *patterns);

/* Checks `node` against `field` and makes JSON of what is right in it; every fault is added to
 * `diagnostics`. `where` names the node in messages ("" for a whole document). Returns a new value,
 * or NULL when nothing of it is usable. */
json_t *sk_schema_check(const struct sk_node *node, const struct sk_schema_field *field,
                        const char *path, const char *where, struct sk_patterns *patterns,
                        struct sk_diagnostics *diagnostics);

#endif
