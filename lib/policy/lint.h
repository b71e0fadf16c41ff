/* Lint of policy documents: what is written correctly and yet does not do what it seems to say, or
 * opens a hole. Pure; works on one document and the catalogue of actions.
 *
 * Rule ids are stable: they stand in suppressions and in links. */
#ifndef SK_POLICY_LINT_H
#define SK_POLICY_LINT_H

#include <stddef.h>

#include <jansson.h>

#include "policy/document.h"

enum sk_lint_severity {
    SK_LINT_ERROR,   /* grants or denies something else than it says, or opens a known hole */
    SK_LINT_WARNING, /* likely so */
    SK_LINT_NOTICE,  /* worth a look */
};

/* X(name, id, severity, title, why, fix) */
#define SK_LINT_RULES(X)                                                                           \
    X(GRAMMAR, "grammar", ERROR, "The document does not follow the policy grammar",                \
      "AWS refuses the document.", "Correct the element that the message names.")                  \
    X(UNKNOWN_SERVICE, "unknown-service", WARNING, "No service has this prefix",                   \
      "An action of a service that does not exist grants and denies nothing.",                     \
      "Correct the prefix before the colon.")                                                      \
    X(UNKNOWN_ACTION, "unknown-action", ERROR, "The service has no such action",                   \
      "It grants and denies nothing; a deny that is misspelt protects nothing.",                   \
      "Take the name from the Service Authorization Reference.")                                   \
    X(EMPTY_PATTERN, "empty-pattern", WARNING, "The pattern matches no action",                    \
      "It grants and denies nothing.", "Correct the pattern, or leave it out.")                    \
    X(NO_SUCH_RESOURCE, "grants-nothing", ERROR,                                                   \
      "The action does not support the resources of the statement",                                \
      "An action is granted only on its own types of resource; one without types, like most List " \
      "actions, only on \"*\".",                                                                   \
      "Put the action in a statement with Resource \"*\", or with ARNs of its types.")             \
    X(UNKNOWN_KEY, "unknown-condition-key", ERROR, "No request carries this condition key",        \
      "The key is always absent: a positive operator never matches, a negated one always does.",   \
      "Take the key from the Service Authorization Reference.")                                    \
    X(UNSET_KEY, "unset-condition-key", ERROR, "The action never sets the condition key",          \
      "For this action the key is always absent: a positive operator never matches, a negated "    \
      "one always does.",                                                                          \
      "Give the action a statement of its own with a key that it sets.")                           \
    X(NO_SET_OPERATOR, "missing-set-operator", ERROR,                                              \
      "A key with several values without ForAllValues or ForAnyValue",                             \
      "Without a set operator the comparison with several values is not defined.",                 \
      "Use ForAnyValue or ForAllValues.")                                                          \
    X(SET_OPERATOR, "needless-set-operator", WARNING,                                              \
      "ForAllValues with a key that has one value",                                                \
      "ForAllValues is true when the key is absent: the allow holds for requests without it.",     \
      "Leave the set operator out.")                                                               \
    X(NO_COMPANION, "missing-null-check", WARNING,                                                 \
      "The condition is met, or not met, by leaving the key out",                                  \
      "ForAllValues and IfExists are true for an absent key; Bool on a key that may be absent is " \
      "false.",                                                                                    \
      "Add \"Null\": {key: \"false\"} beside ForAllValues or instead of IfExists; use "            \
      "BoolIfExists.")                                                                             \
    X(NEGATED_ALLOW, "negated-allow", WARNING, "An allow for all but what a condition names",      \
      "It denies nothing that another statement allows, and it allows every request in which the " \
      "key is absent.",                                                                            \
      "Write the exception as a Deny with the negated condition.")                                 \
    X(JOINT_DENY, "joint-deny", ERROR, "A deny that needs all its conditions at once",             \
      "Conditions of a statement are joined by and: this denies only requests that are wrong in "  \
      "every respect.",                                                                            \
      "Write one deny for each condition.")                                                        \
    X(OPTIONAL_OWNER, "optional-owner", WARNING, "Resources without the tag are everybody's",      \
      "With IfExists the condition is met when the resource does not carry the tag at all.",       \
      "Leave IfExists out: what carries no owner's tag belongs to nobody.")                        \
    X(OPEN_TAGGING, "open-tagging", ERROR, "Tags of existing resources can be changed",            \
      "With a new tag another team's resource becomes the own one, and loses its owner.",          \
      "Allow AddTags only with sagemaker:TaggingAction, and DeleteTags not at all.")               \
    X(OPEN_APP, "open-app", ERROR, "Apps, spaces or profiles of others can be used",               \
      "The action reaches every user's apps, spaces or profile in the domain.",                    \
      "Bind it to the own profile: ${sagemaker:UserProfileName} in the resource, "                 \
      "sagemaker:OwnerUserProfileArn, or a tag that names the person.")                            \
    X(WIDE_PASS_ROLE, "wide-pass-role", ERROR, "Roles of others can be passed",                    \
      "Whoever passes a role can act as it: a job with an administrator's role is an "             \
      "administrator.",                                                                            \
      "Name the roles.")                                                                           \
    X(PASS_ROLE_SERVICE, "pass-role-any-service", ERROR, "A role can be passed to any service",    \
      "The role may be usable in ways that were not meant.",                                       \
      "Add StringEquals iam:PassedToService.")                                                     \
    X(WILDCARD_PRINCIPAL, "wildcard-principal", ERROR, "Allowed for everyone",                     \
      "Without a condition that says who, the whole world has access.",                            \
      "Name the principals, or add a condition such as aws:PrincipalOrgID.")                       \
    X(WILDCARD_WRITE, "wildcard-write", WARNING, "All actions of a service are allowed",           \
      "That includes writing, and whatever the service adds later.", "Name the actions.")          \
    X(ALLOW_REST, "allow-not-action", WARNING, "An allow for everything but",                      \
      "It grants every action of every service that is not listed, now and later.",                \
      "List what is allowed, or use NotAction in a Deny.")                                         \
    X(UNREACHABLE, "unreachable-statement", WARNING, "What is allowed is denied",                  \
      "A deny of the same document covers the whole statement.",                                   \
      "Leave the allow out, or narrow the deny.")                                                  \
    X(SHADOWED, "shadowed-allow", NOTICE, "The statement adds nothing",                            \
      "Another statement of the document allows the same without condition: if this one has "      \
      "conditions, they have no effect.",                                                          \
      "Leave one of the two out.")                                                                 \
    X(RCP_SERVICE, "rcp-without-effect", WARNING,                                                  \
      "The service does not take resource control policies",                                       \
      "Resource control policies apply to the resources of some services only; SageMaker and IAM " \
      "are not among them, so this denies nothing.",                                               \
      "Say it in a service control policy, or in the policy of the VPC endpoints.")                \
    X(OVER_SIZE, "over-size", ERROR, "The document is too large", "AWS refuses it.",               \
      "Split it, or write patterns for lists of names.")                                           \
    X(NEAR_SIZE, "near-size", WARNING, "The document is nearly too large",                         \
      "A longer name or one more value may be refused.", "Split it before that.")                  \
    X(EMPTY_BOUNDARY, "empty-boundary", ERROR, "The boundary leaves nothing",                      \
      "A boundary permits only what it allows.", "Allow what the role may have at most.")          \
    X(OLD_VERSION, "version-without-variables", ERROR,                                             \
      "Policy variables in a document of version 2008-10-17",                                      \
      "Without Version 2012-10-17 variables are literal text and match nothing.",                  \
      "Say \"Version\": \"2012-10-17\".")                                                          \
    X(TOO_LONG, "too-long-to-lint", NOTICE, "The document is too long to be looked at in full",    \
      "Only the checks that take little time were made.", "Split the document.")

enum sk_lint_rule {
#define X(name, id, severity, title, why, fix) SK_LINT_##name,
    SK_LINT_RULES(X)
#undef X
        SK_LINT_RULE_COUNT,
};

/* The table, for documentation and tests. Static. */
const char *sk_lint_id(enum sk_lint_rule rule);
enum sk_lint_severity sk_lint_severity(enum sk_lint_rule rule);
const char *sk_lint_severity_name(enum sk_lint_severity severity);
const char *sk_lint_title(enum sk_lint_rule rule);
const char *sk_lint_why(enum sk_lint_rule rule);
const char *sk_lint_fix(enum sk_lint_rule rule);

/* The findings on a document, [{"id", "severity", "origin", "statement": Sid or position or null,
 * "pointer", "message", "why", "fix", "page": "docs/lint/<id>.md"}], most severe first, otherwise in the
 * document's order. New. */
json_t *sk_policy_lint(const json_t *document, enum sk_policy_use use, const char *origin);

#endif
