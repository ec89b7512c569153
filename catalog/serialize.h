/* SPDX-License-Identifier: Apache-2.0 */
/* Writing statements as RDF: Turtle, N-Triples, N-Quads (RDF 1.1), RDF/XML.
 *
 * Statements are written as they come: nothing is kept but the last subject and predicate,
 * which Turtle does not repeat. Sorted statements make the most compact Turtle.
 * Threads: a writer belongs to one thread. */
#ifndef IC_SERIALIZE_H
#define IC_SERIALIZE_H

#include <stdbool.h>
#include <stdio.h>

#include "document.h"
#include "status.h"
#include "term.h"

enum ic_rdf_syntax { IC_RDF_TURTLE, IC_RDF_NTRIPLES, IC_RDF_NQUADS, IC_RDF_XML };

/* "turtle", "ntriples", "nquads", "rdfxml", and their media types. False: none is called so. */
bool ic_syntax_find(const char *name, enum ic_rdf_syntax *syntax);

/* The names, separated by ", ", for messages; static. */
const char *ic_syntax_names(void);

struct ic_writer;

/* Writes to `out`, which stays the caller's. IC_NO_MEMORY. Owned: ic_writer_free. */
enum ic_status ic_writer_new(enum ic_rdf_syntax syntax, FILE *out, struct ic_writer **writer,
                             struct ic_error *error);

/* A namespace prefix to use; before the first statement. Ignored by N-Triples and N-Quads, when
 * the prefix has an IRI already, and when Turtle and XML would not both allow it.
 * IC_NO_MEMORY. */
enum ic_status ic_writer_prefix(struct ic_writer *writer, const char *prefix, const char *iri,
                                struct ic_error *error);

/* Writes one statement; `graph` NULL: the default graph. IC_BAD_INPUT: what the syntax cannot
 * say (a graph name outside N-Quads; a character or a predicate in RDF/XML). */
enum ic_status ic_writer_statement(struct ic_writer *writer, const struct ic_term *subject,
                                   const struct ic_term *predicate,
                                   const struct ic_term *object, const struct ic_term *graph,
                                   struct ic_error *error);

/* Ends the text and reports a failed `out`: IC_NO_SPACE, IC_IO. */
enum ic_status ic_writer_end(struct ic_writer *writer, struct ic_error *error);

void ic_writer_free(struct ic_writer *writer);

/* Writes a whole document, with the prefixes it declared. */
enum ic_status ic_write_document(const struct ic_document *document, enum ic_rdf_syntax syntax,
                                 FILE *out, struct ic_error *error);

#endif
