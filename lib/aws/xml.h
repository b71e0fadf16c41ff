/* XML answers of the query protocol as JSON. The only user of libxml2. */
#ifndef SK_AWS_XML_H
#define SK_AWS_XML_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

/* The root element's content as an object: element names become members; lists, structures, numbers
 * and booleans as aws/shape.h says for `service`, everything else text. An empty list element
 * becomes
 * []. No DTDs, entities or network. New; NULL with SK_E_PROTOCOL. */
json_t *sk_aws_xml_parse(const char *service, const char *text, size_t length,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
