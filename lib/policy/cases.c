/* Template cases, see cases.h. */
#include "policy/cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/decide.h"

struct cases {
    const struct sk_template *template_;
    const json_t *list;
    const json_t *base;
    const char *as;
    json_t *document; /* rendered; owned */
};

static void cases_done(struct cases *cases)
{
    json_decref(cases->document);
}

static int read_cases(const struct sk_template *template_, const json_t *json, struct cases *out,
                      struct sk_err *err)
{
    const char *name = sk_template_name(template_);
    *out = (struct cases){.template_ = template_};
    out->list = json_object_get(json, "cases");
    out->base = json_object_get(json, "base");
    out->as = json_string_value(json_object_get(json, "as"));
    if (!json_is_array(out->list) || !out->as)
        return sk_err_set(err, SK_E_INVALID, "%s/cases.json has no 'cases' or no 'as'", name);
    return sk_template_render(template_, json_object_get(json, "parameters"), false, &out->document,
                              err);
}

/* Lays `over` on `object`, member by member; null takes away. */
static void lay_over(json_t *object, const json_t *over)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)over, name, value)
    {
        if (json_is_null(value))
            json_object_del(object, name);
        else
            json_object_set(object, name, value);
    }
}

static void append_policy(json_t *question, const char *member, json_t *policy)
{
    json_t *list = json_array();
    const json_t *given = json_object_get(question, member);
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)given, index, item)
    {
        json_array_append(list, item);
    }
    json_array_append_new(list, policy);
    json_object_set_new(question, member, list);
}

/* The policy under test as one more level, beside the default policy that allows everything. */
static void append_level(json_t *question, const char *member, json_t *policy)
{
    json_t *all = json_pack("{s:s, s:{s:s, s:[{s:s, s:s, s:s}]}}", "name", "FullAWSAccess",
                            "document", "Version", "2012-10-17", "Statement", "Effect", "Allow",
                            "Action", "*", "Resource", "*");
    append_policy(question, member, json_pack("[o, o]", all, policy));
}

static int stand_in(const struct cases *cases, json_t *document, json_t *question,
                    struct sk_err *err)
{
    json_t *named =
        json_pack("{s:s, s:O}", "name", sk_template_name(cases->template_), "document", document);
    static const char *const single[][2] = {{"boundary", "permissionBoundary"},
                                            {"resource", "resourcePolicy"},
                                            {"endpoint", "endpointPolicy"}};
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (strcmp(cases->as, single[i][0]) == 0) {
            json_object_set_new(question, single[i][1], named);
            return 0;
        }
    }
    if (strcmp(cases->as, "identity") == 0)
        append_policy(question, "identityPolicies", named);
    else if (strcmp(cases->as, "session") == 0)
        append_policy(question, "sessionPolicies", named);
    else if (strcmp(cases->as, "serviceControl") == 0)
        append_level(question, "serviceControlPolicies", named);
    else if (strcmp(cases->as, "resourceControl") == 0)
        append_level(question, "resourceControlPolicies", named);
    else {
        json_decref(named);
        return sk_err_set(err, SK_E_INVALID, "'%s' is no layer that a template can stand in",
                          cases->as);
    }
    return 0;
}

static bool is_about_case(const char *member)
{
    return strcmp(member, "name") == 0 || strcmp(member, "expect") == 0 ||
           strcmp(member, "why") == 0;
}

static json_t *question_of(const struct cases *cases, const json_t *one)
{
    json_t *question = cases->base ? json_copy((json_t *)cases->base) : json_object();
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)one, member, value)
    {
        if (is_about_case(member))
            continue;
        const json_t *below = json_object_get(question, member);
        if (!json_is_object(value) || !json_is_object(below)) {
            json_object_set(question, member, value);
            continue;
        }
        json_t *merged = json_copy((json_t *)below);
        lay_over(merged, value);
        json_object_set_new(question, member, merged);
    }
    return question;
}

/* The decision on a case with `document` in the template's place. NULL and err when it cannot be
 * asked. Owned by the caller. */
static char *decide_case(const struct cases *cases, const json_t *one, json_t *document,
                         struct sk_err *err)
{
    json_auto_t *question = question_of(cases, one);
    json_auto_t *answer = NULL;
    struct sk_err fault = {0};
    if (stand_in(cases, document, question, &fault) == 0)
        answer = sk_policy_decide_json(question, &fault);
    if (!answer) {
        const char *name = json_string_value(json_object_get(one, "name"));
        sk_err_wrap(&fault, "%s: case '%s'", sk_template_name(cases->template_), name ? name : "?");
        (void)sk_err_move(err, &fault);
        return NULL;
    }
    return sk_xstrdup(sk_json_text(answer, "decision"));
}

static void tell(json_t *failures, const char *format, ...) SK_PRINTF(2, 3);
static void tell(json_t *failures, const char *format, ...)
{
    struct sk_err text = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&text, SK_E_INVALID, format, arguments);
    va_end(arguments);
    json_array_append_new(failures, json_string(sk_err_message(&text)));
    sk_err_done(&text);
}

