/* SPDX-License-Identifier: Apache-2.0 */
/* The engine rasqal: opening its world, preparing the query, running it. */
#include "engine_rasqal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_plan.h"
#include "query_engine.h"
#include "raptor_world.h"

enum {
    TICKS_PER_LOOK = 8, /* how often the clock is read */
    MESSAGE_MAX = 1024,
    ROW_BYTES = 256 /* about, of one that rasqal keeps */
};

/* ---- failing ---- */

enum ic_status engine_fail(struct engine *engine, enum ic_status status, const char *format,
                           ...)
{
    if (engine->status != IC_OK)
        return engine->status;
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    engine->status = ic_fail_at(engine->error, status, engine->options->name, 0, 0, "%s", text);
    return engine->status;
}

bool engine_failed(struct engine *engine, enum ic_status status)
{
    if (status != IC_OK && engine->status == IC_OK)
        engine->status = status;
    return engine->status != IC_OK;
}

enum ic_status engine_hold(struct engine *engine, size_t bytes)
{
    engine->held += bytes;
    if (engine->status == IC_OK)
        engine->status = query_holds(engine->options,
                                     engine->held + ic_arena_size_bytes(engine->arena) +
                                         ic_document_memory(engine->computed),
                                     engine->error);
    return engine->status;
}

bool engine_running(struct engine *engine)
{
    const size_t kept = engine->holds_rows && engine->options->guarded ? ROW_BYTES : 0;
    if (engine->status != IC_OK || engine_hold(engine, kept) != IC_OK)
        return false;
    if (engine->ticks++ % TICKS_PER_LOOK != 0)
        return true;
    const struct ic_query_options *options = engine->options;
    if (options->cancelled && options->cancelled(options->cancelled_context)) {
        engine_fail(engine, IC_TIMEOUT, "the query was cancelled");
        return false;
    }
    if (!engine->has_deadline)
        return true;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > engine->deadline.tv_sec ||
        (now.tv_sec == engine->deadline.tv_sec && now.tv_nsec > engine->deadline.tv_nsec))
        engine_fail(engine, IC_TIMEOUT, "the query took longer than its %ld ms",
                    engine->options->timeout_ms);
    return engine->status == IC_OK;
}

static void set_deadline(struct engine *engine)
{
    const long ms = engine->options->timeout_ms;
    engine->has_deadline = ms > 0;
    if (!engine->has_deadline)
        return;
    clock_gettime(CLOCK_MONOTONIC, &engine->deadline);
    engine->deadline.tv_sec += ms / 1000;
    engine->deadline.tv_nsec += ms % 1000 * 1000000;
    if (engine->deadline.tv_nsec >= 1000000000) {
        engine->deadline.tv_nsec -= 1000000000;
        engine->deadline.tv_sec++;
    }
}

/* rasqal's messages on one line. The first error is the one to tell; errors of evaluation
 * (a bad regular expression, say) are SPARQL's type errors and no failure. */
static void take_message(void *user_data, raptor_log_message *message)
{
    struct engine *engine = user_data;
    if (engine->sink_begun && message->text && strstr(message->text, "function expressions")) {
        engine_fail(engine, IC_UNSUPPORTED,
                    "the engine rasqal does not do BIND of an expression that fails");
        return;
    }
    if (message->level < RAPTOR_LOG_LEVEL_ERROR || engine->status != IC_OK ||
        engine->sink_begun)
        return;
    if (message->text && strstr(message->text, "memory exhausted")) { /* the parser's stack */
        engine_fail(engine, IC_TOO_LARGE,
                    "the query is too long or nested too deeply for rasqal's parser");
        return;
    }
    char text[MESSAGE_MAX];
    snprintf(text, sizeof text, "%s", message->text ? message->text : "syntax error");
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    unsigned long line = 0, column = 0;
    if (message->locator && message->locator->line > 0)
        line = (unsigned long)message->locator->line;
    if (line && message->locator->column > 0)
        column = (unsigned long)message->locator->column;
    engine->status = ic_fail_at(engine->error, IC_BAD_INPUT, engine->options->name, line,
                                column, "%s", text);
}

/* ---- opening and closing ---- */

