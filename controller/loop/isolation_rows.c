/* The sentences about isolation, see isolation_rows.h. */
#include "loop/isolation_rows.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/evaluate.h"

static void add_row(json_t *rows, const char *outcome, const json_t *property, const char *subject,
                    const char *message)
{
    json_array_append_new(rows, json_pack("{s:s, s:s*, s:s*, s:s}", "outcome", outcome, "property",
                                          json_string_value(property), "subject", subject,
                                          "message", message));
}

/* Where the role's policy comes from: an inline one of its own, or a managed one of its account.
 * Borrowed; NULL when nothing is known. */
static const json_t *source_of(const struct sk_isolation_opts *opts, const char *role,
                               const char *policy)
{
    const json_t *sources = opts->blueprint->policy_sources;
    const struct sk_document *document = sk_documents_find(opts->desired, role);
    sk_auto(sk_freep) char *own = sk_xasprintf("%s#%s", role, policy);
    const json_t *source = json_object_get(sources, own);
    if (source || !document)
        return source;
    sk_auto(sk_freep) char *managed =
        sk_address_format("iam_policy", document->account, NULL, policy);
    return json_object_get(sources, managed);
}

/* ", allowed by StopAny of 'reports' (policies/reports.json, named in teams/fraud.yaml:9)". What a
 * boundary leaves is no news beside what a policy gives. */
static void add_because(struct sk_buffer *out, const struct sk_isolation_opts *opts,
                        const char *role, const json_t *because)
{
    size_t index;
    json_t *reason;
    json_array_foreach(because, index, reason)
    {
        const json_t *statement = json_object_get(reason, "statement");
        const char *policy = sk_json_text(reason, "policy");
        if (sk_text_equal(sk_json_text(reason, "layer"), sk_layer_name(SK_LAYER_BOUNDARY)))
            continue;
        if (json_is_integer(statement))
            sk_buffer_addf(out, ", allowed by statement %lld",
                           (long long)json_integer_value(statement) + 1);
        else
            sk_buffer_addf(out, ", allowed by %s", json_string_value(statement));
        sk_buffer_addf(out, " of '%s'", policy);
        const json_t *source = source_of(opts, role, policy);
        if (source)
            sk_buffer_addf(out, " (%s, named in %s:%lld)", sk_json_text(source, "from"),
                           sk_json_text(source, "path"),
                           (long long)json_integer_value(json_object_get(source, "line")));
    }
}

/* Who, can do what, on what, allowed by which statement, against which property. Owned by the
 * caller. */
static char *paragraph_of(const struct sk_isolation_opts *opts, const json_t *violation,
                          size_t more)
{
    const char *role = sk_json_text(violation, "address");
    struct sk_buffer out = {0};
    const json_t *steps = json_object_get(violation, "steps");
    size_t index;
    json_t *step;
    sk_buffer_addf(&out, "%s, as %s, %s: %s on %s", sk_json_text(violation, "principal"),
                   sk_json_text(violation, "situation"), sk_json_text(violation, "what"),
                   sk_json_text(violation, "action"), sk_json_text(violation, "resource"));
    add_because(&out, opts, role, json_object_get(violation, "because"));
    json_array_foreach(steps, index, step)
    {
        sk_buffer_addf(&out, "; %s it %s: %s on %s", index == 0 ? "before that" : "then",
                       sk_json_text(step, "what"), sk_json_text(step, "action"),
                       sk_json_text(step, "resource"));
        add_because(&out, opts, role, json_object_get(step, "because"));
    }
    sk_buffer_addf(&out, "; this breaks %s", sk_json_text(violation, "property"));
    if (more > 0)
        sk_buffer_addf(&out, ", as %zu more of this role do", more);
    return sk_buffer_take(&out);
}

static char *road_of(const json_t *violation, const struct sk_documents *desired)
{
    const struct sk_document *role = sk_documents_find(desired, sk_json_text(violation, "address"));
    const char *team = role ? sk_json_tag(json_object_get(role->body, "Tags"), "Team") : NULL;
    if (!team)
        return sk_xstrdup("change the policies; `sagekeeper verify` shows the whole request");
    return sk_xasprintf("change the policies (`sagekeeper verify` shows the whole request), or "
                        "declare {rule: %s, subject: %s/%s, reason: …} among the exceptions of the "
                        "Organization",
                        sk_json_text(violation, "property"), team,
                        sk_json_text(violation, "action"));
}

/* The first violation of each property and role, with the number of the others: {"property role":
 * {"first", "more"}}. New. */
