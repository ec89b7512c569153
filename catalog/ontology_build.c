/* SPDX-License-Identifier: Apache-2.0 */
/* Building an ontology from documents, and its lifetime. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

/* Notes a prefix; one that two files declare for different namespaces loses its meaning. */
static enum ic_status add_prefix(struct ic_ontology_graph *graph, const char *prefix,
                                 const char *iri)
{
    struct ic_ontology *ontology = graph->ontology;
    for (size_t i = 0; i < ontology->prefix_count; i++) {
        struct ic_ontology_prefix *known = &ontology->prefixes[i];
        if (strcmp(known->prefix, prefix) != 0)
            continue;
        if (known->iri && strcmp(known->iri, iri) != 0)
            known->iri = NULL;
        return IC_OK;
    }
    struct ic_ontology_prefix *added = &ontology->prefixes[ontology->prefix_count];
    added->prefix = ic_arena_strdup(ontology->arena, prefix);
    added->iri = ic_arena_strdup(ontology->arena, iri);
    if (!added->prefix || !added->iri)
        return ic_ontology_no_memory(graph);
    ontology->prefix_count++;
    return IC_OK;
}

static enum ic_status read_prefixes(struct ic_ontology_graph *graph,
                                    struct ic_document *const *documents, size_t count)
{
    struct ic_ontology *ontology = graph->ontology;
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += ic_document_prefix_count(documents[i]);
    ontology->prefixes =
        ic_arena_alloc(ontology->arena, (total + 1) * sizeof *ontology->prefixes);
    if (!ontology->prefixes)
        return ic_ontology_no_memory(graph);
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < count && status == IC_OK; i++) {
        const size_t prefixes = ic_document_prefix_count(documents[i]);
        for (size_t p = 0; p < prefixes && status == IC_OK; p++) {
            const char *prefix, *iri;
            ic_document_prefix(documents[i], p, &prefix, &iri);
            status = add_prefix(graph, prefix, iri);
        }
    }
    return status;
}

const char *ic_ontology_prefix_of(const struct ic_ontology *ontology, const char *iri,
                                  size_t length)
{
    const char *best = NULL;
    for (size_t i = 0; i < ontology->prefix_count; i++) {
        const struct ic_ontology_prefix *known = &ontology->prefixes[i];
        if (*known->prefix && known->iri && strlen(known->iri) == length &&
            strncmp(known->iri, iri, length) == 0 && (!best || strcmp(known->prefix, best) < 0))
            best = known->prefix;
    }
    return best;
}

/* owl:versionInfo of resOntology itself, else of the first ontology by IRI that has one. */
static enum ic_status read_version(struct ic_ontology_graph *graph)
{
    const size_t nodes = ic_document_term_count(graph->terms);
    uint32_t best = IC_NO_NODE;
    for (uint32_t node = 0; node < nodes; node++) {
        size_t count;
        if (!ic_ontology_has_type(graph, node, IC_NS_OWL "Ontology") ||
            !ic_ontology_facts(graph, node, IC_NS_OWL "versionInfo", &count))
            continue;
        const struct ic_term *term = ic_ontology_term(graph, node);
        if (strcmp(term->text, IC_NS_PAYLOAD) == 0) {
            best = node;
            break;
        }
        if (best == IC_NO_NODE || ic_term_compare(term, ic_ontology_term(graph, best)) < 0)
            best = node;
    }
    graph->ontology->version = "";
    if (best == IC_NO_NODE)
        return IC_OK;
    const char *version;
    const enum ic_status status =
        ic_ontology_text(graph, best, IC_NS_OWL "versionInfo", &version);
    if (status == IC_OK && version)
        graph->ontology->version = version;
    return status;
}

static struct ic_ontology *ontology_new(void)
{
    struct ic_ontology *ontology = calloc(1, sizeof *ontology);
    if (!ontology)
        return NULL;
    atomic_init(&ontology->references, 1);
    ontology->arena = ic_arena_new();
    if (!ontology->arena) {
        free(ontology);
        return NULL;
    }
    return ontology;
}

/* `digest` NULL: it has to be computed. */
static enum ic_status build(struct ic_ontology_graph *graph,
                            struct ic_document *const *documents, size_t count,
                            const char *digest)
{
    static enum ic_status (*const steps[])(struct ic_ontology_graph *) = {
        read_version,
        ic_ontology_read_units,
        ic_unit_read_forms,
        ic_unit_read_rates,
        ic_ontology_read_concepts,
        ic_ontology_read_properties,
        ic_ontology_read_hierarchies};
    enum ic_status status = ic_ontology_graph_load(graph, documents, count);
    if (status == IC_OK && digest)
        snprintf(graph->ontology->digest, sizeof graph->ontology->digest, "%s", digest);
    else if (status == IC_OK)
        status = ic_ontology_graph_digest(graph, graph->ontology->digest);
    if (status == IC_OK)
        status = read_prefixes(graph, documents, count);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == IC_OK; i++)
        status = steps[i](graph);
    return status;
}

enum ic_status ic_ontology_build_known(struct ic_document *const *documents, size_t count,
                                       const char *digest, struct ic_ontology **ontology,
                                       struct ic_error *error)
{
    struct ic_ontology_graph graph = {.ontology = ontology_new(), .error = error};
    if (!graph.ontology)
        return ic_ontology_no_memory(&graph);
    const enum ic_status status = build(&graph, documents, count, digest);
    ic_ontology_graph_free(&graph);
    if (status == IC_OK)
        *ontology = graph.ontology;
    else
        ic_ontology_release(graph.ontology);
    return status;
}

enum ic_status ic_ontology_build(struct ic_document *const *documents, size_t count,
                                 struct ic_ontology **ontology, struct ic_error *error)
{
    return ic_ontology_build_known(documents, count, NULL, ontology, error);
}

struct ic_ontology *ic_ontology_retain(struct ic_ontology *ontology)
{
    atomic_fetch_add_explicit(&ontology->references, 1, memory_order_relaxed);
    return ontology;
}

void ic_ontology_release(struct ic_ontology *ontology)
{
    if (!ontology ||
        atomic_fetch_sub_explicit(&ontology->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < ontology->scheme_count; i++)
        ic_ontology_map_clear(&((struct ic_ontology_scheme *)ontology->schemes[i])->spellings);
    ic_ontology_map_clear(&ontology->property_by_iri);
    ic_ontology_map_clear(&ontology->property_by_name);
    ic_ontology_map_clear(&ontology->concept_by_iri);
    ic_ontology_map_clear(&ontology->scheme_by_iri);
    ic_ontology_map_clear(&ontology->any_spelling);
    ic_ontology_map_clear(&ontology->unit_by_iri);
    ic_ontology_map_clear(&ontology->unit_spellings);
    ic_ontology_map_clear(&ontology->unit_lowercase);
    for (size_t i = 0; i < ontology->unit_count; i++)
        ic_unit_form_clear(&ontology->units[i]->form);
    for (size_t i = 0; i < ontology->rate_count; i++)
        mpq_clear(ontology->rates[i].rate);
    ic_ontology_map_clear(&ontology->classes);
    ic_arena_free(ontology->arena);
    free(ontology);
}
