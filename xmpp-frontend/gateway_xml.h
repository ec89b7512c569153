/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's XML: files and stanzas into trees, trees into text for people.
 * Threads: any. */
#ifndef IC_GATEWAY_XML_H
#define IC_GATEWAY_XML_H

#include <stdio.h>

#include "catalog/arena.h"
#include "catalog/status.h"
#include "xml.h"

/* Parses one document. Comments and processing instructions are left out; a document type
 * declaration is refused, so no entity is expanded and no other file is opened. `name` stands
 * in messages. IC_BAD_INPUT: line and column; IC_TOO_LARGE names the limit. Owned:
 * ic_arena_free(*arena), which frees `*root` too. */
enum ic_status ic_gateway_xml_parse(const char *name, const char *bytes, size_t length,
                                    const struct ic_xml_limits *limits, struct ic_arena **arena,
                                    struct ic_element **root, struct ic_error *error);

/* Writes an element for people: children on lines of their own, indented, where there is no
 * text between them; text as it is, but without raw control characters. */
void ic_gateway_xml_indent(const struct ic_element *element, FILE *out);

#endif
