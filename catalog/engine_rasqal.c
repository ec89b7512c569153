/* SPDX-License-Identifier: Apache-2.0 */
/* The engine rasqal: opening its world, preparing the query, running it. */
#include "engine_rasqal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query_engine.h"
#include "raptor_world.h"

enum {
    TICKS_PER_LOOK = 64, /* how often the clock is read */
    MESSAGE_MAX = 1024
};

/* A query as it was written and, where rasqal is to run another text, that. */
struct prepared {
    rasqal_query *written, *run;
    const char **names; /* the columns of `run`'s rows */
    bool *plain;        /* which of them are variables of the pattern, not expressions */
    size_t shown;       /* the first of them that the query asked for */
    struct row_plan plan;
};

/* ---- failing ---- */

enum ic_status engine_fail(struct engine *engine, enum ic_status status, const char *format, ...)
{
    if (engine->status != IC_OK)
        return engine->status;
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    engine->status =
        ic_fail_at(engine->error, status, engine->options->name, 0, 0, "%s", text);
    return engine->status;
}

bool engine_running(struct engine *engine)
{
    if (engine->status != IC_OK)
        return false;
    if (!engine->has_deadline || engine->ticks++ % TICKS_PER_LOOK != 0)
        return true;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > engine->deadline.tv_sec || (now.tv_sec == engine->deadline.tv_sec &&
                                                 now.tv_nsec > engine->deadline.tv_nsec))
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
    if (message->level < RAPTOR_LOG_LEVEL_ERROR || engine->status != IC_OK ||
        engine->sink_begun)
        return;
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
    engine->raptor = ic_raptor_world_take();
    engine->world = engine->raptor ? rasqal_new_world() : NULL;
    if (!engine->world)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while opening rasqal");
    rasqal_world_set_raptor(engine->world, engine->raptor);
    if (rasqal_world_open(engine->world))
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while opening rasqal");
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

/* ---- preparing ---- */

static void place_beyond(struct engine *engine, const char *what, size_t start)
{
    unsigned long line, column;
    sparql_place(engine->text, start, &line, &column);
    engine->status = ic_fail_at(engine->error, IC_UNSUPPORTED, engine->options->name, line,
                                column, "the engine rasqal does not do %s", what);
}

/* Parses `text`; NULL after a failure. */
static rasqal_query *parse(struct engine *engine, const char *text)
{
    rasqal_query *query = rasqal_new_query(engine->world, "sparql11-query", NULL);
    const char *base_text = engine->options->base;
    raptor_uri *base =
        base_text ? raptor_new_uri(engine->raptor, (const unsigned char *)base_text) : NULL;
    if (!query || (base_text && !base)) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while parsing the query");
    } else {
        rasqal_query_set_feature(query, RASQAL_FEATURE_NO_NET, 1);
        if (rasqal_query_prepare(query, (const unsigned char *)text, base))
            engine_fail(engine, IC_BAD_INPUT, "the query does not parse");
    }
    raptor_free_uri(base);
    if (engine->status == IC_OK)
        return query;
    if (query)
        rasqal_free_query(query);
    return NULL;
}

static rasqal_query *parse_written(struct engine *engine)
{
    sparql_outline_scan(engine->text, strlen(engine->text), &engine->outline);
    if (engine->outline.update) {
        engine_fail(engine, IC_UNSUPPORTED, "%s is an update; a query begins with SELECT, ASK, "
                    "CONSTRUCT or DESCRIBE", engine->outline.update);
        return NULL;
    }
    if (engine->outline.beyond) {
        place_beyond(engine, engine->outline.beyond, engine->outline.beyond_start);
        return NULL;
    }
    rasqal_query *query = parse(engine, engine->text);
    if (!query && engine->status == IC_BAD_INPUT && engine->outline.path_start)
        place_beyond(engine, "property paths", engine->outline.path_start);
    return query;
}

