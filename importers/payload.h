/* SPDX-License-Identifier: Apache-2.0 */
/* What a cloud may publish over XMPP: one XML element.
 *
 *     <advertisement xmlns='http://www.csp/resOntology'>...</advertisement>
 *     <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>...</rdf:RDF>
 *     <document xmlns='http://www.csp/resOntology' type='text/turtle'>escaped text</document>
 *
 * <advertisement> and <document> may have a lease='PT1H'.
 * Threads: any. */
#ifndef IC_IMPORTERS_PAYLOAD_H
#define IC_IMPORTERS_PAYLOAD_H

#include "catalog/importer.h"

/* Reads the element `xml` (self-contained: it declares the namespaces it uses) of `length`
 * bytes into `document`. A <document>'s type may be that of turtle, ntriples, nquads (without
 * graph names), rdfxml or advertisement. The lines and columns of errors in a <document>'s
 * text count from the beginning of that text. `bytes_max` bounds the payload, and a
 * <document>'s text again; 0: none. *chosen (may be NULL): the format. IC_BAD_INPUT,
 * IC_TOO_LARGE, IC_NO_MEMORY. */
enum ic_status ic_import_payload(const char *xml, size_t length,
                                 const struct ic_ontology *ontology, size_t bytes_max,
                                 struct ic_document *document,
                                 const struct ic_importer **chosen, struct ic_error *error);

#endif
