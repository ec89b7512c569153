/* SPDX-License-Identifier: Apache-2.0 */
/* Running SPARQL: the one interface behind which query engines stand.
 * Threads: any; one call works in one thread and shares nothing with another (Redland's worlds
 * must not be shared between threads). */
#ifndef IC_QUERY_H
#define IC_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset.h"
#include "status.h"
#include "term.h"

enum ic_query_kind { IC_QUERY_SELECT, IC_QUERY_ASK, IC_QUERY_CONSTRUCT, IC_QUERY_DESCRIBE };

/* Receives results as they come. A call that returns other than IC_OK stops the query, which
 * then returns that status. Pointers are borrowed for the call. */
struct ic_query_sink {
    void *context;
    enum ic_status (*begin)(void *context, enum ic_query_kind kind,
                            const char *const *variables, size_t count, struct ic_error *error);
    /* `cells[i]` is NULL where variable i is unbound. */
    enum ic_status (*row)(void *context, const struct ic_term *const *cells, size_t count,
                          struct ic_error *error);
    /* NULL, or for a sink that needs the options' first `rows_wanted` rows alone: how many more
     * there are, which the engine may count instead of giving them. Once, before `end`. */
    void (*counted)(void *context, size_t rows);
    enum ic_status (*boolean)(void *context, bool value, struct ic_error *error);
    enum ic_status (*triple)(void *context, const struct ic_term *subject,
                             const struct ic_term *predicate, const struct ic_term *object,
                             struct ic_error *error);
    enum ic_status (*end)(void *context, struct ic_error *error);
};

struct ic_query_options {
    const char *name;   /* of the query in messages: a file name or "query" */
    const char *base;   /* base IRI or NULL */
    const char *engine; /* "native", "rasqal" or NULL: native, then rasqal for what it lacks */
    long timeout_ms;    /* 0: none. Passing it is IC_TIMEOUT */
    /* Asked now and then; true ends the query with IC_TIMEOUT. NULL: never. */
    bool (*cancelled)(void *context);
    void *cancelled_context;
    /* The text is a stranger's: what rasqal does not do within time and memory is refused, by
     * the text's length and by what it computes, with IC_TOO_LARGE. */
    bool guarded;
    size_t rows_wanted; /* by a sink that has `counted`; without it all are given */
    size_t rows_max;    /* 0: none. Passing it is IC_TOO_LARGE, never a cut answer */
    /* Bytes, about, that the query may hold in memory; 0: the limit `result` of the catalog, or
     * its default for a dataset in memory. IC_TOO_LARGE. */
    size_t memory_max;
};

/* Parses and runs `text` over `dataset`. Queries never read files or the network: FROM naming a
 * graph outside the dataset is an empty graph. IC_BAD_INPUT: syntax, with line and column;
 * IC_UNSUPPORTED: names what the engine does not do. */
enum ic_status ic_query_run(struct ic_dataset *dataset, const char *text,
                            const struct ic_query_options *options,
                            const struct ic_query_sink *sink, struct ic_error *error);

/* Parses only; where options name an engine, also whether that would run it. */
enum ic_status ic_query_check(const char *text, const struct ic_query_options *options,
                              struct ic_error *error);

struct ic_results_writer;

/* A sink that writes to `out` as "table" (for people), "json", "xml", "csv", "tsv" (the W3C's
 * SPARQL 1.1 results formats; ASK and SELECT), "turtle", "ntriples", "nquads" (CONSTRUCT,
 * DESCRIBE). NULL chooses table or turtle. IC_USAGE: an unknown name, listing the names;
 * IC_BAD_INPUT at begin: a format that cannot carry that kind of result. Owned:
 * ic_results_writer_free. Terms in "table" are escaped for terminals. */
enum ic_status ic_results_writer_new(const char *format, FILE *out,
                                     struct ic_results_writer **writer, struct ic_error *error);
const struct ic_query_sink *ic_results_writer_sink(struct ic_results_writer *writer);
/* Rows or triples written so far. */
size_t ic_results_writer_count(const struct ic_results_writer *writer);
void ic_results_writer_free(struct ic_results_writer *writer);

#endif
