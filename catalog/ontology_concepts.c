/* SPDX-License-Identifier: Apache-2.0 */
/* Reading concept schemes, concepts and their spellings. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

/* What is known of the graph's nodes while concepts are read. */
struct reading {
    struct ic_ontology_graph *graph;
    struct ic_ontology_scheme **schemes; /* by node, or NULL */
    struct ic_ontology_concept **concepts;
    size_t scheme_count, concept_count;
};

static enum ic_status read_scheme(struct reading *r, uint32_t node)
{
    struct ic_ontology *ontology = r->graph->ontology;
    struct ic_ontology_scheme *scheme = ic_arena_alloc(ontology->arena, sizeof *scheme);
    if (!scheme)
        return ic_ontology_no_memory(r->graph);
    scheme->node = node;
    scheme->public.iri =
        ic_arena_strdup(ontology->arena, ic_ontology_term(r->graph, node)->text);
    if (!scheme->public.iri || !ic_ontology_map_put(&ontology->scheme_by_iri, ontology->arena,
                                                    scheme->public.iri, scheme))
        return ic_ontology_no_memory(r->graph);
    r->schemes[node] = scheme;
    r->scheme_count++;
    enum ic_status status =
        ic_ontology_text(r->graph, node, IC_NS_SKOS "prefLabel", &scheme->public.label);
    if (status == IC_OK && !scheme->public.label)
        status = ic_ontology_text(r->graph, node, IC_NS_RDFS "label", &scheme->public.label);
    if (status == IC_OK && !scheme->public.label)
        scheme->public.label = ic_ontology_local_name(scheme->public.iri);
    return status;
}

/* Makes the node a concept of a scheme, unless it is already. */
static enum ic_status join_scheme(struct reading *r, const struct ic_ontology_fact *fact,
                                  uint32_t concept_node, uint32_t scheme_node)
{
    struct ic_arena *arena = r->graph->ontology->arena;
    struct ic_ontology_scheme *scheme = r->schemes[scheme_node];
    struct ic_ontology_concept *concept = r->concepts[concept_node];
    if (!scheme)
        return ic_ontology_fail(r->graph, fact,
                                "%s is not a skos:ConceptScheme; describe it as one",
                                ic_ontology_term(r->graph, scheme_node)->text);
    if (!concept)
        return ic_ontology_fail(r->graph, fact, "%s is not a skos:Concept; describe it as one",
                                ic_ontology_term(r->graph, concept_node)->text);
    for (size_t i = 0; i < concept->scheme_count; i++)
        if (concept->schemes[i] == scheme)
            return IC_OK;
    struct ic_ontology_scheme **schemes =
        ic_arena_alloc(arena, (concept->scheme_count + 1) * sizeof *schemes);
    if (!schemes)
        return ic_ontology_no_memory(r->graph);
    size_t at = 0; /* keep them by IRI */
    while (at < concept->scheme_count &&
           strcmp(concept->schemes[at]->public.iri, scheme->public.iri) < 0)
        at++;
    for (size_t i = 0; i < concept->scheme_count; i++)
    schemes[i + (i >= at)] = concept->schemes[i];
    schemes[at] = scheme;
    concept->schemes = schemes;
    concept->scheme_count++;
    scheme->concept_count++;
    return IC_OK;
}

static enum ic_status read_concept(struct reading *r, uint32_t node)
{
    struct ic_ontology *ontology = r->graph->ontology;
    struct ic_ontology_concept *concept = ic_arena_alloc(ontology->arena, sizeof *concept);
    if (!concept)
        return ic_ontology_no_memory(r->graph);
    concept->node = node;
    concept->public.iri =
        ic_arena_strdup(ontology->arena, ic_ontology_term(r->graph, node)->text);
    if (!concept->public.iri || !ic_ontology_map_put(&ontology->concept_by_iri, ontology->arena,
                                                     concept->public.iri, &concept->public))
        return ic_ontology_no_memory(r->graph);
    r->concepts[node] = concept;
    r->concept_count++;
    const enum ic_status status =
        ic_ontology_text(r->graph, node, IC_NS_SKOS "prefLabel", &concept->public.label);
    if (status == IC_OK && !concept->public.label)
        return ic_ontology_fail(r->graph, &r->graph->facts[r->graph->first[node]],
                                "concept %s has no skos:prefLabel", concept->public.iri);
    return status;
}

