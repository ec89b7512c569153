/* SPDX-License-Identifier: Apache-2.0 */
/* Hierarchies of concepts, properties and classes: what is more specific than what. */
#include "ontology_closure.h"

#include <stdlib.h>
#include <string.h>

/* ---- concepts ---- */

static int compare_concepts(const void *left, const void *right)
{
    const struct ic_concept *const *a = left, *const *b = right;
    return strcmp((*a)->iri, (*b)->iri);
}

static enum ic_status fill_concepts(struct ic_closure *h, const void **objects)
{
    struct ic_ontology *ontology = h->graph->ontology;
    for (size_t i = 0; i < ontology->concept_count; i++)
        objects[i] = &ontology->concepts[i]->public;
    for (size_t i = 0; i < ontology->concept_count; i++) {
        struct ic_concept *concept = &ontology->concepts[i]->public;
        const void **list = ic_closure_list(h, i, objects, &concept->specific_count);
        if (!list)
            return ic_ontology_no_memory(h->graph);
        qsort(list + 1, concept->specific_count - 1, sizeof *list, compare_concepts);
        concept->specific = (const struct ic_concept *const *)list;
    }
    return IC_OK;
}

static enum ic_status read_concept_hierarchy(struct ic_ontology_graph *graph)
{
    const struct ic_ontology *ontology = graph->ontology;
    struct ic_closure h;
    enum ic_status status = ic_closure_open(&h, graph);
    for (size_t i = 0; status == IC_OK && i < ontology->concept_count; i++)
        ic_closure_add(&h, ontology->concepts[i]->node);
    if (status == IC_OK)
        status = ic_closure_add_edges(&h, IC_NS_SKOS "broader", IC_CLOSURE_TO_SUBJECT, true);
    if (status == IC_OK)
        status = ic_closure_add_edges(&h, IC_NS_SKOS "narrower", IC_CLOSURE_TO_OBJECT, true);
    if (status == IC_OK)
        status = ic_closure_compute(&h);
    const void **objects = calloc(h.count + 1, sizeof *objects);
    if (status == IC_OK)
        status = objects ? fill_concepts(&h, objects) : ic_ontology_no_memory(graph);
    free(objects);
    ic_closure_free(&h);
    return status;
}

/* ---- properties ---- */

static struct ic_ontology_property *property_at(const struct ic_ontology *ontology, size_t i)
{
    return (struct ic_ontology_property *)ontology->properties[i];
}

static int compare_properties(const void *left, const void *right)
{
    const struct ic_property *const *a = left, *const *b = right;
    return strcmp((*a)->iri, (*b)->iri);
}

/* Values of the specific property must mean the same as values of the general one. */
static enum ic_status check_alike(const struct ic_closure *h)
{
    const struct ic_ontology *ontology = h->graph->ontology;
    for (size_t e = 0; e < h->edge_count; e++) {
        const struct ic_closure_edge *edge = &h->edges[e];
        const struct ic_property *general = &property_at(ontology, edge->from)->public;
        const struct ic_property *specific = &property_at(ontology, edge->to)->public;
        const bool units = !general->unit || !specific->unit
                               ? general->unit == specific->unit
                               : strcmp(general->unit, specific->unit) == 0;
        if (general->kind != specific->kind || general->scheme != specific->scheme || !units)
            return ic_ontology_fail(h->graph, edge->fact,
                                    "%s and %s must have values of one kind, in the same unit "
                                    "or scheme",
                                    specific->name, general->name);
    }
    return IC_OK;
}

static enum ic_status fill_properties(struct ic_closure *h, const void **objects)
{
    struct ic_ontology *ontology = h->graph->ontology;
    for (size_t i = 0; i < ontology->property_count; i++)
        objects[i] = ontology->properties[i];
    for (size_t i = 0; i < ontology->property_count; i++) {
        struct ic_property *property = &property_at(ontology, i)->public;
        const void **list = ic_closure_list(h, i, objects, &property->specific_count);
        if (!list)
            return ic_ontology_no_memory(h->graph);
        qsort(list + 1, property->specific_count - 1, sizeof *list, compare_properties);
        property->specific = (const struct ic_property *const *)list;
    }
    return IC_OK;
}

