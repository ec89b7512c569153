/* SPDX-License-Identifier: Apache-2.0 */
/* Reading through librdf: finding statements, size, contains, contexts. */
#include <limits.h>
#include <stdlib.h>

#include "redland_stream.h"

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a stream");
}

/* ---- finding ---- */

/* A librdf statement as a pattern; NULL: every statement. */
static enum ic_status make_pattern(struct redland *redland, struct ic_dataset *dataset,
                                   librdf_statement *statement, librdf_node *context,
                                   struct ic_quad *pattern, struct ic_error *error)
{
    *pattern = (struct ic_quad){.subject = IC_ANY, .predicate = IC_ANY, .object = IC_ANY};
    enum ic_status status =
        redland_find_graph(redland, dataset, context, &pattern->graph, error);
    if (!statement)
        return status;
    if (status == IC_OK)
        status = redland_find(dataset, librdf_statement_get_subject(statement),
                              &pattern->subject, error);
    if (status == IC_OK)
        status = redland_find(dataset, librdf_statement_get_predicate(statement),
                              &pattern->predicate, error);
    if (status == IC_OK)
        status = redland_find(dataset, librdf_statement_get_object(statement), &pattern->object,
                              error);
    return status;
}

/* A reader and a cursor on what matches. */
static enum ic_status start_reading(struct redland *redland, librdf_statement *statement,
                                    librdf_node *context, struct redland_reader **reader,
                                    struct ic_cursor **cursor, struct ic_error *error)
{
    struct ic_quad pattern;
    enum ic_status status = redland_reader_take(redland->catalog, reader, error);
    if (status != IC_OK)
        return status;
    struct ic_dataset *dataset = redland_reader_dataset(*reader);
    status = make_pattern(redland, dataset, statement, context, &pattern, error);
    if (status == IC_OK)
        status = ic_dataset_open(dataset, &pattern, cursor, error);
    if (status != IC_OK)
        redland_reader_give(*reader);
    return status;
}

static librdf_stream *find_in_context(librdf_storage *storage, librdf_statement *statement,
                                      librdf_node *context)
{
    struct redland *redland = redland_of(storage);
    struct redland_stream *stream = redland_stream_new(redland->world);
    struct ic_error error;
    if (!stream)
        return NULL;
    librdf_storage_add_reference(storage);
    stream->storage = storage;
    if (context && !(stream->context = librdf_new_node_from_node(context))) {
        redland_stream_free(stream);
        return NULL;
    }
    if (start_reading(redland, statement, context, &stream->reader, &stream->cursor, &error) !=
        IC_OK) {
        stream->reader = NULL;
        redland_log(redland->world, LIBRDF_FROM_STORAGE, &error);
        redland_stream_free(stream);
        return NULL;
    }
    redland_reader_add(stream->reader, stream);
    return redland_stream_publish(stream);
}

static librdf_stream *find(librdf_storage *storage, librdf_statement *statement)
{
    return find_in_context(storage, statement, NULL);
}

static librdf_stream *serialise(librdf_storage *storage)
{
    return find_in_context(storage, NULL, NULL);
}

static librdf_stream *context_serialise(librdf_storage *storage, librdf_node *context)
{
    return find_in_context(storage, NULL, context);
}

/* Counts what matches, up to `limit`; -1: it failed. */
static int count(librdf_storage *storage, librdf_statement *statement, int limit)
{
    struct redland *redland = redland_of(storage);
    struct redland_reader *reader;
    struct ic_cursor *cursor;
    struct ic_error error;
    int counted = 0;
    enum ic_status status = start_reading(redland, statement, NULL, &reader, &cursor, &error);
    if (status == IC_OK) {
        struct ic_quad quad;
        bool found = true;
        while (counted < limit && status == IC_OK && found) {
            status = ic_cursor_next(cursor, &quad, &found, &error);
            counted += status == IC_OK && found;
        }
        ic_cursor_close(cursor);
        redland_reader_give(reader);
    }
    if (status != IC_OK)
        redland_log(redland->world, LIBRDF_FROM_STORAGE, &error);
    return status == IC_OK ? counted : -1;
}

