/* Approval documents, see blueprint.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"

#define DAY_SECONDS 86400

static bool check_kind(const struct sk_manifest *manifest, const struct sk_kinds *kinds,
                       const char *name, struct sk_diagnostics *diagnostics)
{
    if (sk_kinds_find(kinds, name))
        return true;
    const char **names = sk_xcalloc(kinds->count + 1, sizeof(char *));
    for (size_t i = 0; i < kinds->count; i++)
        names[i] = kinds->items[i]->name;
    const char *nearest = sk_text_nearest(name, names, kinds->count);
    sk_manifest_fault(manifest, "/spec/address", diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s' is no kind of resource; %s%s%s", name,
                      nearest ? "did you mean '" : "expected one such as iam_role",
                      nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return false;
}

static bool check_account(const struct sk_manifest *manifest, const struct sk_accounts *accounts,
                          const char *name, struct sk_diagnostics *diagnostics)
{
    if (!accounts || sk_accounts_find(accounts, name))
        return true;
    const char **names = sk_xcalloc(accounts->count + 1, sizeof(char *));
    for (size_t i = 0; i < accounts->count; i++)
        names[i] = accounts->items[i].name;
    const char *nearest = sk_text_nearest(name, names, accounts->count);
    sk_manifest_fault(manifest, "/spec/address", diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s': there is no account of this name; %s%s%s", name,
                      nearest ? "did you mean '" : "expected one of the organization's",
                      nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return false;
}

/* The parts of an address up to the second slash are its kind and account. */
static bool check_address(const struct sk_manifest *manifest, const struct sk_kinds *kinds,
                          const struct sk_accounts *accounts, struct sk_diagnostics *diagnostics)
{
    const char *address = sk_json_text(manifest->spec, "address");
    size_t kind_length = strcspn(address, "/");
    const char *account = address + kind_length + 1;
    sk_auto(sk_freep) char *kind_name = sk_xstrndup(address, kind_length);
    sk_auto(sk_freep) char *account_name = sk_xstrndup(account, strcspn(account, "/"));
    bool kind_fits = check_kind(manifest, kinds, kind_name, diagnostics);
    return check_account(manifest, accounts, account_name, diagnostics) && kind_fits;
}

static void add(struct sk_blueprint_approvals *approvals, const struct sk_manifest *manifest)
{
    approvals->items =
        sk_xrealloc(approvals->items, approvals->count + 1, sizeof(*approvals->items));
    struct sk_blueprint_approval *approval = &approvals->items[approvals->count++];
    *approval = (struct sk_blueprint_approval){
        .name = sk_xstrdup(manifest->name),
        .address = sk_xstrdup(sk_json_text(manifest->spec, "address")),
        .action = sk_xstrdup(sk_json_text(manifest->spec, "action")),
        .reason = sk_xstrdup(sk_json_text(manifest->spec, "reason")),
        .path = sk_xstrdup(manifest->path),
        .origin = sk_xasprintf("%s:%u", manifest->path, manifest->position.line),
    };
    const char *until = sk_json_text(manifest->spec, "until");
    if (until && sk_wall_parse(until, &approval->expires_at) == 0) {
        approval->expires = true;
        approval->expires_at.seconds += DAY_SECONDS;
    }
}

int sk_blueprint_approvals(const struct sk_manifests *manifests, const struct sk_kinds *kinds,
                           const struct sk_accounts *accounts, struct sk_blueprint_approvals *out,
                           struct sk_diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    *out = (struct sk_blueprint_approvals){0};
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "Approval") == 0 && !manifest->broken &&
            check_address(manifest, kinds, accounts, diagnostics))
            add(out, manifest);
    }
    return diagnostics->errors == errors ? 0 : SK_E_INVALID;
}

void sk_blueprint_approvals_done(struct sk_blueprint_approvals *approvals)
{
    for (size_t i = 0; i < approvals->count; i++) {
        struct sk_blueprint_approval *approval = &approvals->items[i];
        free(approval->name);
        free(approval->address);
        free(approval->action);
        free(approval->reason);
        free(approval->path);
        free(approval->origin);
    }
    free(approvals->items);
    *approvals = (struct sk_blueprint_approvals){0};
}
