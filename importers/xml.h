/* SPDX-License-Identifier: Apache-2.0 */
/* XML as the importers read it: expat with namespaces, bounded, with exact places, and without
 * any way to another file or to the network.
 *
 * No external entity, external DTD or parameter entity is ever read: a use of one is an error.
 * A document type declaration as such is refused unless the caller allows it.
 * Threads: a reader belongs to one thread. */
#ifndef IC_IMPORTERS_XML_H
#define IC_IMPORTERS_XML_H

/* expat.h declares its limits on entities only for this. */
#ifndef XML_DTD
#define XML_DTD 1
#endif
#include <expat.h>

#include "source.h"

enum {
    IC_XML_DEPTH_MAX = 100,             /* elements inside each other */
    IC_XML_ATTRIBUTES_MAX = 1000,       /* of one element, and as many namespaces: libxml2
                                           compares each with all */
    IC_XML_TEXT_BYTES_MAX = 1024 * 1024 /* one collected text */
};

/* Stands between the parts of a name that expat gives: namespace, local name, prefix. No XML
 * document can contain it. */
#define IC_XML_SEPARATOR '\x01'
#define IC_XML_IN(space, local) space "\x01" local

struct ic_xml {
    XML_Parser parser;
    const char *name; /* of the document, for messages */
    bool allow_dtd;
    unsigned depth;
    void *context; /* the caller's */
    /* Any of these may be NULL. `name` is NAMESPACE SEPARATOR LOCAL [SEPARATOR PREFIX], or
     * LOCAL alone. */
    void (*start)(struct ic_xml *xml, const char *name, const char **attributes);
    void (*end)(struct ic_xml *xml, const char *name);
    void (*text)(struct ic_xml *xml, const char *text, size_t length);
    enum ic_status status; /* the first failure */
    struct ic_error *error;
    char *collected; /* by ic_xml_collect, NUL-terminated */
    size_t collected_length, collected_room;
};

/* Makes the parser; `prefixes`: names carry their prefix too. IC_NO_MEMORY. Owned:
 * ic_xml_close, also after a failure. */
enum ic_status ic_xml_open(struct ic_xml *xml, const char *name, bool prefixes,
                           struct ic_error *error);
void ic_xml_close(struct ic_xml *xml);

/* Parses all of `source`, or a piece of memory. */
enum ic_status ic_xml_read(struct ic_xml *xml, struct ic_source *source);
enum ic_status ic_xml_parse(struct ic_xml *xml, const char *text, size_t length, bool last);

/* Fails at the place of the current event and stops the parser; the first failure stays. */
void ic_xml_fail(struct ic_xml *xml, enum ic_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The place of the current event. */
void ic_xml_place(const struct ic_xml *xml, unsigned long *line, unsigned long *column);

/* Adds to xml->collected, or fails above `bytes_max`. */
void ic_xml_collect(struct ic_xml *xml, const char *text, size_t length, size_t bytes_max);
void ic_xml_collect_nothing(struct ic_xml *xml);

/* True when `name` from expat is NAMESPACE SEPARATOR LOCAL (or LOCAL), whatever its prefix. */
bool ic_xml_is(const char *name, const char *expected);

/* The value of attribute `name`, whatever its prefix, or NULL. */
const char *ic_xml_attribute(const char **attributes, const char *name);

/* The local part of a name from expat, for messages; `buffer` holds it. */
const char *ic_xml_local(const char *name, char *buffer, size_t size);

#endif
