/* SPDX-License-Identifier: Apache-2.0 */
/* The names of an ontology's attributes without the rest: a small ontology for whoever reads
 * advertisements elsewhere. */
#include "ontology_internal.h"

/* Stated of every property, so that the names alone are an ontology that can be built. */
static const struct {
    const char *predicate, *iri, *text; /* the object is one of the last two */
} described[] = {{IC_RDF_TYPE, IC_NS_RDF "Property", NULL},
                 {IC_NS_RDFS "label", NULL, "-"},
                 {IC_NS_RDFS "comment", NULL, "-"},
                 {IC_NS_RDFS "range", IC_XSD_STRING, NULL},
                 {IC_NS_META "match", IC_NS_META "Equal", NULL}};

static enum ic_status describe(struct ic_document *document, const char *property,
                               struct ic_error *error)
{
    const struct ic_term subject = ic_term_iri(property);
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < sizeof described / sizeof *described && status == IC_OK; i++) {
        const struct ic_term predicate = ic_term_iri(described[i].predicate);
        const struct ic_term object = described[i].iri
                                          ? ic_term_iri(described[i].iri)
                                          : ic_term_literal(described[i].text, NULL);
        status = ic_document_add(document, &subject, &predicate, &object, NULL, 0, error);
    }
    return status;
}

enum ic_status ic_ontology_write_names(const struct ic_ontology *ontology,
                                       struct ic_document *document, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < ontology->prefix_count && status == IC_OK; i++) {
        const struct ic_ontology_prefix *known = &ontology->prefixes[i];
        if (known->iri)
            status = ic_document_set_prefix(document, known->prefix, known->iri, error);
    }
    for (size_t i = 0; i < ontology->property_count && status == IC_OK; i++)
        status = describe(document, ontology->properties[i]->iri, error);
    return status;
}