static enum ic_status open_world(struct engine *engine)
{
    if (engine_failed(engine, ic_raptor_world_take(&engine->raptor, engine->error)))
        return engine->status;
    engine->world = rasqal_new_world();
    if (!engine->world)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while opening rasqal");
    rasqal_world_set_raptor(engine->world, engine->raptor);
    if (rasqal_world_open(engine->world))
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while opening rasqal");
    enum { ALL_WARNINGS = 100 };
    rasqal_world_set_warning_level(engine->world, ALL_WARNINGS);
    rasqal_world_set_log_handler(engine->world, engine, take_message);
    raptor_world_set_log_handler(engine->raptor, engine, take_message);
    engine->arena = ic_arena_new();
    engine->computed = ic_document_new("query", NULL);
    if (!engine->arena || !engine->computed || !terms_open(engine))
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while opening rasqal");
    return IC_OK;
}

static void close_world(struct engine *engine)
{
    terms_close(engine);
    if (engine->world)
        rasqal_free_world(engine->world);
    ic_raptor_world_give(engine->raptor);
    ic_document_free(engine->computed);
    ic_arena_free(engine->arena);
    free(engine->defaults);
    free(engine->named);
}

/* ---- running ---- */

static enum ic_status give_row(void *context, const struct cell *cells, size_t count)
{
    struct engine *engine = context;
    struct ic_arena *arena = ic_arena_new();
    struct ic_term *terms = arena ? ic_arena_alloc(arena, (count + 1) * sizeof *terms) : NULL;
    const struct ic_term **pointers =
        arena ? ic_arena_alloc(arena, (count + 1) * sizeof *pointers) : NULL;
    if (!terms || !pointers)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    for (size_t i = 0; engine->status == IC_OK && i < count; i++) {
        if (cells[i].kind == CELL_UNBOUND)
            continue;
        terms_term(engine, &cells[i], arena, &terms[i]);
        pointers[i] = &terms[i];
    }
    if (engine->status == IC_OK)
        engine->status =
            engine->sink->row(engine->sink->context, pointers, count, engine->error);
    ic_arena_free(arena);
    return engine->status;
}

/* Counts what is given before it is. */
static enum ic_status count_row(struct engine *engine, size_t *given)
{
    const size_t most = engine->options->rows_max;
    if (most && *given >= most)
        return engine_fail(engine, IC_TOO_LARGE,
                           "the query has more than %zu results; ask for fewer with LIMIT",
                           most);
    ++*given;
    return IC_OK;
}

struct row_target {
    struct engine *engine;
    row_function each;
    void *context;
    size_t given;
};

static enum ic_status counted_row(void *context, const struct cell *cells, size_t count)
{
    struct row_target *target = context;
    if (count_row(target->engine, &target->given) != IC_OK)
        return target->engine->status;
    return target->each(target->context, cells, count);
}

/* rasqal gives no row for an aggregate over nothing, and one for a GROUP BY of nothing that
 * looks like any other when it shows no value that was grouped by. */
static enum ic_status check_aggregate(struct engine *engine, const struct prepared *prepared,
                                      size_t rows, const struct cell *last)
{
    bool told = false;
    for (size_t i = 0; rows == 1 && i < prepared->shown; i++)
        told = told || (prepared->plain[i] && last[i].kind != CELL_UNBOUND);
    if (!engine->aggregates || rows > 1 || told || (rows == 1) != engine->grouped)
        return IC_OK;
    return engine_fail(engine, IC_UNSUPPORTED,
                       "the engine rasqal does not do aggregates where the pattern may match "
                       "nothing; add what GROUP BY names to SELECT, or ask without aggregate");
}

static enum ic_status read_rows(struct engine *engine, rasqal_query_results *results,
                                struct rows *rows, const struct prepared *prepared)
{
    const size_t columns = prepared->plan.columns;
    size_t count = 0;
    struct cell *cells = ic_arena_alloc(engine->arena, (columns + 1) * sizeof *cells);
    bool done = false;
    if (!cells)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    while (!done && engine_running(engine) && !rasqal_query_results_finished(results)) {
        if (engine->status != IC_OK)
            return engine->status; /* the last look at the source failed */
        for (size_t i = 0; i < columns; i++)
            if (terms_cell(engine, rasqal_query_results_get_binding_value(results, (int)i),
                           &cells[i]) != IC_OK)
                return engine->status;
        const enum ic_status status = rows_add(rows, cells, &done);
        if (engine->status == IC_OK)
            engine->status = status;
        count++;
        if (!done && engine->status == IC_OK)
            rasqal_query_results_next(results);
    }
    return engine->status == IC_OK ? check_aggregate(engine, prepared, count, cells)
                                   : engine->status;
}