/* All nodes that are stated to be schemes or concepts; blank ones cannot be values. */
static enum ic_status find_nodes(struct reading *r)
{
    const size_t nodes = ic_document_term_count(r->graph->terms);
    enum ic_status status = IC_OK;
    for (uint32_t node = 0; node < nodes && status == IC_OK; node++) {
        if (ic_ontology_term(r->graph, node)->kind != IC_IRI)
            continue;
        if (ic_ontology_has_type(r->graph, node, IC_NS_SKOS "ConceptScheme"))
            status = read_scheme(r, node);
        if (status == IC_OK && ic_ontology_has_type(r->graph, node, IC_NS_SKOS "Concept"))
            status = read_concept(r, node);
    }
    return status;
}

/* skos:inScheme, skos:topConceptOf (which implies it) and skos:hasTopConcept (its inverse). */
static enum ic_status find_memberships(struct reading *r)
{
    const uint32_t in_scheme = ic_document_find_iri(r->graph->terms, IC_NS_SKOS "inScheme");
    const uint32_t top_of = ic_document_find_iri(r->graph->terms, IC_NS_SKOS "topConceptOf");
    const uint32_t has_top = ic_document_find_iri(r->graph->terms, IC_NS_SKOS "hasTopConcept");
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < r->graph->count && status == IC_OK; i++) {
        const struct ic_ontology_fact *fact = &r->graph->facts[i];
        if (fact->predicate == in_scheme || fact->predicate == top_of)
            status = join_scheme(r, fact, fact->subject, fact->object);
        else if (fact->predicate == has_top)
            status = join_scheme(r, fact, fact->object, fact->subject);
    }
    return status;
}

/* ---- spellings ---- */

/* Notes that `text` spells `concept` in each of its schemes. `fact` is where it is written. */
static enum ic_status add_spelling(struct ic_ontology_graph *graph,
                                   const struct ic_ontology_fact *fact,
                                   const struct ic_ontology_concept *concept, const char *text,
                                   size_t length)
{
    struct ic_ontology *ontology = graph->ontology;
    char folded[IC_ONTOLOGY_FOLDED_BYTES];
    ic_ontology_trim(&text, &length);
    const enum ic_status status = ic_ontology_fold(text, length, folded);
    if (status == IC_NO_MEMORY)
        return ic_ontology_no_memory(graph);
    if (status != IC_OK || length == 0)
        return ic_ontology_fail(graph, fact, "a spelling of %s must be 1 to %d bytes long",
                                concept->public.iri, IC_ONTOLOGY_SPELLING_BYTES_MAX);
    const char *key = ic_arena_strdup(ontology->arena, folded);
    if (!key)
        return ic_ontology_no_memory(graph);
    const size_t key_length = strlen(key);
    for (size_t i = 0; i < concept->scheme_count; i++) {
        struct ic_ontology_map *map = &concept->schemes[i]->spellings;
        const struct ic_concept *other = ic_ontology_map_get(map, key, key_length);
        if (other && other != &concept->public)
            return ic_ontology_fail(graph, fact,
                                    "'%.*s' spells both %s and %s of %s; a spelling must name "
                                    "one concept, whatever its upper and lower case",
                                    (int)length, text, other->iri, concept->public.iri,
                                    concept->schemes[i]->public.iri);
        if (!other && !ic_ontology_map_put(map, ontology->arena, key, &concept->public))
            return ic_ontology_no_memory(graph);
    }
    if (!ic_ontology_map_get(&ontology->any_spelling, key, key_length) &&
        !ic_ontology_map_put(&ontology->any_spelling, ontology->arena, key, &concept->public))
        return ic_ontology_no_memory(graph);
    return IC_OK;
}

