/* SPDX-License-Identifier: Apache-2.0 */
/* The raptor2 library as the importers use it: text goes in, statements arrive in a document.
 *
 * raptor never sees a byte that was not checked before: Turtle and its relatives come through
 * turtle.c, RDF/XML through rdfxml.c. These also know the places, which raptor does not.
 * Threads: a reader belongs to one thread. */
#ifndef IC_IMPORTERS_RAPTOR_H
#define IC_IMPORTERS_RAPTOR_H

#include "catalog/importer.h"

struct ic_raptor;

enum ic_statement_role {
    IC_ROLE_PLAIN,    /* a statement of the default graph, or of the graph that raptor says */
    IC_ROLE_IN_GRAPH, /* of the graph that was named last */
    IC_ROLE_NAME,     /* not a statement: its subject names the graph of those that follow */
    IC_ROLE_BASE      /* not a statement: its subject is the base IRI from here on */
};

struct ic_place {
    unsigned long line, column;
    enum ic_statement_role role;
};

struct ic_raptor_hooks {
    void *context;
    /* Called once for each statement, in raptor's order. False: raptor made a statement that
     * the text does not have. */
    bool (*statement)(void *context, struct ic_place *place);
    /* What raptor is reading, for its error messages. */
    struct ic_place (*current)(void *context);
};

/* Makes raptor's parser called `syntax`. `context`, `document` and `error` are borrowed until
 * the end. Owned: ic_raptor_free. */
enum ic_status ic_raptor_new(const char *syntax, const struct ic_import_context *context,
                             struct ic_document *document, struct ic_raptor_hooks hooks,
                             struct ic_raptor **raptor, struct ic_error *error);

/* Begins a text, feeds it piece by piece, ends it. They return the first failure, and again on
 * every later call. */
enum ic_status ic_raptor_begin(struct ic_raptor *raptor);
enum ic_status ic_raptor_feed(struct ic_raptor *raptor, const char *text, size_t length);
enum ic_status ic_raptor_end(struct ic_raptor *raptor);

/* Reads Turtle that consists of whole statements, with the prefixes and the base of what was
 * read before: raptor keeps all of a Turtle text in memory until its end, so a long one is
 * given in parts. */
enum ic_status ic_raptor_turtle(struct ic_raptor *raptor, const char *text, size_t length);

void ic_raptor_free(struct ic_raptor *raptor);

#endif