static rasqal_query_results *execute(struct engine *engine, rasqal_query *query)
{
    if (!rewrite_joins_nothing(query)) {
        engine_fail(
            engine, IC_UNSUPPORTED,
            "the engine rasqal does not join patterns (UNION, OPTIONAL, EXISTS, triples "
            "on both sides of a FILTER) in a query with BIND, FROM, aggregates or "
            "expressions in SELECT, nor an OPTIONAL whose variables come from outside "
            "its group");
        return NULL;
    }
    if (rasqal_query_get_distinct(query))
        rasqal_query_set_distinct(query, 0);
    rasqal_query_set_limit(query, -1);
    rasqal_query_set_offset(query, -1);
    if (graphs_set(engine, query) != IC_OK)
        return NULL;
    rasqal_query_results *results = rasqal_query_execute(query);
    if (engine->status == IC_OK && !results)
        engine_fail(engine, IC_UNSUPPORTED, "the engine rasqal cannot run this query");
    if (engine->status == IC_OK)
        return results;
    if (results)
        rasqal_free_query_results(results);
    return NULL;
}

/* The columns' variables in a plan, and where its rows go. */
struct planned {
    struct rows *rows;
    int *variables; /* by column; NULL: nobody asks (ASK) */
    struct cell *cells;
    size_t columns;
    bool any;
};

static enum ic_status take_planned(void *context, const uint64_t *values, bool *done)
{
    struct planned *planned = context;
    planned->any = true;
    if (!planned->rows) {
        *done = true;
        return IC_OK;
    }
    for (size_t i = 0; i < planned->columns; i++) {
        const int variable = planned->variables[i];
        const uint64_t id = variable < 0 ? IC_ANY : values[variable];
        planned->cells[i] =
            (struct cell){.kind = id == IC_ANY ? CELL_UNBOUND : CELL_DATA, .id = id};
    }
    return rows_add(planned->rows, planned->cells, done);
}

/* True when every column is a variable of the pattern. */
static bool all_plain(const struct prepared *prepared)
{
    for (size_t i = 0; i < prepared->shown; i++)
        if (!prepared->plain[i])
            return false;
    return true;
}

static enum ic_status run_planned(struct engine *engine, struct plan *plan,
                                  const struct prepared *prepared, struct row_target *target)
{
    const size_t columns = prepared->plan.columns;
    struct planned planned = {
        .rows = rows_new(engine, &prepared->plan, counted_row, target),
        .variables = ic_arena_alloc(engine->arena, (columns + 1) * sizeof(int)),
        .cells = ic_arena_alloc(engine->arena, (columns + 1) * sizeof(struct cell)),
        .columns = columns};
    if (!planned.variables || !planned.cells)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    for (size_t i = 0; engine->status == IC_OK && i < columns; i++)
        planned.variables[i] = plan_variable(plan, prepared->names[i]);
    if (engine->status == IC_OK && plan_run(plan, take_planned, &planned) == IC_OK) {
        const enum ic_status status = rows_end(planned.rows);
        if (engine->status == IC_OK)
            engine->status = status;
    }
    rows_free(planned.rows);
    return engine->status;
}

static enum ic_status run_rows(struct engine *engine, struct prepared *prepared,
                               row_function each, void *context)
{
    struct row_target target = {engine, each, context, 0};
    if (prepared->plan.limit == 0)
        return IC_OK;
    const bool ours = all_plain(prepared) && !prepared->rasqal_sorts;
    struct plan *plan = ours ? plan_new(engine, prepared->run) : NULL;
    if (plan || engine->status != IC_OK)
        return plan ? run_planned(engine, plan, prepared, &target) : engine->status;
    rasqal_query_results *results = execute(engine, prepared->run);
    struct rows *rows =
        results ? rows_new(engine, &prepared->plan, counted_row, &target) : NULL;
    if (rows && read_rows(engine, results, rows, prepared) == IC_OK) {
        const enum ic_status status = rows_end(rows);
        if (engine->status == IC_OK)
            engine->status = status;
    }
    rows_free(rows);
    if (results)
        rasqal_free_query_results(results);
    return engine->status;
}

