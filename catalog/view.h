/* SPDX-License-Identifier: Apache-2.0 */
/* A view: the dataset of who asks and when, over an open catalog. Shared by view*.c.
 *
 * Invariants: a view sees the commit at which it was opened for as long as it lives, with the
 * ontology of that commit; between two calls it holds no lock. Ids with
 * VIEW_LOCAL set number terms that the dictionary does not have (constants of a query,
 * metadata); all others are the dictionary's. */
#ifndef IC_VIEW_H
#define IC_VIEW_H

#include <roaring/roaring.h>

#include "catalog_internal.h"
#include "dataset.h"

#define VIEW_LOCAL ((uint64_t)1 << 62)

/* What a view remembers of an advertisement. */
struct view_advertisement;

struct view {
    struct ic_dataset dataset; /* first */
    struct ic_catalog *catalog;
    struct store store; /* its snapshot */
    struct ic_ontology *ontology;
    int64_t at_ms;
    roaring_bitmap_t *live;
    struct view_advertisement *advertisements; /* by number */
    struct ic_document *local; /* local terms; its statements are the metadata graph */
    uint64_t metadata_graph;   /* its id */
    struct ic_quad *metadata;  /* its statements, by subject; NULL until they were read */
    size_t metadata_count;
};

struct view_mask {
    bool visible;
    uint64_t graph, first, count;
};

/* Is the advertisement part of the view, and which are its graph and ordinals? */
enum ic_status view_advertisement(struct view *view, uint64_t number, struct view_mask *mask,
                                  struct ic_error *error);

/* Fills the metadata graph, once. */
enum ic_status view_read_metadata(struct view *view, struct ic_error *error);

/* Ids of graphs of `kind` (0: every kind) that the view shows. Owned: free. */
enum ic_status view_graphs(struct view *view, int kind, uint64_t **ids, size_t *count,
                           struct ic_error *error);

/* ---- view_cursor.c ---- */
enum ic_status view_open_cursor(struct ic_dataset *dataset, const struct ic_quad *pattern,
                                struct ic_cursor **cursor, struct ic_error *error);
enum ic_status view_next(struct ic_cursor *cursor, struct ic_quad *quad, bool *found,
                         struct ic_error *error);
void view_close_cursor(struct ic_cursor *cursor);

#endif