static enum ic_status add_spellings(struct ic_ontology_graph *graph,
                                    const struct ic_ontology_concept *concept)
{
    static const char *const predicates[] = {IC_NS_SKOS "prefLabel", IC_NS_SKOS "altLabel",
                                             IC_NS_SKOS "notation"};
    const struct ic_ontology_fact *own = &graph->facts[graph->first[concept->node]];
    const char *local = ic_ontology_local_name(concept->public.iri);
    enum ic_status status = add_spelling(graph, own, concept, local, strlen(local));
    for (size_t p = 0; p < sizeof predicates / sizeof *predicates; p++) {
        size_t count;
        const struct ic_ontology_fact *facts =
            ic_ontology_facts(graph, concept->node, predicates[p], &count);
        for (size_t i = 0; i < count && status == IC_OK; i++) {
            const struct ic_term *term = ic_ontology_term(graph, facts[i].object);
            status = term->kind == IC_LITERAL
                         ? add_spelling(graph, &facts[i], concept, term->text, term->length)
                         : ic_ontology_fail(graph, &facts[i], "%s must be a literal",
                                            ic_ontology_local_name(predicates[p]));
        }
    }
    return status;
}

/* ---- arrays ---- */

static int compare_schemes(const void *left, const void *right)
{
    const struct ic_scheme *const *a = left, *const *b = right;
    return strcmp((*a)->iri, (*b)->iri);
}

static int compare_concepts(const void *left, const void *right)
{
    const struct ic_ontology_concept *const *a = left, *const *b = right;
    return strcmp((*a)->public.iri, (*b)->public.iri);
}

/* Puts the schemes and concepts that were found into the ontology, by IRI. */
static enum ic_status list_found(struct reading *r)
{
    struct ic_ontology *ontology = r->graph->ontology;
    const size_t nodes = ic_document_term_count(r->graph->terms);
    ontology->schemes =
        ic_arena_alloc(ontology->arena, (r->scheme_count + 1) * sizeof *ontology->schemes);
    ontology->concepts =
        ic_arena_alloc(ontology->arena, (r->concept_count + 1) * sizeof *ontology->concepts);
    if (!ontology->schemes || !ontology->concepts)
        return ic_ontology_no_memory(r->graph);
    for (size_t node = 0; node < nodes; node++) {
        struct ic_ontology_scheme *scheme = r->schemes[node];
        if (r->concepts[node])
            ontology->concepts[ontology->concept_count++] = r->concepts[node];
        if (!scheme)
            continue;
        ontology->schemes[ontology->scheme_count++] = &scheme->public;
        scheme->concepts = ic_arena_alloc(ontology->arena, (scheme->concept_count + 1) *
                                                               sizeof *scheme->concepts);
        if (!scheme->concepts)
            return ic_ontology_no_memory(r->graph);
        scheme->concept_count = 0; /* counted again as they are listed */
    }
    qsort(ontology->schemes, ontology->scheme_count, sizeof *ontology->schemes,
          compare_schemes);
    qsort(ontology->concepts, ontology->concept_count, sizeof *ontology->concepts,
          compare_concepts);
    return IC_OK;
}

/* Lists each concept with its schemes and notes its spellings, in the order of IRIs. */
static enum ic_status list_members(struct reading *r)
{
    struct ic_ontology *ontology = r->graph->ontology;
    for (size_t i = 0; i < ontology->concept_count; i++) {
        struct ic_ontology_concept *concept = r->concepts[ontology->concepts[i]->node];
        if (concept->scheme_count == 0)
            return ic_ontology_fail(r->graph, &r->graph->facts[r->graph->first[concept->node]],
                                    "concept %s is in no scheme; add skos:inScheme",
                                    concept->public.iri);
        concept->public.scheme = &concept->schemes[0]->public;
        for (size_t s = 0; s < concept->scheme_count; s++) {
            struct ic_ontology_scheme *scheme = concept->schemes[s];
            scheme->concepts[scheme->concept_count++] = &concept->public;
        }
        const enum ic_status status = add_spellings(r->graph, concept);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

enum ic_status ic_ontology_read_concepts(struct ic_ontology_graph *graph)
{
    const size_t nodes = ic_document_term_count(graph->terms) + 1;
    struct reading r = {.graph = graph,
                        .schemes = calloc(nodes, sizeof *r.schemes),
                        .concepts = calloc(nodes, sizeof *r.concepts)};
    enum ic_status status = r.schemes && r.concepts ? IC_OK : ic_ontology_no_memory(graph);
    if (status == IC_OK)
        status = find_nodes(&r);
    if (status == IC_OK)
        status = find_memberships(&r);
    if (status == IC_OK)
        status = list_found(&r);
    if (status == IC_OK)
        status = list_members(&r);
    free(r.schemes);
    free(r.concepts);
    return status;
}
