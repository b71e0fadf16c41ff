/* The canonical form of policy documents, see document.h. It decides equality, so every rule here
 * is one by which AWS itself does not tell two documents apart:
 * - statements, and values of all lists, have no order and no repetition; a scalar is a list of one
 * - action names and condition keys ignore case (IAM User Guide, "Action", "Condition")
 * - Principal "*" and {"AWS": "*"} are the same, and so are an account id and its root ARN
 *   ("AWS account principals", "All principals")
 * - numbers and booleans may be written as strings ("Policy grammar notes")
 * - without Version the language is 2008-10-17 ("Version")
 * - "*:*" and "*" are the same action */
#include "policy/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/canonical.h"
#include "policy/element.h"
#include "policy/operator.h"

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts `count` owned strings, drops repetitions, and makes a list of them; consumes them. */
static json_t *sorted_list(char **texts, size_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof(texts[0]), compare_strings);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
            json_array_append_new(list, json_string(texts[i]));
    }
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
    return list;
}

typedef char *(*normalise_fn)(char *text);

/* A scalar or list as a sorted list of strings; what is no scalar is left out. */
static json_t *canonical_values(const json_t *value, normalise_fn normalise)
{
    size_t count = sk_element_count(value);
    char **texts = sk_xcalloc(count + 1, sizeof(texts[0]));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        char *text = sk_element_scalar_text(sk_element_at(value, i));
        if (text)
            texts[used++] = normalise ? normalise(text) : text;
    }
    return sorted_list(texts, used);
}

static char *normalise_action(char *text)
{
    if (strcmp(text, "*:*") == 0)
        text[1] = '\0';
    return sk_text_lower(text);
}

/* arn:aws:iam::111122223333:root → 111122223333 */
static char *normalise_principal(char *text)
{
    const char *account = strstr(text, ":iam::");
    if (!sk_text_starts_with(text, "arn:") || !account)
        return text;
    account += strlen(":iam::");
    if (strspn(account, "0123456789") != 12 || strcmp(account + 12, ":root") != 0)
        return text;
    memmove(text, account, 12);
    text[12] = '\0';
    return text;
}

static json_t *canonical_principal(const json_t *principal)
{
    json_t *result = json_object();
    if (!json_is_object(principal)) {
        json_object_set_new(result, "AWS", canonical_values(principal, normalise_principal));
        return result;
    }
    const char *kind;
    json_t *value;
    json_object_foreach((json_t *)principal, kind, value)
    {
        const char *standard = sk_element_name(SK_ELEMENT_PRINCIPAL, kind);
        if (!standard)
            standard = kind;
        normalise_fn normalise = strcmp(standard, "AWS") == 0 ? normalise_principal : NULL;
        json_object_set_new(result, standard, canonical_values(value, normalise));
    }
    return result;
}

static json_t *canonical_keys(const json_t *keys, const struct sk_operator *operator_)
{
    bool truth = operator_ &&
                 (operator_->family == SK_OPERATOR_BOOL || operator_->family == SK_OPERATOR_NULL);
    json_t *result = json_object();
    const char *name;
    json_t *values;
    json_object_foreach((json_t *)keys, name, values)
    {
        sk_auto(sk_freep) char *key = sk_text_lower(sk_xstrdup(name));
        json_object_set_new(result, key, canonical_values(values, truth ? sk_text_lower : NULL));
    }
    return result;
}

static json_t *canonical_condition(const json_t *condition)
{
    json_t *result = json_object();
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)condition, name, keys)
    {
        struct sk_operator operator_;
        char spelt[SK_OPERATOR_TEXT_BYTES];
        bool known = sk_operator_parse(name, &operator_);
        if (known)
            sk_operator_format(&operator_, spelt);
        json_t *block = canonical_keys(keys, known ? &operator_ : NULL);
        if (json_object_size(block) == 0)
            json_decref(block);
        else
            json_object_set_new(result, known ? spelt : name, block);
    }
    return result;
}

static json_t *canonical_element(const char *element, const json_t *value)
{
    if (sk_text_ends_with(element, "Principal"))
        return canonical_principal(value);
    if (sk_text_ends_with(element, "Action"))
        return canonical_values(value, normalise_action);
    if (sk_text_ends_with(element, "Resource"))
        return canonical_values(value, NULL);
    if (strcmp(element, "Condition") == 0)
        return canonical_condition(value);
    return json_deep_copy(value);
}

