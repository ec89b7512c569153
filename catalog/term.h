/* SPDX-License-Identifier: Apache-2.0 */
/* RDF terms (RDF 1.1 Concepts, section 3) and the namespaces the engine knows. */
#ifndef IC_TERM_H
#define IC_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define IC_NS "http://www.csp/resOntology#"           /* attributes */
#define IC_NS_META "http://www.csp/resOntology/meta#" /* annotations, prefix ic: */
#define IC_NS_PAYLOAD "http://www.csp/resOntology"    /* XML payloads over XMPP */
#define IC_NS_XSD "http://www.w3.org/2001/XMLSchema#"
#define IC_NS_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define IC_NS_RDFS "http://www.w3.org/2000/01/rdf-schema#"
#define IC_NS_OWL "http://www.w3.org/2002/07/owl#"
#define IC_NS_SKOS "http://www.w3.org/2004/02/skos/core#"

#define IC_RDF_TYPE IC_NS_RDF "type"
#define IC_XSD_STRING IC_NS_XSD "string"
#define IC_XSD_DECIMAL IC_NS_XSD "decimal"

#define IC_GRAPH_ONTOLOGY "urn:intercloud:ontology" /* reserved graph */
#define IC_GRAPH_METADATA "urn:intercloud:metadata" /* reserved graph */
#define IC_GRAPH_AD_PREFIX "urn:intercloud:ad:"     /* advertisements' graphs */

enum ic_term_kind { IC_IRI = 1, IC_BLANK, IC_LITERAL };

/* A term by value; it borrows its strings. `text` is an absolute IRI, a blank node label
 * without "_:", or a lexical form; UTF-8, never with U+0000, NUL-terminated, `length`
 * bytes. A literal has `language` (a tag) or `datatype` (an IRI); both NULL means
 * xsd:string, and xsd:string is always given as NULL. */
struct ic_term {
    enum ic_term_kind kind;
    size_t length;
    const char *text;
    const char *datatype;
    const char *language;
};

struct ic_term ic_term_iri(const char *iri);
struct ic_term ic_term_literal(const char *text, const char *datatype);

/* Same term (RDF 1.1 Concepts 3.3; language tags without regard to ASCII case). */
bool ic_term_equal(const struct ic_term *a, const struct ic_term *b);

/* Total order for stable output: kind, text in code point order, datatype, language. */
int ic_term_compare(const struct ic_term *a, const struct ic_term *b);

/* Writes it as N-Triples does (RDF 1.1 N-Triples; canonical escapes). */
void ic_term_write(FILE *out, const struct ic_term *term);

/* True when `text` is well-formed UTF-8 without U+0000, surrogates or over-long forms. */
bool ic_utf8_valid(const char *text, size_t length);

#endif
