/* Requests and their context, see request.h. Context keys lie in one array with an open-addressed
 * index; what follows from principal and resource lies there too, under names beginning with \1
 * that no condition key can have, and is found when the key itself is not set (struct sk_key,
 * fallback). */
#include "policy/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/pattern.h"

struct sk_request *sk_request_new(void)
{
    struct sk_request *request = sk_xcalloc(1, sizeof(*request));
    sk_request_clear(request);
    return request;
}

static void entry_done(struct sk_context_entry *entry)
{
    for (size_t i = 0; i < entry->count; i++)
        free(entry->values[i]);
    free(entry->values);
    free(entry->lengths);
    free(entry->key);
}

static void release(struct sk_request *request)
{
    for (size_t i = 0; i < request->entry_count; i++)
        entry_done(&request->entries[i]);
    free(request->action);
    free(request->resource);
    free(request->resource_account);
    free(request->principal_arn);
    free(request->principal_account);
    free(request->role_arn);
}

void sk_request_clear(struct sk_request *request)
{
    release(request);
    struct sk_request empty = {
        .entries = request->entries,
        .entry_capacity = request->entry_capacity,
        .slots = request->slots,
        .slot_count = request->slot_count,
        .scratch = request->scratch,
        .action = sk_xstrdup(""),
        .resource = sk_xstrdup("*"),
        .resource_length = 1,
        .resource_account = sk_xstrdup(""),
        .principal_arn = sk_xstrdup(""),
        .principal_account = sk_xstrdup(""),
    };
    *request = empty;
    if (request->slots)
        memset(request->slots, 0, request->slot_count * sizeof(request->slots[0]));
}

void sk_request_free(struct sk_request *request)
{
    if (!request)
        return;
    release(request);
    free(request->entries);
    free(request->slots);
    sk_buffer_done(&request->scratch);
    free(request);
}

static void replace(char **field, char *text)
{
    free(*field);
    *field = text;
}

void sk_request_set_action(struct sk_request *request, const char *action)
{
    char *folded = sk_text_lower(sk_xstrdup(action));
    replace(&request->action, folded);
    request->action_length = strlen(folded);
    request->service_length = strcspn(folded, ":");
    request->action_hash = sk_key_hash(folded, request->action_length);
    request->service_hash = sk_key_hash(folded, request->service_length);
}

void sk_arn_split(const char *arn, size_t length, struct sk_arn_parts *out)
{
    *out = (struct sk_arn_parts){0};
    size_t from = 0;
    while (out->count < 6) {
        const char *colon = out->count < 5 ? memchr(arn + from, ':', length - from) : NULL;
        size_t end = colon ? (size_t)(colon - arn) : length;
        out->start[out->count] = from;
        out->length[out->count] = end - from;
        out->count++;
        if (!colon)
            break;
        from = end + 1;
    }
}

static uint64_t hash_of(const char *key)
{
    return sk_key_hash(key, strlen(key));
}

