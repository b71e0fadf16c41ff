/* lib/policy: condition operators, set qualifiers, policy variables, ARN and text patterns, typed
 * values. Rows follow the IAM User Guide: "Condition operators", "Single-valued vs. multivalued
 * context keys", "Variables and tags", "Policy elements: Resource". JSON is written with single
 * quotes. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "policy/decide.h"
#include "policy/pattern.h"
#include "policy/value.h"

static bool is_allowed(const char *version, const char *action, const char *element,
                       const char *condition, const char *resource, const char *context)
{
    sk_auto(sk_freep) char *line =
        sk_xasprintf("{'principal':{'arn':'arn:aws:iam::111122223333:user/"
                     "bob'},'action':'s3:GetObject','resource':'%s',"
                     "'context':{%s},'identityPolicies':[{'Version':'%s','Statement':{'Effect':'"
                     "Allow',%s,%s,'Condition':{%s}}}]}",
                     resource, context, version, action, element, condition);
    for (char *c = line; *c; c++)
        *c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
    sk_auto(sk_freep) char *answer = sk_policy_decide_line(line, strlen(line));
    if (strstr(answer, "error"))
        fail_msg("%s: %s", line, answer);
    return strstr(answer, "\"Allowed\"") != NULL;
}

struct row {
    const char *condition, *context;
    bool match;
};

static const struct row conditions[] = {
    /* strings */
    {"'StringEquals':{'a:k':'x'}", "'a:k':'x'", true},
    {"'StringEquals':{'A:K':'x'}", "'a:k':'x'", true},
    {"'StringEquals':{'a:k':'x'}", "'a:k':'X'", false},
    {"'StringEquals':{'a:k':['y','x']}", "'a:k':'x'", true},
    {"'StringEquals':{'a:k':'x'}", "'a:k':['x']", true},
    {"'StringEquals':{'a:k':'x'}", "", false},
    {"'StringEquals':{'a:k':'x*'}", "'a:k':'xy'", false},
    {"'StringEquals':{'a:k':''}", "'a:k':''", true},
    {"'StringNotEquals':{'a:k':'x'}", "'a:k':'y'", true},
    {"'StringNotEquals':{'a:k':['x','y']}", "'a:k':'y'", false},
    {"'StringNotEquals':{'a:k':'x'}", "", true},
    {"'StringEqualsIgnoreCase':{'a:k':'xY'}", "'a:k':'Xy'", true},
    {"'StringNotEqualsIgnoreCase':{'a:k':'xY'}", "'a:k':'Xy'", false},
    {"'StringLike':{'a:k':'a*c?'}", "'a:k':'abbbcd'", true},
    {"'StringLike':{'a:k':'a*c?'}", "'a:k':'abbbc'", false},
    {"'StringLike':{'a:k':'?'}", "'a:k':'\u20ac'", true},
    {"'StringNotLike':{'a:k':'a*'}", "'a:k':'abc'", false},
    {"'StringNotLike':{'a:k':'a*'}", "", true},
    {"'StringEquals':{'a:k':5}", "'a:k':'5'", true},
    {"'StringEquals':{'a:k':true}", "'a:k':'true'", true},
    /* all keys and operators must be met */
    {"'StringEquals':{'a:k':'x','a:l':'y'}", "'a:k':'x','a:l':'y'", true},
    {"'StringEquals':{'a:k':'x','a:l':'y'}", "'a:k':'x'", false},
    {"'StringEquals':{'a:k':'x'},'StringNotEquals':{'a:l':'y'}", "'a:k':'x','a:l':'y'", false},
    /* …IfExists */
    {"'StringEqualsIfExists':{'a:k':'x'}", "", true},
    {"'StringEqualsIfExists':{'a:k':'x'}", "'a:k':'y'", false},
    {"'StringNotEqualsIfExists':{'a:k':'x'}", "", true},
    {"'NumericLessThanIfExists':{'a:k':'5'}", "", true},
    {"'ForAnyValue:StringEqualsIfExists':{'a:k':'x'}", "", true},
    {"'ForAnyValue:StringEqualsIfExists':{'a:k':'x'}", "'a:k':['y']", false},
    /* Null */
    {"'Null':{'a:k':'true'}", "", true},
    {"'Null':{'a:k':'true'}", "'a:k':'x'", false},
    {"'Null':{'a:k':'false'}", "'a:k':'x'", true},
    {"'Null':{'a:k':false}", "", false},
    {"'Null':{'a:k':'false'}", "'a:k':''", true},
    {"'Null':{'a:k':'true'}", "'a:k':[]", true},
    {"'Null':{'a:k':['true','false']}", "'a:k':'x'", true},
    {"'Null':{'a:k':'maybe'}", "", false},
    /* set operators */
    {"'ForAllValues:StringEquals':{'a:k':['x','y']}", "'a:k':['x','y']", true},
    {"'ForAllValues:StringEquals':{'a:k':['x','y']}", "'a:k':['x','z']", false},
    {"'ForAllValues:StringEquals':{'a:k':'x'}", "", true},
    {"'ForAllValues:StringEquals':{'a:k':'x'}", "'a:k':[]", true},
    {"'ForAllValues:StringEquals':{'a:k':'x'}", "'a:k':''", true},
    {"'ForAllValues:StringNotEquals':{'a:k':['x','y']}", "'a:k':['z']", true},
    {"'ForAllValues:StringNotEquals':{'a:k':['x','y']}", "'a:k':['z','x']", false},
    {"'ForAnyValue:StringEquals':{'a:k':['x','y']}", "'a:k':['z','y']", true},
    {"'ForAnyValue:StringEquals':{'a:k':['x','y']}", "'a:k':['z']", false},
    {"'ForAnyValue:StringEquals':{'a:k':'x'}", "", false},
    {"'ForAnyValue:StringEquals':{'a:k':'x'}", "'a:k':[]", false},
    {"'ForAnyValue:StringNotEquals':{'a:k':'x'}", "'a:k':['x','y']", true},
    {"'ForAnyValue:StringNotEquals':{'a:k':'x'}", "'a:k':['x']", false},
    {"'ForAnyValue:StringNotEquals':{'a:k':'x'}", "", false},
    {"'forallvalues:stringlike':{'a:k':'x*'}", "'a:k':['xa','xb']", true},
    {"'ForAnyValue:ArnLike':{'a:k':'arn:aws:s3:::b*'}",
     "'a:k':['arn:aws:sns:::b','arn:aws:s3:::bc']", true},
    {"'ForAllValues:Bool':{'a:k':'true'}", "'a:k':['true','false']", false},
    /* several values need a set operator */
    {"'StringEquals':{'a:k':'x'}", "'a:k':['x','y']", false},
    {"'StringNotEquals':{'a:k':'z'}", "'a:k':['x','y']", false},
    /* empty lists */
    {"'StringEquals':{'a:k':[]}", "'a:k':'x'", false},
    {"'StringNotEquals':{'a:k':[]}", "'a:k':'x'", true},
    {"'StringNotEquals':{'a:k':'x'}", "'a:k':[]", true},
    {"'StringEqualsIfExists':{'a:k':'x'}", "'a:k':[]", true},
    /* numbers */
    {"'NumericEquals':{'a:k':'10'}", "'a:k':'10.0'", true},
    {"'NumericEquals':{'a:k':10}", "'a:k':10", true},
    {"'NumericNotEquals':{'a:k':'10'}", "'a:k':'11'", true},
    {"'NumericLessThan':{'a:k':'10'}", "'a:k':'9'", true},
    {"'NumericLessThan':{'a:k':'10'}", "'a:k':'10'", false},
    {"'NumericLessThanEquals':{'a:k':'10'}", "'a:k':'10'", true},
    {"'NumericGreaterThan':{'a:k':'-1.5'}", "'a:k':'-1'", true},
    {"'NumericGreaterThanEquals':{'a:k':'300'}", "'a:k':'299'", false},
    {"'NumericEquals':{'a:k':'10'}", "'a:k':'ten'", false},
    {"'NumericNotEquals':{'a:k':'10'}", "'a:k':'ten'", false},
    {"'NumericEquals':{'a:k':'0x10'}", "'a:k':'16'", false},
    /* dates */
    {"'DateLessThan':{'a:k':'2020-01-02T00:00:00Z'}", "'a:k':'2020-01-01T23:59:59Z'", true},
    {"'DateEquals':{'a:k':'2020-01-01T00:00:00Z'}", "'a:k':'2020-01-01T01:00:00+01:00'", true},
    {"'DateEquals':{'a:k':'1577836800'}", "'a:k':'2020-01-01'", true},
    {"'DateGreaterThanEquals':{'a:k':'2020'}", "'a:k':'2020-01-01T00:00:00Z'", true},
    {"'DateNotEquals':{'a:k':'2020-01-01'}", "'a:k':'2020-01-01T00:00:01Z'", true},
    {"'DateLessThan':{'a:k':'2020-02-30'}", "'a:k':'2019-01-01'", false},
    /* booleans and binary */
    {"'Bool':{'a:k':'true'}", "'a:k':'true'", true},
    {"'Bool':{'a:k':'TRUE'}", "'a:k':true", true},
    {"'Bool':{'a:k':'false'}", "", false},
    {"'Bool':{'a:k':'maybe'}", "'a:k':'maybe'", false},
    {"'BinaryEquals':{'a:k':'QmluYXJ5VmFsdWVJbkJhc2U2NA=='}",
     "'a:k':'QmluYXJ5VmFsdWVJbkJhc2U2NA=='", true},
    {"'BinaryEquals':{'a:k':'QmluYXJ5VmFsdWVJbkJhc2U2NA=='}", "'a:k':'ASIAIOSFODNN7EXAMPLE'",
     false},
    /* addresses */
    {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'203.0.113.77'", true},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'203.0.114.1'", false},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.7'}", "'aws:SourceIp':'203.0.113.7'", true},
    {"'IpAddress':{'aws:SourceIp':['203.0.113.0/24','2001:DB8:1234:5678::/64']}",
     "'aws:SourceIp':'2001:db8:1234:5678::9'", true},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.0/23'}", "'aws:SourceIp':'203.0.113.1'", true},
    {"'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}", "'aws:SourceIp':'::1'", false},
    {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'198.51.100.1'", true},
    {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "", true},
    {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'2001:db8::1'", true},
    {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'nowhere'", false},
    /* ARNs: part by part (the example of the guide) */
    {"'ArnLike':{'a:k':'arn:aws:someservice:*:111122223333:finance/*'}",
     "'a:k':'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/"
     "document.txt'",
     false},
    {"'StringLike':{'a:k':'arn:aws:someservice:*:111122223333:finance/*'}",
     "'a:k':'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/"
     "document.txt'",
     true},
    {"'ArnEquals':{'a:k':'arn:aws:s3:::b?/*'}", "'a:k':'arn:aws:s3:::b1/x:y'", true},
    {"'ArnLike':{'a:k':'arn:aws:sns:us-*-1:*:t'}", "'a:k':'arn:aws:sns:us-east-1:1:t'", true},
    {"'ArnNotLike':{'a:k':'arn:aws:sns:*:*:t'}", "'a:k':'arn:aws:sns:us-east-1:1:u'", true},
    {"'ArnNotEquals':{'a:k':'arn:aws:sns:*:*:t'}", "", true},
    {"'ArnEquals':{'a:k':'arn:aws:s3:::B'}", "'a:k':'arn:aws:s3:::b'", false},
    {"'ArnNotEquals':{'a:k':'arn:aws:s3:::B'}", "'a:k':'no arn'", false},
    /* variables */
    {"'StringEquals':{'a:k':'${aws:username}'}", "'a:k':'bob'", true},
    {"'StringEquals':{'a:k':'${AWS:UserName}-x'}", "'a:k':'bob-x'", true},
    {"'StringEquals':{'a:k':'${a:l}'}", "'a:k':'x','a:l':'x'", true},
    {"'StringEquals':{'a:k':'${a:l}'}", "'a:k':'x'", false},
    {"'StringNotEquals':{'a:k':'${a:l}'}", "'a:k':'x'", true},
    {"'StringEqualsIfExists':{'a:k':'${a:l}'}", "'a:k':'x'", false},
    {"'StringEquals':{'a:k':'${a:l, `none`}'}", "'a:k':'none'", true},
    {"'StringEquals':{'a:k':'${a:l, `none`}'}", "'a:k':'none','a:l':'other'", false},
    {"'StringEquals':{'a:k':'${a:l}'}", "'a:k':'x','a:l':['x','y']", false},
    {"'StringLike':{'a:k':'${a:l}'}", "'a:k':'abc','a:l':'a*'", false},
    {"'StringLike':{'a:k':'${a:l}'}", "'a:k':'a*','a:l':'a*'", true},
    {"'StringLike':{'a:k':'${a:l}*'}", "'a:k':'abc','a:l':'ab'", true},
    {"'StringLike':{'a:k':'a${*}'}", "'a:k':'ab'", false},
    {"'StringLike':{'a:k':'a${*}${?}${$}'}", "'a:k':'a*?$'", true},
    {"'StringEquals':{'a:k':'${open'}", "'a:k':'${open'", true},
    {"'ArnLike':{'a:k':'arn:aws:s3:::${a:l}/*'}", "'a:k':'arn:aws:s3:::b/x','a:l':'b'", true},
    {"'Bool':{'a:k':'${a:l}'}", "'a:k':'true','a:l':'true'", true},
    {"'NumericEquals':{'a:k':'${a:l}'}", "'a:k':'5','a:l':'5'", false},
    {"'IpAddress':{'a:k':'${a:l}'}", "'a:k':'10.0.0.1','a:l':'10.0.0.1'", false},
};

static void conditions_are_those_of_the_guide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        const struct row *row = &conditions[i];
        if (is_allowed("2012-10-17", "'Action':'*'", "'Resource':'*'", row->condition, "*",
                       row->context) != row->match)
            fail_msg("%s with %s: not %d", row->condition, row->context, row->match);
    }
}