/* The variable that an ORDER BY condition consists of, or NULL. */
static const char *order_variable(const rasqal_expression *condition)
{
    const rasqal_expression *e = condition->arg1;
    return e && e->op == RASQAL_EXPR_LITERAL && e->literal->type == RASQAL_LITERAL_VARIABLE
               ? (const char *)e->literal->value.variable->name
               : NULL;
}

/* True when every condition is a variable, so that the sorting can be ours. */
static bool can_sort(raptor_sequence *conditions)
{
    const int count = conditions ? raptor_sequence_size(conditions) : 0;
    for (int i = 0; i < count; i++)
        if (!order_variable(raptor_sequence_get_at(conditions, i)))
            return false;
    return count > 0;
}

/* The text that rasqal runs: `head` in place of what stands from the verb to FROM or WHERE, no
 * ORDER BY when that is ours. NULL after a failure. */
static char *text_to_run(struct engine *engine, const char *head, bool cut_order)
{
    const struct sparql_outline *o = &engine->outline;
    const size_t length = strlen(engine->text);
    const size_t order = o->order_end > o->order_start ? o->order_start : length;
    const size_t rest = order == length ? length : cut_order ? o->order_end : order;
    char *text = ic_arena_printf(engine->arena, "%.*s%s %.*s %s", (int)o->verb_start,
                                 engine->text, head, (int)(order - o->head_end),
                                 engine->text + o->head_end, engine->text + rest);
    if (!text)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    return text;
}

/* SELECT with the columns by name, for SELECT *; rasqal would show the variables of
 * expressions too. */
static const char *head_of_names(struct engine *engine, const struct prepared *prepared)
{
    const char *head = prepared->shown ? "SELECT" : "SELECT *";
    for (size_t i = 0; head && i < prepared->shown; i++)
        head = ic_arena_printf(engine->arena, "%s ?%s", head, prepared->names[i]);
    return head;
}

/* The head as it was written, with `extra` variables behind the selected ones. */
static const char *head_with(struct engine *engine, const char *extra)
{
    const struct sparql_outline *o = &engine->outline;
    return ic_arena_printf(engine->arena, "%.*s %s", (int)(o->head_end - o->verb_start),
                           engine->text + o->verb_start, extra);
}

static size_t find_name(const struct prepared *prepared, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(prepared->names[i], name) == 0)
            return i;
    return SIZE_MAX;
}

/* The columns that the query shows. */
static enum ic_status take_names(struct engine *engine, struct prepared *prepared,
                                 rasqal_query *query, size_t extra)
{
    raptor_sequence *variables = rasqal_query_get_bound_variable_sequence(query);
    const size_t count = variables ? (size_t)raptor_sequence_size(variables) : 0;
    const bool all = rasqal_query_get_wildcard(query) != 0;
    prepared->names =
        ic_arena_alloc(engine->arena, (count + extra + 1) * sizeof *prepared->names);
    prepared->plain = ic_arena_alloc(engine->arena, count + extra + 1);
    bool complete = prepared->names && prepared->plain;
    size_t shown = 0;
    for (size_t i = 0; complete && i < count; i++) {
        const rasqal_variable *variable = raptor_sequence_get_at(variables, (int)i);
        if (all && !rewrite_may_bind(query, variable))
            continue;
        prepared->plain[shown] = variable->expression == NULL;
        prepared->names[shown] = ic_arena_strdup(engine->arena, (const char *)variable->name);
        complete = prepared->names[shown++] != NULL;
    }
    prepared->shown = prepared->plan.columns = prepared->plan.shown = shown;
    return complete ? IC_OK
                    : engine_fail(engine, IC_NO_MEMORY,
                                  "out of memory while preparing the query");
}

