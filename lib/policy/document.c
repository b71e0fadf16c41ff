/* Policy documents from and to text, and their size. The grammar is in check.c. */
#include "policy/document.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/check.h"
#include "policy/element.h"

json_t *sk_policy_parse(const char *text, size_t length, enum sk_policy_use use, const char *origin,
                        struct sk_err *err)
{
    if (length > SK_BOUND_POLICY_BYTES) {
        sk_err_set(err, SK_E_BOUND, "%s: %zu bytes: a policy document has at most %zu", origin,
                   length, SK_BOUND_POLICY_BYTES);
        return NULL;
    }
    json_auto_t *document = sk_json_parse(text, length, origin, err);
    if (!document)
        return NULL;
    if (sk_policy_check_text(document, use, origin, text, length, err) < 0)
        return NULL;
    return sk_element_respell(document);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* RFC 3986 percent decoding; a plus sign is itself. False when an escape is malformed. */
static bool decode_percent(const char *encoded, struct sk_buffer *out)
{
    for (const char *c = encoded; *c; c++) {
        if (*c != '%') {
            sk_buffer_addc(out, *c);
            continue;
        }
        int high = hex_digit(c[1]);
        int low = high < 0 ? -1 : hex_digit(c[2]);
        if (low < 0)
            return false;
        sk_buffer_addc(out, (char)(high * 16 + low));
        c += 2;
    }
    return true;
}

json_t *sk_policy_decode(const char *encoded, struct sk_err *err)
{
    struct sk_buffer text = SK_BUFFER_BOUNDED(SK_BOUND_POLICY_BYTES);
    json_t *document = NULL;
    /* Some other implementations do not encode, and a '%' is a '%' then; encoded text has no brace. */
    size_t length = strlen(encoded);
    if (encoded[strspn(encoded, " \t\r\n")] == '{' && length <= SK_BOUND_POLICY_BYTES)
        document = sk_json_parse(encoded, length, "policy document", NULL);
    if (document)
        return document;
    if (!decode_percent(encoded, &text))
        sk_err_set(err, SK_E_PARSE, "policy document: a '%%' that starts no escape");
    else if (text.overflowed)
        sk_err_set(err, SK_E_BOUND, "policy document: more than %zu bytes", SK_BOUND_POLICY_BYTES);
    else
        document = sk_json_parse(sk_buffer_text(&text), text.length, "policy document", err);
    sk_buffer_done(&text);
    return document;
}

char *sk_policy_text(const json_t *document)
{
    return json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);
}

size_t sk_policy_size(const json_t *document, enum sk_policy_use use)
{
    (void)use; /* the text we send has no whitespace outside strings, so both ways to count agree */
    sk_auto(sk_freep) char *text = sk_policy_text(document);
    return text ? sk_text_characters(text) : 0;
}

size_t sk_policy_size_limit(enum sk_policy_use use)
{
    switch (use) {
    case SK_POLICY_MANAGED:
    case SK_POLICY_BOUNDARY:
        return 6144;
    case SK_POLICY_INLINE:
    case SK_POLICY_SCP:
        return 10240;
    case SK_POLICY_TRUST:
        return 2048;
    case SK_POLICY_RCP:
        return 5120;
    case SK_POLICY_RESOURCE:
    case SK_POLICY_ENDPOINT:
        return 20480; /* bucket and endpoint policies; keys take 32 KiB */
    }
    return 0;
}
