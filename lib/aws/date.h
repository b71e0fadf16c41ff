/* Times as HTTP writes them. Pure. */
#ifndef SK_AWS_DATE_H
#define SK_AWS_DATE_H

#include <stdbool.h>

#include "base/clock.h"

/* "Sun, 22 Nov 2026 20:41:00 GMT" (RFC 9110, IMF-fixdate). 0 or -1. */
int sk_aws_date_parse(const char *text, struct sk_wall *out);
/* The value of Retry-After, seconds or a date, as seconds from `now`; 0 when absent or unreadable.
 */
double sk_aws_retry_after_parse(const char *text, struct sk_wall now);

#endif
