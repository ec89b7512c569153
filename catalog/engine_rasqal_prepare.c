/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing a query: parsing it, and the text that rasqal runs instead where DISTINCT, ORDER
 * BY, SELECT *, CONSTRUCT or DESCRIBE are ours. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

/* rasqal's preparation takes quadratic time in these: seconds at the limit. */
enum { PARTS_MAX = 20000 };

/* And in nested groups its time is exponential, before any deadline is looked at. */
enum { NESTED_MAX = 12 };

static void place_beyond(struct engine *engine, const char *text, const char *what,
                         size_t start)
{
    unsigned long line, column;
    sparql_place(text, start, &line, &column);
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

/* rasqal has no EXISTS: its parser gets a mark in its place, which the plan reads. */
static void mark_exists(struct engine *engine)
{
    char *marked = sparql_outline_mark_exists(engine->text, strlen(engine->text));
    const char *kept = marked ? ic_arena_strdup(engine->arena, marked) : NULL;
    free(marked);
    if (!kept) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while parsing the query");
        return;
    }
    engine->text = kept;
    sparql_outline_scan(kept, strlen(kept), &engine->outline);
}

/* Refuses what is beyond the engine. */
static enum ic_status check_outline(struct engine *engine)
{
    const struct sparql_outline *outline = &engine->outline;
    if (outline->parts > PARTS_MAX)
        engine_fail(engine, IC_TOO_LARGE,
                    "the query has more than %d FILTERs, UNIONs, OPTIONALs and logical "
                    "operators",
                    PARTS_MAX);
    else if (outline->depth > NESTED_MAX)
        engine_fail(engine, IC_TOO_LARGE,
                    "the query has groups nested deeper than %d, which rasqal's parser does "
                    "not do in time",
                    NESTED_MAX);
    else if (outline->beyond)
        place_beyond(engine, engine->text, outline->beyond, outline->beyond_start);
    return engine->status;
}

static rasqal_query *parse_written(struct engine *engine)
{
    const char *written = engine->text;
    sparql_outline_scan(written, strlen(written), &engine->outline);
    const size_t path_start = engine->outline.path_start;
    if (check_outline(engine) == IC_OK && guard_check(engine) == IC_OK &&
        engine->outline.exists)
        mark_exists(engine);
    if (engine->status != IC_OK)
        return NULL;
    rasqal_query *query = parse(engine, engine->text);
    if (!query && engine->status == IC_BAD_INPUT && path_start)
        place_beyond(engine, written, "property paths", path_start);
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
    return complete
               ? IC_OK
               : engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
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
        const size_t column = find_name(prepared, plan->columns, order_variable(condition));
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
    if (all && !*sort && variables &&
        (size_t)raptor_sequence_size(variables) == prepared->shown)
        *head = NULL;
    return engine->status;
}

/* What of the query is ours, and the text for the rest. */
static enum ic_status plan_rows(struct engine *engine, struct prepared *prepared)
{
    const enum sparql_verb verb = engine->outline.verb;
    const bool graph = verb == SPARQL_CONSTRUCT || verb == SPARQL_DESCRIBE;
    raptor_sequence *conditions = rasqal_query_get_order_conditions_sequence(prepared->written);
    bool sort = can_sort(conditions) && engine->outline.order_end > engine->outline.order_start;
    const char *head = graph ? "SELECT *" : NULL;
    plan_slice(engine, prepared);
    if (verb == SPARQL_SELECT && plan_select(engine, prepared, &sort, &head) != IC_OK)
        return engine->status;
    prepared->rasqal_sorts = !sort && conditions && raptor_sequence_size(conditions) > 0;
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

void prepared_free(struct prepared *prepared)
{
    if (prepared->run && prepared->run != prepared->written)
        rasqal_free_query(prepared->run);
    if (prepared->written)
        rasqal_free_query(prepared->written);
}

enum ic_status prepared_make(struct engine *engine, struct prepared *prepared)
{
    prepared->written = parse_written(engine);
    if (!prepared->written)
        return engine->status;
    if (engine->outline.verb == SPARQL_NONE)
        return engine_fail(engine, IC_BAD_INPUT,
                           "a query begins with SELECT, ASK, CONSTRUCT "
                           "or DESCRIBE");
    const bool pattern = engine->outline.pattern_start < strlen(engine->text);
    if (pattern && plan_rows(engine, prepared) != IC_OK)
        return engine->status;
    if (!prepared->run)
        prepared->run = prepared->written;
    return rewrite_query(engine, prepared->run);
}
