/* SPDX-License-Identifier: Apache-2.0 */
/* The reflexive transitive closure of a relation between members. */
#include "ontology_closure.h"

#include <stdlib.h>

enum ic_status ic_closure_open(struct ic_closure *h, struct ic_ontology_graph *graph)
{
    const size_t nodes = ic_document_term_count(graph->terms) + 1;
    *h = (struct ic_closure){.graph = graph,
                             .number = malloc(nodes * sizeof *h->number),
                             .node = malloc(nodes * sizeof *h->node)};
    if (!h->number || !h->node)
        return ic_ontology_no_memory(graph);
    for (size_t i = 0; i < nodes; i++)
        h->number[i] = IC_NO_NODE;
    return IC_OK;
}

void ic_closure_free(struct ic_closure *h)
{
    free(h->number);
    free(h->node);
    free(h->edges);
    free(h->reach);
    free(h->start);
}

void ic_closure_add(struct ic_closure *h, uint32_t node)
{
    if (h->number[node] != IC_NO_NODE)
        return;
    h->number[node] = (uint32_t)h->count;
    h->node[h->count++] = node;
}

static enum ic_status add_edge(struct ic_closure *h, uint32_t from, uint32_t to,
                               const struct ic_ontology_fact *fact, bool strict)
{
    if (h->edge_count == h->edge_room) {
        const size_t room = h->edge_room ? 2 * h->edge_room : 256;
        struct ic_closure_edge *grown = realloc(h->edges, room * sizeof *grown);
        if (!grown)
            return ic_ontology_no_memory(h->graph);
        h->edges = grown;
        h->edge_room = room;
    }
    h->edges[h->edge_count++] =
        (struct ic_closure_edge){h->number[from], h->number[to], fact, strict};
    return IC_OK;
}

enum ic_status ic_closure_add_edges(struct ic_closure *h, const char *predicate,
                                    enum ic_closure_direction direction, bool closed)
{
    const uint32_t wanted = ic_document_find_iri(h->graph->terms, predicate);
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < h->graph->count && status == IC_OK; i++) {
        const struct ic_ontology_fact *fact = &h->graph->facts[i];
        if (fact->predicate != wanted)
            continue;
        const bool known =
            h->number[fact->subject] != IC_NO_NODE && h->number[fact->object] != IC_NO_NODE;
        if (!known && closed)
            return ic_ontology_fail(h->graph, fact,
                                    "%s of %s is %s, but both must be described as concepts",
                                    ic_ontology_local_name(predicate),
                                    ic_ontology_term(h->graph, fact->subject)->text,
                                    ic_ontology_term(h->graph, fact->object)->text);
        if (!known || (direction == IC_CLOSURE_BOTH_WAYS && fact->subject == fact->object))
            continue;
        if (direction != IC_CLOSURE_TO_OBJECT)
            status = add_edge(h, fact->object, fact->subject, fact,
                              direction != IC_CLOSURE_BOTH_WAYS);
        if (status == IC_OK && direction != IC_CLOSURE_TO_SUBJECT)
            status = add_edge(h, fact->subject, fact->object, fact,
                              direction != IC_CLOSURE_BOTH_WAYS);
    }
    return status;
}

static int compare_edges(const void *left, const void *right)
{
    const struct ic_closure_edge *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->fact > b->fact) - (a->fact < b->fact);
}

static enum ic_status push(struct ic_closure *h, uint32_t member)
{
    if (h->reach_count == IC_ONTOLOGY_CLOSURE_MAX)
        return ic_fail(h->graph->error, IC_TOO_LARGE,
                       "the ontology's hierarchies have more than %d pairs of a general and a "
                       "specific term",
                       IC_ONTOLOGY_CLOSURE_MAX);
    if (h->reach_count == h->reach_room) {
        const size_t room = h->reach_room ? 2 * h->reach_room : 1024;
        uint32_t *grown = realloc(h->reach, room * sizeof *grown);
        if (!grown)
            return ic_ontology_no_memory(h->graph);
        h->reach = grown;
        h->reach_room = room;
    }
    h->reach[h->reach_count++] = member;
    return IC_OK;
}

/* Appends what `member` reaches, itself first. `first` is the place of each member's edges;
 * `seen[n]` is member + 1 when n has been reached from it. */
static enum ic_status reach_from(struct ic_closure *h, uint32_t member, const size_t *first,
                                 uint32_t *seen)
{
    size_t next = h->reach_count;
    enum ic_status status = push(h, member);
    seen[member] = member + 1;
    for (; status == IC_OK && next < h->reach_count; next++) {
        const uint32_t from = h->reach[next];
        for (size_t e = first[from]; status == IC_OK && e < first[from + 1]; e++) {
            const uint32_t to = h->edges[e].to;
            if (seen[to] == member + 1)
                continue;
            seen[to] = member + 1;
            status = push(h, to);
        }
    }
    return status;
}

static bool is_on_cycle(const struct ic_closure *h, const struct ic_closure_edge *edge)
{
    for (size_t i = h->start[edge->to]; i < h->start[edge->to + 1]; i++)
        if (h->reach[i] == edge->from)
            return true;
    return false;
}

static bool is_before(const struct ic_ontology_fact *a, const struct ic_ontology_fact *b)
{
    return a->source != b->source ? a->source < b->source : a->line < b->line;
}

/* A strict edge whose end reaches its beginning closes a cycle; the first in the documents is
 * reported. */
static enum ic_status check_cycles(const struct ic_closure *h)
{
    const struct ic_closure_edge *first = NULL;
    for (size_t e = 0; e < h->edge_count; e++) {
        const struct ic_closure_edge *edge = &h->edges[e];
        if (edge->strict && (!first || is_before(edge->fact, first->fact)) &&
            is_on_cycle(h, edge))
            first = edge;
    }
    if (!first)
        return IC_OK;
    return ic_ontology_fail(h->graph, first->fact, "%s is more general than itself, through %s",
                            ic_ontology_term(h->graph, h->node[first->from])->text,
                            ic_ontology_term(h->graph, h->node[first->to])->text);
}

enum ic_status ic_closure_compute(struct ic_closure *h)
{
    if (h->edge_count)
        qsort(h->edges, h->edge_count, sizeof *h->edges, compare_edges);
    size_t *first = calloc(h->count + 2, sizeof *first);
    uint32_t *seen = calloc(h->count + 1, sizeof *seen);
    h->start = calloc(h->count + 2, sizeof *h->start);
    enum ic_status status = first && seen && h->start ? IC_OK : ic_ontology_no_memory(h->graph);
    if (status == IC_OK) {
        for (size_t e = 0; e < h->edge_count; e++)
            first[h->edges[e].from + 1]++;
        for (size_t n = 0; n < h->count; n++)
            first[n + 1] += first[n];
    }
    for (uint32_t n = 0; status == IC_OK && n < h->count; n++) {
        h->start[n] = h->reach_count;
        status = reach_from(h, n, first, seen);
        h->start[n + 1] = h->reach_count;
    }
    free(first);
    free(seen);
    return status == IC_OK ? check_cycles(h) : status;
}

const void **ic_closure_list(const struct ic_closure *h, size_t n, const void *const *objects,
                             size_t *count)
{
    *count = h->start[n + 1] - h->start[n];
    const void **list = ic_arena_alloc(h->graph->ontology->arena, *count * sizeof *list);
    for (size_t i = 0; list && i < *count; i++)
        list[i] = objects[h->reach[h->start[n] + i]];
    return list;
}
