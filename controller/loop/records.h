/* The record of what was made of kinds without tags (SK_KIND_RECORDED): kept with the last
 * applied documents, and read back from there and from the journal, which knows what was made by a
 * run that ended before it could record. docs/adr/0009. */
#ifndef SK_LOOP_RECORDS_H
#define SK_LOOP_RECORDS_H

#include <jansson.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "plan/document.h"
#include "plan/kind.h"
#include "store/store.h"

/* *out: as `made` in struct sk_view. New. */
int sk_records_read(struct sk_store *store, const char *organization, const struct sk_kinds *kinds,
                    struct sk_wall now, json_t **out, struct sk_err *err) SK_WARN_UNUSED;
/* The last applied document as it is stored: sk_document_to_json without its origin (moving a
 * manifest is no change), and the id under "made". `live` and `result` may be NULL. New. */
json_t *sk_records_document(const struct sk_document *desired, const struct sk_document *live,
                            const struct sk_result *result);

#endif
