/* Quick looks before a question, see reach.c; for the files of the search. */
#ifndef SK_PROOF_REACH_H
#define SK_PROOF_REACH_H

#include "policy/request.h"
#include "proof/question.h"

/* False only when no resource is among those asked about (`asked` as in struct sk_proof_question)
 * and matched by the pattern of a policy, in which ${…} counts when `variables`. */
bool sk_reach_may_meet(const char *asked, const char *pattern, bool variables);
/* False only when no resource asked about is matched by the statement. */
bool sk_reach_may_take(const struct sk_proof_statement *statement, const char *asked);
/* False only when the statement is one that names principals, and not the request's. */
bool sk_reach_may_name(const struct sk_proof_statement *statement,
                       const struct sk_request *request);

#endif