static enum ic_status read_property_hierarchy(struct ic_ontology_graph *graph)
{
    const struct ic_ontology *ontology = graph->ontology;
    struct ic_closure h;
    enum ic_status status = ic_closure_open(&h, graph);
    for (size_t i = 0; status == IC_OK && i < ontology->property_count; i++)
        ic_closure_add(&h, property_at(ontology, i)->node);
    if (status == IC_OK)
        status =
            ic_closure_add_edges(&h, IC_NS_RDFS "subPropertyOf", IC_CLOSURE_TO_SUBJECT, false);
    if (status == IC_OK)
        status = ic_closure_add_edges(&h, IC_NS_OWL "equivalentProperty", IC_CLOSURE_BOTH_WAYS,
                                      false);
    if (status == IC_OK)
        status = check_alike(&h);
    if (status == IC_OK)
        status = ic_closure_compute(&h);
    const void **objects = calloc(h.count + 1, sizeof *objects);
    if (status == IC_OK)
        status = objects ? fill_properties(&h, objects) : ic_ontology_no_memory(graph);
    free(objects);
    ic_closure_free(&h);
    return status;
}

/* ---- classes ---- */

static void add_classes(struct ic_closure *h, const char *predicate)
{
    const uint32_t wanted = ic_document_find_iri(h->graph->terms, predicate);
    for (size_t i = 0; i < h->graph->count; i++) {
        const struct ic_ontology_fact *fact = &h->graph->facts[i];
        if (fact->predicate != wanted)
            continue;
        ic_closure_add(h, fact->subject);
        ic_closure_add(h, fact->object);
    }
}

static enum ic_status fill_classes(struct ic_closure *h, const void **iris)
{
    struct ic_ontology *ontology = h->graph->ontology;
    for (size_t i = 0; i < h->count; i++) {
        iris[i] =
            ic_arena_strdup(ontology->arena, ic_ontology_term(h->graph, h->node[i])->text);
        if (!iris[i])
            return ic_ontology_no_memory(h->graph);
    }
    for (size_t i = 0; i < h->count; i++) {
        if (ic_ontology_term(h->graph, h->node[i])->kind != IC_IRI)
            continue; /* a blank node: an expression that no cloud names */
        struct ic_ontology_class *class = ic_arena_alloc(ontology->arena, sizeof *class);
        if (!class)
            return ic_ontology_no_memory(h->graph);
        class->iri = iris[i];
        class->ancestors =
            (const char *const *)ic_closure_list(h, i, iris, &class->ancestor_count);
        if (!class->ancestors ||
            !ic_ontology_map_put(&ontology->classes, ontology->arena, class->iri, class))
            return ic_ontology_no_memory(h->graph);
    }
    return IC_OK;
}

static enum ic_status read_class_hierarchy(struct ic_ontology_graph *graph)
{
    struct ic_closure h;
    enum ic_status status = ic_closure_open(&h, graph);
    if (status == IC_OK) {
        add_classes(&h, IC_NS_RDFS "subClassOf");
        add_classes(&h, IC_NS_OWL "equivalentClass");
        status = ic_closure_add_edges(&h, IC_NS_RDFS "subClassOf", IC_CLOSURE_TO_OBJECT, true);
    }
    if (status == IC_OK)
        status =
            ic_closure_add_edges(&h, IC_NS_OWL "equivalentClass", IC_CLOSURE_BOTH_WAYS, true);
    if (status == IC_OK)
        status = ic_closure_compute(&h);
    const void **iris = calloc(h.count + 1, sizeof *iris);
    if (status == IC_OK)
        status = iris ? fill_classes(&h, iris) : ic_ontology_no_memory(graph);
    free(iris);
    ic_closure_free(&h);
    return status;
}

enum ic_status ic_ontology_read_hierarchies(struct ic_ontology_graph *graph)
{
    enum ic_status status = read_concept_hierarchy(graph);
    if (status == IC_OK)
        status = read_property_hierarchy(graph);
    if (status == IC_OK)
        status = read_class_hierarchy(graph);
    return status;
}
