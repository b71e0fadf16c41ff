/* Typed values of conditions, see value.h. */
#include "policy/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 64 /* longer texts are no numbers that a condition compares */

bool sk_value_number(const char *text, double *out)
{
    size_t length = strlen(text);
    if (length == 0 || length > NUMBER_MAX || strspn(text, "+-.0123456789eE") != length)
        return false;
    char *end;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

/* Reads exactly `count` digits. */
static bool digits(const char **at, size_t count, int *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *out = *out * 10 + (*(*at)++ - '0');
    }
    return true;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: years counted from March, so that the
 * leap day is the last. */
static long days_from_date(int year, int month, int day)
{
    long y = month <= 2 ? year - 1 : year;
    long era = (y >= 0 ? y : y - 399) / 400;
    long year_of_era = y - era * 400;
    long day_of_year = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    long day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool is_date(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* "Z", "+01:00", "-0130" or nothing: seconds east of UTC. */
static bool zone(const char **at, int *out)
{
    *out = 0;
    if (**at == '\0' || skip(at, 'Z'))
        return true;
    int sign = **at == '-' ? -1 : 1;
    if (!skip(at, '+') && !skip(at, '-'))
        return false;
    int hours;
    int minutes = 0;
    if (!digits(at, 2, &hours))
        return false;
    (void)skip(at, ':');
    if (**at && !digits(at, 2, &minutes))
        return false;
    *out = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

static bool clock_time(const char **at, bool compact, double *seconds)
{
    int hour;
    int minute;
    int second = 0;
    if (!digits(at, 2, &hour) || (!compact && !skip(at, ':')) || !digits(at, 2, &minute))
        return false;
    bool more = compact ? isdigit((unsigned char)**at) != 0 : skip(at, ':');
    if (more && !digits(at, 2, &second))
        return false;
    double fraction = 0;
    if (more && skip(at, '.')) {
        double unit = 0.1;
        if (!isdigit((unsigned char)**at))
            return false;
        for (; isdigit((unsigned char)**at); (*at)++, unit /= 10)
            fraction += unit * (**at - '0');
    }
    *seconds = hour * 3600.0 + minute * 60.0 + second + fraction;
    return hour <= 24 && minute <= 59 && second <= 60;
}

bool sk_value_date(const char *text, double *out)
{
    size_t digit_count = strspn(text, "0123456789");
    bool epoch = digit_count > 0 && digit_count != 4 &&
                 (text[digit_count] == '\0' || text[digit_count] == '.');
    if (epoch)
        return sk_value_number(text, out);
    const char *at = text;
    int year;
    int month = 1;
    int day = 1;
    double seconds = 0;
    int offset = 0;
    if (!digits(&at, 4, &year))
        return false;
    bool compact = digit_count == 8;
    if (compact) {
        if (!digits(&at, 2, &month) || !digits(&at, 2, &day))
            return false;
    } else if (skip(&at, '-')) {
        if (!digits(&at, 2, &month) || (skip(&at, '-') && !digits(&at, 2, &day)))
            return false;
    }
    if (!is_date(year, month, day))
        return false;
    if (skip(&at, 'T') && (!clock_time(&at, compact, &seconds) || !zone(&at, &offset)))
        return false;
    if (*at != '\0')
        return false;
    *out = (double)days_from_date(year, month, day) * 86400.0 + seconds - offset;
    return true;
}

bool sk_value_bool(const char *text, bool *out)
{
    *out = strcasecmp(text, "true") == 0;
    return *out || strcasecmp(text, "false") == 0;
}

bool sk_value_address(const char *text, struct sk_address *out)
{
    char address[INET6_ADDRSTRLEN];
    size_t length = strcspn(text, "/");
    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    bool v6 = strchr(address, ':') != NULL;
    memset(out, 0, sizeof(*out));
    out->size = v6 ? 16 : 4;
    out->prefix = (unsigned char)(out->size * 8);
    if (inet_pton(v6 ? AF_INET6 : AF_INET, address, out->bytes) != 1)
        return false;
    if (text[length] == '\0')
        return true;
    const char *prefix = text + length + 1;
    size_t count = strspn(prefix, "0123456789");
    if (count == 0 || count > 3 || prefix[count] != '\0')
        return false;
    unsigned long bits = strtoul(prefix, NULL, 10);
    if (bits > out->size * 8UL)
        return false;
    out->prefix = (unsigned char)bits;
    return true;
}

bool sk_value_in_range(const struct sk_address *range, const struct sk_address *address)
{
    if (range->size != address->size)
        return false;
    size_t whole = range->prefix / 8;
    unsigned rest = range->prefix % 8;
    if (memcmp(range->bytes, address->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return ((range->bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Digits without padding; SIZE_MAX when the text is no base64. */
static size_t base64_length(const char *text)
{
    size_t length = 0;
    while (base64_digit(text[length]) >= 0)
        length++;
    size_t padding = strspn(text + length, "=");
    if (text[length + padding] != '\0' || padding > 2 || length % 4 == 1)
        return (size_t)-1;
    return length;
}

bool sk_value_same_binary(const char *a, const char *b)
{
    size_t length = base64_length(a);
    if (length == (size_t)-1 || base64_length(b) != length)
        return false;
    if (length == 0)
        return true;
    if (memcmp(a, b, length - 1) != 0)
        return false;
    /* of the last digit, the bits past the last whole byte do not count */
    unsigned unused = length % 4 == 2 ? 4 : length % 4 == 3 ? 2 : 0;
    return base64_digit(a[length - 1]) >> unused == base64_digit(b[length - 1]) >> unused;
}
