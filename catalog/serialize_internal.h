/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the RDF writer share: serialize.c, serialize_turtle.c, serialize_xml.c. */
#ifndef IC_SERIALIZE_INTERNAL_H
#define IC_SERIALIZE_INTERNAL_H

#include "serialize.h"

struct ic_writer_prefix {
    char *prefix, *iri;
    size_t iri_length;
};

struct ic_writer {
    enum ic_rdf_syntax syntax;
    FILE *out;
    struct ic_writer_prefix *prefixes;
    size_t prefix_count;
    bool begun;      /* the head has been written */
    char *subject;   /* of the open statement, as a key; NULL: none is open */
    char *predicate; /* Turtle: of the open statement */
};

/* The prefix with the longest IRI that `iri` begins with, or NULL. */
const struct ic_writer_prefix *ic_writer_find_prefix(const struct ic_writer *writer,
                                                     const char *iri);

/* True when `term` is the one that *kept stands for; else *kept becomes it. IC_NO_MEMORY. */
enum ic_status ic_writer_same(char **kept, const struct ic_term *term, bool *same,
                              struct ic_error *error);

enum ic_status ic_turtle_write(struct ic_writer *writer, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               struct ic_error *error);
void ic_turtle_end(struct ic_writer *writer);

enum ic_status ic_rdfxml_write(struct ic_writer *writer, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               struct ic_error *error);
void ic_rdfxml_end(struct ic_writer *writer);

#endif
