/* IAM policy documents as values: checked parsing, the canonical form in which AWS's equal
 * documents are equal, comparison in words, size. Everything is pure. Documents are JSON objects
 * (jansson).
 *
 * Source for grammar and element names: IAM User Guide, "Grammar of the IAM JSON policy language".
 */
#ifndef SK_POLICY_DOCUMENT_H
#define SK_POLICY_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

/* What a document is used for: decides which elements are allowed and how it is measured. */
enum sk_policy_use {
    SK_POLICY_MANAGED, /* customer managed identity policy: 6,144 characters without whitespace */
    SK_POLICY_INLINE,  /* inline role policies: 10,240 without whitespace, all of a role together */
    SK_POLICY_TRUST,   /* role trust: 2,048; Principal required, Resource not allowed */
    SK_POLICY_BOUNDARY, /* a managed policy used as permissions boundary */
    SK_POLICY_SCP,
    SK_POLICY_RCP,
    SK_POLICY_RESOURCE, /* bucket and key policies */
    SK_POLICY_ENDPOINT, /* of VPC endpoints: written like those of resources, but only limiting */
};

/* Parses and checks policy text; `origin` ("policies/x.json") heads messages, which carry line and
 * column, and for grammar faults a JSON pointer too ("/Statement/0/Action"); all faults (the first
 * 50), one a line. Elements and operators may be written in any capitalisation; the result has
 * AWS's. New. SK_E_PARSE, SK_E_INVALID, SK_E_BOUND. */
json_t *sk_policy_parse(const char *text, size_t length, enum sk_policy_use use, const char *origin,
                        struct sk_err *err) SK_WARN_UNUSED;
/* The same checks on a value that is JSON already. All faults, one a line, in err. */
int sk_policy_check(const json_t *document, enum sk_policy_use use, const char *origin,
                    struct sk_err *err) SK_WARN_UNUSED;
/* Decodes a document as IAM answers it (URL-encoded JSON text, RFC 3986), or as plain JSON text,
 * without checking the grammar. New. */
json_t *sk_policy_decode(const char *encoded, struct sk_err *err) SK_WARN_UNUSED;

/* The canonical form: statements, actions, resources, principals and condition values as sorted
 * lists without repetition, actions and condition keys lower-cased, scalars as strings, account
 * principals as ids, empty Sid and empty Condition left out. Two documents mean the same to AWS's
 * comparison rules exactly when their canonical forms are equal. Works on any JSON value (what is
 * no policy is left as it is). New. */
json_t *sk_policy_canonical(const json_t *document);
bool sk_policy_equal(const json_t *a, const json_t *b);
/* A copy in which unique ids among the AWS principals ("AROA…", "AIDA…": what IAM shows once it
 * saved a trust policy and the role is gone, and what some reads show always) are replaced by the
 * ARN that `names` ({id: arn}, from the bulk read) knows for them. Ids it does not know stay: a
 * dangling principal is a difference. New. */
json_t *sk_policy_with_names(const json_t *document, const json_t *names);
/* What changed from a to b in words a reviewer reads, one sentence per statement and action:
 * ["statement 'Developer': adds action sagemaker:CreateApp on *", …]; empty when equal. Either may
 * be NULL. New array. */
json_t *sk_policy_diff(const json_t *a, const json_t *b);

/* The text sent to AWS: compact, statement order kept as written. Owned by the caller. */
char *sk_policy_text(const json_t *document) SK_WARN_UNUSED;
/* Characters as AWS counts them for the use: without whitespace outside strings for IAM documents,
 * of the text as sent for SCPs and RCPs. */
size_t sk_policy_size(const json_t *document, enum sk_policy_use use);
/* The default limit in characters (aws-api.md 17.1). */
size_t sk_policy_size_limit(enum sk_policy_use use);

#endif
