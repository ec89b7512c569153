/* SPDX-License-Identifier: Apache-2.0 */
/* One XML element with everything in it, as a tree in an arena.
 *
 * The tree keeps prefixes and namespace declarations as they were written, so that a subtree
 * can be written out again as a document of its own in which QNames in content still mean
 * what they meant.
 * Threads: a finished tree may be read by any number of threads. */
#ifndef IC_XML_H
#define IC_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "catalog/arena.h"

/* What one element may hold; 0 takes the default beside it. */
struct ic_xml_limits {
    size_t bytes_max;      /* of its source; IC_XML_BYTES_MAX */
    size_t elements_max;   /* IC_XML_ELEMENTS_MAX */
    size_t attributes_max; /* of one element, declarations too; IC_XML_ATTRIBUTES_MAX */
    size_t depth_max;      /* IC_XML_DEPTH_MAX */
};

enum {
    IC_XML_BYTES_MAX = 1024 * 1024,
    IC_XML_ELEMENTS_MAX = 64 * 1024,
    IC_XML_ATTRIBUTES_MAX = 64,
    IC_XML_DEPTH_MAX = 64
};

/* `ns` is "" for a name in no namespace, `prefix` NULL where the name had none. */
struct ic_xml_attribute {
    struct ic_xml_attribute *next;
    const char *ns, *prefix, *name, *value;
};

/* xmlns:PREFIX='URI', or xmlns='URI' when `prefix` is NULL. */
struct ic_xml_declaration {
    struct ic_xml_declaration *next;
    const char *prefix, *uri;
};

/* A child: an element, or text when `element` is NULL. */
struct ic_xml_node {
    struct ic_xml_node *next;
    struct ic_element *element;
    const char *text;
    size_t length;
};

struct ic_element {
    const char *ns, *prefix, *name;
    struct ic_element *parent; /* NULL: the root */
    struct ic_xml_node *node;  /* itself among its parent's children; NULL: the root */
    struct ic_xml_attribute *attributes, *last_attribute;
    struct ic_xml_declaration *declarations;
    struct ic_xml_node *first, *last;
};

bool ic_element_is(const struct ic_element *element, const char *ns, const char *name);

/* The value of an attribute in no namespace, or NULL. */
const char *ic_element_attribute(const struct ic_element *element, const char *name);

/* xml:lang of the element or the nearest ancestor that has one, or NULL. */
const char *ic_element_language(const struct ic_element *element);

/* The first child element, the next one after `child`; NULL: none. Text is passed over. */
const struct ic_element *ic_element_first(const struct ic_element *element);
const struct ic_element *ic_element_next(const struct ic_element *child);

/* The only child element, or NULL when there are none or several. */
const struct ic_element *ic_element_only(const struct ic_element *element);

/* All text directly in it, in `arena`; NULL when memory is out. */
char *ic_element_text(const struct ic_element *element, struct ic_arena *arena);

/* The text without the white space around it, cut in place. */
char *ic_text_trim(char *text);

/* Writes it as a document of its own, with every declaration that is in scope. */
void ic_element_write(const struct ic_element *element, struct ic_buffer *buffer);

#endif
