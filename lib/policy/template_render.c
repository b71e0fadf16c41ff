/* Filling templates in. The JSON is parsed before anything is filled in, so a value can never
 * become structure. `items` is everywhere {NAME: [string]}: the checked values, defaults included.
 */
#include "policy/template_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static json_t *render_value(const struct sk_template *template_, const json_t *value,
                            const json_t *items);

/* `text` with the item at `position` of the list among its placeholders. */
static char *fill(const struct sk_template *template_, const char *text, const json_t *items,
                  size_t position)
{
    struct sk_buffer out = {0};
    struct sk_piece piece;
    while (sk_template_piece(&text, &piece)) {
        if (!piece.placeholder) {
            sk_buffer_add(&out, piece.text, piece.length);
            continue;
        }
        const struct sk_parameter *parameter =
            sk_template_find(template_, piece.text, piece.length);
        size_t at = parameter->type == SK_PARAMETER_LIST ? position : 0;
        sk_buffer_adds(
            &out, json_string_value(json_array_get(json_object_get(items, parameter->name), at)));
    }
    return sk_buffer_take(&out);
}

/* The list parameter in `text`, or NULL. */
static const struct sk_parameter *list_in(const struct sk_template *template_, const char *text)
{
    struct sk_piece piece;
    while (sk_template_piece(&text, &piece)) {
        const struct sk_parameter *parameter =
            piece.placeholder ? sk_template_find(template_, piece.text, piece.length) : NULL;
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

/* The list parameter in a name anywhere in the value, or NULL. */
static const struct sk_parameter *list_in_names(const struct sk_template *template_,
                                                const json_t *value)
{
    const char *name;
    json_t *child;
    json_object_foreach((json_t *)value, name, child)
    {
        const struct sk_parameter *found = list_in(template_, name);
        if (!found)
            found = list_in_names(template_, child);
        if (found)
            return found;
    }
    return NULL;
}

/* One copy of the statement for each item of the list in its names, with numbered Sids. */
static void render_repeated(const struct sk_template *template_, const json_t *statement,
                            const struct sk_parameter *repeats, const json_t *items, json_t *out)
{
    const json_t *list = json_object_get(items, repeats->name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_auto_t *one = json_copy((json_t *)items);
        json_object_set_new(one, repeats->name, json_pack("[O]", json_array_get(list, i)));
        json_t *copy = render_value(template_, statement, one);
        const char *sid = json_string_value(json_object_get(copy, "Sid"));
        if (sid && i > 0)
            json_object_set_new(copy, "Sid", json_sprintf("%s%zu", sid, i + 1));
        json_array_append_new(out, copy);
    }
}

static json_t *render_document(const struct sk_template *template_, const json_t *items)
{
    json_t *policy = template_->policy;
    const json_t *statements = json_object_get(policy, "Statement");
    if (!json_is_array(statements))
        return render_value(template_, policy, items);
    json_auto_t *rest = json_copy(policy);
    json_object_set_new(rest, "Statement", json_array());
    json_t *document = render_value(template_, rest, items);
    json_t *out = json_object_get(document, "Statement");
    size_t index;
    json_t *statement;
    json_array_foreach((json_t *)statements, index, statement)
    {
        const struct sk_parameter *repeats = list_in_names(template_, statement);
        if (repeats)
            render_repeated(template_, statement, repeats, items, out);
        else
            json_array_append_new(out, render_value(template_, statement, items));
    }
    return document;
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
            sk_template_fault(faults, template_, "an empty list leaves %s of statement '%s' empty",
                              element, sid ? sid : "?");
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
        sk_template_fault(faults, template_, "with these values no statement is left");
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
            sk_template_fault(faults, template_, "parameter '%s' is missing", parameter->name);
            continue;
        }
        sk_auto(sk_freep) char *fault = sk_parameter_fault(parameter, value);
        if (fault)
            sk_template_fault(faults, template_, "parameter '%s': %s", parameter->name, fault);
        else
            json_object_set_new(items, parameter->name, sk_parameter_items(parameter, value));
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value)
    {
        if (ignore_unused || sk_template_find(template_, name, strlen(name)))
            continue;
        const char *near = sk_template_nearest(template_, name);
        sk_template_fault(faults, template_, "has no parameter '%s'%s%s", name,
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
        document = render_document(template_, items);
        drop_void_statements(template_, document, &faults);
    }
    int result = sk_template_raise(&faults, err);
    if (result == 0)
        *out = json_incref(document);
    return result;
}
