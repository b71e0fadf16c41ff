/* Small estates for the tests of controller/verify: documents as JSON, asked as a whole. */
#ifndef VERIFY_FIXTURE_H
#define VERIFY_FIXTURE_H

#include <jansson.h>

#include "verify/verify.h"

#define ESTATE_ACCOUNT "111122223333"
#define ESTATE_ROLE    "arn:aws:iam::" ESTATE_ACCOUNT ":role/"

/* JSON with ' for ". Fails the test when it is none. New. */
json_t *estate_json(const char *text);

/* What sk_verify says about {address: body} of account "dev"; the lists of `opts` are taken as they
 * are. Fails the test on an error. New. */
json_t *estate_verify(const json_t *world, const struct sk_verify_opts *opts);

/* The report of one property; borrowed. */
const json_t *estate_property(const json_t *report, enum sk_property property);
/* How many of its violations there are, and how many of those take steps. */
json_int_t estate_violated(const json_t *report, enum sk_property property);
json_int_t estate_in_steps(const json_t *report, enum sk_property property);

/* {"Version", "Statement": statements}. Takes the list; new. */
json_t *estate_policy(json_t *statements);
/* An iam_role of a team (NULL: of none) that SageMaker works as, with one inline policy "own" (NULL:
 * none; taken) and further statements of its trust policy (NULL: none; taken). New. */
json_t *estate_role(const char *team, json_t *policy, json_t *trust);
/* Puts it in. Takes the body. */
void estate_add(json_t *world, const char *address, json_t *body);

#endif
