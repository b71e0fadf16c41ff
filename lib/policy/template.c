/* Policy templates: parsing, and filling in. A placeholder is {{name}} within a JSON string; the
 * JSON is parsed before anything is filled in, so a value can never become structure. */
#include "policy/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/element.h"
#include "policy/parameter.h"

struct sk_template {
    char *name;
    json_t *policy;
    json_t *file; /* parameters.json */
    struct sk_parameter *parameters;
    size_t parameter_count;
};

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

static const struct sk_parameter *find_parameter(const struct sk_template *template_,
                                                 const char *name, size_t length)
{
    for (size_t i = 0; i < template_->parameter_count; i++) {
        const char *candidate = template_->parameters[i].name;
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return &template_->parameters[i];
    }
    return NULL;
}

static const char *nearest_parameter(const struct sk_template *template_, const char *name)
{
    const char **names = sk_xcalloc(template_->parameter_count + 1, sizeof(names[0]));
    for (size_t i = 0; i < template_->parameter_count; i++)
        names[i] = template_->parameters[i].name;
    const char *near = sk_text_nearest(name, names, template_->parameter_count);
    free(names);
    return near;
}

/* One line of what will be the error's message. */
static void add_fault(struct sk_buffer *faults, const struct sk_template *template_,
                      const char *format, ...) SK_PRINTF(3, 4);
static void add_fault(struct sk_buffer *faults, const struct sk_template *template_,
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

static int raise_faults(struct sk_buffer *faults, struct sk_err *err)
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
        add_fault(faults, template_, "parameters.json has no object 'parameters'");
        return;
    }
    const char *description = sk_template_description(template_);
    if (!description || *description == '\0')
        add_fault(faults, template_, "parameters.json has no description");
    template_->parameters =
        sk_xcalloc(json_object_size(parameters) + 1, sizeof(template_->parameters[0]));
    const char *name;
    json_t *spec;
    json_object_foreach(parameters, name, spec)
    {
        struct sk_parameter *out = &template_->parameters[template_->parameter_count++];
        sk_auto(sk_freep) char *fault = sk_parameter_read(name, spec, out);
        if (fault)
            add_fault(faults, template_, "parameter '%s': %s", name, fault);
    }
}

/* A string cut at its placeholders. */
struct piece {
    const char *text; /* literal text, or the placeholder's name */
    size_t length;
    bool placeholder;
};

/* The next piece of *at, which moves on. False at the end. A "{{" without "}}" gives a placeholder
 * of length 0. */
static bool next_piece(const char **at, struct piece *out)
{
    const char *start = *at;
    if (*start == '\0')
        return false;
    if (!sk_text_starts_with(start, "{{")) {
        const char *open = strstr(start, "{{");
        size_t length = open ? (size_t)(open - start) : strlen(start);
        *out = (struct piece){start, length, false};
        *at = start + length;
        return true;
    }
    const char *close = strstr(start, "}}");
    if (!close) {
        *out = (struct piece){start, 0, true};
        *at = start + strlen(start);
        return true;
    }
    *out = (struct piece){start + 2, (size_t)(close - start) - 2, true};
    *at = close + 2;
    return true;
}

struct scan {
    const struct sk_template *template_;
    struct sk_buffer *faults;
    json_t *used; /* {name: true} */
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

static void scan_placeholder(struct scan *scan, const char *text, const struct piece *piece,
                             bool is_key, unsigned *lists)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(piece->text, piece->length);
    const struct sk_parameter *parameter =
        find_parameter(scan->template_, piece->text, piece->length);
    if (piece->length == 0) {
        add_fault(scan->faults, scan->template_, "'%s' has a '{{' that names no parameter", text);
        return;
    }
    if (!parameter) {
        const char *near = nearest_parameter(scan->template_, name);
        add_fault(scan->faults, scan->template_, "'{{%s}}' is not declared in parameters.json%s%s",
                  name, near ? "; did you mean " : "", near ? near : "");
        return;
    }
    json_object_set_new(scan->used, name, json_true());
    if (parameter->type == SK_PARAMETER_LIST && (is_key || (*lists)++ > 0))
        add_fault(scan->faults, scan->template_, "'%s': a list can stand once in a value only",
                  text);
    const char *start = piece->text - 2;
    if (start > text && start[-1] == '$')
        add_fault(scan->faults, scan->template_, "'%s': '$' before a placeholder", text);
    if (within_variable(text, start) && parameter->item != SK_PARAMETER_NAME)
        add_fault(scan->faults, scan->template_, "'%s': within ${…} only type name can be used",
                  text);
}