const struct sk_context_entry *sk_request_find(const struct sk_request *request, uint64_t hash,
                                               const char *key)
{
    if (request->slot_count == 0)
        return NULL;
    size_t mask = request->slot_count - 1;
    for (size_t slot = hash & mask; request->slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct sk_context_entry *entry = &request->entries[request->slots[slot] - 1];
        if (entry->hash == hash && strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

static void index_entry(struct sk_request *request, size_t position)
{
    size_t mask = request->slot_count - 1;
    size_t slot = request->entries[position].hash & mask;
    while (request->slots[slot] != 0)
        slot = (slot + 1) & mask;
    request->slots[slot] = (uint32_t)position + 1;
}

static void grow(struct sk_request *request)
{
    if (request->entry_count < request->entry_capacity)
        return;
    request->entry_capacity = request->entry_capacity ? request->entry_capacity * 2 : 16;
    request->entries =
        sk_xrealloc(request->entries, request->entry_capacity, sizeof(request->entries[0]));
    free(request->slots);
    request->slot_count = request->entry_capacity * 4;
    request->slots = sk_xcalloc(request->slot_count, sizeof(request->slots[0]));
    for (size_t i = 0; i < request->entry_count; i++)
        index_entry(request, i);
}

void sk_request_put(struct sk_request *request, const char *key, const char *const *values,
                    size_t count)
{
    char *folded = sk_text_lower(sk_xstrdup(key));
    struct sk_context_entry entry = {
        .key = folded,
        .hash = hash_of(folded),
        .values = sk_xcalloc(count + 1, sizeof(char *)),
        .lengths = sk_xcalloc(count + 1, sizeof(size_t)),
        .count = count,
    };
    for (size_t i = 0; i < count; i++) {
        entry.values[i] = sk_xstrdup(values[i]);
        entry.lengths[i] = strlen(values[i]);
    }
    const struct sk_context_entry *old = sk_request_find(request, entry.hash, folded);
    if (old) {
        size_t position = (size_t)(old - request->entries);
        entry_done(&request->entries[position]);
        request->entries[position] = entry;
        return;
    }
    grow(request);
    request->entries[request->entry_count] = entry;
    index_entry(request, request->entry_count++);
}

static void put_one(struct sk_request *request, const char *key, const char *value)
{
    sk_request_put(request, key, &value, value ? 1 : 0);
}

void sk_request_put_tag(struct sk_request *request, enum sk_tag_owner owner, const char *name,
                        const char *value)
{
    sk_auto(sk_freep) char *key =
        sk_xasprintf("\1%c/%s", owner == SK_TAG_PRINCIPAL ? 'p' : 'r', name);
    put_one(request, key, value);
}

void sk_request_set_resource(struct sk_request *request, const char *arn, const char *account)
{
    replace(&request->resource, sk_xstrdup(arn));
    request->resource_length = strlen(arn);
    sk_arn_split(request->resource, request->resource_length, &request->resource_parts);
    const struct sk_arn_parts *parts = &request->resource_parts;
    char *owner = account             ? sk_xstrdup(account)
                  : parts->count == 6 ? sk_xstrndup(arn + parts->start[4], parts->length[4])
                                      : sk_xstrdup("");
    replace(&request->resource_account, owner);
    put_one(request, "\1d/resourceaccount", *owner ? owner : NULL);
}

/* What an ARN says about the kind of its principal. */
static enum sk_principal_type type_of(const char *arn)
{
    struct sk_arn_parts parts;
    sk_arn_split(arn, strlen(arn), &parts);
    if (parts.count < 6)
        return sk_text_ends_with(arn, ".amazonaws.com") ||
                       sk_text_ends_with(arn, ".amazonaws.com.cn")
                   ? SK_PRINCIPAL_SERVICE
                   : SK_PRINCIPAL_AUTO;
    const char *resource = arn + parts.start[5];
    static const struct {
        const char *prefix;
        enum sk_principal_type type;
    } rows[] = {
        {"role/", SK_PRINCIPAL_ROLE},
        {"user/", SK_PRINCIPAL_USER},
        {"assumed-role/", SK_PRINCIPAL_SESSION},
        {"federated-user/", SK_PRINCIPAL_SESSION},
        {"saml-provider/", SK_PRINCIPAL_FEDERATED},
        {"oidc-provider/", SK_PRINCIPAL_FEDERATED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (sk_text_starts_with(resource, rows[i].prefix))
            return rows[i].type;
    }
    return strcmp(resource, "root") == 0 ? SK_PRINCIPAL_ROOT : SK_PRINCIPAL_AUTO;
}

/* arn:aws:sts::111122223333:assumed-role/name/session → arn:aws:iam::111122223333:role/name; the
 * path cannot be known. NULL for other ARNs. */
static char *role_of_session(const char *arn)
{
    struct sk_arn_parts parts;
    sk_arn_split(arn, strlen(arn), &parts);
    static const char assumed[] = "assumed-role/";
    if (parts.count < 6 || !sk_text_starts_with(arn + parts.start[5], assumed))
        return NULL;
    const char *name = arn + parts.start[5] + sizeof(assumed) - 1;
    return sk_xasprintf("arn:%.*s:iam::%.*s:role/%.*s", (int)parts.length[1], arn + parts.start[1],
                        (int)parts.length[4], arn + parts.start[4], (int)strcspn(name, "/"), name);
}

/* Keys of the principal, IAM User Guide "Principal key values". */
static void derive(struct sk_request *request, const struct sk_principal *principal)
{
    enum sk_principal_type type = request->principal_type;
    const char *arn = request->principal_arn;
    const char *account = *request->principal_account ? request->principal_account : NULL;
    bool aws = type != SK_PRINCIPAL_SERVICE && type != SK_PRINCIPAL_FEDERATED;
    const char *shown = request->role_arn ? request->role_arn : arn;
    put_one(request, "\1d/principalarn", aws && *shown ? shown : NULL);
    put_one(request, "\1d/principalaccount", account);
    const char *slash = strrchr(arn, '/');
    const char *user = principal->user_name ? principal->user_name : slash ? slash + 1 : NULL;
    put_one(request, "\1d/username", type == SK_PRINCIPAL_USER ? user : NULL);
    sk_auto(sk_freep) char *federated = request->federated_user && account && slash
                                            ? sk_xasprintf("%s:%s", account, slash + 1)
                                            : NULL;
    put_one(request, "\1d/userid", type == SK_PRINCIPAL_ROOT ? account : federated);
}

int sk_request_set_principal(struct sk_request *request, const struct sk_principal *principal,
                             struct sk_err *err)
{
    const char *arn = principal->arn ? principal->arn : "";
    enum sk_principal_type type =
        principal->type == SK_PRINCIPAL_AUTO ? type_of(arn) : principal->type;
    if (type == SK_PRINCIPAL_AUTO)
        return sk_err_set(err, SK_E_INVALID, "'%s' does not say what kind of principal it is", arn);
    struct sk_arn_parts parts;
    sk_arn_split(arn, strlen(arn), &parts);
    request->principal_type = type;
    replace(&request->principal_arn, sk_xstrdup(arn));
    replace(&request->principal_account, principal->account ? sk_xstrdup(principal->account)
                                         : parts.count == 6
                                             ? sk_xstrndup(arn + parts.start[4], parts.length[4])
                                             : sk_xstrdup(""));
    char *role = NULL;
    if (type == SK_PRINCIPAL_ROLE)
        role = sk_xstrdup(arn);
    else if (type == SK_PRINCIPAL_SESSION)
        role = principal->role_arn ? sk_xstrdup(principal->role_arn) : role_of_session(arn);
    replace(&request->role_arn, role);
    request->management_account = principal->management_account;
    request->federated_user = type == SK_PRINCIPAL_SESSION && strstr(arn, ":federated-user/");
    request->service_linked = role && strstr(role, ":role/aws-service-role/");
    derive(request, principal);
    return 0;
}
