/* Policy templates: parsing and checking; template_render.c fills them in. A placeholder is
 * {{name}} within a JSON string. */
#include "policy/template_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"

void sk_template_free(struct sk_template *template_)
{
    if (!template_)
        return;
    free(template_->name);
    json_decref(template_->policy);
    json_decref(template_->file);
    free(template_->parameters);
    free(template_);
}

const char *sk_template_name(const struct sk_template *template_)
{
    return template_->name;
}

const json_t *sk_template_parameters(const struct sk_template *template_)
{
    return json_object_get(template_->file, "parameters");
}

const char *sk_template_description(const struct sk_template *template_)
{
    return json_string_value(json_object_get(template_->file, "description"));
}

const struct sk_parameter *sk_template_find(const struct sk_template *template_, const char *name,
                                            size_t length)
{
    for (size_t i = 0; i < template_->parameter_count; i++) {
        const char *candidate = template_->parameters[i].name;
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return &template_->parameters[i];
    }
    return NULL;
}

const char *sk_template_nearest(const struct sk_template *template_, const char *name)
{
    const char **names = sk_xcalloc(template_->parameter_count + 1, sizeof(names[0]));
    for (size_t i = 0; i < template_->parameter_count; i++)
        names[i] = template_->parameters[i].name;
    const char *near = sk_text_nearest(name, names, template_->parameter_count);
    free(names);
    return near;
}

void sk_template_fault(struct sk_buffer *faults, const struct sk_template *template_,
                       const char *format, ...)
{
    struct sk_err message = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&message, SK_E_INVALID, format, arguments);
    va_end(arguments);
    sk_buffer_addf(faults, "%stemplate '%s': %s", faults->length ? "\n" : "", template_->name,
                   sk_err_message(&message));
    sk_err_done(&message);
}

int sk_template_raise(struct sk_buffer *faults, struct sk_err *err)
{
    int result = 0;
    if (faults->length > 0)
        result = sk_err_set(err, SK_E_INVALID, "%s", sk_buffer_text(faults));
    sk_buffer_done(faults);
    return result;
}

/* "studio-developer@1" */
static bool is_template_name(const char *name)
{
    size_t word = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    const char *version = name + word;
    if (!islower((unsigned char)name[0]) || *version != '@' || word > 64)
        return false;
    version++;
    size_t digits = strspn(version, "0123456789");
    return digits > 0 && digits <= 4 && version[digits] == '\0' && version[0] != '0';
}

static void read_parameters(struct sk_template *template_, struct sk_buffer *faults)
{
    json_t *parameters = json_object_get(template_->file, "parameters");
    if (!json_is_object(parameters)) {
        sk_template_fault(faults, template_, "parameters.json has no object 'parameters'");
        return;
    }
    const char *description = sk_template_description(template_);
    if (!description || *description == '\0')
        sk_template_fault(faults, template_, "parameters.json has no description");
    template_->parameters =
        sk_xcalloc(json_object_size(parameters) + 1, sizeof(template_->parameters[0]));
    const char *name;
    json_t *spec;
    json_object_foreach(parameters, name, spec)
    {
        struct sk_parameter *out = &template_->parameters[template_->parameter_count++];
        sk_auto(sk_freep) char *fault = sk_parameter_read(name, spec, out);
        if (fault)
            sk_template_fault(faults, template_, "parameter '%s': %s", name, fault);
    }
}

bool sk_template_piece(const char **at, struct sk_piece *out)
{
    const char *start = *at;
    if (*start == '\0')
        return false;
    if (!sk_text_starts_with(start, "{{")) {
        const char *open = strstr(start, "{{");
        size_t length = open ? (size_t)(open - start) : strlen(start);
        *out = (struct sk_piece){start, length, false};
        *at = start + length;
        return true;
    }
    const char *close = strstr(start, "}}");
    if (!close) {
        *out = (struct sk_piece){start, 0, true};
        *at = start + strlen(start);
        return true;
    }
    *out = (struct sk_piece){start + 2, (size_t)(close - start) - 2, true};
    *at = close + 2;
    return true;
}

struct scan {
    const struct sk_template *template_;
    struct sk_buffer *faults;
    json_t *used; /* {name: true} */
    bool in_statement;
    const struct sk_parameter *repeats; /* the list in the names of this statement, if any */
};

/* Whether `literal`, the text before a placeholder, leaves a "${" open. */
static bool within_variable(const char *start, const char *end)
{
    bool inside = false;
    for (const char *c = start; c < end; c++) {
        if (c + 1 < end && c[0] == '$' && c[1] == '{')
            inside = true;
        else if (*c == '}' && inside)
            inside = false;
    }
    return inside;
}