static void old_documents_have_no_variables(void **state)
{
    (void)state;
    static const char condition[] = "'StringEquals':{'a:k':'${aws:username}'}";
    assert_false(
        is_allowed("2008-10-17", "'Action':'*'", "'Resource':'*'", condition, "*", "'a:k':'bob'"));
    assert_true(is_allowed("2008-10-17", "'Action':'*'", "'Resource':'*'", condition, "*",
                           "'a:k':'${aws:username}'"));
    assert_false(is_allowed("2008-10-17", "'Action':'*'",
                            "'Resource':'arn:aws:s3:::${aws:username}'", "", "arn:aws:s3:::bob",
                            ""));
}

struct element_row {
    const char *element, *resource;
    bool match;
};

static const struct element_row resources[] = {
    {"'Resource':'*'", "*", true},
    {"'Resource':'*'", "arn:aws:s3:::b/k", true},
    {"'Resource':'arn:aws:s3:::b/*'", "*", false},
    {"'Resource':'arn:aws:s3:::b/*'", "arn:aws:s3:::b/a/b", true},
    {"'Resource':'arn:aws:s3:::b/*'", "arn:aws:s3:::b", false},
    {"'Resource':'arn:aws:s3:::b/*/test/*'", "arn:aws:s3:::b/1///test///object.jpg", true},
    {"'Resource':'arn:aws:s3:::b/*/test/*'", "arn:aws:s3:::b/1-test/object.jpg", false},
    {"'Resource':'arn:aws:s3:::B/*'", "arn:aws:s3:::b/k", false},
    {"'Resource':'arn:aws:s3:::b?c'", "arn:aws:s3:::bxc", true},
    {"'Resource':'arn:aws:sqs:*:111122223333:q'", "arn:aws:sqs:eu-west-1:111122223333:q", true},
    {"'Resource':'arn:aws:sqs:*:111122223333:q'",
     "arn:aws:sqs:eu-west-1:999999999999:x:111122223333:q", false},
    {"'Resource':'arn:aws:sqs:eu-*:*:q*'", "arn:aws:sqs:eu-west-1:111122223333:queue", true},
    {"'Resource':'arn:aws:sqs:eu-*:*:q*'", "arn:aws:sqs:us-west-1:111122223333:queue", false},
    {"'Resource':'arn:aws:s3:*'", "arn:aws:s3:::b/k", true},
    {"'Resource':'arn:aws:sqs'", "arn:aws:sqs:eu-west-1:111122223333:q", true},
    {"'Resource':'arn:aws:sqs'", "arn:aws:sns:eu-west-1:111122223333:q", false},
    {"'Resource':'arn:aws:logs:*:*:log-group:/aws/sagemaker/*'",
     "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/x:log-stream:y", true},
    {"'Resource':'arn:aws:s3:::${aws:username}/*'", "arn:aws:s3:::bob/k", true},
    {"'Resource':'arn:aws:s3:::${aws:username}/*'", "arn:aws:s3:::eve/k", false},
    {"'Resource':'arn:aws:s3:::${aws:PrincipalTag/x}/*'", "arn:aws:s3:::/k", false},
    {"'Resource':'arn:aws:s3:::x-${aws:PrincipalTag/team, `company-wide`}'",
     "arn:aws:s3:::x-company-wide", true},
    {"'Resource':['arn:aws:s3:::a','arn:aws:s3:::b']", "arn:aws:s3:::b", true},
    {"'NotResource':'arn:aws:s3:::b'", "arn:aws:s3:::b", false},
    {"'NotResource':'arn:aws:s3:::b'", "arn:aws:s3:::c", true},
    {"'NotResource':'arn:aws:s3:::${aws:PrincipalTag/x}'", "arn:aws:s3:::b", true},
    {"'Resource':[]", "arn:aws:s3:::b", false},
};

