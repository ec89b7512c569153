/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset whose default graph is one of its named graphs: what a query sees through a storage
 * that was opened with graph='IRI'. */
#include <stdlib.h>

#include "redland.h"

struct renamed {
    struct ic_dataset base; /* first */
    struct ic_dataset *inner;
    uint64_t graph;
};

struct renamed_cursor {
    struct ic_cursor base; /* first */
    struct ic_cursor *inner;
    bool of_default;
};

static struct ic_dataset *inner_of(struct ic_dataset *dataset)
{
    return ((struct renamed *)dataset)->inner;
}

static enum ic_status find(struct ic_dataset *dataset, const struct ic_term *term, uint64_t *id,
                           struct ic_error *error)
{
    return ic_dataset_find(inner_of(dataset), term, id, error);
}

static enum ic_status get_term(struct ic_dataset *dataset, uint64_t id, struct ic_arena *arena,
                               struct ic_term *term, struct ic_error *error)
{
    return ic_dataset_term(inner_of(dataset), id, arena, term, error);
}

static enum ic_status graphs(struct ic_dataset *dataset, uint64_t **ids, size_t *count,
                             struct ic_error *error)
{
    return ic_dataset_graphs(inner_of(dataset), ids, count, error);
}

static enum ic_status open_cursor(struct ic_dataset *dataset, const struct ic_quad *pattern,
                                  struct ic_cursor **cursor, struct ic_error *error)
{
    struct ic_quad asked = *pattern;
    struct renamed_cursor *made = calloc(1, sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    made->base.dataset = dataset;
    made->of_default = pattern->graph == IC_DEFAULT_GRAPH;
    if (made->of_default)
        asked.graph = ((struct renamed *)dataset)->graph;
    const enum ic_status status =
        ic_dataset_open(inner_of(dataset), &asked, &made->inner, error);
    if (status != IC_OK) {
        free(made);
        return status;
    }
    *cursor = &made->base;
    return IC_OK;
}

static enum ic_status next(struct ic_cursor *base, struct ic_quad *quad, bool *found,
                           struct ic_error *error)
{
    struct renamed_cursor *cursor = (struct renamed_cursor *)base;
    const enum ic_status status = ic_cursor_next(cursor->inner, quad, found, error);
    if (status == IC_OK && *found && cursor->of_default)
        quad->graph = IC_DEFAULT_GRAPH;
    return status;
}

static void close_cursor(struct ic_cursor *base)
{
    struct renamed_cursor *cursor = (struct renamed_cursor *)base;
    ic_cursor_close(cursor->inner);
    free(cursor);
}

static void free_dataset(struct ic_dataset *dataset)
{
    free(dataset);
}

static const struct ic_dataset_class renamed_class = {.find = find,
                                                      .term = get_term,
                                                      .graphs = graphs,
                                                      .open = open_cursor,
                                                      .next = next,
                                                      .close = close_cursor,
                                                      .free = free_dataset};

enum ic_status redland_dataset_new(struct ic_dataset *inner, uint64_t graph,
                                   struct ic_dataset **dataset, struct ic_error *error)
{
    struct renamed *made = malloc(sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    *made = (struct renamed){{&renamed_class}, inner, graph};
    *dataset = &made->base;
    return IC_OK;
}