static void scan_placeholder(struct scan *scan, const char *text, const struct sk_piece *piece,
                             bool is_key, unsigned *lists)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(piece->text, piece->length);
    const struct sk_parameter *parameter =
        sk_template_find(scan->template_, piece->text, piece->length);
    if (piece->length == 0) {
        sk_template_fault(scan->faults, scan->template_, "'%s' has a '{{' that names no parameter",
                          text);
        return;
    }
    if (!parameter) {
        const char *near = sk_template_nearest(scan->template_, name);
        sk_template_fault(scan->faults, scan->template_,
                          "'{{%s}}' is not declared in parameters.json%s%s", name,
                          near ? "; did you mean " : "", near ? near : "");
        return;
    }
    json_object_set_new(scan->used, name, json_true());
    if (parameter->type == SK_PARAMETER_LIST && is_key && !scan->in_statement)
        sk_template_fault(scan->faults, scan->template_,
                          "'%s': a list in a name outside of a statement", text);
    if (parameter->type == SK_PARAMETER_LIST && is_key) {
        if (scan->repeats && scan->repeats != parameter)
            sk_template_fault(scan->faults, scan->template_,
                              "'%s': a statement is repeated for one list only", text);
        scan->repeats = parameter;
    }
    if (parameter->type == SK_PARAMETER_LIST && (*lists)++ > 0)
        sk_template_fault(scan->faults, scan->template_,
                          "'%s': a list can stand once in a value only", text);
    const char *start = piece->text - 2;
    if (start > text && start[-1] == '$')
        sk_template_fault(scan->faults, scan->template_, "'%s': '$' before a placeholder", text);
    if (within_variable(text, start) && parameter->item != SK_PARAMETER_NAME)
        sk_template_fault(scan->faults, scan->template_,
                          "'%s': within ${…} only type name can be used", text);
}

static void scan_text(struct scan *scan, const char *text, bool is_key)
{
    struct sk_piece piece;
    const char *at = text;
    unsigned lists = 0;
    while (sk_template_piece(&at, &piece)) {
        if (piece.placeholder)
            scan_placeholder(scan, text, &piece, is_key, &lists);
    }
}

static void scan_value(struct scan *scan, json_t *value)
{
    if (json_is_string(value)) {
        scan_text(scan, json_string_value(value), false);
        return;
    }
    size_t index;
    json_t *child;
    json_array_foreach(value, index, child)
    {
        scan_value(scan, child);
    }
    const char *name;
    json_object_foreach(value, name, child)
    {
        scan_text(scan, name, true);
        scan_value(scan, child);
    }
}

static void scan_policy(struct sk_template *template_, struct sk_buffer *faults)
{
    struct scan scan = {template_, faults, json_object(), false, NULL};
    const char *name;
    json_t *value;
    json_object_foreach(template_->policy, name, value)
    {
        scan_text(&scan, name, true);
        bool statements = strcmp(name, "Statement") == 0 && json_is_array(value);
        scan.in_statement = statements;
        for (size_t i = 0; statements && i < json_array_size(value); i++) {
            scan.repeats = NULL;
            scan_value(&scan, json_array_get(value, i));
        }
        scan.in_statement = false;
        if (!statements)
            scan_value(&scan, value);
    }
    for (size_t i = 0; i < template_->parameter_count; i++) {
        if (!json_object_get(scan.used, template_->parameters[i].name))
            sk_template_fault(faults, template_, "parameter '%s' is declared and never used",
                              template_->parameters[i].name);
    }
    json_decref(scan.used);
}

int sk_template_parse(const char *name, const char *policy_text, const char *parameters_text,
                      struct sk_template **out, struct sk_err *err)
{
    if (!is_template_name(name))
        return sk_err_set(err, SK_E_INVALID,
                          "'%s' is no template name such as 'studio-developer@1'", name);
    if (strlen(policy_text) > SK_BOUND_POLICY_BYTES ||
        strlen(parameters_text) > SK_BOUND_POLICY_BYTES)
        return sk_err_set(err, SK_E_BOUND, "template '%s': a file over %zu bytes", name,
                          SK_BOUND_POLICY_BYTES);
    struct sk_template *template_ = sk_xcalloc(1, sizeof(*template_));
    template_->name = sk_xstrdup(name);
    sk_auto(sk_freep) char *policy_origin = sk_xasprintf("%s/policy.json", name);
    sk_auto(sk_freep) char *parameters_origin = sk_xasprintf("%s/parameters.json", name);
    template_->policy = sk_json_parse(policy_text, strlen(policy_text), policy_origin, err);
    if (template_->policy)
        template_->file =
            sk_json_parse(parameters_text, strlen(parameters_text), parameters_origin, err);
    int result = SK_E_PARSE;
    if (template_->file) {
        struct sk_buffer faults = {0};
        read_parameters(template_, &faults);
        scan_policy(template_, &faults);
        result = sk_template_raise(&faults, err);
    }
    if (result < 0) {
        sk_template_free(template_);
        return result;
    }
    *out = template_;
    return 0;
}
