/* What the files that make up the settings share. */
#ifndef SK_CONTROLLER_SETTINGS_INT_H
#define SK_CONTROLLER_SETTINGS_INT_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "controller/settings.h"

/* settings_value.c. Parses `text` into the setting's field; lists grow. SK_E_INVALID: what was
 * expected, without the setting's name. */
int sk_setting_assign(struct sk_settings *settings, const struct sk_setting *setting,
                      const char *text, struct sk_err *err);
/* Empties a text or list. */
void sk_setting_clear(struct sk_settings *settings, const struct sk_setting *setting);
void sk_strings_add(struct sk_strings *strings, const char *text, size_t length);

/* config_file.c. The file as a flat object, checked against the table: keys, types, ranges.
 * Messages name file, line and column. New. */
int sk_config_read(const char *path, json_t **out, struct sk_err *err);
/* Sets what the file says with origin SK_ORIGIN_FILE. */
int sk_config_apply(struct sk_settings *settings, const char *path, struct sk_err *err);

#endif
