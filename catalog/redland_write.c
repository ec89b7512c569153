/* SPDX-License-Identifier: Apache-2.0 */
/* Writing through librdf: plain graphs only; a librdf transaction, and a stream that is added,
 * becomes one transaction of the catalog. What a transaction has gathered is seen when it is
 * committed. */
#include <stdlib.h>

#include "redland.h"

struct redland_changes {
    struct ic_document *terms;
    struct ic_graph_change *items;
    size_t count, room;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for changes to a graph");
}

static struct redland_changes *changes_new(void)
{
    const struct ic_document_limits limits = {.total_bytes_max = REDLAND_TRANSACTION_BYTES_MAX};
    struct redland_changes *changes = calloc(1, sizeof *changes);
    if (changes && !(changes->terms = ic_document_new("transaction", &limits))) {
        free(changes);
        return NULL;
    }
    return changes;
}

static void changes_free(struct redland_changes *changes)
{
    if (!changes)
        return;
    ic_document_free(changes->terms);
    free(changes->items);
    free(changes);
}

static enum ic_status add_node(struct redland_changes *changes, librdf_node *node,
                               uint32_t *number, struct ic_error *error)
{
    if (!node)
        return ic_fail(error, IC_BAD_INPUT,
                       "a statement to add or remove has subject, predicate and object");
    const struct ic_term term = redland_term(node);
    return ic_document_intern(changes->terms, &term, number, error);
}

/* The graph that a statement goes to. */
static enum ic_status add_graph(const struct redland *redland, struct redland_changes *changes,
                                librdf_node *context, uint32_t *number, struct ic_error *error)
{
    if (redland->read_only)
        return ic_fail(error, IC_FORBIDDEN, "the storage was opened with write='no'");
    if (context)
        return add_node(changes, context, number, error);
    if (!redland->graph)
        return ic_fail(error, IC_FORBIDDEN,
                       "the default graph is what clouds have published and changes by publish "
                       "and withdraw; give a context, or open the storage with graph='IRI'");
    const struct ic_term term = ic_term_iri(redland->graph);
    return ic_document_intern(changes->terms, &term, number, error);
}

