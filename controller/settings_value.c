/* Values of settings: from text into the field of struct sk_settings that the row names, and
 * durations. The table's offsets and types are trusted; a test compares them with the struct. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "controller/settings.h"
#include "controller/settings_int.h"

/* Units of durations, the largest first. */
static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    {"d", (int64_t)24 * 60 * 60 * 1000},
    {"h", (int64_t)60 * 60 * 1000},
    {"m", (int64_t)60 * 1000},
    {"s", 1000},
    {"ms", 1},
};
#define UNIT_COUNT      (sizeof(units) / sizeof(*units))
#define DURATION_MAX_MS ((int64_t)10 * 365 * 24 * 60 * 60 * 1000)

/* Position of the unit that stands at `text`, UNIT_COUNT when there is none. */
static size_t unit_at(const char *text, size_t length)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strlen(units[i].name) == length && strncmp(units[i].name, text, length) == 0)
            return i;
    }
    return UNIT_COUNT;
}

/* Each part is digits and a unit smaller than the one before. */
static bool parse_duration(const char *text, int64_t *ms_out)
{
    int64_t sum = 0;
    size_t least_unit = 0;
    const char *at = text;
    while (*at) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 12)
            return false;
        int64_t number = strtoll(at, NULL, 10);
        at += digits;
        size_t letters = strcspn(at, "0123456789");
        size_t unit = unit_at(at, letters);
        if (unit == UNIT_COUNT || unit < least_unit || number > DURATION_MAX_MS / units[unit].ms)
            return false;
        sum += number * units[unit].ms;
        least_unit = unit + 1;
        at += letters;
        if (sum > DURATION_MAX_MS)
            return false;
    }
    *ms_out = sum;
    return at != text;
}

int sk_duration_parse(const char *text, int64_t *ms_out, struct sk_err *err)
{
    int64_t ms;
    if (!parse_duration(text, &ms))
        return sk_err_set(err, SK_E_INVALID,
                          "expected a duration such as 45m, 1h30m, 90s or 7d, not '%s'", text);
    *ms_out = ms;
    return 0;
}

char *sk_duration_format(int64_t ms)
{
    struct sk_buffer text = {0};
    int64_t left = ms;
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (left >= units[i].ms)
            sk_buffer_addf(&text, "%lld%s", (long long)(left / units[i].ms), units[i].name);
        left %= units[i].ms;
    }
    if (text.length == 0)
        sk_buffer_adds(&text, "0s");
    return sk_buffer_take(&text);
}

void sk_strings_add(struct sk_strings *strings, const char *text, size_t length)
{
    strings->items = sk_xrealloc(strings->items, strings->count + 1, sizeof(*strings->items));
    strings->items[strings->count++] = sk_xstrndup(text, length);
}

static void strings_done(struct sk_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct sk_strings){0};
}

static void *field_of(struct sk_settings *settings, const struct sk_setting *setting)
{
    return (char *)settings + setting->offset;
}

static int parse_integer(const struct sk_setting *setting, const char *text, int64_t *out,
                         struct sk_err *err)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool is_number = text[0] && text[strspn(text, "0123456789-")] == '\0' && *end == '\0';
    if (!is_number || errno || value < setting->least || value > setting->most)
        return sk_err_set(err, SK_E_INVALID, "expected a number from %lld to %lld, not '%s'",
                          (long long)setting->least, (long long)setting->most, text);
    *out = value;
    return 0;
}

static int parse_bounded_duration(const struct sk_setting *setting, const char *text, int64_t *out,
                                  struct sk_err *err)
{
    int64_t ms = 0;
    int code = sk_duration_parse(text, &ms, err);
    if (code < 0)
        return code;
    if (ms < setting->least || ms > setting->most) {
        sk_auto(sk_freep) char *least = sk_duration_format(setting->least);
        sk_auto(sk_freep) char *most = sk_duration_format(setting->most);
        return sk_err_set(err, SK_E_INVALID, "expected a duration from %s to %s, not '%s'", least,
                          most, text);
    }
    *out = ms;
    return 0;
}

static int parse_boolean(const char *text, bool *out, struct sk_err *err)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return 0;
        }
    }
    return sk_err_set(err, SK_E_INVALID, "expected true or false, not '%s'", text);
}

static int parse_choice(const struct sk_setting *setting, const char *text, int *out,
                        struct sk_err *err)
{
    sk_auto(sk_buffer_done) struct sk_buffer list = {0};
    size_t count = 0;
    for (; setting->choices[count]; count++) {
        if (strcmp(text, setting->choices[count]) == 0) {
            *out = (int)count;
            return 0;
        }
        sk_buffer_addf(&list, "%s%s", count ? ", " : "", setting->choices[count]);
    }
    const char *nearest = sk_text_nearest(text, setting->choices, count);
    return sk_err_set(err, SK_E_INVALID, "expected one of %s, not '%s'%s%s%s",
                      sk_buffer_text(&list), text, nearest ? "; did you mean '" : "",
                      nearest ? nearest : "", nearest ? "'?" : "");
}

static int set_text(const struct sk_setting *setting, const char *text, char **field,
                    struct sk_err *err)
{
    if (!text[0])
        return sk_err_set(err, SK_E_INVALID, "expected %s, not an empty text", setting->value_name);
    free(*field);
    *field = sk_xstrdup(text);
    return 0;
}

/* The environment and the command line separate by commas. */
static int add_list(const struct sk_setting *setting, const char *text, struct sk_strings *field,
                    struct sk_err *err)
{
    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        if (length == 0)
            return sk_err_set(err, SK_E_INVALID, "expected %s, not an empty text",
                              setting->value_name);
        sk_strings_add(field, at, length);
        if (!at[length])
            return 0;
        at += length + 1;
    }
}

int sk_setting_assign(struct sk_settings *settings, const struct sk_setting *setting,
                      const char *text, struct sk_err *err)
{
    void *field = field_of(settings, setting);
    switch (setting->type) {
    case SK_SETTING_TEXT:
    case SK_SETTING_PATH:
        return set_text(setting, text, field, err);
    case SK_SETTING_INTEGER:
        return parse_integer(setting, text, field, err);
    case SK_SETTING_BOOLEAN:
        return parse_boolean(text, field, err);
    case SK_SETTING_DURATION:
        return parse_bounded_duration(setting, text, field, err);
    case SK_SETTING_CHOICE:
        return parse_choice(setting, text, field, err);
    case SK_SETTING_LIST:
        return add_list(setting, text, field, err);
    }
    return sk_err_set(err, SK_E_INTERNAL, "setting '%s' has no type", setting->name);
}

void sk_setting_clear(struct sk_settings *settings, const struct sk_setting *setting)
{
    void *field = field_of(settings, setting);
    if (setting->type == SK_SETTING_LIST) {
        strings_done(field);
    } else if (setting->type == SK_SETTING_TEXT || setting->type == SK_SETTING_PATH) {
        char **text = field;
        free(*text);
        *text = NULL;
    }
}

void sk_settings_done(struct sk_settings *settings)
{
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++)
        sk_setting_clear(settings, &table[i]);
    free(settings->plan_file);
    free(settings->git_cache);
    for (size_t i = 0; i < SK_ARGUMENT_MAX; i++)
        free(settings->arguments[i]);
    *settings = (struct sk_settings){0};
}