static void resources_match_part_by_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        const struct element_row *row = &resources[i];
        if (is_allowed("2012-10-17", "'Action':'*'", row->element, "", row->resource, "") !=
            row->match)
            fail_msg("%s on %s: not %d", row->element, row->resource, row->match);
    }
}

static void actions_ignore_case(void **state)
{
    (void)state;
    static const struct {
        const char *action;
        bool match;
    } rows[] = {
        {"'Action':'s3:GetObject'", true},
        {"'Action':'S3:getobject'", true},
        {"'Action':'s3:Get*'", true},
        {"'Action':'s3:*Object'", true},
        {"'Action':'s3:?etObject'", true},
        {"'Action':'*'", true},
        {"'Action':'*:*'", true},
        {"'Action':'s3:*'", true},
        {"'Action':'s3:PutObject'", false},
        {"'Action':'s3:Get'", false},
        {"'Action':'sqs:*'", false},
        {"'Action':['sqs:*','s3:GetObject']", true},
        {"'NotAction':'s3:GetObject'", false},
        {"'NotAction':'s3:Put*'", true},
        {"'NotAction':['sqs:*','S3:GET*']", false},
        {"'Action':[]", false},
        {"'Action':'s*:GetObject'", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_allowed("2012-10-17", rows[i].action, "'Resource':'*'", "", "*", "") !=
            rows[i].match)
            fail_msg("%s: not %d", rows[i].action, rows[i].match);
    }
}

