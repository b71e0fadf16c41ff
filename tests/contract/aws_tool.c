/* What the contract tests in Python need to see of lib/aws: its tables as JSON, and its pure
 * functions and whole calls driven by JSON lines. Not installed, not shipped.
 *
 *   aws_tool tables                     the tables, one JSON object
 *   aws_tool lines                      one JSON request a line in, one JSON answer a line out:
 *     {"do":"sign","method","path","query","headers":[[n,v]],"body","region","service","time","key","secret"}
 *     {"do":"endpoint","service","region","fips","dual_stack"}
 *     {"do":"words","line"}
 *     {"do":"encode","service","operation","input"}
 *     {"do":"decode","service","operation","body"}
 *   aws_tool call                       calls from stdin, a JSON object:
 *     {"account":{"id"?,"role_arn"?,"sts_region"?},
 * "calls":[{"service","operation","region","input", "all_pages"?,"propagation_ms"?}]} - all at
 * once; one JSON answer a line as they end */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/aws.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/operation.h"
#include "aws/protocol.h"
#include "aws/service.h"
#include "aws/shape.h"
#include "aws/sigv4.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"

static void print_json(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    puts(text);
    fflush(stdout);
    free(text);
    json_decref(value);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *services(void)
{
    static const char *const protocols[] = {"json", "query", "ec2", "rest-json"};
    size_t count;
    const struct sk_aws_service *table = sk_aws_services(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:b}",
                                              "name", table[i].name, "id", table[i].id, "protocol",
                                              protocols[table[i].protocol], "json_version",
                                              text_or_null(table[i].json_version), "target_prefix",
                                              text_or_null(table[i].target_prefix), "api_version",
                                              text_or_null(table[i].api_version), "endpoint_prefix",
                                              table[i].endpoint_prefix, "signing_name",
                                              table[i].signing_name, "global", table[i].global));
    return list;
}

static json_t *operations(void)
{
    static const char *const effects[] = {"read", "write", "write-once"};
    size_t count;
    const struct sk_aws_operation *table = sk_aws_operations(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *lists = json_array();
        for (size_t k = 0; k < SK_AWS_OPERATION_LISTS && table[i].lists[k]; k++)
            json_array_append_new(lists, json_string(table[i].lists[k]));
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o}", "service",
                      table[i].service, "name", table[i].name, "effect", effects[table[i].effect],
                      "token_in", text_or_null(table[i].token_in), "token_out",
                      text_or_null(table[i].token_out), "more", text_or_null(table[i].more),
                      "lists", lists, "size_member", text_or_null(table[i].size_member), "size",
                      table[i].size, "size_not_with", text_or_null(table[i].size_not_with),
                      "restart_code", text_or_null(table[i].restart_code)));
    }
    return list;
}

static json_t *shapes(void)
{
    static const char *const types[] = {"string", "list", "structure", "integer", "boolean"};
    size_t count;
    const struct sk_aws_shape *table = sk_aws_shapes(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "service", table[i].service, "member",
                                        table[i].member, "type", types[table[i].type]));
    return list;
}

static json_t *errors(void)
{
    size_t count;
    const struct sk_aws_error_row *table = sk_aws_error_rows(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:s}", "service",
                                              text_or_null(table[i].service), "operation",
                                              text_or_null(table[i].operation), "code",
                                              text_or_null(table[i].code), "message",
                                              text_or_null(table[i].message), "reason",
                                              text_or_null(table[i].reason), "result",
                                              sk_errc_name(table[i].result)));
    return list;
}

static json_t *providers(void)
{
    size_t count;
    const struct sk_aws_provider *table = sk_aws_providers(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", table[i].name, "source",
                                              text_or_null(table[i].source)));
    return list;
}

static json_t *failure(const struct sk_err *err)
{
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "error", sk_errc_name(err->code), "message",
                     sk_err_message(err), "status", err->detail, "aws_code",
                     text_or_null(err->aws_code), "request_id", text_or_null(err->request_id));
}

