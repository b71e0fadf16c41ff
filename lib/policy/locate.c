/* JSON pointer to line and column, see locate.h. The text was parsed before, so the scanner only
 * skips: it never has to judge. It keeps no stack: skipping counts brackets. */
#include "policy/locate.h"

#include <stdlib.h>
#include <string.h>

struct scanner {
    const char *at;
    const char *end;
};

static void skip_space(struct scanner *scanner)
{
    while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) && *scanner->at)
        scanner->at++;
}

/* Past the string that starts at the quotation mark here. */
static void skip_string(struct scanner *scanner)
{
    scanner->at++;
    while (scanner->at < scanner->end && *scanner->at != '"')
        scanner->at += *scanner->at == '\\' ? 2 : 1;
    scanner->at++;
}

static void skip_value(struct scanner *scanner)
{
    size_t depth = 0;
    do {
        skip_space(scanner);
        if (scanner->at >= scanner->end)
            return;
        char c = *scanner->at;
        if (c == '"') {
            skip_string(scanner);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        scanner->at++;
        if (depth == 0 && c != '}' && c != ']') {
            while (scanner->at < scanner->end && !strchr(",}] \t\r\n", *scanner->at))
                scanner->at++;
        }
    } while (depth > 0);
}

/* Compares one pointer step with a member name as written; escapes other than \" and \\ in member
 * names are too rare to be worth decoding: such a member is not found, its parent is. */
static bool step_is(const char *step, size_t step_length, const char *name, size_t name_length)
{
    size_t i = 0;
    size_t j = 0;
    while (i < step_length && j < name_length) {
        char wanted = step[i++];
        if (wanted == '~' && i < step_length)
            wanted = step[i++] == '1' ? '/' : '~';
        if (name[j] == '\\' && j + 1 < name_length)
            j++;
        if (wanted != name[j++])
            return false;
    }
    return i == step_length && j == name_length;
}

/* Moves to the value of the named member of the object here; false (position undefined) without. */
static bool enter_member(struct scanner *scanner, const char *step, size_t length)
{
    scanner->at++;
    for (;;) {
        skip_space(scanner);
        if (scanner->at >= scanner->end || *scanner->at != '"')
            return false;
        const char *name = scanner->at + 1;
        skip_string(scanner);
        size_t name_length = (size_t)(scanner->at - name) - 1;
        skip_space(scanner);
        scanner->at++; /* the colon */
        skip_space(scanner);
        if (step_is(step, length, name, name_length))
            return true;
        skip_value(scanner);
        skip_space(scanner);
        if (scanner->at >= scanner->end || *scanner->at != ',')
            return false;
        scanner->at++;
    }
}

static bool enter_item(struct scanner *scanner, size_t position)
{
    scanner->at++;
    for (size_t i = 0;; i++) {
        skip_space(scanner);
        if (scanner->at >= scanner->end || *scanner->at == ']')
            return false;
        if (i == position)
            return true;
        skip_value(scanner);
        skip_space(scanner);
        if (scanner->at >= scanner->end || *scanner->at != ',')
            return false;
        scanner->at++;
    }
}

void sk_policy_locate(const char *text, size_t length, const char *pointer, unsigned *line,
                      unsigned *column)
{
    struct scanner scanner = {text, text + length};
    skip_space(&scanner);
    const char *found = scanner.at;
    while (*pointer == '/' && scanner.at < scanner.end) {
        const char *step = ++pointer;
        size_t step_length = strcspn(step, "/");
        pointer += step_length;
        bool entered = false;
        if (*scanner.at == '{')
            entered = enter_member(&scanner, step, step_length);
        else if (*scanner.at == '[')
            entered = enter_item(&scanner, (size_t)strtoul(step, NULL, 10));
        if (!entered)
            break;
        found = scanner.at;
    }
    *line = 1;
    const char *line_start = text;
    for (const char *p = text; p < found && p < text + length; p++) {
        if (*p == '\n') {
            (*line)++;
            line_start = p + 1;
        }
    }
    *column = (unsigned)(found - line_start) + 1;
}