static bool glob(const char *pattern, const char *text)
{
    struct sk_buffer pool = {0};
    struct sk_key_table table = {0};
    struct sk_pattern prepared;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_pattern_prepare(pattern, strlen(pattern), SK_PATTERN_WILDCARDS, &pool, &table,
                                 &prepared, &err),
              &err);
    bool match = sk_pattern_match((const unsigned char *)sk_buffer_text(&pool),
                                  prepared.bytes.length, text, strlen(text));
    sk_buffer_done(&pool);
    sk_key_table_done(&table);
    return match;
}

static void wildcards_match(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "abc", true},
        {"a", "a", true},
        {"a*", "a", true},
        {"*a", "ba", true},
        {"*a*", "bab", true},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"*ab*ab*", "ab", false},
        {"*ab*ab*", "xabab", true},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "aXcYb", false},
        {"*a?c*", "xxabcx", true},
        {"*a?c*", "xxac", false},
        {"?", "", false},
        {"??", "\xc3\xa9x", true},
        {"*?", "\xc3\xa9", true},
        {"*?*", "\xe2\x82\xac", true},
        {"*x?*", "x", false},
        {"*?b*", "b", false},
        {"*\xc3?*", "\xc3\xa9", false},
        {"a*?", "a\xc3\xa9", true},
        {"*ab?", "ababx", true},
        {"*aab*", "aaab", true},
        {"[a]", "a", false},
        {"[a]", "[a]", true},
        {"a\\*", "a\\x", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (glob(rows[i].pattern, rows[i].text) != rows[i].match)
            fail_msg("'%s' on '%s': not %d", rows[i].pattern, rows[i].text, rows[i].match);
    }
}