static const char *member(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));
    return text ? text : "";
}

static json_t *do_sign(const json_t *line)
{
    struct sk_sigv4_header headers[32];
    const json_t *given = json_object_get(line, "headers");
    size_t count = json_array_size(given);
    for (size_t i = 0; i < count && i < 32; i++) {
        const json_t *pair = json_array_get(given, i);
        headers[i] = (struct sk_sigv4_header){json_string_value(json_array_get(pair, 0)),
                                              json_string_value(json_array_get(pair, 1))};
    }
    const struct sk_sigv4_request request = {
        member(line, "method"), member(line, "path"),        member(line, "query"), headers, count,
        member(line, "body"),   strlen(member(line, "body"))};
    const struct sk_sigv4_scope scope = {member(line, "region"),
                                         member(line, "service"),
                                         {json_integer_value(json_object_get(line, "time"))},
                                         json_is_true(json_object_get(line, "path_as_is"))};
    sk_auto(sk_secret_done) struct sk_secret secret = {0};
    sk_secret_set(&secret, member(line, "secret"), strlen(member(line, "secret")));
    sk_auto(sk_freep) char *names = NULL;
    sk_auto(sk_freep) char *canonical = sk_sigv4_canonical_request(&request, &scope, &names);
    sk_auto(sk_freep) char *to_sign = sk_sigv4_string_to_sign(canonical, &scope);
    sk_auto(sk_freep) char *authorization =
        sk_sigv4_authorization(&request, &scope, member(line, "key"), &secret);
    return json_pack("{s:s, s:s, s:s}", "canonical_request", canonical, "string_to_sign", to_sign,
                     "authorization", authorization);
}

static json_t *do_words(const json_t *line)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    char **words = sk_aws_words_split(member(line, "line"), &err);
    if (!words)
        return failure(&err);
    json_t *list = json_array();
    for (size_t i = 0; words[i]; i++)
        json_array_append_new(list, json_string(words[i]));
    free(words);
    return json_pack("{s:o}", "words", list);
}

static json_t *do_endpoint(const json_t *line)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_aws_endpoint_opts opts = {
        member(line, "region"), json_is_true(json_object_get(line, "fips")),
        json_is_true(json_object_get(line, "dual_stack")), NULL};
    struct sk_aws_endpoint endpoint = {0};
    if (sk_aws_endpoint_resolve(sk_aws_service_find(member(line, "service")), &opts, &endpoint,
                                &err) < 0)
        return failure(&err);
    json_t *answer = json_pack("{s:s, s:s, s:s}", "url", endpoint.url, "host", endpoint.host,
                               "signing_region", endpoint.signing_region);
    sk_aws_endpoint_done(&endpoint);
    return answer;
}

static json_t *do_code(const json_t *line, bool encode)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_aws_service *service = sk_aws_service_find(member(line, "service"));
    const struct sk_aws_operation *operation =
        sk_aws_operation_find(member(line, "service"), member(line, "operation"));
    const struct sk_aws_protocol_ops *protocol = sk_aws_protocol_find(service->protocol);
    if (encode) {
        struct sk_buffer body = {0};
        int result =
            protocol->encode(service, operation, json_object_get(line, "input"), &body, &err);
        json_t *answer = result < 0 ? failure(&err) : json_pack("{s:s}", "body", body.data);
        sk_buffer_done(&body);
        return answer;
    }
    sk_auto(sk_freep) char *request_id = NULL;
    json_t *output = protocol->decode(service, operation, member(line, "body"),
                                      strlen(member(line, "body")), &request_id, &err);
    return output
               ? json_pack("{s:o, s:o}", "output", output, "request_id", text_or_null(request_id))
               : failure(&err);
}

static json_t *do_line(const json_t *line)
{
    const char *what = member(line, "do");
    if (strcmp(what, "sign") == 0)
        return do_sign(line);
    if (strcmp(what, "endpoint") == 0)
        return do_endpoint(line);
    if (strcmp(what, "words") == 0)
        return do_words(line);
    if (strcmp(what, "encode") == 0 || strcmp(what, "decode") == 0)
        return do_code(line, *what == 'e');
    return json_pack("{s:s}", "error", "unknown request");
}

