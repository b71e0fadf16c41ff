/* JSON arrays compared as sets: order and repetition do not matter. */
#ifndef SK_PLAN_SET_H
#define SK_PLAN_SET_H

#include <stdbool.h>

#include <jansson.h>

/* What `to` has and `from` lacks, and the other way round: new arrays of the elements as written,
 * each once, in canonical order. Anything that is no array (NULL included) counts as empty.
 * `caseless` ignores the case of ASCII letters. */
void sk_set_compare(const json_t *from, const json_t *to, bool caseless, json_t **added,
                    json_t **removed);
bool sk_set_equal(const json_t *a, const json_t *b, bool caseless);

#endif
