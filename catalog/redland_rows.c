/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of terms in memory: each distinct term once, a row as the numbers of its terms. Results
 * of queries, lists of contexts, and what a stream has read ahead. */
#include <stdlib.h>

#include "redland.h"

struct redland_rows {
    struct ic_document *terms;
    uint32_t *cells; /* row after row; IC_NO_NODE: unbound */
    size_t columns, count, room;
    unsigned users;
};

struct redland_rows *redland_rows_new(size_t columns)
{
    const struct ic_document_limits limits = {.total_bytes_max = REDLAND_RESULT_BYTES_MAX};
    struct redland_rows *rows = calloc(1, sizeof *rows);
    if (!rows)
        return NULL;
    rows->terms = ic_document_new("results", &limits);
    rows->columns = columns;
    rows->users = 1;
    if (!rows->terms) {
        free(rows);
        return NULL;
    }
    return rows;
}

struct redland_rows *redland_rows_keep(struct redland_rows *rows)
{
    rows->users++;
    return rows;
}

void redland_rows_free(struct redland_rows *rows)
{
    if (!rows || --rows->users > 0)
        return;
    ic_document_free(rows->terms);
    free(rows->cells);
    free(rows);
}

size_t redland_rows_count(const struct redland_rows *rows)
{
    return rows->count;
}

size_t redland_rows_columns(const struct redland_rows *rows)
{
    return rows->columns;
}

struct ic_arena *redland_rows_arena(struct redland_rows *rows)
{
    return ic_document_arena(rows->terms);
}

static enum ic_status make_room(struct redland_rows *rows, struct ic_error *error)
{
    if (rows->count < rows->room)
        return IC_OK;
    const size_t room = rows->room ? rows->room * 2 : 16;
    if (rows->columns && room > REDLAND_CELLS_MAX / rows->columns)
        return ic_fail(error, IC_TOO_LARGE, "more than %zu rows of %zu terms; the limit is %d",
                       rows->count, rows->columns, REDLAND_CELLS_MAX);
    uint32_t *grown = realloc(rows->cells, (room * rows->columns + 1) * sizeof *grown);
    if (!grown)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for results");
    rows->cells = grown;
    rows->room = room;
    return IC_OK;
}

enum ic_status redland_rows_add(struct redland_rows *rows, const struct ic_term *const *cells,
                                struct ic_error *error)
{
    enum ic_status status = make_room(rows, error);
    for (size_t i = 0; status == IC_OK && i < rows->columns; i++) {
        uint32_t *cell = &rows->cells[rows->count * rows->columns + i];
        *cell = IC_NO_NODE;
        if (cells[i])
            status = ic_document_intern(rows->terms, cells[i], cell, error);
    }
    if (status == IC_OK)
        rows->count++;
    return status;
}

const struct ic_term *redland_rows_cell(const struct redland_rows *rows, size_t row,
                                        size_t column)
{
    const uint32_t node = rows->cells[row * rows->columns + column];
    return node == IC_NO_NODE ? NULL : ic_document_term(rows->terms, node);
}
