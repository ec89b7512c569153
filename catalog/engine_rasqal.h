/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the rasqal engine (private to engine_rasqal*.c).
 *
 * rasqal 0.9.33 parses the query and evaluates it; what it gets wrong is done around it:
 * terms reach it with exact values and come back as the dataset's own terms
 * (engine_rasqal_values.c, engine_rasqal_terms.c), expressions are rewritten so that
 * comparisons are exact and typed (engine_rasqal_rewrite.c, engine_rasqal_compare.c), patterns
 * are looked up in the dataset (engine_rasqal_source.c), DISTINCT, ORDER BY and LIMIT are ours
 * (engine_rasqal_rows.c), CONSTRUCT and DESCRIBE run as SELECT (engine_rasqal_graph.c). What
 * can be seen to come out wrong all the same is refused with IC_UNSUPPORTED.
 *
 * Threads: an engine is made for one query and belongs to one thread; rasqal's and raptor's
 * worlds are not shared. */
#ifndef IC_ENGINE_RASQAL_H
#define IC_ENGINE_RASQAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "rdf_libraries.h"

#include "dataset.h"
#include "document.h"
#include "query.h"
#include "sparql_outline.h"

/* A function that rasqal does not have: that it was called means that a BIND failed. */
#define ENGINE_BIND_FAILED "urn:intercloud:bind-failed"

/* Datatype of literals that rasqal must not understand: NaN, ill-typed ones. */
#define ENGINE_OPAQUE_DATATYPE "urn:intercloud:opaque"

struct rasqal_terms;

/* One value of a row: a term of the dataset, one that the query computed (a node of
 * engine.computed), or none. */
struct cell {
    enum cell_kind { CELL_UNBOUND, CELL_DATA, CELL_COMPUTED } kind;
    uint64_t id;
};

/* Kinds of numbers that the query has met, to tell the type of what rasqal computes. */
enum { NUMBER_INTEGER = 1, NUMBER_DECIMAL = 2, NUMBER_DOUBLE = 4, NUMBER_DIVIDED = 8 };

struct engine {
    struct ic_dataset *dataset;
    const struct ic_query_options *options;
    const struct ic_query_sink *sink;
    const char *text;
    struct sparql_outline outline;

    raptor_world *raptor;
    rasqal_world *world;
    struct ic_arena *arena; /* lives as long as the engine */
    size_t held;            /* bytes of rows that are remembered */

    /* The first failure; everything stops once status is not IC_OK. `error` is never NULL. */
    enum ic_status status;
    struct ic_error *error;
    bool sink_begun; /* parsing is over: what rasqal logs now are type errors */

    struct timespec deadline;
    bool has_deadline;
    unsigned ticks;

    struct rasqal_terms *terms;
    raptor_uri *opaque; /* ENGINE_OPAQUE_DATATYPE */
    struct ic_document *computed;
    unsigned numbers;
    bool keep_datatypes; /* the query looks at datatypes and compares no data by "=" */
    bool aggregates, grouped;
    bool holds_rows; /* rasqal keeps what it reads until its end: GROUP BY, DISTINCT in () */

    /* FROM and FROM NAMED: the graphs that make up the default and the named graphs. */
    bool restricted;
    uint64_t *defaults, *named;
    size_t default_count, named_count;

    /* The graph that a pattern was last looked up in. */
    const raptor_uri *last_graph;
    uint64_t last_graph_id;
};

/* Records a failure unless there is one already; returns engine->status. */
enum ic_status engine_fail(struct engine *engine, enum ic_status status, const char *format,
                           ...) __attribute__((format(printf, 3, 4)));

/* Records the status of a call that has filled engine->error; true when the query failed. */
bool engine_failed(struct engine *engine, enum ic_status status);

/* Refuses a text that rasqal must not be given (engine_rasqal_guard.c): IC_UNSUPPORTED,
 * IC_TOO_LARGE; sets engine->holds_rows. */
enum ic_status guard_check(struct engine *engine);

/* False once the query failed or its deadline passed. */
bool engine_running(struct engine *engine);
/* Counts bytes that the query is going to hold; IC_TOO_LARGE. */
enum ic_status engine_hold(struct engine *engine, size_t bytes);

/* ---- engine_rasqal_values.c ---- */

/* A new literal of `term`; `id` is its id in the dataset or IC_UNKNOWN_TERM. NULL after
 * engine_fail. */
rasqal_literal *values_literal(struct engine *engine, const struct ic_term *term, uint64_t id);

/* The id that values_literal gave a typed literal, also in a copy by rasqal. */
bool values_read_mark(const rasqal_literal *literal, uint64_t *id);

/* A constant of the query that is compared, with an exact value; a new reference, or NULL
 * after engine_fail. */
rasqal_literal *values_constant(struct engine *engine, rasqal_literal *literal);

/* ---- engine_rasqal_terms.c ---- */

bool terms_open(struct engine *engine);
void terms_close(struct engine *engine);

/* The literal of a term of the dataset: a new reference, or NULL after engine_fail. */
rasqal_literal *terms_literal(struct engine *engine, uint64_t id);

/* The cell of a value from rasqal. */
enum ic_status terms_cell(struct engine *engine, rasqal_literal *literal, struct cell *cell);

