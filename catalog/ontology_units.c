/* SPDX-License-Identifier: Apache-2.0 */
/* Reading how people write units. */
#include "ontology_internal.h"

#define QUDT_UNIT "http://qudt.org/schema/qudt/Unit"

/* The literals of a subject with a predicate, in the ontology's arena. */
static enum ic_status read_literals(struct ic_ontology_graph *graph, uint32_t subject,
                                    const char *predicate, const char **texts, size_t *count)
{
    size_t facts_count;
    const struct ic_ontology_fact *facts =
        ic_ontology_facts(graph, subject, predicate, &facts_count);
    for (size_t i = 0; i < facts_count; i++) {
        const struct ic_term *term = ic_ontology_term(graph, facts[i].object);
        if (term->kind != IC_LITERAL)
            return ic_ontology_fail(graph, &facts[i], "%s must be a literal",
                                    ic_ontology_local_name(predicate));
        texts[*count] = ic_arena_copy(graph->ontology->arena, term->text, term->length);
        if (!texts[*count])
            return ic_ontology_no_memory(graph);
        ++*count;
    }
    return IC_OK;
}

static enum ic_status read_unit(struct ic_ontology_graph *graph, uint32_t node)
{
    struct ic_arena *arena = graph->ontology->arena;
    const size_t facts = graph->first[node + 1] - graph->first[node];
    struct ic_ontology_unit *unit = ic_arena_alloc(arena, sizeof *unit);
    const char **texts = ic_arena_alloc(arena, (facts + 1) * sizeof *texts);
    const char **labels = ic_arena_alloc(arena, (facts + 1) * sizeof *labels);
    if (!unit || !texts || !labels ||
        !(unit->iri = ic_arena_strdup(arena, ic_ontology_term(graph, node)->text)))
        return ic_ontology_no_memory(graph);
    unit->spellings = texts;
    unit->labels = labels;
    enum ic_status status = ic_ontology_text(graph, node, IC_NS_SKOS "notation", &unit->name);
    if (status == IC_OK)
        status =
            read_literals(graph, node, IC_NS_SKOS "notation", texts, &unit->spelling_count);
    if (status == IC_OK)
        status =
            read_literals(graph, node, IC_NS_SKOS "altLabel", texts, &unit->spelling_count);
    if (status == IC_OK)
        status = read_literals(graph, node, IC_NS_RDFS "label", labels, &unit->label_count);
    if (status != IC_OK)
        return status;
    if (!unit->name)
        unit->name = unit->label_count ? labels[0] : ic_ontology_local_name(unit->iri);
    if (!ic_ontology_map_put(&graph->ontology->units, arena, unit->iri, unit))
        return ic_ontology_no_memory(graph);
    return IC_OK;
}

enum ic_status ic_ontology_read_units(struct ic_ontology_graph *graph)
{
    const size_t nodes = ic_document_term_count(graph->terms);
    enum ic_status status = IC_OK;
    for (uint32_t node = 0; node < nodes && status == IC_OK; node++)
        if (ic_ontology_has_type(graph, node, QUDT_UNIT))
            status = read_unit(graph, node);
    return status;
}
