/* Paging: the input of the next page, and the pages of a listing joined into one answer. Pure. */
#ifndef SK_AWS_PAGE_H
#define SK_AWS_PAGE_H

#include <stdbool.h>

#include <jansson.h>

#include "aws/operation.h"
#include "base/err.h"

/* A listing under way. Zero-initialise; end with sk_aws_pages_done. */
struct sk_aws_pages {
    json_t *output; /* owned: the pages so far, joined; NULL before the first */
    char *token;    /* owned: of the next page; NULL: there is none */
    unsigned pages, empty_in_a_row;
    bool restarted;
};

/* `input` with the page size, and with `token` unless that is NULL. New. */
json_t *sk_aws_page_input(const struct sk_aws_operation *operation, const json_t *input,
                          const char *token) SK_WARN_UNUSED;
/* Adds the next page: lists are joined, other members of the first page stay, the token and what
 * belongs to it go. Afterwards `pages->token` says whether there is more. `page` is stolen.
 * SK_E_PROTOCOL (the token repeats itself), SK_E_BOUND (too many pages, too many empty ones in a
 * row). */
int sk_aws_pages_add(struct sk_aws_pages *pages, const struct sk_aws_operation *operation,
                     json_t *page, struct sk_err *err) SK_WARN_UNUSED;
/* Starts again from the first page; false when that was done before. */
bool sk_aws_pages_restart(struct sk_aws_pages *pages);
void sk_aws_pages_done(struct sk_aws_pages *pages);

#endif
