/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of Turtle, TriG, N-Triples and N-Quads, checked token by token.
 *
 * What is right is handed on as text to raptor, which resolves names and IRIs and makes
 * statements. What raptor does not say or do, the grammar adds: exact places of errors, the
 * line of each statement, prefixes that nobody declared, TriG's GRAPH.
 * Threads: none of its own. */
#ifndef IC_IMPORTERS_TURTLE_GRAMMAR_H
#define IC_IMPORTERS_TURTLE_GRAMMAR_H

#include "turtle_lexer.h"

enum { IC_TURTLE_NESTING_MAX = 100 }; /* [ ] and ( ) inside each other */

/* Where the checked text goes. */
struct ic_turtle_sink {
    void *context;
    /* Checked text, of whole statements. */
    enum ic_status (*text)(void *context, const char *text, size_t length);
    /* A statement that raptor will make of the text so far, in the order in which it will. */
    enum ic_status (*statement)(void *context, uint32_t line, int role);
};

struct ic_turtle_summary {
    size_t statements; /* triples or quads */
    size_t named;      /* of them with a graph name */
    size_t directives; /* @prefix, @base, PREFIX, BASE */
};

/* Reads everything from `lexer`. `graph_names`: false refuses them. `sink` NULL: only checks.
 * `summary` is kept up to date also when it fails. */
enum ic_status ic_turtle_read(struct ic_turtle_lexer *lexer, bool graph_names,
                              const struct ic_turtle_sink *sink,
                              struct ic_turtle_summary *summary);

/* The predicate of the statements that name a graph or the base (IC_ROLE_NAME, IC_ROLE_BASE).
 */
#define IC_TURTLE_NAMES "urn:x-intercloud:names"

#endif