static int run_lines(void)
{
    char *text = NULL;
    size_t capacity = 0;
    while (getline(&text, &capacity, stdin) > 0) {
        json_auto_t *line = json_loads(text, 0, NULL);
        print_json(do_line(line));
    }
    free(text);
    return 0;
}

static void on_done(struct sk_aws_call *call)
{
    json_t *answer =
        call->output ? json_pack("{s:O}", "output", call->output) : failure(&call->err);
    json_object_set_new(answer, "index", json_integer((json_int_t)(size_t)call->data));
    json_object_set_new(answer, "attempts", json_integer((json_int_t)call->attempts));
    json_object_set_new(answer, "outcome_unknown", json_boolean(call->outcome_unknown));
    json_object_set_new(answer, "request_id", text_or_null(call->request_id));
    print_json(answer);
}

static void fill_call(struct sk_aws_call *call, struct sk_aws_account *account, const json_t *given,
                      size_t index)
{
    *call = (struct sk_aws_call){
        .account = account,
        .service = member(given, "service"),
        .operation = member(given, "operation"),
        .region = member(given, "region"),
        .input = json_object_get(given, "input"),
        .all_pages = json_is_true(json_object_get(given, "all_pages")),
        .propagation_ms = (unsigned)json_integer_value(json_object_get(given, "propagation_ms")),
        .done = on_done,
        .data = (void *)index};
}

static int run_calls(void)
{
    json_auto_t *job = json_loadf(stdin, 0, NULL);
    const json_t *who = json_object_get(job, "account");
    const json_t *calls = json_object_get(job, "calls");
    sk_auto(sk_err_done) struct sk_err err = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct sk_aws *aws = NULL;
    struct sk_aws_account *account = NULL;
    const struct sk_aws_opts opts = {
        .loop = &loop,
        .user_agent = "contract-test",
        .max_attempts = (unsigned)json_integer_value(json_object_get(job, "max_attempts")),
        .call_timeout_ms = 10000};
    const struct sk_aws_account_opts account_opts = {
        .name = "test",
        .account_id = sk_json_text(who, "id"),
        .role_arn = sk_json_text(who, "role_arn"),
        .external_id = sk_json_text(who, "external_id"),
        .sts_region = sk_json_text(who, "sts_region"),
        .session_seconds = (unsigned)json_integer_value(json_object_get(who, "session_seconds"))};
    if (sk_aws_new(&opts, &aws, &err) < 0 ||
        sk_aws_account_new(aws, &account_opts, &account, &err) < 0) {
        print_json(failure(&err));
        sk_aws_free(aws);
        uv_run(&loop, UV_RUN_DEFAULT);
        return 1;
    }
    struct sk_aws_call *pending = sk_xcalloc(json_array_size(calls) + 1, sizeof(*pending));
    for (size_t i = 0; i < json_array_size(calls); i++) {
        fill_call(&pending[i], account, json_array_get(calls, i), i);
        if (sk_aws_call_start(aws, &pending[i], &err) < 0) {
            json_t *answer = failure(&err);
            json_object_set_new(answer, "index", json_integer((json_int_t)i));
            print_json(answer);
            sk_err_done(&err);
        }
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    sk_aws_account_free(account);
    sk_aws_free(aws);
    uv_run(&loop, UV_RUN_DEFAULT);
    free(pending);
    return uv_loop_close(&loop) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    sk_alloc_init();
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "lines") == 0)
        return run_lines();
    if (strcmp(what, "call") == 0)
        return run_calls();
    if (strcmp(what, "tables") != 0)
        return 64;
    print_json(json_pack("{s:o, s:o, s:o, s:o, s:o}", "services", services(), "operations",
                         operations(), "shapes", shapes(), "errors", errors(), "providers",
                         providers()));
    return 0;
}
