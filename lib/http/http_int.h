/* What http.c (the loop's side) and request.c (one transfer) share. */
#ifndef SK_HTTP_HTTP_INT_H
#define SK_HTTP_HTTP_INT_H

#include <curl/curl.h>

#include "http/http.h"

enum sk_http_phase {
    SK_HTTP_IDLE,
    SK_HTTP_RUNNING,  /* in the multi handle, on the list `running` */
    SK_HTTP_FINISHED, /* result is there, on the list `finished`, callback still due */
};

/* An easy handle that carries out `request`; NULL with *err set when libcurl refuses. Resets the
 * request's result. */
CURL *sk_http__easy_new(struct sk_http_request *request, const char *ca_file, CURLSH *share,
                        struct sk_err *err) SK_WARN_UNUSED;
/* Copies the outcome of a transfer from its easy handle into the request. */
void sk_http__easy_result(struct sk_http_request *request, CURLcode code);
/* Frees the easy handle, which is in no multi handle any more. */
void sk_http__easy_free(struct sk_http_request *request);

#endif
