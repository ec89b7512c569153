/* SPDX-License-Identifier: Apache-2.0 */
/* The character classes that Turtle, SPARQL and N-Triples share (RDF 1.1 Turtle, section 6.5).
 *
 * Threads: any. */
#ifndef IC_RDF_CHARS_H
#define IC_RDF_CHARS_H

#include <stdbool.h>
#include <stddef.h>

/* The next two for codes beyond ASCII. */
bool ic_rdf_wide_name_start(long code);
bool ic_rdf_wide_name_character(long code);

/* PN_CHARS_U: what a name or label begins with. */
static inline bool ic_rdf_name_start(long code)
{
    return code < 0x80
               ? (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') || code == '_'
               : ic_rdf_wide_name_start(code);
}

/* PN_CHARS: what it goes on with. */
static inline bool ic_rdf_name_character(long code)
{
    return code < 0x80 ? ic_rdf_name_start(code) || (code >= '0' && code <= '9') || code == '-'
                       : ic_rdf_wide_name_character(code);
}

/* What may stand between < and >. */
static inline bool ic_rdf_iri_character(long code)
{
    if (code <= 0x20)
        return false;
    switch (code) {
    case '<':
    case '>':
    case '"':
    case '{':
    case '}':
    case '|':
    case '^':
    case '`':
    case '\\':
        return false;
    default:
        return true;
    }
}

/* A language tag's; `first`: in the first subtag. */
bool ic_rdf_tag_character(int c, bool first);

/* The longest language tag, in bytes: raptor keeps the length in one byte. */
enum { IC_RDF_TAG_BYTES_MAX = 255 };

/* A whole language tag, no longer than that. */
bool ic_rdf_tag(const char *tag);

/* A URI scheme's (RFC 3986, section 3.1). */
bool ic_rdf_scheme_character(char c, bool first);

#endif