static void scan_text(struct scan *scan, const char *text, bool is_key)
{
    struct piece piece;
    const char *at = text;
    unsigned lists = 0;
    while (next_piece(&at, &piece)) {
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
    struct scan scan = {template_, faults, json_object()};
    scan_value(&scan, template_->policy);
    for (size_t i = 0; i < template_->parameter_count; i++) {
        if (!json_object_get(scan.used, template_->parameters[i].name))
            add_fault(faults, template_, "parameter '%s' is declared and never used",
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
        result = raise_faults(&faults, err);
    }
    if (result < 0) {
        sk_template_free(template_);
        return result;
    }
    *out = template_;
    return 0;
}

/* Filling in: `items` is {NAME: [string]}. */

static json_t *render_value(const struct sk_template *template_, const json_t *value,
                            const json_t *items);

/* `text` with the item at `position` of the list among its placeholders. */
static char *fill(const struct sk_template *template_, const char *text, const json_t *items,
                  size_t position)
{
    struct sk_buffer out = {0};
    struct piece piece;
    while (next_piece(&text, &piece)) {
        if (!piece.placeholder) {
            sk_buffer_add(&out, piece.text, piece.length);
            continue;
        }
        const struct sk_parameter *parameter = find_parameter(template_, piece.text, piece.length);
        size_t at = parameter->type == SK_PARAMETER_LIST ? position : 0;
        sk_buffer_adds(
            &out, json_string_value(json_array_get(json_object_get(items, parameter->name), at)));
    }
    return sk_buffer_take(&out);
}

/* The list parameter in `text`, or NULL. */
static const struct sk_parameter *list_in(const struct sk_template *template_, const char *text)
{
    struct piece piece;
    while (next_piece(&text, &piece)) {
        const struct sk_parameter *parameter =
            piece.placeholder ? find_parameter(template_, piece.text, piece.length) : NULL;
        if (parameter && parameter->type == SK_PARAMETER_LIST)
            return parameter;
    }
    return NULL;
}

/* Appends what the string stands for to `list`. */
static void render_text(const struct sk_template *template_, const char *text, const json_t *items,
                        json_t *list)
{
    const struct sk_parameter *parameter = list_in(template_, text);
    size_t count = parameter ? json_array_size(json_object_get(items, parameter->name)) : 1;
    for (size_t i = 0; i < count; i++) {
        sk_auto(sk_freep) char *filled = fill(template_, text, items, i);
        json_array_append_new(list, json_string(filled));
    }
}

static json_t *render_array(const struct sk_template *template_, const json_t *array,
                            const json_t *items)
{
    json_t *list = json_array();
    size_t index;
    json_t *child;
    json_array_foreach((json_t *)array, index, child)
    {
        if (json_is_string(child))
            render_text(template_, json_string_value(child), items, list);
        else
            json_array_append_new(list, render_value(template_, child, items));
    }
    return list;
}

static json_t *render_value(const struct sk_template *template_, const json_t *value,
                            const json_t *items)
{
    if (json_is_array(value))
        return render_array(template_, value, items);
    if (json_is_string(value)) {
        json_t *list = json_array();
        render_text(template_, json_string_value(value), items, list);
        if (json_array_size(list) != 1)
            return list;
        json_t *only = json_incref(json_array_get(list, 0));
        json_decref(list);
        return only;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    json_t *object = json_object();
    const char *name;
    json_t *child;
    json_object_foreach((json_t *)value, name, child)
    {
        sk_auto(sk_freep) char *filled = fill(template_, name, items, 0);
        json_object_set_new(object, filled, render_value(template_, child, items));
    }
    return object;
}

static bool is_empty_list(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) == 0;
}

static bool has_empty_list(const json_t *value)
{
    if (is_empty_list(value))
        return true;
    const char *name;
    json_t *child;
    json_object_foreach((json_t *)value, name, child)
    {
        if (has_empty_list(child))
            return true;
    }
    return false;
}

/* Empty lists in a rendered statement: true when it is to be left out, a fault when that would
 * widen. Leaving out an Allow never widens, so an empty list in what it grants, or in the condition
 * under which it does, leaves it out. */
static bool statement_is_void(const struct sk_template *template_, const json_t *statement,
                              struct sk_buffer *faults)
{
    static const char *const grants[] = {"Action", "Resource", "Principal", "Condition"};
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    const char *sid = json_string_value(json_object_get(statement, "Sid"));
    bool allows = effect && strcmp(effect, "Allow") == 0;
    bool leave_out = false;
    for (size_t i = 0; i < sizeof(grants) / sizeof(*grants); i++)
        leave_out |= allows && has_empty_list(json_object_get(statement, grants[i]));
    if (leave_out)
        return true;
    const char *element;
    json_t *value;
    json_object_foreach((json_t *)statement, element, value)
    {
        if (has_empty_list(value))
            add_fault(faults, template_, "an empty list leaves %s of statement '%s' empty", element,
                      sid ? sid : "?");
    }
    return false;
}

static void drop_void_statements(const struct sk_template *template_, json_t *document,
                                 struct sk_buffer *faults)
{
    json_t *statements = json_object_get(document, "Statement");
    for (size_t i = json_is_array(statements) ? json_array_size(statements) : 0; i-- > 0;) {
        if (statement_is_void(template_, json_array_get(statements, i), faults))
            json_array_remove(statements, i);
    }
    if (is_empty_list(statements))
        add_fault(faults, template_, "with these values no statement is left");
}

/* Checks the values and gathers the items of each parameter, defaults included. */
static void gather_items(const struct sk_template *template_, const json_t *values,
                         bool ignore_unused, json_t *items, struct sk_buffer *faults)
{
    for (size_t i = 0; i < template_->parameter_count; i++) {
        const struct sk_parameter *parameter = &template_->parameters[i];
        const json_t *value = json_object_get(values, parameter->name);
        if (!value)
            value = parameter->fallback;
        if (!value) {
            add_fault(faults, template_, "parameter '%s' is missing", parameter->name);
            continue;
        }
        sk_auto(sk_freep) char *fault = sk_parameter_fault(parameter, value);
        if (fault)
            add_fault(faults, template_, "parameter '%s': %s", parameter->name, fault);
        else
            json_object_set_new(items, parameter->name, sk_parameter_items(parameter, value));
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value)
    {
        if (ignore_unused || find_parameter(template_, name, strlen(name)))
            continue;
        const char *near = nearest_parameter(template_, name);
        add_fault(faults, template_, "has no parameter '%s'%s%s", name,
                  near ? "; did you mean " : "", near ? near : "");
    }
}

int sk_template_render(const struct sk_template *template_, const json_t *values,
                       bool ignore_unused, json_t **out, struct sk_err *err)
{
    struct sk_buffer faults = {0};
    json_auto_t *items = json_object();
    json_auto_t *document = NULL;
    gather_items(template_, values, ignore_unused, items, &faults);
    if (faults.length == 0) {
        document = render_value(template_, template_->policy, items);
        drop_void_statements(template_, document, &faults);
    }
    int result = raise_faults(&faults, err);
    if (result == 0)
        *out = json_incref(document);
    return result;
}
