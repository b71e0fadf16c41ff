/* Principals of statements: preparing and matching. Source: IAM User Guide, "Policy elements:
 * Principal" and "NotPrincipal". */
#include "policy/set_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/element.h"

static struct sk_span add_text(struct sk_policy_set *set, const char *text, size_t length)
{
    struct sk_span span = {(uint32_t)set->pool.length, (uint32_t)length};
    sk_buffer_add(&set->pool, text, length);
    sk_buffer_addc(&set->pool, '\0');
    return span;
}

/* "111122223333" of an account id or root ARN, or NULL. */
static const char *account_of(const char *text)
{
    const char *account = text;
    if (sk_text_starts_with(text, "arn:")) {
        account = strstr(text, ":iam::");
        account = account ? account + strlen(":iam::") : "";
    }
    if (strspn(account, "0123456789") != 12)
        return NULL;
    return strcmp(account + 12, account == text ? "" : ":root") == 0 ? account : NULL;
}

static void add_principal(struct sk_policy_set *set, const char *kind, const char *text)
{
    struct sk_named_principal added = {.kind = SK_KIND_OTHER};
    const char *standard = sk_element_name(SK_ELEMENT_PRINCIPAL, kind);
    const char *account = account_of(text);
    size_t length = strlen(text);
    if (!standard)
        standard = "";
    if (strcmp(standard, "AWS") == 0)
        added.kind = strcmp(text, "*") == 0 ? SK_KIND_EVERYONE
                     : account              ? SK_KIND_ACCOUNT
                                            : SK_KIND_AWS;
    else if (strcmp(standard, "Service") == 0)
        added.kind = SK_KIND_SERVICE;
    else if (strcmp(standard, "Federated") == 0)
        added.kind = SK_KIND_FEDERATED;
    if (added.kind == SK_KIND_ACCOUNT) {
        text = account;
        length = 12;
    }
    added.text = add_text(set, text, length);
    SK_GROW(set->principals, set->principal_count);
    set->principals[set->principal_count++] = added;
}

int sk_principals_prepare(struct sk_policy_set *set, const json_t *principal, struct sk_range *out,
                          struct sk_err *err)
{
    out->first = (uint32_t)set->principal_count;
    if (json_is_string(principal)) {
        add_principal(set, "AWS", json_string_value(principal));
    } else if (!json_is_object(principal)) {
        return sk_err_set(err, SK_E_INVALID, "Principal is neither '*' nor an object");
    }
    const char *kind;
    json_t *values;
    json_object_foreach((json_t *)principal, kind, values)
    {
        for (size_t i = 0; i < sk_element_count(values); i++) {
            const char *text = json_string_value(sk_element_at(values, i));
            if (!text)
                return sk_err_set(err, SK_E_INVALID, "a principal that is no string");
            add_principal(set, kind, text);
        }
    }
    out->count = (uint32_t)set->principal_count - out->first;
    return 0;
}

static bool text_is(const struct sk_policy_set *set, struct sk_span span, const char *text)
{
    return text && strcmp((const char *)sk_set_bytes(set, span), text) == 0;
}

/* Unique ids (AROA…, AIDA…) are what IAM shows for principals it saved by id; the request knows its
 * own through aws:userid ("AROA…:session" for sessions). */
static bool is_unique_id(const struct sk_policy_set *set, struct sk_span span,
                         const struct sk_request *request, bool *session)
{
    static const char key[] = "aws:userid";
    const struct sk_context_entry *entry =
        sk_request_find(request, sk_key_hash(key, sizeof(key) - 1), key);
    const char *id = (const char *)sk_set_bytes(set, span);
    if (!entry || entry->count != 1 || span.length < 16 || id[0] != 'A')
        return false;
    const char *own = entry->values[0];
    if (entry->lengths[0] < span.length)
        return false;
    *session = own[span.length] == ':' && strncmp(own, id, span.length) == 0;
    return *session || strcmp(own, id) == 0;
}