/* The id of a value from rasqal, or of a constant of a pattern; IC_UNKNOWN_TERM: the dataset
 * lacks it. */
enum ic_status terms_id(struct engine *engine, rasqal_literal *literal, uint64_t *id);
enum ic_status terms_constant_id(struct engine *engine, rasqal_literal *literal, uint64_t *id);

/* The term of a bound cell; its strings live in `arena` or as long as the engine. */
enum ic_status terms_term(struct engine *engine, const struct cell *cell,
                          struct ic_arena *arena, struct ic_term *term);

/* ---- engine_rasqal_rewrite.c ---- */

/* Refuses what rasqal evaluates wrongly and makes comparisons exact, in place, between
 * preparing and executing. */
enum ic_status rewrite_query(struct engine *engine, rasqal_query *query);

/* True when the query is one list of triples with filters and BINDs. Where rasqal joins two
 * patterns, it takes values from other rows (engine_plan.h). */
bool rewrite_joins_nothing(rasqal_query *query);

/* True when a pattern of the query may bind the variable: SELECT * shows it. */
bool rewrite_may_bind(rasqal_query *query, const rasqal_variable *variable);

/* ---- engine_rasqal_compare.c ---- */

/* Each changes the node in place, after its operands; failures are in engine->status. */

/* "=", "!=", IN, NOT IN, "<", ">", "<=", ">=", isNumeric. */
void compare_rewrite(struct engine *engine, rasqal_expression *e);
/* An operand of "&&", "||", "!", IF or FILTER. */
void compare_guard_boolean(struct engine *engine, rasqal_expression *e);
/* The expression of a BIND. */
void compare_guard_bind(struct engine *engine, rasqal_expression *e);
void compare_rewrite_datatype(struct engine *engine, rasqal_expression *e);
void compare_rewrite_iri(struct engine *engine, rasqal_expression *e);

/* ---- engine_rasqal_regex.c ---- */

/* The POSIX form of an XPath regular expression, in the engine's arena; NULL after
 * engine_fail: they would not read it alike. */
char *regex_translate(struct engine *engine, const char *pattern);

/* ---- engine_rasqal_source.c ---- */

/* Makes the dataset the world's only source of triples. */
enum ic_status source_register(struct engine *engine);

/* Calls `each` for every triple that matches the pattern's subject, predicate and object in
 * the query's default graph, each once. */
enum ic_status source_default_triples(struct engine *engine, const struct ic_quad *pattern,
                                      enum ic_status (*each)(void *context,
                                                             const struct ic_quad *quad),
                                      void *context);

/* ---- engine_rasqal_graphs.c ---- */

/* Takes FROM and FROM NAMED out of the query and puts the dataset's named graphs in. */
enum ic_status graphs_set(struct engine *engine, rasqal_query *query);

/* ---- engine_rasqal_rows.c ---- */

struct rows;

/* What is done to the rows after rasqal. */
struct row_order {
    size_t column;
    bool descending;
};
struct row_plan {
    size_t columns; /* that rasqal gives */
    size_t shown;   /* the first of them that are passed on */
    bool distinct;  /* on the shown ones */
    struct row_order *order;
    size_t order_count;
    size_t offset, limit; /* limit SIZE_MAX: none */
};

/* Receives the rows that are left. */
typedef enum ic_status (*row_function)(void *context, const struct cell *cells, size_t count);

/* Owned: rows_free. NULL after engine_fail. */
struct rows *rows_new(struct engine *engine, const struct row_plan *plan, row_function each,
                      void *context);
/* Takes a row of plan.columns cells. *done: no further row can matter. */
enum ic_status rows_add(struct rows *rows, const struct cell *cells, bool *done);
/* Sorts and passes on what was held back. */
enum ic_status rows_end(struct rows *rows);
void rows_free(struct rows *rows);

/* ---- engine_rasqal_graph.c ---- */

struct graph_builder;

/* Builds what CONSTRUCT and DESCRIBE give from rows, each triple once. `query` is the query as
 * it was written; `names` are the columns' variables. Owned: graph_builder_free. NULL after
 * engine_fail. */
struct graph_builder *graph_builder_new(struct engine *engine, rasqal_query *query,
                                        const char *const *names, size_t count);
enum ic_status graph_builder_row(void *builder, const struct cell *cells, size_t count);
/* Adds what needs no row and, for DESCRIBE, describes what was collected. */
enum ic_status graph_builder_end(struct graph_builder *builder);
void graph_builder_free(struct graph_builder *builder);

/* ---- engine_rasqal_prepare.c ---- */

/* A query as it was written and, where rasqal is to run another text, that. */
struct prepared {
    rasqal_query *written, *run;
    const char **names; /* the columns of `run`'s rows */
    bool *plain;        /* which of them are variables of the pattern, not expressions */
    size_t shown;       /* the first of them that the query asked for */
    struct row_plan plan;
    bool rasqal_sorts; /* its ORDER BY is of expressions, which only rasqal evaluates */
};

/* Parses engine->text and fills `prepared`, which starts as zeroes. */
enum ic_status prepared_make(struct engine *engine, struct prepared *prepared);
/* Frees what prepared_make made, also after it failed. */
void prepared_free(struct prepared *prepared);

#endif
