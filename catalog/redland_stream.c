/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of statements: moving, reading ahead, what librdf calls. */
#include <stdlib.h>
#include <string.h>

#include "redland_stream.h"

/* ---- moving ---- */

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a stream");
}

/* Puts a node into a place of the current statement. */
static enum ic_status set_node(struct redland_stream *stream, int place, uint64_t id,
                               const struct ic_term *term, struct ic_error *error)
{
    librdf_node *node = redland_node(stream->world, term);
    if (!node)
        return no_memory(error);
    if (stream->nodes[place])
        librdf_free_node(stream->nodes[place]);
    stream->nodes[place] = node;
    stream->ids[place] = id;
    return IC_OK;
}

static enum ic_status take_row(struct redland_stream *stream, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (int i = 0; status == IC_OK && i < 3; i++)
        status = set_node(stream, i, 0,
                          redland_rows_cell(stream->rows, stream->next_row, (size_t)i), error);
    stream->next_row++;
    return status;
}

/* Terms repeat from one quad to the next, mostly subjects and predicates. */
static enum ic_status take_quad(struct redland_stream *stream, const struct ic_quad *quad,
                                struct ic_error *error)
{
    const uint64_t ids[3] = {quad->subject, quad->predicate, quad->object};
    struct ic_arena *arena = ic_arena_new();
    enum ic_status status = arena ? IC_OK : no_memory(error);
    for (int i = 0; status == IC_OK && i < 3; i++) {
        struct ic_term term;
        if (ids[i] == stream->ids[i])
            continue;
        status = ic_dataset_term(redland_reader_dataset(stream->reader), ids[i], arena, &term,
                                 error);
        if (status == IC_OK)
            status = set_node(stream, i, ids[i], &term, error);
    }
    ic_arena_free(arena);
    return status;
}

/* librdf's statements own their nodes. */
static enum ic_status fill_statement(struct redland_stream *stream, struct ic_error *error)
{
    librdf_node *nodes[3];
    for (int i = 0; i < 3; i++)
        if (!(nodes[i] = librdf_new_node_from_node(stream->nodes[i]))) {
            while (i-- > 0)
                librdf_free_node(nodes[i]);
            return no_memory(error);
        }
    librdf_statement_clear(stream->statement);
    librdf_statement_set_subject(stream->statement, nodes[0]);
    librdf_statement_set_predicate(stream->statement, nodes[1]);
    librdf_statement_set_object(stream->statement, nodes[2]);
    return IC_OK;
}

static void stop_reading(struct redland_stream *stream)
{
    ic_cursor_close(stream->cursor);
    stream->cursor = NULL;
    if (stream->reader) {
        redland_reader_remove(stream->reader, stream);
        redland_reader_give(stream->reader);
    }
    stream->reader = NULL;
    memset(stream->ids, 0, sizeof stream->ids); /* ids mean nothing in another dataset */
}

/* Moves to the next statement; at the end, or when reading fails, the stream is finished. */
static void advance(struct redland_stream *stream)
{
    struct ic_error error;
    struct ic_quad quad;
    bool found = false;
    enum ic_status status = IC_OK;
    if (stream->rows && stream->next_row < redland_rows_count(stream->rows)) {
        found = true;
        status = take_row(stream, &error);
    } else if (stream->cursor) {
        status = ic_cursor_next(stream->cursor, &quad, &found, &error);
        if (status == IC_OK && found)
            status = take_quad(stream, &quad, &error);
    }
    if (status == IC_OK && found)
        status = fill_statement(stream, &error);
    if (status != IC_OK)
        redland_log(stream->world, LIBRDF_FROM_STORAGE, &error);
    stream->finished = status != IC_OK || !found;
    if (stream->finished)
        stop_reading(stream);
}

enum ic_status redland_stream_read_ahead(struct redland_stream *stream, struct ic_error *error)
{
    struct ic_dataset *dataset = redland_reader_dataset(stream->reader);
    if (!stream->rows && !(stream->rows = redland_rows_new(3)))
        return no_memory(error);
    for (;;) {
        struct ic_term terms[3];
        const struct ic_term *const cells[3] = {&terms[0], &terms[1], &terms[2]};
        struct ic_quad quad;
        bool found;
        enum ic_status status = ic_cursor_next(stream->cursor, &quad, &found, error);
        if (status != IC_OK)
            return status;
        if (!found) {
            stop_reading(stream);
            return IC_OK;
        }
        struct ic_arena *arena = ic_arena_new();
        status = arena ? ic_dataset_term(dataset, quad.subject, arena, &terms[0], error)
                       : no_memory(error);
        if (status == IC_OK)
            status = ic_dataset_term(dataset, quad.predicate, arena, &terms[1], error);
        if (status == IC_OK)
            status = ic_dataset_term(dataset, quad.object, arena, &terms[2], error);
        if (status == IC_OK)
            status = redland_rows_add(stream->rows, cells, error);
        ic_arena_free(arena);
        if (status != IC_OK)
            return status;
    }
}

/* ---- what librdf calls ---- */

static int stream_is_end(void *context)
{
    const struct redland_stream *stream = context;
    return stream->finished;
}

static int stream_next(void *context)
{
    struct redland_stream *stream = context;
    if (!stream->finished)
        advance(stream);
    return stream->finished;
}

static void *stream_get(void *context, int what)
{
    struct redland_stream *stream = context;
    switch (what) {
    case LIBRDF_STREAM_GET_METHOD_GET_OBJECT:
        return stream->finished ? NULL : stream->statement;
    case LIBRDF_STREAM_GET_METHOD_GET_CONTEXT:
        return stream->context;
    default:
        return NULL;
    }
}

static void free_stream(void *context)
{
    redland_stream_free(context);
}

void redland_stream_free(struct redland_stream *stream)
{
    stop_reading(stream);
    redland_rows_free(stream->rows);
    for (int i = 0; i < 3; i++)
        if (stream->nodes[i])
            librdf_free_node(stream->nodes[i]);
    if (stream->context)
        librdf_free_node(stream->context);
    if (stream->statement)
        librdf_free_statement(stream->statement);
    if (stream->storage)
        librdf_storage_remove_reference(stream->storage);
    free(stream);
}

librdf_stream *redland_stream_publish(struct redland_stream *stream)
{
    advance(stream);
    librdf_stream *made = librdf_new_stream(stream->world, stream, stream_is_end, stream_next,
                                            stream_get, free_stream);
    if (!made)
        redland_stream_free(stream);
    return made;
}

struct redland_stream *redland_stream_new(librdf_world *world)
{
    struct redland_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->world = world;
    stream->statement = librdf_new_statement(world);
    if (!stream->statement) {
        free(stream);
        return NULL;
    }
    return stream;
}

librdf_stream *redland_stream_of_rows(librdf_world *world, struct redland_rows *rows)
{
    struct redland_stream *stream = redland_stream_new(world);
    if (!stream)
        return NULL;
    stream->rows = redland_rows_keep(rows);
    return redland_stream_publish(stream);
}
