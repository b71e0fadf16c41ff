/* Relations between two text patterns, see glob.h. */
#include "policy/glob.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"

bool sk_glob_has_wildcard(const char *text)
{
    return strpbrk(text, "*?") || strstr(text, "${");
}

/* Variables as '*', so that the rest need not know them. Owned by the caller. */
static char *without_variables(const char *text)
{
    char *out = sk_xstrdup(text);
    char *to = out;
    for (const char *c = text; *c; c++) {
        const char *close = c[0] == '$' && c[1] == '{' ? strchr(c, '}') : NULL;
        *to = *c;
        if (close) {
            *to = '*';
            c = close;
        }
        to++;
    }
    *to = '\0';
    return out;
}

/* `row[j]` says whether the rest of `a` and b + j have a text in common; the rows are built from
 * the end of `a` to its beginning. */
static void intersect_row(char token, const char *b, size_t b_length, const bool *below, bool *row)
{
    row[b_length] = token == '*' && below[b_length];
    for (size_t j = b_length; j-- > 0;) {
        bool met;
        if (token == '*')
            met = below[j] || row[j + 1];
        else if (b[j] == '*')
            met = row[j + 1] || below[j];
        else
            met = (token == '?' || b[j] == '?' || token == b[j]) && below[j + 1];
        row[j] = met;
    }
}

bool sk_glob_intersects(const char *a, const char *b)
{
    sk_auto(sk_freep) char *left = without_variables(a);
    sk_auto(sk_freep) char *right = without_variables(b);
    size_t length = strlen(right);
    sk_auto(sk_freep) bool *rows = sk_xcalloc((length + 1) * 2, sizeof(bool));
    bool *below = rows;
    bool *row = rows + length + 1;
    below[length] = true;
    for (size_t j = length; j-- > 0;)
        below[j] = right[j] == '*' && below[j + 1];
    for (size_t i = strlen(left); i-- > 0;) {
        intersect_row(left[i], right, length, below, row);
        bool *spare = below;
        below = row;
        row = spare;
    }
    return below[0];
}

/* Matches `narrow` as if it were text: its '*' can only be met by a '*' of `wide`, its '?' by '?'
 * or '*'. That is enough to be covered; patterns that cover each other in subtler ways are not
 * recognised. */
static bool covers(const char *wide, const char *narrow, bool ignore_case)
{
    const char *star = NULL;
    const char *again = NULL;
    while (*narrow) {
        if (*wide == '*') {
            star = ++wide;
            again = narrow;
        } else if (*wide == *narrow || (*wide == '?' && *narrow != '*') ||
                   (ignore_case &&
                    tolower((unsigned char)*wide) == tolower((unsigned char)*narrow))) {
            wide++;
            narrow++;
        } else if (star) {
            wide = star;
            narrow = ++again;
        } else {
            return false;
        }
    }
    while (*wide == '*')
        wide++;
    return *wide == '\0';
}

bool sk_glob_covers(const char *wide, const char *narrow)
{
    if (strcmp(wide, narrow) == 0)
        return true; /* also when both name the same variable */
    if (strstr(wide, "${"))
        return false; /* what it stands for is not known */
    sk_auto(sk_freep) char *text = without_variables(narrow);
    return covers(wide, text, false);
}

bool sk_glob_covers_action(const char *wide, const char *narrow)
{
    return covers(wide, narrow, true);
}
