/* The rules that keep teams apart and from which `exceptions` of the Organization may be declared.
 */
#ifndef SK_BLUEPRINT_EXCEPTIONS_H
#define SK_BLUEPRINT_EXCEPTIONS_H

/* Every profile of a domain can open its shared spaces. Subject: "TEAM/SPACE". */
#define SK_RULE_SHARED_SPACE "shared-space-in-domain-with-several-teams"

/* The properties that `verify` asks about (controller/verify/verify.h). Subject: "TEAM" or
 * "TEAM/service:Action". Whether they are needed is for `verify` to say. */
#define SK_RULE_PROPERTIES                                                                         \
    "own-sessions", "own-apps", "own-artefacts", "protected-tags", "own-roles-passed",             \
        "no-foreign-roles", "no-administration", "own-data", "no-configuration", "guardrails-hold"

/* All rules, NULL behind the last. Static. */
extern const char *const sk_exception_rules[];

#endif