static int size(librdf_storage *storage)
{
    return count(storage, NULL, INT_MAX);
}

static int contains(librdf_storage *storage, librdf_statement *statement)
{
    return count(storage, statement, 1) > 0;
}

/* ---- contexts ---- */

struct contexts {
    librdf_world *world;
    struct redland_rows *rows;
    size_t next;
    librdf_node *node;
};

static int contexts_is_end(void *context)
{
    const struct contexts *contexts = context;
    return contexts->next >= redland_rows_count(contexts->rows);
}

static void contexts_drop_node(struct contexts *contexts)
{
    if (contexts->node)
        librdf_free_node(contexts->node);
    contexts->node = NULL;
}

static int contexts_next(void *context)
{
    struct contexts *contexts = context;
    contexts_drop_node(contexts);
    contexts->next++;
    return contexts_is_end(context);
}

static void *contexts_get(void *context, int what)
{
    struct contexts *contexts = context;
    if (what != LIBRDF_ITERATOR_GET_METHOD_GET_OBJECT || contexts_is_end(context))
        return NULL;
    if (!contexts->node)
        contexts->node =
            redland_node(contexts->world, redland_rows_cell(contexts->rows, contexts->next, 0));
    return contexts->node;
}

static void contexts_free(void *context)
{
    struct contexts *contexts = context;
    contexts_drop_node(contexts);
    redland_rows_free(contexts->rows);
    free(contexts);
}

static enum ic_status read_contexts(struct ic_dataset *dataset, struct redland_rows *rows,
                                    struct ic_error *error)
{
    uint64_t *ids;
    size_t found;
    enum ic_status status = ic_dataset_graphs(dataset, &ids, &found, error);
    if (status != IC_OK)
        return status;
    for (size_t i = 0; status == IC_OK && i < found; i++) {
        struct ic_arena *arena = ic_arena_new();
        struct ic_term term;
        const struct ic_term *const cells[1] = {&term};
        status =
            arena ? ic_dataset_term(dataset, ids[i], arena, &term, error) : no_memory(error);
        if (status == IC_OK)
            status = redland_rows_add(rows, cells, error);
        ic_arena_free(arena);
    }
    free(ids);
    return status;
}

static librdf_iterator *get_contexts(librdf_storage *storage)
{
    struct redland *redland = redland_of(storage);
    struct redland_reader *reader;
    struct ic_error error;
    struct contexts *contexts = calloc(1, sizeof *contexts);
    struct redland_rows *rows = redland_rows_new(1);
    enum ic_status status = contexts && rows ? IC_OK : no_memory(&error);
    if (status == IC_OK)
        status = redland_reader_take(redland->catalog, &reader, &error);
    if (status == IC_OK) {
        status = read_contexts(redland_reader_dataset(reader), rows, &error);
        redland_reader_give(reader);
    }
    if (status != IC_OK) {
        redland_log(redland->world, LIBRDF_FROM_STORAGE, &error);
        redland_rows_free(rows);
        free(contexts);
        return NULL;
    }
    contexts->world = redland->world;
    contexts->rows = rows;
    librdf_iterator *iterator = librdf_new_iterator(redland->world, contexts, contexts_is_end,
                                                    contexts_next, contexts_get, contexts_free);
    if (!iterator)
        contexts_free(contexts);
    return iterator;
}

void redland_set_read_methods(librdf_storage_factory *factory)
{
    factory->size = size;
    factory->contains_statement = contains;
    factory->serialise = serialise;
    factory->find_statements = find;
    factory->find_statements_in_context = find_in_context;
    factory->context_serialise = context_serialise;
    factory->get_contexts = get_contexts;
}