static int check_case(const struct cases *cases, const json_t *one, struct sk_err *err)
{
    const char *name = sk_json_text(one, "name");
    const char *expect = sk_json_text(one, "expect");
    if (!name || !expect || !sk_json_text(one, "why"))
        return sk_err_set(err, SK_E_INVALID, "%s: a case without name, expect or why",
                          sk_template_name(cases->template_));
    return 0;
}

int sk_cases_run(const struct sk_template *template_, const json_t *json, json_t *failures,
                 struct sk_err *err)
{
    struct cases cases;
    int result = read_cases(template_, json, &cases, err);
    size_t index;
    json_t *one;
    json_array_foreach((json_t *)cases.list, index, one)
    {
        if (result == 0)
            result = check_case(&cases, one, err);
        if (result < 0)
            break;
        sk_auto(sk_freep) char *decision = decide_case(&cases, one, cases.document, err);
        if (!decision) {
            result = SK_E_INVALID;
            break;
        }
        if (strcmp(decision, sk_json_text(one, "expect")) != 0)
            tell(failures, "%s: case '%s' is %s, not %s: %s", sk_template_name(template_),
                 sk_json_text(one, "name"), decision, sk_json_text(one, "expect"),
                 sk_json_text(one, "why"));
    }
    size_t count = json_array_size(cases.list);
    cases_done(&cases);
    return result < 0 ? result : (int)count;
}

/* Whether some case comes out differently with `document`; a negative code when one cannot be
 * asked. */
static int is_missed(const struct cases *cases, json_t *document, struct sk_err *err)
{
    size_t index;
    json_t *one;
    json_array_foreach((json_t *)cases->list, index, one)
    {
        sk_auto(sk_freep) char *decision = decide_case(cases, one, document, err);
        if (!decision)
            return SK_E_INVALID;
        if (strcmp(decision, sk_json_text(one, "expect")) != 0)
            return 1;
    }
    return 0;
}

/* Judges one part that was taken away. `document` is consumed. */
static int judge(const struct cases *cases, const json_t *redundant, const char *part,
                 json_t *document, json_t *failures, struct sk_err *err)
{
    json_auto_t *owned = document;
    const char *reason = json_string_value(json_object_get(redundant, part));
    int missed = is_missed(cases, owned, err);
    if (missed < 0)
        return missed;
    const char *name = sk_template_name(cases->template_);
    if (!missed && !reason)
        tell(failures, "%s: no case misses '%s'", name, part);
    if (missed && reason)
        tell(failures, "%s: '%s' is listed as redundant, but a case misses it", name, part);
    return 0;
}

static json_t *copy_without_statement(const json_t *document, size_t position)
{
    json_t *copy = json_deep_copy(document);
    json_array_remove(json_object_get(copy, "Statement"), position);
    return copy;
}

static json_t *copy_without_condition(const json_t *document, size_t position,
                                      const char *operator_, const char *key)
{
    json_t *copy = json_deep_copy(document);
    json_t *statement = json_array_get(json_object_get(copy, "Statement"), position);
    json_t *condition = json_object_get(statement, "Condition");
    json_t *keys = json_object_get(condition, operator_);
    json_object_del(keys, key);
    if (json_object_size(keys) == 0)
        json_object_del(condition, operator_);
    return copy;
}

static int prove_statement(const struct cases *cases, const json_t *redundant, size_t position,
                           json_t *failures, struct sk_err *err)
{
    const json_t *statement =
        json_array_get(json_object_get(cases->document, "Statement"), position);
    const char *sid = json_string_value(json_object_get(statement, "Sid"));
    if (!sid)
        return sk_err_set(err, SK_E_INVALID, "%s: statement %zu has no Sid",
                          sk_template_name(cases->template_), position + 1);
    int tried = 1;
    int result = judge(cases, redundant, sid, copy_without_statement(cases->document, position),
                       failures, err);
    const char *operator_;
    json_t *keys;
    json_object_foreach(json_object_get(statement, "Condition"), operator_, keys)
    {
        const char *key;
        json_t *value;
        json_object_foreach(keys, key, value)
        {
            if (result < 0)
                return result;
            sk_auto(sk_freep) char *part = sk_xasprintf("%s/%s/%s", sid, operator_, key);
            result = judge(cases, redundant, part,
                           copy_without_condition(cases->document, position, operator_, key),
                           failures, err);
            tried++;
        }
    }
    return result < 0 ? result : tried;
}

int sk_cases_prove(const struct sk_template *template_, const json_t *json, json_t *failures,
                   struct sk_err *err)
{
    struct cases cases;
    int result = read_cases(template_, json, &cases, err);
    const json_t *redundant = json_object_get(json, "redundant");
    size_t count = json_array_size(json_object_get(cases.document, "Statement"));
    int tried = 0;
    for (size_t i = 0; result >= 0 && i < count; i++) {
        result = prove_statement(&cases, redundant, i, failures, err);
        tried += result > 0 ? result : 0;
    }
    cases_done(&cases);
    return result < 0 ? result : tried;
}
