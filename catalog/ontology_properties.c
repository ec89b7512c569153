/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the properties and naming them. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

/* A name that the request language reads as one word. */
static bool is_word(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr(";(){},\"<>=!:", *c))
            return false;
    return *name != '\0';
}

/* How requests write it: the local name in the attributes' namespace; for another namespace
 * prefix:name where a file declares a prefix, else <IRI>. */
static enum ic_status name_property(const struct ic_ontology_graph *graph,
                                    struct ic_ontology_property *property)
{
    struct ic_arena *arena = graph->ontology->arena;
    struct ic_property *p = &property->public;
    const size_t own = strlen(IC_NS);
    if (strncmp(p->iri, IC_NS, own) == 0) {
        p->name = p->iri + own;
        if (!is_word(p->name))
            return ic_ontology_fail(graph, &graph->facts[graph->first[property->node]],
                                    "the local name '%s' cannot be written in a request; use "
                                    "letters, digits, '-', '_' and '.'",
                                    p->name);
        return IC_OK;
    }
    const char *local = ic_ontology_local_name(p->iri);
    const char *prefix =
        ic_ontology_prefix_of(graph->ontology, p->iri, (size_t)(local - p->iri));
    p->name = prefix && is_word(local) ? ic_arena_printf(arena, "%s:%s", prefix, local)
                                       : ic_arena_printf(arena, "<%s>", p->iri);
    return p->name ? IC_OK : ic_ontology_no_memory(graph);
}

static enum ic_status read_property(struct ic_ontology_graph *graph, uint32_t node,
                                    struct ic_ontology_property **made)
{
    struct ic_arena *arena = graph->ontology->arena;
    struct ic_ontology_property *property = ic_arena_alloc(arena, sizeof *property);
    *made = property;
    if (!property ||
        !(property->public.iri = ic_arena_strdup(arena, ic_ontology_term(graph, node)->text)))
        return ic_ontology_no_memory(graph);
    property->node = node;
    const enum ic_status status = name_property(graph, property);
    return status == IC_OK ? ic_ontology_read_annotations(graph, property) : status;
}

/* Two names that differ in upper and lower case alone would be mistaken for each other. */
static enum ic_status check_name(struct ic_ontology_graph *graph,
                                 struct ic_ontology_map *folded,
                                 const struct ic_ontology_property *property)
{
    struct ic_ontology *ontology = graph->ontology;
    const char *name = property->public.name;
    const struct ic_ontology_fact *first = &graph->facts[graph->first[property->node]];
    char buffer[IC_ONTOLOGY_FOLDED_BYTES];
    const enum ic_status status = ic_ontology_fold(name, strlen(name), buffer);
    if (status == IC_NO_MEMORY)
        return ic_ontology_no_memory(graph);
    if (status != IC_OK)
        return ic_ontology_fail(graph, first, "the name of %s is longer than %d bytes",
                                property->public.iri, IC_ONTOLOGY_SPELLING_BYTES_MAX);
    const struct ic_property *other = ic_ontology_map_get(folded, buffer, strlen(buffer));
    if (other)
        return ic_ontology_fail(graph, first,
                                "%s and %s differ in upper and lower case alone; rename one",
                                other->name, name);
    const char *key = ic_arena_strdup(ontology->arena, buffer);
    if (!key || !ic_ontology_map_put(folded, ontology->arena, key, &property->public) ||
        !ic_ontology_map_put(&ontology->property_by_name, ontology->arena, name,
                             &property->public) ||
        !ic_ontology_map_put(&ontology->property_by_iri, ontology->arena, property->public.iri,
                             &property->public))
        return ic_ontology_no_memory(graph);
    return IC_OK;
}

/* What a cloud can state: a property, but not one that annotates. */
static bool is_attribute(const struct ic_ontology_graph *graph, uint32_t node)
{
    return ic_ontology_term(graph, node)->kind == IC_IRI &&
           (ic_ontology_has_type(graph, node, IC_NS_RDF "Property") ||
            ic_ontology_has_type(graph, node, IC_NS_OWL "DatatypeProperty") ||
            ic_ontology_has_type(graph, node, IC_NS_OWL "ObjectProperty")) &&
           !ic_ontology_has_type(graph, node, IC_NS_OWL "AnnotationProperty");
}

static int compare_names(const void *left, const void *right)
{
    const struct ic_property *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

enum ic_status ic_ontology_read_properties(struct ic_ontology_graph *graph)
{
    struct ic_ontology *ontology = graph->ontology;
    const size_t nodes = ic_document_term_count(graph->terms);
    size_t count = 0;
    for (uint32_t node = 0; node < nodes; node++)
        count += is_attribute(graph, node);
    ontology->properties =
        ic_arena_alloc(ontology->arena, (count + 1) * sizeof *ontology->properties);
    if (!ontology->properties)
        return ic_ontology_no_memory(graph);

    struct ic_ontology_map folded = {NULL};
    enum ic_status status = IC_OK;
    for (uint32_t node = 0; node < nodes && status == IC_OK; node++) {
        struct ic_ontology_property *property = NULL;
        if (!is_attribute(graph, node))
            continue;
        status = read_property(graph, node, &property);
        if (status == IC_OK)
            status = check_name(graph, &folded, property);
        if (status == IC_OK)
            ontology->properties[ontology->property_count++] = &property->public;
    }
    ic_ontology_map_clear(&folded);
    if (status == IC_OK)
        qsort(ontology->properties, ontology->property_count, sizeof *ontology->properties,
              compare_names);
    return status;
}
