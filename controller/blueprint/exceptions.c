/* Declared exceptions: which are there, which are used, and which nobody needs (any more).
 *
 * A rule asks sk_compile_excepted() where it is broken; what was asked for is in force. The rest is
 * reported when everything is compiled: a relaxation that has no effect today would take effect
 * unseen with a later change. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/exceptions.h"

const char *const sk_exception_rules[] = {SK_RULE_SHARED_SPACE, SK_RULE_PROPERTIES, NULL};

static char *key_of(const char *rule, const char *subject)
{
    return sk_xasprintf("%s %s", rule, subject);
}

static void add_exception(struct sk_compile *compile, const json_t *entry, size_t index)
{
    const struct sk_manifest *organization = compile->organization;
    const char *rule = sk_json_text(entry, "rule");
    const char *subject = sk_json_text(entry, "subject");
    const char *reason = sk_json_text(entry, "reason");
    const char *until = sk_json_text(entry, "until");
    if (!rule || !subject || !reason)
        return; /* reported by the schema */
    sk_auto(sk_freep) char *key = key_of(rule, subject);
    sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/exceptions/%zu", index);
    if (json_object_get(compile->exceptions, key)) {
        sk_manifest_fault(organization, pointer, compile->diagnostics, SK_DIAGNOSTIC_DUPLICATE_NAME,
                          "a second exception from '%s' for '%s'; expected one", rule, subject);
        return;
    }
    json_object_set_new(
        compile->exceptions, key,
        json_pack("{s:s, s:s, s:s, s:s*, s:o, s:s, s:b, s:b}", "rule", rule, "subject", subject,
                  "reason", reason, "until", until, "origin",
                  json_sprintf("%s:%u", organization->path,
                               sk_manifest_position(organization, pointer, false).line),
                  "pointer", pointer, "expired", sk_compile_has_ended(compile, until), "used", 0));
}

void sk_compile_exceptions(struct sk_compile *compile)
{
    if (!compile->organization)
        return;
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(compile->organization->spec, "exceptions"), index, entry)
        add_exception(compile, entry, index);
}

enum sk_excepted sk_compile_excepted(struct sk_compile *compile, const char *rule,
                                     const char *subject)
{
    sk_auto(sk_freep) char *key = key_of(rule, subject);
    json_t *exception = json_object_get(compile->exceptions, key);
    if (!exception)
        return SK_EXCEPTED_NO;
    json_object_set_new(exception, "used", json_true());
    return json_is_true(json_object_get(exception, "expired")) ? SK_EXCEPTED_EXPIRED
                                                               : SK_EXCEPTED_YES;
}

/* Who uses it may stand in a file that could not be read. */
static void report_unneeded(struct sk_compile *compile, const json_t *exception)
{
    if (!compile->manifests->incomplete)
        sk_manifest_warn(compile->organization, sk_json_text(exception, "pointer"),
                         compile->diagnostics, SK_DIAGNOSTIC_UNNEEDED,
                         "the exception from '%s' for '%s' is not needed: nothing there breaks the "
                         "rule; remove it",
                         sk_json_text(exception, "rule"), sk_json_text(exception, "subject"));
}

void sk_compile_exceptions_end(struct sk_compile *compile)
{
    const char *key;
    json_t *exception;
    json_object_foreach(compile->exceptions, key, exception)
    {
        bool compiled = sk_text_equal(sk_json_text(exception, "rule"), SK_RULE_SHARED_SPACE);
        if (compiled && !json_is_true(json_object_get(exception, "used")))
            report_unneeded(compile, exception);
        else if (!json_is_true(json_object_get(exception, "expired")))
            json_array_append_new(compile->blueprint->exceptions,
                                  json_pack("{s:O, s:O, s:O, s:O*, s:O}", "rule",
                                            json_object_get(exception, "rule"), "subject",
                                            json_object_get(exception, "subject"), "reason",
                                            json_object_get(exception, "reason"), "until",
                                            json_object_get(exception, "until"), "origin",
                                            json_object_get(exception, "origin")));
    }
}
