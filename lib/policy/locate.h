/* Where in a JSON text a value is: for messages about documents that parsed but do not follow the
 * policy grammar. */
#ifndef SK_POLICY_LOCATE_H
#define SK_POLICY_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the value at the JSON pointer (RFC 6901) in `text`, which must be valid JSON; line and
 * column count from 1, columns in bytes. Where the last steps of the pointer do not exist, the
 * nearest value above is located. One pass over the text. */
void sk_policy_locate(const char *text, size_t length, const char *pointer, unsigned *line,
                      unsigned *column);

#endif