/* `statement` NULL: clears the graph. */
static enum ic_status add_change(const struct redland *redland, struct redland_changes *changes,
                                 enum ic_graph_change_kind kind, librdf_node *context,
                                 librdf_statement *statement, struct ic_error *error)
{
    struct ic_graph_change change = {.kind = kind};
    enum ic_status status = add_graph(redland, changes, context, &change.graph, error);
    if (status == IC_OK && statement)
        status =
            add_node(changes, librdf_statement_get_subject(statement), &change.subject, error);
    if (status == IC_OK && statement)
        status = add_node(changes, librdf_statement_get_predicate(statement), &change.predicate,
                          error);
    if (status == IC_OK && statement)
        status =
            add_node(changes, librdf_statement_get_object(statement), &change.object, error);
    if (status == IC_OK && changes->count == changes->room) {
        const size_t room = changes->room ? changes->room * 2 : 16;
        struct ic_graph_change *grown = realloc(changes->items, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        changes->items = grown;
        changes->room = room;
    }
    if (status == IC_OK)
        changes->items[changes->count++] = change;
    return status;
}

static enum ic_status commit(struct redland *redland, struct redland_changes *changes,
                             struct ic_graphs_changed *changed, struct ic_error *error)
{
    *changed = (struct ic_graphs_changed){.added = 0};
    if (changes->count == 0)
        return IC_OK;
    enum ic_status status = redland_stop_reading(redland->catalog, error);
    if (status != IC_OK)
        return status;
    return ic_catalog_change_graphs(redland_catalog_get(redland->catalog), changes->terms,
                                    changes->items, changes->count, changed, error);
}

/* What librdf wants to hear: 0, or not. */
static int report(const struct redland *redland, enum ic_status status,
                  const struct ic_error *error)
{
    if (status == IC_OK)
        return 0;
    redland_log(redland->world, LIBRDF_FROM_STORAGE, error);
    return -1;
}

/* One change: into the transaction that is open, or as one of its own. */
static int change(librdf_storage *storage, enum ic_graph_change_kind kind, librdf_node *context,
                  librdf_statement *statement)
{
    struct redland *redland = redland_of(storage);
    struct ic_graphs_changed changed;
    struct ic_error error;
    if (redland->transaction)
        return report(
            redland,
            add_change(redland, redland->transaction, kind, context, statement, &error),
            &error);
    struct redland_changes *changes = changes_new();
    enum ic_status status = changes
                                ? add_change(redland, changes, kind, context, statement, &error)
                                : no_memory(&error);
    if (status == IC_OK)
        status = commit(redland, changes, &changed, &error);
    changes_free(changes);
    if (status == IC_OK && kind == IC_GRAPH_REMOVE && changed.removed == 0)
        return 1; /* as librdf's own storages say of a statement that is not there */
    return report(redland, status, &error);
}

static int context_add(librdf_storage *storage, librdf_node *context,
                       librdf_statement *statement)
{
    return change(storage, IC_GRAPH_ADD, context, statement);
}

static int context_remove(librdf_storage *storage, librdf_node *context,
                          librdf_statement *statement)
{
    return change(storage, IC_GRAPH_REMOVE, context, statement);
}

static int context_clear(librdf_storage *storage, librdf_node *context)
{
    return change(storage, IC_GRAPH_CLEAR, context, NULL);
}

static int add(librdf_storage *storage, librdf_statement *statement)
{
    return change(storage, IC_GRAPH_ADD, NULL, statement);
}

static int remove_one(librdf_storage *storage, librdf_statement *statement)
{
    return change(storage, IC_GRAPH_REMOVE, NULL, statement);
}

/* All of the stream or nothing of it. */
static int context_add_stream(librdf_storage *storage, librdf_node *context,
                              librdf_stream *stream)
{
    struct redland *redland = redland_of(storage);
    struct redland_changes *changes = redland->transaction;
    struct ic_graphs_changed changed;
    struct ic_error error;
    enum ic_status status = IC_OK;
    const size_t before = changes ? changes->count : 0;
    if (!changes && !(changes = changes_new()))
        status = no_memory(&error);
    for (; status == IC_OK && !librdf_stream_end(stream); librdf_stream_next(stream))
        status = add_change(redland, changes, IC_GRAPH_ADD, context,
                            librdf_stream_get_object(stream), &error);
    if (redland->transaction) {
        if (status != IC_OK)
            changes->count = before;
        return report(redland, status, &error);
    }
    if (status == IC_OK)
        status = commit(redland, changes, &changed, &error);
    changes_free(changes);
    return report(redland, status, &error);
}

static int add_stream(librdf_storage *storage, librdf_stream *stream)
{
    return context_add_stream(storage, NULL, stream);
}

/* ---- transactions ---- */

static int transaction_start(librdf_storage *storage)
{
    struct redland *redland = redland_of(storage);
    struct ic_error error;
    if (redland->transaction)
        return report(redland,
                      ic_fail(&error, IC_BUSY, "a transaction is open; commit or roll it back"),
                      &error);
    redland->transaction = changes_new();
    return redland->transaction ? 0 : report(redland, no_memory(&error), &error);
}

static int transaction_commit(librdf_storage *storage)
{
    struct redland *redland = redland_of(storage);
    struct ic_graphs_changed changed;
    struct ic_error error;
    if (!redland->transaction)
        return report(redland, ic_fail(&error, IC_BAD_INPUT, "no transaction is open"), &error);
    struct redland_changes *changes = redland->transaction;
    redland->transaction = NULL;
    const enum ic_status status = commit(redland, changes, &changed, &error);
    changes_free(changes);
    return report(redland, status, &error);
}

static int transaction_rollback(librdf_storage *storage)
{
    struct redland *redland = redland_of(storage);
    struct ic_error error;
    if (!redland->transaction)
        return report(redland, ic_fail(&error, IC_BAD_INPUT, "no transaction is open"), &error);
    changes_free(redland->transaction);
    redland->transaction = NULL;
    return 0;
}

void redland_drop_transaction(struct redland *redland)
{
    changes_free(redland->transaction);
    redland->transaction = NULL;
}

void redland_set_write_methods(librdf_storage_factory *factory)
{
    factory->add_statement = add;
    factory->add_statements = add_stream;
    factory->remove_statement = remove_one;
    factory->context_add_statement = context_add;
    factory->context_add_statements = context_add_stream;
    factory->context_remove_statement = context_remove;
    factory->context_remove_statements = context_clear;
    factory->transaction_start = transaction_start;
    factory->transaction_commit = transaction_commit;
    factory->transaction_rollback = transaction_rollback;
}
