/* SPDX-License-Identifier: Apache-2.0 */
/* The character classes that Turtle, SPARQL and N-Triples share (RDF 1.1 Turtle, section 6.5).
 *
 * Threads: any. */
#ifndef IC_RDF_CHARS_H
#define IC_RDF_CHARS_H

#include <stdbool.h>
#include <stddef.h>

/* PN_CHARS_U: what a name or label begins with. */
bool ic_rdf_name_start(long code);

/* PN_CHARS: what it goes on with. */
bool ic_rdf_name_character(long code);

/* What may stand between < and >. */
bool ic_rdf_iri_character(long code);

/* A language tag's; `first`: in the first subtag. */
bool ic_rdf_tag_character(int c, bool first);

/* The longest language tag, in bytes: raptor keeps the length in one byte. */
enum { IC_RDF_TAG_BYTES_MAX = 255 };

/* A whole language tag, no longer than that. */
bool ic_rdf_tag(const char *tag);

/* A URI scheme's (RFC 3986, section 3.1). */
bool ic_rdf_scheme_character(char c, bool first);

#endif
