/* SPDX-License-Identifier: Apache-2.0 */
/* The outline of a SPARQL text: where its verb, its template and its ORDER BY stand, found by
 * tokens (SPARQL 1.1 Query, section 19.8) without parsing. Private to the rasqal engine.
 * Threads: any. */
#ifndef IC_SPARQL_OUTLINE_H
#define IC_SPARQL_OUTLINE_H

#include <stddef.h>

enum sparql_verb { SPARQL_NONE, SPARQL_SELECT, SPARQL_ASK, SPARQL_CONSTRUCT, SPARQL_DESCRIBE };

/* Offsets in bytes. Where a part is missing its start and end are equal. */
struct sparql_outline {
    enum sparql_verb verb;
    size_t verb_start;
    size_t head_end;      /* where FROM, WHERE or "{" of the pattern begins, or the end */
    size_t pattern_start; /* that "{", or the end of the text */
    size_t order_start, order_end;
    const char *beyond; /* the first construct that rasqal does not do, else NULL */
    size_t beyond_start;
    size_t depth;      /* of braces in the pattern */
    size_t exists;     /* how many FILTER EXISTS and FILTER NOT EXISTS there are */
    size_t parts;      /* FILTERs, UNIONs, OPTIONALs, BINDs, "||" and "&&" */
    size_t path_start; /* an operator of property paths, 0: none was seen */
};

void sparql_outline_scan(const char *text, size_t length, struct sparql_outline *outline);

/* What stands for FILTER EXISTS and FILTER NOT EXISTS in a text that rasqal parses: SERVICE of
 * one of these, which no query that reaches rasqal has. */
#define SPARQL_EXISTS_IRI "urn:intercloud:exists"
#define SPARQL_NOT_EXISTS_IRI "urn:intercloud:not-exists"

/* The text with those in place of the filters, on the same lines. Owned: free. NULL when memory
 * is out. */
char *sparql_outline_mark_exists(const char *text, size_t length);

/* Line and column, from 1, of an offset. The column counts bytes. */
void sparql_place(const char *text, size_t offset, unsigned long *line, unsigned long *column);

#endif