static bool naive(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return naive(pattern + 1, text) || (*text && naive(pattern, text + 1));
    return *text && (*pattern == '?' || *pattern == *text) && naive(pattern + 1, text + 1);
}

/* All patterns of up to five characters over {a, b, *, ?} against all texts of up to five over {a,
 * b}. */
static void wildcards_match_as_their_definition(void **state)
{
    (void)state;
    static const char letters[] = "ab*?";
    for (unsigned p = 0; p < 4 * 4 * 4 * 4 * 4; p++) {
        char pattern[6] = {0};
        for (unsigned i = 0; i < 5; i++)
            pattern[i] = letters[p >> (2 * i) & 3];
        for (unsigned length = 0; length <= 6; length++) {
            for (unsigned t = 0; t < 1U << length; t++) {
                char text[8] = {0};
                for (unsigned i = 0; i < length; i++)
                    text[i] = letters[t >> i & 1];
                if (glob(pattern, text) != naive(pattern, text))
                    fail_msg("'%s' on '%s'", pattern, text);
            }
        }
    }
}

static void hostile_patterns_are_quick_or_refused(void **state)
{
    (void)state;
    size_t size = 200000;
    sk_auto(sk_freep) char *text = sk_xcalloc(1, size + 1);
    memset(text, 'a', size);
    assert_false(glob("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
    assert_false(glob("*a?a?a?a?a?a?a?a?a?a?a?a?b*", text));
    sk_auto(sk_freep) char *pattern = sk_xcalloc(1, 30002);
    for (size_t i = 0; i < 30000; i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[30000] = 'b';
    assert_false(glob(pattern, text));
    memset(pattern + 1, 'a', 29999);
    assert_false(glob(pattern, text));

    struct sk_buffer pool = {0};
    struct sk_key_table table = {0};
    struct sk_pattern prepared;
    sk_auto(sk_err_done) struct sk_err long_err = {0};
    assert_int_equal(sk_pattern_prepare(text, size, 0, &pool, &table, &prepared, &long_err),
                     SK_E_BOUND);
    memset(pattern, '?', 100);
    pattern[0] = '*';
    pattern[99] = '*';
    pattern[100] = '\0';
    sk_auto(sk_err_done) struct sk_err wild_err = {0};
    assert_int_equal(
        sk_pattern_prepare(pattern, 100, SK_PATTERN_WILDCARDS, &pool, &table, &prepared, &wild_err),
        SK_E_BOUND);
    sk_buffer_done(&pool);
}

static void dates_are_those_of_W3C(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds;
        bool good;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, true},
        {"2000-02-29", 951782400, true},
        {"2001-02-29", 0, false},
        {"1900-01-01", -2208988800.0, true},
        {"2020-01-01T00:00Z", 1577836800, true},
        {"2020-01-01T00:00:00.5Z", 1577836800.5, true},
        {"2020-01-01T00:00:00-02:30", 1577845800, true},
        {"20130930T231548Z", 1380582948, true},
        {"1577836800", 1577836800, true},
        {"1577836800.25", 1577836800.25, true},
        {".5", 0, false},
        {"2020-13-01", 0, false},
        {"2020-01-01T", 0, false},
        {"2020-01-01T25:00Z", 0, false},
        {"2020-01-01 00:00", 0, false},
        {"", 0, false},
        {"tomorrow", 0, false},
        {"2020-01-01T00:00:00Zx", 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double seconds = 0;
        bool good = sk_value_date(rows[i].text, &seconds);
        if (good != rows[i].good || (good && seconds != rows[i].seconds))
            fail_msg("'%s' is %f", rows[i].text, seconds);
    }
}

static void binary_values_compare_decoded(void **state)
{
    (void)state;
    assert_true(sk_value_same_binary("YWI=", "YWI"));
    assert_true(sk_value_same_binary("", ""));
    assert_false(sk_value_same_binary("YWI=", "YWM="));
    assert_false(sk_value_same_binary("YWI=", "YWIB"));
    assert_false(sk_value_same_binary("Y", "Y"));
    assert_false(sk_value_same_binary("!!!!", "!!!!"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_those_of_the_guide),
        cmocka_unit_test(old_documents_have_no_variables),
        cmocka_unit_test(resources_match_part_by_part),
        cmocka_unit_test(actions_ignore_case),
        cmocka_unit_test(wildcards_match),
        cmocka_unit_test(wildcards_match_as_their_definition),
        cmocka_unit_test(hostile_patterns_are_quick_or_refused),
        cmocka_unit_test(dates_are_those_of_W3C),
        cmocka_unit_test(binary_values_compare_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