static json_t *groups_of(const json_t *violations)
{
    json_t *groups = json_object();
    const char *key;
    json_t *row;
    json_object_foreach((json_t *)violations, key, row)
    {
        sk_auto(sk_freep) char *name =
            sk_xasprintf("%s %s", sk_json_text(row, "property"), sk_json_text(row, "address"));
        json_t *group = json_object_get(groups, name);
        json_int_t more = json_integer_value(json_object_get(group, "more"));
        if (group)
            json_object_set_new(group, "more", json_integer(more + 1));
        else
            json_object_set_new(groups, name, json_pack("{s:O, s:i}", "first", row, "more", 0));
    }
    return groups;
}

void sk_isolation_rows_refused(const json_t *violations, const struct sk_isolation_opts *opts,
                               struct sk_findings *findings, json_t *rows)
{
    json_auto_t *groups = groups_of(violations);
    const char *key;
    json_t *group;
    json_object_foreach(groups, key, group)
    {
        const json_t *first = json_object_get(group, "first");
        const char *role = sk_json_text(first, "address");
        size_t more = (size_t)json_integer_value(json_object_get(group, "more"));
        char *message = paragraph_of(opts, first, more);
        add_row(rows, "violated", json_object_get(first, "property"), role, message);
        sk_findings_add(findings, (struct sk_finding){.rule = "isolation",
                                                      .subject = sk_xstrdup(role),
                                                      .message = message,
                                                      .allow = road_of(first, opts->desired)});
    }
}

void sk_isolation_rows_told(const char *outcome, const json_t *violations,
                            const struct sk_isolation_opts *opts, json_t *rows)
{
    json_auto_t *groups = groups_of(violations);
    const char *key;
    json_t *group;
    json_object_foreach(groups, key, group)
    {
        const json_t *first = json_object_get(group, "first");
        sk_auto(sk_freep) char *message =
            paragraph_of(opts, first, (size_t)json_integer_value(json_object_get(group, "more")));
        add_row(rows, outcome, json_object_get(first, "property"), sk_json_text(first, "address"),
                message);
    }
}

/* A row for each exception that the property's listed violations fall under. */
static void add_relaxed(const json_t *property, json_t *rows)
{
    json_auto_t *told = json_array();
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(property, "violations"), index, row)
    {
        json_t *exception = json_object_get(row, "exception");
        size_t position = 0;
        while (position < json_array_size(told) && json_array_get(told, position) != exception)
            position++;
        if (!exception || position < json_array_size(told))
            continue;
        json_array_append(told, exception);
        add_row(rows, "relaxed", json_object_get(property, "name"),
                sk_json_text(exception, "subject"), sk_json_text(exception, "reason"));
    }
}

/* One row for all of whom it is unknown: what is not read is mostly the same for many. */
static void add_unknown(const json_t *property, json_t *rows)
{
    const json_t *unknown = json_object_get(property, "unknown");
    size_t others = json_array_size(unknown) - 1;
    const json_t *first = json_array_get(unknown, 0);
    if (!first)
        return;
    sk_auto(sk_freep) char *more =
        others > 0 ? sk_xasprintf("; and %zu more", others) : sk_xstrdup("");
    sk_auto(sk_freep) char *message = sk_xasprintf("%s: %s%s", sk_json_text(first, "principal"),
                                                   sk_json_text(first, "why"), more);
    add_row(rows, "unknown", json_object_get(property, "name"), sk_json_text(first, "address"),
            message);
}

void sk_isolation_rows_report(const json_t *report, json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(report, "properties"), index, row)
    {
        add_unknown(row, rows);
        add_relaxed(row, rows);
    }
    json_array_foreach(json_object_get(report, "unneededExceptions"), index, row)
    {
        sk_auto(sk_freep) char *message =
            sk_xasprintf("nothing breaks the rule there (%s)", sk_json_text(row, "origin"));
        add_row(rows, "not needed", json_object_get(row, "rule"), sk_json_text(row, "subject"),
                message);
    }
    if (json_array_size(rows) > 0)
        return;
    sk_auto(sk_freep) char *message =
        sk_xasprintf("all %zu properties, over %lld classes of requests",
                     json_array_size(json_object_get(report, "properties")),
                     (long long)json_integer_value(json_object_get(report, "classes")));
    add_row(rows, "proved", NULL, NULL, message);
}

void sk_isolation_rows_not_asked(json_t *rows)
{
    add_row(rows, "not asked", NULL, NULL, "--verify never");
}
