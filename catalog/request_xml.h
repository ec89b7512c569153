/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the XML request reader share: the elements, and what is being read. */
#ifndef IC_REQUEST_XML_H
#define IC_REQUEST_XML_H

#include <expat.h>

#include "request_internal.h"

#define REQUEST_XML_SEPARATOR '\n' /* expat puts it between namespace and name */
#define REQUEST_XML_NS "http://www.w3.org/XML/1998/namespace"

enum element {
    ROOT, /* the outside of the document */
    CONSTRAINTS,
    CONSTRAINT,
    ANY,
    OFFER,
    PREFERENCE,
    ATTRIBUTE,
    VALUE,
    RETURN,
    SET,
    MAX,
    AFTER,
    ELEMENT_COUNT
};

#define IN(element) (1U << (element))

enum { DEPTH_MAX = 6 /* constraints, offer, any, constraint, value */ };

/* What the table in request_xml_shape.c says of an element. */
bool request_xml_has_text(enum element element);
const char *request_xml_name(enum element element);

struct reader {
    XML_Parser parser;
    struct ic_request *request;
    struct ic_error *error;
    enum ic_status status;
    bool version1;
    enum element stack[DEPTH_MAX];
    size_t depth;
    unsigned seen; /* elements that stand at most once in the request: RETURN, SET */
    /* What is being read. */
    char *text; /* of the innermost element; as long as the whole input */
    size_t text_length;
    bool preserve;
    struct ic_request_value value;
    struct ic_simple simple;
    struct ic_constraint constraint;
    struct ic_group group;
    struct ic_preference preference;
};

/* The element whose inside is being read. */
enum element request_xml_parent(const struct reader *reader);

struct ic_request_place request_xml_place(const struct reader *reader);

/* Notes a failure and stops the parser; nothing is read after it. */
void request_xml_stop(struct reader *reader, enum ic_status status);

/* IC_BAD_INPUT at the parser's place. */
void request_xml_fail(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The element named `name` (namespace, separator, local name), checked against where it stands;
 * ELEMENT_COUNT after a failure. */
enum element request_xml_find(struct reader *reader, const char *name);

/* False after a failure. Attributes in the xml: namespace may stand everywhere. */
bool request_xml_check_attributes(struct reader *reader, enum element element,
                                  const char *const *attributes);

#endif
