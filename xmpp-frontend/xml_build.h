/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the tree of one element from a parser's events, within limits.
 * Threads: a builder belongs to one thread at a time. */
#ifndef IC_XML_BUILD_H
#define IC_XML_BUILD_H

#include "xml.h"

/* Between namespace, local name and prefix in the names that expat reports: no URI can hold
 * it, and expat refuses a document in which one does. */
#define IC_XML_SEPARATOR '\n'

struct ic_xml_builder {
    struct ic_arena *arena;
    struct ic_element *root, *current;
    struct ic_xml_declaration *pending; /* of the start tag that comes next */
    struct ic_buffer text;              /* character data since the last tag */
    struct ic_xml_limits limits;        /* none is 0 */
    size_t elements, depth;
    const char *refused; /* the limit that was passed; nothing is kept from then on */
    bool no_memory;
};

void ic_xml_builder_init(struct ic_xml_builder *builder, const struct ic_xml_limits *limits);

/* Drops a tree that was not taken. */
void ic_xml_builder_clear(struct ic_xml_builder *builder);

/* `offset` is the number of bytes from the root's first to the last of this tag or text. */
void ic_xml_builder_declare(struct ic_xml_builder *builder, const char *prefix,
                            const char *uri);
void ic_xml_builder_start(struct ic_xml_builder *builder, const char *name,
                          const char *const *attributes, size_t offset);
void ic_xml_builder_add_text(struct ic_xml_builder *builder, const char *text, size_t length,
                             size_t offset);
/* True when the root has ended: the tree is complete. */
bool ic_xml_builder_end(struct ic_xml_builder *builder);

#endif