/* Adds the variables that are only sorted by to the columns; returns their text. */
static const char *add_order_columns(struct engine *engine, struct prepared *prepared,
                                     raptor_sequence *conditions)
{
    const char *extra = "";
    for (int i = 0; i < raptor_sequence_size(conditions); i++) {
        const char *name = order_variable(raptor_sequence_get_at(conditions, i));
        if (find_name(prepared, prepared->plan.columns, name) != SIZE_MAX)
            continue;
        extra = ic_arena_printf(engine->arena, "%s ?%s", extra, name);
        prepared->names[prepared->plan.columns++] = ic_arena_strdup(engine->arena, name);
        if (!extra || !prepared->names[prepared->plan.columns - 1]) {
            engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
            return NULL;
        }
    }
    return extra;
}

static enum ic_status plan_order(struct engine *engine, struct prepared *prepared,
                                 raptor_sequence *conditions)
{
    const size_t count = (size_t)raptor_sequence_size(conditions);
    struct row_plan *plan = &prepared->plan;
    plan->order = ic_arena_alloc(engine->arena, count * sizeof *plan->order);
    if (!plan->order)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    for (size_t i = 0; i < count; i++) {
        const rasqal_expression *condition = raptor_sequence_get_at(conditions, (int)i);
        const size_t column =
            find_name(prepared, plan->columns, order_variable(condition));
        if (column == SIZE_MAX) /* SELECT * and a variable that occurs nowhere */
            continue;
        plan->order[plan->order_count++] = (struct row_order){
            .column = column, .descending = condition->op == RASQAL_EXPR_ORDER_COND_DESC};
    }
    return IC_OK;
}

static void plan_slice(struct engine *engine, struct prepared *prepared)
{
    const int limit = rasqal_query_get_limit(prepared->written);
    const int offset = rasqal_query_get_offset(prepared->written);
    prepared->plan.limit = limit < 0 ? SIZE_MAX : (size_t)limit;
    prepared->plan.offset = offset < 0 ? 0 : (size_t)offset;
    prepared->plan.distinct = engine->outline.verb == SPARQL_SELECT &&
                              rasqal_query_get_distinct(prepared->written) == 1;
}

/* SELECT: *head is the head of the text for rasqal, NULL when it can run what was written. */
static enum ic_status plan_select(struct engine *engine, struct prepared *prepared, bool *sort,
                                  const char **head)
{
    rasqal_query *written = prepared->written;
    raptor_sequence *conditions = rasqal_query_get_order_conditions_sequence(written);
    raptor_sequence *variables = rasqal_query_get_bound_variable_sequence(written);
    const bool all = rasqal_query_get_wildcard(written) != 0;
    const size_t room = *sort ? (size_t)raptor_sequence_size(conditions) : 0;
    if (take_names(engine, prepared, written, room) != IC_OK)
        return engine->status;
    if (all) {
        *head = head_of_names(engine, prepared);
    } else if (*sort) {
        const char *extra = add_order_columns(engine, prepared, conditions);
        if (extra && *extra && prepared->plan.distinct) {
            /* Which of the values would count is not defined; rasqal's answer will do. */
            *sort = false;
            prepared->plan.columns = prepared->shown;
            return IC_OK;
        }
        *head = extra ? head_with(engine, extra) : NULL;
    }
    if ((all || *sort) && !*head)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    if (all && !*sort && variables && (size_t)raptor_sequence_size(variables) == prepared->shown)
        *head = NULL;
    return engine->status;
}

/* What of the query is ours, and the text for the rest. */
static enum ic_status plan_rows(struct engine *engine, struct prepared *prepared)
{
    const enum sparql_verb verb = engine->outline.verb;
    const bool graph = verb == SPARQL_CONSTRUCT || verb == SPARQL_DESCRIBE;
    raptor_sequence *conditions =
        rasqal_query_get_order_conditions_sequence(prepared->written);
    bool sort = can_sort(conditions) && engine->outline.order_end > engine->outline.order_start;
    const char *head = graph ? "SELECT *" : NULL;
    plan_slice(engine, prepared);
    if (verb == SPARQL_SELECT && plan_select(engine, prepared, &sort, &head) != IC_OK)
        return engine->status;
    if (!head)
        return IC_OK;
    const char *text = text_to_run(engine, head, sort);
    prepared->run = text ? parse(engine, text) : NULL;
    if (!prepared->run)
        return engine->status;
    if (graph && take_names(engine, prepared, prepared->run, 0) != IC_OK)
        return engine->status;
    return sort ? plan_order(engine, prepared, conditions) : IC_OK;
}

