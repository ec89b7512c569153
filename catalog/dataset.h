/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset: what a SPARQL query runs on, as quads of term ids behind one small interface
 * (SPARQL 1.1 Query, section 13). The catalog's view and a dataset in memory implement it;
 * query engines only see this.
 *
 * Invariants: a dataset does not change while it is open. Ids are meaningful in their dataset
 * only; equal terms have equal ids. In the default graph each triple occurs once, however many
 * graphs it is merged from.
 * Threads: a dataset belongs to one thread at a time. */
#ifndef IC_DATASET_H
#define IC_DATASET_H

#include <stdint.h>

#include "arena.h"
#include "status.h"
#include "term.h"

struct ic_dataset;
struct ic_cursor;

#define IC_ANY ((uint64_t)0)              /* matches every term */
#define IC_UNKNOWN_TERM UINT64_MAX        /* a term that the dataset does not have */
#define IC_DEFAULT_GRAPH (UINT64_MAX - 1) /* only in .graph: the default graph */

/* Terms of a quad, or of a pattern where IC_ANY is a wildcard. In a pattern `graph` is
 * IC_DEFAULT_GRAPH, a graph's id, or IC_ANY: every named graph, not the default one. */
struct ic_quad {
    uint64_t subject, predicate, object, graph;
};

struct ic_dataset_class {
    enum ic_status (*find)(struct ic_dataset *, const struct ic_term *, uint64_t *id,
                           struct ic_error *);
    enum ic_status (*term)(struct ic_dataset *, uint64_t id, struct ic_arena *,
                           struct ic_term *, struct ic_error *);
    enum ic_status (*graphs)(struct ic_dataset *, uint64_t **ids, size_t *count,
                             struct ic_error *);
    enum ic_status (*open)(struct ic_dataset *, const struct ic_quad *pattern,
                           struct ic_cursor **, struct ic_error *);
    enum ic_status (*next)(struct ic_cursor *, struct ic_quad *, bool *found,
                           struct ic_error *);
    void (*close)(struct ic_cursor *);
    void (*free)(struct ic_dataset *);
};

/* Implementations embed these first. */
struct ic_dataset {
    const struct ic_dataset_class *class;
};
struct ic_cursor {
    struct ic_dataset *dataset;
};

/* The id of a term, or IC_UNKNOWN_TERM. */
static inline enum ic_status ic_dataset_find(struct ic_dataset *d, const struct ic_term *term,
                                             uint64_t *id, struct ic_error *error)
{
    return d->class->find(d, term, id, error);
}

/* The term of an id; its strings live in `arena` or as long as the dataset. */
static inline enum ic_status ic_dataset_term(struct ic_dataset *d, uint64_t id,
                                             struct ic_arena *arena, struct ic_term *term,
                                             struct ic_error *error)
{
    return d->class->term(d, id, arena, term, error);
}

/* Ids of all named graphs. Owned: free(*ids). */
static inline enum ic_status ic_dataset_graphs(struct ic_dataset *d, uint64_t **ids,
                                               size_t *count, struct ic_error *error)
{
    return d->class->graphs(d, ids, count, error);
}

/* Quads that match, in no particular order. Owned: ic_cursor_close. */
static inline enum ic_status ic_dataset_open(struct ic_dataset *d,
                                             const struct ic_quad *pattern,
                                             struct ic_cursor **cursor, struct ic_error *error)
{
    return d->class->open(d, pattern, cursor, error);
}

/* The next quad, or *found false at the end. */
static inline enum ic_status ic_cursor_next(struct ic_cursor *cursor, struct ic_quad *quad,
                                            bool *found, struct ic_error *error)
{
    return cursor->dataset->class->next(cursor, quad, found, error);
}

static inline void ic_cursor_close(struct ic_cursor *cursor)
{
    if (cursor)
        cursor->dataset->class->close(cursor);
}

static inline void ic_dataset_free(struct ic_dataset *d)
{
    if (d)
        d->class->free(d);
}

struct ic_document;

/* A dataset in memory from documents: `graphs[i]` is the graph that all statements of
 * `documents[i]` go to (NULL: to the default graph, statements with a graph of their own to
 * that named graph). Blank nodes of different documents never meet. The documents must outlive
 * it. Owned: ic_dataset_free. */
enum ic_status ic_dataset_from_documents(struct ic_document *const *documents,
                                         const char *const *graphs, size_t count,
                                         struct ic_dataset **dataset, struct ic_error *error);

#endif
