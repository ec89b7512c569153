/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of statements on its way to a librdf program. Shared by redland_stream.c, which
 * moves it, redland_read.c, which fills it, and redland_catalogs.c, which lists it. */
#ifndef IC_REDLAND_STREAM_H
#define IC_REDLAND_STREAM_H

#include "redland.h"

/* What a stream has read ahead comes first, then what its cursor finds. */
struct redland_stream {
    librdf_world *world;
    librdf_storage *storage; /* referenced, or NULL: a query's */
    struct redland_rows *rows;
    size_t next_row;
    struct redland_reader *reader; /* with the cursor, or NULL */
    struct ic_cursor *cursor;
    uint64_t ids[3]; /* of `nodes`; 0: not a cursor's */
    librdf_node *nodes[3];
    librdf_node *context; /* or NULL */
    librdf_statement *statement;
    bool finished;
    struct redland_stream *prev, *next; /* in the reader's list */
};

/* An empty stream. Owned: redland_stream_free, or redland_stream_publish. NULL when memory is
 * out. */
struct redland_stream *redland_stream_new(librdf_world *world);
void redland_stream_free(struct redland_stream *stream);
/* Moves to its first statement and hands it to librdf; frees it when memory is out. */
librdf_stream *redland_stream_publish(struct redland_stream *stream);

#endif
