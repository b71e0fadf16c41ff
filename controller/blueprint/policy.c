/* The text behind an entry of `policies`: a template filled in, or a file of the tree. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/grammar.h"
#include "policy/document.h"
#include "policy/element.h"
#include "policy/locate.h"
#include "policy/template.h"

#define POLICY_FOLDER "policies/"

/* Messages of lib/policy name all faults, one a line: each becomes a diagnostic. */
static void fault_lines(struct sk_compile *compile, const struct sk_manifest *manifest,
                        const char *pointer, enum sk_diagnostic_code code, const struct sk_err *err)
{
    const char *at = sk_err_message(err);
    while (*at) {
        size_t length = strcspn(at, "\n");
        sk_manifest_fault(manifest, pointer, compile->diagnostics, code, "%.*s", (int)length, at);
        at += length + (at[length] ? 1 : 0);
    }
}

/* Whether all parameters without a default are given; notes what the template knows. */
static bool check_parameters(struct sk_compile *compile, const struct sk_role_request *request,
                             const struct sk_template *template_, const char *pointer,
                             const json_t *values, json_t *known)
{
    bool complete = true;
    const char *name;
    json_t *parameter;
    json_object_foreach((json_t *)sk_template_parameters(template_), name, parameter)
    {
        json_object_set_new(known, name, json_true());
        sk_auto(sk_freep) char *parameters = sk_xasprintf("%s/parameters", request->pointer);
        sk_auto(sk_freep) char *given = sk_pointer_join(parameters, name);
        if (json_object_get(parameter, "default") || json_object_get(values, name))
            continue;
        complete = false;
        if (sk_manifest_has(request->manifest, given))
            continue; /* given, but refused by the schema */
        const char *type = sk_json_text(parameter, "type");
        const char *description = sk_json_text(parameter, "description");
        sk_manifest_fault(request->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_PARAMETER,
                          "'%s' needs the parameter '%s'; expected it under 'parameters' (%s: %s)",
                          sk_template_name(template_), name, type ? type : "text",
                          description ? description : "");
    }
    return complete;
}

static json_t *fill_template(struct sk_compile *compile, const struct sk_role_request *request,
                             const char *name, const char *pointer, const json_t *values,
                             json_t *known)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_template *template_ = compile->opts->find_template
                                              ? compile->opts->find_template(name, &err)
                                              : sk_template_shipped(name, &err);
    if (!template_) {
        fault_lines(compile, request->manifest, pointer, SK_DIAGNOSTIC_DANGLING, &err);
        return NULL;
    }
    json_t *document = NULL;
    if (!check_parameters(compile, request, template_, pointer, values, known))
        return NULL;
    if (sk_template_render(template_, values, true, &document, &err) < 0) {
        fault_lines(compile, request->manifest, pointer, SK_DIAGNOSTIC_PARAMETER, &err);
        return NULL;
    }
    return document;
}

static const struct sk_manifest_file *find_file(const struct sk_blueprint_opts *opts,
                                                const char *path)
{
    for (size_t i = 0; i < opts->file_count; i++) {
        if (strcmp(opts->files[i].path, path) == 0)
            return &opts->files[i];
    }
    return NULL;
}

static void fault_no_file(struct sk_compile *compile, const struct sk_role_request *request,
                          const char *path, const char *pointer)
{
    const struct sk_blueprint_opts *opts = compile->opts;
    const char **paths = sk_xcalloc(opts->file_count + 1, sizeof(char *));
    size_t count = 0;
    for (size_t i = 0; i < opts->file_count; i++) {
        if (sk_text_starts_with(opts->files[i].path, POLICY_FOLDER))
            paths[count++] = opts->files[i].path + strlen(POLICY_FOLDER);
    }
    const char *nearest = sk_text_nearest(path + strlen(POLICY_FOLDER), paths, count);
    sk_manifest_fault(request->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s': there is no file '%s'; %s%s%s", path + strlen(POLICY_FOLDER), path,
                      nearest ? "did you mean '" : "expected a policy document there",
                      nearest ? nearest : "", nearest ? "'?" : "");
    free(paths);
}

static json_t *read_file(struct sk_compile *compile, const struct sk_role_request *request,
                         const struct sk_policy_entry *entry)
{
    sk_auto(sk_freep) char *path = sk_xasprintf(POLICY_FOLDER "%s", entry->policy);
    const struct sk_manifest_file *file = find_file(compile->opts, path);
    if (!file) {
        fault_no_file(compile, request, path, entry->pointer);
        return NULL;
    }
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *document = sk_policy_parse(file->data, file->length, entry->use, path, &err);
    if (!document) {
        fault_lines(compile, request->manifest, entry->pointer, SK_DIAGNOSTIC_POLICY, &err);
        return NULL;
    }
    const struct sk_policy_source source = {
        .name = entry->policy, .pointer = entry->pointer, .file = file, .part = entry->part};
    sk_compile_lint(compile, request, &source, document, entry->use);
    return document;
}

/* A template fits some uses only: a service control policy has no principals. */
static json_t *check_template(struct sk_compile *compile, const struct sk_role_request *request,
                              const struct sk_policy_entry *entry, json_t *document)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    if (document && sk_policy_check(document, entry->use, entry->policy, &err) < 0) {
        fault_lines(compile, request->manifest, entry->pointer, SK_DIAGNOSTIC_POLICY, &err);
        json_decref(document);
        return NULL;
    }
    const struct sk_policy_source source = {
        .name = entry->policy, .pointer = entry->pointer, .part = entry->part};
    if (document)
        sk_compile_lint(compile, request, &source, document, entry->use);
    return document;
}

json_t *sk_compile_policy(struct sk_compile *compile, const struct sk_role_request *request,
                          const struct sk_policy_entry *entry, const json_t *values, json_t *known)
{
    if (!sk_grammar_template(entry->policy))
        return read_file(compile, request, entry);
    json_t *document =
        fill_template(compile, request, entry->policy, entry->pointer, values, known);
    return check_template(compile, request, entry, document);
}

/* The line of each statement of a file that is a policy. New. */
static json_t *statement_lines(const struct sk_manifest_file *file)
{
    json_auto_t *document = sk_json_parse(file->data, file->length, file->path, NULL);
    json_auto_t *spelt = sk_element_respell(document);
    const json_t *list = json_object_get(spelt, "Statement");
    json_t *lines = json_array();
    for (size_t i = 0; i < sk_element_count(list); i++) {
        sk_auto(sk_freep) char *pointer =
            json_is_array(list) ? sk_xasprintf("/Statement/%zu", i) : sk_xstrdup("/Statement");
        unsigned line = 0;
        unsigned column = 0;
        sk_policy_locate(file->data, file->length, pointer, &line, &column);
        json_array_append_new(lines, json_integer(line));
    }
    return lines;
}

void sk_compile_policy_source(struct sk_compile *compile, const struct sk_role_request *request,
                              const char *policy, const char *pointer, const char *key)
{
    bool shipped = sk_grammar_template(policy);
    sk_auto(sk_freep) char *from = sk_xasprintf("%s%s", shipped ? "" : POLICY_FOLDER, policy);
    const struct sk_manifest_file *file = shipped ? NULL : find_file(compile->opts, from);
    const struct sk_manifest *manifest = request->manifest;
    json_t *row = json_pack("{s:s, s:s, s:I}", "from", from, "path", manifest->path, "line",
                            (json_int_t)sk_manifest_position(manifest, pointer, false).line);
    if (file)
        json_object_set_new(row, "statements", statement_lines(file));
    json_object_set_new(compile->blueprint->policy_sources, key, row);
}
