/* SPDX-License-Identifier: Apache-2.0 */
/* The reflexive transitive closure of a relation that an ontology's statements describe, such
 * as skos:broader between concepts.
 *
 * Use: open, add the members, add the edges, compute, list. Members are numbered from 0 in the
 * order they are added. */
#ifndef IC_ONTOLOGY_CLOSURE_H
#define IC_ONTOLOGY_CLOSURE_H

#include "ontology_internal.h"

/* From one member to one that it reaches. `strict` edges may not lie on a cycle. */
struct ic_closure_edge {
    uint32_t from, to; /* numbers of members */
    const struct ic_ontology_fact *fact;
    bool strict;
};

struct ic_closure {
    struct ic_ontology_graph *graph;
    uint32_t *number; /* by node: the member's number, or IC_NO_NODE */
    uint32_t *node;   /* by number */
    size_t count;
    struct ic_closure_edge *edges;
    size_t edge_count, edge_room;
    uint32_t *reach; /* the closure: reach[start[n]] is n itself, up to start[n + 1] */
    size_t reach_count, reach_room;
    size_t *start;
};

/* The edge or edges that a statement means. */
enum ic_closure_direction { IC_CLOSURE_TO_SUBJECT, IC_CLOSURE_TO_OBJECT, IC_CLOSURE_BOTH_WAYS };

/* Must be followed by ic_closure_free, also when it fails. */
enum ic_status ic_closure_open(struct ic_closure *h, struct ic_ontology_graph *graph);
void ic_closure_free(struct ic_closure *h);

void ic_closure_add(struct ic_closure *h, uint32_t node);

/* Adds the edges that `predicate` states between members; an end that is no member is an error
 * where `closed`, else the statement is passed over. Edges both ways are not strict. */
enum ic_status ic_closure_add_edges(struct ic_closure *h, const char *predicate,
                                    enum ic_closure_direction direction, bool closed);

/* IC_BAD_INPUT: a strict edge lies on a cycle; IC_TOO_LARGE. */
enum ic_status ic_closure_compute(struct ic_closure *h);

/* What member `n` reaches, as pointers objects[m], itself first; in the ontology's arena. NULL
 * when memory is out. */
const void **ic_closure_list(const struct ic_closure *h, size_t n, const void *const *objects,
                             size_t *count);

#endif
