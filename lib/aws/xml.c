/* XML to JSON, see xml.h. */
#include "aws/xml.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "aws/shape.h"
#include "base/alloc.h"
#include "base/text.h"

/* Deeper than any answer of the services in use. */
#define MAX_DEPTH 64

static json_t *convert(const char *service, const xmlNode *element, int depth, struct sk_err *err);

static const xmlNode *next_element(const xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

static json_t *convert_list(const char *service, const xmlNode *element, int depth,
                            struct sk_err *err)
{
    json_auto_t *list = json_array();
    const xmlNode *child = next_element(element->children);
    for (; child; child = next_element(child->next)) {
        json_t *item = convert(service, child, depth + 1, err);
        if (!item)
            return NULL;
        json_array_append_new(list, item);
    }
    return json_incref(list);
}

static json_t *convert_structure(const char *service, const xmlNode *element, int depth,
                                 struct sk_err *err)
{
    json_auto_t *object = json_object();
    const xmlNode *child = next_element(element->children);
    for (; child; child = next_element(child->next)) {
        json_t *value = convert(service, child, depth + 1, err);
        if (!value)
            return NULL;
        json_object_set_new(object, (const char *)child->name, value);
    }
    return json_incref(object);
}

static json_t *convert_integer(const char *name, const char *text, struct sk_err *err)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || value == LLONG_MAX || value == LLONG_MIN) {
        sk_err_set(err, SK_E_PROTOCOL, "member \"%s\" of the answer is not a number", name);
        return NULL;
    }
    return json_integer(value);
}

static json_t *convert_leaf(const xmlNode *element, enum sk_aws_type type, struct sk_err *err)
{
    xmlChar *content = xmlNodeGetContent(element);
    const char *text = content ? (const char *)content : "";
    const char *name = (const char *)element->name;
    json_t *value = NULL;
    if (type == SK_AWS_INTEGER) {
        value = convert_integer(name, text, err);
    } else if (type == SK_AWS_BOOLEAN) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            value = json_boolean(*text == 't');
        else
            sk_err_set(err, SK_E_PROTOCOL, "member \"%s\" of the answer is not a boolean", name);
    } else {
        value = json_string(text);
        if (!value)
            sk_err_set(err, SK_E_PROTOCOL, "member \"%s\" of the answer is not UTF-8", name);
    }
    xmlFree(content);
    return value;
}

static json_t *convert(const char *service, const xmlNode *element, int depth, struct sk_err *err)
{
    if (depth > MAX_DEPTH) {
        sk_err_set(err, SK_E_PROTOCOL, "answer is nested deeper than %d", MAX_DEPTH);
        return NULL;
    }
    const char *name = (const char *)element->name;
    enum sk_aws_type type = sk_aws_shape_type(service, name, strlen(name));
    if (type == SK_AWS_LIST)
        return convert_list(service, element, depth, err);
    if (type == SK_AWS_STRUCTURE || (type == SK_AWS_TEXT && next_element(element->children)))
        return convert_structure(service, element, depth, err);
    return convert_leaf(element, type, err);
}

json_t *sk_aws_xml_parse(const char *service, const char *text, size_t length, struct sk_err *err)
{
    if (length > INT_MAX) {
        sk_err_set(err, SK_E_PROTOCOL, "answer is too long");
        return NULL;
    }
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (!parser)
        abort();
    xmlDoc *document = xmlCtxtReadMemory(parser, text, (int)length, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
                                             XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
    json_t *result = NULL;
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    if (!document || !parser->wellFormed || !root)
        sk_err_set(err, SK_E_PROTOCOL, "answer is not well-formed XML");
    else if (document->intSubset)
        sk_err_set(err, SK_E_PROTOCOL, "answer has a document type declaration");
    else if (!sk_text_ends_with((const char *)root->name, "Response"))
        sk_err_set(err, SK_E_PROTOCOL, "answer is XML of somebody else: <%.40s>",
                   (const char *)root->name);
    else
        result = convert_structure(service, root, 0, err);
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    return result;
}
