/* SPDX-License-Identifier: Apache-2.0 */
/* Triples as Turtle, N-Triples or N-Quads. */
#include "results_internal.h"
#include "serialize.h"

static const struct {
    const char *prefix, *iri;
} prefixes[] = {{"", IC_NS},         {"ic", IC_NS_META},   {"xsd", IC_NS_XSD},
                {"rdf", IC_NS_RDF},  {"rdfs", IC_NS_RDFS}, {"owl", IC_NS_OWL},
                {"skos", IC_NS_SKOS}};

static enum ic_status begin(struct ic_results_writer *writer, enum ic_rdf_syntax syntax,
                            struct ic_error *error)
{
    enum ic_status status = ic_writer_new(syntax, writer->out, &writer->rdf, error);
    if (status != IC_OK || syntax != IC_RDF_TURTLE)
        return status;
    for (size_t i = 0; status == IC_OK && i < sizeof prefixes / sizeof *prefixes; i++)
        status = ic_writer_prefix(writer->rdf, prefixes[i].prefix, prefixes[i].iri, error);
    return status;
}

static enum ic_status turtle_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    return begin(writer, IC_RDF_TURTLE, error);
}

static enum ic_status ntriples_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    return begin(writer, IC_RDF_NTRIPLES, error);
}

static enum ic_status nquads_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    return begin(writer, IC_RDF_NQUADS, error);
}

static enum ic_status rdf_triple(struct ic_results_writer *writer,
                                 const struct ic_term *subject, const struct ic_term *predicate,
                                 const struct ic_term *object, struct ic_error *error)
{
    return ic_writer_statement(writer->rdf, subject, predicate, object, NULL, error);
}

static enum ic_status rdf_end(struct ic_results_writer *writer, struct ic_error *error)
{
    return ic_writer_end(writer->rdf, error);
}

const struct results_format results_turtle_format = {
    .name = "turtle", .begin = turtle_begin, .triple = rdf_triple, .end = rdf_end};
const struct results_format results_ntriples_format = {
    .name = "ntriples", .begin = ntriples_begin, .triple = rdf_triple, .end = rdf_end};
const struct results_format results_nquads_format = {
    .name = "nquads", .begin = nquads_begin, .triple = rdf_triple, .end = rdf_end};
