/* The lint of lib/policy over every document that is rendered here: findings become diagnostics where
 * a person can mend them, which is the JSON file, or the place that names a template. An error
 * refuses the desired state, like any other fault, unless `accepts` of the role or guardrail names
 * the finding with a reason.
 *
 * Sizes are not looked at here: they are counted where the limit of the whole is known. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "policy/lint.h"
#include "policy/locate.h"
#include "policy/template.h"

/* One document while its findings are reported. */
struct linted {
    struct sk_compile *compile;
    const struct sk_role_request *request;
    const struct sk_policy_source *source;
};

static char *accepts_key(const struct sk_role_request *request, size_t index)
{
    return sk_xasprintf("%s:%u%s/%zu", request->manifest->path, request->manifest->position.line,
                        request->pointer, index);
}

/* Whether an entry of `accepts` leaves the member open or says the same. */
static bool fits(const json_t *entry, const char *member, const char *value)
{
    const char *wanted = sk_json_text(entry, member);
    return !wanted || sk_text_equal(wanted, value);
}

/* The reason for which the finding is accepted; NULL when it is not. Borrowed. */
static const char *accepted_because(const struct linted *linted, const json_t *finding)
{
    const json_t *accepts = json_object_get(linted->request->spec, "accepts");
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)accepts, index, entry)
    {
        if (!sk_text_equal(sk_json_text(entry, "rule"), sk_json_text(finding, "id")) ||
            !fits(entry, "policy", linted->source->name) ||
            !fits(entry, "statement", sk_json_text(finding, "statement")))
            continue;
        sk_auto(sk_freep) char *key = accepts_key(linted->request, index);
        json_object_set_new(linted->compile->accepted, key, json_true());
        const char *reason = sk_json_text(entry, "reason");
        return reason ? reason : "";
    }
    return NULL;
}

/* Shipped templates say for themselves what they mean as it is written. */
static bool accepted_by_template(const struct sk_policy_source *source, const json_t *finding)
{
    const char *text = source->file ? NULL : sk_template_shipped_cases(source->name);
    json_auto_t *cases = text ? json_loads(text, 0, NULL) : NULL;
    const char *statement = sk_json_text(finding, "statement");
    sk_auto(sk_freep) char *key =
        sk_xasprintf("%s/%s", sk_json_text(finding, "id"), statement ? statement : "");
    return json_object_get(json_object_get(cases, "accepts"), key) != NULL;
}

/* "policy 'x@1', statement 'Apps': ", as far as it is not said by the position. Owned. */
static char *subject(const struct sk_policy_source *source, const json_t *finding)
{
    struct sk_buffer out = {0};
    if (!source->file)
        sk_buffer_addf(&out, "policy '%s'", source->name);
    const json_t *statement = json_object_get(finding, "statement");
    const char *comma = out.length ? ", " : "";
    if (json_is_string(statement))
        sk_buffer_addf(&out, "%sstatement '%s'", comma, json_string_value(statement));
    else if (json_is_integer(statement))
        sk_buffer_addf(&out, "%sstatement %d", comma, (int)json_integer_value(statement) + 1);
    if (out.length)
        sk_buffer_adds(&out, ": ");
    return sk_buffer_take(&out);
}

static void report(const struct linted *linted, const json_t *finding)
{
    const struct sk_policy_source *source = linted->source;
    const struct sk_manifest *manifest = linted->request->manifest;
    const char *severity = sk_json_text(finding, "severity");
    const char *reason = accepted_because(linted, finding);
    if (reason)
        severity = sk_text_equal(severity, "error") ? "warning" : "notice";
    const struct sk_diagnostic_rule rule = {.id = sk_json_text(finding, "id"),
                                            .severity = severity,
                                            .page = sk_json_text(finding, "page")};
    const char *path = manifest->path;
    struct sk_position position = {0};
    if (source->file) {
        path = source->file->path;
        sk_policy_locate(source->file->data, source->file->length, sk_json_text(finding, "pointer"),
                         &position.line, &position.column);
    } else {
        position = sk_manifest_position(manifest, source->pointer, false);
    }
    sk_auto(sk_freep) char *who = subject(source, finding);
    sk_diagnostics_add_rule(linted->compile->diagnostics, &rule, path, position, "%s%s. %s%s", who,
                            sk_json_text(finding, "message"),
                            reason ? "Accepted: " : sk_json_text(finding, "fix"),
                            reason ? reason : "");
}

/* The same text is often used by many teams. Borrowed. */
static const json_t *findings_on(struct sk_compile *compile, const json_t *document,
                                 enum sk_policy_use use)
{
    char digest[SK_SHA256_HEX_BYTES];
    sk_json_digest(document, digest);
    sk_auto(sk_freep) char *key = sk_xasprintf("%d/%s", (int)use, digest);
    json_t *findings = json_object_get(compile->findings, key);
    if (!findings) {
        findings = sk_policy_lint(document, use, "");
        json_object_set_new(compile->findings, key, findings);
    }
    return findings;
}

/* Whether this is to be said of the source: parts of a document are not judged by what only the
 * whole has. */
static bool concerns(const struct sk_policy_source *source, const json_t *finding)
{
    const char *id = sk_json_text(finding, "id");
    bool of_whole = sk_text_equal(id, sk_lint_id(SK_LINT_NEAR_SIZE)) ||
                    sk_text_equal(id, sk_lint_id(SK_LINT_EMPTY_BOUNDARY));
    if (sk_text_equal(id, sk_lint_id(SK_LINT_OVER_SIZE)) || (source->part && of_whole) ||
        (source->whole && !of_whole))
        return false;
    return !accepted_by_template(source, finding);
}

void sk_compile_lint(struct sk_compile *compile, const struct sk_role_request *request,
                     const struct sk_policy_source *source, const json_t *document,
                     enum sk_policy_use use)
{
    const struct linted linted = {compile, request, source};
    size_t index;
    json_t *finding;
    json_array_foreach((json_t *)findings_on(compile, document, use), index, finding)
    {
        if (concerns(source, finding))
            report(&linted, finding);
    }
}

void sk_compile_check_accepts(struct sk_compile *compile, const struct sk_role_request *request)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(request->spec, "accepts"), index, entry)
    {
        sk_auto(sk_freep) char *key = accepts_key(request, index);
        if (json_object_get(compile->accepted, key) || !sk_json_text(entry, "rule"))
            continue;
        sk_auto(sk_freep) char *pointer = sk_xasprintf("%s/accepts/%zu", request->pointer, index);
        sk_manifest_warn(request->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                         "nothing is found by '%s' here: the exception is not needed",
                         sk_json_text(entry, "rule"));
    }
}
