/* SPDX-License-Identifier: Apache-2.0 */
/* A view: the dataset of who asks and when, over an open catalog. Shared by view*.c.
 *
 * Invariants: a view sees the commit at which it was opened for as long as it lives, with the
 * ontology of that commit; between two calls it holds no lock. Ids with
 * VIEW_LOCAL set number terms that the dictionary does not have (constants of a query,
 * metadata), those with GRAPH_OF_AD set are names of advertisements' graphs that it does not
 * have; all others are the dictionary's. Below both marks, the two low bits are 0. */
#ifndef IC_VIEW_H
#define IC_VIEW_H

#include <roaring/roaring.h>

#include "catalog_internal.h"
#include "dataset.h"

#define VIEW_LOCAL ((uint64_t)1 << 62)
#define GRAPH_OF_AD ((uint64_t)1 << 61) /* | the advertisement's number << 2 */
enum { VIEW_ID_SHIFT = 2 };

/* Only what the dictionary has can occur in entries and in plain graphs. */
static inline bool view_in_dictionary(uint64_t id)
{
    return !(id & (VIEW_LOCAL | GRAPH_OF_AD));
}

/* What a view remembers of an advertisement. */
struct view_advertisement;

struct view {
    struct ic_dataset dataset; /* first */
    struct ic_catalog *catalog;
    struct store store; /* its snapshot */
    bool latched;       /* sets are borrowed from the cache of postings (sets.h) */
    struct ic_ontology *ontology;
    int64_t at_ms;
    bool complete; /* what follows was read: what cursors need, and sets do not */
    roaring_bitmap_t *live;
    struct view_advertisement *advertisements; /* by number */
    struct ic_document *local; /* local terms; its statements are the metadata graph */
    uint64_t metadata_graph;   /* its id */
    uint64_t named_graphs;     /* some statement names an advertisement's graph */
    struct ic_quad *metadata;  /* its statements, by subject; NULL until they were read */
    size_t metadata_count;
};

struct view_mask {
    bool visible;
    uint64_t graph, first, count;
};

/* Reads what a view has beside its snapshot, once; everything but sets.h begins with it. */
enum ic_status view_complete(struct view *view, struct ic_error *error);

/* Is the advertisement part of the view, and which are its graph and ordinals? */
enum ic_status view_advertisement(struct view *view, uint64_t number, struct view_mask *mask,
                                  struct ic_error *error);

/* Fills the metadata graph, once. */
enum ic_status view_read_metadata(struct view *view, struct ic_error *error);

/* ---- view_graphs.c ---- */

/* Ids of graphs of `kind` (0: every kind) that the view shows. Owned: free. */
enum ic_status view_graphs(struct view *view, int kind, uint64_t **ids, size_t *count,
                           struct ic_error *error);
enum ic_status view_all_graphs(struct ic_dataset *dataset, uint64_t **ids, size_t *count,
                               struct ic_error *error);

/* The id of an advertisement's graph. */
enum ic_status view_graph_id(struct view *view, const struct advertisement *record,
                             uint64_t *id, struct ic_error *error);
/* The advertisement whose graph has this name, or this id; 0: there is none. */
enum ic_status view_graph_by_name(struct view *view, const char *iri, uint64_t *number,
                                  struct ic_error *error);
enum ic_status view_graph_by_id(struct view *view, uint64_t graph, uint64_t *number,
                                struct ic_error *error);
/* The name of an id with GRAPH_OF_AD. */
enum ic_status view_graph_term(struct view *view, uint64_t id, struct ic_arena *arena,
                               struct ic_term *term, struct ic_error *error);

/* ---- view_cursor.c ---- */
enum ic_status view_open_cursor(struct ic_dataset *dataset, const struct ic_quad *pattern,
                                struct ic_cursor **cursor, struct ic_error *error);
enum ic_status view_next(struct ic_cursor *cursor, struct ic_quad *quad, bool *found,
                         struct ic_error *error);
void view_close_cursor(struct ic_cursor *cursor);

#endif
