/* SPDX-License-Identifier: Apache-2.0 */
/* The graphs that a query ranges over: FROM, FROM NAMED, and what GRAPH may name.
 *
 * rasqal keeps them as "data graphs" with a source to read; nothing is ever read from there. */
#include "engine_rasqal.h"

#include <stdlib.h>

static int compare_ids(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Adds the graph of `uri` when the dataset has it and `graphs` does not. */
static enum ic_status add_graph(struct engine *engine, raptor_uri *uri,
                                const uint64_t *existing, size_t existing_count,
                                uint64_t *graphs, size_t *count)
{
    uint64_t id;
    const struct ic_term term = ic_term_iri((const char *)raptor_uri_as_string(uri));
    if (engine_failed(engine, ic_dataset_find(engine->dataset, &term, &id, engine->error)))
        return engine->status;
    if (!bsearch(&id, existing, existing_count, sizeof id, compare_ids))
        return IC_OK;
    for (size_t i = 0; i < *count; i++)
        if (graphs[i] == id)
            return IC_OK;
    graphs[(*count)++] = id;
    return IC_OK;
}

/* Moves the query's own FROM and FROM NAMED into the engine. */
static enum ic_status take_dataset_clauses(struct engine *engine, rasqal_query *query,
                                           const uint64_t *existing, size_t existing_count)
{
    raptor_sequence *clauses = rasqal_query_get_data_graph_sequence(query);
    const size_t count = clauses ? (size_t)raptor_sequence_size(clauses) : 0;
    engine->restricted = count > 0;
    engine->defaults = calloc(count + 1, sizeof *engine->defaults);
    engine->named = calloc(count + 1, sizeof *engine->named);
    if (!engine->defaults || !engine->named)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    while (count && raptor_sequence_size(clauses) > 0 && engine->status == IC_OK) {
        rasqal_data_graph *clause = raptor_sequence_pop(clauses);
        if (clause->flags & RASQAL_DATA_GRAPH_NAMED)
            add_graph(engine, clause->name_uri, existing, existing_count, engine->named,
                      &engine->named_count);
        else
            add_graph(engine, clause->uri, existing, existing_count, engine->defaults,
                      &engine->default_count);
        rasqal_free_data_graph(clause);
    }
    return engine->status;
}

static bool is_offered(rasqal_query *query, const raptor_uri *uri)
{
    rasqal_data_graph *graph;
    for (int i = 0; (graph = rasqal_query_get_data_graph(query, i)); i++)
        if (graph->name_uri == uri) /* raptor interns URIs */
            return true;
    return false;
}

/* Makes the graph one that GRAPH ranges over. */
static enum ic_status offer_uri(struct engine *engine, rasqal_query *query, raptor_uri *uri)
{
    rasqal_data_graph *graph =
        uri ? rasqal_new_data_graph_from_uri(engine->world, uri, uri, RASQAL_DATA_GRAPH_NAMED,
                                             NULL, NULL, NULL)
            : NULL;
    if (!graph || rasqal_query_add_data_graph(query, graph))
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    return IC_OK;
}

static enum ic_status offer_graph(struct engine *engine, rasqal_query *query,
                                  struct ic_arena *arena, uint64_t id)
{
    struct ic_term term;
    if (engine_failed(engine,
                      ic_dataset_term(engine->dataset, id, arena, &term, engine->error)))
        return engine->status;
    if (term.kind != IC_IRI) /* N-Quads may name a graph by a blank node */
        return engine_fail(engine, IC_UNSUPPORTED,
                           "the engine rasqal does not do graphs named by blank nodes");
    raptor_uri *uri = raptor_new_uri(engine->raptor, (const unsigned char *)term.text);
    const enum ic_status status = offer_uri(engine, query, uri);
    raptor_free_uri(uri);
    return status;
}

/* rasqal gives an empty solution for GRAPH <iri> of a graph that it was not offered, where it
 * should give none: it is offered that graph, which has no triples. */
static void offer_constants(struct engine *engine, rasqal_query *query,
                            rasqal_graph_pattern *pattern)
{
    rasqal_literal *origin =
        rasqal_graph_pattern_get_operator(pattern) == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH
            ? rasqal_graph_pattern_get_origin(pattern)
            : NULL;
    if (origin && origin->type == RASQAL_LITERAL_URI && !is_offered(query, origin->value.uri))
        offer_uri(engine, query, origin->value.uri);
    rasqal_graph_pattern *inner;
    for (int i = 0; engine->status == IC_OK &&
                    (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i));
         i++)
        offer_constants(engine, query, inner);
}

enum ic_status graphs_set(struct engine *engine, rasqal_query *query)
{
    uint64_t *existing = NULL;
    size_t count = 0;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    else
        engine_failed(engine,
                      ic_dataset_graphs(engine->dataset, &existing, &count, engine->error));
    if (engine->status == IC_OK) {
        if (count)
            qsort(existing, count, sizeof *existing, compare_ids);
        take_dataset_clauses(engine, query, existing, count);
    }
    const uint64_t *offered = engine->restricted ? engine->named : existing;
    const size_t offered_count = engine->restricted ? engine->named_count : count;
    for (size_t i = 0; engine->status == IC_OK && i < offered_count; i++)
        offer_graph(engine, query, arena, offered[i]);
    rasqal_graph_pattern *pattern = rasqal_query_get_query_graph_pattern(query);
    if (engine->status == IC_OK && pattern)
        offer_constants(engine, query, pattern);
    free(existing);
    ic_arena_free(arena);
    return engine->status;
}
