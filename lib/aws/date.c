/* HTTP dates, see date.h. Read by position: the form is fixed, and strptime depends on the locale.
 */
#include "aws/date.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The number in `digits` places, or -1. */
static int number_at(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int month_at(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12; month++) {
        if (memcmp(months + (ptrdiff_t)3 * month, text, 3) == 0)
            return month;
    }
    return -1;
}

int sk_aws_date_parse(const char *text, struct sk_wall *out)
{
    static const char form[] = "Www, 00 Mmm 0000 00:00:00 GMT";
    if (strlen(text) != sizeof(form) - 1)
        return -1;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool separator = !isalnum((unsigned char)form[i]) || i >= sizeof(form) - 4;
        if (separator && text[i] != form[i])
            return -1;
    }
    struct tm parts = {.tm_mday = number_at(text + 5, 2),
                       .tm_mon = month_at(text + 8),
                       .tm_year = number_at(text + 12, 4) - 1900,
                       .tm_hour = number_at(text + 17, 2),
                       .tm_min = number_at(text + 20, 2),
                       .tm_sec = number_at(text + 23, 2)};
    if (parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_mon < 0 || parts.tm_year < 70 ||
        parts.tm_hour < 0 || parts.tm_hour > 23 || parts.tm_min < 0 || parts.tm_min > 59 ||
        parts.tm_sec < 0 || parts.tm_sec > 60)
        return -1;
    out->seconds = (int64_t)timegm(&parts);
    return 0;
}

double sk_aws_retry_after_parse(const char *text, struct sk_wall now)
{
    struct sk_wall then;
    if (!text)
        return 0;
    if (text[strspn(text, "0123456789")] == '\0')
        return strtod(text, NULL);
    if (sk_aws_date_parse(text, &then) < 0 || then.seconds <= now.seconds)
        return 0;
    return (double)(then.seconds - now.seconds);
}
