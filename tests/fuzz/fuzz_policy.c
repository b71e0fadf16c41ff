/* Policy documents, templates, patterns and decisions from arbitrary bytes. The first byte chooses
 * what is tried; invariants are asserted, so a wrong answer crashes too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "policy/decide.h"
#include "policy/document.h"
#include "policy/lint.h"
#include "policy/pattern.h"
#include "policy/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

/* Parses for every use; what parses is canonicalised, compared and measured. */
static void try_document(const char *text, size_t size)
{
    for (int use = SK_POLICY_MANAGED; use <= SK_POLICY_ENDPOINT; use++) {
        struct sk_err err = {0};
        json_t *document = sk_policy_parse(text, size, (enum sk_policy_use)use, "fuzz", &err);
        require(document ? err.code == SK_OK : err.code != SK_OK && err.msg != NULL);
        sk_err_done(&err);
        if (!document)
            continue;
        json_t *canonical = sk_policy_canonical(document);
        require(sk_policy_equal(document, canonical));
        json_t *same = sk_policy_diff(document, canonical);
        require(json_array_size(same) == 0);
        json_t *all = sk_policy_diff(NULL, document);
        require(json_array_size(all) > 0);
        char *sent = sk_policy_text(document);
        require(sk_policy_size(document, (enum sk_policy_use)use) <= strlen(sent));
        json_t *again = sk_policy_parse(sent, strlen(sent), (enum sk_policy_use)use, "fuzz", NULL);
        require(again && json_equal(again, document));
        free(sent);
        json_decref(again);
        json_decref(all);
        json_decref(same);
        json_decref(canonical);
        json_decref(document);
    }
}

/* Any two JSON values can be compared, policies or not. */
static void try_values(const char *text, size_t size)
{
    const char *middle = memchr(text, '\n', size);
    size_t first = middle ? (size_t)(middle - text) : size;
    json_t *a = sk_json_parse(text, first, "fuzz", NULL);
    json_t *b = middle ? sk_json_parse(middle + 1, size - first - 1, "fuzz", NULL) : NULL;
    json_t *sentences = sk_policy_diff(a, b);
    json_t *back = sk_policy_diff(b, a);
    require((json_array_size(sentences) == 0) == (json_array_size(back) == 0));
    require((json_array_size(sentences) == 0) == sk_policy_equal(a, b));
    json_decref(sentences);
    json_decref(back);
    json_decref(a);
    json_decref(b);
}

static void try_lint(const char *text, size_t size)
{
    json_t *document = sk_json_parse(text, size, "fuzz", NULL);
    for (int use = SK_POLICY_MANAGED; document && use <= SK_POLICY_ENDPOINT; use++) {
        json_t *findings = sk_policy_lint(document, (enum sk_policy_use)use, "fuzz");
        size_t index;
        json_t *finding;
        json_array_foreach(findings, index, finding)
        {
            require(sk_json_text(finding, "id") && sk_json_text(finding, "message"));
        }
        json_decref(findings);
    }
    json_decref(document);
}

static void try_template(char *text)
{
    char *parameters = strchr(text, '\n');
    char *values = parameters ? strchr(parameters + 1, '\n') : NULL;
    if (!values)
        return;
    *parameters++ = '\0';
    *values++ = '\0';
    struct sk_template *template_ = NULL;
    if (sk_template_parse("fuzz@1", text, parameters, &template_, NULL) < 0)
        return;
    json_t *given = sk_json_parse(values, strlen(values), "fuzz", NULL);
    json_t *document = NULL;
    if (given && sk_template_render(template_, given, true, &document, NULL) == 0)
        require(document != NULL);
    json_decref(document);
    json_decref(given);
    sk_template_free(template_);
}

static void try_pattern(char *text)
{
    char *subject = strchr(text, '\n');
    if (!subject)
        return;
    *subject++ = '\0';
    struct sk_buffer pool = {0};
    struct sk_key_table table = {0};
    struct sk_pattern pattern;
    if (sk_pattern_prepare(text, strlen(text), SK_PATTERN_WILDCARDS, &pool, &table, &pattern,
                           NULL) == 0) {
        bool match = sk_pattern_match((const unsigned char *)sk_buffer_text(&pool),
                                      pattern.bytes.length, subject, strlen(subject));
        require(match || strcmp(text, subject) != 0 || strpbrk(text, "*?"));
    }
    sk_buffer_done(&pool);
    sk_key_table_done(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = sk_xstrndup((const char *)data + 1, size - 1);
    char *answer = NULL;
    switch (data[0]) {
    case 'd':
        try_document((const char *)data + 1, size - 1);
        break;
    case 'v':
        try_values((const char *)data + 1, size - 1);
        break;
    case 'l':
        try_lint((const char *)data + 1, size - 1);
        break;
    case 't':
        try_template(text);
        break;
    case 'p':
        try_pattern(text);
        break;
    case 'u':
        json_decref(sk_policy_decode(text, NULL));
        break;
    default:
        answer = sk_policy_decide_line((const char *)data + 1, size - 1);
        require(answer != NULL && strchr(answer, '\n') == NULL);
        free(answer);
        break;
    }
    free(text);
    return 0;
}
