/* Paging, see page.h. */
#include "aws/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"

json_t *sk_aws_page_input(const struct sk_aws_operation *operation, const json_t *input,
                          const char *token)
{
    json_t *page = input ? json_copy((json_t *)input) : json_object();
    bool sized = operation->size_member && !json_object_get(page, operation->size_member) &&
                 !(operation->size_not_with && json_object_get(page, operation->size_not_with));
    if (sized)
        json_object_set_new(page, operation->size_member, json_integer(operation->size));
    if (token)
        json_object_set_new(page, operation->token_in, json_string(token));
    return page;
}

/* The token of the next page, or NULL at the end, whatever `more` says beside "false". Borrowed from
 * `page`. */
static const char *next_token(const struct sk_aws_operation *operation, const json_t *page)
{
    if (!operation->token_out ||
        (operation->more && json_is_false(json_object_get(page, operation->more))))
        return NULL;
    const char *token = json_string_value(json_object_get(page, operation->token_out));
    return token && *token ? token : NULL;
}

/* A listing of which a part cannot be had, or is no list, must not be taken for a whole one. */
static int check_page(const struct sk_aws_operation *operation, const json_t *page,
                      struct sk_err *err)
{
    bool more = operation->more && json_is_true(json_object_get(page, operation->more));
    if (more && !next_token(operation, page))
        return sk_err_set(err, SK_E_PROTOCOL, "%s answers that there is more, without %s",
                          operation->name, operation->token_out);
    const json_t *token = operation->token_out ? json_object_get(page, operation->token_out) : NULL;
    if (token && !json_is_string(token) && !json_is_null(token))
        return sk_err_set(err, SK_E_PROTOCOL, "%s answers a %s that is no text", operation->name,
                          operation->token_out);
    for (size_t i = 0; i < SK_AWS_OPERATION_LISTS && operation->lists[i]; i++) {
        const json_t *list = json_object_get(page, operation->lists[i]);
        if (list && !json_is_array(list) && !json_is_null(list))
            return sk_err_set(err, SK_E_PROTOCOL, "%s answers %s that is no list", operation->name,
                              operation->lists[i]);
    }
    return 0;
}

static size_t join(json_t *output, const json_t *page, const struct sk_aws_operation *operation)
{
    size_t items = 0;
    for (size_t i = 0; i < SK_AWS_OPERATION_LISTS && operation->lists[i]; i++) {
        json_t *list = json_object_get(page, operation->lists[i]);
        items += json_array_size(list);
        if (output == page || !json_is_array(list))
            continue;
        json_t *joined = json_object_get(output, operation->lists[i]);
        if (json_is_array(joined))
            json_array_extend(joined, list);
        else
            json_object_set(output, operation->lists[i], list);
    }
    return items;
}

static int add(struct sk_aws_pages *pages, const struct sk_aws_operation *operation, json_t *page,
               struct sk_err *err)
{
    int code = check_page(operation, page, err);
    if (code < 0)
        return code;
    sk_auto(sk_freep) char *token = sk_xstrdup(next_token(operation, page));
    if (!pages->output)
        pages->output = json_incref(page);
    size_t items = join(pages->output, page, operation);
    pages->pages++;
    pages->empty_in_a_row = items > 0 ? 0 : pages->empty_in_a_row + 1;
    if (token && pages->token && strcmp(token, pages->token) == 0)
        return sk_err_set(err, SK_E_PROTOCOL, "%s answers the same token for page after page",
                          operation->name);
    if (token && pages->empty_in_a_row >= SK_BOUND_EMPTY_PAGES)
        return sk_err_set(err, SK_E_BOUND, "%s answered %d empty pages in a row", operation->name,
                          SK_BOUND_EMPTY_PAGES);
    if (token && pages->pages >= SK_BOUND_PAGES)
        return sk_err_set(err, SK_E_BOUND, "%s answered more than %d pages", operation->name,
                          SK_BOUND_PAGES);
    free(pages->token);
    pages->token = token;
    token = NULL;
    if (operation->token_out)
        json_object_del(pages->output, operation->token_out);
    if (operation->more)
        json_object_del(pages->output, operation->more);
    return 0;
}

int sk_aws_pages_add(struct sk_aws_pages *pages, const struct sk_aws_operation *operation,
                     json_t *page, struct sk_err *err)
{
    int result = add(pages, operation, page, err);
    json_decref(page);
    return result;
}

bool sk_aws_pages_restart(struct sk_aws_pages *pages)
{
    if (pages->restarted)
        return false;
    sk_aws_pages_done(pages);
    pages->restarted = true;
    return true;
}

void sk_aws_pages_done(struct sk_aws_pages *pages)
{
    json_decref(pages->output);
    free(pages->token);
    *pages = (struct sk_aws_pages){0};
}