static void free_prepared(struct prepared *prepared)
{
    if (prepared->run && prepared->run != prepared->written)
        rasqal_free_query(prepared->run);
    if (prepared->written)
        rasqal_free_query(prepared->written);
}

static enum ic_status prepare(struct engine *engine, struct prepared *prepared)
{
    prepared->written = parse_written(engine);
    if (!prepared->written)
        return engine->status;
    if (engine->outline.verb == SPARQL_NONE)
        return engine_fail(engine, IC_BAD_INPUT, "a query begins with SELECT, ASK, CONSTRUCT "
                           "or DESCRIBE");
    const bool pattern = engine->outline.pattern_start < strlen(engine->text);
    if (pattern && plan_rows(engine, prepared) != IC_OK)
        return engine->status;
    if (!prepared->run)
        prepared->run = prepared->written;
    return rewrite_query(engine, prepared->run);
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
        engine->status = engine->sink->row(engine->sink->context, pointers, count,
                                           engine->error);
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
    if (rasqal_query_get_distinct(query))
        rasqal_query_set_distinct(query, 0);
    rasqal_query_set_limit(query, -1);
    rasqal_query_set_offset(query, -1);
    if (source_set_graphs(engine, query) != IC_OK)
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

static enum ic_status run_rows(struct engine *engine, struct prepared *prepared,
                               row_function each, void *context)
{
    struct row_target target = {engine, each, context, 0};
    if (prepared->plan.limit == 0)
        return IC_OK;
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
    rasqal_query_results *results = execute(engine, prepared->run);
    const int yes = results ? rasqal_query_results_get_boolean(results) : -1;
    if (engine->status == IC_OK && yes < 0)
        engine_fail(engine, IC_UNSUPPORTED, "the engine rasqal cannot run this query");
    if (engine->status == IC_OK)
        engine->status =
            engine->sink->boolean(engine->sink->context, yes != 0, engine->error);
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
        source_set_graphs(engine, prepared->run); /* DESCRIBE <iri> FROM <graph> */
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
    static const enum ic_query_kind kinds[] = {
        [SPARQL_SELECT] = IC_QUERY_SELECT,
        [SPARQL_ASK] = IC_QUERY_ASK,
        [SPARQL_CONSTRUCT] = IC_QUERY_CONSTRUCT,
        [SPARQL_DESCRIBE] = IC_QUERY_DESCRIBE};
    const enum sparql_verb verb = engine->outline.verb;
    const struct ic_query_sink *sink = engine->sink;
    const size_t columns = verb == SPARQL_SELECT ? prepared->shown : 0;
    engine->status = sink->begin(sink->context, kinds[verb],
                                 columns ? prepared->names : NULL, columns, engine->error);
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
        prepare(&engine, &prepared) == IC_OK)
        run_prepared(&engine, &prepared);
    free_prepared(&prepared);
    close_world(&engine);
    return engine.status;
}

static enum ic_status check(const char *text, const struct ic_query_options *options,
                            struct ic_error *error)
{
    struct engine engine = {.options = options, .text = text, .error = error};
    struct prepared prepared = {0};
    if (open_world(&engine) == IC_OK)
        prepare(&engine, &prepared);
    free_prepared(&prepared);
    close_world(&engine);
    return engine.status;
}

const struct query_engine engine_rasqal = {.name = "rasqal", .run = run, .check = check};