static unsigned match_one(const struct sk_policy_set *set, const struct sk_named_principal *named,
                          const struct sk_request *request)
{
    enum sk_principal_type type = request->principal_type;
    bool outside = type == SK_PRINCIPAL_SERVICE || type == SK_PRINCIPAL_FEDERATED;
    bool session = false;
    switch (named->kind) {
    case SK_KIND_EVERYONE:
        return SK_NAMED_EVERYONE;
    case SK_KIND_ACCOUNT:
        return !outside && text_is(set, named->text, request->principal_account) ? SK_NAMED_ACCOUNT
                                                                                 : 0;
    case SK_KIND_AWS:
        if (outside)
            return 0;
        if (text_is(set, named->text, request->role_arn))
            return SK_NAMED_ROLE;
        if (text_is(set, named->text, request->principal_arn))
            return SK_NAMED_DIRECTLY;
        if (is_unique_id(set, named->text, request, &session))
            return session || type == SK_PRINCIPAL_ROLE ? SK_NAMED_ROLE : SK_NAMED_DIRECTLY;
        return 0;
    case SK_KIND_SERVICE:
        return type == SK_PRINCIPAL_SERVICE && text_is(set, named->text, request->principal_arn)
                   ? SK_NAMED_DIRECTLY
                   : 0;
    case SK_KIND_FEDERATED:
        /* providers with a domain name look like services: "cognito-identity.amazonaws.com" */
        return outside && text_is(set, named->text, request->principal_arn) ? SK_NAMED_DIRECTLY : 0;
    case SK_KIND_OTHER:
        return 0;
    }
    return 0;
}

static unsigned match_any(const struct sk_policy_set *set, const struct sk_statement *statement,
                          const struct sk_request *request)
{
    unsigned named = 0;
    for (uint32_t i = 0; i < statement->principals.count; i++)
        named |= match_one(set, &set->principals[statement->principals.first + i], request);
    return named;
}

/* A principal escapes a deny with NotPrincipal only when what it belongs to is listed too ("AWS
 * might validate the account first, then the role, and then the assumed-role user"; "explicitly
 * include the ARN for a user's account, or include both the ARN for a role and the ARN for the
 * account"): what AWS might deny is denied here. With a permissions boundary nobody escapes ("The
 * NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions
 * boundary policy attached, regardless of the values specified", "Permissions boundaries for IAM
 * entities"). */
static bool escapes(const struct sk_request *request, unsigned named)
{
    enum sk_principal_type type = request->principal_type;
    bool entity =
        type == SK_PRINCIPAL_USER || type == SK_PRINCIPAL_ROLE || type == SK_PRINCIPAL_SESSION;
    if (request->bounded && entity)
        return false;
    if (named & SK_NAMED_EVERYONE)
        return true;
    unsigned needed = SK_NAMED_DIRECTLY;
    switch (request->principal_type) {
    case SK_PRINCIPAL_USER:
        needed = SK_NAMED_ACCOUNT | SK_NAMED_DIRECTLY;
        break;
    case SK_PRINCIPAL_SESSION:
        needed = SK_NAMED_ACCOUNT | (request->federated_user ? SK_NAMED_DIRECTLY : SK_NAMED_ROLE);
        break;
    case SK_PRINCIPAL_ROLE:
        needed = SK_NAMED_ACCOUNT | SK_NAMED_ROLE;
        break;
    case SK_PRINCIPAL_ROOT:
        needed = SK_NAMED_ACCOUNT;
        break;
    case SK_PRINCIPAL_AUTO:
    case SK_PRINCIPAL_SERVICE:
    case SK_PRINCIPAL_FEDERATED:
        break;
    }
    return (named & needed) == needed;
}

unsigned sk_principals_match(const struct sk_policy_set *set, const struct sk_statement *statement,
                             const struct sk_request *request)
{
    if (!statement->has_principal)
        return 0;
    unsigned named = match_any(set, statement, request);
    if (!statement->not_principal)
        return named;
    if (statement->deny)
        return escapes(request, named) ? 0 : SK_NAMED_EVERYONE;
    return named ? 0 : SK_NAMED_EVERYONE;
}

unsigned sk_policy_set_named(const struct sk_policy_set *set, const struct sk_request *request)
{
    unsigned named = 0;
    for (size_t i = 0; i < set->statement_count; i++)
        named |= sk_principals_match(set, &set->statements[i], request);
    return named;
}
