/* SPDX-License-Identifier: Apache-2.0 */
/* Terms as Turtle (RDF 1.1 Turtle) for people: short, and without anything that could reach a
 * terminal raw. */
#ifndef IC_SHELL_TURTLE_H
#define IC_SHELL_TURTLE_H

#include <stdio.h>

#include "term.h"

enum { IC_TURTLE_PREFIXES_MAX = 32, IC_TURTLE_PREFIX_BYTES_MAX = 64 };

/* The prefixes that have been used. Zeroed: none yet. */
struct ic_turtle {
    struct ic_turtle_prefix {
        char name[IC_TURTLE_PREFIX_BYTES_MAX], iri[2 * IC_TURTLE_PREFIX_BYTES_MAX];
    } prefixes[IC_TURTLE_PREFIXES_MAX];
    size_t count;
};

void ic_turtle_term(struct ic_turtle *turtle, const struct ic_term *term, FILE *out);

/* The term as text. Owned: free. NULL when memory is out. */
char *ic_turtle_text(struct ic_turtle *turtle, const struct ic_term *term);

/* Declares the prefixes that have been used, by name. */
void ic_turtle_prefixes(struct ic_turtle *turtle, FILE *out);

#endif
