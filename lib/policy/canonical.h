/* Parts of the canonical form that comparison needs as well. */
#ifndef SK_POLICY_CANONICAL_H
#define SK_POLICY_CANONICAL_H

#include <jansson.h>

/* One statement in canonical form. New. */
json_t *sk_canonical_statement(const json_t *statement);
/* The statements of a document as a list, whatever is written. New. */
json_t *sk_canonical_statement_list(const json_t *document);

#endif