static enum ic_status run_ask(struct engine *engine, struct prepared *prepared)
{
    struct plan *plan = plan_new(engine, prepared->run);
    struct planned planned = {.rows = NULL};
    if (plan && plan_run(plan, take_planned, &planned) == IC_OK)
        engine->status =
            engine->sink->boolean(engine->sink->context, planned.any, engine->error);
    if (plan || engine->status != IC_OK)
        return engine->status;
    rasqal_query_results *results = execute(engine, prepared->run);
    const int yes = results ? rasqal_query_results_get_boolean(results) : -1;
    if (engine->status == IC_OK && yes < 0)
        engine_fail(engine, IC_UNSUPPORTED, "the engine rasqal cannot run this query");
    if (engine->status == IC_OK)
        engine->status = engine->sink->boolean(engine->sink->context, yes != 0, engine->error);
    if (results)
        rasqal_free_query_results(results);
    return engine->status;
}

static enum ic_status run_graph(struct engine *engine, struct prepared *prepared)
{
    const bool pattern = engine->outline.pattern_start < strlen(engine->text);
    struct graph_builder *builder =
        graph_builder_new(engine, prepared->written, prepared->names, prepared->shown);
    if (!builder)
        return engine->status;
    if (pattern)
        run_rows(engine, prepared, graph_builder_row, builder);
    else
        graphs_set(engine, prepared->run); /* DESCRIBE <iri> FROM <graph> */
    if (engine->status == IC_OK) {
        const enum ic_status status = graph_builder_end(builder);
        if (engine->status == IC_OK)
            engine->status = status;
    }
    graph_builder_free(builder);
    return engine->status;
}

static enum ic_status run_prepared(struct engine *engine, struct prepared *prepared)
{
    static const enum ic_query_kind kinds[] = {[SPARQL_SELECT] = IC_QUERY_SELECT,
                                               [SPARQL_ASK] = IC_QUERY_ASK,
                                               [SPARQL_CONSTRUCT] = IC_QUERY_CONSTRUCT,
                                               [SPARQL_DESCRIBE] = IC_QUERY_DESCRIBE};
    const enum sparql_verb verb = engine->outline.verb;
    const struct ic_query_sink *sink = engine->sink;
    const size_t columns = verb == SPARQL_SELECT ? prepared->shown : 0;
    engine->status = sink->begin(sink->context, kinds[verb], columns ? prepared->names : NULL,
                                 columns, engine->error);
    engine->sink_begun = true;
    if (engine->status != IC_OK)
        return engine->status;
    if (verb == SPARQL_SELECT)
        run_rows(engine, prepared, give_row, engine);
    else if (verb == SPARQL_ASK)
        run_ask(engine, prepared);
    else
        run_graph(engine, prepared);
    if (engine->status == IC_OK)
        engine->status = sink->end(sink->context, engine->error);
    return engine->status;
}

static enum ic_status run(struct ic_dataset *dataset, const char *text,
                          const struct ic_query_options *options,
                          const struct ic_query_sink *sink, struct ic_error *error)
{
    struct engine engine = {
        .dataset = dataset, .options = options, .sink = sink, .text = text, .error = error};
    struct prepared prepared = {0};
    set_deadline(&engine);
    if (open_world(&engine) == IC_OK && source_register(&engine) == IC_OK &&
        prepared_make(&engine, &prepared) == IC_OK)
        run_prepared(&engine, &prepared);
    prepared_free(&prepared);
    close_world(&engine);
    return engine.status;
}

static enum ic_status check(const char *text, const struct ic_query_options *options,
                            struct ic_error *error)
{
    struct engine engine = {.options = options, .text = text, .error = error};
    struct prepared prepared = {0};
    if (open_world(&engine) == IC_OK)
        prepared_make(&engine, &prepared);
    prepared_free(&prepared);
    close_world(&engine);
    return engine.status;
}

const struct query_engine engine_rasqal = {.name = "rasqal", .run = run, .check = check};