/* Whether an element says nothing: an empty Sid or a Condition without any key. */
static bool says_nothing(const char *element, const json_t *canonical)
{
    if (strcmp(element, "Sid") == 0)
        return json_is_string(canonical) && json_string_length(canonical) == 0;
    return strcmp(element, "Condition") == 0 && json_object_size(canonical) == 0;
}

json_t *sk_canonical_statement(const json_t *statement)
{
    if (!json_is_object(statement))
        return json_deep_copy(statement);
    json_t *result = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)statement, name, value)
    {
        const char *element = sk_element_name(SK_ELEMENT_STATEMENT, name);
        if (!element) {
            json_object_set_new(result, name, json_deep_copy(value));
            continue;
        }
        json_t *canonical = canonical_element(element, value);
        if (says_nothing(element, canonical))
            json_decref(canonical);
        else
            json_object_set_new(result, element, canonical);
    }
    return result;
}

json_t *sk_canonical_statement_list(const json_t *document)
{
    json_t *list = json_array();
    const json_t *statements = sk_element_get(document, "Statement");
    for (size_t i = 0; i < sk_element_count(statements); i++)
        json_array_append_new(list, sk_canonical_statement(sk_element_at(statements, i)));
    return list;
}

struct keyed {
    char *key; /* canonical text */
    json_t *statement;
};

static int compare_keyed(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

/* Sorts by canonical text and drops repetitions. Consumes `list`. New. */
static json_t *sorted_statements(json_t *list)
{
    size_t count = json_array_size(list);
    struct keyed *keyed = sk_xcalloc(count + 1, sizeof(keyed[0]));
    for (size_t i = 0; i < count; i++) {
        keyed[i].statement = json_array_get(list, i);
        keyed[i].key = sk_json_canonical(keyed[i].statement);
    }
    if (count > 1)
        qsort(keyed, count, sizeof(keyed[0]), compare_keyed);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(keyed[i].key, keyed[i - 1].key) != 0)
            json_array_append(sorted, keyed[i].statement);
    }
    for (size_t i = 0; i < count; i++)
        free(keyed[i].key);
    free(keyed);
    json_decref(list);
    return sorted;
}

json_t *sk_policy_canonical(const json_t *document)
{
    if (!json_is_object(document) || !sk_element_get(document, "Statement"))
        return json_deep_copy(document);
    json_t *result = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)document, name, value)
    {
        const char *element = sk_element_name(SK_ELEMENT_DOCUMENT, name);
        json_object_set_new(result, element ? element : name, json_deep_copy(value));
    }
    if (!json_object_get(result, "Version"))
        json_object_set_new(result, "Version", json_string("2008-10-17"));
    json_object_set_new(result, "Statement",
                        sorted_statements(sk_canonical_statement_list(document)));
    return result;
}

bool sk_policy_equal(const json_t *a, const json_t *b)
{
    if (!a || !b)
        return a == b;
    /* Most often AWS gives back what it was given: no need to look for the meaning then. */
    if (json_equal(a, b))
        return true;
    json_auto_t *left = sk_policy_canonical(a);
    json_auto_t *right = sk_policy_canonical(b);
    return json_equal(left, right);
}

static void name_principals(json_t *values, const json_t *names)
{
    size_t index;
    json_t *value;
    json_array_foreach(values, index, value)
    {
        json_t *name = json_object_get(names, json_string_value(value));
        if (json_is_string(name))
            json_array_set(values, index, name);
    }
}

json_t *sk_policy_with_names(const json_t *document, const json_t *names)
{
    json_t *result = sk_element_respell(document);
    json_t *statements = json_object_get(result, "Statement");
    static const char *const elements[] = {"Principal", "NotPrincipal"};
    for (size_t i = 0; i < sk_element_count(statements); i++) {
        json_t *statement = sk_element_at(statements, i);
        for (size_t j = 0; j < 2; j++) {
            json_t *principal = json_object_get(statement, elements[j]);
            json_t *values = json_object_get(principal, "AWS");
            if (!values)
                continue;
            json_t *list = json_is_array(values) ? json_incref(values) : json_pack("[O]", values);
            name_principals(list, names);
            json_object_set_new(principal, "AWS", list);
        }
    }
    return result;
}
