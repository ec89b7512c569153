/* SPDX-License-Identifier: Apache-2.0 */
/* The librdf storage module "intercloud": what redland_*.c share.
 *
 * librdf calls a storage "storage", its user "model", a named graph "context". Without a
 * context a program sees the default graph, or the plain graph that the option `graph` names.
 *
 * Threads: a librdf world belongs to one thread at a time, and everything here that hangs on
 * it too. Worlds of several threads may have the same catalog open: they share it
 * (redland_catalogs.c).
 * Lock order: the list of catalogs, then one catalog's list of readers, then the catalog's own
 * lock. A thread that holds the catalog for reading must not write: redland_write.c first has
 * its streams read ahead. */
#ifndef IC_REDLAND_H
#define IC_REDLAND_H

#include <redland.h>

#include "catalog.h"
#include "dataset.h"
#include "document.h"
#include "query.h"

enum {
    REDLAND_CELLS_MAX = 64 * 1024 * 1024, /* of results and of streams that read ahead */
    REDLAND_TRANSACTION_BYTES_MAX = 256 * 1024 * 1024 /* the terms of one transaction */
};
#define REDLAND_RESULT_BYTES_MAX ((size_t)1 << 30) /* their distinct terms */

struct redland_catalog;
struct redland_changes;
struct redland_reader;
struct redland_rows;
struct redland_stream;

/* One librdf storage. */
struct redland {
    librdf_storage *storage; /* borrowed: it owns this */
    librdf_world *world;
    char *directory, *graph; /* graph: of statements without a context, or NULL */
    bool read_only;
    bool takes_queries;              /* queries have the layout that redland_layout.h knows */
    unsigned opened;                 /* models that use it */
    struct redland_catalog *catalog; /* while opened */
    struct redland_changes *transaction; /* what it has gathered, or NULL: there is none */
};

struct redland *redland_of(librdf_storage *storage);

/* Hands an error to the world's log, with its place in the text. */
void redland_log(librdf_world *world, librdf_log_facility facility,
                 const struct ic_error *error);

/* The methods that redland_module.c does not have itself. */
void redland_set_read_methods(librdf_storage_factory *factory);
void redland_set_write_methods(librdf_storage_factory *factory);
void redland_set_query_methods(librdf_storage_factory *factory);

/* ---- redland_write.c ---- */

void redland_drop_transaction(struct redland *redland);

/* ---- redland_query.c ---- */

/* Are this librdf's queries laid out as redland_layout.h says? */
bool redland_knows_queries(librdf_world *world);

/* ---- redland_results.c ---- */

/* What a query gave. */
struct redland_answer {
    enum ic_query_kind kind;
    struct redland_rows *rows; /* of bindings or of triples */
    const char **names;        /* of the columns, in the rows' arena; ended by NULL */
    bool boolean;
};

/* Results for librdf; the rows are kept. NULL when memory is out. */
librdf_query_results *redland_results_new(librdf_world *world,
                                          const struct redland_answer *answer);

/* ---- redland_dataset.c ---- */

/* `inner` with graph `graph` as its default graph. Owned: ic_dataset_free; `inner` stays the
 * caller's and must outlive it. */
enum ic_status redland_dataset_new(struct ic_dataset *inner, uint64_t graph,
                                   struct ic_dataset **dataset, struct ic_error *error);

/* ---- redland_catalogs.c: catalogs open in this process ---- */

enum ic_status redland_catalog_take(const char *directory, struct redland_catalog **catalog,
                                    struct ic_error *error);
void redland_catalog_give(struct redland_catalog *catalog);
struct ic_catalog *redland_catalog_get(struct redland_catalog *catalog);

/* What the calling thread reads: streams that are open at the same time share it. Owned:
 * redland_reader_give. */
enum ic_status redland_reader_take(struct redland_catalog *catalog,
                                   struct redland_reader **reader, struct ic_error *error);
void redland_reader_give(struct redland_reader *reader);
struct ic_dataset *redland_reader_dataset(struct redland_reader *reader);

/* The streams that read from a reader. */
void redland_reader_add(struct redland_reader *reader, struct redland_stream *stream);
void redland_reader_remove(struct redland_reader *reader, struct redland_stream *stream);

/* Has all streams of the calling thread read ahead, so that it may write. */
enum ic_status redland_stop_reading(struct redland_catalog *catalog, struct ic_error *error);

/* ---- redland_terms.c ---- */

/* The term of a node; borrows the node's strings. */
struct ic_term redland_term(librdf_node *node);
/* A node of its own, or NULL when memory is out. */
librdf_node *redland_node(librdf_world *world, const struct ic_term *term);
/* The id to search with: IC_ANY for NULL. */
enum ic_status redland_find(struct ic_dataset *dataset, librdf_node *node, uint64_t *id,
                            struct ic_error *error);
/* The graph to search in for a context (NULL: without one). */
enum ic_status redland_find_graph(const struct redland *redland, struct ic_dataset *dataset,
                                  librdf_node *context, uint64_t *id, struct ic_error *error);

/* ---- redland_rows.c: terms in rows, in memory ---- */

/* Owned: redland_rows_free, once for each who kept it. NULL when memory is out. */
struct redland_rows *redland_rows_new(size_t columns);
struct redland_rows *redland_rows_keep(struct redland_rows *rows);
void redland_rows_free(struct redland_rows *rows);
size_t redland_rows_count(const struct redland_rows *rows);
size_t redland_rows_columns(const struct redland_rows *rows);
/* Adds a row; `cells[i]` NULL: unbound. IC_TOO_LARGE names the limit. */
enum ic_status redland_rows_add(struct redland_rows *rows, const struct ic_term *const *cells,
                                struct ic_error *error);
/* Borrowed until the rows are freed; NULL: unbound. */
const struct ic_term *redland_rows_cell(const struct redland_rows *rows, size_t row,
                                        size_t column);
/* Memory that lives as long as the rows. */
struct ic_arena *redland_rows_arena(struct redland_rows *rows);

/* ---- redland_stream.c ---- */

/* Reads what is left into memory and gives the reader back. After a failure the stream goes on
 * reading as before. */
enum ic_status redland_stream_read_ahead(struct redland_stream *stream, struct ic_error *error);
/* A stream of rows of three terms; the rows are kept. NULL when memory is out. */
librdf_stream *redland_stream_of_rows(librdf_world *world, struct redland_rows *rows);

#endif
