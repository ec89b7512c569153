/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the units and how people write them. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

#define QUDT_UNIT "http://qudt.org/schema/qudt/Unit"

/* ---- spellings ---- */

static const struct ic_unit_named *find(const struct ic_ontology_map *map, const char *text,
                                        size_t length)
{
    return ic_ontology_map_get(map, text, length);
}

static char lower_of(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* In ASCII lower case; NULL when memory is out. */
static char *lowercase(struct ic_arena *arena, const char *text)
{
    char *lower = ic_arena_strdup(arena, text);
    for (char *c = lower; c && *c; c++)
        *c = lower_of(*c);
    return lower;
}

/* Adds a meaning behind those that the spelling has, unless it is among them. */
static bool add_meaning(struct ic_ontology_map *map, struct ic_arena *arena, const char *key,
                        const struct ic_ontology_unit *unit, bool label)
{
    struct ic_unit_named *last =
        (struct ic_unit_named *)ic_ontology_map_get(map, key, strlen(key));
    for (struct ic_unit_named *n = last; n; last = n, n = n->next)
        if (n->unit == unit && n->label == label)
            return true;
    struct ic_unit_named *added = ic_arena_alloc(arena, sizeof *added);
    if (!added)
        return false;
    *added = (struct ic_unit_named){unit, label, NULL};
    if (!last)
        return ic_ontology_map_put(map, arena, key, added);
    last->next = added;
    return true;
}

/* Notes a spelling; a label is one in whatever case alone. */
static enum ic_status add_spelling(struct ic_ontology_graph *graph,
                                   const struct ic_ontology_unit *unit, const char *text,
                                   bool label)
{
    struct ic_ontology *ontology = graph->ontology;
    const char *lower = lowercase(ontology->arena, text);
    if (!lower ||
        !add_meaning(&ontology->unit_lowercase, ontology->arena, lower, unit, label) ||
        (!label && !add_meaning(&ontology->unit_spellings, ontology->arena, text, unit, false)))
        return ic_ontology_no_memory(graph);
    return IC_OK;
}

/* The spellings that a predicate gives. */
static enum ic_status add_spellings(struct ic_ontology_graph *graph,
                                    const struct ic_ontology_unit *unit, const char *predicate,
                                    bool label)
{
    size_t count;
    const struct ic_ontology_fact *facts =
        ic_ontology_facts(graph, unit->node, predicate, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ic_term *term = ic_ontology_term(graph, facts[i].object);
        if (term->kind != IC_LITERAL)
            return ic_ontology_fail(graph, &facts[i], "%s must be a literal",
                                    ic_ontology_local_name(predicate));
        if (term->length == 0 || term->length > IC_UNIT_BYTES_MAX)
            return ic_ontology_fail(graph, &facts[i],
                                    "a spelling of %s must be 1 to %d bytes long", unit->iri,
                                    IC_UNIT_BYTES_MAX);
        const char *text = ic_arena_copy(graph->ontology->arena, term->text, term->length);
        const enum ic_status status =
            text ? add_spelling(graph, unit, text, label) : ic_ontology_no_memory(graph);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

/* What the catalog prints must be read back as the same unit. */
static enum ic_status check_notations(struct ic_ontology_graph *graph,
                                      const struct ic_ontology_unit *unit)
{
    size_t count;
    const struct ic_ontology_fact *facts =
        ic_ontology_facts(graph, unit->node, IC_NS_SKOS "notation", &count);
    for (size_t i = 0; i < count; i++) {
        const struct ic_term *term = ic_ontology_term(graph, facts[i].object);
        const struct ic_unit_named *named =
            find(&graph->ontology->unit_spellings, term->text, term->length);
        for (; named; named = named->next)
            if (named->unit != unit)
                return ic_ontology_fail(graph, &facts[i],
                                        "'%s' is the notation of %s and spells %s too; a "
                                        "notation names one unit",
                                        term->text, unit->iri, named->unit->iri);
    }
    return IC_OK;
}

const struct ic_unit_named *ic_unit_find(const struct ic_ontology *ontology, const char *text,
                                         size_t length)
{
    if (length > 2 && text[0] == '<' && text[length - 1] == '>') {
        text++;
        length -= 2;
    }
    const struct ic_unit_named *named = find(&ontology->unit_spellings, text, length);
    if (named)
        return named;
    for (named = ic_unit_near(ontology, text, length); named; named = named->next)
        if (named->label)
            return named;
    return NULL;
}

const struct ic_unit_named *ic_unit_near(const struct ic_ontology *ontology, const char *text,
                                         size_t length)
{
    char lower[IC_UNIT_BYTES_MAX];
    if (length > sizeof lower)
        return NULL;
    for (size_t i = 0; i < length; i++)
        lower[i] = lower_of(text[i]);
    return find(&ontology->unit_lowercase, lower, length);
}

/* ---- units ---- */

static enum ic_status read_unit(struct ic_ontology_graph *graph, uint32_t node)
{
    struct ic_ontology *ontology = graph->ontology;
    struct ic_arena *arena = ontology->arena;
    struct ic_ontology_unit *unit = ic_arena_alloc(arena, sizeof *unit);
    if (!unit || !(unit->iri = ic_arena_strdup(arena, ic_ontology_term(graph, node)->text)))
        return ic_ontology_no_memory(graph);
    unit->node = node;
    ic_unit_form_init(&unit->form);
    ontology->units[ontology->unit_count++] = unit;
    enum ic_status status = ic_ontology_text(graph, node, IC_NS_SKOS "notation", &unit->name);
    if (status == IC_OK && !unit->name)
        status = ic_ontology_text(graph, node, IC_NS_RDFS "label", &unit->name);
    if (!unit->name)
        unit->name = ic_ontology_local_name(unit->iri);
    if (status == IC_OK)
        status = add_spelling(graph, unit, unit->iri, false);
    if (status == IC_OK)
        status = add_spelling(graph, unit, ic_ontology_local_name(unit->iri), false);
    if (status == IC_OK)
        status = add_spellings(graph, unit, IC_NS_SKOS "notation", false);
    if (status == IC_OK)
        status = add_spellings(graph, unit, IC_NS_SKOS "altLabel", false);
    if (status == IC_OK)
        status = add_spellings(graph, unit, IC_NS_RDFS "label", true);
    if (status == IC_OK && !ic_ontology_map_put(&ontology->unit_by_iri, arena, unit->iri, unit))
        return ic_ontology_no_memory(graph);
    return status;
}

static bool is_unit(const struct ic_ontology_graph *graph, uint32_t node)
{
    return ic_ontology_term(graph, node)->kind == IC_IRI &&
           ic_ontology_has_type(graph, node, QUDT_UNIT);
}

static int compare_terms(const void *left, const void *right)
{
    const struct ic_term *const *a = left, *const *b = right;
    return ic_term_compare(*a, *b);
}

/* All units in the order of their IRIs, so that messages do not depend on the files' order. */
static enum ic_status read_sorted(struct ic_ontology_graph *graph, const struct ic_term **iris,
                                  size_t count)
{
    enum ic_status status = IC_OK;
    qsort(iris, count, sizeof *iris, compare_terms);
    for (size_t i = 0; i < count && status == IC_OK; i++)
        status = read_unit(graph, ic_document_find_iri(graph->terms, iris[i]->text));
    return status;
}

enum ic_status ic_ontology_read_units(struct ic_ontology_graph *graph)
{
    struct ic_ontology *ontology = graph->ontology;
    const size_t nodes = ic_document_term_count(graph->terms);
    size_t count = 0;
    for (uint32_t node = 0; node < nodes; node++)
        count += is_unit(graph, node);
    ontology->units = ic_arena_alloc(ontology->arena, (count + 1) * sizeof *ontology->units);
    const struct ic_term **iris = calloc(count + 1, sizeof *iris);
    enum ic_status status = ontology->units && iris ? IC_OK : ic_ontology_no_memory(graph);
    count = 0;
    for (uint32_t node = 0; node < nodes && status == IC_OK; node++)
        if (is_unit(graph, node))
            iris[count++] = ic_ontology_term(graph, node);
    if (status == IC_OK)
        status = read_sorted(graph, iris, count);
    for (size_t i = 0; i < ontology->unit_count && status == IC_OK; i++)
        status = check_notations(graph, ontology->units[i]);
    free(iris);
    return status;
}
